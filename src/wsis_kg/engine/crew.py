"""The workers over one edition of the dataset, as the front sees them: who is free, who is spare, who was lost."""

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from .endings import Ending
from .limits import Limits
from .link import Worker
from .nursery import Nursery, Process, StoreFailed
from .wire import Edition

__all__ = ["CAN_FORK", "Crew", "StoreFailed"]

CAN_FORK: Final = hasattr(os, "fork")
_log = logging.getLogger(__name__)
_STATUS_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 0.5
_LATEST_AGAIN_SECONDS: Final = 10.0
_STILLBORN_SECONDS: Final = 0.05


class Crew:
    """The workers over one edition, and where they come from."""

    def __init__(self, place: str, limits: Limits, fork: bool = CAN_FORK) -> None:
        """Waits until the build in this folder, or the service at this address, has been opened: some 50 ms by the
        process that workers are forked from, some tenths of a second by the first worker where there is no fork,
        longer for large ones.

        Blocks; may be called in any thread. Raises StoreFailed.
        """
        self.place = place
        self._nursery = _nursery(place, limits, fork)
        self.workers: dict[int, Worker] = {}
        self.idle: deque[Worker] = deque()
        self.alive = True
        """Whether workers can be had. Those that live answer on without."""
        self._spares: deque[Worker] = deque()
        self._endings: dict[int, Ending] = {}
        self._wanted = 0
        self._ordered = 0
        self._again_seconds = _AGAIN_SECONDS
        self._retired = False
        self._changed: Callable[[Crew], None] = lambda _: None
        self.closing: asyncio.Task[None] | None = None

    @property
    def edition(self) -> Edition:
        """The edition that they answer over."""
        return self._nursery.edition

    @property
    def store_process(self) -> int | None:
        """The number of the process that holds the store for all, if there is one."""
        return self._nursery.store_process

    @property
    def spares(self) -> list[int]:
        """The process numbers of the workers that are ready to take the place of one that is lost."""
        return [worker.pid for worker in self._spares]

    def attach(self, workers: int, changed: Callable[["Crew"], None]) -> None:
        """Brings the crew into the running event loop and to that many workers; from now on ``changed`` is called
        whenever a worker has become free, or no more can be had (``alive``).
        """
        self._changed = changed
        self._wanted = workers
        self._nursery.attach(self)
        self._man()

    def follow(self, changed: Callable[["Crew"], None]) -> None:
        """Somebody else wants to know of changes now, and is told at once, for one may have come before."""
        self._changed = changed
        changed(self)

    def retire(self) -> None:
        """No new queries: idle workers go, the others after their query; ``changed`` tells of the last one."""
        self._retired = True
        self._wanted = 0
        for waiting in (self.idle, self._spares):
            while waiting:
                waiting.popleft().close()

    @property
    def over(self) -> bool:
        """Whether it was retired and nobody works any more."""
        return self._retired and not self.workers

    def discard(self) -> None:
        """Ends the store process, or the first worker, where no event loop has taken over yet."""
        self._nursery.end()

    async def close(self) -> None:
        """Kills what still runs, and ends the store process."""
        self.retire()
        for worker in list(self.workers.values()):
            worker.kill()
        self._leave()
        await asyncio.to_thread(self._nursery.end)

    # What the workers tell

    def ready(self, worker: Worker) -> None:
        """Called by a worker that has opened the build."""
        self._again_seconds = _AGAIN_SECONDS
        if self._retired:
            worker.close()
            return
        self._spares.append(worker)
        self._promote()

    def free(self, worker: Worker) -> None:
        """Called by a worker that has finished a question and can take another."""
        if self._retired:
            worker.close()
        else:
            self.idle.append(worker)
        self._changed(self)

    def lost(self, worker: Worker) -> None:
        """Called by a worker whose connection has ended; the nursery will say how it died."""
        for waiting in (self.idle, self._spares):
            with contextlib.suppress(ValueError):
                waiting.remove(worker)
        self._promote()
        if not self.alive:
            self.bury(worker.pid, Ending.UNKNOWN)
            return
        if worker.pid in self._endings:
            self.bury(worker.pid, self._endings.pop(worker.pid))
        else:
            self._nursery.lost(worker.process)
            # Should that word not come, the query must not wait for it.
            asyncio.get_running_loop().call_later(_STATUS_SECONDS, self.bury, worker.pid, Ending.UNKNOWN)
        if not worker.ready or time.monotonic() - worker.born_at < _STILLBORN_SECONDS:
            # Whatever ends them at once may last, and starting as many as one can would not help.
            self._man_later()
        else:
            self._man()

    # What the nursery tells

    def welcome(self, process: Process, connection: socket.socket) -> None:
        """As in Parent."""
        self._ordered -= 1
        if self._retired:
            connection.close()
            return
        worker = Worker(process, self)
        self.workers[process.pid] = worker
        worker.connect(connection)

    def unborn(self, reason: str) -> None:
        """As in Parent."""
        self._ordered -= 1
        _log.error("No new worker could be started: %s", reason)
        self._man_later()

    def bury(self, pid: int, ending: Ending) -> None:
        """As in Parent."""
        worker = self.workers.get(pid)
        if worker is None:
            return
        if not worker.lost:
            # What it sent before it died may still be on its way.
            self._endings[pid] = ending
            return
        del self.workers[pid]
        worker.died(ending)
        self._changed(self)

    def orphaned(self) -> None:
        """As in Parent."""
        self._leave()
        if self._retired:
            return
        # The workers answer on: each has the whole store. Nobody will say how one of them ends, though.
        for worker in [worker for worker in self.workers.values() if worker.lost]:
            self.bury(worker.pid, Ending.UNKNOWN)
        self._changed(self)

    def _promote(self) -> None:
        """Lets spare workers serve where one is missing."""
        serving = sum(worker.serving and not worker.lost for worker in self.workers.values())
        while self._spares and serving < self._wanted:
            worker = self._spares.popleft()
            if not worker.gone:
                serving += 1
                worker.serving = True
                self.free(worker)

    def _man(self) -> None:
        """Orders as many new workers as are missing."""
        if not self.alive or self._retired:
            return
        manned = sum(not worker.lost for worker in self.workers.values()) + self._ordered
        missing = self._wanted + self._nursery.spares - manned
        if missing > 0:
            self._ordered += missing
            self._nursery.order(missing)

    def _man_later(self) -> None:
        asyncio.get_running_loop().call_later(self._again_seconds, self._man)
        self._again_seconds = min(2 * self._again_seconds, _LATEST_AGAIN_SECONDS)

    def _leave(self) -> None:
        if self.alive:
            self.alive = False
            self._nursery.leave()


def _nursery(place: str, limits: Limits, fork: bool) -> Nursery:
    # Either needs what some platform has not.
    if fork:
        from .forking import StoreProcess

        return StoreProcess(place, limits)
    from .spawning import Interpreters

    return Interpreters(place, limits)
