"""The figure of a lineage as templates see it, on /lineage and on the page of each document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from wsis_kg.engine.pool import Pool
from wsis_kg.views.diagram import Diagram, Line, Node
from wsis_kg.views.lineage import Chosen, Lineage, Relation, read_lineage
from wsis_kg.views.lineage_diagram import draw, lanes
from wsis_kg.views.lineage_layout import TimeLayout, lay_out
from wsis_kg.views.register import Register

from .registers import PerVersion, Registers, ask, page_questions, plain_rows

MOST_NODES: Final = 150
"""More than that nobody can read; a figure that would have more is left out, and says so."""
MOST_NODES_BESIDE: Final = 60
"""The same on a page that is about something else as well."""
QUESTIONS: Final = ("lineage", "lineage-dates")
WIDE: Final = 1220.0
BESIDE: Final = 900.0
_BAR: Final = 7
"""How far the bar above a box, which tells the time that it took, reaches from it."""
_MOST_ON_PAPER: Final = 1000
"""The height of a part on paper, in units of the drawing."""


@dataclass(frozen=True)
class Figure:
    """A diagram in its places. ``rows`` are its nodes as they stand, each with the lines that end at it."""

    diagram: Diagram
    places: TimeLayout
    rows: Sequence[tuple[Node, Sequence[Line]]]

    @property
    def parts(self) -> list[tuple[float, float]]:
        """For paper, of which a page is not so high: from where to where each part reaches, cut between rows."""
        lanes = self.places.lanes
        begins = {lane.y for lane in lanes}
        for (node, _), (before, _) in zip(self.rows[1:], self.rows, strict=False):
            y = self.places.layout.nodes[node.key].y
            if not any(self.places.layout.nodes[before.key].y < lane.y < y for lane in lanes):
                begins.add(y - _BAR)
        cuts = [0.0]
        last = 0.0
        for y in [*sorted(begins), self.places.layout.height]:
            if y - cuts[-1] > _MOST_ON_PAPER and last > cuts[-1]:
                cuts.append(last)
            last = y
        return list(pairwise([*cuts, self.places.layout.height]))

    def path(self, line: Line) -> str:
        """The route of a line in the words of SVG, its corners rounded."""
        (x0, y0), (x, _), (_, y1), (x1, _) = self.places.layout.routes[line.key]
        turn = 6 if y1 > y0 else -6
        return f"M{x0},{y0} H{x - 6} Q{x},{y0} {x},{y0 + turn} V{y1 - turn} Q{x},{y1} {x - 6},{y1} H{x1 + 6}"

    def head(self, line: Line) -> str:
        """The points of its arrowhead."""
        x, y = self.places.layout.routes[line.key][-1]
        return f"{x + 1},{y} {x + 9},{y - 4} {x + 9},{y + 4}"


class Lineages:
    """The lineage of the version that is served."""

    def __init__(self, pool: Pool, registers: Registers) -> None:
        self._pool = pool
        self._registers = registers
        self._current = PerVersion(pool, self._read)

    async def current(self) -> Lineage:
        """All relations of it."""
        return await self._current.current()

    async def _read(self) -> Lineage:
        register = await self._registers.current()
        rows, dates = [plain_rows((await ask(self._pool, page_questions()[name].text))[0]) for name in QUESTIONS]
        return read_lineage(rows, dates, register)


def figure(
    relations: Sequence[Relation], lineage: Lineage, register: Register, about: Mapping[str, str], widest: float
) -> Figure:
    """The relations drawn; ``about`` has the title, day, version and permanent link that a diagram carries."""
    diagram = draw(relations, lineage, register, about["title"], about["day"], about["version"], about["link"])
    return placed(diagram, lineage, register, widest)


def placed(diagram: Diagram, lineage: Lineage, register: Register, widest: float) -> Figure:
    """A diagram of relations, its parts where they lie."""
    places = lay_out(diagram, lineage.made, lanes(diagram, lineage, register), widest)
    boxes = places.layout.nodes
    into: dict[str, list[Line]] = {node.key: [] for node in diagram.nodes}
    for line in diagram.lines:
        into[line.target].append(line)
    nodes = sorted(diagram.nodes, key=lambda node: boxes[node.key].y)
    return Figure(diagram, places, [(node, into[node.key]) for node in nodes])


def of_document(
    document: str, lineage: Lineage, register: Register, about: Mapping[str, str]
) -> tuple[Figure | None, int]:
    """The part of one document, None where it has none or one too large; and how many relations it has."""
    relations = lineage.chosen(Chosen(document=document))
    ends = {end for one in relations for end in (one.source, one.target)}
    if not relations or len(ends) > MOST_NODES_BESIDE:
        return None, len(relations)
    return figure(relations, lineage, register, about, BESIDE), len(relations)
