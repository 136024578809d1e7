"""What a build says of itself: VoID, prefixes and examples, as editors ask for them in the default graph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from harbour import serving, write_build
from whole_site import BROWSER

from wsis_kg.engine.formats import TURTLE
from wsis_kg.engine.limits import Limits
from wsis_kg.engine.wire import Edition
from wsis_kg.names import BASE, DESCRIPTION, EXAMPLES, ONTOLOGY, PREFIXES, VOID
from wsis_kg.views.questions import read_questions
from wsis_kg.web.description import describe
from wsis_kg.workshop.build import build
from wsis_kg.workshop.dataset import lines_of, load
from wsis_kg.workshop.description import add_description
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.problems import WorkshopError
from wsis_kg.workshop.rules import infer

# The three queries of the SIB editor (sib-swiss/sparql-editor), in our words.
PARTITIONS = """PREFIX void: <http://rdfs.org/ns/void#> PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?subject ?property ?object ?datatype {
  { ?part void:class ?subject ; void:propertyPartition ?inner . ?inner void:property ?property .
    OPTIONAL { { ?inner void:classPartition [ void:class ?object ] }
      UNION { ?inner void-ext:datatypePartition [ void-ext:datatype ?datatype ] } } }
  UNION { ?links void:linkPredicate ?property ; void:subjectsTarget [ void:class ?subject ] ;
    void:objectsTarget [ void:class ?object ] }
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
def store(invented: Inputs) -> ox.Store:
    """The invented world, inferred and described."""
    store = load(invented)
    infer(store, invented)
    add_description(store, invented, "0.1.0-world")
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


def test_an_editor_finds_examples_and_prefixes(store: ox.Store, invented: Inputs) -> None:
    questions = read_questions(invented.queries)
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


def test_a_described_dataset_is_not_described_twice(store: ox.Store, invented: Inputs) -> None:
    with pytest.raises(WorkshopError, match="has the name of the graph"):
        add_description(store, invented, "0.1.0-again")


def test_a_question_that_cannot_be_an_example_is_named(invented: Inputs, tmp_path: Path) -> None:
    (tmp_path / "odd.rq").write_text("#+ question: What?\nSELECT * {}", encoding="utf-8")
    odd = Inputs(invented.ontology, invented.data, invented.shapes, tmp_path)
    with pytest.raises(WorkshopError, match=r"queries/odd\.rq"):
        add_description(ox.Store(), odd, "0.1.0-odd")


def test_links_to_other_datasets_are_counted(invented: Inputs) -> None:
    """A linkset only where there are links: by property and namespace, each triple of all graphs once."""
    statements = """PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
      PREFIX body: <https://w3id.org/wsis-kg/id/body/> PREFIX w: <http://harbour.example/entity/>
      PREFIX dcterms: <http://purl.org/dc/terms/>
      INSERT DATA { GRAPH <http://harbour.example/a> { body:board owl:sameAs w:Q1 ; skos:closeMatch w:Q2 ; a w:Thing .
                      body:ports owl:sameAs w:Q3 ; dcterms:source <http://tide.example/table#7> , body:board }
                    GRAPH <http://harbour.example/b> { body:board owl:sameAs w:Q1 . w:Q1 owl:sameAs w:Q4 } }"""
    store = ox.Store()
    store.update(statements)
    add_description(store, invented, "0.1.0-linked")
    linksets = """PREFIX void: <http://rdfs.org/ns/void#> SELECT ?p ?space ?n {
      ?links a void:Linkset ; void:linkPredicate ?p ; void:triples ?n ; void:subjectsTarget ?ours ;
        void:objectsTarget [ a void:Dataset ; void:uriSpace ?space ] . ?ours void:subset ?links ; void:triples ?all }"""
    assert rows(store, linksets) == [
        (PREFIXES["dcterms"] + "source", "http://tide.example/table#", "1"),
        (PREFIXES["owl"] + "sameAs", "http://harbour.example/entity/", "2"),
        (PREFIXES["skos"] + "closeMatch", "http://harbour.example/entity/", "1"),
    ]
    unlinked = ox.Store()
    unlinked.update(
        f"INSERT DATA {{ GRAPH <http://harbour.example/a> {{ <{BASE}id/body/a> a <{PREFIXES['']}Body> }} }}"
    )
    add_description(unlinked, invented, "0.1.0-alone")
    assert rows(unlinked, linksets) == []


