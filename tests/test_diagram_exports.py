"""Exports of diagrams are read back by the readers that people use; no word in them can be more than a word."""

from __future__ import annotations

import io
import json
import re

import networkx
import pydot
from hostile import diagrams
from hypothesis import HealthCheck, given, settings

from wsis_kg.views.diagram import Diagram
from wsis_kg.views.diagram_dot import dot
from wsis_kg.views.diagram_graphml import graphml
from wsis_kg.views.diagram_records import line_record, node_record, on_one_line, plain

ROOT = "https://site.example/"
unhurried = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def unquoted(value: str | None, drawn: bool = False) -> str:
    """What a quoted string of DOT stands for."""
    if value is None:
        return ""
    assert value.startswith('"') and value.endswith('"') and "\n" not in value, value
    found = re.sub(r"\\(.)", lambda pair: {"n": "\n"}.get(pair[1], pair[1]), value[1:-1])
    return re.sub(r"&amp;(?=#?\w+;)", "&", found) if drawn else found


@unhurried
@given(diagrams())
def test_pydot_reads_every_word_of_a_dot_file_as_it_was(diagram: Diagram) -> None:
    graphs = pydot.graph_from_dot_data(dot(diagram, ROOT))
    assert graphs is not None and len(graphs) == 1
    (graph,) = graphs
    told = graph.get_attributes()
    assert unquoted(told["date"]) == "2031-02-03"
    assert unquoted(told["version"]) == "0.1.0-abc"
    assert unquoted(told["licence"]) == "https://licence.example/"
    assert unquoted(told.get("title")) == on_one_line(diagram.title)
    assert unquoted(told.get("permalink")) == on_one_line(diagram.permalink)
    assert graph.get_subgraphs() == []
    nodes = {one.get_name(): one.get_attributes() for one in graph.get_nodes() }
    assert list(nodes) == [f"n{number}" for number in range(len(diagram.nodes))]
    for node, read in zip(diagram.nodes, nodes.values(), strict=True):
        expected = {"iri": node.key, "full_name": node.name, "noun": node.noun, "within": node.within or "", "change": node.change, "detail": node.detail}
        assert {name: unquoted(read.get(name)) for name in expected} == {name: on_one_line(value) for name, value in expected.items()}
        assert set(read) <= {*expected, "label", "tooltip", "URL", "shape", "style"}
        label = f"{node.label}\n{node.detail}" if node.detail else node.label
        assert unquoted(read.get("label"), drawn=True) == "\n".join(map(on_one_line, label.split("\n")))
    assert len(graph.get_edges()) == len(diagram.lines)
    keys = {node.key: f"n{number}" for number, node in enumerate(diagram.nodes)}
    by_key = {unquoted(one.get("key")): one for one in graph.get_edges()}
    for line in diagram.lines:
        edge = by_key[line.key]
        assert (edge.get_source(), edge.get_destination()) == (keys[line.source], keys[line.target])
        assert unquoted(edge.get("sentence")) == on_one_line(line.sentence)
        said = json.loads(unquoted(edge.get("statements")))
        assert [one["words"] for one in said] == [as_told(one.words) for one in line.statements]
        assert [one["stated"] for one in said] == ["inferred" if one.inferred else "asserted" for one in line.statements]


def as_told(text: str) -> str:
    """A value of JSON that was put on one line."""
    return json.loads(on_one_line(json.dumps(text, ensure_ascii=False)))


@unhurried
@given(diagrams())
def test_networkx_reads_every_word_of_a_graphml_file_as_it_was(diagram: Diagram) -> None:
    read = networkx.read_graphml(io.BytesIO(graphml(diagram, ROOT).encode()), force_multigraph=True)
    assert read.is_directed()
    nodes = dict(read.nodes(data=True))
    assert list(nodes) == [f"n{number}" for number in range(len(diagram.nodes))]
    for node, told in zip(diagram.nodes, nodes.values(), strict=True):
        record = node_record(node, ROOT)
        assert told == as_read({"iri": record.pop("key"), **record})
    keys = {node.key: f"n{number}" for number, node in enumerate(diagram.nodes)}
    edges = sorted(read.edges(keys=True, data=True), key=lambda one: int(one[2].removeprefix("e")))
    assert len(edges) == len(diagram.lines)
    for line, (source, target, _, told) in zip(diagram.lines, edges, strict=True):
        assert (source, target) == (keys[line.source], keys[line.target])
        record = line_record(line, ROOT)
        del record["source"], record["target"]
        record["statements"] = json.dumps(record["statements"], ensure_ascii=False)
        assert {name: value for name, value in told.items() if name != "id"} == as_read(record)


def as_read(record: dict[str, object]) -> dict[str, object]:
    """A record without what is empty, in the characters that any text may hold."""
    return {
        name: plain(value) if isinstance(value, str) else value for name, value in record.items() if value not in (None, "")
    }


