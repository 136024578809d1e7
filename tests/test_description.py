"""What a build says of itself: VoID, prefixes and examples, as editors ask for them in the default graph."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import WORLD

from wsis_kg.names import BASE, DESCRIPTION, EXAMPLES, PREFIXES, VOID
from wsis_kg.views.questions import read_questions
from wsis_kg.workshop.build import build
from wsis_kg.workshop.dataset import load
from wsis_kg.workshop.description import add_description
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.problems import WorkshopError
from wsis_kg.workshop.rules import infer

# The three queries of the SIB editor (sib-swiss/sparql-editor), in our words.
PARTITIONS = """PREFIX void: <http://rdfs.org/ns/void#> PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?subject ?property ?object ?datatype {
  ?part void:class ?subject ; void:propertyPartition ?inner . ?inner void:property ?property .
  OPTIONAL { { ?inner void:classPartition [ void:class ?object ] }
    UNION { ?inner void-ext:datatypePartition [ void-ext:datatype ?datatype ] } }
}"""
EXECUTABLE = """PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?sq ?comment ?query {
  ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask|sh:construct|sh:describe ?query }"""
DECLARED = """PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?prefix ?namespace { [] sh:namespace ?namespace ; sh:prefix ?prefix }"""
KEYS = """PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX schema: <https://schema.org/>
SELECT DISTINCT ?sq { ?sq sh:prefixes/sh:declare ?p ; schema:keywords ?k ; schema:target ?t ; a ?form
  FILTER(?form != sh:SPARQLExecutable) }"""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    packaged = Inputs.packaged()
    data = tmp_path_factory.mktemp("described") / "data"
    shutil.copytree(WORLD, data)
    shutil.copy(packaged.data / "concepts.ttl", data)
    return Inputs(packaged.ontology, data, packaged.shapes, packaged.queries)


@pytest.fixture(scope="module")
def store(inputs: Inputs) -> ox.Store:
    """The invented world, inferred and described."""
    store = load(inputs)
    infer(store, inputs)
    add_description(store, inputs, "0.1.0-world")
    return store


def rows(store: ox.Store, query: str) -> list[tuple[str | None, ...]]:
    found = store.query(query, use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    return sorted((tuple(None if t is None else t.value for t in row) for row in found), key=str)  # type: ignore[union-attr]


def count(store: ox.Store, pattern: str, what: str = "*") -> int:
    query = "".join(f"PREFIX {p}: <{iri}> " for p, iri in PREFIXES.items())
    return int(rows(store, f"{query}SELECT (COUNT({what}) AS ?n) {{ {pattern} }}")[0][0] or "")


def stated(store: ox.Store, subject: str, predicate: str) -> int:
    query = f"PREFIX void: <http://rdfs.org/ns/void#> SELECT ?n {{ <{subject}> void:{predicate} ?n }}"
    (row,) = rows(store, query)
    return int(row[0] or "")


def others(pattern: str) -> str:
    """The pattern in any graph but the description, each triple once."""
    return f"SELECT DISTINCT ?s ?p ?o {{ GRAPH ?g {{ {pattern} }} FILTER(?g != <{DESCRIPTION}>) }}"


def test_the_statistics_are_what_counting_gives(store: ox.Store) -> None:
    whole = VOID + "#dataset"
    every = f"{{ {others('?s ?p ?o')} }}"
    assert stated(store, whole, "triples") == count(store, every)
    assert stated(store, whole, "distinctSubjects") == count(store, every, "DISTINCT ?s")
    assert stated(store, whole, "distinctObjects") == count(store, every, "DISTINCT ?o")
    assert stated(store, whole, "properties") == count(store, every, "DISTINCT ?p")
    typed = f"{{ {others('?s a ?o . BIND(rdf:type AS ?p)')} }} FILTER(ISIRI(?o))"
    assert stated(store, whole, "classes") == count(store, typed, "DISTINCT ?o")
    things = every + f' FILTER(STRSTARTS(STR(?s), "{BASE}id/"))'
    assert stated(store, whole, "entities") == count(store, things, "DISTINCT ?s")


def test_every_graph_has_statistics_of_its_own(store: ox.Store) -> None:
    graphs = {str(graph.value) for graph in store.named_graphs()}  # type: ignore[union-attr]
    assert DESCRIPTION in graphs and len(graphs) > 3
    for graph in graphs - {DESCRIPTION}:
        assert stated(store, graph, "triples") == count(store, f"GRAPH <{graph}> {{ ?s ?p ?o }}")
        assert stated(store, graph, "properties") == count(store, f"GRAPH <{graph}> {{ ?s ?p ?o }}", "DISTINCT ?p")


def test_an_editor_finds_which_class_leads_where(store: ox.Store) -> None:
    found = rows(store, PARTITIONS)
    term = PREFIXES[""]
    assert (term + "Passage", term + "isPartOf", term + "Document", None) in found
    assert (term + "Passage", term + "order", None, PREFIXES["xsd"] + "integer") in found
    expected = set(
        rows(
            store,
            f"""SELECT DISTINCT ?c ?p ?k ?d {{
              GRAPH ?g {{ ?s a ?c }} GRAPH ?h {{ ?s ?p ?o }}
              OPTIONAL {{ GRAPH ?i {{ ?o a ?k }} FILTER(?i != <{DESCRIPTION}>) }}
              BIND(IF(ISLITERAL(?o), DATATYPE(?o), ?nothing) AS ?d)
              FILTER(?g != <{DESCRIPTION}> && ?h != <{DESCRIPTION}> && ISIRI(?c)) }}""",
        )
    )
    # A property that also leads to things without a class has a row without one only where it leads to no other.
    led = {row[:2] for row in expected if row[2] or row[3]}
    assert set(found) == {row for row in expected if row[2] or row[3] or row[:2] not in led}


def test_an_editor_finds_examples_and_prefixes(store: ox.Store, inputs: Inputs) -> None:
    questions = read_questions(inputs.queries)
    assert rows(store, EXECUTABLE) == sorted(
        [(EXAMPLES + name, one.question, one.text) for name, one in questions.items()], key=str
    )
    assert rows(store, KEYS) == [(EXAMPLES + name,) for name in sorted(questions)]
    assert dict(rows(store, DECLARED)) == PREFIXES  # type: ignore[arg-type]


def test_the_description_changes_no_answer(real_store: ox.Store) -> None:
    inputs = Inputs.packaged()
    described = ox.Store()
    described.bulk_extend(real_store)
    assert add_description(described, inputs, "0.1.0-real") == len(described) - len(real_store) > 1000
    for name, question in read_questions(inputs.queries).items():
        assert rows(described, question.text) == rows(real_store, question.text), name


def test_a_build_is_described(world: Inputs, tmp_path: Path) -> None:
    built = build(tmp_path / "home", world)
    text = (built / "dataset.nq").read_text(encoding="utf-8")
    assert f'<{VOID}#dataset> <{PREFIXES["owl"]}versionInfo> "{built.name}" <{DESCRIPTION}> .' in text


def test_a_described_dataset_is_not_described_twice(store: ox.Store, inputs: Inputs) -> None:
    with pytest.raises(WorkshopError, match="has the name of the graph"):
        add_description(store, inputs, "0.1.0-again")


def test_a_question_that_cannot_be_an_example_is_named(inputs: Inputs, tmp_path: Path) -> None:
    (tmp_path / "odd.rq").write_text("#+ question: What?\nSELECT * {}", encoding="utf-8")
    odd = Inputs(inputs.ontology, inputs.data, inputs.shapes, tmp_path)
    with pytest.raises(WorkshopError, match=r"queries/odd\.rq"):
        add_description(ox.Store(), odd, "0.1.0-odd")
