"""What every address of ours does alike: HEAD, OPTIONS, methods it does not have, cross-origin headers, failures."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from harbour import EX, Served, point_to, serving_pool, write_build
from starlette.routing import BaseRoute, Mount, Route
from whole_site import BROWSER

from wsis_kg.engine.limits import Limits
from wsis_kg.names import DESCRIPTION, EXAMPLES, GRAPH
from wsis_kg.web.app import OURS, create_app, first_part
from wsis_kg.web.home import Home
from wsis_kg.web.void_document import VoidDocument

EXAMPLE = EXAMPLES + "an-example"
QUADS = f"""\
<{EX}a> <{EX}p> "1" <{GRAPH}one> .
<{EXAMPLE}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/shacl#SPARQLExecutable> <{DESCRIPTION}> .
"""
OF_PATTERN = {
    "/graph/{name}": ["/graph/one", "/graph/one.ttl"],
    "/.well-known/sparql-examples/{name:path}": [
        "/.well-known/sparql-examples/",
        "/.well-known/sparql-examples/an-example",
    ],
    "/version/{path:path}": ["/version/0.1.0-harbour/"],
    # There is one of things only, and of dated versions: see test_versions.py.
    "/timemap/{path:path}": [],
    "/dumps/{file:path}": ["/dumps/latest/"],
    "/doc/{path:path}": ["/doc/body"],
    "/ontology/{version:path}": ["/ontology/0.1.0"],
    "/problem/{name:path}": ["/problem/timeout"],
    "/language/{tag}": ["/language/fr"],
    # There is no thing here to which these could lead: test_things.py and test_reconciliation.py try them.
    "/id/{path:path}": [],
    "/reconcile/view": [],
    "/reconcile/preview": [],
    "/rdf-graph-store": ["/rdf-graph-store?default", f"/rdf-graph-store?graph={GRAPH}one"],
}
NEGOTIATED = ["/sparql", "/void", "/graph/one", "/.well-known/sparql-examples/an-example"]
MORE = {"/sparql": {"POST", "QUERY"}, "/reconcile": {"POST"}}
"""What may be done at some addresses beside reading; queries of any kind come by POST as well."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("routes")
    write_build(home, quads=QUADS)
    with serving_pool(home, contacts=["mailto:keeper@harbour.example"]) as served:
        yield served


@pytest.fixture(scope="module")
def http(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.address, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def routes(served: Served) -> Sequence[BaseRoute]:
    """Those of the application; one that is added later is tried too."""

    async def made() -> Sequence[BaseRoute]:
        site = await create_app(served.pool).site()
        routes: Sequence[BaseRoute] = site.routes
        return routes

    return asyncio.run(made())


@pytest.fixture(scope="module")
def addresses(routes: Sequence[BaseRoute]) -> list[str]:
    """Each address of the application."""
    patterns = [route.path for route in routes if isinstance(route, Route)]
    return ["/sparql", "/sparql.ttl", *(one for path in patterns for one in OF_PATTERN.get(path, [path]))]


def test_no_public_path_can_be_taken_for_one_of_ours(routes: Sequence[BaseRoute]) -> None:
    """The list stands apart from the routes, for those are not imported before the first query is answered."""
    assert {first_part(route.path) for route in routes if isinstance(route, Route | Mount)} | {"sparql"} == OURS


def test_the_site_is_loaded_once_however_many_ask_at_the_start(tmp_path: Path) -> None:
    """The first query does not wait for it."""
    write_build(tmp_path, quads=QUADS)
    script = """if True:
        import asyncio, sys
        from pathlib import Path
        from wsis_kg.engine.pool import Pool
        from wsis_kg.web.app import OURS, create_app, first_part
        assert not {"fastapi", "pydantic", "jinja2", "rdflib"} & set(sys.modules)
        app = create_app(Pool(Path(sys.argv[1])))
        made, make = [], app._make_site
        app._make_site = lambda: made.append(1) or make()
        async def ask(path):
            sent = []
            async def receive():
                return {"type": "http.request", "body": b"", "more_body": False}
            async def send(message):
                sent.append(message)
            await app({"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
                       "headers": [], "scheme": "http", "client": None, "server": None, "root_path": ""}, receive, send)
            return sent[0]["status"]
        async def main():
            async with app.living():
                return await asyncio.gather(*(ask(path) for path in ("/healthz", "/readyz", "/", "/nowhere")))
        print(asyncio.run(main()), made)
    """
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.stdout == "[200, 200, 200, 404] [1]\n", ended.stderr


def test_every_address_answers_head_as_it_answers_get(http: httpx.Client, addresses: list[str]) -> None:
    assert len(addresses) > 12 and not [address for address in addresses if "{" in address]
    for address in addresses:
        got, head = http.get(address), http.head(address)
        assert got.status_code in (200, 302, 303, 308), address
        assert head.status_code == got.status_code and head.content == b"", address
        for name in ("content-type", "etag", "location", "content-location", "vary", "access-control-allow-origin"):
            assert head.headers.get(name) == got.headers.get(name), (address, name)
        if address != "/metrics":
            # Which counts what it is asked meanwhile.
            assert head.headers.get("content-length") == got.headers.get("content-length"), address


def test_every_address_says_what_may_be_done_there(http: httpx.Client, addresses: list[str]) -> None:
    preflight = {"Origin": "http://e.example", "Access-Control-Request-Method": "GET"}
    for address in addresses:
        allowed = {"GET", "HEAD", "OPTIONS"} | MORE.get(address.partition(".")[0], set())
        for headers in ({}, preflight):
            answer = http.options(address, headers=headers)
            assert answer.is_success, address
            assert set(answer.headers["allow"].split(", ")) == allowed, address
            assert answer.headers["access-control-allow-origin"] == "*", address
            assert "GET" in answer.headers["access-control-allow-methods"], address
            assert "If-None-Match" in answer.headers["access-control-allow-headers"], address
        assert http.options(address, headers=preflight).status_code == 204


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "POST", "QUERY"])
def test_no_address_does_more(http: httpx.Client, addresses: list[str], method: str) -> None:
    for address in addresses:
        if method in MORE.get(address.partition(".")[0], set()):
            continue
        answer = http.request(method, address)
        assert answer.status_code == 405, address
        assert {"GET", "HEAD", "OPTIONS"} <= set(answer.headers["allow"].split(", ")), address
        assert answer.headers["content-type"] == "application/problem+json", address
        assert method in answer.json()["detail"] and "detail" not in answer.json()["detail"]
        assert answer.headers["access-control-allow-origin"] == "*", address


