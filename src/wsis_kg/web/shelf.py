"""Earlier versions that are open for questions: each over a pool of its own, few at a time, and not for longer than
somebody reads them.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from wsis_kg.engine.asked import AskedQuery
from wsis_kg.engine.crew import StoreFailed
from wsis_kg.engine.live import NoBuild, OneVersion
from wsis_kg.engine.pool import Pool

from .problems import Refusal
from .requests import Receive, Scope

_log = logging.getLogger(__name__)
MOST_OPEN: Final = 2
IDLE_SECONDS: Final = 300.0
_LOOK_SECONDS: Final = 15.0

Application = Callable[[Scope, Receive, Any], Any]


@dataclass
class _Open:
    """A version that is open, or is being opened."""

    opening: "asyncio.Task[tuple[Pool, Application]]"
    readers: int = 0
    left_at: float = field(default_factory=time.monotonic)


class Shelf:
    """Opens a version when somebody asks for it, with one worker; at most ``most`` at a time. One that nobody has
    asked for ``idle_seconds`` is closed.
    """

    def __init__(
        self,
        pool: Pool,
        make: Callable[[Pool], Application],
        most: int = MOST_OPEN,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """``pool`` is that of the current version, whose limits hold for the others too; ``make`` gives what answers
        over the pool of an earlier one.
        """
        self._pool = pool
        self._make = make
        self._most = most
        self._idle_seconds = idle_seconds
        self._open: dict[str, _Open] = {}
        self._pools: set[Pool] = set()

    @property
    def versions(self) -> list[str]:
        """The versions that are open."""
        return list(self._open)

    @property
    def queries(self) -> list[AskedQuery]:
        """The queries over earlier versions that run or wait."""
        return [query for pool in self._pools for query in pool.queries]

    def stop(self, identifier: str) -> bool:
        """Stops a query over an earlier version; says whether there was one of this name."""
        return any(pool.stop(identifier) for pool in list(self._pools))

    @contextlib.asynccontextmanager
    async def reading(self, version: str) -> AsyncIterator[Application]:
        """What answers over a version, which stays open meanwhile. Raises what ``asking`` raises."""
        async with self._held(version) as (_, application):
            yield application

    @contextlib.asynccontextmanager
    async def asking(self, version: str) -> AsyncIterator[Pool]:
        """The pool of a version, which stays open meanwhile.

        Raises Refusal: 404 where it is not kept here, 503 where it cannot be opened, or as many as may be open are
        being read.
        """
        async with self._held(version) as (pool, _):
            yield pool

    @contextlib.asynccontextmanager
    async def _held(self, version: str) -> AsyncIterator[tuple[Pool, Application]]:
        held = self._open.get(version)
        if held is not None and held.opening.done() and held.opening.exception() is not None:
            held = None
        if held is None:
            await self._make_room()
            held = self._open.get(version)  # somebody else may have come first
        if held is None:
            held = self._open[version] = _Open(asyncio.ensure_future(self._begin(version)))
        held.readers += 1
        try:
            try:
                opened = await asyncio.shield(held.opening)
            except NoBuild as error:
                detail = f"No version “{version[:100]}” is kept here."
                raise Refusal(
                    404, "unknown", "There is no such version", detail, hint="All are at /version/."
                ) from error
            except StoreFailed as error:
                _log.error("Version %s cannot be opened: %s", version, error)
                detail = f"Version {version} is kept here, but cannot be opened."
                raise Refusal(503, "internal", "This version cannot be read", detail) from error
            yield opened
        finally:
            held.readers -= 1
            held.left_at = time.monotonic()
            if held.opening.done() and held.opening.exception() is not None and self._open.get(version) is held:
                del self._open[version]

    async def tidy(self) -> None:
        """Closes again and again what nobody reads any more, for as long as the task lives; then all of it."""
        try:
            while True:
                await asyncio.sleep(min(_LOOK_SECONDS, self._idle_seconds))
                for version in self._unread(self._idle_seconds):
                    await self._close(version)
        finally:
            for version in list(self._open):
                await self._close(version)

    async def _begin(self, version: str) -> tuple[Pool, Application]:
        limits = replace(self._pool.limits, workers=1)
        home = self._pool.data_home
        pool = await asyncio.to_thread(Pool, home, limits, self._pool.forks, OneVersion(home, version))
        pool.on_end = self._pool.on_end
        await pool.open()
        self._pools.add(pool)
        return pool, self._make(pool)

    def _unread(self, seconds: float) -> list[str]:
        """The versions that nobody has read for so long, the longest first."""
        now = time.monotonic()
        unread = [(held.left_at, name) for name, held in self._open.items() if not held.readers]
        return [name for left_at, name in sorted(unread) if now - left_at >= seconds]

    async def _make_room(self) -> None:
        while len(self._open) >= self._most:
            unread = self._unread(0)
            if not unread:
                raise Refusal(
                    503,
                    "overloaded",
                    "The server is busy",
                    f"{self._most} earlier versions are being read, and no more can be open at a time.",
                    hint="Send it again after 5 seconds, or read the current version.",
                    headers={"Retry-After": "5"},
                )
            await self._close(unread[0])

    async def _close(self, version: str) -> None:
        held = self._open.pop(version, None)
        if held is None:
            return
        with contextlib.suppress(NoBuild, StoreFailed):
            pool, _ = await held.opening
            self._pools.discard(pool)
            await pool.close()