def test_the_real_links_are_counted(real_store: ox.Store) -> None:
    described = ox.Store()
    described.bulk_extend(real_store)
    add_description(described, Inputs.packaged(), "0.1.0-real")
    found = rows(
        described,
        "PREFIX void: <http://rdfs.org/ns/void#> SELECT ?p (SUM(?n) AS ?all) { ?l void:linkPredicate ?p ; void:triples ?n } GROUP BY ?p",
    )
    expected = rows(
        described,
        f"""PREFIX rdf: <{PREFIXES["rdf"]}> PREFIX rdfs: <{PREFIXES["rdfs"]}> PREFIX dcterms: <{PREFIXES["dcterms"]}>
        SELECT ?p (COUNT(*) AS ?n) {{ {{ SELECT DISTINCT ?s ?p ?o {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(?g != <{DESCRIPTION}>
          && STRSTARTS(STR(?s), "{BASE}") && ISIRI(?o) && !STRSTARTS(STR(?o), "{BASE}")
          && ?p NOT IN (rdf:type, rdf:rest, rdf:first, rdfs:range, rdfs:domain, dcterms:license)) }} }} }} GROUP BY ?p""",
    )
    assert found == expected and found


# Over HTTP

VOID_TERMS = rdflib.Namespace("http://rdfs.org/ns/void#")


