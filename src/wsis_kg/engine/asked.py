"""One query on its way through the pool: waiting, running, answered or failed."""

import asyncio
import itertools
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .endings import Ending
from .limits import Limits, overloaded, too_much_memory
from .problems import Interrupted, Stopped, TimedOut, TooComplex
from .wire import Edition, Outline, Question

if TYPE_CHECKING:
    from .link import Worker

_log = logging.getLogger(__name__)
_MOST_UNREAD: Final = 1 << 19
"""Bytes that wait here for the client before the worker is held up; more than the front gathers before it sends."""
_AGAIN_WITHIN_SECONDS: Final = 1.0
"""A worker that is killed from outside so soon was not killed for what the query made it use."""
_MOST_ATTEMPTS: Final = 3
_RUN: Final = secrets.token_hex(4)
_NUMBERS: Final = itertools.count(1)


class ClientLeft(Exception):
    """The client has closed the connection: nobody is left to answer."""


class EngineFault(Exception):
    """The worker failed in a way that nobody foresaw; the text is its traceback."""


class AskedQuery:
    """A query, from being asked to its last byte. Belongs to the event loop; one task reads it."""

    def __init__(
        self,
        question: Question,
        limits: Limits,
        ended: Callable[["AskedQuery"], None],
        again: Callable[["AskedQuery"], None],
    ) -> None:
        self.id = f"{_RUN}-{next(_NUMBERS)}"
        self.question = question
        self.limits = limits
        self.edition: Edition | None = None
        """What it is evaluated on, known once it runs."""
        self.outline: Outline | None = None
        self.count: int | None = None
        self.complete = False
        """Whether all of the answer is here, or will never be."""
        self.problem: Exception | None = None
        self.asked_at = time.monotonic()
        self.started_at: float | None = None
        self.worker: Worker | None = None
        self.received = 0
        """Bytes of the body that have come."""
        self._ended: Callable[[AskedQuery], None] | None = ended
        self._again = again
        self._attempts = 0
        self._pieces: deque[bytes] = deque()
        self._unread = 0
        self._reader: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def hash(self) -> str:
        """A name for the text that does not tell it."""
        return self.question.hash

    async def gather(self, size: int) -> list[bytes]:
        """The next pieces of the body: at least that many bytes, or all that are left. Raises what went wrong."""
        taken: list[bytes] = []
        while True:
            while self._pieces and size > 0:
                taken.append(self._pieces.popleft())
                size -= len(taken[-1])
                self._unread -= len(taken[-1])
            if self.worker is not None and self._unread < _MOST_UNREAD:
                self.worker.resume()
            if self.problem is not None:
                raise self.problem
            if size <= 0 or self.complete:
                return taken
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader

    @property
    def exhausted(self) -> bool:
        """Whether the body has been read to its end. Never true of one that broke off: ``gather`` says why it did."""
        return self.complete and self.problem is None and not self._pieces

    def abandon(self) -> None:
        """The client has left, or whoever reads this has: a query that still runs is killed."""
        self._kill(ClientLeft())

    def stop(self) -> None:
        """Whoever runs the server wants it to end."""
        hint = "Whoever runs the server did so; ask them before you send it again."
        self._kill(Stopped("The query was stopped.", hint=hint))

    # What the worker and the pool tell

    def wait(self) -> None:
        """It waits for a worker, and not for ever."""
        self.started_at = None
        self._set_timer(self.limits.patience_seconds, self._waited_too_long)

    def start(self, worker: "Worker") -> None:
        """It runs now, and its time begins."""
        self.worker = worker
        self._attempts += 1
        self.started_at = time.monotonic()
        self._set_timer(self.limits.timeout_seconds, self._time_over)

    def feed(self, piece: bytes) -> None:
        """A piece of the body has come."""
        if self.complete:
            return
        self._pieces.append(piece)
        self._unread += len(piece)
        self.received += len(piece)
        if self._unread >= _MOST_UNREAD and self.worker is not None:
            self.worker.pause()
        self._wake()

    def fail(self, problem: Exception) -> None:
        """There will be no answer, or no more of it; the first reason counts."""
        if self.complete:
            return
        self.problem = problem
        self._pieces.clear()
        self._unread = 0
        self._finish()

    def fault(self, traceback: str) -> None:
        """The worker met a failure of its own."""
        _log.error("A worker failed over query %s (hash %s):\n%s", self.id, self.hash, traceback)
        self.fail(EngineFault(traceback))

    def finish(self, count: int | None) -> None:
        """The body is complete."""
        self.worker = None
        if not self.complete:
            self.count = count
            self._finish()

    def worker_died(self, ending: Ending) -> None:
        """The process is no more, and we did not kill it: why?"""
        self.worker = None
        if ending is Ending.CRASHED:
            self.fail(
                TooComplex(
                    "The engine cannot take this query: it is nested too deeply or has too many parts.",
                    hint="Write long alternatives as VALUES, long sums as SUM, and nest less.",
                )
            )
        elif ending is Ending.OUT_OF_MEMORY:
            self.fail(too_much_memory(self.limits))
        elif ending is Ending.OUT_OF_TIME:
            self.fail(self._timed_out())
        elif self._may_be_asked_again():
            self._again(self)
        else:
            self.fail(
                Interrupted(
                    "The process that worked at this query was ended from outside.",
                    hint="Send it again.",
                    members={"retry_after": 1},
                )
            )

    def _may_be_asked_again(self) -> bool:
        """Whether the worker may have been dead when it was asked, or nearly: not for ever, nor once it has spoken."""
        said = self.outline is not None or self.received
        soon = self.started_at is not None and time.monotonic() - self.started_at < _AGAIN_WITHIN_SECONDS
        return not self.complete and self._attempts < _MOST_ATTEMPTS and not said and soon

    def _kill(self, reason: Exception) -> None:
        worker = self.worker
        if not self.complete and worker is not None:
            worker.kill()
        self.fail(reason)

    def _time_over(self) -> None:
        self._kill(self._timed_out())

    def _timed_out(self) -> TimedOut:
        seconds = self.limits.timeout_seconds
        return TimedOut(
            f"The query was not finished after {seconds:g} seconds, which is the limit here.",
            hint="Ask for less: bind more of each pattern, join fewer patterns, or take the parts one by one.",
            members={"limit_seconds": seconds},
        )

    def _waited_too_long(self) -> None:
        self.fail(overloaded("No worker became free in time.", self.limits))

    def _set_timer(self, seconds: float, action: Callable[[], None]) -> None:
        self._cancel_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, action)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _finish(self) -> None:
        self.complete = True
        self._cancel_timer()
        ended, self._ended = self._ended, None
        if ended is not None:
            ended(self)
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
