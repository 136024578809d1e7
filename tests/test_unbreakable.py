"""The server under attack, over real sockets: what the client gets, and that everybody else is answered meanwhile.

Every load is bounded in number and time, and goes to this machine only.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import psutil
import pytest
from click.testing import CliRunner
from harbour import FORKED, SPAWNED, TRIPLES, Running, Served, Way, serving_pool, wait_until, write_build
from test_workers import COUNT, CRASHES, ENDLESS, HOG, LONG, alive

from wsis_kg.cli import main
from wsis_kg.engine.limits import Limits
from wsis_kg.engine.pool import Pool
from wsis_kg.web.delivery import HELD_BACK
from wsis_kg.web.problems import Refusal
from wsis_kg.web.rate import Rate
from wsis_kg.web.requests import LARGEST_BODY

QUERY = {"Content-Type": "application/sparql-query"}
PLAIN = {**QUERY, "Accept-Encoding": "identity"}
PROBLEM = "https://w3id.org/wsis-kg/problem/"
LIMIT = 1.0
MODEST = f"SELECT * {{ {' '.join(f'?a{n} ?b{n} ?c{n} .' for n in range(4))} }}"
"""8^4 rows: more than is held back, and soon done."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("harbour")
    write_build(home)
    return home


@pytest.fixture(scope="module", params=[FORKED, SPAWNED], ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def served(home: Path, way: Way) -> Iterator[Served]:
    limits = Limits(timeout_seconds=LIMIT, workers=2, memory_bytes=192 << 20, queue=4)
    # Nothing is kept: what is asked here is to be evaluated each time, or refused.
    with serving_pool(home, limits, fork=way.fork, cache_megabytes=0) as served:
        yield served


def ask(served: Served, query: str, **headers: str) -> httpx.Response:
    return httpx.post(served.address + "/sparql", content=query, headers={**QUERY, **headers}, timeout=30)


def counted(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["results"]["bindings"][0]["n"]["value"])


def in_background(served: Served, query: str, answers: list[httpx.Response]) -> threading.Thread:
    """Asks in a thread, and returns once the query runs or waits."""
    before = {one.id for one in served.pool.queries}
    thread = threading.Thread(target=lambda: answers.append(ask(served, query)))
    thread.start()
    wait_until(lambda: {one.id for one in served.pool.queries} - before, "The query's being asked")
    return thread


def connection(served: Served) -> socket.socket:
    url = httpx.URL(served.address)
    return socket.create_connection((url.host, url.port or 80), timeout=30)


def until_closed(client: socket.socket) -> bytes:
    received = bytearray()
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(1 << 16):
            received += piece
    return bytes(received)


# Time


def test_a_query_without_end_gets_a_clean_503(served: Served) -> None:
    begin = time.monotonic()
    answer = ask(served, ENDLESS)
    assert LIMIT <= time.monotonic() - begin < 20 * LIMIT
    assert answer.status_code == 503 and answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == PROBLEM + "timeout" and problem["limit_seconds"] == LIMIT and problem["query_id"]
    assert answer.headers["access-control-allow-origin"] == "*" and answer.headers["cache-control"] == "no-store"
    page = ask(served, ENDLESS, Accept="text/html")
    assert page.status_code == 503 and "took too long" in page.text


def test_one_hung_query_leaves_a_worker_and_two_keep_the_next_waiting_for_the_limit_at_most(served: Served) -> None:
    answers: list[httpx.Response] = []
    hung = [in_background(served, ENDLESS, answers)]
    assert counted(ask(served, COUNT)) == TRIPLES
    assert not answers, "The other worker answers while the first one is still at it."
    hung.append(in_background(served, ENDLESS, answers))
    begin = time.monotonic()
    assert counted(ask(served, COUNT)) == TRIPLES and time.monotonic() - begin < 20 * LIMIT
    for thread in hung:
        thread.join(20)
    assert [answer.status_code for answer in answers] == [503, 503]


def test_more_than_the_queue_holds_is_told_when_to_come_back(home: Path, way: Way) -> None:
    # So long a limit that none of them comes to its end while the others are being asked, however busy the machine is.
    limits = Limits(timeout_seconds=100, workers=2, memory_bytes=192 << 20, queue=4)
    with serving_pool(home, limits, fork=way.fork, cache_megabytes=0) as served, contextlib.ExitStack() as clients:
        wait_until(lambda: len(served.pool.workers) == 2, "The second worker")
        for number in range(1, 7):
            client = clients.enter_context(connection(served))
            body = ENDLESS.encode()
            head = f"POST /sparql HTTP/1.1\r\nHost: h\r\nContent-Type: {QUERY['Content-Type']}\r\n"
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            wait_until(lambda: len(served.pool.queries) == number, "The query's being asked")  # noqa: B023
        refused = ask(served, COUNT)
        assert refused.status_code == 503 and refused.json()["type"] == PROBLEM + "overloaded"
        assert int(refused.headers["retry-after"]) >= 1
        # What needs no worker is answered still.
        assert httpx.get(served.address + "/healthz").text == "ok\n"
        clients.close()
        wait_until(lambda: not served.pool.queries, "The end of what nobody waits for")
        assert counted(ask(served, COUNT)) == TRIPLES


def test_after_the_first_part_a_time_out_breaks_the_body_off(served: Served) -> None:
    received = 0
    with (
        pytest.raises(httpx.RemoteProtocolError),
        httpx.stream("POST", served.address + "/sparql", content=LONG, headers=PLAIN, timeout=30) as answer,
    ):
        assert answer.status_code == 200 and answer.headers["transfer-encoding"] == "chunked"
        for piece in answer.iter_raw():
            received += len(piece)
    assert received > HELD_BACK
    assert counted(ask(served, COUNT)) == TRIPLES


def test_a_client_of_http_1_0_never_takes_a_part_for_the_whole(served: Served) -> None:
    def get(query: str) -> tuple[bytes, bytes]:
        with connection(served) as client:
            client.sendall(f"GET /sparql?query={quote(query)} HTTP/1.0\r\nAccept: text/csv\r\n\r\n".encode())
            head, _, body = until_closed(client).partition(b"\r\n\r\n")
        return head, body

    head, body = get(MODEST)
    assert head.startswith(b"HTTP/1.1 200") and f"content-length: {len(body)}".encode() in head
    assert len(body) > HELD_BACK and body.count(b"\n") > TRIPLES**4
    head, body = get(LONG)
    assert head.startswith(b"HTTP/1.1 503") and b"took too long" in body


def test_a_long_answer_is_whole_and_head_says_the_same(served: Served) -> None:
    url = served.address + "/sparql?query=" + quote(MODEST)
    got, head = (
        httpx.request(method, url, headers={"Accept": "text/tab-separated-values"}) for method in ("GET", "HEAD")
    )
    assert got.text.count("\n") == TRIPLES**4 + 1 and "content-length" not in got.headers
    assert head.status_code == 200 and head.content == b""
    assert {name: head.headers[name] for name in ("etag", "content-type", "dataset-version")} == {
        name: got.headers[name] for name in ("etag", "content-type", "dataset-version")
    }


# Clients


@pytest.mark.parametrize("half", [False, True])
def test_a_client_that_leaves_ends_its_query(home: Path, way: Way, half: bool) -> None:
    with serving_pool(home, Limits(timeout_seconds=60, workers=1), fork=way.fork) as served:
        worker = served.pool.workers
        with connection(served) as client:
            client.sendall(f"GET /sparql?query={quote(ENDLESS)} HTTP/1.1\r\nHost: e\r\n\r\n".encode())
            wait_until(lambda: served.pool.queries, "The query's start")
            if half:
                client.shutdown(socket.SHUT_WR)
                wait_until(lambda: not served.pool.queries, "The end of the query")
        wait_until(lambda: not served.pool.queries, "The end of the query")
        wait_until(lambda: len(served.pool.workers) == 1 and served.pool.workers != worker, "Another worker")
        assert counted(ask(served, COUNT)) == TRIPLES


def test_a_client_that_stops_reading_holds_its_worker_for_the_limit_at_most(served: Served) -> None:
    with connection(served) as client:
        client.sendall(f"GET /sparql?query={quote(LONG)} HTTP/1.1\r\nHost: e\r\n\r\n".encode())
        wait_until(lambda: served.pool.queries, "The query's start")
        begin = time.monotonic()
        wait_until(lambda: not served.pool.queries, "The end of the query")
        assert time.monotonic() - begin < LIMIT + 1
        assert counted(ask(served, COUNT)) == TRIPLES
        # And what it gets in the end is not taken for whole.
        assert not until_closed(client).endswith(b"0\r\n\r\n")


# Crashes and memory


@pytest.mark.parametrize("name", CRASHES)
def test_a_query_that_crashes_the_engine_gets_a_4xx(served: Served, name: str) -> None:
    answer = ask(served, CRASHES[name])
    assert answer.status_code == 400 and answer.json()["type"] == PROBLEM + "too-complex"
    assert counted(ask(served, COUNT)) == TRIPLES


def test_a_query_that_wants_all_memory_gets_a_4xx(home: Path, way: Way) -> None:
    with serving_pool(home, Limits(memory_bytes=128 << 20), fork=way.fork) as served:
        answer = ask(served, HOG)
        assert answer.status_code == 400 and answer.json()["type"] == PROBLEM + "memory"
        assert counted(ask(served, COUNT)) == TRIPLES


def test_a_long_text_is_read_where_it_can_be_killed(served: Served) -> None:
    """Each NOW looks for its bracket behind what might be a comment up to the end of the line."""
    begin = time.monotonic()
    answers: list[httpx.Response] = []
    reading = in_background(served, "SELECT * { ?s ?p ?o } #\n" + 400_000 * "NOW#", answers)
    assert httpx.get(served.address + "/healthz").status_code == 200
    assert time.monotonic() - begin < LIMIT
    reading.join(20)
    assert answers[0].status_code in (200, 400, 503)


def test_limits_of_the_answer_say_that_they_applied(home: Path) -> None:
    with serving_pool(home, Limits(most_rows=5, most_bytes=2000)) as served:
        rows, size = ask(served, MODEST), ask(served, "SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 5", Accept="text/csv")
        assert rows.status_code == 400 and rows.json()["limit_rows"] == 5
        assert size.status_code == 200
        assert ask(served, "SELECT (STRDT(CONCAT('" + 2000 * "x" + "'), <x:y>) AS ?n) {}").json()["limit_bytes"] == 2000


# Requests


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET /sparql?query=" + 70_000 * "a", 414),
        ("GET /sparql?query=ASK{}%00", 400),
        ("GET /sparql?query=%zz", 400),
        ("GET /sparql?query=%ff%fe", 400),
        ("GET /" + 70_000 * "a", 414),
        ("GET /sparql\x00", 400),
        ("GET /healthz HTTP/1.1\r\nX-Long: " + 200_000 * "a", 431),
        ("GET /healthz HTTP/1.1\r\n" + "".join(f"X-{n}: {n}\r\n" for n in range(20_000)) + "X: y", 431),
        ("\x16\x03\x01\x02", 400),
    ],
)
def test_a_malformed_or_enormous_head_gets_a_readable_4xx(served: Served, line: str, status: int) -> None:
    with connection(served) as client:
        with contextlib.suppress(ConnectionError):
            whole = line if "HTTP/1.1" in line else line + " HTTP/1.1"
            client.sendall(f"{whole}\r\nHost: e\r\nConnection: close\r\n\r\n".encode("latin-1"))
        received = until_closed(client)
    assert received.startswith(f"HTTP/1.1 {status} ".encode()), received[:200]
    assert b"Traceback" not in received and len(received.partition(b"\r\n\r\n")[2]) > 10
    assert counted(ask(served, COUNT)) == TRIPLES


