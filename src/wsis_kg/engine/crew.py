"""A store process as the front sees it, and the workers that were forked from it."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from .limits import Limits
from .link import Worker
from .wire import Edition

_log = logging.getLogger(__name__)
_START_SECONDS: Final = 600.0
_STATUS_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 0.5
_STILLBORN_SECONDS: Final = 0.05


class StoreFailed(Exception):
    """The store process could not open the build; the text says why."""


class Crew:
    """One store process with its workers, over one edition of the dataset."""

    def __init__(self, build_folder: Path, limits: Limits) -> None:
        """Starts the process and waits until it has opened the build: some 50 ms, longer for large ones.

        Blocks; may be called in any thread. Raises StoreFailed.
        """
        self.build_folder = build_folder
        self._control, theirs = socket.socketpair()
        self._lines = bytearray()
        self._descriptors: deque[int] = deque()
        with theirs:
            # -P: whatever stands in the folder we were started in, it is not what we import.
            module = ("-P", "-m", "wsis_kg.engine.storekeeper")
            self.process = subprocess.Popen(
                [sys.executable, *module, str(theirs.fileno()), str(build_folder), limits.encode()],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._control.settimeout(_START_SECONDS)
        try:
            told = self._first_line()
        except OSError as error:
            self._end_process()
            raise StoreFailed("The process that holds the store did not start.") from error
        if "failed" in told:
            self._end_process()
            raise StoreFailed(told["failed"])
        graphs = tuple((name, count) for name, count in told["graphs"])
        self.edition = Edition(told["version"], graphs, told["triples"])
        self._control.setblocking(False)
        self.workers: dict[int, Worker] = {}
        self.idle: deque[Worker] = deque()
        self.alive = True
        self._statuses: dict[int, int | None] = {}
        self._wanted = 0
        self._ordered = 0
        self._retired = False
        self._changed: Callable[[Crew], None] = lambda _: None
        self.closing: asyncio.Task[None] | None = None

    def attach(self, workers: int, changed: Callable[["Crew"], None]) -> None:
        """Brings the crew into the running event loop and to that many workers; from now on ``changed`` is called
        whenever a worker has become free, or the store process has died (``alive``).
        """
        self._changed = changed
        self._wanted = workers
        asyncio.get_running_loop().add_reader(self._control, self._hear)
        self._man()

    def follow(self, changed: Callable[["Crew"], None]) -> None:
        """Somebody else wants to know of changes now, and is told at once, for one may have come before."""
        self._changed = changed
        changed(self)

    def retire(self) -> None:
        """No new queries: idle workers go, the others after their query; ``changed`` tells of the last one."""
        self._retired = True
        self._wanted = 0
        while self.idle:
            self.idle.popleft().close()

    @property
    def over(self) -> bool:
        """Whether it was retired and nobody works any more."""
        return self._retired and not self.workers

    async def close(self) -> None:
        """Kills what still runs, and ends the store process."""
        self.retire()
        for worker in list(self.workers.values()):
            worker.kill()
        self._leave()
        await asyncio.to_thread(self._end_process)

    def free(self, worker: Worker) -> None:
        """Called by a worker that has finished a question and can take another."""
        if self._retired:
            worker.close()
        else:
            self.idle.append(worker)
        self._changed(self)

    def lost(self, worker: Worker) -> None:
        """Called by a worker whose connection has ended; the store process will say how it died."""
        with contextlib.suppress(ValueError):
            self.idle.remove(worker)
        if not self.alive:
            self._bury(worker.pid, None)
            return
        if worker.pid in self._statuses:
            self._bury(worker.pid, self._statuses.pop(worker.pid))
        else:
            # Should that word not come, the query must not wait for it.
            asyncio.get_running_loop().call_later(_STATUS_SECONDS, self._bury, worker.pid, None)
        if time.monotonic() - worker.born_at < _STILLBORN_SECONDS:
            # Whatever ends them at once may last, and forking as fast as one can would not help.
            asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self._man)
        else:
            self._man()

    def _bury(self, pid: int, ended_by: int | None) -> None:
        worker = self.workers.get(pid)
        if worker is None:
            return
        if not worker.lost:
            # What it sent before it died may still be on its way.
            self._statuses[pid] = ended_by
            return
        del self.workers[pid]
        worker.died(ended_by)
        self._changed(self)

    def _man(self) -> None:
        """Orders as many new workers as are missing."""
        manned = sum(not worker.lost for worker in self.workers.values()) + self._ordered
        if self.alive and manned < self._wanted:
            missing = self._wanted - manned
            self._ordered += missing
            with contextlib.suppress(OSError):
                # If it has died, the end of the connection is on its way to us.
                self._control.send(b"\n" * missing)

    def _hear(self) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, 1 << 16, 16)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        self._descriptors += descriptors
        self._lines += data
        if not data:
            self._store_died()
            return
        *lines, rest = bytes(self._lines).split(b"\n")
        self._lines = bytearray(rest)
        for line in lines:
            told = json.loads(line)
            if "worker" in told:
                self._welcome(told["worker"], socket.socket(fileno=self._descriptors.popleft()))
            elif "gone" in told:
                self._bury(told["gone"], told["signal"])
            else:
                self._ordered -= 1
                _log.error("No new worker could be started: %s", told["unborn"])
                asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self._man)

    def _welcome(self, pid: int, connection: socket.socket) -> None:
        self._ordered -= 1
        if self._retired:
            connection.close()
            return
        worker = Worker(pid, self)
        self.workers[pid] = worker
        worker.connect(connection)

    def _store_died(self) -> None:
        self._leave()
        if self._retired:
            return
        _log.error("The store process (%d) has ended; another one is being started.", self.process.pid)
        # Its workers answer on: each has the whole store. Nobody will say how one of them ends, though.
        for worker in [worker for worker in self.workers.values() if worker.lost]:
            self._bury(worker.pid, None)
        self._changed(self)

    def _leave(self) -> None:
        if self.alive:
            self.alive = False
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()
            while self._descriptors:
                os.close(self._descriptors.popleft())

    def _first_line(self) -> dict[str, Any]:
        while b"\n" not in self._lines:
            data = self._control.recv(1 << 16)
            if not data:
                raise ConnectionError("The process ended before it was ready.")
            self._lines += data
        line, _, rest = bytes(self._lines).partition(b"\n")
        self._lines = bytearray(rest)
        told: dict[str, Any] = json.loads(line)
        return told

    def _end_process(self) -> None:
        self._control.close()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
