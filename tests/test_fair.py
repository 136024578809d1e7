"""ontology/FAIR.md says what is so: it holds every requirement of the lists, each test and address it names is there, and
the checks of FOOPS! that need nobody else are made here by its own rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import DCTERMS, FOAF, OWL, RDF, RDFS, SKOS, VANN
from whole_site import BROWSER

from wsis_kg.holdings import folder
from wsis_kg.names import ONTOLOGY, PREFIXES
from wsis_kg.views.fair import Assessment, read_fair

ROOT = Path(__file__).resolve().parent.parent
PRINCIPLES = ["F1", "F2", "F3", "F4", "A1", "A1.1", "A1.2", "A2", "I1", "I2", "I3", "R1", "R1.1", "R1.2", "R1.3"]
FOOPS = ["CN1", "DOC1", "FIND1", "FIND2", "FIND3", "FIND_3_BIS", "HTTP1", "OM1", "OM2", "OM3", "OM4.1", "OM4.2", "OM5.1", "OM5.2", "PURL1", "RDF1", "URI1", "URI2", "VER1", "VER2", "VOC1", "VOC2", "VOC3", "VOC4"]
"""The catalogue of tests at https://w3id.org/foops/catalogue, in repository oeg-upm/fair_ontologies."""
BIBO = rdflib.Namespace(PREFIXES["bibo"])
VS = rdflib.Namespace(PREFIXES["vs"])
OUR = rdflib.URIRef(ONTOLOGY)


