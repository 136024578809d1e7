"""SERVICE under an allow-list: only the endpoints that were listed are ever called, by real connections."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from click.testing import CliRunner
from harbour import Served, serving_pool, wait_until, write_build

from wsis_kg.cli import main
from wsis_kg.engine.limits import Limits
from wsis_kg.engine.query_text import find_service, is_volatile
from wsis_kg.engine.services import check_endpoint

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
SCHEMA = rdflib.Namespace("https://schema.org/")
PROBLEM = "https://w3id.org/wsis-kg/problem/"
LIMIT = 1.0


class Lighthouse(BaseHTTPRequestHandler):
    """Another endpoint, each path of which answers, or fails, in its own way."""

    server: Coast

    def do_POST(self) -> None:
        self.server.called.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        name = self.path.removeprefix("/")
        if name == "redirecting":
            return self.answer(302, b"", Location=f"http://localhost:{self.server.server_port}/elsewhere")
        if name == "failing":
            return self.answer(500, b"out of oil\nand of wicks")
        if name == "page":
            return self.answer(200, b"<p>Hello</p>", **{"Content-Type": "text/html"})
        if name == "silent":
            self.server.released.wait(60)
            return None
        term = {"type": "literal", "value": "every ten seconds"}
        body = json.dumps({"head": {"vars": ["flash"]}, "results": {"bindings": [{"flash": term}]}})
        body = body[:40] if name == "broken" else body
        return self.answer(200, body.encode(), **{"Content-Type": "application/sparql-results+json"})

    do_GET = do_POST

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


class Coast(ThreadingHTTPServer):
    """The other host: what was called there, in order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Lighthouse)
        self.called: list[str] = []
        self.released = threading.Event()

    def iri(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


@pytest.fixture(scope="module")
def coast() -> Iterator[Coast]:
    with Coast() as coast:
        threading.Thread(target=coast.serve_forever, daemon=True).start()
        yield coast
        coast.released.set()
        coast.shutdown()


@pytest.fixture(autouse=True)
def nothing_called_yet(coast: Coast) -> None:
    coast.called.clear()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("harbour")
    write_build(home)
    return home


@pytest.fixture(scope="module")
def served(home: Path, coast: Coast) -> Iterator[Served]:
    listed = tuple(coast.iri(name) for name in ("light", "redirecting", "failing", "page", "broken", "silent"))
    with serving_pool(home, Limits(timeout_seconds=LIMIT, services=listed)) as served:
        yield served


def ask(served: Served, query: str, **headers: str) -> httpx.Response:
    return httpx.get(served.address + "/sparql", params={"query": query}, headers=headers, timeout=30)


def test_a_listed_service_is_called_and_joined(served: Served, coast: Coast) -> None:
    answer = ask(
        served,
        f"SELECT * {{ ?s <http://harbour.example/berths> ?n SERVICE <{coast.iri('light')}> {{ ?light ?has ?flash }} }}",
    )
    assert answer.status_code == 200 and coast.called == ["/light"]
    (row,) = answer.json()["results"]["bindings"]
    assert row["flash"]["value"] == "every ten seconds" and row["n"]["value"] == "12"


@pytest.mark.parametrize(
    "call",
    [
        "SERVICE<LIGHT>{}",
        "service silent <LIGHT> {}",
        "SERVICE # <OTHER>\n <LIGHT> {}",
        "{ SELECT * { SERVICE <LIGHT> {} } }",
        "SERVICE <LIGHT> {} SERVICE <LIGHT> {}",
        "SERVICE <http\\u003a//HOST/ligh\\U00000074> {}",
    ],
)
def test_an_allowed_call_may_be_written_in_any_way_that_names_the_same_iri(
    served: Served, coast: Coast, call: str
) -> None:
    call = call.replace("HOST", f"127.0.0.1:{coast.server_port}").replace("OTHER", coast.iri("other"))
    answer = ask(served, f"SELECT * {{ {call.replace('LIGHT', coast.iri('light'))} }}")
    assert answer.status_code == 200 and set(coast.called) == {"/light"}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <OTHER> {} }",
        "SELECT * { SERVICE SILENT <OTHER> {} }",
        "SELECT * { SERVICE <LIGHT> {} SERVICE <OTHER> {} }",
        "SELECT * { SERVICE <LIGHT> { SERVICE <OTHER> {} } }",
        "SELECT * { VALUES ?e { <LIGHT> } SERVICE ?e {} }",
        "PREFIX : <LIGHT> SELECT * { SERVICE : {} }",
        "BASE <LIGHT> SELECT * { SERVICE <> {} }",
        "BASE <LIGHT> SELECT * { SERVICE <light> {} }",
        "SELECT * { SERVICE <LIGHT/> {} }",
        "SELECT * { SERVICE <LIGHT#> {} }",
        "SELECT * { SERVICE <LIGHT?> {} }",
        "SELECT * { SERVICE <LIGHT/../light> {} }",
        "SELECT * { SERVICE <LIGHT\\u0073> {} }",
        "SELECT * { SERVICE <LIGHT\\UFFFFFFFF> {} }",
        "SELECT * { SERVICE # <LIGHT> {\n <OTHER> {} }",
        'SELECT * { BIND("SERVICE <LIGHT> {" AS ?x) SERVICE <OTHER> {} }',
        "SELECT * { FILTER(1<2||'x>'='x>') SERVICE <LIGHT> {} SERVICE<OTHER>{} #'\n}",
        "PREFIX ex: <http://e:80> SELECT * { SERVICE <LIGHT> {} OPTIONAL { ?s ?p ex:SERVICE<OTHER>{} } }",
    ],
)
def test_every_other_call_is_refused_before_anything_leaves(served: Served, coast: Coast, query: str) -> None:
    answer = ask(served, query.replace("LIGHT", coast.iri("light")).replace("OTHER", coast.iri("other")))
    problem = answer.json()
    assert answer.status_code == 403 and problem["type"] == PROBLEM + "service-forbidden", answer.text
    assert f"<{coast.iri('light')}>" in problem["detail"] and coast.iri("light") in problem["allowed_services"]
    assert problem["line"] and problem["token"].upper() == "SERVICE"
    assert coast.called == []