def test_limits_on_answers_bind_queries_and_not_our_own_pages(tmp_path: Path, built_world: Path) -> None:
    shutil.copytree(built_world, tmp_path / built_world.name)
    point_to(tmp_path, built_world.name)
    with (
        serving_pool(tmp_path, Limits(most_rows=3, most_bytes=500)) as served,
        httpx.Client(base_url=served.address, timeout=60, headers={"Accept": BROWSER}) as client,
    ):
        for path in ("/", "/doc/body", "/quality", "/ontology", "/search?q=tide", "/sitemap.xml", "/void.ttl"):
            assert client.get(path).status_code == 200, path
        for path in ("/graph/actors.ttl", "/.well-known/sparql-examples/", "/reconcile"):
            assert client.get(path).status_code in (200, 303), path
        refused = client.get("/sparql.json", params={"query": "SELECT * { ?s ?p ?o }"})
        assert refused.status_code == 400 and "3 rows" in refused.text
        refused = client.get("/sparql.nt", params={"query": "CONSTRUCT WHERE { ?s ?p ?o }"})
        assert refused.status_code == 400


@pytest.mark.parametrize("address", NEGOTIATED)
@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        ("*/*", ".ttl"),
        ("text/turtle", ".ttl"),
        ("application/ld+json", ".jsonld"),
        ("application/rdf+xml", ".rdf"),
        ("application/n-triples", ".nt"),
        # The same bytes under another name are not what stands at the fixed address.
        ("application/trig", None),
        ("application/json", None),
    ],
)
def test_what_was_negotiated_says_where_it_stands(
    http: httpx.Client, address: str, accept: str, suffix: str | None
) -> None:
    answer = http.get(address, headers={"Accept": accept})
    assert answer.status_code == 200
    where = answer.headers.get("content-location")
    assert where == (None if suffix is None else address + suffix)
    if where is None:
        return
    fixed = http.get(urljoin(str(answer.url), where), headers={"Accept": BROWSER})
    assert fixed.status_code == 200 and "content-location" not in fixed.headers
    assert fixed.headers["content-type"] == answer.headers["content-type"]
    assert sorted(fixed.content.splitlines()) == sorted(answer.content.splitlines())
    assert fixed.headers.get("etag") == answer.headers.get("etag")
    if "etag" in answer.headers:
        again = http.get(address, headers={"Accept": accept, "If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304 and again.headers["content-location"] == where


def test_figures_count_every_answer_by_what_was_asked(http: httpx.Client) -> None:
    def counted(resource: str, status: int) -> float:
        name = f'wsis_kg_responses_total{{resource="{resource}",status="{status}"}} '
        lines = http.get("/metrics").text.splitlines()
        return next((float(line.removeprefix(name)) for line in lines if line.startswith(name)), 0)

    for resource, address, status in (
        ("sparql", "/sparql", 200),
        ("sparql", "/sparql?query=", 400),
        ("graph", "/graph/one", 200),
        ("graph", "/graph/nowhere", 404),
        ("graph", "/rdf-graph-store?default", 200),
        ("graph", "/rdf-graph-store", 400),
        ("void", "/void.nt", 200),
        ("void", "/.well-known/void", 303),
        ("examples", "/.well-known/sparql-examples/", 200),
        ("other", "/", 200),
        ("other", "/whatever/anybody/makes-up", 404),
    ):
        before = counted(resource, status)
        assert http.get(address).status_code == status
        # Asking for the figures is counted too, once it has begun.
        asked = 1 if (resource, status) == ("other", 200) else 0
        assert counted(resource, status) == before + 1 + asked, address


@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_a_failure_of_a_page_or_document_is_told_with_all_headers(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, accept: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a secret of the house")

    monkeypatch.setattr(Home, "answer", fail)
    monkeypatch.setattr(VoidDocument, "answer", fail)
    for address in ("/", "/void"):
        answer = http.get(address, headers={"Accept": accept})
        assert answer.status_code == 500 and "secret" not in answer.text
        assert answer.headers["access-control-allow-origin"] == "*" and answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == (
            "text/html; charset=utf-8" if accept == BROWSER else "application/problem+json"
        )
    assert caplog.text.count("a secret of the house") >= 2


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"this is no HTTP\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nBroken Header\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: e\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 300 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: e\r\nHost: f\r\n\r\n", b"400"),
        (b"GET / HTTP/1.0\r\nHost: e\r\nHost: f\r\n\r\n", b"400"),
        (b"POST /sparql HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n", b"400"),
    ],
)
def test_what_never_reaches_the_application_has_the_header_too(
    http: httpx.Client, request_bytes: bytes, status: bytes
) -> None:
    """Written by the server itself, in one place; a connection that is closed without an answer can have none."""
    with socket.create_connection((http.base_url.host, http.base_url.port or 80), timeout=20) as connection:
        connection.sendall(request_bytes)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 " + status) and b"access-control-allow-origin: *" in head