@pytest.fixture(scope="module")
def http(store: ox.Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("served")
    write_build(home, quads=b"".join(lines_of(store)).decode())
    with serving(home) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def test_the_well_known_address_leads_to_the_statistics(http: httpx.Client, store: ox.Store) -> None:
    first = http.get("/.well-known/void")
    assert first.status_code == 303 and first.headers["location"] == "/void"
    found = rdflib.Graph().parse(str(http.base_url.join("/.well-known/void")))
    whole = rdflib.URIRef(VOID + "#dataset")
    assert found.value(whole, VOID_TERMS.triples).toPython() == stated(store, VOID + "#dataset", "triples")  # type: ignore[union-attr]
    endpoints = {str(one) for one in found.objects(whole, VOID_TERMS.sparqlEndpoint)}
    assert endpoints == {BASE + "sparql", str(http.base_url.join("/sparql"))}
    assert not [one for one in found.subjects() if str(one).startswith(EXAMPLES)]


def test_what_the_statistics_name_is_there(http: httpx.Client) -> None:
    found = rdflib.Graph().parse(str(http.base_url.join("/void")))
    here = str(http.base_url.join("/"))
    dumps = {
        str(one).removeprefix(here) for one in found.objects(None, VOID_TERMS.dataDump) if str(one).startswith(here)
    }
    assert dumps == {
        str(one)[len(BASE) :] for one in found.objects(None, VOID_TERMS.dataDump) if str(one).startswith(BASE)
    }
    assert len(dumps) > 3
    for dump in dumps:
        answer = http.get("/" + dump)
        assert answer.headers["content-type"] == "application/n-triples"
        graph = rdflib.URIRef(BASE + dump.removesuffix(".nt"))
        count = found.value(graph, VOID_TERMS.triples)
        assert count is not None and answer.text.count("\n") == count.toPython()


@pytest.mark.parametrize(
    ("path", "accept", "content_type"),
    [
        ("/void", "*/*", "text/turtle; charset=utf-8"),
        ("/void", "application/ld+json", "application/ld+json"),
        ("/void", BROWSER, "text/html; charset=utf-8"),
        ("/void.rdf", BROWSER, "application/rdf+xml"),
        ("/void?format=nt", BROWSER, "application/n-triples"),
    ],
)
def test_the_statistics_in_every_format(http: httpx.Client, path: str, accept: str, content_type: str) -> None:
    got, head = (http.request(method, path, headers={"Accept": accept}) for method in ("GET", "HEAD"))
    assert got.status_code == head.status_code == 200
    assert got.headers["content-type"] == head.headers["content-type"] == content_type
    assert got.headers["content-length"] == head.headers["content-length"]
    assert "Accept" in got.headers["vary"] and got.headers["access-control-allow-origin"] == "*"
    again = http.get(path, headers={"Accept": accept, "If-None-Match": got.headers["etag"]})
    assert again.status_code == 304


def test_people_read_what_machines_read(http: httpx.Client) -> None:
    page = http.get("/void", headers={"Accept": BROWSER}).text
    assert "wide" in page and 'href="void.ttl"' in page
    found = rdflib.Graph().parse(data=http.get("/void.nt").text, format="nt")
    whole = rdflib.URIRef(VOID + "#dataset")

    def number(node: rdflib.term.Node, name: str) -> str:
        value = found.value(node, VOID_TERMS[name])
        assert value is not None, (node, name)
        return f"{int(value):,}"

    assert f"{number(whole, 'entities')}, in {number(whole, 'classes')} classes, with {number(whole, 'properties')} properties" in page
    assert f"; {number(whole, 'triples')} without the description" in page
    rows = dict(re.findall(r'<tr id="graph-([^"]+)">(.*?)</tr>', page, re.DOTALL))
    graphs = [name.removeprefix(BASE + "graph/") for name in map(str, found.objects(whole, VOID_TERMS.subset)) if name.startswith(BASE + "graph/")]
    assert set(graphs) <= rows.keys() and len(graphs) > 5
    for name in graphs:
        counts = [number(rdflib.URIRef(f"{BASE}graph/{name}"), of) for of in ("triples", "entities", "classes")] if name != "description" else []
        assert counts == [] or re.findall('class="figure">([0-9,]+)<', rows[name]) == counts, name
    for part in found.objects(whole, VOID_TERMS.classPartition):
        term = str(found.value(part, VOID_TERMS["class"]))
        if term.startswith(ONTOLOGY):
            local = term.partition("#")[2]
            assert f'<a href="ontology#{local}">{local}</a></th><td class="figure">{number(part, "entities")}</td>' in page


def test_a_browser_is_led_from_a_graph_to_what_tells_of_it(http: httpx.Client) -> None:
    for name, place in (("A-RES-99-1", "/doc/document/A-RES-99-1"), ("actors", "/void#graph-actors"), ("inferred", "/void#graph-inferred")):
        answer = http.get(f"/graph/{name}", headers={"Accept": BROWSER})
        assert (answer.status_code, answer.headers["location"]) == (303, place)
        assert "Accept" in answer.headers["vary"]
        page = http.get(place.partition("#")[0], headers={"Accept": BROWSER}).text
        assert not place.partition("#")[2] or f'id="{place.partition("#")[2]}"' in page
    assert http.get("/graph/actors.ttl", headers={"Accept": BROWSER}).headers["content-type"].startswith("text/turtle")


def test_an_example_has_an_address(http: httpx.Client, invented: Inputs) -> None:
    every = rdflib.Graph().parse(str(http.base_url.join("/.well-known/sparql-examples/")))
    names = {str(one).removeprefix(EXAMPLES) for one in every.subjects(rdflib.RDF.type, rdflib.SH.SPARQLExecutable)}
    assert names == set(read_questions(invented.queries))
    for name in names:
        one = rdflib.Graph().parse(str(http.base_url.join(f"/.well-known/sparql-examples/{name}")))
        (text,) = one.objects(rdflib.URIRef(EXAMPLES + name), rdflib.SH.select)
        assert http.post("/sparql", data={"query": str(text)}).status_code == 200
    assert http.get("/.well-known/sparql-examples/unheard-of").status_code == 404
    assert http.get("/.well-known/sparql-examples/a%3E%20%7B").status_code == 404


def test_a_dataset_that_says_nothing_of_itself_is_described_by_its_graphs(tmp_path: Path) -> None:
    write_build(tmp_path)
    with serving(tmp_path) as address:
        found = rdflib.Graph().parse(address + "/void")
        graphs = {str(one) for one in found.objects(rdflib.URIRef(VOID + "#dataset"), VOID_TERMS.subset)}
        assert graphs == {"http://harbour.example/graph/ports", "http://harbour.example/graph/tides"}


@pytest.mark.parametrize("path", ["/void", "/.well-known/void", "/.well-known/sparql-examples/"])
def test_descriptions_are_read_only(http: httpx.Client, path: str) -> None:
    answer = http.put(path, content="x")
    assert answer.status_code == 405 and answer.json()["type"].endswith("/read-only")
    assert http.options(path).headers["allow"] == "GET, HEAD, OPTIONS"
    assert http.get(path + "?a=%zz").status_code == 400


def test_every_limit_in_force_is_told() -> None:
    limits = Limits(timeout_seconds=2.5, most_rows=1000, most_bytes=5_000_000_000)
    edition = Edition('0.1.0-"odd"', (("http://e.example/ü", 3),))
    text = describe(edition, "http://[::1]:8000/sparql", TURTLE, limits, 0.5)
    found = rdflib.Graph().parse(data=text, format="turtle")
    schema = rdflib.Namespace("https://schema.org/")
    told = {
        str(found.value(node, schema.propertyID)): float(found.value(node, schema.maxValue))  # type: ignore[arg-type]
        for node in found.objects(None, schema.additionalProperty)
    }
    assert told["timeout"] == 2.5 and told["rows"] == 1000 and told["bytes"] == 5e9 and told["rate"] == 0.5
    assert rdflib.Literal('0.1.0-"odd"') in set(found.objects())
