"""Workers by fork: the store process as the front sees it, and a handle on each worker that was forked from it."""

import asyncio
import contextlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
from collections import deque
from typing import Any, Final

from .endings import ending_by_signal
from .limits import Limits
from .nursery import Parent, Process, StoreFailed
from .wire import Edition

_log = logging.getLogger(__name__)
_START_SECONDS: Final = 600.0


class StoreProcess:
    """The nursery of forked workers: one process that holds the store, or knows where it is on disk."""

    def __init__(self, place: str, limits: Limits) -> None:
        """Starts the process and waits until it has opened the build: some 50 ms, longer for large ones.

        Raises StoreFailed.
        """
        self._control, theirs = socket.socketpair()
        self._lines = bytearray()
        self._descriptors: deque[int] = deque()
        with theirs:
            # -P: whatever stands in the folder we were started in, it is not what we import.
            module = ("-P", "-m", "wsis_kg.engine.storekeeper")
            self._process = subprocess.Popen(
                [sys.executable, *module, str(theirs.fileno()), place, limits.encode()],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self.store_process: int | None = self._process.pid
        self._control.settimeout(_START_SECONDS)
        try:
            told = self._first_line()
        except OSError as error:
            self.end()
            raise StoreFailed("The process that holds the store did not start.") from error
        if "failed" in told:
            self.end()
            raise StoreFailed(told["failed"])
        self.edition = Edition.of_members(told)
        # A fork of the whole store is there at once; one that has to open it on disk lets the next query wait.
        self.spares = 1 if told.get("on_disk") else 0
        self._control.setblocking(False)
        self._parent: Parent | None = None

    def attach(self, parent: Parent) -> None:
        """As in Nursery."""
        self._parent = parent
        asyncio.get_running_loop().add_reader(self._control, self._hear)

    def order(self, count: int) -> None:
        """As in Nursery."""
        with contextlib.suppress(OSError):
            # If it has died, the end of the connection is on its way to us.
            self._control.send(b"\n" * count)

    def lost(self, process: Process) -> None:
        """As in Nursery: the store process will say how it ended."""

    def leave(self) -> None:
        """As in Nursery."""
        if self._parent is not None:
            self._parent = None
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()
            while self._descriptors:
                os.close(self._descriptors.popleft())

    def end(self) -> None:
        """As in Nursery: it kills its workers when nobody holds the other end of its connection."""
        self._control.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _hear(self) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, 1 << 16, 16)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        self._descriptors += descriptors
        self._lines += data
        parent = self._parent
        assert parent is not None
        if not data:
            self.leave()
            _log.error("The store process (%d) has ended.", self._process.pid)
            parent.orphaned()
            return
        *lines, rest = bytes(self._lines).split(b"\n")
        self._lines = bytearray(rest)
        for line in lines:
            told = json.loads(line)
            if "worker" in told:
                parent.welcome(ForkedProcess(told["worker"]), socket.socket(fileno=self._descriptors.popleft()))
            elif "gone" in told:
                parent.bury(told["gone"], ending_by_signal(told["signal"]))
            else:
                parent.unborn(told["unborn"])

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


class ForkedProcess:
    """A worker that is the child of another process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle: int | None = None
        # A handle on the process itself, where there is such a thing: its number may be given to another one.
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                self._handle = os.pidfd_open(pid)
        self._has_handle = self._handle is not None
        self._released = False
        self._end = select.poll()
        if self._handle is not None:
            # It can be read from once its process has ended.
            self._end.register(self._handle, select.POLLIN)

    @property
    def ended(self) -> bool:
        """As in Process; never true where the platform gives no handle."""
        return bool(self._end.poll(0))

    def kill(self) -> None:
        """As in Process."""
        with contextlib.suppress(OSError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            elif not self._has_handle and not self._released:
                os.kill(self.pid, signal.SIGKILL)

    def release(self) -> None:
        """As in Process."""
        self._released = True
        if self._handle is not None:
            self._end.unregister(self._handle)
            os.close(self._handle)
            self._handle = None