@pytest.fixture(scope="module")
def lists() -> list[Assessment]:
    return read_fair((folder("ontology") / "FAIR.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    return rdflib.Graph().parse(folder("ontology") / "wsis.ttl")


@pytest.fixture(scope="module")
def terms(ontology: rdflib.Graph) -> set[rdflib.term.Node]:
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
    return {
        term for kind in kinds for term in ontology.subjects(RDF.type, kind) if str(term).startswith(ONTOLOGY + "#")
    }


@pytest.fixture(scope="module")
def http(built_world: Path) -> Iterator[httpx.Client]:
    from harbour import serving

    with serving(built_world.parent) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def test_every_principle_and_every_check_has_a_line(lists: list[Assessment]) -> None:
    principles, foops, others = lists
    assert [one.name for one in principles.requirements] == PRINCIPLES
    assert sorted(one.name for one in foops.requirements) == sorted(FOOPS)
    assert len(others.requirements) > 12
    for one in lists:
        assert one.title and one.text and "](" not in one.text


def test_what_is_met_is_shown_and_what_shows_it_is_there(lists: list[Assessment], http: httpx.Client) -> None:
    for one in (requirement for group in lists for requirement in group.requirements):
        assert one.verdict in ("met", "not met", "needs registering")
        assert one.tests or one.paths or one.verdict != "met", one.name
        for test in one.tests:
            file, _, name = test.partition("::")
            assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), test
        for path in one.paths:
            assert http.get(path, follow_redirects=True).status_code == 200, path


def test_the_page_shows_all_of_it_in_the_open(lists: list[Assessment], http: httpx.Client) -> None:
    page = http.get("/quality", headers={"Accept": BROWSER}).text
    for group in lists:
        assert f"<h3>{group.title}</h3>" in page
        for one in group.requirements:
            assert f'<th scope="row">{one.name}</th>' in page
    assert "needs registering" in page and "not met" in page


def test_a_line_without_a_state_is_refused() -> None:
    table = "## A\n\ntext\n\n| N | W | S | B |\n|---|---|---|---|\n| F1 | x | perhaps | — |\n"
    with pytest.raises(ValueError, match="F1"):
        read_fair(table)


def test_foops_identifiers(ontology: rdflib.Graph) -> None:
    """PURL1, HTTP1, URI2, VER1."""
    (iri,) = ontology.subjects(RDF.type, OWL.Ontology)
    assert str(iri) == ONTOLOGY and re.match("https://(w3id|doi|purl)[.]org/", ONTOLOGY)
    (version,) = ontology.objects(iri, OWL.versionIRI)
    assert str(version) != ONTOLOGY and str(version).startswith(ONTOLOGY + "/")


def test_foops_metadata(ontology: rdflib.Graph) -> None:
    """OM1, OM2, OM3 but for DOI and day of issue, OM4.1, OM5.1, FIND1."""
    for properties in (
        (DCTERMS.title, DCTERMS.description, DCTERMS.license, OWL.versionIRI, DCTERMS.creator, VANN.preferredNamespaceUri),
        (VANN.preferredNamespacePrefix, OWL.versionInfo, DCTERMS.created, DCTERMS.bibliographicCitation, DCTERMS.contributor),
        (DCTERMS.publisher, FOAF.logo, BIBO.status, DCTERMS.source, DCTERMS.modified),
    ):
        for one in properties:
            assert (OUR, one, None) in ontology, one
    (licence,) = ontology.objects(OUR, DCTERMS.license)
    assert str(licence) == "https://creativecommons.org/licenses/by/4.0/"
    assert (OUR, BIBO.doi, None) not in ontology, "then it is to be told in FAIR.md"


def test_a_release_has_a_day(ontology: rdflib.Graph) -> None:
    """OM5.2: the day of issue is that of the release in the changelog, and there is none before it."""
    released = re.findall(r"^## \[\d+\.\d+\.\d+\] - (\d{4}-\d{2}-\d{2})", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    issued = [str(day) for day in ontology.objects(OUR, DCTERMS.issued)]
    assert issued == released[:1]
    assert (OUR, OWL.priorVersion, None) not in ontology or len(released) > 1


@pytest.mark.parametrize("accept", ["text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json", "text/html"])
def test_foops_negotiation(http: httpx.Client, accept: str) -> None:
    """CN1, DOC1, RDF1: alone and as the OWL API asks."""
    for header in (accept, f"{accept}, */*;q=0.1"):
        answer = http.get("/ontology", headers={"Accept": header})
        assert answer.status_code == 200 and answer.headers["content-type"].partition(";")[0] == accept


def test_foops_vocabularies_and_terms(ontology: rdflib.Graph, terms: set[rdflib.term.Node]) -> None:
    """VOC1 to VOC4."""
    used = {str(predicate) for predicate in ontology.predicates(OUR)}
    assert any(one.startswith(str(DCTERMS)) for one in used) and any(one.startswith(str(VANN)) for one in used)
    wider = {str(above) for term in terms for above in ontology.objects(term, RDFS.subClassOf)}
    for space in ("prov", "eli", "org", "foaf"):
        assert any(one.startswith(PREFIXES[space]) for one in wider), space
    for term in terms:
        assert any(isinstance(one, rdflib.Literal) and one.language == "en" for one in ontology.objects(term, RDFS.label)), term
        assert any(isinstance(one, rdflib.Literal) and one.language == "en" for one in ontology.objects(term, SKOS.definition)), term


def test_lov_and_widoco(ontology: rdflib.Graph, terms: set[rdflib.term.Node]) -> None:
    for one in (RDFS.label, RDFS.comment, DCTERMS.abstract, DCTERMS.title, DCTERMS.description):
        (value,) = ontology.objects(OUR, one)
        assert isinstance(value, rdflib.Literal) and value.language == "en"
    (prefix,) = ontology.objects(OUR, VANN.preferredNamespacePrefix)
    assert re.fullmatch("[a-z]{2,17}", str(prefix))
    for day in (DCTERMS.created, DCTERMS.modified):
        (value,) = ontology.objects(OUR, day)
        assert isinstance(value, rdflib.Literal) and value.datatype == rdflib.XSD.date
    assert not [one for one in ontology.objects(OUR, DCTERMS.creator) if isinstance(one, rdflib.URIRef)], "then FAIR.md is to say so"
    for term in terms:
        assert list(ontology.objects(term, RDFS.isDefinedBy)) == [OUR], term
        (status,) = ontology.objects(term, VS.term_status)
        assert str(status) in ("unstable", "testing", "stable", "archaic"), term
        assert (term, SKOS.example, None) in ontology, term


def test_the_logo_that_is_named_is_there(ontology: rdflib.Graph, http: httpx.Client) -> None:
    (logo,) = ontology.objects(OUR, FOAF.logo)
    assert http.get("/" + str(logo).rpartition("/")[2]).headers["content-type"] == "image/svg+xml"
    assert ox.NamedNode(str(logo)).value.startswith("https://w3id.org/wsis-kg/")
