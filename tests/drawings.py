"""Invented diagrams, and what is wrong with the way one is laid out."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import wsis_kg
from wsis_kg.views.diagram import Box, Diagram, Layout, Line, Node, Statement
from wsis_kg.views.diagram_marks import pieces
from wsis_kg.views.reporting import KINDS

LIBRARY = Path(wsis_kg.__file__).parent / "web" / "unserved" / "elk-worker.min.js"
KIND_NAMES = list(KINDS)


def diagram_of(pairs: list[tuple[str, str]], label: str = "an annual report on lights") -> Diagram:
    """A line for each pair, and the nodes that they name."""
    keys = list(dict.fromkeys(key for pair in pairs for key in pair))
    nodes = tuple(Node(key, key, key, "body", f"doc/body/{number}") for number, key in enumerate(keys))
    said = (Statement("claim", "passage", "document", "Resolution 99/1", "¶7", "to report", True),)
    lines = tuple(
        Line(f"l{number}", source, target, KIND_NAMES[number % 4], label, f"{source} reports to {target}", "doc/line/x", said, detail="2031")
        for number, (source, target) in enumerate(pairs)
    )
    return Diagram("Who reports to whom", "2031-01-01", "0.1.0-x", "CC BY", "https://example.org/reporting", nodes, lines, KINDS)


def bodies(count: int) -> Diagram:
    """So many nodes of several kinds, each but the last reporting to one or two further on; always the same ones."""
    random = Random(7)
    pairs = []
    for number in range(count - 1):
        pairs.append((f"b{number}", f"b{min(count - 1, number + 1 + random.randrange(max(1, count // 6)))}"))
        if number % 5 == 0:
            pairs.append((f"b{number}", f"b{random.randrange(number + 1, count)}"))
    made = diagram_of(pairs)
    nouns = ("body", "post", "constituency", "body", "event")
    nodes = tuple(
        Node(f"b{number}", f"Body number {number}", f"Body number {number}", nouns[number % 5], f"doc/body/{number}", f"system-{number % 12}")
        for number in range(count)
    )
    return Diagram(made.title, made.day, made.version, made.licence, made.permalink, nodes, made.lines, made.legend)


def crossings(diagram: Diagram, layout: Layout) -> list[str]:
    """Each line that passes through a node or a label, each label upon another or upon a node, each node upon a node."""
    found = []
    labels, nodes = list(layout.labels.items()), list(layout.nodes.items())
    for line in diagram.lines:
        drawn = [pair for piece in pieces(layout.routes[line.key], layout.labels.get(line.key)) for pair in pairwise(piece)]
        # A line begins and ends at the borders of its nodes; no more of them is touched.
        for key, box in [*nodes, *labels]:
            found += [f"{line.key} passes through {key}" for pair in drawn if _touches(pair, _smaller(box))]
    boxes = [*nodes, *((f"label of {key}", box) for key, box in labels)]
    for number, (one, box) in enumerate(boxes):
        found += [f"{one} lies upon {other}" for other, under in boxes[number + 1 :] if _overlap(_smaller(box), under)]
    return found


def as_drawn(root: ElementTree.Element) -> list[str]:
    """The names of the links, in their order."""
    return [one.attrib["aria-label"] for one in root.iter() if one.tag.endswith("}a")]


def _smaller(box: Box) -> Box:
    return Box(box.x + 0.6, box.y + 0.6, box.width - 1.2, box.height - 1.2)


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def _touches(pair: tuple[tuple[float, float], tuple[float, float]], box: Box) -> bool:
    """Whether a piece passes a box: exact for those along the axes, which all are."""
    (x, y), (end_x, end_y) = pair
    assert abs(x - end_x) < 0.01 or abs(y - end_y) < 0.01, pair
    return _overlap(Box(min(x, end_x), min(y, end_y), abs(x - end_x), abs(y - end_y)), box)
