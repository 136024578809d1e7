"""The register of the version that is served: asked of the graph once, kept until another version comes."""

import asyncio

from wsis_kg.engine.formats import JSON
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.table import Table
from wsis_kg.engine.wire import Edition, Question
from wsis_kg.holdings import folder
from wsis_kg.views.questions import Question as SavedQuestion
from wsis_kg.views.questions import read_questions
from wsis_kg.views.register import Register


def page_questions() -> dict[str, SavedQuestion]:
    """The questions behind the pages, by name."""
    return read_questions(folder("queries") / "pages")


async def ask(pool: Pool, text: str) -> tuple[Table, Edition]:
    """The rows of a SELECT, and the edition that gave them. Raises what the evaluation raises."""
    asked = pool.ask(Question(text, JSON.name))
    try:
        parts: list[bytes] = []
        while not asked.exhausted:
            parts += await asked.gather(1 << 16)
    finally:
        # Whoever waits for the page has gone, or all is read: then this does nothing.
        asked.abandon()
    assert asked.edition is not None
    return await asyncio.to_thread(Table.from_json, b"".join(parts)), asked.edition


class Registers:
    """The register of each version that is asked for, of which only the newest is kept."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._question = page_questions()["register"].text
        self._version = ""
        self._making: asyncio.Task[Register] | None = None

    async def current(self) -> Register:
        """The register of the version now served; made once, whoever and how many ask for it meanwhile."""
        version = self._pool.edition.version
        if self._making is None or version != self._version or (self._making.done() and self._making.exception()):
            self._version = version
            self._making = asyncio.get_running_loop().create_task(self._make())
        return await asyncio.shield(self._making)

    async def _make(self) -> Register:
        table, _ = await ask(self._pool, self._question)
        return await asyncio.to_thread(
            Register, ({name: cell.value for name, cell in row.items()} for row in table.rows)
        )
