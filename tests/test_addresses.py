"""The public address: links, descriptions and tags behind a proxy, and whose word about a client is believed."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import rdflib
from click.testing import CliRunner
from harbour import Served, serving_pool, write_build

from wsis_kg.cli import main
from wsis_kg.web.address import Address, PublicAddress
from wsis_kg.web.listening import CannotListen, listen_on_file
from wsis_kg.web.proxies import Networks, Proxies, Told

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
ASK = {"query": "ASK {}"}
HERE = {"query": "SELECT (<> AS ?here) {}"}
HTTP = httpx.Client(timeout=30)
"""One for all: each new one reads the machine's certificates first, which takes longer than these answers."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("harbour")
    write_build(home)
    return home


# Whose word counts


@pytest.mark.parametrize(
    ("names", "inside", "outside"),
    [
        (["10.0.0.7"], ["10.0.0.7", "::ffff:10.0.0.7"], ["10.0.0.8", "::1", "", "unknown"]),
        (["10.0.0.0/8", "fd00::/8"], ["10.1.2.3", "fd12::1"], ["11.0.0.1", "fe80::1"]),
        (["*"], ["192.0.2.1", "2001:db8::1"], ["", "unknown", "example.org"]),
        ([], [], ["127.0.0.1"]),
    ],
)
def test_networks(names: list[str], inside: list[str], outside: list[str]) -> None:
    networks = Networks(names)
    assert all(address in networks for address in inside)
    assert not any(address in networks for address in outside)