def test_without_a_list_nothing_is_called(home: Path, coast: Coast) -> None:
    with serving_pool(home) as served:
        answer = ask(served, f"ASK {{ SERVICE SILENT <{coast.iri('light')}> {{}} }}")
        assert answer.status_code == 403 and "asks no other" in answer.json()["detail"]
        assert "allowed_services" not in answer.json() and coast.called == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("redirecting", "too many redirects"),
        ("failing", "Error 500"),
        ("page", "text/html"),
        ("broken", "Unexpected end of file"),
    ],
)
def test_the_failure_of_a_service_is_told_as_such(served: Served, coast: Coast, name: str, said: str) -> None:
    query = f"SELECT * {{ SERVICE <{coast.iri(name)}> {{}} }}"
    answer = ask(served, query)
    assert answer.status_code == 502 and answer.json()["type"] == PROBLEM + "service-failed", answer.text
    assert said in answer.json()["detail"] and "wicks" not in answer.text
    # A redirection is not followed, wherever it leads.
    assert coast.called == ["/" + name]
    page = ask(served, query, Accept="text/html")
    assert page.status_code == 502 and "A service did not answer" in page.text
    silent = ask(served, query.replace("SERVICE", "SERVICE SILENT"))
    assert silent.status_code == 200 and len(silent.json()["results"]["bindings"]) == 1


@pytest.mark.parametrize("silent", ["", "SILENT "])
def test_a_service_that_never_answers_costs_the_time_limit(served: Served, coast: Coast, silent: str) -> None:
    begin = time.monotonic()
    answer = ask(served, f"SELECT * {{ SERVICE {silent}<{coast.iri('silent')}> {{}} }}")
    assert LIMIT <= time.monotonic() - begin < 20
    assert answer.status_code == 503 and answer.json()["type"] == PROBLEM + "timeout"
    wait_until(lambda: len(served.pool.workers) == 2, "Another worker")
    assert ask(served, "ASK {}").status_code == 200


