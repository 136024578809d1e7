"""Asking an endpoint somewhere else: answers, and a sentence for each way in which there is none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import rdflib
from harbour import EX, serving, write_build

from wsis_kg.client import EndpointProblem, ask_endpoint
from wsis_kg.engine.formats import CSV, JSON_LD, N_TRIPLES, RDF_XML, TSV, TURTLE, XML, Format
from wsis_kg.engine.table import Cell

SELECT = f"#+ question: Which names?\nSELECT ?name {{ <{EX}north> <{EX}name> ?name }} ORDER BY LANG(?name)"
CONSTRUCT = f"CONSTRUCT WHERE {{ ?s <{EX}name> ?o }}"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("harbour")
    write_build(home)
    with serving(home) as address:
        yield address + "/sparql"


def test_rows(endpoint: str) -> None:
    table = ask_endpoint(endpoint, SELECT).table()
    assert table.variables == ("name",)
    assert table.rows[0] == {"name": Cell("literal", "North Harbour", language="en")}
    assert ask_endpoint(endpoint, f"ASK {{ <{EX}north> ?p ?o }}").table().truth is True


def test_a_long_query_goes_by_post(endpoint: str) -> None:
    assert len(ask_endpoint(endpoint, SELECT + "\n#" + "x" * 100_000).table().rows) == 2


def test_bytes_of_rows(endpoint: str) -> None:
    assert ask_endpoint(endpoint, SELECT, CSV).body == b"name\r\nNorth Harbour\r\nPort du Nord\r\n"
    assert ask_endpoint(endpoint, SELECT, TSV).body.startswith(b"?name\n")
    assert ask_endpoint(endpoint, SELECT, XML).content_type == "application/sparql-results+xml"


@pytest.mark.parametrize("wanted", [None, TURTLE, N_TRIPLES, RDF_XML, JSON_LD])
def test_bytes_of_a_graph(endpoint: str, wanted: Format | None) -> None:
    answer = ask_endpoint(endpoint, CONSTRUCT, wanted)
    assert answer.format is (wanted or TURTLE)
    assert len(rdflib.Graph().parse(data=answer.body, format=answer.format.media_type)) == 3


def test_what_the_endpoint_refuses_is_said_in_its_words(endpoint: str) -> None:
    with pytest.raises(EndpointProblem) as caught:
        ask_endpoint(endpoint, "SELECT * { ?s body:itu ?o }")
    assert str(caught.value).startswith(f"{endpoint} answered 400. line 1, column 15: The prefix “body:” is not")
    assert "Add PREFIX body:" in str(caught.value)
    with pytest.raises(EndpointProblem, match=r"403.*asks no other one"):
        ask_endpoint(endpoint, "SELECT * { SERVICE <http://e/> {} }")
    with pytest.raises(EndpointProblem, match="answered 404"):
        ask_endpoint(endpoint + "/nowhere", SELECT)
    with pytest.raises(EndpointProblem, match=r"answered 400.*line 1, column 22"):
        ask_endpoint(endpoint, "CONSTRUCT WHERE { ?s }", RDF_XML)


def test_what_cannot_be_asked_is_said_before_asking() -> None:
    with pytest.raises(EndpointProblem, match="http://"):
        ask_endpoint("harbour.example/sparql", SELECT)
    with pytest.raises(EndpointProblem, match="not a SPARQL query"):
        ask_endpoint("http://127.0.0.1:9/sparql", "CLEAR ALL")
    with pytest.raises(EndpointProblem, match=r"gives no Turtle.*JSON, XML, CSV, TSV"):
        ask_endpoint("http://127.0.0.1:9/sparql", SELECT, TURTLE)


def test_nobody_listens_and_no_such_host() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/sparql"
        with pytest.raises(EndpointProblem, match="cannot be reached"):
            ask_endpoint(url, SELECT)
    with pytest.raises(EndpointProblem, match="cannot be reached"):
        ask_endpoint("http://no-such-host.invalid/sparql", SELECT)


class Other(BaseHTTPRequestHandler):
    """A server that is no SPARQL endpoint, or a poor one: the path says what it sends."""

    release = threading.Event()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/slow":
            self.release.wait(20)
            return
        status, content_type, body = {
            "/page": (200, "text/html", b"<html>Welcome</html>"),
            "/wrong": (200, "application/sparql-results+json", b"<html>"),
            "/untyped": (200, "", b"{}"),
            "/down": (503, "text/html", b"<html>Maintenance</html>"),
            "/fault": (500, "text/plain", b"Out of memory\nat line 1\nat line 2"),
            "/cut": (200, "application/sparql-results+json", b'{"head"'),
        }[path]
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body) + (100 if path == "/cut" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def other() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Other.release.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/page", "text/html where application/sparql-results.json was asked for. Is it a SPARQL endpoint"),
        ("/wrong", "cannot be read as SPARQL JSON"),
        ("/untyped", "no media type"),
        ("/down", "answered 503. It sent a page"),
        ("/fault", "answered 500. Out of memory$"),
        ("/cut", "broke off|cannot be read"),
        ("/slow", "did not answer within 1 seconds"),
    ],
)
def test_what_is_no_answer_is_said(other: str, path: str, words: str) -> None:
    with pytest.raises(EndpointProblem, match=words):
        ask_endpoint(other + path, SELECT, timeout_seconds=1).table()
