"""Where the engine departs from the W3C query tests: each departure pinned as it is, and told in docs/endpoint.md.

Found by running the query evaluation, syntax and result format tests of w3c/rdf-tests (sparql10, sparql11) over the
engine. A test
that fails here may mean that pyoxigraph has come closer to the standard: then the documentation is to be changed too.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harbour import EX, PORTS, TIDES, write_build

from wsis_kg.engine.formats import JSON
from wsis_kg.engine.problems import QuerySyntaxError, UnknownFunction
from wsis_kg.engine.store import Engine

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "endpoint.md"
XSD = "http://www.w3.org/2001/XMLSchema#"
QUADS = f"""\
<{EX}a> <{EX}p> <{EX}b> <{PORTS}> .
<{EX}a> <{EX}p> <{EX}b> <{TIDES}> .
<{EX}n> <{EX}integer> "01"^^<{XSD}integer> <{TIDES}> .
<{EX}n> <{EX}decimal> "1.50"^^<{XSD}decimal> <{TIDES}> .
<{EX}n> <{EX}double> "1.0e6"^^<{XSD}double> <{TIDES}> .
<{EX}n> <{EX}boolean> "1"^^<{XSD}boolean> <{TIDES}> .
<{EX}n> <{EX}negative> "-3"^^<{XSD}negativeInteger> <{TIDES}> .
<{EX}n> <{EX}day> "2031-01-02+00:00"^^<{XSD}date> <{TIDES}> .
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(write_build(tmp_path_factory.mktemp("departures"), quads=QUADS))


