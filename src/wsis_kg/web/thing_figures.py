"""The figures on the pages about things: of a document, what it draws on and what draws on it.

A figure is a comfort: where it cannot be made the page says so and shows everything else.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import anyio.to_thread

from wsis_kg.engine.pool import Pool
from wsis_kg.names import BASE
from wsis_kg.views.register import Entry, Register

from .lineage_figure import Figure, Lineages, of_document
from .registers import Registers

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Figures:
    """What the page of one thing shows drawn. ``failed``: something could not be."""

    lineage: Figure | None = None
    relations: int = 0
    """How many relations the document has, drawn or not."""
    failed: bool = False


NONE: Final = Figures()


class ThingFigures:
    """Makes the figures of the version that is served."""

    def __init__(self, pool: Pool, registers: Registers, lineages: Lineages | None = None) -> None:
        self._pool = pool
        self._registers = registers
        self._lineages = lineages or Lineages(pool, registers)

    async def of(self, entry: Entry) -> Figures:
        """The figures on the page of a thing; never raises for want of one."""
        makers: dict[str, Callable[[Entry, Register], Awaitable[Figures]]] = {"document": self._of_document}
        maker = makers.get(entry.noun)
        if maker is None:
            return NONE
        try:
            return await maker(entry, await self._registers.current())
        except Exception:
            _log.exception("The figure of %s could not be made", entry.iri)
            return Figures(failed=True)

    async def _of_document(self, entry: Entry, register: Register) -> Figures:
        lineage = await self._lineages.current()
        about = {
            "title": f"Lineage of {register.short(entry.iri)}",
            "day": "",
            "version": self._pool.edition.version,
            "link": f"{BASE}lineage?document={entry.slug}",
        }
        figure, count = await anyio.to_thread.run_sync(of_document, entry.iri, lineage, register, about)
        return Figures(figure, count)
