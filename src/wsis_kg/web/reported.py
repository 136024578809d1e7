"""The reports of the version that is served, read from the graph once for all pages that draw them."""

from typing import Final

import anyio.to_thread

from wsis_kg.engine.pool import Pool
from wsis_kg.views.reports import Report, read_reports

from .registers import PerVersion, ask, page_questions, plain_rows

QUESTIONS: Final = ("reporting", "reporting-parts", "deadline-dates")
"""Their names, in the order in which ``read_reports`` takes their rows."""


class Reported:
    """Who reports what to whom, as passages tell it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._reports = PerVersion(pool, self._read)

    async def current(self) -> list[Report]:
        """All reports, in the order of documents and their passages."""
        return await self._reports.current()

    async def _read(self) -> list[Report]:
        rows = [plain_rows((await ask(self._pool, page_questions()[name].text))[0]) for name in QUESTIONS]
        return await anyio.to_thread.run_sync(lambda: read_reports(*rows))