def rows(engine: Engine, text: str) -> list[dict[str, str]]:
    bindings = json.loads(engine.answer(text, JSON))["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in bindings]


@pytest.mark.parametrize(
    ("heading", "query", "standard", "ours"),
    [
        (
            "A path of length zero",
            f"SELECT ?o {{ <{EX}absent> <{EX}p>* ?o }}",
            [{"o": EX + "absent"}],
            [],
        ),
        (
            "A path of length zero",
            f"SELECT ?s {{ ?s <{EX}p>? <{EX}absent> }}",
            [{"s": EX + "absent"}],
            [],
        ),
        (
            "Several `FROM`",
            f"SELECT (COUNT(*) AS ?n) FROM <{PORTS}> FROM <{TIDES}> {{ <{EX}a> ?p ?o }}",
            [{"n": "1"}],
            [{"n": "2"}],
        ),
        (
            "Values, not spellings",
            f"SELECT ?o {{ <{EX}n> <{EX}integer>|<{EX}decimal>|<{EX}double>|<{EX}boolean>|<{EX}day> ?o }} ORDER BY STR(?o)",
            [{"o": spelling} for spelling in ("01", "1", "1.0e6", "1.50", "2031-01-02+00:00")],
            [{"o": spelling} for spelling in ("1", "1.5", "1000000", "2031-01-02Z", "true")],
        ),
        (
            "Values, not spellings",
            f"SELECT (STR(DATATYPE(?o)) AS ?t) {{ <{EX}n> <{EX}negative> ?o }}",
            [{"t": XSD + "negativeInteger"}],
            [{"t": XSD + "integer"}],
        ),
        (
            "The variable of `GRAPH`",
            "SELECT ?t { GRAPH ?g { FILTER(BOUND(?g)) BIND(1 AS ?t) } }",
            [],
            [{"t": "1"}, {"t": "1"}],
        ),
        (
            "The variable of `GRAPH`",
            f'SELECT ?g ?t {{ GRAPH ?g {{ VALUES (?g ?t) {{ (UNDEF "x") (<{EX}elsewhere> "y") }} }} }} ORDER BY ?g',
            [{"g": PORTS, "t": "x"}, {"g": TIDES, "t": "x"}],
            [{"t": "x"}, {"g": EX + "elsewhere", "t": "y"}],
        ),
        (
            "The variable of `GRAPH`",
            f"SELECT ?a {{ GRAPH ?g {{ ?a <{EX}integer> ?o MINUS {{ ?b <{EX}integer> ?x }} }} }}",
            [{"a": EX + "n"}],
            [],
        ),
        (
            "`BNODE` with an argument",
            'SELECT (COUNT(DISTINCT ?b) AS ?n) { VALUES ?row { 1 2 } BIND(BNODE("a") AS ?b) }',
            [{"n": "2"}],
            [{"n": "1"}],
        ),
        (
            "Dates with and without a time zone",
            f'SELECT ?t {{ BIND(1 AS ?t) FILTER("2031-01-02"^^<{XSD}date> != "2031-01-02Z"^^<{XSD}date>) }}',
            [],
            [{"t": "1"}],
        ),
        (
            "`GROUP_CONCAT`",
            'SELECT (LANG(GROUP_CONCAT(?x)) AS ?t) { VALUES ?x { "a"@en "b"@en } }',
            [{"t": ""}],
            [{"t": "en"}],
        ),
    ],
)
def test_a_departure_is_as_it_is_told(
    engine: Engine, heading: str, query: str, standard: list[dict[str, str]], ours: list[dict[str, str]]
) -> None:
    assert f"### {heading}" in DOCUMENT.read_text(encoding="utf-8")
    assert rows(engine, query) == ours != standard


def test_group_concat_takes_strings_only(engine: Engine) -> None:
    assert "write `GROUP_CONCAT(STR(?x))`" in DOCUMENT.read_text(encoding="utf-8")
    of = "SELECT (GROUP_CONCAT({}) AS ?g) {{ VALUES ?x {{ 1 <a:b> }} }}"
    assert rows(engine, of.format("?x")) == [{}]
    assert rows(engine, of.format("STR(?x)"))[0]["g"] in ("1 a:b", "a:b 1")
    # Of strings with and without a language, or of none at all, the result is a plain one.
    assert rows(engine, 'SELECT (LANG(GROUP_CONCAT(?x)) AS ?t) { VALUES ?x { "a"@en "b" } }') == [{"t": ""}]
    assert rows(engine, "SELECT (GROUP_CONCAT(?x) AS ?g) { ?x <a:none> ?y }") == [{"g": ""}]


def test_an_unknown_function_refuses_the_query(engine: Engine) -> None:
    assert "### Unknown functions" in DOCUMENT.read_text(encoding="utf-8")
    with pytest.raises(UnknownFunction):
        engine.answer("SELECT ?x { BIND(<a:function>(1) AS ?x) }", JSON)


def test_reduced_takes_all_duplicates_out(engine: Engine) -> None:
    """No departure: the standard allows any number of them, from one to all."""
    assert rows(engine, "SELECT REDUCED ?x { VALUES ?x { 1 1 1 } }") == [{"x": "1"}]


def test_true_and_false_are_written_small(engine: Engine) -> None:
    assert "### `TRUE` and `FALSE`" in DOCUMENT.read_text(encoding="utf-8")
    with pytest.raises(QuerySyntaxError):
        engine.query("ASK { FILTER(TRUE) }")


def test_a_comparison_without_spaces_is_read_as_one(engine: Engine) -> None:
    assert "### `?x<?a&&?b>?y`" in DOCUMENT.read_text(encoding="utf-8")
    assert rows(engine, "SELECT * { FILTER (?x<?a&&?b>?y) }") == []


def test_the_ways_round_that_are_told(engine: Engine) -> None:
    """What the documentation advises instead gives what the standard does."""
    both = f"SELECT (COUNT(*) AS ?n) FROM <{PORTS}> FROM <{TIDES}>"
    assert rows(engine, both + " { ?s ?p ?o }") == [{"n": "8"}]
    assert rows(engine, both + " { { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } } }") == [{"n": "7"}]
    assert rows(engine, f"SELECT (COUNT(*) AS ?n) {{ <{EX}a> ?p ?o }}") == [{"n": "1"}]
