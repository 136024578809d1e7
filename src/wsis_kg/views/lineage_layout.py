"""Where the parts of a lineage lie: time runs from left to right, and each thing has a row of its own.

A thing begins at the day on which it was made; where only a month or a year is printed, a bar shows the whole of it.
What no passage dates stands below, apart from the axis. Years without anything are folded. A line leaves its source to
the right, goes up or down in a track to the right of everything, and comes back along the row of its target: so none
runs through a node or a label, whatever the data.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Final

from .diagram import Box, Diagram, Layout, Line, Node
from .lineage import Made
from .text_width import width_of

UNDATED: Final = "Undated: no passage that is encoded here says when"
_LABEL: Final = 17
"""The height of a line of labels."""
_ROUTE: Final = 7
"""Between the labels of a route and those of the next one; the route runs through it."""
_EXIT: Final = 14
"""What a box is higher by where lines leave it."""
_LOWEST: Final = 26
_BETWEEN: Final = 12
_WIDEST_LABELS: Final = 340
_ARROW: Final = 14
_LEFT: Final = 8
_GAP: Final = 8
"""Between two rows."""
_PAD: Final = 9
_LANE_HEAD: Final = 28
_AXIS: Final = 34
_TRACK: Final = 13
_FOLD: Final = 34
_FEW_YEARS: Final = 2
"""As many empty years in a row are drawn; more are folded."""
_YEAR_WIDTHS: Final = (150, 128, 108, 92, 78, 66, 56, 48)


@dataclass(frozen=True)
class Year:
    """A year on the axis, or several that are folded for nothing is dated in them."""

    first: int
    last: int
    x: float
    width: float

    @property
    def folded(self) -> bool:
        """Whether it stands for several years."""
        return self.last > self.first


@dataclass(frozen=True)
class Lane:
    """Rows that belong together: what they are, and from where to where they reach."""

    name: str
    y: float
    height: float
    dated: bool


@dataclass(frozen=True)
class Head:
    """Whose labels follow, by its key."""

    key: str
    text: str
    box: Box


@dataclass(frozen=True)
class TimeLayout:
    """A layout with what else a drawing of it needs: the axis, the lanes, and the time that each node takes."""

    layout: Layout
    years: tuple[Year, ...]
    lanes: tuple[Lane, ...]
    heads: tuple[Head, ...]
    spans: Mapping[str, tuple[float, float]]
    """For nodes that are not dated to the day: from where to where their time reaches."""
    axis_bottom: float
    words: Mapping[str, str] = field(default_factory=dict)
    """The date of each node in words."""


def lay_out(
    diagram: Diagram, made: Mapping[str, Made], lanes: Mapping[str, str], widest: float = 1200
) -> TimeLayout:
    """Places for all of it. ``lanes`` has the name of the lane of each node by key; ``widest`` is the width to keep
    within where labels allow, in CSS pixels.
    """
    found = None
    for width in _YEAR_WIDTHS:
        found = _Rows(diagram, made, lanes, width).placed()
        if found.layout.width <= widest:
            break
    assert found is not None
    return found


@dataclass(frozen=True)
class _Slot:
    """All that one thing says of another: one line of its route, with labels above it."""

    source: str
    lines: tuple[Line, ...]
    head: str
    """Who says it, where more than one does in the diagram."""

    def rows(self) -> tuple[dict[str, Box], float]:
        """The boxes of the labels from their left upper corner, wrapped, and how high they are together."""
        x, y = width_of(self.head, 12) + _BETWEEN if self.head else 0.0, 0.0
        boxes = {}
        for line in self.lines:
            width = width_of(line.label, 12)
            if x and x + width > _WIDEST_LABELS:
                x, y = 0.0, y + _LABEL + _ROUTE
            boxes[line.key] = Box(x, y, width, _LABEL - 1)
            x += width + _BETWEEN
        return boxes, y + _LABEL


class _Rows:
    def __init__(
        self, diagram: Diagram, made: Mapping[str, Made], lanes: Mapping[str, str], year_width: float
    ) -> None:
        self._nodes = {node.key: node for node in diagram.nodes}
        self._made = {key: one for key, one in made.items() if key in self._nodes}
        self._lanes = lanes
        self._lines = diagram.lines
        self._years = _axis(self._made.values(), year_width)
        self._slots: dict[str, list[_Slot]] = {key: [] for key in self._nodes}
        self._out_of: dict[str, list[Line]] = {key: [] for key in self._nodes}
        sources = {line.source for line in diagram.lines}
        into: dict[tuple[str, str], list[Line]] = {}
        for line in diagram.lines:
            into.setdefault((line.target, line.source), []).append(line)
            self._out_of[line.source].append(line)
        for (target, source), lines in into.items():
            head = f"{self._nodes[source].label}:" if len(sources) > 1 else ""
            self._slots[target].append(_Slot(source, tuple(lines), head))
        self._ends: dict[str, float] = {}
        """Where the line of each label, by key, comes to its target: how high."""

    def placed(self) -> TimeLayout:
        # Half a pixel: thin lines are sharp between two pixels.
        y = (_AXIS if self._years else 0) + 0.5
        axis_bottom = y
        boxes: dict[str, Box] = {}
        labels: dict[str, Box] = {}
        heads: list[Head] = []
        lanes: list[Lane] = []
        for (dated, name), nodes in groupby(self._in_order(), key=self._lane):
            start = y
            y += _LANE_HEAD
            for node in nodes:
                box = boxes[node.key] = self._box(node, y)
                left, below = box.x + box.width + _ARROW, y
                for slot in self._slots[node.key]:
                    if slot.head:
                        room = Box(left, below, width_of(slot.head, 12), _LABEL - 1)
                        heads.append(Head(slot.source, slot.head, room))
                    found, height = slot.rows()
                    for key, label in found.items():
                        labels[key] = Box(left + label.x, below + label.y, label.width, label.height)
                        self._ends[key] = below + height + 3
                    below += height + _ROUTE
                y += box.height + _GAP
            lanes.append(Lane(name, start, y - start, dated))
            if dated:
                axis_bottom = y
        routes, width = self._routes(boxes, [*labels.values(), *(one.box for one in heads)])
        return TimeLayout(
            Layout(width, y + 4, boxes, routes, labels),
            self._years,
            tuple(lanes),
            tuple(heads),
            {key: self._span(one) for key, one in self._made.items() if one.first != one.last},
            axis_bottom,
            {key: one.in_words() for key, one in self._made.items()},
        )

    def _in_order(self) -> list[Node]:
        """Dated lanes by their first day, in each by day; then what is undated, what says something of others first."""
        begin: dict[str, date] = {}
        for key, one in self._made.items():
            begin[self._lanes[key]] = min(begin.get(self._lanes[key], date.max), one.first)

        def place(node: Node) -> tuple[bool, date, str, date, bool, str]:
            dated, name = self._lane(node)
            first = begin[name] if dated else date.max
            day = self._made[node.key].first if dated else date.max
            return not dated, first, name, day, not self._out_of[node.key], node.label

        return sorted(self._nodes.values(), key=place)

    def _lane(self, node: Node) -> tuple[bool, str]:
        dated = node.key in self._made
        return dated, self._lanes[node.key] if dated else UNDATED

    def _box(self, node: Node, y: float) -> Box:
        made = self._made.get(node.key)
        words = width_of(node.label, 13) + (width_of(made.in_words(), 12) + 10 if made is not None else 0)
        height = sum(slot.rows()[1] + _ROUTE for slot in self._slots[node.key])
        height += _EXIT if self._out_of[node.key] else 0
        x = self._x(made.first) if made is not None else _LEFT
        return Box(round(x) + 0.5, y, round(words + 2 * _PAD), max(_LOWEST, height))

    def _x(self, day: date) -> float:
        year = next(one for one in self._years if one.first <= day.year <= one.last)
        days = date(year.first, 12, 31).timetuple().tm_yday
        return year.x + year.width * ((day.timetuple().tm_yday - 1) / days)

    def _span(self, made: Made) -> tuple[float, float]:
        """From the first day to the end of the last."""
        last = next(one for one in self._years if one.first <= made.last.year <= one.last)
        end = min(self._x(made.last) + last.width / 365, last.x + last.width)
        return round(self._x(made.first), 1), round(end, 1)

    def _routes(
        self, boxes: Mapping[str, Box], labels: Iterable[Box]
    ) -> tuple[dict[str, tuple[tuple[float, float], ...]], float]:
        """Routes of all lines, and how wide it gets. The tracks that reach least far are nearest."""
        edge = max((box.x + box.width for box in (*boxes.values(), *labels)), default=0.0)
        edge = max([edge, *(year.x + year.width for year in self._years)]) + 18

        def reach(source: str) -> tuple[float, str]:
            ys = [boxes[source].y, *(boxes[line.target].y for line in self._out_of[source])]
            return max(ys) - min(ys), source

        sources = sorted((key for key, lines in self._out_of.items() if lines), key=reach)
        tracks = {source: round(edge) + 0.5 + place * _TRACK for place, source in enumerate(sources)}
        routes: dict[str, tuple[tuple[float, float], ...]] = {}
        for line in self._lines:
            start, end = boxes[line.source], boxes[line.target]
            from_y, to_y, x = start.y + start.height - _EXIT / 2, self._ends[line.key], tracks[line.source]
            routes[line.key] = ((start.x + start.width, from_y), (x, from_y), (x, to_y), (end.x + end.width, to_y))
        return routes, edge + len(sources) * _TRACK + 4


def _axis(made: Iterable[Made], width: float) -> tuple[Year, ...]:
    """The years from the first to the last, those in which something is dated by themselves."""
    spans = list(made)
    if not spans:
        return ()
    taken = {year for one in spans for year in (one.first.year, one.last.year)}
    first, last = min(taken), max(taken)
    years: list[Year] = []
    x = 8.0
    for empty, run in groupby(range(first, last + 1), key=lambda year: year not in taken):
        members = list(run)
        if empty and len(members) > _FEW_YEARS:
            years.append(Year(members[0], members[-1], x, _FOLD))
            x += _FOLD
            continue
        for year in members:
            own = width * 0.6 if empty else width
            years.append(Year(year, year, x, own))
            x += own
    return tuple(years)
