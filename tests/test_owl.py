"""The ontology in OWL 2 DL by the OWL API's profile checker, and consistent with all data under HermiT.

Both read a copy in which dates are strings: ``xsd:date`` is no OWL 2 datatype, and HermiT refuses it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from wsis_kg.vocabulary import WSIS
from wsis_kg.workshop.dataset import load
from wsis_kg.workshop.inputs import Inputs

XSD = "http://www.w3.org/2001/XMLSchema#"
NOT_IN_OWL = {XSD + name for name in ("date", "gYear", "gYearMonth")}
JAVA_FOLDERS = ("/usr/share/maven-repo", "/usr/share/java")

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="Java is not installed: apt-get install default-jre-headless"
)


def dates_as_strings(triples: Iterable[ox.Triple]) -> set[ox.Triple]:
    """The triples with each date, year and month as a plain string."""
    return {
        ox.Triple(t.subject, t.predicate, ox.Literal(t.object.value))
        if isinstance(t.object, ox.Literal) and t.object.datatype.value in NOT_IN_OWL
        else t
        for t in triples
    }


@pytest.fixture(scope="module")
def everything() -> set[ox.Triple]:
    """Ontology and data, dates as strings."""
    return dates_as_strings(ox.Triple(q.subject, q.predicate, q.object) for q in load(Inputs.packaged()))


def reason(triples: Iterable[ox.Triple], folder: Path) -> list[Any]:
    """The unsatisfiable classes under HermiT; raises owlready2's inconsistency error."""
    import owlready2

    path = folder / "all.nt"
    path.write_bytes(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"")
    world = owlready2.World()
    ontology = world.get_ontology(path.as_uri()).load()
    with ontology:
        owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    return list(world.inconsistent_classes())


@needs_java
def test_hermit_finds_all_data_consistent_and_no_class_unsatisfiable(
    everything: set[ox.Triple], tmp_path: Path
) -> None:
    assert reason(everything, tmp_path) == []


@needs_java
def test_hermit_would_notice_a_body_that_is_a_constituency(everything: set[ox.Triple], tmp_path: Path) -> None:
    import owlready2

    rdf_type = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    body = next(t.subject for t in everything if t.object == ox.NamedNode(str(WSIS.Body)) and t.predicate == rdf_type)
    wrong = ox.Triple(body, rdf_type, ox.NamedNode(str(WSIS.Constituency)))
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        reason(everything | {wrong}, tmp_path)


def profile_violations(turtle: bytes) -> list[str]:
    """What the OWL API's OWL 2 DL profile checker says of an ontology in Turtle."""
    import jpype

    if not jpype.isJVMStarted():
        jpype.startJVM(classpath=_jars())
    manager = jpype.JClass("org.semanticweb.owlapi.apibinding.OWLManager").createOWLOntologyManager()
    source = jpype.JClass("org.semanticweb.owlapi.io.StringDocumentSource")(turtle.decode())
    ontology = manager.loadOntologyFromOntologyDocument(source)
    report = jpype.JClass("org.semanticweb.owlapi.profiles.OWL2DLProfile")().checkOntology(ontology)
    return [str(violation) for violation in report.getViolations()]


def _jars() -> list[str]:
    return sorted({str(jar) for folder in JAVA_FOLDERS for jar in Path(folder).rglob("*.jar")})


needs_owlapi = pytest.mark.skipif(
    not any("owlapi-distribution" in jar for jar in _jars()),
    reason="The OWL API is not installed: apt-get install libowlapi-java",
)


@needs_java
@needs_owlapi
def test_the_ontology_is_in_owl_2_dl() -> None:
    turtle = (Inputs.packaged().ontology / "wsis.ttl").read_bytes()
    triples = dates_as_strings(ox.parse(turtle, format=ox.RdfFormat.TURTLE))
    assert profile_violations(ox.serialize(triples, format=ox.RdfFormat.TURTLE) or b"") == []


@needs_java
@needs_owlapi
def test_the_ontology_with_all_data_is_in_owl_2_dl(everything: set[ox.Triple]) -> None:
    assert profile_violations(ox.serialize(everything, format=ox.RdfFormat.TURTLE) or b"") == []


@needs_java
@needs_owlapi
def test_the_profile_checker_would_notice_an_undeclared_property() -> None:
    turtle = (
        (Inputs.packaged().ontology / "wsis.ttl").read_bytes()
        + b"\n:Passage rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :nowhere ; owl:someValuesFrom :Document ] .\n"
    )
    triples = dates_as_strings(ox.parse(turtle, format=ox.RdfFormat.TURTLE))
    assert any(
        "nowhere" in violation
        for violation in profile_violations(ox.serialize(triples, format=ox.RdfFormat.TURTLE) or b"")
    )
