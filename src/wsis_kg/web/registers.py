"""What is asked of the graph once for each version that is served: the register, and the search index over it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from functools import cache
from typing import Generic, TypeVar

from wsis_kg.engine.formats import JSON
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.problems import TooLarge
from wsis_kg.engine.table import Table
from wsis_kg.engine.wire import Edition, Question
from wsis_kg.holdings import folder
from wsis_kg.views.questions import Question as SavedQuestion
from wsis_kg.views.questions import read_questions
from wsis_kg.views.register import Register
from wsis_kg.views.search_index import SearchIndex

Kept = TypeVar("Kept")
Found = TypeVar("Found")


@cache
def page_questions() -> dict[str, SavedQuestion]:
    """The questions behind the pages, by name."""
    return read_questions(folder("queries") / "pages")


async def ask(pool: Pool, text: str, most_bytes: int | None = None) -> tuple[Table, Edition]:
    """The rows of a SELECT, and the edition that gave them. Raises what the evaluation raises, and TooLarge where the
    rows have more bytes than ``most_bytes``.
    """
    asked = pool.ask(Question(text, JSON.name, ours=True))
    try:
        parts: list[bytes] = []
        while not asked.exhausted:
            parts += await asked.gather(1 << 16)
            if most_bytes is not None and asked.received > most_bytes:
                raise TooLarge(f"The rows have more than {most_bytes:,} bytes.")
    finally:
        # Whoever waits for the page has gone, or all is read: then this does nothing.
        asked.abandon()
    assert asked.edition is not None
    return await asyncio.to_thread(Table.from_json, b"".join(parts)), asked.edition


class PerVersion(Generic[Kept]):
    """Something made of the version that is served; made anew when another version comes, and only then."""

    def __init__(self, pool: Pool, make: Callable[[], Awaitable[Kept]]) -> None:
        self._pool = pool
        self._make = make
        self._version = ""
        self._making: asyncio.Task[Kept] | None = None

    async def current(self) -> Kept:
        """The one of the version now served, whoever and how many ask for it while it is made. Raises what making it
        raises; the next call then tries again.
        """
        version = self._pool.edition.version
        failed = self._making is not None and self._making.done() and self._making.exception() is not None
        if self._making is None or failed or version != self._version:
            self._version = version
            self._making = asyncio.ensure_future(self._make())
        return await asyncio.shield(self._making)


class Few(Generic[Found]):
    """Keeps the last few of what takes long to find and never changes; whoever asks meanwhile waits for the same."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, asyncio.Task[Found]] = OrderedDict()

    async def get(self, key: Hashable, find: Callable[[], Awaitable[Found]]) -> Found:
        """What was found for the key, or is found now. Raises what finding it raises; the next call tries again."""
        task = self._kept.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.ensure_future(find())
            self._kept[key] = task
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return await asyncio.shield(task)


class Registers:
    """The register and the search index of the version that is served."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._register = PerVersion(pool, self._make_register)
        self._index = PerVersion(pool, self._make_index)

    async def current(self) -> Register:
        """The register."""
        return await self._register.current()

    async def index(self) -> SearchIndex:
        """The search index."""
        return await self._index.current()

    async def _make_register(self) -> Register:
        table, _ = await ask(self._pool, page_questions()["register"].text)
        return await asyncio.to_thread(lambda: Register(plain_rows(table)))

    async def _make_index(self) -> SearchIndex:
        table, _ = await ask(self._pool, page_questions()["texts"].text)
        register = await self.current()
        return await asyncio.to_thread(lambda: SearchIndex(register, plain_rows(table)))


def plain_rows(table: Table) -> list[dict[str, str]]:
    """The rows with the values alone: neither languages nor datatypes."""
    return [{name: cell.value for name, cell in row.items()} for row in table.rows]