@pytest.mark.parametrize("silent", ["", "SILENT "])
def test_a_host_that_accepts_and_says_nothing_costs_the_time_limit(home: Path, silent: str) -> None:
    """Not even a connection is accepted: it stays in the backlog."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        iri = f"http://127.0.0.1:{mute.getsockname()[1]}/"
        with serving_pool(home, Limits(timeout_seconds=LIMIT, services=(iri,))) as served:
            answer = ask(served, f"SELECT * {{ SERVICE {silent}<{iri}> {{}} }}")
            assert answer.status_code == 503 and answer.json()["type"] == PROBLEM + "timeout"


def test_what_a_service_answers_is_never_taken_for_fresh(served: Served, coast: Coast) -> None:
    query = f"SELECT * {{ SERVICE <{coast.iri('light')}> {{}} }}"
    first = ask(served, query)
    assert "etag" not in first.headers
    again = ask(served, query, **{"If-None-Match": "*"})
    assert again.status_code == 200 and coast.called == ["/light", "/light"]
    assert is_volatile(query) and is_volatile("ASK { SERVICEex:a# {\n{} }")
    assert not is_volatile("ASK { ?service ?of 'SERVICE' }")


def test_the_description_lists_the_services(served: Served, coast: Coast) -> None:
    graph = rdflib.Graph().parse(data=httpx.get(served.address + "/sparql").text, format="turtle")
    here = rdflib.URIRef(served.address + "/sparql")
    assert (here, SD.feature, SD.BasicFederatedQuery) in graph
    told = {
        str(graph.value(node, SCHEMA.value))
        for node in graph.objects(here, SCHEMA.additionalProperty)
        if str(graph.value(node, SCHEMA.propertyID)) == "service"
    }
    assert told == set(served.pool.limits.services)


@pytest.mark.parametrize(
    "iri",
    [
        "example.org/sparql",
        "//example.org/sparql",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http:///sparql",
        "http://example.org/a b",
        "http://user@example.org/sparql",
        "http://example.org/sparql#there",
        "http://example.org/a/../sparql",
        "http://example.org/..",
        "http://example.org:99999/",
        "http://[::1/",
        "",
    ],
)
def test_only_whole_plain_iris_can_be_listed(iri: str) -> None:
    with pytest.raises(ValueError, match=r"is not the absolute IRI|never called"):
        check_endpoint(iri)
    refused = CliRunner().invoke(main, ["serve", "--allow-service", iri])
    assert refused.exit_code == 2 and "--allow-service" in refused.output


def test_a_listed_iri_is_the_same_after_resolving_it() -> None:
    """pyoxigraph resolves also absolute IRIs against the base: what was compared must be what is called."""
    for iri in ("http://example.org", "https://example.org:8443/a/b?c=/../d", "http://[::1]:3030/ds/é"):
        assert check_endpoint(iri) == iri
        query = f"CONSTRUCT {{ <{iri}> <{iri}> <{iri}> }} WHERE {{}}"
        (triple,) = ox.Store().query(query, base_iri="http://base.example/x/y?z")
        assert isinstance(triple, ox.Triple) and triple.predicate.value == iri


# pyoxigraph refuses to connect to these ports, and says which: so a call shows without any connection.
LISTED, TRAP = "http://127.0.0.1:1/", "http://127.0.0.1:7/"
PIECES = """SERVICE|service|SILENT | |#|#x~|'|"|'''|\"\"\"|\\|<|>|<a>|<x'>|<#>|<L>|<T>|{|}|{}|(|)|?a|1|1.|.5|:|ex:|service:x
ex:SERVICE|a|_:b|@en|^^|FILTER(1<2)|FILTER(?a<?b)|FILTER(1<2;;'x>'='x>')|GRAPH ?g|OPTIONAL|UNION|?s ?p ?o|.|SERVICE <L>{}
SERVICE <T>{}|SERVICE<L>{}|SERVICE<T>{}|SERVICE ?e {}|SERVICE t:{}|VALUES ?e {<T>}|VALUES ?e {<L>}|;;|&&|=|<<|>>|<>|NOT EXISTS{
<http\\u003a//127.0.0.1:7/>|<http\\u003a//127.0.0.1:1/>|<//127.0.0.1:7/>|FILTER EXISTS{SERVICE<T>{}}|~"""
PROLOGUES = ("", "PREFIX ex: <http://127.0.0.1:7> PREFIX t: <T> PREFIX : <T> ", "PREFIX service: <x:> PREFIX t: <L> ")
SHAPES = (
    "@ SERVICE <L> {} @ SERVICE <T> {} @",
    "OPTIONAL { @ ?s ?p 1.SERVICE@<T> {} @ }",
    "FILTER(1<2@)@SERVICE<T>{}@",
)


def test_no_text_whatever_makes_the_engine_call_what_is_not_listed() -> None:
    """Random texts of treacherous pieces, the same in each run: whatever pyoxigraph calls was found before."""
    chosen = random.Random(3)
    pieces = [piece.replace(";;", "||").replace("~", "\n") for piece in PIECES.replace("\n", "|").split("|")]

    def text(most: int) -> str:
        return "".join(chosen.choice(pieces) for _ in range(chosen.randint(0, most)))

    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("x:s"), ox.NamedNode("x:p"), ox.Literal(1)))
    allowed = trapped = 0
    for _ in range(30_000):
        shape = chosen.choice(("@", *SHAPES))
        group = text(12) if shape == "@" else "".join(part + text(2) for part in shape.split("@"))
        query = f"{chosen.choice(PROLOGUES)}SELECT * {{ {group} }}".replace("<L>", f"<{LISTED}>")
        query = query.replace("<T>", f"<{TRAP}>")
        try:
            answer = store.query(query, base_iri=TRAP)
            assert isinstance(answer, ox.QuerySolutions)
            list(answer)
            continue
        except SyntaxError:
            continue
        except (OSError, RuntimeError) as error:
            called = str(error)
        found = find_service(query, (LISTED,))
        if "port 1 " in called:
            allowed += found is None
        elif "unbound" not in called:
            trapped += 1
            assert found is not None, f"{query!r}: {called}"
    assert allowed > 20 and trapped > 200, "The texts must reach the engine, or this proves nothing."