@pytest.mark.parametrize("name", ["localhost", "10.0.0.1/8", "10.0.0.0/33", "", "10.0.0"])
def test_what_is_no_network_is_said_before_anything_is_built(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("wsis_kg.web.serve._build")
    with pytest.raises(ValueError, match="is not an address"):
        Networks([name])
    for option in ("--trusted-proxy", "--metrics-from"):
        refused = CliRunner().invoke(main, ["serve", "--port", "0", option, name])
        assert refused.exit_code != 0 and "is not an address" in refused.output


CLIENTS = [
    # What was sent, and who is the client for a peer of 10.0.0.1, if 10.0.0.0/8 is trusted
    (["198.51.100.7"], "198.51.100.7"),
    (["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
    (["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
    (["203.0.113.9, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
    (["198.51.100.7:4711, 10.0.0.2:80"], "198.51.100.7"),
    (["[2001:db8::7]:4711"], "2001:db8::7"),
    (["2001:db8::7"], "2001:db8::7"),
    (["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
    (["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
    (["203.0.113.9, _hidden"], "10.0.0.1"),
    (["203.0.113.9,"], "10.0.0.1"),
    (["<script>"], "10.0.0.1"),
    ([], "10.0.0.1"),
]


@pytest.mark.parametrize(("sent", "client"), CLIENTS)
def test_the_client_is_the_last_hop_that_is_no_proxy_of_ours(sent: list[str], client: str) -> None:
    headers = [(b"forwarded", b"for=203.0.113.66"), *((b"x-forwarded-for", value.encode()) for value in sent)]
    assert Proxies(["10.0.0.0/8"]).told("10.0.0.1", headers) == Told(client)


def test_of_each_header_the_value_of_the_nearest_proxy_counts_if_it_is_one() -> None:
    def told(**sent: str) -> Told:
        headers = [(f"x-forwarded-{name}".encode(), value.encode("latin-1")) for name, value in sent.items()]
        return Proxies(["*"]).told("10.0.0.1", headers)

    assert told(proto="http, HTTPS", host="evil.example, kg.example:8443", prefix="/x, /kg/") == Told(
        "10.0.0.1", "https", "kg.example:8443", "/kg"
    )
    for nonsense in (
        {"proto": "javascript"},
        {"host": "a b"},
        {"host": "x/../y"},
        {"host": 'a"b'},
        {"host": "é"},
        {"prefix": "kg"},
        {"prefix": "//evil.example"},
        {"prefix": "/../x"},
        {"prefix": "/a%2fb"},
        {"prefix": '/"onload'},
    ):
        assert told(**nonsense) == Told("10.0.0.1"), nonsense


@pytest.mark.parametrize(
    "url",
    ["example.org", "ftp://e/", "https://", "https://e/?x", "https://e/#x", "https://u@e/", "https://é/", "//e/x",
     "https://e/a b", "https://e/%41", "https://e/../a", "https://e//a", "https://e:99999/", "https://[::1/", ""],
)  # fmt: skip
def test_what_is_no_public_address_is_said(url: str) -> None:
    with pytest.raises(ValueError, match="is not the address of a site"):
        Address.parse(url)
    refused = CliRunner().invoke(main, ["serve", "--base-url", url])
    assert refused.exit_code == 2 and "--base-url" in refused.output


def test_public_addresses() -> None:
    assert (
        Address.parse("https://kg.example/")
        == Address.parse("https://kg.example")
        == Address("https", "kg.example", "")
    )
    assert str(Address.parse("http://[::1]:8080/a/b.c/")) == "http://[::1]:8080/a/b.c"
    with pytest.raises(ValueError, match="not a path such as /wsis"):
        PublicAddress(root_path="wsis")


@pytest.mark.parametrize("path", ["/sparql", "/graph", "/void/x", "/.well-known", "/healthz"])
def test_a_prefix_that_is_a_path_of_ours_would_be_ambiguous(
    home: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("wsis_kg.web.serve._is_up_to_date", lambda _: True)
    refused = CliRunner().invoke(main, ["serve", "--port", "0", "--data", str(home), "--root-path", path])
    assert refused.exit_code != 0 and ("one of ours" in refused.output or "not a path" in refused.output)


# Behind a proxy


@contextmanager
def behind(home: Path, base: str | None = None, root: str = "", trusted: str = "127.0.0.1") -> Iterator[Served]:
    public = PublicAddress(None if base is None else Address.parse(base), root, Proxies([trusted] if trusted else []))
    with serving_pool(home, public=public) as served:
        yield served


def links(page: httpx.Response) -> set[str]:
    """Where the links, the form and the style sheet of a page lead, as they are written."""
    found = re.findall(r'(?:href|action|src)="([^"#][^"]*)', page.text)
    assert len(found) > 2
    return {unescape(link) for link in found}


@pytest.mark.parametrize("stripped", [True, False])
@pytest.mark.parametrize("told_by", ["base", "root", "header"])
def test_every_link_works_under_a_prefix(home: Path, stripped: bool, told_by: str) -> None:
    """The test is the proxy: it asks for what a browser would, with or without the prefix."""
    public = "https://kg.example/data/wsis"
    prefix = "/data/wsis"
    said = {"Host": "kg.example", "X-Forwarded-Proto": "https"} | (
        {"X-Forwarded-Prefix": prefix} if told_by == "header" else {}
    )
    with behind(home, public if told_by == "base" else None, prefix if told_by == "root" else "") as served:

        def get(url: str, accept: str = "text/html") -> httpx.Response:
            assert url.startswith(public + "/"), url
            path = url.removeprefix("https://kg.example")
            path = path.removeprefix(prefix) if stripped else path
            return HTTP.get(served.address + path, headers={**said, "Accept": accept})

        seen = set()
        for url in ("/", "/sparql", "/sparql?query=ASK%7B%7D", "/sparql?query=ASK", "/nowhere/at/all", "/graph/none"):
            page = get(public + url)
            assert page.headers["content-type"].startswith("text/html")
            seen |= {urljoin(public + url, link) for link in links(page)}
        seen = {url for url in seen if urlsplit(url).netloc == "kg.example"}
        paths = {urlsplit(url).path for url in seen}
        assert paths >= {f"{prefix}/", f"{prefix}/sparql"}
        assert any(path.startswith(f"{prefix}/static/") for path in paths)
        for url in sorted(seen)[:8]:
            assert get(url).status_code in (200, 303), url
        # What programs read
        description = rdflib.Graph().parse(data=get(public + "/sparql", "text/turtle").text, format="turtle")
        assert (rdflib.URIRef(public + "/sparql"), SD.endpoint, rdflib.URIRef(public + "/sparql")) in description
        assert public + "/sparql" in get(public + "/void", "text/turtle").text
        led = get(public + "/.well-known/void", "text/turtle")
        assert led.status_code == 303 and led.headers["location"] == prefix + "/void"
        here = get(public + "/sparql?query=SELECT(%3C%3E%20AS%20%3Fx)%7B%7D", "text/csv").text.split()
        assert here == ["x", public + "/sparql"]
        problem = get(public + "/nowhere", "application/json").json()
        assert f"at {prefix}/, the SPARQL endpoint at {prefix}/sparql." in problem["hint"]


def test_with_a_base_url_nothing_that_a_request_says_changes_the_address(home: Path) -> None:
    lies = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http",
            "X-Forwarded-Prefix": "/evil", "Forwarded": "host=evil.example", "Accept": "text/csv"}  # fmt: skip
    for trusted in ("", "*"):
        with behind(home, "https://kg.example/wsis", trusted=trusted) as served:
            honest, lied = (
                HTTP.get(served.address + "/sparql", params=HERE, headers=headers)
                for headers in ({"Accept": "text/csv"}, lies)
            )
            assert honest.text == lied.text == "here\r\nhttps://kg.example/wsis/sparql\r\n"
            assert honest.headers["etag"] == lied.headers["etag"]
            fresh = HTTP.get(
                served.address + "/sparql", params=HERE, headers={**lies, "If-None-Match": honest.headers["etag"]}
            )
            assert fresh.status_code == 304


def test_a_stranger_is_not_believed(home: Path) -> None:
    lies = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/evil"}
    with behind(home, trusted="192.0.2.1") as served:
        answer = HTTP.get(served.address + "/sparql", params=HERE, headers={**lies, "Accept": "text/csv"})
        assert answer.text == f"here\r\n{served.address}/sparql\r\n"
        assert "/evil" not in HTTP.get(served.address + "/no", headers={**lies, "Accept": "text/html"}).text
    with behind(home) as served:
        answer = HTTP.get(served.address + "/sparql", params=HERE, headers={**lies, "Accept": "text/csv"})
        assert answer.text == "here\r\nhttps://evil.example/evil/sparql\r\n", "One that is trusted is."


def test_the_rate_is_that_of_the_client_and_not_of_the_proxy(home: Path) -> None:
    def burst(served: Served, *hops: str) -> list[int]:
        return [
            HTTP.get(served.address + "/sparql", params=ASK, headers={"X-Forwarded-For": hop}).status_code
            for hop in hops
        ]

    with serving_pool(home, rate=0.2, public=PublicAddress(proxies=Proxies(["127.0.0.1"]))) as served:
        assert burst(served, "192.0.2.1", "192.0.2.1") == [200, 429]
        assert burst(served, "192.0.2.2", "192.0.2.3") == [200, 200]
        # What a client writes before its proxy does gives it no other name.
        assert burst(served, "192.0.2.9, 192.0.2.4", "192.0.2.8, 192.0.2.4") == [200, 429]
    with serving_pool(home, rate=0.2) as served:
        assert burst(served, "192.0.2.1", "192.0.2.2") == [200, 429]


def test_the_figures_are_told_to_whoever_runs_the_server(home: Path) -> None:
    def status(served: Served, **headers: str) -> int:
        return HTTP.get(served.address + "/metrics", headers=headers).status_code

    with serving_pool(home, public=PublicAddress(proxies=Proxies(["*"]))) as served:
        assert status(served) == 200
        for header in ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP"):
            assert status(served, **{header: "127.0.0.1"}) == 403
        refused = HTTP.get(served.address + "/metrics", headers={"Via": "1.1 proxy"})
        assert refused.json()["type"].endswith("/http") and "without a proxy" in refused.json()["detail"]
    with serving_pool(home, metrics_from=["192.0.2.0/24"]) as served:
        assert status(served) == 403 and HTTP.get(served.address + "/healthz").status_code == 200


# A Unix socket


def test_a_unix_socket_is_served_and_its_peers_are_believed(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "kg.socket"
    with (
        serving_pool(home, unix_socket=path, rate=0.2),
        httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://kg.example") as client,
    ):
        assert path.stat().st_mode & 0o777 == 0o660
        told = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Prefix": "/wsis", "X-Forwarded-Proto": "https"}
        answer = client.get("/sparql", params=HERE, headers={**told, "Accept": "text/csv"})
        assert answer.text == "here\r\nhttps://kg.example/wsis/sparql\r\n"
        assert client.get("/sparql", params=ASK, headers=told).status_code == 429
        assert client.get("/sparql", params=ASK, headers={"X-Forwarded-For": "192.0.2.2"}).status_code == 200
        assert client.get("/metrics").status_code == 403
    assert not path.exists()


def test_a_unix_socket_is_taken_over_only_from_the_dead(tmp_path: Path) -> None:
    path = tmp_path / "kg.socket"
    with listen_on_file(path), pytest.raises(CannotListen, match="--unix-socket"):
        listen_on_file(path)
    assert not path.exists()
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    with listen_on_file(path) as listener:
        assert listener.getsockname() == str(path)
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(CannotListen):
        listen_on_file(path)
    assert path.read_text(encoding="utf-8") == "precious"
