"""The clients that people use, as they are published, over a real socket: every form of query, method and format.

Comunica has a file of its own, and so has the editor for browsers.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import rdflib
from harbour import EX, PORTS, TIDES, TRIPLES, serving, write_build
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

SELECT = f"SELECT ?name {{ <{EX}north> <{EX}name> ?name }} ORDER BY LANG(?name)"
ASK = f"ASK {{ <{EX}committee> <{EX}reportsTo> ?whom }}"
CONSTRUCT = f"CONSTRUCT {{ ?s <{EX}name> ?o }} WHERE {{ ?s <{EX}name> ?o }}"
DESCRIBE = f"DESCRIBE <{EX}nowhere>"
HARBOURS = ["North Harbour", "Port du Nord"]
NAME = rdflib.URIRef(EX + "name")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("clients")
    write_build(home)
    with serving(home) as address:
        yield address


# SPARQLWrapper

WAYS = [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)]


def wrapper(address: str, query: str, wanted: str, way: tuple[str, str]) -> SPARQLWrapper:
    asking = SPARQLWrapper(address + "/sparql", returnFormat=wanted)
    asking.setMethod(way[0])
    asking.setRequestMethod(way[1])
    asking.setQuery(query)
    return asking


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("wanted", [JSON, XML, CSV, TSV])
def test_sparqlwrapper_reads_rows(address: str, wanted: str, way: tuple[str, str]) -> None:
    read = wrapper(address, SELECT, wanted, way).queryAndConvert()
    if wanted == JSON:
        assert [row["name"]["value"] for row in read["results"]["bindings"]] == HARBOURS
    elif wanted == XML:
        assert [node.firstChild.data for node in read.getElementsByTagName("literal")] == HARBOURS
    else:
        assert [line.strip('"').partition('"')[0] for line in read.decode().splitlines()[1:]] == HARBOURS


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("wanted", [JSON, XML])
def test_sparqlwrapper_reads_a_truth_value(address: str, wanted: str, way: tuple[str, str]) -> None:
    read = wrapper(address, ASK, wanted, way).queryAndConvert()
    truth = read["boolean"] if wanted == JSON else read.getElementsByTagName("boolean")[0].firstChild.data == "true"
    assert truth is True


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("wanted", [XML, RDFXML, TURTLE, N3, JSONLD])
@pytest.mark.parametrize(("query", "size"), [(CONSTRUCT, 3), (DESCRIBE, 0)])
def test_sparqlwrapper_reads_graphs(address: str, query: str, size: int, wanted: str, way: tuple[str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its own, of what it uses of rdflib
        read = wrapper(address, query, wanted, way).queryAndConvert()
    if not isinstance(read, rdflib.Graph):
        read = rdflib.Graph().parse(data=read, format={N3: "n3"}.get(wanted, wanted))
    assert len(read) == size


@pytest.mark.parametrize("way", WAYS)
def test_sparqlwrapper_names_graphs(address: str, way: tuple[str, str]) -> None:
    asking = wrapper(address, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", JSON, way)
    asking.addDefaultGraph(TIDES)
    asking.addNamedGraph(PORTS)
    assert asking.queryAndConvert()["results"]["bindings"][0]["n"]["value"] == "3"


def test_sparqlwrapper_sends_parameters_that_mean_nothing_here(address: str) -> None:
    asking = wrapper(address, CONSTRUCT, JSONLD, (GET, URLENCODED))
    asking.addParameter("maxrows", "50")
    url = asking.query().geturl()
    assert url.count("format=") == 2 and url.count("output=") == 2 and url.count("results=") == 2


def test_sparqlwrapper_reads_rows_as_bindings(address: str) -> None:
    # Its own reader of results asks for XML and reads the media type of the answer.
    found = wrapper(address, SELECT, JSON, (GET, URLENCODED)).query()
    assert found.info()["content-type"] == "application/sparql-results+json"
    assert found._get_responseFormat() == JSON


def test_sparqlwrapper_understands_a_refusal(address: str) -> None:
    for way in WAYS:
        with pytest.raises(QueryBadFormed, match="not expected here"):
            wrapper(address, "SELECT * { ?s ?p }", JSON, way).query()


def test_sparqlwrapper_cannot_change_the_data(address: str) -> None:
    for method in (URLENCODED, POSTDIRECTLY):
        asking = wrapper(address, f"INSERT DATA {{ <{EX}a> <{EX}b> 1 }}", JSON, (POST, method))
        with pytest.raises(Exception, match="403"):
            asking.query()


# rdflib


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_over_the_endpoint(address: str, method: str) -> None:
    graph = rdflib.Graph(SPARQLStore(address + "/sparql", method=method))  # type: ignore[arg-type]
    assert [str(row[0]) for row in graph.query(SELECT)] == HARBOURS  # type: ignore[index]
    assert bool(graph.query(ASK))
    assert len(list(graph.triples((None, NAME, None)))) == 3
    assert len(graph.query(CONSTRUCT).graph or ()) == 3
    assert len(graph) == TRIPLES


@pytest.mark.parametrize("wanted", ["xml", "json", "csv", "tsv"])
def test_rdflib_reads_rows_in_every_format(address: str, wanted: str) -> None:
    graph = rdflib.Graph(SPARQLStore(address + "/sparql", returnFormat=wanted))
    assert [str(row[0]) for row in graph.query(SELECT)] == HARBOURS  # type: ignore[index]


def test_rdflib_reads_the_graphs_of_a_dataset(address: str) -> None:
    store = SPARQLStore(address + "/sparql")
    # Without this it names a default graph of its own invention, in which nothing is.
    dataset = rdflib.Dataset(store=store, default_union=True)
    inside = f"SELECT ?g {{ GRAPH ?g {{ <{EX}committee> <{EX}name> ?name }} }} ORDER BY ?g"
    assert [str(row[0]) for row in dataset.query(inside)] == [PORTS, TIDES]  # type: ignore[index]
    assert {str(context) for context in store.contexts()} == {PORTS, TIDES}
    named = rdflib.Graph(store, identifier=rdflib.URIRef(TIDES))
    assert len(list(named.triples((None, None, None)))) == len(named) == 3


@pytest.mark.parametrize(
    ("path", "size"),
    [
        (f"/sparql?query={quote(CONSTRUCT)}", 3),
        (f"/sparql.ttl?query={quote(CONSTRUCT)}", 3),
        (f"/rdf-graph-store?graph={quote(TIDES)}", 3),
        ("/rdf-graph-store?default", TRIPLES),
    ],
)
def test_rdflib_parses_an_address(address: str, path: str, size: int) -> None:
    assert len(rdflib.Graph().parse(address + path)) == size
    assert len(rdflib.Dataset().parse(address + path)) == size


@pytest.mark.parametrize("wanted", ["turtle", "json-ld", "xml", "nt", "n3", "trig"])
def test_rdflib_asks_for_a_format(address: str, wanted: str) -> None:
    sink = rdflib.Dataset() if wanted == "trig" else rdflib.Graph()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        sink.parse(f"{address}/sparql?query={quote(CONSTRUCT)}", format=wanted)
    assert len(sink) == 3
    # For N-Quads it accepts whatever comes, and needs an address that says what does.
    assert len(rdflib.Dataset().parse(f"{address}/sparql.nt?query={quote(CONSTRUCT)}", format="nquads")) == 3


# curl, and what reads text


def curl(*arguments: str) -> bytes:
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed: apt-get install curl")
    return subprocess.check_output([program, "-sS", "--max-time", "30", *arguments])


@pytest.mark.parametrize(
    "way",
    [
        ["-G", "--data-urlencode", f"query={SELECT}"],
        ["--data-urlencode", f"query={SELECT}"],
        ["-H", "Content-Type: application/sparql-query", "--data-binary", SELECT],
        ["-X", "QUERY", "-H", "Content-Type: application/sparql-query", "--data-binary", SELECT],
    ],
    ids=["GET", "form", "direct", "QUERY"],
)
@pytest.mark.parametrize(
    ("accept", "beginning"),
    [
        ("*/*", b'{"head":{"vars":["name"]}'),
        ("application/sparql-results+xml", b"<?xml"),
        ("text/csv", b"name\r\nNorth Harbour\r\nPort du Nord\r\n"),
        ("text/tab-separated-values", b'?name\n"North Harbour"@en\n'),
    ],
)
def test_curl_in_every_way(address: str, way: list[str], accept: str, beginning: bytes) -> None:
    assert curl(address + "/sparql", "-H", f"Accept: {accept}", *way).startswith(beginning)


@pytest.mark.parametrize("suffix", ["json", "xml", "csv", "tsv", "ttl", "jsonld", "rdf", "nt"])
def test_curl_by_suffix(address: str, suffix: str) -> None:
    query = CONSTRUCT if suffix in ("ttl", "jsonld", "rdf", "nt") else SELECT
    body = curl("--fail", "-G", f"{address}/sparql.{suffix}", "--data-urlencode", f"query={query}")
    assert b"North Harbour" in body
    assert b"true" in curl("-G", f"{address}/sparql.csv", "--data-urlencode", f"query={ASK}", "-d", "format=xml")


def test_a_table_reads_the_address_of_a_query(address: str) -> None:
    """As ``pandas.read_csv`` does: the address is opened with no header, and the text is read as CSV."""
    from urllib.request import urlopen

    query = f"SELECT ?s ?note {{ ?s <{EX}note> ?note }}"
    with urlopen(f"{address}/sparql.csv?query={quote(query)}") as answer:
        assert answer.headers.get_content_charset() == "utf-8"
        rows = list(csv.DictReader(io.TextIOWrapper(answer, "utf-8", newline="")))
    assert rows == [{"s": EX + "north", "note": 'a "quoted" word, a comma\nand a line'}]
    with urlopen(f"{address}/sparql?query={quote(query)}") as answer:
        assert json.load(answer)["head"]["vars"] == ["s", "note"]
