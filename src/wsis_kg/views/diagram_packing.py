"""Puts the parts of a diagram that are not joined where there is room: the largest first, the others beside it and
below.

The layout library puts them in rows, the smallest first; the reader wants what most lines belong to first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from .diagram import Box, Diagram, Layout

_CELL: Final = 16.0
_GAP: Final = 32.0
_MARGIN: Final = 16.0
_NARROWEST: Final = 1180.0
"""The width that is used where the largest part is narrower: what a page shows without scrolling."""


@dataclass(frozen=True)
class _Part:
    nodes: frozenset[str]
    bounds: Box
    boxes: tuple[Box, ...]
    """Nodes, labels and the straight pieces of routes."""


def packed(diagram: Diagram, layout: Layout) -> Layout:
    """The same layout with its unconnected parts put otherwise; a diagram of one part is only moved to the corner."""
    parts = sorted(_parts(diagram, layout), key=lambda one: -len(one.boxes))
    if not parts:
        return Layout(2 * _MARGIN, 2 * _MARGIN, {}, {})
    width = max(parts[0].bounds.width, _NARROWEST if len(parts) > 1 else 0.0)
    room = _Room(width)
    moves: dict[str, tuple[float, float]] = {}
    right = bottom = 0.0
    for part in parts:
        x, y = room.place(part)
        moves.update(dict.fromkeys(part.nodes, (x + _MARGIN - part.bounds.x, y + _MARGIN - part.bounds.y)))
        right, bottom = max(right, x + part.bounds.width), max(bottom, y + part.bounds.height)
    ends = {line.key: moves[line.source] for line in diagram.lines}
    return Layout(
        right + 2 * _MARGIN,
        bottom + 2 * _MARGIN,
        {key: _moved(box, moves[key]) for key, box in layout.nodes.items()},
        {key: tuple((x + ends[key][0], y + ends[key][1]) for x, y in route) for key, route in layout.routes.items()},
        {key: _moved(box, ends[key]) for key, box in layout.labels.items()},
    )


class _Room:
    """Which cells of the drawing are taken; it grows downwards as it is needed."""

    def __init__(self, width: float) -> None:
        self._columns = int(width // _CELL) + 1
        self._taken: list[list[bool]] = []

    def place(self, part: _Part) -> tuple[float, float]:
        """The upper left corner of the first place with room for the part, which is taken for it."""
        wide, high = (int((side + _GAP) // _CELL) + 1 for side in (part.bounds.width, part.bounds.height))
        wide = min(wide, self._columns)
        while len(self._taken) < 2 * high:
            self._taken.append([False] * self._columns)
        self._taken += [[False] * self._columns for _ in range(high)]
        # How many cells are taken above and to the left of each: any rectangle is then counted at once.
        sums = [[0] * (self._columns + 1)]
        for row in self._taken:
            counted = [0, *accumulate(row)]
            sums.append([above + here for above, here in zip(sums[-1], counted, strict=True)])
        for y in range(len(self._taken) - high + 1):
            for x in range(self._columns - wide + 1):
                if sums[y + high][x + wide] - sums[y][x + wide] - sums[y + high][x] + sums[y][x] == 0:
                    self._take(part, x * _CELL, y * _CELL)
                    return x * _CELL, y * _CELL
        raise AssertionError("There is always room at the bottom.")

    def _take(self, part: _Part, x: float, y: float) -> None:
        for box in part.boxes:
            left, top = box.x - part.bounds.x + x, box.y - part.bounds.y + y
            last_row = min(len(self._taken) - 1, int((top + box.height + _GAP) // _CELL))
            last_column = min(self._columns - 1, int((left + box.width + _GAP) // _CELL))
            for row in range(max(0, int((top - _GAP) // _CELL)), last_row + 1):
                for column in range(max(0, int((left - _GAP) // _CELL)), last_column + 1):
                    self._taken[row][column] = True


def _parts(diagram: Diagram, layout: Layout) -> Iterable[_Part]:
    """The parts of which none has a line to another."""
    joined: dict[str, set[str]] = {node.key: {node.key} for node in diagram.nodes}
    for line in diagram.lines:
        one, other = joined[line.source], joined[line.target]
        if one is not other:
            one |= other
            for key in other:
                joined[key] = one
    boxes: dict[int, list[Box]] = {}
    for key, keys in joined.items():
        boxes.setdefault(id(keys), []).append(layout.nodes[key])
    for line in diagram.lines:
        drawn = boxes[id(joined[line.source])]
        drawn += [_around(pair) for pair in pairwise(layout.routes[line.key])]
        drawn += [layout.labels[line.key]] if line.key in layout.labels else []
    sets = {id(keys): keys for keys in joined.values()}
    return [
        _Part(frozenset(keys), _around(_corners(boxes[number])), tuple(boxes[number])) for number, keys in sets.items()
    ]


def _corners(boxes: Sequence[Box]) -> list[tuple[float, float]]:
    return [corner for box in boxes for corner in ((box.x, box.y), (box.x + box.width, box.y + box.height))]


def _around(points: Sequence[tuple[float, float]]) -> Box:
    left, top = min(x for x, _ in points), min(y for _, y in points)
    return Box(left, top, max(x for x, _ in points) - left, max(y for _, y in points) - top)


def _moved(box: Box, by: tuple[float, float]) -> Box:
    return Box(box.x + by[0], box.y + by[1], box.width, box.height)
