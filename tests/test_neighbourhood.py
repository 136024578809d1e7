"""The neighbourhood of a thing, and its JSON-LD."""

from __future__ import annotations

import json

import pyoxigraph as ox
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from wsis_kg.names import BASE, INFERRED, ONTOLOGY, PREFIXES
from wsis_kg.views.json_ld import compact
from wsis_kg.views.neighbourhood import Neighbourhood, Value, in_order

ID = BASE + "id/"
THIS = ID + "body/board"
GRAPH = BASE + "graph/port-table"
TYPE = PREFIXES["rdf"] + "type"
XSD = PREFIXES["xsd"]


def thing(slug: str) -> Value:
    return Value(ID + slug, True)


STATEMENTS = [
    (GRAPH, THIS, TYPE, Value(f"{ONTOLOGY}#Body", True)),
    (INFERRED, THIS, TYPE, Value(f"{ONTOLOGY}#Actor", True)),
    (INFERRED, THIS, f"{ONTOLOGY}#reportsTo", thing("body/ports")),
    (GRAPH, ID + "line/b", f"{ONTOLOGY}#hasReporter", thing("body/board")),
    (GRAPH, ID + "line/a", f"{ONTOLOGY}#hasReporter", thing("body/board")),
    (INFERRED, ID + "line/a", f"{ONTOLOGY}#hasReporter", thing("body/board")),
    (GRAPH, ID + "line/a", f"{ONTOLOGY}#order", Value("10", False, datatype=XSD + "integer")),
    (GRAPH, ID + "line/b", f"{ONTOLOGY}#order", Value("9", False, datatype=XSD + "integer")),
]


def test_values_are_found_by_property_and_subjects_by_value() -> None:
    around = Neighbourhood(THIS, STATEMENTS)
    assert around.those("hasReporter") == [ID + "line/a", ID + "line/b"]
    assert [value.text for value in around.all(THIS, "reportsTo")] == [ID + "body/ports"]
    assert around.one(THIS, "reportsThrough") is None
    assert around.a(THIS, "Body") and around.a(THIS, "Actor") and not around.a(THIS, "Post")


def test_what_a_document_asserts_is_not_marked_as_inferred_though_a_rule_gives_it_too() -> None:
    around = Neighbourhood(THIS, STATEMENTS)
    assert around.all(THIS, "reportsTo")[0].inferred
    assert not around.all(ID + "line/a", "hasReporter")[0].inferred
    assert list(around.graphs) == [GRAPH]


def test_order_is_that_of_numbers() -> None:
    around = Neighbourhood(THIS, STATEMENTS)
    assert in_order(around, around.those("hasReporter")) == [ID + "line/b", ID + "line/a"]


LITERALS = st.one_of(
    st.builds(lambda text: Value(text, False, datatype=XSD + "string"), st.text(st.characters(exclude_categories=["Cs"]))),
    st.builds(lambda text: Value(text, False, "en", PREFIXES["rdf"] + "langString"), st.text(st.characters(exclude_categories=["Cs"]))),
    st.builds(lambda number: Value(str(number), False, datatype=XSD + "integer"), st.integers(-(10**20), 10**20)),
    st.just(Value("2031-01-31", False, datatype=XSD + "date")),
    st.just(Value("007", False, datatype=XSD + "integer")),
)
THINGS = st.sampled_from([thing("body/ports"), thing("line/a"), Value("http://elsewhere.example/a/b", True), Value(f"{ONTOLOGY}#Body", True)])
PROPERTIES = st.sampled_from([f"{ONTOLOGY}#{name}" for name in ("hasReporter", "line", "verb", "text", "kind")] + [PREFIXES["skos"] + "prefLabel", PREFIXES["rdfs"] + "seeAlso", "http://elsewhere.example/p/q"])
TRIPLES = st.tuples(st.sampled_from([THIS, ID + "line/a", "http://elsewhere.example/x"]), PROPERTIES, st.one_of(THINGS, LITERALS))


def as_triple(subject: str, predicate: str, value: Value) -> ox.Triple:
    if value.is_thing:
        term: ox.NamedNode | ox.Literal = ox.NamedNode(value.text)
    elif value.language:
        term = ox.Literal(value.text, language=value.language)
    else:
        term = ox.Literal(value.text, datatype=ox.NamedNode(value.datatype))
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), term)


@given(st.lists(TRIPLES, max_size=12))
def test_json_ld_says_neither_more_nor_less_than_the_triples(triples: list[tuple[str, str, Value]]) -> None:
    written = compact(triples, {"hasReporter", "verb", "kind"})
    read = {quad.triple for quad in ox.parse(written, format=ox.RdfFormat.JSON_LD)}
    assert read == {as_triple(*triple) for triple in triples}


def test_json_ld_reads_like_json_and_rdflib_reads_it() -> None:
    written = compact([(s, p, v) for _, s, p, v in STATEMENTS], {"hasReporter", "reportsTo"})
    (board, *_) = json.loads(written)["@graph"]
    assert board["@id"] == "body/board"
    assert board["@type"] == ["Body", "Actor"]
    assert board["reportsTo"] == "body/ports"
    graph = rdflib.Graph().parse(data=written, format="json-ld")
    assert (rdflib.URIRef(THIS), rdflib.URIRef(f"{ONTOLOGY}#reportsTo"), rdflib.URIRef(ID + "body/ports")) in graph
