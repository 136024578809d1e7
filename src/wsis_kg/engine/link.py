"""The front's end of one worker: asks it a question, passes on what it says, kills it."""

import asyncio
import logging
import socket
import time
from typing import TYPE_CHECKING, Final, cast

from .asked import AskedQuery
from .endings import Ending
from .nursery import Process
from .wire import BODY, BROKEN, END, FAULT, OUTLINE, PROBLEM, READY, Outline, decode_end, decode_problem, split

if TYPE_CHECKING:
    from .crew import Crew

_log = logging.getLogger(__name__)
_GUARD_SECONDS: Final = 5.0
"""How much longer than the limit a worker may compute before it ends itself."""


class Worker(asyncio.Protocol):
    """A worker process. ``query`` is what it works at, None while it is idle."""

    def __init__(self, process: Process, crew: "Crew") -> None:
        self.process = process
        self.born_at = time.monotonic()
        self.ready = False
        """Whether it has opened the build."""
        self.serving = False
        """Whether it is asked, and not kept as a spare."""
        self.lost = False
        self.doomed = False
        self.query: AskedQuery | None = None
        self._crew = crew
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._paused = False

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self.process.pid

    def connect(self, connection: socket.socket) -> None:
        """Takes over the socket; the worker tells by itself when it is ready."""
        loop = asyncio.get_running_loop()
        connecting = loop.create_task(self._connect(connection))
        # The event loop keeps only a weak reference to a task.
        self._connecting = connecting

    async def _connect(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        if connection.family == socket.AF_INET:
            await loop.create_connection(lambda: self, sock=connection)
        else:
            await loop.create_unix_connection(lambda: self, sock=connection)

    def ask(self, query: AskedQuery) -> None:
        """Sends the question. The worker must be idle."""
        assert self.query is None and self._transport is not None
        self.query = query
        query.start(self)
        self._transport.write(query.question.encode(query.limits.timeout_seconds + _GUARD_SECONDS))

    @property
    def gone(self) -> bool:
        """Whether the process has ended, even if its connection has not told us yet."""
        return self.lost or self.process.ended

    def kill(self) -> None:
        """Ends the process at once, whatever it does."""
        self.doomed = True
        self.process.kill()

    def close(self) -> None:
        """Lets an idle worker go: it ends by itself when nobody is there to ask it."""
        if self._transport is not None:
            self._transport.abort()

    def died(self, ending: Ending) -> None:
        """The process is no more."""
        query, self.query = self.query, None
        if query is not None:
            query.worker_died(ending)
        self.process.release()

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
        if kind == READY:
            self.ready = True
            self._crew.ready(self)
        elif kind == BROKEN:
            _log.error("A worker cannot open the dataset: %s", payload.decode("utf-8", "replace"))
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
            count, last = decode_end(payload)
            self.query = None
            self.resume()
            query.finish(count)
            if last or self.doomed:
                self.close()
            else:
                self._crew.free(self)
