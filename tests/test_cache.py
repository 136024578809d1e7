"""Answers that are kept, and how bodies are coded: the cache by itself, then over real sockets (RFC 9110, sections
8.8.3, 12.5.3 and 13.1.2).
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from harbour import EX, PORTS, TIDES, TRIPLES, Served, serving_pool, wait_until, write_build
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_workers import COUNT, ENDLESS

from wsis_kg.engine.cache import Cache, Copy, Kept, Key
from wsis_kg.engine.limits import Limits
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.wire import Question
from wsis_kg.web.coding import SMALLEST, Coding, accepted
from wsis_kg.web.delivery import HELD_BACK

SELECT = f"SELECT ?name {{ <{EX}north> <{EX}name> ?name }} ORDER BY LANG(?name)"
ASK = f"ASK {{ <{EX}committee> <{EX}reportsTo> ?whom }}"
CONSTRUCT = f"CONSTRUCT {{ ?s <{EX}name> ?o }} WHERE {{ ?s <{EX}name> ?o }}"
CROSS = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
"""64 rows, some kilobytes."""
LARGE = f"SELECT * {{ {' '.join(f'?a{n} ?b{n} ?c{n} .' for n in range(4))} }}"
"""8^4 rows: more than is held back."""
LONG = "SELECT * { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(8)) + " }"
QUERY = {"Content-Type": "application/sparql-query"}
VERSION = "0.1.0-harbour"


# The structure


def key(text: str, version: str = "1", wish: str = "IDENTITY") -> Key:
    return Key(version, Question(text, "json"), wish)


def cache_of(capacity: int) -> Cache:
    cache = Cache(capacity)
    cache.turn_to("1")
    return cache


def test_what_was_used_last_is_kept_longest() -> None:
    large = cache_of(1_000_000)
    for name in "abcdefghi":
        large.put(key(name), Kept(bytes(1500), "identity"))
    cache = cache_of(large.size)
    for name in "abcdefghi":
        cache.put(key(name), Kept(bytes(1500), "identity"))
    assert len(cache) == 9 and cache.evictions == 0
    assert cache.get(key("a")) is not None
    for name in "jk":
        cache.put(key(name), Kept(bytes(1500), "identity"))
    assert [name for name in "abcdefghijk" if cache.get(key(name))] == list("adefghijk")
    assert cache.evictions == 2 and cache.size <= cache.capacity


def test_one_entry_has_at_most_an_eighth_and_nothing_is_kept_where_there_is_no_room() -> None:
    cache = cache_of(80_000)
    cache.put(key("a"), Kept(bytes(10_001), "identity"))
    assert len(cache) == 0
    # The text of a query counts as well.
    cache.put(key("a" * 10_001), Kept(b"", "identity"))
    assert len(cache) == 0 and cache.size == 0
    off = cache_of(0)
    off.put(key("a"), Kept(b"", "identity"))
    assert len(off) == 0 and not off.set_aside(1)


def test_another_version_lets_all_go_and_nothing_of_the_one_before_comes_in() -> None:
    cache = cache_of(80_000)
    cache.put(key("a"), Kept(b"1", "identity"))
    cache.turn_to("2")
    assert len(cache) == 0 and cache.size == 0
    cache.put(key("a"), Kept(b"1", "identity"))
    assert cache.get(key("a")) is None
    cache.put(key("a", "2"), Kept(b"2", "identity"))
    assert cache.get(key("a", "2")) == Kept(b"2", "identity") and cache.get(key("a")) is None


def test_copies_are_bounded_together_and_given_up_without_a_trace() -> None:
    cache = cache_of(80_000)
    first, second = (Copy(cache, Question(name, "json"), "GZIP") for name in "ab")
    for _ in range(9):
        first.add(bytes(1000))
    second.add(bytes(1001))
    assert cache.size == 9000
    second.keep("1", "gzip")
    assert len(cache) == 0
    first.add(b"end")
    first.keep("1", "gzip")
    first.drop()
    kept = cache.get(key("a", wish="GZIP"))
    assert kept == Kept(bytes(9000) + b"end", "gzip")
    broken = Copy(cache, Question("c", "json"), "GZIP")
    size = cache.size
    broken.add(bytes(50))
    broken.drop()
    assert cache.size == size and len(cache) == 1


names = st.sampled_from("abcdefghijklmnop")
steps = st.one_of(
    st.tuples(st.just("put"), names, st.integers(0, 4000)),
    st.tuples(st.just("get"), names, st.just(0)),
    st.tuples(st.just("copy"), names, st.integers(0, 4000)),
    st.tuples(st.just("keep"), names, st.just(0)),
    st.tuples(st.just("drop"), names, st.just(0)),
    st.tuples(st.just("turn"), st.sampled_from("12"), st.just(0)),
)


@given(st.integers(0, 30_000), st.lists(steps, max_size=80))
def test_whatever_happens_it_stays_within_its_bytes_and_gives_back_what_was_put(
    capacity: int, happening: list[tuple[str, str, int]]
) -> None:
    cache = cache_of(capacity)
    model: dict[Key, bytes] = {}
    copies: dict[str, tuple[Copy, bytes]] = {}
    for number, (what, name, size) in enumerate(happening):
        body = str(number).encode().rjust(size, b" ")
        here = key(name, cache.version)
        if what == "put":
            cache.put(here, Kept(body, "identity"))
            model[here] = body
        elif what == "get":
            kept = cache.get(here)
            assert kept is None or kept.body == model[here]
        elif what == "copy":
            copy, copied = copies.setdefault(name, (Copy(cache, here.question, "IDENTITY"), b""))
            copy.add(body)
            copies[name] = copy, copied + body
        elif what == "keep" and name in copies:
            copy, copied = copies.pop(name)
            copy.keep(cache.version, "identity")
            if (kept := cache.get(here)) is not None and kept.body == copied:
                model[here] = copied
        elif what == "drop" and name in copies:
            copies.pop(name)[0].drop()
        elif what == "turn":
            cache.turn_to(name)
        assert 0 <= cache.size <= capacity
        assert sum(len(cached.body) for cached in cache._kept.values()) <= cache.size
        assert all(one.version == cache.version for one in cache._kept)
    for copy, _ in copies.values():
        copy.drop()
    cache.turn_to("3")
    assert cache.size == 0


# Accept-Encoding


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, Coding.IDENTITY),
        ("", Coding.IDENTITY),
        ("gzip", Coding.GZIP),
        ("x-gzip", Coding.GZIP),
        ("GZip ; Q=0.5", Coding.GZIP),
        ("deflate, gzip;q=1.0, *;q=0.5", Coding.GZIP),
        ("gzip, deflate, br, zstd", Coding.GZIP),
        ("br, *", Coding.GZIP),
        ("*", Coding.GZIP),
        ("br;q=1, deflate", Coding.IDENTITY),
        ("gzip;q=0", Coding.IDENTITY),
        ("gzip;q=0, *", Coding.IDENTITY),
        ("*;q=0, identity;q=0.1", Coding.IDENTITY),
        ("gzip;q=0.5, identity", Coding.IDENTITY),
        ("gzip;q=0.5, identity;q=0.5", Coding.GZIP),
        ("gzip, identity;q=0", Coding.ONLY_GZIP),
        ("*, identity;q=0", Coding.ONLY_GZIP),
        ("gzip;q=0.1, *;q=0", Coding.ONLY_GZIP),
        ("identity;q=0", Coding.NONE),
        ("*;q=0", Coding.NONE),
        ("gzip;q=0, identity;q=0.000", Coding.NONE),
        ("gzip;q=2", Coding.IDENTITY),
        ("gzip;level=9, ;;, identity;q=1", Coding.IDENTITY),
        ("nonsense/with slash, gzip", Coding.GZIP),
    ],
)
def test_the_coding_that_a_client_asks_for(header: str | None, coding: Coding) -> None:
    assert accepted(header) is coding


@given(st.text(max_size=60))
def test_no_header_is_too_strange(header: str) -> None:
    assert accepted(header) in Coding


@given(st.dictionaries(st.sampled_from(["gzip", "identity", "*", "br"]), st.integers(0, 1000), max_size=4))
def test_no_coding_is_sent_that_was_forbidden(weights: dict[str, int]) -> None:
    chosen = accepted(", ".join(f"{name};q={weight / 1000:.3f}" for name, weight in weights.items()))
    gzip_forbidden = weights.get("gzip", weights.get("*", 0)) == 0
    plain_forbidden = weights.get("identity", weights.get("*", 1000)) == 0
    assert chosen.applies_to(SMALLEST) <= (not gzip_forbidden)
    assert (chosen in (Coding.GZIP, Coding.IDENTITY)) == (not plain_forbidden)
    assert (chosen is Coding.NONE) == (gzip_forbidden and plain_forbidden)


# Over sockets


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("harbour")
    write_build(home)
    return home


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    with serving_pool(home, Limits(timeout_seconds=30)) as served:
        yield served


@pytest.fixture(scope="module")
def shared(home: Path) -> Iterator[Served]:
    """A server for tests that count nothing."""
    with serving_pool(home, Limits(timeout_seconds=30)) as shared:
        yield shared


def get(served: Served, query: str, accept: str = "*/*", coding: str = "identity", **headers: str) -> httpx.Response:
    headers = {"Accept": accept, "Accept-Encoding": coding, **headers}
    return httpx.get(served.address + "/sparql", params={"query": query}, headers=headers, timeout=30)


def figure(served: Served, name: str) -> float:
    lines = httpx.get(served.address + "/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(name + " ")))


def evaluations(served: Served) -> float:
    return figure(served, 'wsis_kg_query_seconds_bucket{le="+Inf"}')


def without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pool, "ask", lambda *_, **__: pytest.fail("a worker was asked"))


def raw(served: Served, head: str) -> tuple[bytes, bytes]:
    """Head and body as they come over the wire, until the server closes the connection."""
    url = httpx.URL(served.address)
    received = bytearray()
    with socket.create_connection((url.host, url.port or 80), timeout=30) as client:
        client.sendall(head.encode())
        with contextlib.suppress(ConnectionError):
            while piece := client.recv(1 << 16):
                received += piece
    before, _, after = bytes(received).partition(b"\r\n\r\n")
    return before.lower(), after


def test_a_second_request_is_answered_without_a_worker_in_every_way_to_ask(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = get(served, SELECT)
    assert first.status_code == 200 and first.headers["dataset-version"] == VERSION
    without_workers(monkeypatch)
    address = served.address + "/sparql"
    plain = {"Accept-Encoding": "identity"}
    again = [
        get(served, SELECT),
        httpx.get(address, params={"query": SELECT, "unheard": "of", "format": "json"}, headers=plain),
        httpx.post(address, data={"query": SELECT}, headers=plain),
        httpx.post(address, content=SELECT, headers={**QUERY, **plain}),
        httpx.request("QUERY", address, content=SELECT, headers={**QUERY, **plain}),
        httpx.get(served.address + "/sparql.json", params={"query": SELECT}, headers=plain),
    ]
    for answer in again:
        assert answer.status_code == 200 and answer.content == first.content
        volatile = ("date", "etag")
        assert {name: value for name, value in answer.headers.items() if name not in volatile} == {
            name: value for name, value in first.headers.items() if name not in volatile
        }
    assert again[0].headers == {**first.headers, "date": again[0].headers["date"]}
    head = httpx.head(address, params={"query": SELECT}, headers=plain)
    assert head.content == b"" and head.headers["content-length"] == str(len(first.content))
    assert head.headers["etag"] == first.headers["etag"]
    monkeypatch.undo()
    assert figure(served, "wsis_kg_cache_hits_total") == 7 and figure(served, "wsis_kg_cache_misses_total") == 1
    assert figure(served, "wsis_kg_cache_entries") == 1 and figure(served, "wsis_kg_cache_bytes") > len(first.content)
    assert figure(served, "wsis_kg_cache_evictions_total") == 0 and evaluations(served) == 1


def test_kept_answers_do_not_wait_while_all_workers_hang(home: Path) -> None:
    with serving_pool(home, Limits(timeout_seconds=60, workers=2, queue=1)) as served:
        long = "# " + 5000 * "a long question " + "\n" + SELECT
        first = [get(served, SELECT), get(served, CROSS, coding="gzip"), get(served, SELECT, "text/html")]
        posted = httpx.post(served.address + "/sparql", content=long, headers=QUERY)
        threads = [threading.Thread(target=get, args=(served, f"{ENDLESS} # {n}")) for n in range(3)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(served.pool.queries) == 3, "All workers' being busy, and the queue full")
        assert get(served, ASK).status_code == 503
        again = [get(served, SELECT), get(served, CROSS, coding="gzip"), get(served, SELECT, "text/html")]
        assert [answer.content for answer in again] == [answer.content for answer in first]
        # A text that only a worker may read was read once.
        assert httpx.post(served.address + "/sparql", content=long, headers=QUERY).content == posted.content
        tag = first[0].headers["etag"]
        assert get(served, SELECT, **{"If-None-Match": tag}).status_code == 304
        for query in served.pool.queries:
            served.server.servers[0].get_loop().call_soon_threadsafe(query.stop)
        for thread in threads:
            thread.join(20)


def test_each_format_dataset_base_and_coding_has_its_own_answer(served: Served) -> None:
    """What two requests share is their answer only if nothing that it depends on differs."""
    relative = "SELECT (<here> AS ?iri) {}"
    requests: list[tuple[str, str, dict[str, str]]] = [
        (SELECT, "", {}),
        (SELECT, "", {"Accept": "text/csv"}),
        (SELECT, "", {"Accept": "application/json"}),
        (SELECT, "", {"Accept": "text/html"}),
        (COUNT, "", {}),
        (COUNT, f"&default-graph-uri={quote(TIDES)}", {}),
        (COUNT, f"&default-graph-uri={quote(PORTS)}", {}),
        (COUNT, f"&named-graph-uri={quote(PORTS)}", {}),
        (COUNT, f"&default-graph-uri={quote(PORTS)}&default-graph-uri={quote(TIDES)}", {}),
        (relative, "", {}),
        (relative, "", {"Host": "harbour.example"}),
        (CROSS, "", {}),
        (CROSS, "", {"Accept-Encoding": "gzip"}),
        (CONSTRUCT, "", {"Accept": "application/n-triples"}),
        (CONSTRUCT, "", {"Accept": "text/turtle"}),
    ]

    def ask(query: str, more: str, headers: dict[str, str]) -> httpx.Response:
        return httpx.get(
            f"{served.address}/sparql?query={quote(query)}{more}", headers={"Accept-Encoding": "identity", **headers}
        )

    first = [ask(*request) for request in requests]
    assert all(answer.status_code == 200 for answer in first)
    assert len({answer.headers["etag"] for answer in first}) == len(requests)
    for request, before in zip(requests, first, strict=True):
        again = ask(*request)
        assert again.content == before.content
        assert {**again.headers, "date": ""} == {**before.headers, "date": ""}
    bodies = [answer.content for answer in first]
    assert bodies[0] != bodies[1] and bodies[0] == bodies[2]
    assert "application/json" in first[2].headers["content-type"]
    counts = [json.loads(body)["results"]["bindings"][0]["n"]["value"] for body in bodies[4:9]]
    assert counts == [str(TRIPLES), "3", "6", "0", "9"]
    assert bodies[9] != bodies[10] and b"harbour.example/here" in bodies[10]
    assert bodies[11] == bodies[12]
    # JSON for both names of it, and CROSS for both codings, were evaluated once.
    assert evaluations(served) == len(requests) - 2


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (NOW() AS ?x) {}",
        "SELECT (RAND() AS ?x) {}",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (struuid ( ) AS ?x) {}",
        "SELECT (BNODE() AS ?x) {}",
        "# " + 5000 * "long " + "\nSELECT (UUID() AS ?x) {}",
    ],
)
def test_what_may_differ_next_time_is_never_kept(served: Served, query: str) -> None:
    answers = [httpx.post(served.address + "/sparql", content=query, headers=QUERY) for _ in range(2)]
    assert all(answer.status_code == 200 and "etag" not in answer.headers for answer in answers)
    if "UUID" in query.upper() or "RAND" in query:
        assert answers[0].content != answers[1].content
    # Each was evaluated; what a long text is was asked once.
    assert evaluations(served) == 2 + (len(query) > 4096)
    assert figure(served, "wsis_kg_cache_misses_total") == 0


@pytest.mark.parametrize("query", ["SELEC", "SELECT * { SERVICE <http://e.example/> { ?s ?p ?o } }"])
def test_no_error_is_kept(served: Served, query: str) -> None:
    for count in (1, 2):
        answer = get(served, query)
        assert answer.status_code in (400, 403) and answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers and answer.headers["vary"] == "Accept, Accept-Encoding"
        assert evaluations(served) == count
    assert figure(served, "wsis_kg_cache_entries") == 0


def test_304_repeats_what_it_must_and_costs_nothing(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, packed = get(served, CROSS), get(served, CROSS, coding="gzip")
    assert plain.headers["etag"] != packed.headers["etag"]
    monkeypatch.setattr(Cache, "get", lambda *_: pytest.fail("the cache was asked"))
    without_workers(monkeypatch)
    for coding, answer in (("identity", plain), ("gzip", packed)):
        again = get(served, CROSS, coding=coding, **{"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304 and again.content == b"" and "content-encoding" not in again.headers
        for name in ("etag", "vary", "cache-control", "access-control-allow-origin", "dataset-version"):
            assert again.headers[name] == answer.headers[name]
        assert again.headers["vary"] == "Accept, Accept-Encoding"
    monkeypatch.undo()
    # The tag of one representation is not that of another.
    other = get(served, CROSS, **{"If-None-Match": packed.headers["etag"]})
    assert other.status_code == 200 and other.content == plain.content


def test_a_new_version_takes_the_place_of_all_that_was_kept(tmp_path: Path) -> None:
    write_build(tmp_path, "1-a")
    with serving_pool(tmp_path, watch_seconds=0.02) as served:
        before = get(served, COUNT)
        assert get(served, COUNT).content == before.content and figure(served, "wsis_kg_cache_hits_total") == 1
        write_build(tmp_path, "1-b", f"<{EX}a> <{EX}b> <{EX}c> <{EX}g> .\n")
        wait_until(lambda: httpx.get(served.address + "/readyz").json()["version"] == "1-b", "The new version")
        after = get(served, COUNT, **{"If-None-Match": before.headers["etag"]})
        assert after.status_code == 200 and after.headers["dataset-version"] == "1-b"
        assert after.content != before.content and after.headers["etag"] != before.headers["etag"]
        assert get(served, COUNT).content == after.content
        assert figure(served, "wsis_kg_cache_hits_total") == 2 and figure(served, "wsis_kg_cache_entries") == 1


def test_switched_off_every_request_is_evaluated(home: Path) -> None:
    with serving_pool(home, cache_megabytes=0) as served:
        assert len({get(served, CROSS, coding="gzip").content for _ in range(3)}) == 1
        assert evaluations(served) == 3 and figure(served, "wsis_kg_cache_entries") == 0


def test_the_rate_holds_for_kept_answers_too(home: Path) -> None:
    with serving_pool(home, rate=0.5) as served:
        answers = [get(served, SELECT) for _ in range(6)]
        assert [answer.status_code for answer in answers[:2]] == [200, 200]
        assert answers[-1].status_code == 429 and answers[-1].headers["retry-after"]


# Codings


def test_plain_and_compressed_bodies_are_equal(served: Served) -> None:
    for coding in ("gzip", "identity", "gzip, deflate, br, zstd", "identity", "gzip"):
        head, body = raw(
            served,
            f"GET /sparql?query={quote(CROSS)} HTTP/1.1\r\nHost: e\r\nAccept: text/csv\r\n"
            f"Accept-Encoding: {coding}\r\nConnection: close\r\n\r\n",
        )
        assert b"vary: accept, accept-encoding" in head and f"content-length: {len(body)}".encode() in head
        assert (b"content-encoding: gzip" in head) == ("gzip" in coding)
        text = gzip.decompress(body) if "gzip" in coding else body
        assert text.count(b"\r\n") == TRIPLES**2 + 1
    assert evaluations(served) == 1


def test_a_compressed_answer_is_unpacked_for_whom_it_must_be(served: Served) -> None:
    packed, plain = get(served, CROSS, coding="gzip"), get(served, CROSS)
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert packed.content == plain.content and evaluations(served) == 1


def test_small_bodies_are_not_compressed_unless_identity_is_forbidden(served: Served) -> None:
    small = get(served, SELECT, coding="gzip")
    assert len(small.content) < SMALLEST and "content-encoding" not in small.headers
    forced = get(served, SELECT, coding="gzip, identity;q=0")
    assert forced.headers["content-encoding"] == "gzip" and forced.content == small.content
    assert forced.headers["etag"] != small.headers["etag"]


@pytest.mark.parametrize("path", [f"/sparql?query={quote(SELECT)}", "/graph/ports", "/void"])
def test_none_of_our_codings_is_406(shared: Served, path: str) -> None:
    if path.startswith("/graph"):
        path = f"/rdf-graph-store?graph={quote(PORTS)}"
    answer = httpx.get(shared.address + path, headers={"Accept-Encoding": "br, identity;q=0"})
    assert answer.status_code == 406 and answer.json()["type"].endswith("/not-acceptable")
    assert "gzip" in answer.json()["hint"] and answer.headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize("path", ["/", "/sparql", "/style.css", "/void", "/rdf-graph-store?default", "/nowhere"])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_whatever_is_large_enough_is_compressed(shared: Served, path: str, accept: str) -> None:
    plain, packed = (
        httpx.get(shared.address + path, headers={"Accept": accept, "Accept-Encoding": coding}, follow_redirects=True)
        for coding in ("identity", "gzip")
    )
    assert packed.status_code == plain.status_code and packed.text == plain.text
    assert (packed.headers.get("content-encoding") == "gzip") == (len(plain.content) >= SMALLEST)
    assert "content-encoding" not in plain.headers
    head = httpx.head(
        shared.address + path, headers={"Accept": accept, "Accept-Encoding": "gzip"}, follow_redirects=True
    )
    for name in ("content-length", "content-encoding", "etag", "vary"):
        assert head.headers.get(name) == packed.headers.get(name)
    assert "Accept-Encoding" in plain.headers["vary"] and plain.headers["vary"] == packed.headers["vary"]
    if "etag" in plain.headers:
        assert plain.headers["etag"] != packed.headers["etag"]
        again = httpx.get(
            packed.url,
            headers={"Accept": accept, "Accept-Encoding": "gzip", "If-None-Match": packed.headers["etag"]},
        )
        assert again.status_code == 304


def test_a_graph_is_kept_as_well(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{served.address}/rdf-graph-store?graph={quote(PORTS)}"
    first = httpx.get(path)
    without_workers(monkeypatch)
    assert httpx.get(path).content == first.content


def test_a_long_answer_is_streamed_compressed_and_then_kept(served: Served) -> None:
    url = f"{served.address}/sparql?query={quote(LARGE)}"
    plain = httpx.get(url, headers={"Accept-Encoding": "identity"})
    assert "content-length" not in plain.headers and len(plain.content) > HELD_BACK
    head = {"Accept-Encoding": "identity"}
    assert httpx.get(url, headers=head).headers["content-length"] == str(len(plain.content))
    assert evaluations(served) == 1


def test_a_long_answer_that_was_streamed_compressed_serves_both(served: Served) -> None:
    url = f"{served.address}/sparql?query={quote(LARGE)}"
    with httpx.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as streamed:
        assert streamed.headers["content-encoding"] == "gzip" and "content-length" not in streamed.headers
        body = b"".join(streamed.iter_raw())
    text = gzip.decompress(body)
    assert len(text) > HELD_BACK > len(body)
    kept = httpx.get(url, headers={"Accept-Encoding": "gzip"})
    assert kept.headers["content-length"] == str(len(body)) and kept.content == text
    assert httpx.get(url, headers={"Accept-Encoding": "identity"}).content == text
    assert evaluations(served) == 1


def test_http_1_0_gets_a_long_answer_whole_and_compressed(shared: Served) -> None:
    head, body = raw(shared, f"GET /sparql?query={quote(LARGE)} HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n")
    assert b"content-encoding: gzip" in head and f"content-length: {len(body)}".encode() in head
    assert len(json.loads(gzip.decompress(body))["results"]["bindings"]) == TRIPLES**4


def test_a_time_out_before_the_first_part_is_a_503_whatever_the_coding(home: Path) -> None:
    with serving_pool(home, Limits(timeout_seconds=0.5)) as served:
        answer = get(served, ENDLESS, coding="gzip")
        assert answer.status_code == 503 and answer.json()["limit_seconds"] == 0.5
        # Compressed, the first part that is held back would have been long in coming.
        assert figure(served, "wsis_kg_cache_entries") == 0


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_a_body_that_is_broken_off_is_an_error_to_every_client_and_never_kept(home: Path, coding: str) -> None:
    with serving_pool(home, Limits(timeout_seconds=60)) as served:
        url = f"{served.address}/sparql?query={quote(LONG)}"
        received = bytearray()
        with (
            pytest.raises(httpx.RemoteProtocolError),
            httpx.stream("GET", url, headers={"Accept-Encoding": coding}, timeout=30) as answer,
        ):
            assert answer.status_code == 200 and answer.headers.get("content-encoding", "identity") == coding
            for piece in answer.iter_raw():
                received += piece
                for worker in served.pool.workers:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker, signal.SIGKILL)
        if coding == "gzip":
            unpacking = zlib.decompressobj(31)
            # What has come can be read, and is plainly not all.
            assert unpacking.decompress(received).startswith(b'{"head"') and not unpacking.eof
        assert figure(served, "wsis_kg_cache_entries") == 0
        assert figure(served, "wsis_kg_cache_bytes") == 0


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_curl_sees_that_a_body_was_broken_off(home: Path, coding: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    with serving_pool(home, Limits(timeout_seconds=60)) as served:
        url = f"{served.address}/sparql?query={quote(LONG)}"
        command = ["curl", "--silent", "--show-error", "--output", os.devnull, "--limit-rate", "1M", url]
        curl = subprocess.Popen(
            [*command, *(["--compressed"] if coding == "gzip" else [])], stderr=subprocess.PIPE, text=True
        )
        wait_until(
            lambda: any(query.received > 4 * HELD_BACK for query in served.pool.queries), "The answer's beginning"
        )
        (query,) = served.pool.queries
        assert query.worker is not None
        os.kill(query.worker.pid, signal.SIGKILL)
        _, said = curl.communicate(timeout=60)
        assert curl.returncode == 18, said


def test_a_client_that_leaves_gives_back_the_room_for_its_copy(home: Path) -> None:
    # Room for more than the buffers of a connection take before its client reads anything.
    with serving_pool(home, Limits(timeout_seconds=60), cache_megabytes=800) as served:
        url = f"{served.address}/sparql?query={quote(LONG)}"
        with httpx.stream("GET", url, headers={"Accept-Encoding": "identity"}, timeout=30) as answer:
            pieces = answer.iter_raw()
            next(pieces)
            assert figure(served, "wsis_kg_cache_bytes") > 0
        wait_until(lambda: figure(served, "wsis_kg_cache_bytes") == 0, "The copy's being given up")


# Requests that come again byte for byte


def exchange(client: socket.socket, request: bytes) -> bytes:
    """Sends a request on a connection that stays open; the answer with its fields in order, but for the date."""
    client.sendall(request)
    received = bytearray()
    while b"\r\n\r\n" not in received:
        received += client.recv(1 << 16)
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length")), 0)
    if b" 304 " in lines[0] or request.startswith(b"HEAD"):
        length = 0
    while len(body) < length:
        body += client.recv(1 << 16)
    assert len(body) == length, "More came than one answer."
    fields = sorted(line for line in lines[1:] if not line.startswith(b"date"))
    return b"\r\n".join([lines[0], *fields]) + b"\r\n\r\n" + body


def connected(served: Served) -> socket.socket:
    url = httpx.URL(served.address)
    return socket.create_connection((url.host, url.port or 80), timeout=30)


texts = st.sampled_from([SELECT, ASK, CONSTRUCT, CROSS, "SELEC", "SELECT (STRUUID() AS ?name) {}"])
accepts = st.sampled_from(["*/*", "text/csv", "text/html", "text/turtle", "application/sparql-results+xml;q=0.5"])
codings = st.sampled_from(["", "gzip", "gzip;q=0", "identity;q=0, gzip", "*;q=0"])
hosts = st.sampled_from(["e", "harbour.example:8000", "not a host", ""])
more = st.lists(
    st.sampled_from(
        [
            "If-None-Match: *",
            "X-Forwarded-Proto: https",
            "X-Forwarded-For: 192.0.2.7",
            "User-Agent: a harbour",
            "Connection: keep-alive",
            "Content-Length: 0",
        ]
    ),
    max_size=3,
    unique=True,
)
methods = st.sampled_from(["GET", "GET", "GET", "HEAD"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(methods, texts, accepts, codings, hosts, more, st.booleans())
def test_the_short_way_gives_the_same_bytes_as_the_long_way(
    shared: Served, method: str, text: str, accept: str, coding: str, host: str, more: list[str], split: bool
) -> None:
    lines = [f"{method} /sparql?query={quote(text)} HTTP/1.1", f"Host: {host}", f"Accept: {accept}"]
    lines += [f"Accept-Encoding: {coding}", *more]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    repeats = shared.server.config.app.repeats  # type: ignore[union-attr]
    with connected(shared) as client:
        # The first may be evaluated, the second comes from the cache, the third is known by its bytes.
        answers = [exchange(client, request) for _ in range(3)]
        known = request in repeats._plans
        repeats._plans.clear()
        answers.append(exchange(client, request))
    if "UUID" in text and b" 200 " in answers[0]:
        assert len(set(answers)) == 4 or method == "HEAD"
        return
    assert len(set(answers)) == 1
    settled = b" 200 " in answers[0] or b" 304 " in answers[0]
    proxied = any("forwarded" in line.lower() for line in more)
    assert known == (settled and method == "GET" and not proxied)


def test_only_whole_requests_that_come_alone_are_known_by_their_bytes(served: Served) -> None:
    def request(text: str, *lines: str) -> bytes:
        head = [f"GET /sparql?query={quote(text)} HTTP/1.1", "Host: e", *lines]
        return ("\r\n".join(head) + "\r\n\r\n").encode()

    one, other = request(SELECT), request(ASK)
    expected = {}
    with connected(served) as client:
        for head in (one, other):
            expected[head] = exchange(client, head)
            assert {exchange(client, head) for _ in range(2)} == {expected[head]}
        # Two in one piece, after both are known: both are answered, in their order.
        client.sendall(one + other)
        received = b""
        wanted = expected[one][-60:], expected[other][-20:]
        while wanted[1] not in received:
            received += client.recv(1 << 16)
        assert received.index(wanted[0]) < received.index(wanted[1]) and received.count(b"HTTP/1.1 200") == 2
        # One in two pieces, the second of which looks like a request that is known.
        post = b"POST /sparql HTTP/1.1\r\nHost: e\r\nContent-Type: application/sparql-query\r\n"
        client.sendall(post + b"Content-Length: %d\r\n\r\n" % len(one))
        assert b" 400 " in exchange(client, one).split(b"\r\n")[0]
        assert exchange(client, other) == expected[other]
    with connected(served) as client:
        # While an answer is on its way, what comes is not put before it.
        client.sendall(request(f"{LARGE} # {1}"))
        client.sendall(one)
        received = b""
        while expected[one][-60:] not in received:
            received += client.recv(1 << 16)
        assert received.index(b"0\r\n\r\nHTTP/1.1 200") > HELD_BACK
    head, _ = raw(served, request(SELECT, "Connection: close").decode())
    assert b"connection: close" in head
    head, _ = raw(served, request(SELECT, "Connection: close").decode())
    assert b"connection: close" in head


def test_a_connection_that_was_answered_the_short_way_is_closed_when_idle(served: Served) -> None:
    served.server.config.timeout_keep_alive = 1
    request = f"GET /sparql?query={quote(SELECT)} HTTP/1.1\r\nHost: e\r\n\r\n".encode()
    with connected(served) as client:
        assert len({exchange(client, request) for _ in range(4)}) == 1
        assert client.recv(1) == b""


def test_each_answer_has_its_line_of_log(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "wsis_kg.queries")
    request = f"GET /sparql?query={quote(SELECT)} HTTP/1.1\r\nHost: e\r\n\r\n".encode()
    with serving_pool(home, query_log="hash") as served, connected(served) as client:
        for _ in range(4):
            exchange(client, request)
        get(served, ASK)
    lines = [json.loads(line) for record in caplog.records for line in record.getMessage().splitlines()]
    assert [line["outcome"] for line in lines] == ["answered", "cached", "cached", "cached", "answered"]
    assert len({line["query_hash"] for line in lines[:4]}) == 1 and all(line["bytes"] for line in lines)
    assert all(line["version"] == VERSION and line["format"] == "json" and line["time"] for line in lines)
