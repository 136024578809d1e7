"""What is published about the dataset and the endpoint is so: the service description clause by clause, the catalogue
entry against the files, the start page for search engines, and the words of CITATION.cff.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
import yaml
from harbour import point_to, serving, serving_pool, write_build
from rdflib import RDF, RDFS, SH, Literal, URIRef

from wsis_kg import citation
from wsis_kg.engine.limits import Limits
from wsis_kg.names import BASE, DESCRIPTION, EXAMPLES, GRAPH, ONTOLOGY, PREFIXES, VOID
from wsis_kg.views.questions import read_questions
from wsis_kg.web.dump_files import DumpFile
from wsis_kg.web.home import dataset_entry
from wsis_kg.web.page import Pages
from wsis_kg.workshop.inputs import Inputs

HERE = Path(__file__).resolve().parent
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID_TERMS = rdflib.Namespace("http://rdfs.org/ns/void#")
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
SCHEMA = rdflib.Namespace("https://schema.org/")
DCTERMS = rdflib.DCTERMS
FORMATS = "http://www.w3.org/ns/formats/"
DATASET = URIRef(VOID + "#dataset")

# Media types, and whether of graphs, by the names that the W3C gives to formats.
MEDIA_TYPES = {
    "SPARQL_Results_JSON": ("application/sparql-results+json", False),
    "SPARQL_Results_XML": ("application/sparql-results+xml", False),
    "SPARQL_Results_CSV": ("text/csv", False),
    "SPARQL_Results_TSV": ("text/tab-separated-values", False),
    "Turtle": ("text/turtle", True),
    "JSON-LD": ("application/ld+json", True),
    "RDF_XML": ("application/rdf+xml", True),
    "N-Triples": ("application/n-triples", True),
    "N-Quads": ("application/n-quads", True),
    "TriG": ("application/trig", True),
    "N3": ("text/n3", True),
}


@pytest.fixture(scope="module")
def http(built_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("published")
    shutil.copytree(built_world, home / built_world.name)
    point_to(home, built_world.name)
    with serving(home) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def described(http: httpx.Client, path: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=http.get(path, headers={"Accept": "text/turtle"}).text, format="turtle")


@pytest.fixture(scope="module")
def service(http: httpx.Client) -> rdflib.Graph:
    """The service description."""
    return described(http, "/sparql")


@pytest.fixture(scope="module")
def entry(http: httpx.Client) -> rdflib.Graph:
    """The document at /void."""
    return described(http, "/void")


@pytest.fixture(scope="module")
def endpoint(http: httpx.Client) -> URIRef:
    return URIRef(str(http.base_url.join("/sparql")))


def ask(http: httpx.Client, query: str, accept: str = "application/sparql-results+json") -> httpx.Response:
    return http.post("/sparql", data={"query": query}, headers={"Accept": accept})


def number(http: httpx.Client, query: str) -> int:
    (binding,) = ask(http, query).json()["results"]["bindings"]
    return int(binding["n"]["value"])


# The service description


def test_it_is_the_same_by_get_head_and_options(http: httpx.Client, service: rdflib.Graph) -> None:
    for accept in ("text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples"):
        got, head, options = (
            http.request(m, "/sparql", headers={"Accept": accept, "Accept-Encoding": "identity"})
            for m in ("GET", "HEAD", "OPTIONS")
        )
        assert {answer.status_code for answer in (got, head, options)} == {200}
        assert {answer.headers["content-type"].split(";")[0] for answer in (got, head, options)} == {accept}
        assert {answer.headers["content-length"] for answer in (got, head)} == {str(len(got.content))}
        assert head.content == b"" and options.content == got.content and "QUERY" in options.headers["allow"]
        form = {"application/ld+json": "json-ld", "application/rdf+xml": "xml", "application/n-triples": "nt"}
        read = rdflib.Graph().parse(data=got.content, format=form.get(accept, "turtle"))
        assert set(read) == set(service)
    assert http.options("/sparql", headers={"Access-Control-Request-Method": "POST"}).status_code == 204


def test_it_names_one_service_at_the_address_that_was_asked(service: rdflib.Graph, endpoint: URIRef) -> None:
    assert list(service.subjects(RDF.type, SD.Service)) == [endpoint]
    assert list(service.objects(endpoint, SD.endpoint)) == [endpoint]


def test_it_claims_the_languages_that_are_answered_and_no_updates(
    http: httpx.Client, service: rdflib.Graph, endpoint: URIRef
) -> None:
    assert set(service.objects(endpoint, SD.supportedLanguage)) == {SD.SPARQL10Query, SD.SPARQL11Query}
    assert ask(http, "ASK { OPTIONAL { ?s ?p ?o FILTER(isIRI(?o)) } }").status_code == 200
    eleven = (
        "SELECT (COUNT(*) AS ?n) { VALUES ?x { 1 } MINUS { ?x a/^a* ?y } BIND(IF(EXISTS { ?x ?p ?y }, 1, 2) AS ?z) }"
    )
    assert ask(http, eleven).status_code == 200
    assert http.post("/sparql", data={"update": "CLEAR ALL"}).status_code == 403


def test_it_claims_the_features_that_are_so(http: httpx.Client, service: rdflib.Graph, endpoint: URIRef) -> None:
    assert set(service.objects(endpoint, SD.feature)) == {SD.UnionDefaultGraph}
    union = number(http, "SELECT (COUNT(*) AS ?n) { { SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } } }")
    assert union == number(http, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    # What is not claimed: federation, fetching, empty graphs.
    assert ask(http, f"ASK {{ SERVICE <{endpoint}> {{ }} }}").status_code == 403
    assert number(http, f"SELECT (COUNT(*) AS ?n) FROM <{http.base_url.join('/graph/wsis')}> {{ ?s ?p ?o }}") == 0
    assert ask(http, "ASK { GRAPH <http://e.example/none> {} }").json()["boolean"] is False


def test_it_claims_simple_entailment_and_nothing_is_entailed(
    http: httpx.Client, service: rdflib.Graph, endpoint: URIRef
) -> None:
    assert list(service.objects(endpoint, SD.defaultEntailmentRegime)) == [
        URIRef("http://www.w3.org/ns/entailment/Simple")
    ]
    # Under RDF entailment every predicate is a property.
    assert (
        ask(http, "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> ASK { ?p a rdf:Property }").json()[
            "boolean"
        ]
        is False
    )


def test_every_result_format_that_it_claims_is_sent_and_no_other(
    http: httpx.Client, service: rdflib.Graph, endpoint: URIRef
) -> None:
    claimed = {str(one).removeprefix(FORMATS) for one in service.objects(endpoint, SD.resultFormat)}
    graph, rows = "CONSTRUCT { ?s a ?o } WHERE { ?s a ?o } LIMIT 3", "SELECT ?s ?o { ?s a ?o } LIMIT 3"
    assert claimed
    for name, (media_type, is_graph) in MEDIA_TYPES.items():
        answer = ask(http, graph if is_graph else rows, media_type)
        assert (answer.status_code == 200) == (name in claimed), name
        if name not in claimed:
            assert answer.status_code == 406
            continue
        assert answer.headers["content-type"].split(";")[0] == media_type
        if is_graph:
            (form,) = (f for f in (ox.RdfFormat.from_media_type(media_type),) if f is not None)
            assert len(list(ox.parse(answer.content, format=form))) == 3
        elif name != "SPARQL_Results_CSV":
            parsed = ox.parse_query_results(answer.content, format=ox.QueryResultsFormat.from_media_type(media_type))
            assert len(list(parsed)) == 3  # type: ignore[arg-type]
        else:
            assert answer.text.count("\r\n") == 4
    assert claimed <= set(MEDIA_TYPES)


GEO = "http://www.opengis.net/def/function/geosparql/"
SQUARE, POINT, CORNER = (
    f'"{shape}"^^<http://www.opengis.net/ont/geosparql#wktLiteral>'
    for shape in ("POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))", "POINT(1 1)", "POLYGON((1 1, 3 1, 3 3, 1 3, 1 1))")
)
METRE, SQUARE_METRE = (f"<http://www.opengis.net/def/uom/OGC/1.0/{unit}>" for unit in ("metre", "square_metre"))
ARGUMENTS = {
    **dict.fromkeys(("difference", "intersection", "symDifference", "union"), (SQUARE, CORNER)),
    **dict.fromkeys(("length", "perimeter"), (SQUARE, METRE)),
    "area": (SQUARE, SQUARE_METRE),
    "distance": (POINT, POINT, METRE),
    "relate": (SQUARE, POINT, '"T*****FF*"'),
    **dict.fromkeys(
        (
            *("asGeoJSON", "centroid", "convexHull", "coordinateDimension", "dimension", "envelope", "getSRID"),
            *("isEmpty", "isSimple", "spatialDimension"),
        ),
        (SQUARE,),
    ),
}


def test_every_extension_function_that_it_claims_gives_a_value(
    http: httpx.Client, service: rdflib.Graph, endpoint: URIRef
) -> None:
    claimed = {str(one) for one in service.objects(endpoint, SD.extensionFunction)}
    assert claimed == {str(one) for one in service.subjects(RDF.type, SD.Function)} and len(claimed) > 30
    silent = []
    for function in claimed:
        arguments = ARGUMENTS.get(function.removeprefix(GEO), (SQUARE, POINT))
        answer = ask(http, f"SELECT (<{function}>({', '.join(arguments)}) AS ?value) {{}}")
        if answer.status_code != 200 or "value" not in answer.json()["results"]["bindings"][0]:
            silent.append(function)
    assert silent == []


def test_a_function_that_it_does_not_claim_is_unknown(http: httpx.Client, service: rdflib.Graph) -> None:
    """Those of GeoSPARQL 1.1 that the engine lacks, and invented ones."""
    missing = (
        *("asDGGS", "asGML", "asKML", "asWKT", "boundary", "boundingCircle", "buffer", "concaveHull", "geometryN"),
        *("geometryType", "is3D", "isMeasured", "maxX", "metricArea", "metricDistance", "minX", "numGeometries"),
        *("transform", "aggUnion", "nearest"),
    )
    for name in missing:
        assert (URIRef(GEO + name), RDF.type, SD.Function) not in service
        answer = ask(http, f"SELECT (<{GEO}{name}>({SQUARE}) AS ?value) {{}}")
        assert answer.status_code == 400 and answer.json()["type"].endswith("/unknown-function")


def test_its_graphs_and_their_sizes_are_those_that_are_there(
    http: httpx.Client, service: rdflib.Graph, endpoint: URIRef
) -> None:
    (dataset,) = service.objects(endpoint, SD.defaultDataset)
    assert set(service.objects(endpoint, SD.availableGraphs)) == {dataset}
    (default,) = service.objects(dataset, SD.defaultGraph)
    assert int(service.value(default, VOID_TERMS.triples)) == number(http, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")  # type: ignore[arg-type]
    told = {}
    for node in service.objects(dataset, SD.namedGraph):
        assert (node, RDF.type, SD.NamedGraph) in service
        (graph,) = service.objects(node, SD.graph)
        assert (graph, RDF.type, SD.Graph) in service
        told[str(service.value(node, SD.name))] = int(service.value(graph, VOID_TERMS.triples))  # type: ignore[arg-type]
    rows = ask(http, "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g").json()["results"]["bindings"]
    assert told == {row["g"]["value"]: int(row["n"]["value"]) for row in rows} and DESCRIPTION in told
    (version,) = service.objects(dataset, rdflib.OWL.versionInfo)
    assert http.get("/sparql").headers["dataset-version"] == str(version)
    assert http.get(str(service.value(dataset, RDFS.seeAlso))).status_code == 200


def test_its_prefixes_are_those_of_files_and_questions(service: rdflib.Graph, endpoint: URIRef) -> None:
    declared = {
        str(service.value(one, SH.prefix)): service.value(one, SH.namespace)
        for one in service.objects(endpoint, SH.declare)
    }
    assert declared == {name: Literal(iri, datatype=rdflib.XSD.anyURI) for name, iri in PREFIXES.items()}


def test_it_says_nothing_else(service: rdflib.Graph, endpoint: URIRef) -> None:
    """A clause that comes new wants a test of its own."""
    assert set(service.predicates(endpoint)) == {
        RDF.type,
        SD.endpoint,
        SD.supportedLanguage,
        SD.feature,
        SD.resultFormat,
        SD.defaultEntailmentRegime,
        SD.extensionFunction,
        SD.defaultDataset,
        SD.availableGraphs,
        SH.declare,
        SCHEMA.additionalProperty,
    }


def test_its_limits_are_in_force(tmp_path: Path) -> None:
    write_build(tmp_path)
    limits = Limits(timeout_seconds=3, most_rows=5, most_bytes=2000, queue=7, workers=1)
    with (
        serving_pool(tmp_path, limits, rate=1000.0) as served,
        httpx.Client(base_url=served.address, timeout=20) as http,
    ):
        found = described(http, "/sparql")
        told = {
            str(found.value(node, SCHEMA.propertyID)): float(found.value(node, SCHEMA.maxValue))  # type: ignore[arg-type]
            for node in found.objects(None, SCHEMA.additionalProperty)
        }
        assert set(told) == {"timeout", "memory", "parallel-queries", "queue", "body", "rows", "bytes", "rate"}
        assert (told["timeout"], told["rows"], told["bytes"], told["queue"]) == (3, 5, 2000, 7)
        assert (told["memory"], told["parallel-queries"], told["rate"]) == (limits.memory_bytes, 1, 1000)
        numbers = " ".join(map(str, range(40)))
        slow = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'VALUES ?{v} {{ {numbers} }}' for v in 'abcdefg')} }}"
        assert ask(http, slow).status_code == 503
        assert ask(http, "SELECT * { VALUES ?x { 1 2 3 4 5 } }").status_code == 200
        assert ask(http, "SELECT * { VALUES ?x { 1 2 3 4 5 6 } }").status_code == 400
        assert ask(http, f'SELECT ("{"x" * 2001}" AS ?x) {{}}').status_code == 400
        assert (
            http.post(
                "/sparql", content=b"x" * (int(told["body"]) + 1), headers={"Content-Type": "application/sparql-query"}
            ).status_code
            == 413
        )


# The catalogue entry


def test_the_entry_conforms_to_its_shapes(entry: rdflib.Graph) -> None:
    shapes = rdflib.Graph().parse(HERE / "catalogue.shapes.ttl")
    conforms, _, report = pyshacl.validate(entry, shacl_graph=shapes)
    assert conforms, report
    assert all(list(entry.subjects(RDF.type, one)) for one in shapes.objects(None, SH.targetClass))


@pytest.mark.parametrize("taken", [DCAT.byteSize, DCTERMS.license, SPDX.checksumValue, DCAT.endpointURL, DCAT.version])
def test_the_shapes_would_notice(entry: rdflib.Graph, taken: URIRef) -> None:
    spoilt = rdflib.Graph()
    for triple in entry:
        if triple[1] != taken:
            spoilt.add(triple)
    shapes = rdflib.Graph().parse(HERE / "catalogue.shapes.ttl")
    assert not pyshacl.validate(spoilt, shacl_graph=shapes)[0]


def test_each_distribution_is_what_is_served(http: httpx.Client, entry: rdflib.Graph) -> None:
    assert len(list(entry.objects(DATASET, DCAT.distribution))) == 12
    distributions = list(entry.objects(None, DCAT.distribution))
    graphs = [one for one in entry.objects(DATASET, VOID_TERMS.subset) if str(one).startswith(GRAPH)]
    assert len(distributions) == 12 + 4 * len(graphs) > 40
    here = str(http.base_url.join("/"))
    dumps = {str(one) for one in entry.objects(None, VOID_TERMS.dataDump)}
    for one in distributions:
        downloads = {str(address) for address in entry.objects(one, DCAT.downloadURL)}
        assert len(downloads) == 2 and downloads <= dumps
        assert {address.removeprefix(BASE) for address in downloads if address.startswith(BASE)} == {
            address.removeprefix(here) for address in downloads if address.startswith(here)
        }
        (address,) = (address for address in downloads if address.startswith(here))
        answer = http.get(address)
        assert answer.status_code == 200
        assert len(answer.content) == int(entry.value(one, DCAT.byteSize))  # type: ignore[arg-type]
        said = str(entry.value(entry.value(one, SPDX.checksum), SPDX.checksumValue))
        assert hashlib.sha256(answer.content).hexdigest() == said
        coding = entry.value(one, DCAT.compressFormat)
        media_type = str(coding or entry.value(one, DCAT.mediaType)).rpartition("media-types/")[2]
        assert answer.headers["content-type"].split(";")[0] == media_type
        assert str(entry.value(one, DCAT.version)) == answer.headers["dataset-version"]
        assert all(
            http.get(str(a)).status_code == 200 for a in entry.objects(one, DCAT.accessURL) if str(a).startswith(here)
        )


def test_the_data_service_is_the_endpoint(http: httpx.Client, entry: rdflib.Graph, endpoint: URIRef) -> None:
    (service,) = entry.subjects(RDF.type, DCAT.DataService)
    for predicate in (DCAT.endpointURL, DCAT.endpointDescription):
        assert set(entry.objects(service, predicate)) == {endpoint, URIRef(BASE + "sparql")}
    assert list(entry.objects(service, DCAT.servesDataset)) == [DATASET]
    assert (endpoint, RDF.type, SD.Service) in described(http, "/sparql")


def test_the_entry_is_in_the_default_graph_with_permanent_addresses_only(
    http: httpx.Client, entry: rdflib.Graph
) -> None:
    query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), '{VOID}')) }}"
    stored = rdflib.Graph().parse(data=ask(http, query, "application/n-triples").text, format="nt")
    here = str(http.base_url.join("/"))
    assert not [triple for triple in stored if str(triple[2]).startswith(here)]
    # Whatever stands in the one stands in the other, but for the document itself and the addresses here.
    served = {
        triple
        for triple in entry
        if str(triple[0]).startswith(VOID + "#") and not str(triple[2]).startswith(here) and triple[1] != DCAT.byteSize
    }
    assert served == {triple for triple in stored if triple[1] != DCAT.byteSize}
    sizes = {(s, int(o)) for s, o in stored.subject_objects(DCAT.byteSize)}  # type: ignore[arg-type]
    assert sizes == {(s, int(o)) for s, o in entry.subject_objects(DCAT.byteSize)}  # type: ignore[arg-type]


def test_nothing_in_the_entry_is_invented(entry: rdflib.Graph, built_world: Path) -> None:
    assert {str(one) for one in entry.objects(None, rdflib.FOAF.name)} == set(citation.AUTHORS)
    assert {str(one) for one in entry.objects(None, DCAT.version)} == {built_world.name}
    for absent in (
        DCTERMS.issued,
        DCTERMS.modified,
        DCTERMS.spatial,
        DCTERMS.temporal,
        DCTERMS.identifier,
        DCAT.contactPoint,
    ):
        assert not list(entry.triples((None, absent, None)))


def test_the_citation_is_that_of_the_file() -> None:
    told = yaml.safe_load((HERE.parent / "CITATION.cff").read_text(encoding="utf-8"))
    assert (told["title"], told["abstract"]) == (citation.TITLE, citation.ABSTRACT)
    assert tuple(author["name"] for author in told["authors"]) == citation.AUTHORS
    assert tuple(told["keywords"]) == citation.KEYWORDS
    assert told["license"] == "CC-BY-4.0" and citation.LICENCE == "https://creativecommons.org/licenses/by/4.0/"
    licence = (Inputs.packaged().data / "LICENSE.md").read_text(encoding="utf-8")
    assert citation.LICENCE in licence and "publishers' own terms apply to them" in licence
    ontology = rdflib.Graph().parse(Inputs.packaged().ontology / "wsis.ttl")
    assert ontology.value(URIRef(ONTOLOGY), DCTERMS.license) == URIRef(citation.LICENCE)
    assert {str(one) for one in ontology.objects(URIRef(ONTOLOGY), DCTERMS.creator)} == set(citation.AUTHORS)


# The start page, for search engines for datasets


def structured(page: str) -> list[object]:
    """What a search engine reads: the scripts of the page that hold JSON-LD."""
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return [json.loads(text) for text in found]


def test_the_start_page_tells_search_engines_of_the_dataset(http: httpx.Client, built_world: Path) -> None:
    page = http.get("/", headers={"Accept": "text/html"})
    (told,) = structured(page.text)
    assert isinstance(told, dict)
    assert told["@context"] == "https://schema.org/" and told["@type"] == "Dataset" and told["@id"] == str(DATASET)
    assert told["name"] == citation.TITLE and told["license"] == citation.LICENCE
    assert 50 <= len(told["description"]) <= 5000 and told["url"] == str(http.base_url.join("/"))
    assert told["creator"] == [{"@type": "Organization", "name": name} for name in citation.AUTHORS]
    assert told["version"] == built_world.name and told["isAccessibleForFree"] is True
    assert len(told["distribution"]) == 12
    for download in told["distribution"]:
        answer = http.get(download["contentUrl"])
        assert download["@type"] == "DataDownload" and answer.headers["content-type"].startswith(
            download["encodingFormat"]
        )
        assert download["contentSize"] == f"{len(answer.content)} B"
        assert download["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert http.get("/dumps/latest/", headers={"Accept": "text/html"}, follow_redirects=True).status_code == 200


def test_a_dataset_without_files_has_no_distribution(tmp_path: Path) -> None:
    write_build(tmp_path)
    with serving(tmp_path) as address:
        (told,) = structured(httpx.get(address, headers={"Accept": "text/html"}).text)
        assert isinstance(told, dict) and told["distribution"] == []


def test_nothing_that_is_served_can_break_out_of_the_script() -> None:
    nasty = '</script><script>alert(1)</script><!--"\u2028&'
    file = DumpFile(nasty, nasty, 1, nasty)
    content: dict[str, Any] = {name: [] for name in ("years", "pairs", "numbers")}
    content |= {"other_pairs": 0, "other_differences": 0, "differences": 0}
    entry = dataset_entry(f"http://e.example/{nasty}/", nasty, [file])
    page = Pages().render("home.html", entry=entry, version=nasty, has_files=True, has_resolution=True, quads=1, examples=1, due_address=nasty, **content).decode()
    # One that is loaded, and one that holds the entry.
    assert page.count("<script") == 2 == page.count("</script") and "<!--" not in page
    (told,) = structured(page)
    assert isinstance(told, dict) and told["version"] == nasty
    assert html.escape(nasty)[:20] in page


def test_a_host_that_is_none_stays_out_of_the_page(http: httpx.Client) -> None:
    page = http.get("/", headers={"Host": 'e.example"><script>alert(1)</script>'}).text
    (told,) = structured(page)
    assert isinstance(told, dict) and told["url"] == "http://localhost/" and "alert" not in page


# The examples


def test_every_example_says_what_it_is_and_runs(http: httpx.Client) -> None:
    """One document for each saved question, with all that editors and collections of examples read."""
    questions = read_questions(Inputs.packaged().queries)
    every = described(http, "/.well-known/sparql-examples/")
    assert {str(one) for one in every.subjects(RDF.type, SH.SPARQLExecutable)} == {
        EXAMPLES + name for name in questions
    }
    forms = {
        SH.select: (SH.SPARQLSelectExecutable, "application/sparql-results+json"),
        SH.ask: (SH.SPARQLAskExecutable, "application/sparql-results+json"),
        SH.construct: (SH.SPARQLConstructExecutable, "text/turtle"),
    }
    for name, question in questions.items():
        iri = URIRef(EXAMPLES + name)
        one = described(http, f"/.well-known/sparql-examples/{name}")
        assert set(one) == {triple for triple in every if triple[0] == iri}
        ((predicate, text),) = ((p, o) for p, o in one.predicate_objects(iri) if p in forms)
        kind, accept = forms[predicate]
        assert set(one.objects(iri, RDF.type)) == {SH.SPARQLExecutable, kind} and str(text) == question.text
        assert list(one.objects(iri, RDFS.comment)) == [Literal(question.question, lang="en")]
        assert list(one.objects(iri, SCHEMA.target)) == [URIRef(BASE + "sparql")]
        assert list(one.objects(iri, SCHEMA.keywords))
        (prefixes,) = one.objects(iri, SH.prefixes)
        assert list(every.objects(prefixes, SH.declare))
        answer = ask(http, str(text), accept)
        assert answer.status_code == 200 and answer.headers["content-type"].startswith(accept), name


# What an editor asks before its first completion, as the SIB editor sends it: by GET, with a parameter of its own


def editor_asks(http: httpx.Client, query: str) -> list[dict[str, str]]:
    answer = http.get(
        "/sparql",
        params={"ac": "1", "query": query},
        headers={"Accept": "application/sparql-results+json", "Origin": "http://editor.example"},
    )
    assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == "*"
    return [{name: term["value"] for name, term in row.items()} for row in answer.json()["results"]["bindings"]]


def test_an_editor_gets_classes_examples_and_prefixes(http: httpx.Client) -> None:
    from test_description import DECLARED, EXECUTABLE, PARTITIONS

    term = PREFIXES[""]
    partitions = editor_asks(http, PARTITIONS)
    assert {"subject": term + "Passage", "property": term + "isPartOf", "object": term + "Document"} in partitions
    assert {row["datatype"] for row in partitions if row["property"] == term + "order" and "datatype" in row} == {
        PREFIXES["xsd"] + "integer"
    }
    assert len(editor_asks(http, EXECUTABLE)) == len(read_questions(Inputs.packaged().queries))
    assert {row["prefix"]: row["namespace"] for row in editor_asks(http, DECLARED)} == PREFIXES
