"""The marks of a diagram: shapes of nodes, ends of lines and the legend; no two of them told apart by colour alone."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .diagram import Box, Line

Point = tuple[float, float]
HEAD: Final = 9.0
"""How far the head of a line reaches back from where it ends."""
_KINDS: Final = ("periodic", "one-off", "unstated", "transmits", "considers", "several")
"""The kinds that have a pattern and a head of their own; any other is drawn as the second."""
_CORNER: Final = 10.0
_TAIL: Final = 4.0


def number(value: float) -> str:
    """A coordinate, with no more digits than anybody sees."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def place(box: Box) -> str:
    """The attributes of a rectangle."""
    return f'x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}"'


def polyline(points: Sequence[Point]) -> str:
    """The path through these points."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def pattern(kind: str) -> str:
    """The name of the pattern in which lines of this kind are drawn."""
    return kind if kind in _KINDS else "one-off"


def head(kind: str, before: Point, end: Point) -> str:
    """The head of a line that comes from ``before`` to ``end``: a solid triangle, two of them for what comes again, an
    angle where neither rhythm nor date is stated, a hollow triangle for what is passed on, a diamond for what is
    considered.
    """
    along, across = _directions(before, end)
    (dx, dy), (cx, cy) = along, across

    def at(back: float, side: float) -> Point:
        return end[0] - dx * back + cx * side, end[1] - dy * back + cy * side

    wing = HEAD / 2
    if kind == "considers":
        points = [end, at(wing, wing * 0.8), at(HEAD, 0), at(wing, -wing * 0.8)]
        return f'<path class="head hollow" d="{polyline(points)}Z"/>'
    if kind == "unstated":
        # Its middle closes the gap to the line, which ends before the head.
        angle = polyline([at(HEAD, wing), end, at(HEAD, -wing)])
        return f'<path class="head hollow" d="{angle}{polyline([end, at(HEAD, 0)])}"/>'
    first = f"{polyline([end, at(HEAD, wing), at(HEAD, -wing)])}Z"
    if kind == "transmits":
        return f'<path class="head hollow" d="{first}"/>'
    if kind == "periodic":
        again = [at(HEAD * 0.75, 0), at(HEAD * 1.75, wing), at(HEAD * 1.75, -wing)]
        first += f"{polyline(again)}Z"
    return f'<path class="head" d="{first}"/>'


def tail(line: Line, start: Point, after: Point) -> str:
    """The mark at the beginning of a line: a ring where only rules give it, a square for what is done or planned."""
    (dx, dy), _ = _directions(start, after)
    x, y = start[0] + dx * (_TAIL + 1.5), start[1] + dy * (_TAIL + 1.5)
    if line.inferred:
        return f'<circle class="tail" cx="{number(x)}" cy="{number(y)}" r="{number(_TAIL)}"/>'
    if line.mood in ("done", "planned"):
        return f'<rect class="tail {line.mood}" {place(Box(x - _TAIL, y - _TAIL, 2 * _TAIL, 2 * _TAIL))}/>'
    return ""


def outline(noun: str, box: Box) -> str:
    """The border of a node: a body has corners, a post or person round ends, a constituency a double border, an event
    cut corners, and whoever is not named a broken border.
    """
    x, y, width, height = box.x, box.y, box.width, box.height
    if noun in ("event", "session"):
        cut = min(_CORNER, height / 3)
        points = [
            (x + cut, y), (x + width - cut, y), (x + width, y + cut), (x + width, y + height - cut),
            (x + width - cut, y + height), (x + cut, y + height), (x, y + height - cut), (x, y + cut),
        ]
        return f'<path class="box" d="{polyline(points)}Z"/>'
    radius = {"post": min(18.0, height / 2), "person": min(18.0, height / 2)}.get(noun, 3.0)
    drawn = _rectangle("box", box, radius)
    if noun == "constituency":
        drawn += _rectangle("inner", Box(x + 3, y + 3, width - 6, height - 6), 1.0)
    return drawn


def _rectangle(name: str, box: Box, radius: float) -> str:
    return f'<rect class="{name}" {place(box)} rx="{number(radius)}"/>'


def pieces(route: Sequence[Point], label: Box | None) -> list[list[Point]]:
    """The route without what would pass behind the label: the part before it and the part after it."""
    if label is None:
        return [list(route)]
    found: list[list[Point]] = [[route[0]]]
    for here, there in pairwise(route):
        inside = _within(here, there, label)
        if inside is None:
            found[-1].append(there)
            continue
        enters, leaves = inside
        found[-1].append(enters)
        found.append([leaves, there])
    return [piece for piece in found if any(one != piece[0] for one in piece[1:])]


def _within(here: Point, there: Point, box: Box) -> tuple[Point, Point] | None:
    """Where a straight piece enters and leaves a box; None where it does not pass it (Liang and Barsky)."""
    dx, dy = there[0] - here[0], there[1] - here[1]
    first, last = 0.0, 1.0
    for step, room in (
        (-dx, here[0] - box.x),
        (dx, box.x + box.width - here[0]),
        (-dy, here[1] - box.y),
        (dy, box.y + box.height - here[1]),
    ):
        if step == 0:
            if room <= 0:
                return None
            continue
        share = room / step
        if step < 0:
            first = max(first, share)
        else:
            last = min(last, share)
    if first >= last:
        return None
    return (here[0] + dx * first, here[1] + dy * first), (here[0] + dx * last, here[1] + dy * last)


def _directions(before: Point, end: Point) -> tuple[Point, Point]:
    """The direction from one point to another and the one across it, both of length 1."""
    dx, dy = end[0] - before[0], end[1] - before[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    return (dx / length, dy / length), (-dy / length, dx / length)
