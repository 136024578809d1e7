"""Load over HTTP: one connection that is timed request by request, and wrk for many connections at once."""

import json
import math
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

ACCEPT: Final = "application/sparql-results+json"
_SCRIPT: Final = Path(__file__).with_name("load.lua")
_CONNECT_SECONDS: Final = 10


class NoAnswer(Exception):
    """The server gave none, or not in time; the text says which."""


@dataclass(frozen=True)
class Reply:
    """An answer and the seconds from sending the request to having read its last byte."""

    status: int
    body: bytes
    seconds: float


def path_of(endpoint: str, query: str) -> str:
    """The path and query string of a GET that asks this."""
    return f"{endpoint}?query={quote(query, safe='')}"


class Connection:
    """A kept-alive HTTP/1.1 connection with as little of its own as Python allows (some 30 microseconds a request)."""

    def __init__(self, port: int, endpoint: str, patience: float) -> None:
        """``patience``: the seconds an answer may take."""
        self._port = port
        self._endpoint = endpoint
        self._patience = patience
        self._socket: socket.socket | None = None
        self._rest = b""

    def request(self, query: str) -> bytes:
        """The bytes that ask this query; made beforehand, so that making them is not measured."""
        path = path_of(self._endpoint, query)
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nAccept: {ACCEPT}\r\n\r\n".encode()

    def ask(self, request: bytes) -> Reply:
        """Sends a request of ``request`` and reads its answer. Raises NoAnswer; the next request connects anew."""
        if self._socket is None:
            try:
                self._socket = socket.create_connection(("127.0.0.1", self._port), _CONNECT_SECONDS)
            except OSError as error:
                raise NoAnswer("It does not listen.") from error
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.settimeout(self._patience)
            self._rest = b""
        begin = time.perf_counter()
        try:
            self._socket.sendall(request)
            status, body, goes_on = self._read()
        except TimeoutError as error:
            self.close()
            raise NoAnswer(f"more than {self._patience:g} s") from error
        except OSError as error:
            self.close()
            raise NoAnswer("connection broken off") from error
        seconds = time.perf_counter() - begin
        if not goes_on:
            self.close()
        return Reply(status, body, seconds)

    def close(self) -> None:
        """Closes the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read(self) -> tuple[int, bytes, bool]:
        buffer = self._rest
        while (end := buffer.find(b"\r\n\r\n")) < 0:
            buffer += self._more()
        lines = buffer[:end].split(b"\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
        rest = buffer[end + 4 :]
        goes_on = fields.get(b"connection", b"").lower() != b"close"
        status = int(lines[0].split(b" ", 2)[1])
        if b"content-length" in fields:
            length = int(fields[b"content-length"])
            parts, have = [rest], len(rest)
            while have < length:
                parts.append(self._more())
                have += len(parts[-1])
            whole = b"".join(parts)
            self._rest = whole[length:]
            return status, whole[:length], goes_on
        if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            return status, self._chunks(rest), goes_on
        parts = [rest]
        assert self._socket is not None
        while part := self._socket.recv(1 << 20):
            parts.append(part)
        return status, b"".join(parts), False

    def _chunks(self, buffer: bytes) -> bytes:
        waiting = bytearray(buffer)
        body = bytearray()
        while True:
            while (end := waiting.find(b"\r\n")) < 0:
                waiting += self._more()
            size = int(bytes(waiting[:end]).split(b";")[0], 16)
            while len(waiting) < end + 2 + size + 2:
                waiting += self._more()
            body += waiting[end + 2 : end + 2 + size]
            del waiting[: end + 2 + size + 2]
            if size == 0:
                self._rest = bytes(waiting)
                return bytes(body)

    def _more(self) -> bytes:
        assert self._socket is not None
        part = self._socket.recv(1 << 20)
        if not part:
            raise ConnectionError("closed")
        return part


@dataclass(frozen=True)
class Load:
    """What wrk saw: requests a second, percentiles in milliseconds, and answers that were not as they should be."""

    rate: float
    p50: float
    p99: float
    refused: int
    """Answers with another status than 2xx or 3xx."""
    broken: int
    """Connections that failed, or answers that took more than the patience."""
    wrong_size: int
    processor_ms: float = math.nan
    """Milliseconds of processor time that the server spent for each answer, where that was looked at."""

    @property
    def faults(self) -> int:
        """Answers that do not count."""
        return self.refused + self.broken + self.wrong_size


class MissingTool(Exception):
    """A program that this measurement needs is not installed; the text says which package has it."""


def load(
    port: int,
    paths: Sequence[str],
    *,
    connections: int,
    seconds: int,
    sizes: set[int] | None = None,
    begin: int = 0,
    patience: int = 30,
) -> Load:
    """So many kept-alive connections ask one path after the other for so many seconds, beginning at one of them.

    ``sizes``: the bytes that a right answer may have. Raises MissingTool, NoAnswer.
    """
    program = shutil.which("wrk")
    if program is None:
        raise MissingTool("wrk is missing: install Debian's package wrk.")
    with tempfile.TemporaryDirectory() as folder:
        listed, allowed = Path(folder, "paths"), Path(folder, "sizes")
        listed.write_text("\n".join(paths) + "\n", encoding="ascii")
        allowed.write_text("".join(f"{size}\n" for size in sizes or ()), encoding="ascii")
        ran = subprocess.run(
            [
                *(program, "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={patience}s"),
                *("-s", str(_SCRIPT), f"http://127.0.0.1:{port}/"),
                *("--", str(listed), str(allowed) if sizes else "-", str(begin)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    _, mark, line = ran.stdout.partition("RESULT ")
    if not mark:
        raise NoAnswer(f"wrk failed: {(ran.stderr or ran.stdout).strip()[:200]}")
    told = json.loads(line)
    good = told["requests"] - told["refused"] - told["wrong_size"]
    return Load(
        rate=good / (told["microseconds"] / 1e6),
        p50=told["p50"] / 1000,
        p99=told["p99"] / 1000,
        refused=told["refused"],
        broken=told["broken"],
        wrong_size=told["wrong_size"],
    )
