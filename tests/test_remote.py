"""A service elsewhere behind the front: what it is asked, and what a client gets when it does something wrong."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import psutil
import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from harbour import EX, PORTS, QUADS, TIDES, Served, serving_pool, wait_until
from hypothesis import given
from hypothesis import strategies as st
from services import free_port

from wsis_kg.cli import main
from wsis_kg.engine.credentials import PASSWORD, TOKEN, USER, BadService, Credentials
from wsis_kg.engine.crew import Crew, StoreFailed
from wsis_kg.engine.limits import Limits
from wsis_kg.engine.live import NoBuild, ServiceElsewhere
from wsis_kg.engine.problems import QuerySyntaxError
from wsis_kg.engine.remote import clean_rows, take_dataset
from wsis_kg.engine.remote_service import Service, checked_address
from wsis_kg.names import DATASET, DESCRIPTION, PREFIXES

SECRET = "a-secret-that-nobody-may-see"
JSON = "application/sparql-results+json"
NAMES = f"SELECT ?n {{ ?s <{EX}name> ?n }} ORDER BY ?n"


class Fake(ThreadingHTTPServer):
    """A SPARQL service over the harbours, which can be told to do something else."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.store = ox.Store()
        self.store.load(QUADS.encode(), format=ox.RdfFormat.N_QUADS)
        self.otherwise: Callable[[_Handler, str], bool] = lambda handler, query: False
        """Answers by itself and says so."""
        self.headers_seen: list[dict[str, str]] = []
        self.forms_seen: list[dict[str, list[str]]] = []
        self.connections: set[socket.socket] = set()
        self.left = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/sparql"

    def handle_error(self, *_: object) -> None:
        """Clients that leave are what is tested here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Fake

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = parse_qs(body.decode(), keep_blank_values=True)
        query = form["query"][0]
        self.server.connections.add(self.connection)
        self.server.headers_seen.append(dict(self.headers.items()))
        self.server.forms_seen.append(form)
        if self.server.otherwise(self, query):
            return
        answer = self.server.store.query(
            query, use_default_graph_as_union="default-graph-uri" not in form
        )
        accept = self.headers["Accept"]
        if isinstance(answer, ox.QueryTriples):
            written = ox.serialize(answer, format=ox.RdfFormat.N_TRIPLES)
        else:
            formats = {JSON: ox.QueryResultsFormat.JSON, "text/tab-separated-values": ox.QueryResultsFormat.TSV}
            written = answer.serialize(format=formats[accept])
        self.give(200, accept, written or b"")

    def give(self, status: int, media_type: str, body: bytes, **headers: str) -> bool:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        return True

    def hang(self) -> bool:
        """Until the other side has gone."""
        while self.connection.recv(1024):
            pass
        self.server.left.set()
        self.close_connection = True
        return True

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def faking(port: int = 0) -> Iterator[Fake]:
    fake = Fake(port)
    thread = threading.Thread(target=fake.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield fake
    finally:
        fake.shutdown()
        thread.join()
        fake.server_close()
        for connection in fake.connections:
            # As the end of the process would do.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def fake() -> Iterator[Fake]:
    with faking() as service:
        yield service


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Fake, Served]]:
    """A service and the front before it, for tests that leave both as they were."""
    with faking() as fake, before(fake, tmp_path_factory.mktemp("pair")) as served:
        yield fake, served


@contextmanager
def before(fake: Fake, home: Path, **limits: Any) -> Iterator[Served]:
    """Our front before the service."""
    source = ServiceElsewhere(fake.address)
    # Looks at the version are left to tests of their own.
    with serving_pool(home, Limits(**{"workers": 1, **limits}), watch_seconds=3600, cache_megabytes=0, source=source) as served:
        yield served


def ask(served: Served, query: str = NAMES, accept: str = JSON) -> httpx.Response:
    return httpx.post(
        served.address + "/sparql", data={"query": query}, headers={"Accept": accept}, timeout=60, trust_env=False
    )


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["n"]["value"] for row in answer.json()["results"]["bindings"]]


HARBOURS = ["North Harbour", "Port du Nord", "Tide Committee"]


def test_a_service_that_nobody_published_into_is_served_as_it_is(fake: Fake, tmp_path: Path) -> None:
    with before(fake, tmp_path) as served:
        answer = ask(served)
        assert sorted(set(names(answer))) == sorted(HARBOURS)
        assert dict(served.pool.edition.graphs) == {PORTS: 6, TIDES: 3}
        version = served.pool.edition.version
        assert version.startswith("service-") and answer.headers["dataset-version"] == version
        sent = fake.forms_seen[-1]
        assert set(sent) == {"query"} and sent["query"][0].startswith(f"BASE <{served.address}/sparql> SELECT")
        page = ask(served, accept="text/html")
        assert page.status_code == 200 and "Port du Nord" in page.text


@pytest.mark.parametrize("version", ["../../etc", "a\nX-Header: b", "", "é"])
def test_a_version_that_is_none_is_refused(fake: Fake, version: str) -> None:
    about = ox.Quad(
        ox.NamedNode(DATASET), ox.NamedNode(PREFIXES["owl"] + "versionInfo"), ox.Literal(version), ox.NamedNode(DESCRIPTION)
    )
    fake.store.add(about)
    with pytest.raises(NoBuild, match="is none"):
        ServiceElsewhere(fake.address).current()


def test_one_connection_is_kept_for_all_queries_of_a_worker(fake: Fake, tmp_path: Path) -> None:
    with before(fake, tmp_path) as served:
        ask(served)
        fake.connections.clear()
        for _ in range(5):
            assert ask(served).status_code == 200
        assert len(fake.connections) == 1


def test_a_kept_connection_that_was_closed_is_opened_again(fake: Fake, tmp_path: Path) -> None:
    closed = []

    def close_after(handler: _Handler, query: str) -> bool:
        closed.append(query)
        if len(closed) == 2:
            # As a service does whose patience ends at the moment in which it is asked.
            handler.close_connection = True
            return True
        return False

    with before(fake, tmp_path) as served:
        fake.otherwise = close_after
        assert ask(served).status_code == 200
        assert ask(served).status_code == 200
        assert len(closed) == 3


def test_workers_without_a_fork_ask_the_service_as_well(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, SECRET)
    fake.otherwise = bearer
    source = ServiceElsewhere(fake.address)
    with serving_pool(tmp_path, Limits(workers=1), watch_seconds=3600, fork=False, cache_megabytes=0, source=source) as served:
        assert ask(served).status_code == 200
        fake.otherwise = refusing(503)
        assert ask(served).json()["type"].endswith("/engine-unreachable")
        lines = [" ".join(psutil.Process(number).cmdline()) for number in served.pool.workers]
        assert lines and not any(SECRET in line for line in lines)
    with pytest.raises(StoreFailed, match="refuses our credentials"):
        fake.otherwise = refusing(401)
        Crew(fake.address, Limits(), fork=False)


def test_a_service_that_is_down_is_a_503_and_comes_back(tmp_path: Path) -> None:
    port = free_port()
    with faking(port) as fake:
        front = before(fake, tmp_path)
        served = front.__enter__()
        assert ask(served).status_code == 200
    try:
        answer = ask(served)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["type"].endswith("/engine-unreachable")
        assert httpx.get(served.address + "/healthz", trust_env=False).status_code == 200
        with faking(port):
            assert ask(served).status_code == 200
    finally:
        front.__exit__(None, None, None)


def page(handler: _Handler, _: str) -> bool:
    return handler.give(200, "text/html", b"<html><title>Please log in</title></html>")


def failing_page(handler: _Handler, _: str) -> bool:
    return handler.give(500, "text/html", b"<html><h1>Stack trace</h1></html>")


def no_json(handler: _Handler, _: str) -> bool:
    return handler.give(200, JSON, b"<html>")


def half(handler: _Handler, _: str) -> bool:
    return handler.give(200, JSON, b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"x"}}')


def fewer_than_promised(handler: _Handler, _: str) -> bool:
    body = b'{"head":{"vars":["n"]},"results":{"bindings":[]}}'
    handler.send_response(200)
    handler.send_header("Content-Type", JSON)
    handler.send_header("Content-Length", str(len(body) + 10))
    handler.end_headers()
    handler.wfile.write(body)
    handler.close_connection = True
    return True


def no_answer(handler: _Handler, _: str) -> bool:
    handler.close_connection = True
    return True


def redirect(handler: _Handler, _: str) -> bool:
    return handler.give(307, "text/plain", b"", Location="/sparql")


def bad_terms(handler: _Handler, _: str) -> bool:
    body = {"head": {"vars": ["n"]}, "results": {"bindings": [{"n": {"type": "uri", "value": "no iri"}}]}}
    return handler.give(200, JSON, json.dumps(body).encode())


def refusing(status: int, body: bytes = b"", **headers: str) -> Callable[[_Handler, str], bool]:
    return lambda handler, _: handler.give(status, "text/plain", body, **headers)


def partial(**headers: str) -> Callable[[_Handler, str], bool]:
    return lambda handler, _: handler.give(200, JSON, b'{"head":{"vars":["n"]},"results":{"bindings":[]}}', **headers)


@pytest.mark.parametrize(
    ("otherwise", "status", "kind", "words"),
    [
        (page, 502, "engine-failed", "answered with text/html where"),
        (failing_page, 502, "engine-failed", "(status 500): It sent a page instead of a reason."),
        (no_json, 502, "engine-failed", "cannot be read to its end"),
        (half, 502, "engine-failed", "cannot be read to its end"),
        (fewer_than_promised, 502, "engine-failed", "broke off its answer"),
        (no_answer, 502, "engine-failed", "closed the connection without an answer"),
        (bad_terms, 502, "engine-failed", "cannot be read to its end"),
        (redirect, 502, "engine-failed", "redirects to /sparql"),
        (refusing(401, WWW_Authenticate='Basic realm="x"'), 502, "engine-failed", "refuses our credentials"),
        (refusing(403), 502, "engine-failed", "refuses our credentials"),
        (refusing(404), 502, "engine-failed", "There is no SPARQL service at"),
        (refusing(500, b"out of order\nat line 5"), 502, "engine-failed", "(status 500): out of order"),
        (refusing(400, b"I know no\t MINUS.\nSPARQL query: SELECT"), 502, "engine-refused", "correct: I know no MINUS."),
        (refusing(500, b"Virtuoso 37000 Error SP030: no"), 502, "engine-refused", "SP030"),
        (refusing(504), 504, "engine-timeout", "gave up"),
        (refusing(500, b"Virtuoso S1T00 Error SR171: Transaction timed out"), 504, "engine-timeout", "S1T00"),
        (refusing(500, b"Virtuoso 42000 Error The estimated execution time 800 (sec) exceeds the limit of 400"), 504, "engine-timeout", "exceeds"),
        (refusing(503), 503, "engine-unreachable", "is busy or down"),
        (refusing(429), 503, "engine-unreachable", "is busy or down"),
        (partial(X_SQL_State="S1TAT", X_SQL_Message="RC..."), 502, "incomplete", "a part of the answer only"),
        (partial(X_SPARQL_MaxRows="10000"), 502, "incomplete", "no more than 10000 rows"),
    ],
)
def test_what_the_service_does_wrong_is_told(
    pair: tuple[Fake, Served], otherwise: Callable[[_Handler, str], bool], status: int, kind: str, words: str
) -> None:
    fake, served = pair
    worker = served.pool.workers
    fake.otherwise = otherwise
    answer = ask(served)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    told = answer.json()
    assert told["type"].endswith("/" + kind)
    assert words in told["detail"]
    assert "Traceback" not in answer.text and "httpx" not in answer.text
    # Graphs go another way, to the same end.
    assert ask(served, "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "text/turtle").status_code == status
    fake.otherwise = lambda handler, query: False
    assert ask(served).status_code == 200
    assert served.pool.workers == worker, "The worker went on."


def test_a_large_answer_that_breaks_off_is_broken_off(fake: Fake, tmp_path: Path) -> None:
    rows = b",".join(b'{"n":{"type":"literal","value":"%06d"}}' % number for number in range(50_000))

    def broken(handler: _Handler, _: str) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Type", JSON)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        body = b'{"head":{"vars":["n"]},"results":{"bindings":[' + rows
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
        handler.close_connection = True
        return True

    with before(fake, tmp_path) as served:
        fake.otherwise = broken
        with pytest.raises(httpx.RemoteProtocolError):
            ask(served)
        fake.otherwise = lambda handler, query: False
        assert ask(served).status_code == 200


def test_rows_are_passed_on_while_they_come(fake: Fake, tmp_path: Path) -> None:
    go_on = threading.Event()

    def slow(handler: _Handler, _: str) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Type", JSON)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        row = b'{"n":{"type":"literal","value":"' + b"x" * 1000 + b'"}}'
        body = b'{"head":{"vars":["n"]},"results":{"bindings":[' + b",".join([row] * 1000)
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
        go_on.wait(30)
        handler.wfile.write(b"3\r\n]}}\r\n0\r\n\r\n")
        return True

    with before(fake, tmp_path, timeout_seconds=30) as served:
        fake.otherwise = slow
        with httpx.stream(
            "POST", served.address + "/sparql", data={"query": NAMES}, headers={"Accept": JSON}, timeout=60, trust_env=False
        ) as answer:
            pieces = answer.iter_bytes()
            size = len(next(pieces))
            assert not go_on.is_set() and size > 0
            go_on.set()
            assert size + sum(len(piece) for piece in pieces) > 1_000_000


def test_the_time_limit_ends_the_connection_to_the_service(fake: Fake, tmp_path: Path) -> None:
    with before(fake, tmp_path, timeout_seconds=0.5) as served:
        fake.otherwise = lambda handler, _: handler.hang()
        answer = ask(served)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "timeout")
        assert fake.left.wait(20), "The service still computes for nobody."
        fake.otherwise = lambda handler, query: False
        wait_until(lambda: ask(served).status_code == 200, "Another worker")


def test_a_client_that_leaves_ends_the_connection_to_the_service(fake: Fake, tmp_path: Path) -> None:
    asked = threading.Event()

    def hang(handler: _Handler, _: str) -> bool:
        asked.set()
        return handler.hang()

    with before(fake, tmp_path, timeout_seconds=60) as served:
        fake.otherwise = hang
        host, _, port = served.address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: here\r\nAccept: */*\r\n\r\n")
            assert asked.wait(20)
        assert fake.left.wait(20)


def test_limits_on_rows_and_bytes_hold(fake: Fake, tmp_path: Path) -> None:
    with before(fake, tmp_path, most_rows=2) as served:
        answer = ask(served)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "too-large")
        assert ask(served, "SELECT * { ?s ?p ?o } LIMIT 2").status_code == 200
    with before(fake, tmp_path, most_bytes=100) as served:
        assert ask(served).json()["type"].endswith("/too-large")


@pytest.mark.parametrize(
    ("body", "truth"),
    [
        (b'{"head":{"vars":["callret0"]},"results":{"bindings":[{"callret0":{"type":"typed-literal","datatype":"http://www.w3.org/2001/XMLSchema#integer","value":"1"}}]}}', "true"),
        (b'{"head":{"vars":["b"]},"results":{"bindings":[{"b":{"type":"literal","value":"false"}}]}}', "false"),
        (b'{"head":{"vars":["b"]},"results":{"bindings":[]}}', "false"),
        (b'{"head":{"link":[]},"boolean":true}', "true"),
    ],
)
def test_ask_that_was_answered_as_a_select_is_an_ask_again(
    fake: Fake, tmp_path: Path, body: bytes, truth: str
) -> None:
    with before(fake, tmp_path) as served:
        fake.otherwise = lambda handler, _: handler.give(200, JSON, body)
        assert ask(served, "ASK { ?s ?p ?o }", "text/csv").text == truth
        assert ask(served, "ASK { ?s ?p ?o }").json()["boolean"] is (truth == "true")


def test_what_is_no_query_never_reaches_the_service(fake: Fake, tmp_path: Path) -> None:
    with before(fake, tmp_path) as served:
        ask(served)
        fake.forms_seen.clear()
        for text in ("SELECT", "INSERT DATA { <a:a> <a:b> 1 }", "SELECT * { SERVICE <http://x/> {} }", "ASK { FILTER(<a:f>()) }"):
            assert ask(served, text).status_code in (400, 403)
        nested = "SELECT * {" + "{" * 10_000 + "}" * 10_000 + "}"
        assert ask(served, nested).status_code == 400
        assert fake.forms_seen == []
        wait_until(lambda: ask(served).status_code == 200, "Another worker")


# Credentials


def basic(handler: _Handler, _: str) -> bool:
    expected = "Basic " + base64.b64encode(f"reader:{SECRET}".encode()).decode()
    if handler.headers.get("Authorization") == expected:
        return False
    return handler.give(401, "text/plain", b"who?", WWW_Authenticate='Basic realm="x"')


def bearer(handler: _Handler, _: str) -> bool:
    return handler.headers.get("Authorization") != f"Bearer {SECRET}" and handler.give(401, "text/plain", b"")


@pytest.mark.parametrize(
    ("otherwise", "variables"), [(basic, {USER: "reader", PASSWORD: SECRET}), (bearer, {TOKEN: SECRET})]
)
def test_credentials_are_sent_and_seen_nowhere_else(
    fake: Fake,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    otherwise: Callable[[_Handler, str], bool],
    variables: dict[str, str],
) -> None:
    fake.otherwise = otherwise
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with before(fake, tmp_path, workers=2) as served:
        assert ask(served).status_code == 200
        assert "Authorization" in fake.headers_seen[-1]
        processes = [served.pool.store_process, *served.pool.workers]
        lines = [" ".join(psutil.Process(number).cmdline()) for number in processes]
        assert fake.address in lines[0] and not any(SECRET in line for line in lines)
        fake.otherwise = refusing(403)
        answer = ask(served)
        assert answer.status_code == 502 and SECRET not in answer.text
    assert SECRET not in "".join(capfd.readouterr())


def test_a_password_is_not_sent_before_the_service_asks(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(USER, "reader")
    monkeypatch.setenv(PASSWORD, SECRET)
    service = Service(fake.address, Credentials.from_environment())
    service.ask("ASK {}", JSON).close()
    service.close()
    assert not any("Authorization" in headers for headers in fake.headers_seen)


def test_credentials_do_not_go_to_where_a_redirection_leads(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, SECRET)
    with faking() as elsewhere, before(fake, tmp_path) as served:
        fake.otherwise = lambda handler, _: handler.give(307, "text/plain", b"", Location=elsewhere.address)
        told = ask(served).json()
        assert f"redirects to {elsewhere.address}" in told["detail"]
        assert elsewhere.headers_seen == []


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({USER: "u"}, f"{PASSWORD} is not set"),
        ({PASSWORD: SECRET}, f"{USER} is not set"),
        ({TOKEN: SECRET, USER: "u", PASSWORD: SECRET}, f"Both {TOKEN} and {USER}"),
        ({TOKEN: SECRET + "\r\nX: y"}, f"{TOKEN} holds characters"),
    ],
)
def test_credentials_that_do_not_fit_together_are_refused(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadService, match=sentence) as caught:
        Credentials.from_environment(environment)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(Credentials("u", SECRET, SECRET))


@pytest.mark.parametrize(
    "address",
    ["", "example.org/sparql", "file:///etc/passwd", "ftp://h/", "http://", "http://h:99999/", "http://h/#x", "http://h/a b",
     "http://user:pw@h/", "http://h:0/", "http://h/\r\nX: y"],
)  # fmt: skip
def test_only_addresses_are_addresses(address: str) -> None:
    with pytest.raises(BadService) as caught:
        checked_address(address)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}/sparql", "ftp://example.org/", "http://u:hidden@h/"])
def test_a_server_that_cannot_start_says_why_in_a_sentence(tmp_path: Path, address: str) -> None:
    address = address.format(port=free_port())
    both = ["serve", "--engine", address, "--allow-service", "https://example.org/sparql"]
    assert "--allow-service is for the engine built in" in CliRunner().invoke(main, both).output
    told = CliRunner().invoke(main, ["serve", "--engine", address, "--port", "0", "--data", str(tmp_path)])
    assert told.exit_code == 1
    assert told.output.startswith("The service cannot be used: ") and told.output.count("\n") == 1
    assert "hidden" not in told.output


# The text of a query


@pytest.mark.parametrize(
    ("query", "default", "named"),
    [
        ("SELECT * { ?s ?p ?o }", None, None),
        ("SELECT * FROM <http://a/> { ?s ?p ?o }", ["http://a/"], []),
        ("PREFIX ex: <http://e/> SELECT * FROM ex:a from named ex:b FROM NAMED <c> {}", ["http://e/a"], ["http://e/b", "http://here/c"]),
        ("BASE <http://b/> ASK FROM <x>\n#FROM <y>\n{ FILTER('FROM <z>' = ?from) }", ["http://b/x"], []),
        ("PREFIX from: <http://f/> SELECT * { from:a from:b from:c }", None, None),
        ("PREFIX from: <http://f/> SELECT * FROM from:a {}", ["http://f/a"], []),
        ("DESCRIBE <a> FROM <http://g/>", ["http://g/"], []),
        ("SELECT * FROM # why\n NAMED # not\n <http://a/> {}", [], ["http://a/"]),
        ("CONSTRUCT FROM <http://a/> WHERE { ?s ?p ?o }", ["http://a/"], []),
    ],
)
def test_the_dataset_of_a_text_is_taken_out_of_it(
    query: str, default: list[str] | None, named: list[str] | None
) -> None:
    rest, found_default, found_named = take_dataset(query, "http://here/sparql")
    assert (found_default, found_named) == (default, named)
    assert len(rest) == len(query) and rest.count("\n") == query.count("\n")
    assert take_dataset(rest, "http://here/sparql") == (rest, None, None)
    ox.Store().query(rest, base_iri="http://here/sparql")


@pytest.mark.parametrize("clause", ["FROMex:g", "FROM NAMEDex:g", "FROMNAMED ex:g", "FROMNAMEDex:g"])
def test_a_keyword_without_a_space_is_not_guessed_at(clause: str) -> None:
    query = f"PREFIX ex: <http://e/> SELECT * {clause} {{}}"
    ox.Store().query(query)
    with pytest.raises(QuerySyntaxError, match="without a space"):
        take_dataset(query, None)


VIRTUOSO_ROWS = (
    b'{ "head": { "link": [], "vars": ["o"] },\n "results": { "distinct": false, "ordered": true, "bindings": [\n'
    b'{ "o": { "type": "bnode", "value": "nodeID://b10000" }},\n'
    b'{ "o": { "type": "typed-literal", "datatype": "http://www.w3.org/2001/XMLSchema#boolean", "value": "1" }},\n'
    b'{ "o": { "type": "typed-literal", "datatype": "http://www.w3.org/2001/XMLSchema#boolean", "value": "0" }},\n'
    b'{ "o": { "type": "typed-literal", "datatype": "http://www.w3.org/2001/XMLSchema#integer", "value": "1" }},\n'
    b'{ "o": { "type": "literal", "value": "\\"type\\": \\"bnode\\", \\"value\\": \\"nodeID://b1" }} ] } }'
)


@given(cuts=st.lists(st.integers(0, len(VIRTUOSO_ROWS)), max_size=30))
def test_rows_are_put_right_wherever_they_are_cut(cuts: list[int]) -> None:
    ends = sorted({0, len(VIRTUOSO_ROWS), *cuts})
    pieces = [VIRTUOSO_ROWS[start:end] for start, end in pairwise(ends)]
    document = json.loads(b"".join(clean_rows(iter(pieces))))
    assert [row["o"]["value"] for row in document["results"]["bindings"]] == [
        "b10000",
        "true",
        "false",
        "1",
        '"type": "bnode", "value": "nodeID://b1',
    ]


def test_a_poll_that_fails_leaves_what_is_served(tmp_path: Path) -> None:
    port = free_port()
    with faking(port) as fake:
        source = ServiceElsewhere(fake.address)
        front = serving_pool(tmp_path, Limits(workers=1), watch_seconds=0.02, cache_megabytes=0, source=source)
        served = front.__enter__()
        version = served.pool.edition.version
    try:
        time.sleep(0.2)
        assert served.pool.edition.version == version
        assert httpx.get(served.address + "/readyz", trust_env=False).status_code == 200
    finally:
        front.__exit__(None, None, None)
