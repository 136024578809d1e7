"""Workers where there is no fork: each is an interpreter started anew, which opens the build itself.

A new interpreter needs some tenths of a second until it can answer, so one more than is asked is kept ready. It is
handed its connection over the loopback interface: every platform has that, while passing a socket to a process goes
differently on each. Whoever connects must know a secret that only the new process has been told.
"""

import asyncio
import contextlib
import hmac
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Coroutine
from typing import Any, Final

from .endings import ending_by_exit_code
from .limits import Limits
from .nursery import Parent, Process, StoreFailed
from .wire import BROKEN, EDITION, Edition, receive, receive_exactly

_OPEN_SECONDS: Final = 600.0
_CONNECT_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.2
_SECRET_SECONDS: Final = 1.0
_LAST_SECONDS: Final = 5.0


class Interpreters:
    """The nursery of workers that are started anew."""

    spares = 1

    def __init__(self, place: str, limits: Limits) -> None:
        """Starts the first worker and waits until it has opened the build: its edition is that of all.

        Raises StoreFailed.
        """
        self.store_process: int | None = None
        self._place = place
        self._limits = limits
        self._processes: set[SpawnedProcess] = set()
        self._ended = False
        self._parent: Parent | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._first: tuple[SpawnedProcess, socket.socket] | None = None
        try:
            self._first = self._start(tell_edition=True)
            connection = self._first[1]
            connection.settimeout(_OPEN_SECONDS)
            kind, payload = receive(connection) or (BROKEN, b"The process that opens the store ended at once.")
        except OSError as error:
            self.end()
            raise StoreFailed(f"No process that opens the store can be started: {error}.") from error
        if kind != EDITION:
            self.end()
            raise StoreFailed(payload.decode("utf-8", "replace"))
        self.edition = Edition.of_members(json.loads(payload))

    def attach(self, parent: Parent) -> None:
        """As in Nursery."""
        self._parent = parent

    def order(self, count: int) -> None:
        """As in Nursery."""
        assert self._parent is not None
        if self._first is not None:
            first, self._first = self._first, None
            self._parent.welcome(*first)
            count -= 1
        for _ in range(count):
            self._in_background(self._bear())

    def lost(self, process: Process) -> None:
        """As in Nursery."""
        assert isinstance(process, SpawnedProcess)
        self._in_background(self._see_off(process))

    def leave(self) -> None:
        """As in Nursery."""
        self._parent = None

    def end(self) -> None:
        """As in Nursery."""
        self._ended = True
        if self._first is not None:
            self._first[1].close()
        for process in list(self._processes):
            process.kill()
            self._wait_for(process)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        # The event loop keeps only a weak reference to a task.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bear(self) -> None:
        try:
            process, connection = await asyncio.to_thread(self._start)
        except OSError as error:
            if self._parent is not None:
                self._parent.unborn(str(error))
            return
        if self._parent is None:
            # Whoever has ended this nursery has ended the process, too.
            connection.close()
        else:
            self._parent.welcome(process, connection)

    async def _see_off(self, process: "SpawnedProcess") -> None:
        code = await asyncio.to_thread(self._wait_for, process)
        if self._parent is not None:
            self._parent.bury(process.pid, ending_by_exit_code(code))

    def _wait_for(self, process: "SpawnedProcess") -> int:
        """Its exit code; one that does not end though its connection has ended is killed."""
        code = process.wait(_LAST_SECONDS)
        self._processes.discard(process)
        return code

    def _start(self, tell_edition: bool = False) -> tuple["SpawnedProcess", socket.socket]:
        """A new worker, connected; it opens the build meanwhile. Raises OSError."""
        secret = secrets.token_bytes(32)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            process = SpawnedProcess(
                ["-P", "-m", "wsis_kg.engine.spawned", self._place, self._limits.encode()],
                {"port": listener.getsockname()[1], "secret": secret.hex(), "tell_edition": tell_edition},
            )
            self._processes.add(process)
            if self._ended:
                process.kill()
            try:
                return process, _accept(listener, secret, process)
            except OSError:
                process.kill()
                self._wait_for(process)
                raise


class SpawnedProcess:
    """A worker that is a child of this process. It ends itself when its standard input does, that is with us."""

    def __init__(self, arguments: list[str], told: dict[str, Any]) -> None:
        """Starts it. Raises OSError."""
        self._process = subprocess.Popen([sys.executable, *arguments], stdin=subprocess.PIPE)
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            # If it has died already, nobody will connect.
            self._process.stdin.write(json.dumps(told).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def pid(self) -> int:
        """As in Process."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """As in Process."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """As in Process."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def release(self) -> None:
        """As in Process: nothing, for it is given back by ``wait``."""

    def wait(self, seconds: float) -> int:
        """Its exit code, after so many seconds at most: then it is killed."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()


def _accept(listener: socket.socket, secret: bytes, process: SpawnedProcess) -> socket.socket:
    """The connection of whoever knows the secret. Raises OSError."""
    listener.settimeout(_LOOK_SECONDS)
    deadline = time.monotonic() + _CONNECT_SECONDS
    while time.monotonic() < deadline:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            if process.ended:
                raise OSError("the process ended before it was connected") from None
            continue
        connection.settimeout(_SECRET_SECONDS)
        with contextlib.suppress(OSError):
            told = receive_exactly(connection, len(secret))
            if told is not None and hmac.compare_digest(told, secret):
                return connection
        connection.close()
    raise OSError("the process did not connect")
