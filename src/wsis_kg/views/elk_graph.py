"""A diagram as the layout library asks for it, and its answer as a layout: the JSON of the Eclipse Layout Kernel.

https://eclipse.dev/elk/documentation/tooldevelopers/graphdatastructure/jsonformat.html
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .diagram import Box, Diagram, Layout, Line
from .diagram_packing import packed
from .diagram_text import line_words, node_words

_OPTIONS: Final = {
    "elk.algorithm": "layered",
    "elk.direction": "UP",
    "elk.edgeRouting": "ORTHOGONAL",
    "elk.padding": "[top=16,left=16,bottom=16,right=16]",
    "elk.aspectRatio": "1.6",
    "elk.spacing.nodeNode": "36",
    "elk.spacing.edgeNode": "18",
    "elk.spacing.edgeEdge": "14",
    "elk.spacing.edgeLabel": "0",
    "elk.spacing.labelLabel": "12",
    "elk.spacing.componentComponent": "48",
    "elk.layered.spacing.nodeNodeBetweenLayers": "30",
    "elk.layered.spacing.edgeNodeBetweenLayers": "16",
    "elk.layered.spacing.edgeEdgeBetweenLayers": "12",
    "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
    "elk.layered.thoroughness": "20",
}
_LABEL: Final = {"elk.edgeLabels.inline": "true", "elk.edgeLabels.placement": "CENTER"}
_NODE: Final = {
    # Otherwise lines from a node to itself run through one another's labels.
    "elk.layered.edgeRouting.selfLoopDistribution": "NORTH_SOUTH",
    "elk.layered.edgeRouting.selfLoopOrdering": "SEQUENCED",
}
_LARGE: Final = 150
"""Nodes from which on speed counts more than the last crossing."""
_QUICK: Final = {"elk.layered.thoroughness": "4", "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF"}


def to_elk(diagram: Diagram) -> dict[str, Any]:
    """The graph to be laid out. Parts have the numbers of their places in the diagram for names: no word of the
    data is read by the library.
    """
    numbers = {node.key: number for number, node in enumerate(diagram.nodes)}
    ends = Counter(("to", line.target) for line in diagram.lines)
    ends.update(("from", line.source) for line in diagram.lines)
    children = []
    for number, node in enumerate(diagram.nodes):
        words = node_words(node, max(ends["to", node.key], ends["from", node.key]))
        size = {"width": words.width, "height": words.height}
        children.append({"id": f"n{number}", **size, "layoutOptions": _NODE})
    edges = []
    for number, line in enumerate(diagram.lines):
        words = line_words(line)
        # A label without text would be left out; its words are none of the library's business.
        label = {"id": f"t{number}", "text": "-", "width": words.width, "height": words.height, "layoutOptions": _LABEL}
        edges.append(
            {
                "id": f"l{number}",
                "sources": [f"n{numbers[line.source]}"],
                "targets": [f"n{numbers[line.target]}"],
                "labels": [label],
            }
        )
    options = _OPTIONS | (_QUICK if len(diagram.nodes) > _LARGE else {})
    return {"id": "root", "layoutOptions": options, "children": children, "edges": edges}


def from_elk(answer: Mapping[str, Any], diagram: Diagram) -> Layout:
    """Where everything lies, parts that are not joined put where there is room. Raises KeyError, TypeError or
    ValueError for an answer that does not place every part.
    """
    boxes = {child["id"]: _box(child) for child in answer["children"]}
    routes, labels = {}, {}
    edges = {edge["id"]: edge for edge in answer["edges"]}
    for number, line in enumerate(diagram.lines):
        edge = edges[f"l{number}"]
        routes[line.key] = _route(edge["sections"], line)
        for label in edge.get("labels", ()):
            labels[line.key] = _box(label)
    nodes = {node.key: boxes[f"n{number}"] for number, node in enumerate(diagram.nodes)}
    return packed(diagram, Layout(float(answer["width"]), float(answer["height"]), nodes, routes, labels))


def _box(part: Mapping[str, Any]) -> Box:
    return Box(float(part["x"]), float(part["y"]), float(part["width"]), float(part["height"]))


def _route(sections: Sequence[Mapping[str, Any]], line: Line) -> tuple[tuple[float, float], ...]:
    if len(sections) != 1:
        raise ValueError(f"The route of {line.key} is not one section but {len(sections)}.")
    one = sections[0]
    points = [one["startPoint"], *one.get("bendPoints", ()), one["endPoint"]]
    return tuple((float(point["x"]), float(point["y"])) for point in points)
