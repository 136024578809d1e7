"""The front's side of the fork server: queries wait here for a worker, and every loss of a process is made good."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .asked import AskedQuery
from .crew import CAN_FORK, Crew, StoreFailed
from .limits import Limits, overloaded
from .live import DataFolder, NoBuild, Source
from .problems import Interrupted
from .wire import Edition, Question

_log = logging.getLogger(__name__)
_SOONEST_RESTART: Final = 0.1
_LATEST_RESTART: Final = 10.0


class Pool:
    """Answers questions by workers that can be killed, over the version that its source names: the data folder, if
    it is given none.
    """

    def __init__(
        self, data_home: Path, limits: Limits | None = None, fork: bool = CAN_FORK, source: Source | None = None
    ) -> None:
        """Opens the current build, and waits for that. Without ``fork`` each worker is started as an interpreter of
        its own, which is what is done where the platform has no fork.

        Blocks; may be called in any thread. Raises NoBuild if there is no complete build, StoreFailed if it cannot be
        opened.
        """
        self.limits = limits or Limits()
        self.data_home = data_home
        self._fork = fork
        self._source = source or DataFolder(data_home)
        self._crew = Crew(self._source.current().place, self.limits, fork)
        self._retired: set[Crew] = set()
        self._waiting: deque[AskedQuery] = deque()
        self._queries: dict[str, AskedQuery] = {}
        self._exchange: asyncio.Lock | None = None
        self._revival: asyncio.Task[None] | None = None
        self._refused: str | None = None
        self._open = False
        self.on_end: Callable[[AskedQuery], None] = lambda _: None
        """Called with each query that has come to its end, for logs and figures."""
        self.store_restarts = 0

    @property
    def forks(self) -> bool:
        """Whether workers are forked."""
        return self._fork

    @property
    def edition(self) -> Edition:
        """The edition that the next query is asked of."""
        return self._crew.edition

    @property
    def ready(self) -> bool:
        """Whether workers can be had, and there is one."""
        return self._open and self._crew.alive and bool(self.workers)

    @property
    def queries(self) -> list[AskedQuery]:
        """The queries that run or wait, the oldest first."""
        return list(self._queries.values())

    @property
    def workers(self) -> list[int]:
        """The process numbers of the workers that take new queries."""
        return [worker.pid for worker in self._crew.workers.values() if worker.serving and not worker.lost]

    @property
    def spares(self) -> list[int]:
        """The process numbers of the workers that are ready to take the place of one that is lost."""
        return self._crew.spares

    @property
    def store_process(self) -> int | None:
        """The number of the process that holds the store for all workers, if there is one."""
        return self._crew.store_process

    async def open(self) -> None:
        """Brings the pool into the running event loop, with its workers."""
        self._exchange = asyncio.Lock()
        self._open = True
        self._crew.attach(self.limits.workers, self._changed)

    def discard(self) -> None:
        """Ends the processes of a pool that was never opened."""
        self._crew.discard()

    async def close(self) -> None:
        """Ends all processes. A query that still runs is told that the server is ending."""
        self._open = False
        if self._revival is not None:
            self._revival.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._revival
        for query in self.queries:
            query.fail(Interrupted("The server is ending.", hint="Send the query again.", members={"retry_after": 5}))
        for crew in (self._crew, *self._retired):
            await crew.close()

    def ask(self, question: Question) -> AskedQuery:
        """Puts a question to a worker, now or when one is free; whoever gets the query reads it, or abandons it.

        Raises Overloaded if too many wait already.
        """
        if not self._crew.idle and len(self._waiting) >= self.limits.queue:
            raise overloaded(f"{len(self._waiting)} queries are waiting already.", self.limits)
        query = AskedQuery(question, self.limits, self._ended, self._again)
        self._queries[query.id] = query
        self._waiting.append(query)
        self._dispatch()
        if query.worker is None:
            query.wait()
        return query

    def stop(self, identifier: str) -> bool:
        """Stops a query; says whether there was one of this name."""
        query = self._queries.get(identifier)
        if query is not None:
            query.stop()
        return query is not None

    async def follow(self, seconds: float) -> None:
        """Looks at the source again and again, and serves the version it names, for as long as the task lives."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.refresh()
            except Exception:
                # The watch must not end, nor the server with it, because one look failed.
                _log.exception("Looking for a new version failed")

    async def refresh(self) -> bool:
        """Exchanges the crew if the source names another version; says whether it did. Running queries run on.

        A build that cannot be opened is reported once in the log, and the version stays as it is.
        """
        try:
            build = await asyncio.to_thread(self._source.current)
        except NoBuild:
            # Between two builds, a folder being removed, or a service that is down: the next look decides.
            return False
        if build.version in (self._crew.edition.version, self._refused):
            return False
        assert self._exchange is not None
        async with self._exchange:
            try:
                await self._replace(build.place)
            except StoreFailed as error:
                self._refused = None if self._source.may_recover else build.version
                _log.error("Version %s cannot be opened and is not served: %s", build.version, error)
                return False
        _log.info("Now serving version %s", build.version)
        return True

    async def _replace(self, place: str) -> None:
        """Another crew over the build in this place takes over as soon as it has a worker."""
        crew = await asyncio.to_thread(Crew, place, self.limits, self._fork)
        manned = asyncio.Event()

        def first(_: Crew) -> None:
            manned.set()

        try:
            crew.attach(self.limits.workers, first)
            await manned.wait()
        except asyncio.CancelledError:
            await crew.close()
            raise
        before, self._crew = self._crew, crew
        crew.follow(self._changed)
        self._retired.add(before)
        before.retire()
        self._changed(before)
        self._dispatch()

    def _changed(self, crew: Crew) -> None:
        if crew.over and crew in self._retired:
            self._retired.discard(crew)
            closing = asyncio.get_running_loop().create_task(crew.close())
            # Kept by the crew, for the event loop keeps only a weak reference.
            crew.closing = closing
        if crew is self._crew and not crew.alive and self._open and self._revival is None:
            self._revival = asyncio.get_running_loop().create_task(self._revive())
        self._dispatch()

    async def _revive(self) -> None:
        """Another store process in the place of one that has ended; tries again until it succeeds."""
        assert self._exchange is not None
        pause = _SOONEST_RESTART
        try:
            while not self._crew.alive:
                async with self._exchange:
                    try:
                        place = (await asyncio.to_thread(self._source.current)).place
                    except NoBuild:
                        place = self._crew.place
                    try:
                        await self._replace(place)
                        self.store_restarts += 1
                        continue
                    except (StoreFailed, OSError) as error:
                        _log.error("The store process cannot be started: %s", error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LATEST_RESTART)
        finally:
            self._revival = None

    def _dispatch(self) -> None:
        idle = self._crew.idle
        while idle and self._waiting:
            worker = idle.popleft()
            if worker.gone:
                continue
            query = self._waiting.popleft()
            query.edition = self._crew.edition
            worker.ask(query)

    def _again(self, query: AskedQuery) -> None:
        query.wait()
        self._waiting.appendleft(query)
        self._dispatch()

    def _ended(self, query: AskedQuery) -> None:
        del self._queries[query.id]
        if query.started_at is None:
            with contextlib.suppress(ValueError):
                self._waiting.remove(query)
        self.on_end(query)
