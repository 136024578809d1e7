"""Clients that are slow, stuck or gone without a word, over real sockets, with a shorter patience than in earnest."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from harbour import TRIPLES, Running, Served, serving_pool, wait_until, write_build
from test_workers import COUNT

from wsis_kg.engine.limits import Limits
from wsis_kg.web.logs import Outlet
from wsis_kg.web.patience import Patience

PATIENCE = Patience(head_seconds=1.0, body_seconds=1.5, stall_seconds=1.0)
QUERY = {"Content-Type": "application/sparql-query"}
LARGE = f"SELECT * {{ {' '.join(f'?a{n} ?b{n} ?c{n} .' for n in range(5))} }}"
"""8^5 rows, some 10 MB: more than sockets and buffers take in."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("harbour")
    write_build(home)
    return home


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[Served]:
    with serving_pool(home, Limits(timeout_seconds=20), patience=PATIENCE) as served:
        yield served


@contextlib.contextmanager
def client(served: Served, buffer: int | None = None) -> Iterator[socket.socket]:
    url = httpx.URL(served.address)
    with socket.socket() as one:
        if buffer is not None:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        one.settimeout(30)
        one.connect((url.host, url.port or 80))
        yield one


def until_closed(one: socket.socket) -> bytes:
    received = bytearray()
    with contextlib.suppress(ConnectionError):
        while piece := one.recv(1 << 16):
            received += piece
    return bytes(received)


@contextlib.contextmanager
def drops_into(one: socket.socket, dripping: bool) -> Iterator[None]:
    """A byte into the socket every tenth of a second, if it drips at all, until the block ends."""
    stop = threading.Event()

    def drip() -> None:
        with contextlib.suppress(OSError):
            while dripping and not stop.wait(0.1):
                one.sendall(b"x")

    dropping = threading.Thread(target=drip)
    dropping.start()
    try:
        yield
    finally:
        stop.set()
        dropping.join()


def post(body: str) -> bytes:
    head = "POST /sparql HTTP/1.1\r\nHost: e\r\nContent-Type: application/sparql-query\r\nAccept: text/csv\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def answers(served: Served) -> None:
    answer = httpx.post(served.address + "/sparql", data={"query": COUNT}, timeout=60)
    assert int(answer.json()["results"]["bindings"][0]["n"]["value"]) == TRIPLES


def connections(served: Served) -> int:
    """The connections that this process, which is the server, holds at the server's end."""
    port = httpx.URL(served.address).port
    held = psutil.Process().net_connections("tcp")
    return sum(one.status != psutil.CONN_LISTEN and one.laddr.port == port for one in held)


def test_the_patience_in_earnest() -> None:
    assert Patience() == Patience(20.0, 60.0, 60.0)


def test_who_says_nothing_is_left(served: Served) -> None:
    with client(served) as mute:
        begin = time.monotonic()
        assert until_closed(mute) == b""
        assert time.monotonic() - begin >= 0.9 * PATIENCE.head_seconds


@pytest.mark.parametrize("dripping", [False, True])
def test_a_head_that_does_not_end_is_refused(served: Served, dripping: bool) -> None:
    """Neither silence in its midst, nor a byte now and then, keeps the connection."""
    with client(served) as slow:
        slow.sendall(b"GET /sparql HTTP/1.1\r\nX-Slow: ")
        begin = time.monotonic()
        with drops_into(slow, dripping):
            received = until_closed(slow)
        assert time.monotonic() - begin >= 0.9 * PATIENCE.head_seconds
    assert received.startswith(b"HTTP/1.1 408 ") and b"after 1 seconds" in received
    answers(served)


@pytest.mark.parametrize("dripping", [False, True])
def test_a_body_that_does_not_end_is_refused(served: Served, dripping: bool) -> None:
    with client(served) as slow:
        slow.sendall(post("x" * 5000)[:-4000])
        begin = time.monotonic()
        with drops_into(slow, dripping):
            received = until_closed(slow)
        assert time.monotonic() - begin >= 0.9 * PATIENCE.body_seconds
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ") and b"onnection: close" in head
    assert b"not complete after 1.5 seconds" in body
    answers(served)


def test_who_takes_nothing_of_an_answer_is_left(served: Served) -> None:
    with client(served, buffer=4096) as stuck:
        stuck.sendall(post(LARGE))
        wait_until(lambda: served.pool.queries, "The query's start")
        wait_until(lambda: not served.pool.queries, "The end of the query")
        wait_until(lambda: connections(served) == 0, "The end of the connection")
        assert not until_closed(stuck).endswith(b"0\r\n\r\n")
    answers(served)