def test_slow_heads_and_many_connections_keep_nobody_waiting(served: Served) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connection(served)) for _ in range(500)]
        for client in clients[::2]:
            client.sendall(b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nX-Slow: ")
        begin = time.monotonic()
        assert counted(ask(served, COUNT)) == TRIPLES and time.monotonic() - begin < 2
        clients[0].sendall(b"x\r\nHost: e\r\nConnection: close\r\n\r\n")
        assert until_closed(clients[0]).startswith(b"HTTP/1.1 200")


def test_a_body_of_100_megabytes_is_refused(served: Served) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            yield b"#" * 1_000_000

    assert LARGEST_BODY < 100_000_000
    # It closes before it has read all, but reads on for a while: httpx, which goes on writing, gets the answer.
    answer = httpx.post(served.address + "/sparql", content=chunks(), headers=QUERY, timeout=30)
    assert answer.status_code == 413
    assert counted(ask(served, COUNT)) == TRIPLES


def test_a_client_that_asks_too_often_is_told_when_to_come_back(home: Path) -> None:
    with serving_pool(home, rate=1.0) as served, httpx.Client(base_url=served.address, timeout=30) as client:
        answers = [client.post("/sparql", content="ASK {}", headers=QUERY) for _ in range(100)]
        assert [answer.status_code for answer in answers[:5]] == 5 * [200]
        refused = next(answer for answer in answers if answer.status_code != 200)
        assert refused.status_code == 429 and refused.json()["type"] == PROBLEM + "rate-limited"
        assert int(refused.headers["retry-after"]) >= 1 and refused.headers["access-control-allow-origin"] == "*"
        assert httpx.get(served.address + "/healthz").status_code == 200


def test_the_bucket_fills_again_and_forgets_who_has_been_away() -> None:
    now = [0.0]
    rate = Rate(2.0, lambda: now[0])
    for _ in range(10):
        rate.take("192.0.2.1")
    with pytest.raises(Refusal) as caught:
        rate.take("192.0.2.1")
    assert caught.value.headers["Retry-After"] == "1"
    rate.take("192.0.2.2")
    for number in range(10):
        rate.take(f"2001:db8::{number}")
    with pytest.raises(Refusal):
        rate.take("2001:db8::ffff")
    rate.take("2001:db8:0:1::1")
    now[0] += 0.5
    rate.take("192.0.2.1")
    now[0] += 100
    rate.take("192.0.2.9")
    assert list(rate._buckets) == ["192.0.2.9"]
    for number in range(20_000):
        rate.take(f"10.0.{number // 250}.{number % 250}")
    assert len(rate._buckets) <= 10_000


# What the server tells


def test_running_queries_are_listed_and_one_is_stopped(home: Path, way: Way) -> None:
    with serving_pool(home, Limits(timeout_seconds=60), fork=way.fork) as served:
        answers: list[httpx.Response] = []
        asking = in_background(served, ENDLESS, answers)
        (query,) = served.pool.queries
        runner = CliRunner()
        listed = runner.invoke(main, ["queries", "--data", str(home)])
        assert listed.exit_code == 0 and query.id in listed.stdout and "running" in listed.stdout
        assert "SELECT (COUNT" in listed.stdout
        assert runner.invoke(main, ["queries", "--stop", "nobody", "--data", str(home)]).exit_code == 1
        stopped = runner.invoke(main, ["queries", "--stop", query.id, "--data", str(home)])
        assert stopped.exit_code == 0 and "Stopped" in stopped.stdout
        asking.join(20)
        assert answers[0].status_code == 503 and answers[0].json()["type"] == PROBLEM + "cancelled"
        assert answers[0].json()["query_id"] == query.id
        assert "No query" in runner.invoke(main, ["queries", "--data", str(home)]).stderr
    without = CliRunner().invoke(main, ["queries", "--data", str(home)])
    assert without.exit_code == 1 and "No server" in without.output


def test_metrics_and_readiness(served: Served) -> None:
    assert counted(ask(served, COUNT)) == TRIPLES
    ask(served, "SELEC")
    answer = httpx.get(served.address + "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = answer.text.splitlines()
    for start in (
        'wsis_kg_queries_total{outcome="answered"} ',
        'wsis_kg_queries_total{outcome="syntax"} ',
        'wsis_kg_responses_total{resource="sparql",status="200"} ',
        'wsis_kg_query_seconds_bucket{le="+Inf"} ',
        "wsis_kg_query_seconds_sum ",
        'wsis_kg_dataset_quads{version="0.1.0-harbour"} 9.0',
        "wsis_kg_workers 2.0",
        "wsis_kg_queries_waiting 0.0",
    ):
        assert any(line.startswith(start) for line in lines), start
    assert httpx.get(served.address + "/readyz").json()["workers"] == 2


def test_without_a_store_process_the_server_says_so_and_recovers(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving_pool(home) as served:
        replace = Pool._replace
        allowed = threading.Event()

        async def late(self: Pool, folder: Path) -> None:
            if not allowed.is_set():
                raise OSError("not yet")
            await replace(self, folder)

        monkeypatch.setattr(Pool, "_replace", late)
        os.kill(served.pool.store_process, signal.SIGKILL)
        wait_until(lambda: httpx.get(served.address + "/readyz").status_code == 503, "Being not ready")
        assert httpx.get(served.address + "/healthz").status_code == 200
        # Its workers still answer.
        assert counted(ask(served, COUNT)) == TRIPLES
        allowed.set()
        wait_until(lambda: httpx.get(served.address + "/readyz").status_code == 200, "Being ready again")
        assert counted(ask(served, COUNT)) == TRIPLES


# The whole server, as a process


@contextlib.contextmanager
def running_server(home: Path, *options: str, **environment: str) -> Iterator[Running]:
    """Such a process, ended at last if it has not ended before."""
    server = Running(home, *options, **environment)
    try:
        yield server
    finally:
        server.end()


@pytest.fixture
def running(home: Path, way: Way) -> Iterator[Running]:
    no_fork = [] if way.fork else ["--no-fork"]
    with running_server(home, "--timeout", "5", "--query-log", "hash", "--memory", "192", *no_fork) as server:
        yield server


def test_a_stop_lets_running_queries_end_and_leaves_no_process(running: Running) -> None:
    wait_until(lambda: len(running.family()) == 3, "All workers")
    family = running.family()
    answers: list[httpx.Response] = []
    slow = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?a{n} ?b{n} ?c{n} .' for n in range(7))} }}"
    asking = threading.Thread(
        target=lambda: answers.append(httpx.post(running.address + "/sparql", content=slow, headers=QUERY, timeout=30))
    )
    asking.start()
    wait_until(
        lambda: "wsis_kg_queries_running 1.0" in httpx.get(running.address + "/metrics").text, "The query's start"
    )
    running.process.send_signal(signal.SIGTERM)
    asking.join(30)
    assert counted(answers[0]) == TRIPLES**7
    running.process.wait(20)
    running.told.seek(0)
    told = running.told.read()
    assert running.process.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in told
    wait_until(lambda: not any(alive(one.pid) for one in family), "The end of all processes")
    logged = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    (line,) = [line for line in logged if line["outcome"] == "answered"]
    assert line["event"] == "query" and len(line["query_hash"]) == 16 and line["milliseconds"] > 10
    assert "127.0.0.1" not in told and "?a0" not in told


def test_after_all_this_the_same_process_answers_and_has_not_grown(running: Running, way: Way) -> None:
    lasting = [psutil.Process(running.process.pid)]
    if way.fork:
        # The store process; where there is none, workers come and go.
        lasting.append(min(running.family(), key=lambda one: one.create_time()))

    # Without a store process each worker holds the store, and they come and go: one of them counts, as it began.
    store = 0 if way.fork else max(int(one.memory_info().rss) for one in running.family())

    def resident() -> int:
        return store + sum(int(process.memory_info().rss) for process in lasting)

    def attack() -> None:
        with httpx.Client(base_url=running.address, timeout=30) as client:
            for text in CRASHES.values():
                assert client.post("/sparql", content=text, headers=QUERY).status_code == 400
            for _ in range(3):
                client.get("/sparql", params={"query": "ASK {}%00"})
                assert client.get("/sparql", params={"query": "a" * 60_000}).status_code in (400, 414)
                with contextlib.suppress(httpx.WriteError):
                    client.post("/sparql", content=b"#" * (LARGEST_BODY + 1), headers=QUERY)
                with client.stream("POST", "/sparql", content=LONG, headers=QUERY) as answer:
                    next(answer.iter_raw())
            assert client.post("/sparql", content=b"#" * 5_000_000, headers=QUERY).status_code == 400
            assert client.post("/sparql", content=HOG, headers=QUERY).status_code in (400, 503)
            for _ in range(200):
                assert client.post("/sparql", content=COUNT, headers=QUERY).status_code == 200

    def crowd() -> None:
        """Hundreds of connections with a head each that does not end; bodies side by side; clients that leave."""
        where = httpx.URL(running.address)
        with contextlib.ExitStack() as stack:
            for _ in range(500):
                one = stack.enter_context(socket.create_connection((where.host, where.port or 80), timeout=30))
                one.sendall(b"GET /sparql?query=" + 10_000 * b"a" + b" HTTP/1.1\r\nX-Slow: " + 10_000 * b"b")
            with httpx.Client(base_url=running.address, timeout=60) as client:
                assert client.post("/sparql", content=COUNT, headers=QUERY).status_code == 200
        body = b"#" * (LARGEST_BODY - 1)
        senders = [
            threading.Thread(
                target=lambda: httpx.post(running.address + "/sparql", content=body, headers=QUERY, timeout=60)
            )
            for _ in range(8)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(60)

    # What everybody does: nothing of what follows has been tried yet.
    with httpx.Client(base_url=running.address, timeout=30) as client:
        for path in ("/", "/sparql", "/void", "/metrics"):
            assert client.get(path).status_code == 200
        for accept in ("application/sparql-results+json", "text/csv", "text/html"):
            assert client.get("/sparql", params={"query": COUNT}, headers={"Accept": accept}).status_code == 200
    before = resident()
    for _ in range(3):
        attack()
        crowd()
    with httpx.Client(base_url=running.address, timeout=30) as client:
        assert client.post("/sparql", content=COUNT, headers=QUERY).status_code == 200
    after = resident()
    print(f"Resident memory of front and store: {before >> 10} KiB before, {after >> 10} KiB after three rounds.")
    assert after <= 1.2 * before
    assert all(process.is_running() for process in lasting)
