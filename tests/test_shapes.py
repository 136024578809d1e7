"""Shapes and the fixtures that trip them.

A fixture is ``tests/shapes/<noun>/valid.<why>.ttl`` or ``invalid.<why>.ttl``. The first lines of an invalid one announce
exactly what must fail, ``# fails: shape:DeadlineShape path :dueDate 3`` for three results, without ``path`` where the node
as a whole fails. Every constraint of every shape must be tripped by some fixture: a shape that cannot fail is a defect.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from pyshacl import validate
from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH
from rdflib.term import Node

from wsis_kg.holdings import folder
from wsis_kg.names import ONTOLOGY, PREFIXES
from wsis_kg.vocabulary import WSIS

HERE = Path(__file__).parent / "shapes"
FIXTURES = sorted(HERE.glob("*/*valid.*.ttl"))
INVALID = [path for path in FIXTURES if path.name.startswith("invalid.")]
ANNOUNCED = re.compile(r"# fails: (\S+)(?: path (\S+))? (\d+)")
# What carries no constraint: targets, messages, the keys of a closed shape and of a qualified one.
NO_CONSTRAINT = {
    SH.targetClass, SH.targetSubjectsOf, SH.message, SH.property, SH.path, SH.ignoredProperties, SH.qualifiedValueShape,
    RDF.type,
}  # fmt: skip


class Failure(NamedTuple):
    """One result of a validation: which node shape, at which path if any, by which constraint."""

    shape: str
    path: str
    component: str


@cache
def shapes() -> Graph:
    graph = Graph()
    for path in sorted(folder("shapes").glob("*.ttl")):
        graph.parse(path)
    return graph


@cache
def context() -> Graph:
    """What all fixtures share: an invented world, and which class lies under which."""
    ontology = Graph().parse(folder("ontology") / "wsis.ttl")
    graph = Graph().parse(HERE / "_context.ttl")
    for below, above in ontology.subject_objects(RDFS.subClassOf):
        graph.add((below, RDFS.subClassOf, above))
    return graph


def short(term: Node | None) -> str:
    """An IRI as the fixtures write it."""
    for prefix, namespace in sorted(PREFIXES.items(), key=lambda pair: -len(pair[1])):
        if term is not None and str(term).startswith(namespace):
            return f"{prefix}:{str(term)[len(namespace) :]}"
    return str(term)


@cache
def failures(path: Path) -> list[Failure]:
    """What the shapes say of a fixture and the shared world."""
    data = Graph().parse(path)
    data += context()
    _, report, _ = validate(data, shacl_graph=shapes(), inference="none", advanced=False)
    assert isinstance(report, Graph)
    found = []
    for result in report.subjects(RDF.type, SH.ValidationResult):
        source = report.value(result, SH.sourceShape)
        assert source is not None
        owner = shapes().value(predicate=SH.property, object=source) or source
        at = report.value(result, SH.resultPath)
        component = report.value(result, SH.sourceConstraintComponent)
        found.append(Failure(short(owner), short(at) if at else "", str(component).removeprefix(str(SH))))
    return found


def announced(path: Path) -> Counter[tuple[str, str]]:
    """What the first lines of a fixture say must fail."""
    lines = path.read_text(encoding="utf-8").splitlines()
    said: Counter[tuple[str, str]] = Counter()
    for line in lines:
        if not line.startswith("# fails:"):
            break
        match = ANNOUNCED.fullmatch(line)
        assert match, f"{path.name}: this line announces nothing that can be read: {line}"
        said[match[1], match[2] or ""] += int(match[3])
    return said


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_exactly_what_is_announced_fails(path: Path) -> None:
    said = announced(path)
    assert bool(said) == path.name.startswith("invalid."), (
        "An invalid fixture announces what fails, a valid one nothing."
    )
    assert Counter((failure.shape, failure.path) for failure in failures(path)) == said


def constraints() -> set[Failure]:
    """Every constraint of every node shape and its property shapes, as the failure it can give."""
    found: set[Failure] = set()
    for node in shapes().subjects(RDF.type, SH.NodeShape):
        for holder in [node, *shapes().objects(node, SH.property)]:
            at = shapes().value(holder, SH.path)
            for key in set(shapes().predicates(holder)) - NO_CONSTRAINT:
                name = str(key).removeprefix(str(SH))
                path = short(at) if at else ""
                found.add(Failure(short(node), path, f"{name[0].upper()}{name[1:]}ConstraintComponent"))
    return found


def test_every_constraint_is_tripped_by_a_fixture() -> None:
    tripped = {
        # A closed shape fails at whatever property it does not know.
        failure._replace(path="") if failure.component == "ClosedConstraintComponent" else failure
        for path in INVALID
        for failure in failures(path)
    }
    assert sorted(constraints() - tripped) == []


def test_every_noun_of_a_shape_has_a_valid_fixture() -> None:
    classes = set(shapes().objects(None, SH.targetClass))
    shown = {
        kind
        for path in FIXTURES
        if path.name.startswith("valid.")
        for kind in Graph().parse(path).objects(None, RDF.type)
    }
    above = {wide for kind in shown for wide in context().transitive_objects(kind, RDFS.subClassOf)}
    assert sorted(short(kind) for kind in classes - above) == []


def test_shapes_use_no_undefined_term() -> None:
    """SHACL's own words are closed (``sh:dataType`` would constrain nothing), and so are ours."""
    for term in {term for triple in shapes() for term in triple if isinstance(term, URIRef)}:
        if term.startswith(str(SH)):
            assert term in SH, f"{term} is not a term of SHACL."
        elif term.startswith(ONTOLOGY + "#"):
            assert term in WSIS, f"{term} is not a term of our ontology."


def test_shapes_are_shacl_core_with_messages_for_people() -> None:
    assert not set(shapes().predicates()) & {SH.sparql, SH.js, SH.rule, SH.target, SH.expression}
    nodes = set(shapes().subjects(RDF.type, SH.NodeShape))
    holders = {prop for node in nodes for prop in shapes().objects(node, SH.property)}
    holders |= {node for node in nodes if (node, SH.closed, None) in shapes() or (node, SH["or"], None) in shapes()}
    for holder in holders:
        messages = [str(message) for message in shapes().objects(holder, SH.message)]
        where = short(shapes().value(holder, SH.path) or holder)
        assert len(messages) == 1, f"One message for {where}."
        assert re.fullmatch(r"[A-Z].+[.] .+[.]", messages[0]), (
            f"What is wrong, and what to do, for {where}: {messages[0]}"
        )


def test_a_shape_that_ignores_properties_is_closed() -> None:
    """A list of ignored properties without ``sh:closed true`` would do nothing."""
    for node, ignored in shapes().subject_objects(SH.ignoredProperties):
        keys = list(Collection(shapes(), ignored))
        assert len(keys) == len(set(keys)), f"{short(node)} ignores a property twice."
        assert (node, SH.closed, Literal(True)) in shapes()
