"""The front's end of one worker: asks it a question, passes on what it says, kills it."""

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import time
from typing import TYPE_CHECKING, Final, cast

from .asked import AskedQuery
from .wire import BODY, END, FAULT, OUTLINE, PROBLEM, Outline, decode_problem, split

if TYPE_CHECKING:
    from .crew import Crew

_GUARD_SECONDS: Final = 5.0
"""How much longer than the limit a worker may compute before it ends itself."""


class Worker(asyncio.Protocol):
    """A worker process. ``query`` is what it works at, None while it is idle."""

    def __init__(self, pid: int, crew: "Crew") -> None:
        self.pid = pid
        self.born_at = time.monotonic()
        self.lost = False
        self.doomed = False
        self.query: AskedQuery | None = None
        self._crew = crew
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._paused = False
        self._handle: int | None = None
        # A handle on the process itself, where there is such a thing: its number may be given to another one.
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                self._handle = os.pidfd_open(pid)
        self._has_handle = self._handle is not None
        self._end = select.poll()
        if self._handle is not None:
            # It can be read from once its process has ended.
            self._end.register(self._handle, select.POLLIN)

    def connect(self, connection: socket.socket) -> None:
        """Takes over the socket; the worker is free as soon as that is done."""
        loop = asyncio.get_running_loop()
        connecting = loop.create_task(loop.create_unix_connection(lambda: self, sock=connection))
        # The event loop keeps only a weak reference to a task.
        self._connecting = connecting

    def ask(self, query: AskedQuery) -> None:
        """Sends the question. The worker must be idle."""
        assert self.query is None and self._transport is not None
        self.query = query
        query.start(self)
        self._transport.write(query.question.encode(query.limits.timeout_seconds + _GUARD_SECONDS))

    @property
    def gone(self) -> bool:
        """Whether the process has ended, even if its connection has not told us yet."""
        return self.lost or bool(self._end.poll(0))

    def kill(self) -> None:
        """Ends the process at once, whatever it does."""
        self.doomed = True
        with contextlib.suppress(OSError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            elif not self._has_handle and not self.lost:
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Lets an idle worker go: it ends by itself when nobody is there to ask it."""
        if self._transport is not None:
            self._transport.abort()

    def died(self, ended_by: int | None) -> None:
        """The process is no more; ``ended_by`` is the signal that ended it, if that is known."""
        query, self.query = self.query, None
        if query is not None:
            query.worker_died(ended_by)
        if self._handle is not None:
            self._end.unregister(self._handle)
            os.close(self._handle)
            self._handle = None

    def pause(self) -> None:
        """Reads no more for now: the client is slower than the worker."""
        if not self._paused and self._transport is not None and not self.lost:
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Reads on."""
        if self._paused and self._transport is not None and not self.lost:
            self._paused = False
            self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Of asyncio."""
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)
        self._crew.free(self)

    def data_received(self, data: bytes) -> None:
        """Of asyncio."""
        self._buffer += data
        for kind, payload in split(self._buffer):
            self._frame(kind, payload)

    def connection_lost(self, _: Exception | None) -> None:
        """Of asyncio."""
        self.lost = True
        self._crew.lost(self)

    def _frame(self, kind: bytes, payload: bytes) -> None:
        query = self.query
        if query is None:
            return
        if kind == BODY:
            query.feed(payload)
        elif kind == OUTLINE:
            query.outline = Outline.decode(payload)
        elif kind == PROBLEM:
            query.fail(decode_problem(payload))
        elif kind == FAULT:
            query.fault(payload.decode("utf-8", "replace"))
        elif kind == END:
            told = json.loads(payload)
            self.query = None
            self.resume()
            query.finish(told["count"])
            if told["last"] or self.doomed:
                self.close()
            else:
                self._crew.free(self)
