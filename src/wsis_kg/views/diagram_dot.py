"""A diagram in the DOT language (https://graphviz.org/doc/info/lang.html), for Graphviz and what reads its files.

Our own few lines, as pydot and its parser would be a dependency of every server for the sake of writing text. A
backslash is written twice in every value, as Graphviz reads it in labels; ``statements`` holds JSON.
"""

import json
import re
from collections.abc import Mapping
from typing import Final

from .diagram import Diagram, Line, Node
from .diagram_records import about, caption, on_one_line, page_of, stated, statement_record

_STYLES: Final = {"periodic": "bold", "one-off": "solid", "transmits": "dashed", "considers": "dotted"}
_SHAPES: Final = {
    "event": "octagon",
    "session": "octagon",
    "constituency": "doubleoctagon",
    "post": "oval",
    "person": "oval",
}
_ENTITY: Final = re.compile(r"&(?=#?\w+;)")


def dot(diagram: Diagram, root: str) -> str:
    """The diagram as a directed graph, its lines upward; ``root`` is the address of the start page.

    Title and licence stand below it when it is drawn.
    """
    drawn = {"label": f"{diagram.title}\n{caption(diagram)}", "tooltip": diagram.title, "URL": diagram.permalink}
    told = {**about(diagram), "rankdir": "BT", "charset": "UTF-8"}
    told |= {"legend": json.dumps(dict(diagram.legend), ensure_ascii=False)}
    keys = {node.key: f"n{number}" for number, node in enumerate(diagram.nodes)}
    parts = [f"digraph {quoted(diagram.title)} {{", *(f"  {pair};" for pair in _pairs(drawn, told))]
    parts += [f"  {keys[node.key]} {_node(node, root)};" for node in diagram.nodes]
    parts += [f"  {keys[line.source]} -> {keys[line.target]} {_line(line, root)};" for line in diagram.lines]
    return "\n".join((*parts, "}", ""))


def quoted(text: str) -> str:
    """The text as a quoted string, on one line."""
    return '"' + on_one_line(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _node(node: Node, root: str) -> str:
    label = f"{node.label}\n{node.detail}" if node.detail else node.label
    drawn = {"label": label, "tooltip": node.name, "URL": page_of(node, root)}
    told = {
        "shape": _SHAPES.get(node.noun, "box"),
        "iri": node.key,
        # Not "name": pydot gives that to the constructor of its nodes, which has it already.
        "full_name": node.name,
        "noun": node.noun,
        "detail": node.detail,
        "within": node.within or "",
        "change": node.change,
    }
    if node.noun == "open":
        told["style"] = "dashed"
    return _attributes(drawn, told)


def _line(line: Line, root: str) -> str:
    label = f"{line.label}\n{line.detail}" if line.detail else line.label
    drawn = {"label": label, "tooltip": line.sentence, "URL": page_of(line, root)}
    told = {
        "style": _STYLES.get(line.kind, "solid"),
        "arrowhead": "open" if line.kind == "unstated" else "",
        "key": line.key,
        "kind": line.kind,
        "relation": line.relation,
        "onward": line.onward,
        "sentence": line.sentence,
        "carries": line.carries or "",
        "journey": line.journey or "",
        "year": str(line.year or ""),
        "mood": line.mood,
        "change": line.change,
        "stated": stated(line),
        "statements": json.dumps([statement_record(one) for one in line.statements], ensure_ascii=False),
    }
    return _attributes(drawn, told)


def _attributes(drawn: Mapping[str, str], told: Mapping[str, str]) -> str:
    return f"[{', '.join(_pairs(drawn, told))}]"


def _pairs(drawn: Mapping[str, str], told: Mapping[str, str]) -> list[str]:
    """Attributes, without those that are empty; a label is given always, as Graphviz would draw the number of a node.
    In what is drawn a line end is kept, and an ampersand is not taken for the beginning of an entity.
    """
    pairs = [f"{name}={_drawn(value)}" for name, value in drawn.items() if value or name == "label"]
    return pairs + [f"{name}={quoted(value)}" for name, value in told.items() if value]


def _drawn(text: str) -> str:
    lines = (quoted(_ENTITY.sub("&amp;", line))[1:-1] for line in text.split("\n"))
    return '"' + r"\n".join(lines) + '"'
