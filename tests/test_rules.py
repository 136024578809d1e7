"""What the rules infer, on the invented world of tests/world: every rule gives something, and nothing but ours."""

from __future__ import annotations

import csv
from pathlib import Path

import pyoxigraph as ox
import pytest

from wsis_kg.holdings import folder
from wsis_kg.names import INFERRED, ONTOLOGY, PREFIXES
from wsis_kg.workshop.dataset import load
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.quotations import words_in_quotations
from wsis_kg.workshop.rules import infer
from wsis_kg.workshop.validation import validate

RULES = sorted((folder("ontology") / "rules").glob("*.rq"), key=lambda rule: rule.stem)
DIFFERENCES = Path(__file__).parent / "world" / "differences.csv"
RDF_TYPE = PREFIXES["rdf"] + "type"
BORROWED = {PREFIXES["skos"] + "altLabel", PREFIXES["skos"] + "exactMatch"}
"""What everybody looks for names and links by: made from namings and identifications."""

_DIFFERENCES = """SELECT ?kind ?here ?there ?concerns WHERE {
  ?difference a :Difference ; :kind ?kind .
  { ?difference :comparesPassage ?here } UNION { ?difference :comparesDocument ?here }
  { ?difference :againstPassage ?there } UNION { ?difference :againstDocument ?there }
  OPTIONAL { ?difference :concerns ?concerns }
}"""


@pytest.fixture
def inferred(world: Inputs) -> ox.Store:
    """The world with all that follows from it."""
    store = load(world)
    infer(store, world)
    return store


def slug(term: object) -> str:
    """The last part of an IRI; empty where nothing is bound."""
    return term.value.rsplit("/", 1)[-1] if isinstance(term, ox.NamedNode) else ""


def test_the_world_is_without_fault(world: Inputs, inferred: ox.Store) -> None:
    """The world passes every shape and check, and its printed words stand in its quotations."""
    assert [str(problem) for problem in [*validate(inferred, world), *words_in_quotations(inferred, world).problems]] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.stem)
def test_a_rule_gives_something_on_the_world(rule: Path, inferred: ox.Store) -> None:
    """A rule that never gives anything would be wrong and green."""
    found = inferred.query(rule.read_text(encoding="utf-8"), prefixes=PREFIXES, use_default_graph_as_union=True)
    assert isinstance(found, ox.QueryTriples) and any(True for _ in found)


def test_each_rule_is_the_first_to_give_something(world: Inputs) -> None:
    """None of the rules only repeats what the rules before it gave."""
    given = infer(load(world), world)
    assert [rule for rule, number in given.items() if number == 0] == []


def test_the_differences_are_exactly_those_written_down(inferred: ox.Store) -> None:
    """Every difference of the world was written down before the rules were run, and no other comes out."""
    rows = inferred.query(_DIFFERENCES, prefixes=PREFIXES, use_default_graph_as_union=True)
    assert isinstance(rows, ox.QuerySolutions)
    found = sorted(tuple(slug(row[name]) for name in ("kind", "here", "there", "concerns")) for row in rows)
    with DIFFERENCES.open(encoding="utf-8", newline="") as lines:
        written = sorted(tuple(line) for line in list(csv.reader(lines))[1:])
    assert found == written


def test_every_kind_of_difference_has_a_rule_and_a_case(inferred: ox.Store) -> None:
    """The list of kinds, the rules and the cases of the world are the same."""
    kinds = inferred.query(
        "SELECT ?kind WHERE { ?kind skos:inScheme scheme:difference-kind }",
        prefixes=PREFIXES,
        use_default_graph_as_union=True,
    )
    assert isinstance(kinds, ox.QuerySolutions)
    listed = {slug(row["kind"]) for row in kinds}
    ruled = {rule.stem.removeprefix("difference-") for rule in RULES if rule.stem.startswith("difference-")}
    with DIFFERENCES.open(encoding="utf-8", newline="") as lines:
        cases = {line[0] for line in list(csv.reader(lines))[1:]}
    assert listed == ruled == cases


@pytest.mark.parametrize("dataset", ["inferred", "real_store"])
def test_asserted_and_inferred_never_mix(dataset: str, request: pytest.FixtureRequest) -> None:
    """No statement is both in a file's graph and in the graph of what follows."""
    store: ox.Store = request.getfixturevalue(dataset)
    graph = ox.NamedNode(INFERRED)
    follows = {(q.subject, q.predicate, q.object) for q in store.quads_for_pattern(None, None, None, graph)}
    stated = {(q.subject, q.predicate, q.object) for q in store if q.graph_name != graph}
    assert follows and not follows & stated


@pytest.mark.parametrize("dataset", ["inferred", "real_store"])
def test_only_our_terms_are_inferred(dataset: str, request: pytest.FixtureRequest) -> None:
    """No owl:sameAs, no owl:Thing, of other vocabularies names and exact matches alone, nothing said of the ontology."""
    store: ox.Store = request.getfixturevalue(dataset)
    for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(INFERRED)):
        ours = quad.object if quad.predicate.value == RDF_TYPE else quad.predicate
        assert isinstance(ours, ox.NamedNode), quad
        assert ours.value.startswith(ONTOLOGY + "#") or ours.value in BORROWED, quad
        assert isinstance(quad.subject, ox.NamedNode) and not quad.subject.value.startswith(ONTOLOGY), quad


def test_a_second_run_adds_nothing(world: Inputs, inferred: ox.Store) -> None:
    """The rules have come to rest."""
    before = len(inferred)
    assert set(infer(inferred, world).values()) == {0}
    assert len(inferred) == before