def test_who_takes_nothing_of_the_end_of_an_answer_is_left(home: Path) -> None:
    """The worker has long gone, the answer waits in the connection alone: it may not wait for ever."""
    patience = Patience(stall_seconds=1.0)
    with serving_pool(home, Limits(timeout_seconds=20), patience=patience) as served, client(served, 4096) as stuck:
        some = f"SELECT * {{ {' '.join(f'?a{n} ?b{n} ?c{n} .' for n in range(3))} }} LIMIT 400"
        for _ in range(200):
            # Each answer is small; all of them are more than the client's and the kernel's buffers hold.
            stuck.sendall(post(some))
        wait_until(lambda: connections(served) == 1, "The connection")
        wait_until(lambda: connections(served) == 0, "The end of the connection")


def test_who_reads_slowly_is_waited_for(served: Served) -> None:
    """A part now and then is enough: the answer comes whole, as long as the time limit of the query allows."""
    with client(served, buffer=1 << 16) as slow:
        slow.sendall(post(LARGE).replace(b"Host: e", b"Host: e\r\nConnection: close"))
        received = bytearray(slow.recv(1 << 16))
        begin = time.monotonic()
        while time.monotonic() - begin < 2 * PATIENCE.stall_seconds:
            received += slow.recv(1 << 16)
            time.sleep(0.2)
        received += until_closed(slow)
    assert received.startswith(b"HTTP/1.1 200") and received.endswith(b"\r\n0\r\n\r\n")


def test_connections_that_are_dead_at_the_other_end_are_all_let_go(served: Served) -> None:
    """Half-open: the client's machine has gone, and nothing ever comes from it again, in whichever state it was."""
    states = [b"", b"GET /sparql HT", post("x" * 100)[:-50], post("ASK {}"), post(LARGE)]
    with contextlib.ExitStack() as stack:
        for state in states * 10:
            stack.enter_context(client(served, buffer=4096)).sendall(state)
        wait_until(lambda: connections(served) >= 10, "The connections")
        answers(served)
        # Without a word from the clients, whose sockets stay open here; an idle one waits five seconds for more.
        wait_until(lambda: connections(served) == 0, "The end of all connections", 60)
        assert not served.pool.queries


def test_all_bodies_together_are_bounded(home: Path) -> None:
    """Ten are held back one byte before their end, so that there is no room for another one."""
    size = 9_999_990
    with serving_pool(home) as served, contextlib.ExitStack() as stack:
        for _ in range(10):
            held = stack.enter_context(client(served))
            held.sendall(post(size * "#")[:-1])
        with httpx.Client(base_url=served.address, timeout=30) as http:

            def status(size: int) -> int:
                return http.post("/sparql", content=b"#" * size, headers=QUERY).status_code

            wait_until(lambda: status(100_000) == 503, "The want of room")
            refused = http.post("/sparql", content=b"#" * 100_000, headers=QUERY)
            assert refused.json()["type"].endswith("/overloaded") and refused.headers["retry-after"]
            answers(served)
            stack.close()
            wait_until(lambda: status(size) == 400, "Room for another")


# Standard error


def ask_so_often_that_no_pipe_holds_the_log(server: Running) -> None:
    with httpx.Client(base_url=server.address, timeout=30) as http:
        for _ in range(60):
            assert http.post("/sparql", data={"query": COUNT + "#" * 3000}).status_code == 200


def test_a_reader_of_the_log_who_stops_reading_holds_nobody_up(home: Path) -> None:
    reading, writing = os.pipe()
    server = Running(home, "--query-log", "text", told=os.fdopen(writing, "w"))
    try:
        ask_so_often_that_no_pipe_holds_the_log(server)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            for _ in range(60):
                told = json.loads(pipe.readline())
                assert told["event"] == "query" and told["query"].startswith(COUNT)
    finally:
        server.end()


def test_a_server_whose_log_nobody_reads_ends_in_good_order(home: Path) -> None:
    reading, writing = os.pipe()
    server = Running(home, "--query-log", "text", told=os.fdopen(writing, "w"))
    try:
        ask_so_often_that_no_pipe_holds_the_log(server)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) in (0, -signal.SIGTERM)
    finally:
        server.end()
        os.close(reading)


def test_what_was_dropped_is_counted_and_said() -> None:
    reading, writing = os.pipe()
    outlet = Outlet(writing, most_lines=3)
    log = logging.Logger("wsis_kg.test")
    log.addHandler(outlet)
    log.warning("the beginning %s", "x" * 100_000)
    wait_until(outlet._lines.empty, "The writing of a line for which the pipe has no room")
    for number in range(100):
        log.warning("%s", number)
    assert outlet.dropped == 97
    with os.fdopen(reading, encoding="utf-8") as pipe:
        lines = [pipe.readline() for _ in range(5)]
    os.close(writing)
    assert [line.partition(" x")[0].strip() for line in lines] == [
        "the beginning",
        "97 lines were dropped here: standard error is read too slowly.",
        "0",
        "1",
        "2",
    ]
    outlet.close()
