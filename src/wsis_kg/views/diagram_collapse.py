"""A diagram that is too large to be read, with its nodes collapsed by kind and by what they are within.

Nothing is left out: a group says how many it stands for, its lines how many they are, and each group can be opened.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from .diagram import Diagram, Line, Node

MOST_NODES: Final = 60
MOST_LINES: Final = 110
"""More of either are collapsed."""
SEVERAL: Final = "several"
"""The kind of a line that stands for lines of more than one kind."""
_LEGEND: Final = "lines of more than one kind, to or from a group that can be opened"
_MANY: Final = {"body": "bodies", "constituency": "constituencies", "open": "not named", "person": "people"}

Grouping = Callable[[Node], str]
"""The key of the group that a node is collapsed into."""


def collapsed(diagram: Diagram, opened: Collection[str] = (), most: int = MOST_NODES) -> Diagram:
    """The diagram with its nodes in groups, but for the groups that are ``opened``, where it is larger than can be
    read; else as it is. Groups are as small as they can be.
    """
    if len(diagram.nodes) <= most and len(diagram.lines) <= MOST_LINES:
        return diagram
    ways: tuple[Grouping, ...] = (
        lambda node: f"{node.noun}.{_slug(node.within or '')}",
        lambda node: f"any.{_slug(node.within)}" if node.within else f"{node.noun}.",
        lambda node: f"{node.noun}.",
    )
    made = diagram
    for way in ways:
        made = _grouped(diagram, way, opened)
        if len(made.nodes) <= most and len(made.lines) <= MOST_LINES:
            return made
    return made


def _grouped(diagram: Diagram, way: Grouping, opened: Collection[str]) -> Diagram:
    sizes = Counter(way(node) for node in diagram.nodes)
    place: dict[str, str] = {}
    nodes: dict[str, Node] = {}
    for node in diagram.nodes:
        group = way(node)
        if sizes[group] < 2 or group in opened:
            place[node.key] = node.key
            nodes[node.key] = node
        else:
            place[node.key] = f"group:{group}"
            nodes.setdefault(f"group:{group}", _group(node, group, sizes[group]))
    together: dict[tuple[str, str], list[Line]] = {}
    for line in diagram.lines:
        ends = place[line.source], place[line.target]
        # What goes on within a group is seen when it is opened; a node's line to itself stays.
        if ends[0] != ends[1] or not ends[0].startswith("group:"):
            together.setdefault(ends, []).append(line)
    lines: list[Line] = []
    for (source, target), some in together.items():
        if not {source, target} & {key for key in nodes if key.startswith("group:")}:
            lines += some
        else:
            lines.append(_bundle(some, nodes[source], nodes[target]))
    legend = {**diagram.legend, SEVERAL: _LEGEND} if any(line.kind == SEVERAL for line in lines) else diagram.legend
    return replace(diagram, nodes=tuple(nodes.values()), lines=tuple(lines), legend=legend)


def _group(node: Node, group: str, size: int) -> Node:
    noun, _, within = group.partition(".")
    what = "stops" if noun == "any" else _MANY.get(noun, f"{noun}s")
    label = f"{size} {what}" + (f" of {within.replace('-', ' ')}" if within else "")
    return Node(f"group:{group}", label, f"{label}, collapsed", noun, group, None)


def _bundle(some: list[Line], source: Node, target: Node) -> Line:
    first = some[0]
    if len(some) == 1:
        return replace(first, source=source.key, target=target.key)
    kinds = {line.kind for line in some}
    kind = kinds.pop() if len(kinds) == 1 else SEVERAL
    label = f"{len(some)} lines"
    group = (source if source.key.startswith("group:") else target).address
    return Line(
        f"bundle-{first.key}", source.key, target.key, kind, label,
        f"{label} from {source.label} to {target.label}", group,
        tuple(statement for line in some for statement in line.statements),
    )


def is_collapsed(part: Node | Line) -> bool:
    """Whether the part stands for several, its address being the group to be opened."""
    return part.key.startswith(("group:", "bundle-"))


def _slug(iri: str) -> str:
    return iri.rpartition("/")[2]
