"""Linked data over a real socket: every IRI leads to its document, and the document says what it should in every format."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from whole_site import BROWSER

from wsis_kg.engine.formats import DOCUMENT_FORMATS
from wsis_kg.names import BASE, NOUNS, ONTOLOGY, PREFIXES
from wsis_kg.views.register import ID, SHOWN_WITH_PASSAGE

DOC = BASE + "doc/"
SUFFIXES = {"ttl": "text/turtle", "jsonld": "application/ld+json", "rdf": "application/rdf+xml", "nt": "application/n-triples", "trig": "application/trig"}
READ = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/trig": ox.RdfFormat.TRIG,
}
EXAMPLES = [
    "body/cstd",
    "constituency/action-line-facilitators",
    "document/A-RES-80-173",
    "document/GDC",
    "passage/A-RES-80-173-67",
    "passage/desa-table-67",
    "mandate/A-RES-80-173-67-invite",
    "line/A-RES-80-173-122-cstd",
    "figure/A-RES-80-173-20-4g",
    "session/cstd-30",
    "event/wsis",
    "output/joint-road-map",
    "role/asked",
    "action-line/C10",
    "scheme/role",
]


@pytest.fixture(scope="module")
def iris(real_store: ox.Store) -> list[str]:
    """Every IRI of ours that is the subject of a statement."""
    subjects = {quad.subject.value for quad in real_store if isinstance(quad.subject, ox.NamedNode)}
    return sorted(iri for iri in subjects if iri.startswith(ID))


@pytest.fixture(scope="module")
def http(real_site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real_site, timeout=60) as client:
        yield client


def get(http: httpx.Client, path: str, accept: str = "*/*", **headers: str) -> httpx.Response:
    return http.get(path, headers={"Accept": accept, **headers})


def triples(answer: httpx.Response) -> set[ox.Triple]:
    assert answer.status_code == 200, answer.text
    media_type = answer.headers["Content-Type"].partition(";")[0]
    return {quad.triple for quad in ox.parse(answer.content, format=READ[media_type])}


def test_every_iri_of_the_graph_leads_in_one_step_to_a_document_that_is_there(http: httpx.Client, iris: list[str]) -> None:
    assert len(iris) > 3000
    nouns = {iri.removeprefix(ID).partition("/")[0] for iri in iris}
    assert nouns <= set(NOUNS)
    documents = set()
    for iri in iris:
        answer = get(http, iri.removeprefix(BASE[:-1]))
        assert answer.status_code == 303, iri
        documents.add(answer.headers["Location"].partition("#")[0])
    own = {iri for iri in iris if iri.removeprefix(ID).partition("/")[0] not in SHOWN_WITH_PASSAGE}
    assert documents == {f"/doc/{iri.removeprefix(ID)}" for iri in own}


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_document_says_the_same_in_every_format_and_has_the_thing_as_a_subject(http: httpx.Client, example: str) -> None:
    said = {}
    for suffix, media_type in SUFFIXES.items():
        fixed = get(http, f"/doc/{example}.{suffix}", "text/html")
        assert fixed.headers["Content-Type"].partition(";")[0] == media_type
        said[suffix] = triples(fixed)
        negotiated = get(http, f"/doc/{example}", media_type)
        assert triples(negotiated) == said[suffix]
        assert negotiated.headers["Content-Location"] == f"/doc/{example}.{suffix}"
        assert "accept" in negotiated.headers["Vary"].lower()
    assert len({frozenset(one) for one in said.values()}) == 1
    assert any(triple.subject == ox.NamedNode(ID + example) for triple in said["ttl"])
    about = {triple.predicate.value: triple.object for triple in said["ttl"] if triple.subject == ox.NamedNode(DOC + example)}
    assert about[PREFIXES["foaf"] + "primaryTopic"] == ox.NamedNode(ID + example)
    assert about[PREFIXES["dcterms"] + "license"] == ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")
    assert PREFIXES["prov"] + "wasDerivedFrom" in about
    assert PREFIXES["owl"] + "versionInfo" in about


def test_trig_keeps_what_is_inferred_apart(http: httpx.Client) -> None:
    quads = list(ox.parse(get(http, "/doc/body/cstd.trig").content, format=ox.RdfFormat.TRIG))
    reports = [quad for quad in quads if quad.predicate.value == f"{ONTOLOGY}#reportsTo" and quad.subject.value == ID + "body/cstd"]
    assert reports
    assert {quad.graph_name for quad in reports} == {ox.NamedNode(BASE + "graph/inferred")}


def test_what_is_sent_says_all_outgoing_and_incoming_statements_of_the_thing(http: httpx.Client, real_store: ox.Store) -> None:
    this = ox.NamedNode(ID + "body/ungis")
    said = triples(get(http, "/doc/body/ungis.nt"))
    there = {quad.triple for quad in (*real_store.quads_for_pattern(this, None, None), *real_store.quads_for_pattern(None, None, this))}
    assert there <= said
    labels = {triple.subject for triple in said if triple.predicate.value == PREFIXES["skos"] + "prefLabel"}
    assert ox.NamedNode(ID + "body/cstd") in labels


def test_a_claim_without_a_page_stands_on_that_of_its_passage_in_all_formats(http: httpx.Client) -> None:
    answer = get(http, "/id/task/A-RES-80-173-122-prepare")
    assert answer.headers["Location"] == "/doc/passage/A-RES-80-173-122#task-A-RES-80-173-122-prepare"
    page = get(http, "/doc/passage/A-RES-80-173-122", BROWSER)
    assert 'id="task-A-RES-80-173-122-prepare"' in page.text
    subjects = {triple.subject for triple in triples(get(http, "/doc/passage/A-RES-80-173-122", "text/turtle"))}
    assert ox.NamedNode(ID + "task/A-RES-80-173-122-prepare") in subjects
    straight = get(http, "/doc/task/A-RES-80-173-122-prepare.ttl")
    assert straight.status_code == 303
    assert straight.headers["Location"].startswith("/doc/passage/A-RES-80-173-122.ttl")


def test_every_fragment_to_which_an_iri_leads_is_on_the_page(http: httpx.Client, iris: list[str]) -> None:
    wanted: dict[str, set[str]] = {}
    for iri in iris:
        if iri.removeprefix(ID).partition("/")[0] in SHOWN_WITH_PASSAGE:
            path, _, place = get(http, iri.removeprefix(BASE[:-1])).headers["Location"].partition("#")
            wanted.setdefault(path, set()).add(place)
    assert len(wanted) > 200
    missing = []
    for path, places in wanted.items():
        text = get(http, path, BROWSER).text
        missing += [f"{path}#{place}" for place in places if f'id="{place}"' not in text]
    assert missing == [], f"{len(missing)} missing: {missing[:90]}"


def test_a_page_names_a_thing_its_source_its_licence_its_version_its_query_and_its_other_forms(http: httpx.Client) -> None:
    page = get(http, "/doc/body/cstd", BROWSER)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    text = page.text
    assert "<h1>Commission on Science and Technology for Development" in text
    for there in ("cstd.ttl", "cstd.jsonld", "cstd.rdf", "cstd.nt", "cstd.trig", "CC BY 4.0", "0.1.0-site", "SELECT ?g ?s ?p ?o", ID + "body/cstd"):
        assert there in text, there
    assert '<span class="inferred">inferred</span>' in text
    assert '<span class="kind">asserted</span>' in text


def test_links_on_pages_lead_somewhere(http: httpx.Client) -> None:
    seen: set[str] = set()
    for start in ("/", *(f"/doc/{example}" for example in EXAMPLES), "/ontology", "/shapes", "/quality", "/differences", "/doc/body"):
        text = get(http, start, BROWSER).text
        ids = set(re.findall(r'\bid="([^"]*)"', text))
        for link in re.findall(r'href="([^"]*)"', text):
            if link.startswith(("http://", "https://", "mailto:")):
                continue
            path, _, place = str(httpx.URL(f"http://x{start}").join(link.replace("&amp;", "&"))).removeprefix("http://x").partition("#")
            if path == start:
                assert not place or place in ids or place in ("main", "rules"), f"{start}: #{place}"
            seen.add(path)
    for path in sorted(seen):
        if re.fullmatch(r"/doc/[a-z-]+/[^/?.]+", path):
            # The page of a thing: that each is there is tested above, and that links lead to one in test_export.py.
            continue
        status = get(http, path, BROWSER).status_code
        # The latest files are elsewhere with each version.
        assert status in ((302,) if path.startswith("/dumps/latest/") else (200, 303)), f"{path}: {status}"


def test_link_headers_sign_the_post(http: httpx.Client) -> None:
    link = get(http, "/doc/body/cstd", "text/turtle").headers["Link"]
    for relation in ("cite-as", "license", "describedby", "canonical", "alternate"):
        assert f'rel="{relation}"' in link
    assert f"<{ID}body/cstd>; rel=\"cite-as\"" in link
    for one in DOCUMENT_FORMATS:
        assert f'type="{one.media_type}"' in link


def test_a_tag_spares_the_second_answer_and_differs_by_format(http: httpx.Client) -> None:
    turtle = get(http, "/doc/body/cstd", "text/turtle").headers["ETag"]
    page = get(http, "/doc/body/cstd", BROWSER).headers["ETag"]
    assert turtle != page
    again = get(http, "/doc/body/cstd", "text/turtle", **{"If-None-Match": turtle})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == turtle


@pytest.mark.parametrize("path", ["/doc/body/cstd", "/id/body/cstd", "/doc/body/cstd.ttl", "/ontology", "/shapes", "/search?q=tide", "/", "/quality", "/differences", "/robots.txt", "/sitemap.xml", "/opensearch.xml"])
def test_head_says_what_get_says(http: httpx.Client, path: str) -> None:
    head, full = http.head(path), http.get(path)
    assert head.status_code == full.status_code
    assert head.content == b""
    for name in ("Content-Type", "Location", "ETag", "Link"):
        assert head.headers.get(name) == full.headers.get(name)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/id/body/cstdd", 404, "cstd"),
        ("/doc/body/CSTD", 404, "cstd"),
        ("/doc/tribe/cstd", 404, "no kind of thing"),
        ("/doc/body/..%2F..%2Fetc%2Fpasswd", 404, ""),
        ("/doc/body/cstd%0D%0ASet-Cookie:%20a=b", 404, ""),
        ("/doc/body/%3Cscript%3Ealert(1)%3C/script%3E", 404, ""),
        ("/doc/body/cstd?format=%3Cscript%3E", 200, ""),
        ("/doc/body/" + "x" * 5000, 404, "as long as that"),
        ("/doc/body/cstd.exe", 404, ""),
        ("/doc/body/%00", 404, ""),
        ("/ontology/99.0", 404, "0.1.0"),
        ("/doc/body/cstd.ttl.html", 404, ""),
    ],
)
def test_what_is_not_there_is_404_with_a_sentence_and_near_matches(http: httpx.Client, path: str, status: int, said: str) -> None:
    page = get(http, path, BROWSER)
    assert page.status_code == status
    assert said in page.text
    assert "<script>alert" not in page.text
    assert "Set-Cookie" not in page.headers
    if status == 404:
        told = get(http, path, "application/json")
        assert told.headers["Content-Type"] == "application/problem+json"
        assert told.json()["detail"]


def test_what_no_format_fits_is_406_with_the_list(http: httpx.Client) -> None:
    answer = get(http, "/doc/body/cstd", "image/png")
    assert answer.status_code == 406
    assert "text/turtle" in answer.text and "application/trig" in answer.text


def test_the_namespace_of_a_noun_leads_to_the_list(http: httpx.Client) -> None:
    for noun in ("body", "mention"):
        there = http.get(f"/id/{noun}", headers={"Accept": BROWSER})
        assert there.status_code == 303 and there.headers["location"] == f"/doc/{noun}"
        assert get(http, f"/doc/{noun}", BROWSER).status_code == 200


def test_no_address_leads_round_in_circles(http: httpx.Client) -> None:
    """What people shorten or add to an address leads somewhere in a step or two."""
    paths = ["/doc", "/doc/", "/id", "/id/", "/doc/body/", "/id/body/", "/ontology/", "/shapes/", "/quality/", "/search/"]
    for path in [*paths, "/sparql/", "/sparql/?query=ASK%7B%7D", "/favicon.ico", "/version", "/problem/", "/dumps"]:
        answer = get(http, path, BROWSER)
        steps = 0
        while answer.is_redirect:
            steps += 1
            assert steps <= 2, path
            answer = get(http, str(httpx.URL(str(answer.url)).join(answer.headers["location"])), BROWSER)
        assert answer.status_code == 200, path
        if "html" in answer.headers["content-type"]:
            style = re.search(r'rel="stylesheet" href="([^"]*)"', answer.text)
            assert style and get(http, str(answer.url.join(style[1])), "*/*").status_code == 200, path


def test_a_list_has_its_names_in_the_order_of_their_numbers(http: httpx.Client) -> None:
    text = get(http, "/doc/mandate", BROWSER).text
    numbers = [int(number) for number in re.findall(r"A/RES/80/173, ¶(\d+)<", text)]
    assert len(set(numbers)) > 20 and numbers == sorted(numbers)
    text = get(http, "/doc/document", BROWSER).text
    assert text.index("document/A-RES-80-173") < text.index("not read yet")


def test_a_trailing_slash_leads_to_the_address_without(http: httpx.Client) -> None:
    for path in ("/doc/body/cstd/", "/id/body/cstd/", "/doc/body/"):
        answer = get(http, path, BROWSER)
        assert answer.status_code == 301, path
        assert answer.headers["Location"] == path.rstrip("/")


def test_pages_may_load_nothing_from_elsewhere_and_run_no_script_of_their_own(http: httpx.Client) -> None:
    page = get(http, "/doc/body/cstd", BROWSER)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for loaded in re.findall(r'<(?:script|img|iframe|link rel="stylesheet")[^>]*(?:src|href)="([^"]*)"', page.text):
        assert not loaded.startswith(("http:", "https:", "//"))
    assert re.findall(r"<script(?![^>]*(?:src=|ld\+json))", page.text) == []
    assert " style=" not in page.text and " onclick=" not in page.text


def test_terms_of_the_vocabulary_and_shapes_have_their_place(http: httpx.Client, real_store: ox.Store) -> None:
    ontology, shapes = get(http, "/ontology", BROWSER).text, get(http, "/shapes", BROWSER).text
    terms = {quad.subject.value for quad in real_store.quads_for_pattern(None, ox.NamedNode(PREFIXES["rdfs"] + "isDefinedBy"), None)}
    assert len(terms) > 140
    for term in terms:
        assert f'id="{term.rpartition("#")[2]}"' in ontology, term
    graph = rdflib.Graph().parse(data=get(http, "/shapes", "text/turtle").text, format="turtle")
    node_shapes = set(graph.subjects(rdflib.RDF.type, rdflib.SH.NodeShape))
    assert len(node_shapes) > 40
    for shape in node_shapes:
        assert f'id="{str(shape).rpartition("#")[2]}"' in shapes, shape


@pytest.mark.parametrize("path", ["/ontology", "/ontology/0.1.0", "/shapes"])
def test_vocabulary_and_shapes_say_the_same_in_every_format(http: httpx.Client, path: str) -> None:
    counts = {media_type: len(triples(get(http, path, media_type))) for media_type in ("text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples")}
    assert len(set(counts.values())) == 1, counts
    assert min(counts.values()) > 500
