"""A diagram as GraphML (http://graphml.graphdrawing.org/specification.html), for Gephi, yEd, networkx, igraph.

Written by hand with the standard library's escapes, as a library for graphs (networkx) would be a heavy dependency of
every server. Values of GraphML have no structure: ``statements`` holds JSON.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from .diagram import Diagram, Line, Node
from .diagram_records import about, caption, line_record, node_record, plain

_NAMESPACE: Final = "http://graphml.graphdrawing.org/xmlns"
_OF_GRAPH: Final = ("title", "date", "version", "licence", "permalink", "legend")
_OF_NODE: Final = ("iri", "label", "detail", "name", "noun", "page", "within", "change")
_OF_LINE: Final = (
    "key", "kind", "relation", "onward", "label", "detail", "sentence", "page", "carries", "journey", "year", "mood",
    "change", "stated", "statements",
)  # fmt: skip


def graphml(diagram: Diagram, root: str) -> str:
    """The diagram as one directed graph; ``root`` is the address of the start page.

    Nodes are numbered, their IRIs stand with them.
    """
    kinds = {"graph": _OF_GRAPH, "node": _OF_NODE, "edge": _OF_LINE}
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', f'<graphml xmlns="{_NAMESPACE}">']
    parts += [f"<desc>{_text(f'{diagram.title}. {caption(diagram)}')}</desc>"]
    for kind, names in kinds.items():
        parts += [_key(kind, name) for name in names]
    parts.append(f'<graph id="diagram" edgedefault="directed">{_data("graph", _told(diagram))}')
    keys = {node.key: f"n{number}" for number, node in enumerate(diagram.nodes)}
    parts += [f'<node id="{keys[node.key]}">{_data("node", _node(node, root))}</node>' for node in diagram.nodes]
    for number, line in enumerate(diagram.lines):
        ends = f'source="{keys[line.source]}" target="{keys[line.target]}"'
        parts.append(f'<edge id="e{number}" {ends}>{_data("edge", _line(line, root))}</edge>')
    return "\n".join((*parts, "</graph>", "</graphml>", ""))


def _told(diagram: Diagram) -> dict[str, Any]:
    return {**about(diagram), "legend": json.dumps(dict(diagram.legend), ensure_ascii=False)}


def _node(node: Node, root: str) -> dict[str, Any]:
    record = node_record(node, root)
    return {"iri": record.pop("key"), **record}


def _line(line: Line, root: str) -> dict[str, Any]:
    record = line_record(line, root)
    record["statements"] = json.dumps(record["statements"], ensure_ascii=False)
    return {name: record[name] for name in _OF_LINE}


def _key(kind: str, name: str) -> str:
    value = "int" if name == "year" else "string"
    return f'<key id="{kind}-{name}" for="{kind}" attr.name={quoteattr(name)} attr.type="{value}"/>'


def _data(kind: str, values: Mapping[str, Any]) -> str:
    return "".join(
        f'<data key="{kind}-{name}">{_text(str(value))}</data>'
        for name, value in values.items()
        if value is not None and value != ""
    )


def _text(text: str) -> str:
    # A carriage return that is not written as a reference is read as a line feed (XML 1.0, 2.11).
    return escape(plain(text), {"\r": "&#13;"})
