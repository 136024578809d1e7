"""The figures on the pages about things: lineages of documents, what surrounds actors, the ways of outputs.

A figure is a comfort: where it cannot be made the page says so and shows everything else.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import anyio.to_thread
from markupsafe import Markup

from wsis_kg.engine.layout import LayoutFailed
from wsis_kg.engine.pool import Pool
from wsis_kg.names import BASE
from wsis_kg.views.diagram import Diagram, Layout
from wsis_kg.views.diagram_svg import draw, sample
from wsis_kg.views.journeys import journeys
from wsis_kg.views.neighbourhood import Neighbourhood
from wsis_kg.views.register import Entry, Register
from wsis_kg.views.surroundings import surroundings

from .layouts import Layouts
from .lineage_figure import Figure, Lineages, of_document
from .registers import Registers
from .reported import Reported

_log = logging.getLogger(__name__)
_ACTORS: Final = ("body", "constituency", "post", "person")


@dataclass(frozen=True)
class Drawn:
    """A diagram in its places; ``left_out`` counts the nodes that the limit kept out of it."""

    diagram: Diagram
    layout: Layout
    left_out: int = 0

    def svg(self, root: str) -> Markup:
        """The drawing, for a page from which ``root`` leads to the start page."""
        return Markup(draw(self.diagram, self.layout, lambda part: root + part.address))

    @property
    def samples(self) -> list[tuple[Markup, str]]:
        """A short line of each kind that there is, with the words that explain it."""
        used = {line.kind for line in self.diagram.lines}
        return [(Markup(sample(kind)), words) for kind, words in self.diagram.legend.items() if kind in used]


@dataclass(frozen=True)
class Figures:
    """What the page of one thing shows drawn. ``failed``: something could not be."""

    lineage: Figure | None = None
    relations: int = 0
    """How many relations the document has, drawn or not."""
    around: Drawn | None = None
    journeys: tuple[Drawn, ...] = ()
    failed: bool = False


NONE: Final = Figures()


class ThingFigures:
    """Makes the figures of the version that is served."""

    def __init__(
        self,
        pool: Pool,
        registers: Registers,
        lineages: Lineages | None = None,
        reported: Reported | None = None,
        layouts: Layouts | None = None,
    ) -> None:
        """Without ``layouts`` there are only the figures that need none."""
        self._pool = pool
        self._registers = registers
        self._lineages = lineages or Lineages(pool, registers)
        self._layouts = layouts
        self._reports = reported or Reported(pool)

    async def of(self, entry: Entry, around: Neighbourhood) -> Figures:
        """The figures on the page of a thing, around which these statements are; never raises for want of one."""
        makers: dict[str, Callable[[Entry, Neighbourhood, Register], Awaitable[Figures]]] = {
            "document": self._of_document
        }
        if self._layouts is not None:
            makers |= {**dict.fromkeys(_ACTORS, self._of_actor), "output": self._of_output}
        maker = makers.get(entry.noun)
        if maker is None:
            return NONE
        try:
            return await maker(entry, around, await self._registers.current())
        except LayoutFailed as error:
            _log.warning("The figure of %s could not be made: %s", entry.iri, error)
        except Exception:
            _log.exception("The figure of %s could not be made", entry.iri)
        return Figures(failed=True)

    async def _of_document(self, entry: Entry, _: Neighbourhood, register: Register) -> Figures:
        lineage = await self._lineages.current()
        about = {
            "title": f"Lineage of {register.short(entry.iri)}",
            "day": "",
            "version": self._pool.edition.version,
            "link": f"{BASE}lineage?document={entry.slug}",
        }
        figure, count = await anyio.to_thread.run_sync(of_document, entry.iri, lineage, register, about)
        return Figures(figure, count)

    async def _of_actor(self, entry: Entry, around: Neighbourhood, register: Register) -> Figures:
        reports = await self._reports.current()
        link = f"{BASE}reporting?body={entry.slug}"
        diagram, left_out = await anyio.to_thread.run_sync(
            surroundings, around, reports, register, self._pool.edition.version, link
        )
        return Figures(around=await self._placed(diagram, left_out)) if diagram.lines else NONE

    async def _of_output(self, entry: Entry, _: Neighbourhood, register: Register) -> Figures:
        reports = await self._reports.current()
        found = await anyio.to_thread.run_sync(
            journeys, entry.iri, reports, register, self._pool.edition.version, entry.iri
        )
        return Figures(journeys=tuple([await self._placed(one) for one in found]))

    async def _placed(self, diagram: Diagram, left_out: int = 0) -> Drawn:
        assert self._layouts is not None
        return Drawn(diagram, await self._layouts.of(diagram), left_out)
