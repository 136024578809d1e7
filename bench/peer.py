"""What all peers have in common: they are started over a build folder, asked, and stopped with all their children."""

import contextlib
import json
import re
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import psutil

from .load import Connection, NoAnswer

START_SECONDS: Final = 600
_PROBE: Final = "ASK { ?s ?p ?o }"


@dataclass(frozen=True)
class Timed:
    """One query asked some times: the seconds of each, and the size and rows of the answer."""

    seconds: list[float]
    size: int
    rows: int | None = None


class Peer(ABC):
    """Something that answers queries over one build folder. ``start`` may be called again after ``stop``."""

    name: ClassVar[str]

    def __init__(self, build_folder: Path, scratch: Path) -> None:
        self.build_folder = build_folder
        self.scratch = scratch / self.name.replace(" ", "-")
        self.process: subprocess.Popen[str] | None = None
        self.start_seconds = 0.0

    @classmethod
    @abstractmethod
    def version(cls) -> str:
        """The version of the program. Raises MissingTool if it is not installed."""

    @abstractmethod
    def start(self) -> None:
        """Starts it and waits until it answers. Raises NoAnswer, MissingTool."""

    @abstractmethod
    def time(self, query: str, times: int, patience: float, *, count: bool = False) -> Timed:
        """Asks a query so many times in a row; the rows are counted if wanted. Raises NoAnswer, after which the next
        query is answered as if nothing had been.
        """

    def stop(self) -> None:
        """Ends it, with all its children."""
        process, self.process = self.process, None
        if process is None:
            return
        family = self.family(process)
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def memory(self) -> int:
        """Bytes of memory that its processes hold together, what they share counted once (proportional set size)."""
        if self.process is None:
            return 0
        total = 0
        for member in (psutil.Process(self.process.pid), *self.family(self.process)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += member.memory_full_info().pss
        return total

    def processor_seconds(self) -> float:
        """Seconds of processor time that its processes have used so far."""
        if self.process is None:
            return 0.0
        total = 0.0
        for member in (psutil.Process(self.process.pid), *self.family(self.process)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = member.cpu_times()
                total += times.user + times.system
        return total

    @staticmethod
    def family(process: "subprocess.Popen[str]") -> list[psutil.Process]:
        """All processes that descend from this one."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(process.pid).children(recursive=True)
        return []

    def _run(self, command: list[str], **settings: Any) -> "subprocess.Popen[str]":
        self.scratch.mkdir(parents=True, exist_ok=True)
        # A session of its own: Ctrl+C ends the measurement, which then ends this in good order.
        self.process = subprocess.Popen(command, text=True, start_new_session=True, **settings)
        return self.process


class Server(Peer):
    """A peer that is asked over HTTP."""

    endpoint: ClassVar[str] = "/sparql"

    def __init__(self, build_folder: Path, scratch: Path) -> None:
        super().__init__(build_folder, scratch)
        self.port = 0

    @abstractmethod
    def command(self) -> list[str]:
        """What starts it at ``self.port``."""

    def start(self) -> None:
        """Starts it on a free port and waits until it answers a query."""
        self.port = free_port()
        begin = time.monotonic()
        self.scratch.mkdir(parents=True, exist_ok=True)
        with (self.scratch / "log").open("w", encoding="utf-8") as log:
            self._run(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._await_answer()
        self.start_seconds = time.monotonic() - begin

    def time(self, query: str, times: int, patience: float, *, count: bool = False) -> Timed:
        """Over one connection. Raises NoAnswer for any status but 200 as well."""
        connection = Connection(self.port, self.endpoint, patience)
        request = connection.request(query)
        seconds, reply = [], None
        try:
            for _ in range(times):
                reply = connection.ask(request)
                if reply.status != 200:
                    raise NoAnswer(f"status {reply.status}: {_gist(reply.body)}")
                seconds.append(reply.seconds)
        except NoAnswer:
            self._recover()
            raise
        finally:
            connection.close()
        assert reply is not None
        return Timed(seconds, len(reply.body), rows_of(reply.body) if count else None)

    def _recover(self) -> None:
        """Makes sure that what was given up does not go on computing."""

    def _await_answer(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise NoAnswer(f"{self.name} ended at once: {self._last_words()}")
            connection = Connection(self.port, self.endpoint, 60)
            with contextlib.suppress(NoAnswer):
                if connection.ask(connection.request(_PROBE)).status == 200:
                    connection.close()
                    return
            connection.close()
            time.sleep(0.05)
        raise NoAnswer(f"{self.name} did not answer within {START_SECONDS} s: {self._last_words()}")

    def _last_words(self) -> str:
        return (self.scratch / "log").read_text(encoding="utf-8", errors="replace").strip()[-300:]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def rows_of(body: bytes) -> int:
    """The rows of a result in SPARQL JSON; 1 for a truth value. Raises NoAnswer if it is no such thing."""
    try:
        result = json.loads(body)
        return 1 if "boolean" in result else len(result["results"]["bindings"])
    except (ValueError, KeyError, TypeError) as error:
        raise NoAnswer(f"no SPARQL JSON: {_gist(body)}") from error


def _gist(body: bytes) -> str:
    return re.sub(r"\s+", " ", body[:160].decode("utf-8", "replace"))
