"""The endpoint over real sockets (SPARQL 1.1 Protocol; RFC 9110; RFC 9457), and the pages of browsers."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
import rdflib
from harbour import EX, PORTS, TIDES, TRIPLES, serving, serving_pool, wait_until, write_build
from whole_site import BROWSER

from wsis_kg.engine.pool import Pool
from wsis_kg.web import serve as serving_module
from wsis_kg.web.page import MOST_ROWS, examples
from wsis_kg.web.patience import Patience
from wsis_kg.web.requests import LARGEST_BODY
from wsis_kg.web.serve import CannotServe, serve

SELECT = f"SELECT ?name {{ <{EX}north> <{EX}name> ?name }} ORDER BY LANG(?name)"
ASK = f"ASK {{ <{EX}committee> <{EX}reportsTo> ?whom }}"
CONSTRUCT = f"CONSTRUCT {{ ?s <{EX}name> ?o }} WHERE {{ ?s <{EX}name> ?o }}"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("harbour")
    write_build(home)
    with serving(home) as address:
        yield address


@pytest.fixture(scope="module")
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=20) as client:
        # httpx would send Accept: */* by itself; where a test names none, that is what is meant.
        yield client


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["name"]["value"] for row in answer.json()["results"]["bindings"]]


def count(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["results"]["bindings"][0]["n"]["value"])


# The ways to ask


def test_every_way_to_ask_gives_the_same_answer(http: httpx.Client) -> None:
    body = SELECT.encode()
    answers = [
        http.get("/sparql", params={"query": SELECT}),
        http.post("/sparql", data={"query": SELECT}),
        http.post("/sparql", content=body, headers={"Content-Type": QUERY}),
        http.post("/sparql", content=body, headers={"Content-Type": f"{QUERY}; charset=UTF-8; version=1.1"}),
        http.request("QUERY", "/sparql", content=body, headers={"Content-Type": QUERY}),
        http.request("QUERY", "/sparql", data={"query": SELECT}),
        http.get("/sparql", params=[("query", SELECT), ("format", "json"), ("output", "json"), ("results", "json")]),
        http.get("/sparql", params=[("query", SELECT), ("version", "1.1"), ("unheard", "of"), ("unheard", "twice")]),
    ]
    for answer in answers:
        assert names(answer) == ["North Harbour", "Port du Nord"]
        assert answer.headers["content-type"] == "application/sparql-results+json"


@pytest.mark.parametrize(
    ("parameters", "statements"),
    [
        ([], TRIPLES),
        ([("default-graph-uri", TIDES)], 3),
        ([("default-graph-uri", EX + "nowhere")], 0),
        ([("named-graph-uri", TIDES)], 0),
    ],
)
def test_the_dataset_of_the_protocol(http: httpx.Client, parameters: list[tuple[str, str]], statements: int) -> None:
    query = COUNT.replace("{", f"FROM <{PORTS}> {{", 1) if parameters else COUNT
    form = "&".join(f"{name}={quote(value, safe='')}" for name, value in [("query", query), *parameters])
    assert count(http.get("/sparql?" + form)) == statements
    assert count(http.post("/sparql", content=form, headers={"Content-Type": FORM})) == statements
    direct = http.post("/sparql", params=parameters, content=query, headers={"Content-Type": QUERY})
    assert count(direct) == statements
    # With a form, the URL is not read.
    form = {"query": COUNT}
    assert count(http.post("/sparql", params={"default-graph-uri": TIDES}, data=form)) == TRIPLES


def test_relative_iris_are_relative_to_the_endpoint(http: httpx.Client, address: str) -> None:
    answer = http.get("/sparql", params={"query": "SELECT (STR(<tide>) AS ?name) {}"})
    assert names(answer) == [address + "/tide"]
    strange = http.get("/sparql", params={"query": "SELECT (STR(<tide>) AS ?name) {}"}, headers={"Host": "a b<c>"})
    assert strange.status_code == 400 or names(strange) == ["http://localhost/tide"]


# What is refused, and how


@pytest.mark.parametrize(
    ("method", "url", "headers", "content", "status", "words"),
    [
        ("GET", f"?query={quote(ASK)}&query={quote(ASK)}", {}, "", 400, "more than one"),
        ("GET", f"?query={quote(ASK)}", {}, "a body", 400, "no body"),
        ("GET", "?default-graph-uri=http://e/", {}, "", 400, "query is missing"),
        ("GET", "?update=CLEAR%20ALL", {}, "", 400, "in a URL"),
        ("GET", f"?query={quote(ASK)}&update=CLEAR%20ALL", {}, "", 400, "in a URL"),
        ("GET", f"?query={quote(ASK)}&version=1.1&version=1.2", {}, "", 400, "version is given twice"),
        ("GET", "?query=", {}, "", 400, "empty"),
        ("GET", "?query=%", {}, "", 400, "percent"),
        ("GET", "?query=ASK%7B%7D%00", {}, "", 400, "not expected"),
        ("GET", "?query=%ff", {}, "", 400, "not UTF-8"),
        ("GET", f"?query={quote(ASK)}&default-graph-uri=tides", {}, "", 400, "absolute IRI"),
        ("GET", "?" + "a=b&" * 1001, {}, "", 400, "1000 parameters"),
        ("POST", "", {"Content-Type": FORM}, "a=b", 400, "query is missing"),
        ("POST", f"?query={quote(ASK)}", {"Content-Type": FORM}, "", 400, "query is missing"),
        ("POST", "", {"Content-Type": FORM}, f"query={quote(ASK)}&query={quote(ASK)}", 400, "more than one"),
        ("POST", "", {"Content-Type": FORM}, f"query={quote(ASK)}&update=CLEAR%20ALL", 400, "more than one"),
        ("POST", f"?query={quote(ASK)}", {"Content-Type": QUERY}, ASK, 400, "another one in the URL"),
        ("POST", "", {"Content-Type": QUERY}, "", 400, "empty"),
        ("POST", "", {"Content-Type": QUERY}, b"ASK { ?s ?p '\xe9' }", 400, "not UTF-8"),
        ("POST", "", {"Content-Type": f"{QUERY}; charset=latin1"}, ASK, 415, "latin1"),
        ("POST", "", {"Content-Type": QUERY, "Content-Encoding": "gzip"}, ASK, 415, "gzip"),
        ("POST", "", {"Content-Type": "text/plain"}, ASK, 415, "text/plain is not understood"),
        ("POST", "", {"Content-Type": "multipart/form-data; boundary=x"}, "--x--", 415, "not understood"),
        ("POST", "", {}, ASK, 415, "does not say"),
        ("POST", "", {"Content-Type": FORM}, "update=CLEAR%20ALL", 403, "Updates are refused"),
        ("POST", "", {"Content-Type": "application/sparql-update"}, "CLEAR ALL", 403, "Updates are refused"),
        ("QUERY", "", {"Content-Type": "application/sparql-update"}, "CLEAR ALL", 400, "method QUERY"),
        ("QUERY", "", {"Content-Type": FORM}, "update=CLEAR%20ALL", 400, "method QUERY"),
        ("PUT", "", {"Content-Type": QUERY}, ASK, 405, "PUT"),
        ("DELETE", "", {}, "", 405, "DELETE"),
        ("GET", "?query=SELECT%20*%20%7B%20SERVICE%20%3Chttp://e/%3E%20%7B%7D%7D", {}, "", 403, "asks no other"),
        ("GET", "?query=LOAD%20%3Chttp://e/%3E", {}, "", 400, "cannot be changed here"),
        ("GET", f"?query={quote(ASK)}", {"Accept": "text/turtle"}, "", 406, "sparql-results+json"),
        ("GET", f"?query={quote(CONSTRUCT)}", {"Accept": "text/csv"}, "", 406, "text/turtle"),
        ("GET", f"?query={quote(f'DESCRIBE <{EX}committee>')}&format=rdfxml", {}, "", 406, "RDF/XML cannot"),
        ("GET", "?query=SELECT(%3Chttp://e/f%3E(1)AS%20%3Fx)%7B%7D", {}, "", 400, "unknown function"),
    ],
)
def test_refusals(
    http: httpx.Client,
    method: str,
    url: str,
    headers: dict[str, str],
    content: str | bytes,
    status: int,
    words: str,
) -> None:
    answer = http.request(method, "/sparql" + url, headers=headers, content=content or None)
    assert answer.status_code == status
    assert words in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
    assert "Accept" in answer.headers["vary"]
    assert ("allow" in answer.headers) is (status == 405)
    if headers.get("Accept") is None:
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == status
        assert problem["type"].startswith("https://w3id.org/wsis-kg/problem/")
        assert problem["title"] and problem["detail"]


def test_a_syntax_error_tells_programs_where(http: httpx.Client) -> None:
    problem = http.get("/sparql", params={"query": "SELECT * {\n ?s body:itu ?o }"}).json()
    assert problem == {
        "type": "https://w3id.org/wsis-kg/problem/syntax",
        "title": "The query is not correct SPARQL",
        "status": 400,
        "detail": "The prefix “body:” is not declared.",
        "line": 2,
        "column": 5,
        "token": "body:itu",
        "hint": "Add PREFIX body: <https://w3id.org/wsis-kg/id/body/> at the top of the query.",
    }


def test_a_client_that_reads_no_json_gets_one_line(http: httpx.Client) -> None:
    answer = http.get("/sparql", params={"query": "SELEC"}, headers={"Accept": "application/sparql-results+xml"})
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.count("\n") == 1 and "line 1, column 1" in answer.text


def test_a_body_that_is_too_large_announced_or_not(http: httpx.Client) -> None:
    with socket.create_connection((http.base_url.host, http.base_url.port or 80), timeout=20) as connection:
        head = (
            f"POST /sparql HTTP/1.1\r\nHost: e\r\nContent-Type: {QUERY}\r\nContent-Length: {LARGEST_BODY + 1}\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")

    def chunks() -> Iterator[bytes]:
        for _ in range(LARGEST_BODY // 1_000_000 + 1):
            yield b"#" * 1_000_000

    # The server may close before it has read all, which httpx reports as an error of writing.
    with contextlib.suppress(httpx.WriteError):
        assert http.post("/sparql", content=chunks(), headers={"Content-Type": QUERY}).status_code == 413
    assert http.get("/healthz").text == "ok\n"


def test_a_body_that_comes_too_slowly_is_refused(tmp_path: Path) -> None:
    write_build(tmp_path)
    with serving_pool(tmp_path, patience=Patience(body_seconds=0.2)) as served:
        where = httpx.URL(served.address)
        with socket.create_connection((where.host, where.port or 80), timeout=20) as connection:
            head = f"POST /sparql HTTP/1.1\r\nHost: e\r\nContent-Type: {QUERY}\r\nContent-Length: 100\r\n\r\nASK"
            connection.sendall(head.encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 408 ")


def test_an_unforeseen_failure_is_told_with_all_headers(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a secret of the house")

    monkeypatch.setattr(Pool, "ask", fail)
    answer = http.get("/sparql", params={"query": SELECT + " # never asked before"})
    assert answer.status_code == 500
    assert answer.json()["type"].endswith("/internal") and "secret" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "secret" in caplog.text


# Formats, caching, other methods


@pytest.mark.parametrize(
    ("query", "parameters", "accept", "content_type"),
    [
        (SELECT, "", None, "application/sparql-results+json"),
        (SELECT, "", "application/sparql-results+xml", "application/sparql-results+xml"),
        (SELECT, "", "text/csv", "text/csv; charset=utf-8; header=present"),
        (SELECT, "", "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        (SELECT, "&format=csv", None, "text/csv; charset=utf-8; header=present"),
        (SELECT, "&output=xml", "*/*", "application/sparql-results+xml"),
        (SELECT, "&format=turtle&output=tsv", "*/*", "text/tab-separated-values; charset=utf-8"),
        (SELECT, "&format=application/sparql-results%2Bxml", "*/*", "application/sparql-results+xml"),
        (SELECT, "&format=csv", "application/sparql-results+xml", "application/sparql-results+xml"),
        (SELECT, "&format=csv", BROWSER, "text/csv; charset=utf-8; header=present"),
        (SELECT, "&format=html", BROWSER, "text/html; charset=utf-8"),
        (SELECT, "&format=html", None, "text/html; charset=utf-8"),
        (SELECT, "&format=unheard-of", None, "application/sparql-results+json"),
        (ASK, "", "text/csv", "text/csv; charset=utf-8; header=present"),
        (CONSTRUCT, "", None, "text/turtle; charset=utf-8"),
        (CONSTRUCT, "&format=json", None, "application/ld+json"),
        (CONSTRUCT, "&format=nt", None, "application/n-triples"),
        (CONSTRUCT, "", "text/plain", "text/plain; charset=utf-8"),
        (CONSTRUCT, "", "application/trig", "application/trig; charset=utf-8"),
        (CONSTRUCT, "", "text/n3", "text/n3; charset=utf-8"),
        (CONSTRUCT, "", "application/n-quads", "application/n-quads"),
        (CONSTRUCT, "", "application/n-quads, application/trig;q=0.9", "application/n-quads"),
        (CONSTRUCT, "", "application/rdf+xml", "application/rdf+xml"),
    ],
)
def test_formats(http: httpx.Client, query: str, parameters: str, accept: str | None, content_type: str) -> None:
    headers = {"Accept": accept} if accept else {}
    answer = http.get(f"/sparql?query={quote(query)}{parameters}", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == content_type
    assert "Accept" in answer.headers["vary"]
    assert answer.headers["dataset-version"] == "0.1.0-harbour"


def test_an_answer_has_a_tag_that_is_known_before_evaluation(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(query: str, accept: str = "*/*", **headers: str) -> httpx.Response:
        return http.get("/sparql", params={"query": query}, headers={"Accept": accept, **headers})

    first = ask(SELECT)
    tag = first.headers["etag"]
    assert tag != ask(SELECT, "text/csv").headers["etag"]
    assert tag != ask(ASK).headers["etag"]
    assert "etag" not in ask("SELECT (NOW() AS ?name) {}").headers
    assert "etag" not in http.post("/sparql", data={"query": SELECT}).headers
    assert ask(SELECT, **{"If-None-Match": '"other"'}).status_code == 200
    monkeypatch.setattr(Pool, "ask", lambda *_, **__: pytest.fail("it was evaluated"))
    again = ask(SELECT, **{"If-None-Match": f'"other", {tag}'})
    assert again.status_code == 304 and again.content == b""
    assert again.headers["etag"] == tag and "Accept" in again.headers["vary"]
    assert ask(SELECT, **{"If-None-Match": "*"}).status_code == 304


@pytest.mark.parametrize(
    "path", ["/sparql", f"/sparql?query={quote(SELECT)}", "/", "/healthz", "/readyz", "/robots.txt"]
)
@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_head_says_what_get_would(http: httpx.Client, path: str, accept: str) -> None:
    got, head = (http.request(method, path, headers={"Accept": accept}) for method in ("GET", "HEAD"))
    assert head.status_code == got.status_code == 200
    assert head.content == b"" and got.content
    for name in ("content-type", "content-length", "etag", "vary", "access-control-allow-origin"):
        assert head.headers.get(name) == got.headers.get(name), name


def test_options_and_preflight(http: httpx.Client) -> None:
    asked = {
        "Origin": "http://e",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = http.options("/sparql", headers=asked)
    assert answer.status_code == 204 and answer.content == b""
    assert {"GET", "HEAD", "POST", "QUERY", "OPTIONS"} == set(answer.headers["allow"].split(", "))
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]
    assert "Dataset-Version" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("path", ["/nothing", "/docs", "/redoc", "/openapi.json", "/sparql/x", "/a/b"])
def test_what_is_not_there_is_said(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert path in answer.json()["detail"]
    assert answer.headers["access-control-allow-origin"] == "*"
    page = http.get(path, headers={"Accept": BROWSER})
    assert page.status_code == 404
    (style,) = [link.attrib["href"] for link in Page(page).root.iter("link") if link.get("rel") == "stylesheet"]
    assert http.get(style).headers["content-type"].startswith("text/css")
    assert http.post("/").status_code == 405


# The service description


@pytest.mark.parametrize("accept", [None, "text/turtle", "application/rdf+xml", "application/ld+json"])
def test_without_a_query_programs_get_a_description(http: httpx.Client, address: str, accept: str | None) -> None:
    answer = http.get("/sparql", headers={"Accept": accept} if accept else {})
    assert answer.headers["content-type"].partition(";")[0] == (accept or "text/turtle")
    graph = rdflib.Graph().parse(data=answer.content, format=answer.headers["content-type"].partition(";")[0])
    service = rdflib.URIRef(address + "/sparql")
    assert (service, SD.endpoint, service) in graph
    assert set(graph.objects(service, SD.feature)) == {SD.UnionDefaultGraph}
    assert set(graph.objects(service, SD.supportedLanguage)) == {SD.SPARQL10Query, SD.SPARQL11Query}
    assert len(set(graph.objects(service, SD.resultFormat))) == 11
    assert set(graph.objects(None, SD.name)) == {rdflib.URIRef(PORTS), rdflib.URIRef(TIDES)}


def test_a_dataset_without_graphs_is_described_too(tmp_path: Path) -> None:
    write_build(tmp_path, quads="")
    with serving(tmp_path) as address:
        graph = rdflib.Graph().parse(address + "/sparql")
        assert not set(graph.objects(None, SD.name)) and len(graph) > 5


# People with a browser


class Page:
    """A page, read as XML: what is not well-formed here is not escaped somewhere."""

    def __init__(self, answer: httpx.Response) -> None:
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        text = answer.text.replace("<!doctype html>", "").replace(" required>", ' required="">')
        for void in ("meta", "link"):
            text = text.replace(f"<{void} ", f"<{void} /").replace(f"<{void} /", f"<{void} ")
        # Elements without content are not closed in HTML.
        closed = re.sub(r"<((?:meta|link|input|br|hr|img)\b[^<>]*?)/?>", r"<\1/>", text)
        self.root = ElementTree.fromstring(closed)

    def texts(self, path: str) -> list[str]:
        return ["".join(node.itertext()).strip() for node in self.root.iterfind(path)]

    def own_scripts(self) -> list[ElementTree.Element]:
        """Scripts that stand in the page itself, which may run none."""
        return [node for node in self.root.iter("script") if "src" not in node.attrib]

    def links(self) -> list[str]:
        return [node.attrib["href"] for node in self.root.iter("a")]


def browse(http: httpx.Client, query: str | None = None, status: int = 200) -> Page:
    params = {} if query is None else {"query": query}
    answer = http.get("/sparql", params=params, headers={"Accept": BROWSER})
    assert answer.status_code == status
    return Page(answer)


def test_a_browser_gets_a_form_with_a_query_to_begin_with(http: httpx.Client) -> None:
    page = browse(http)
    assert page.texts(".//textarea") == [examples()[0].query]
    assert page.root.find(".//label[@for='query']") is not None
    assert [link for link in page.links() if "query=" in link]
    assert page.own_scripts() == []
    assert not page.root.findall(".//table")


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.question)
def test_every_example_runs(http: httpx.Client, example: object) -> None:
    query = example.query
    offered = [parse_qs(urlsplit(link).query).get("query") for link in browse(http).links()]
    assert [query] in offered
    assert not browse(http, query).texts(".//section[@role='alert']")


def test_a_browser_sees_the_rows_and_links_to_the_other_formats(http: httpx.Client) -> None:
    page = browse(http, f"SELECT ?s ?o ?none {{ ?s <{EX}name>|<{EX}signal>|<{EX}berths> ?o }}")
    assert page.texts(".//th") == ["s", "o", "none"]
    assert page.texts(".//caption") == ["5 rows"]
    cells = page.texts(".//td")
    assert "North Harbour" in cells and "12" in cells and f"<{EX}north>" in cells
    assert any("<&>" in cell and "\x07" not in cell for cell in cells)
    csv = next(link for link in page.links() if link.endswith("format=csv"))
    answer = http.get("/" + csv, headers={"Accept": BROWSER})
    assert answer.headers["content-type"].startswith("text/csv") and answer.text.count("\r\n") == 6


def test_a_browser_sees_truth_and_graphs(http: httpx.Client) -> None:
    assert browse(http, ASK).texts(".//p[@class='truth']") == ["true"]
    turtle = browse(http, CONSTRUCT).texts(".//pre")[0]
    assert len(rdflib.Graph().parse(data=turtle)) == 3


def test_a_browser_sees_where_the_query_is_wrong(http: httpx.Client) -> None:
    page = browse(http, "SELECT *\n{ ?s <b>?p&lt; }</textarea>", status=400)
    assert page.texts(".//textarea") == ["SELECT *\n{ ?s <b>?p&lt; }</textarea>"]
    assert "Line 2" in page.texts(".//section[@role='alert']")[0]
    assert len(page.texts(".//mark")) == 1
    assert page.texts(".//section[@role='alert']/pre") == ["{ ?s <b>?p&lt; }</textarea>"]
    assert browse(http, "", status=400).texts(".//section[@role='alert']/h2") == ["The query is not correct SPARQL"]
    browse(http, "SELECT * { SERVICE <http://e/> {} }", status=403)


def test_nothing_in_the_data_or_the_query_becomes_markup_or_a_script(http: httpx.Client) -> None:
    evil = '<script>alert(1)</script><img src=x onerror="alert(1)">'
    page = browse(
        http,
        f"SELECT ?o ?l {{ VALUES (?o ?l) {{ ('''{evil}''' <javascript:alert(1)>) ('a'@en-x-y <http://e/?a&b>) }} }}",
    )
    assert page.own_scripts() == [] and page.root.find(".//img") is None
    assert page.texts(".//td")[:2] == [evil, "<javascript:alert(1)>"]
    assert not [link for link in page.links() if link.startswith("javascript")]
    assert "http://e/?a&b" in page.links()


def test_a_long_result_is_cut_on_the_page_only_and_says_so(http: httpx.Client) -> None:
    digits = "VALUES ?{0} {{ 0 1 2 3 4 5 6 7 8 9 }}"
    query = f"SELECT * {{ {' '.join(digits.format(name) for name in 'abcd')} FILTER(?a = 0 || ?b = 0) }}"
    page = browse(http, query)
    assert len(page.root.findall(".//tbody/tr")) == MOST_ROWS
    assert page.texts(".//p[@class='note']")[0].startswith("The first 1000 of 1900 rows")
    assert len(http.get("/sparql", params={"query": query}).json()["results"]["bindings"]) == 1900


def test_the_start_page(http: httpx.Client) -> None:
    page = http.get("/").text
    assert "version 0.1.0-harbour" in page and 'href="sparql"' in page
    ready = {"ready": True, "version": "0.1.0-harbour", "quads": TRIPLES + 1, "workers": 2}
    assert http.get("/readyz").json() == ready


# The server as a whole


def test_a_new_version_is_served_without_a_restart(tmp_path: Path) -> None:
    write_build(tmp_path, "1-a")
    with serving(tmp_path, watch_seconds=0.02) as address:
        first = httpx.get(address + "/sparql", params={"query": COUNT})
        assert count(first) == TRIPLES and first.headers["dataset-version"] == "1-a"
        write_build(tmp_path, "1-b", f"<{EX}a> <{EX}b> <{EX}c> <{EX}g> .\n")
        wait_until(lambda: httpx.get(address + "/readyz").json()["version"] == "1-b", "The new version")
        tag = first.headers["etag"]
        second = httpx.get(address + "/sparql", params={"query": COUNT}, headers={"If-None-Match": tag})
        assert count(second) == 1 and second.headers["dataset-version"] == "1-b"


def test_a_busy_port_is_said_with_the_way_out(tmp_path: Path) -> None:
    write_build(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(CannotServe) as caught:
            serve(tmp_path, port=other.getsockname()[1], build=False)
    sentence = str(caught.value)
    assert str(other) not in sentence and "--port" in sentence and "Port " in sentence and "\n" not in sentence
    with pytest.raises(CannotServe, match="--host"):
        serve(tmp_path, host="not a host", port=0, build=False)
    with pytest.raises(CannotServe, match="is missing"):
        serve(tmp_path / "empty", port=0, build=False)


def test_what_is_missing_or_out_of_date_is_built_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import wsis_kg.workshop.build

    calls: list[list[str]] = []

    def fail(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        calls.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(serving_module.subprocess, "run", fail)
    old = write_build(tmp_path, "1-a")
    for folder in (None, write_build(tmp_path, "1-b")):
        monkeypatch.setattr(wsis_kg.workshop.build, "current", lambda _, folder=folder: folder)
        (tmp_path / "current").write_text(old.name, encoding="utf-8")
        with pytest.raises(CannotServe, match="build failed"):
            serve(tmp_path, port=0, say=lambda _: None)
    assert calls == 2 * [[sys.executable, "-m", "wsis_kg", "build", "--data", str(tmp_path)]]
    monkeypatch.setattr(wsis_kg.workshop.build, "current", lambda _: old)
    assert serving_module._is_up_to_date(tmp_path)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_server_says_its_address_answers_and_ends_in_good_order(tmp_path: Path, stop: signal.Signals) -> None:
    write_build(tmp_path)
    running = subprocess.Popen(
        [sys.executable, "-m", "wsis_kg", "serve", "--no-build", "--port", "0", "--data", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert running.stdout is not None and running.stderr is not None
        assert running.stdout.readline() == "Version 0.1.0-harbour: 9 statements in 2 graphs.\n"
        line = running.stdout.readline()
        address = line.removeprefix("Serving ").partition(" ")[0]
        assert address.startswith("http://127.0.0.1:") and address.endswith("/sparql")
        assert count(httpx.get(address, params={"query": COUNT}, timeout=20)) == TRIPLES
        running.send_signal(stop)
        assert running.wait(20) in (0, -stop)
        assert "Traceback" not in running.stderr.read()
    finally:
        running.kill()
        running.communicate()
