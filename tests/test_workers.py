"""The fork server by itself: the pool, the process that holds the store, the workers (DESIGN, section 5)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import psutil
import pytest
from harbour import EX, FORKED, SPAWNED, TRIPLES, Way, descendants, point_to, write_build

from wsis_kg.engine.asked import AskedQuery, ClientLeft, EngineFault
from wsis_kg.engine.crew import StoreFailed
from wsis_kg.engine.endings import Ending, ending_by_exit_code
from wsis_kg.engine.formats import Form
from wsis_kg.engine.limits import Limits
from wsis_kg.engine.live import NoBuild
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.problems import (
    Interrupted,
    Overloaded,
    QueryProblem,
    QuerySyntaxError,
    ServiceForbidden,
    Stopped,
    TimedOut,
    TooComplex,
    TooLarge,
    TooMuchMemory,
    problem_of,
)
from wsis_kg.engine.spawning import _accept
from wsis_kg.engine.store import Engine
from wsis_kg.engine.wire import Question, decode_problem, encode_problem, frame, split
from wsis_kg.engine.workers import answer_all

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(14)) + " }"
"""8 triples to the power of 14: some days."""
LONG = "SELECT * { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(7)) + " }"
"""8^7 rows, hundreds of megabytes: begins at once and takes a while."""
HOG = "SELECT * { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(7)) + " } ORDER BY ?a1 ?a3 ?a5"


@pytest.fixture(scope="module", params=[FORKED, SPAWNED], ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    return request.param  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Home:
    """A data folder, and how the workers over it are made."""

    path: Path
    way: Way


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("harbour")
    write_build(path)
    return path


@pytest.fixture(scope="module")
def home(harbour: Path, way: Way) -> Home:
    return Home(harbour, way)


@pytest.fixture
def forked(harbour: Path) -> Home:
    """For what concerns the store process, which there is only where there is a fork."""
    return Home(harbour, FORKED)


@pytest.fixture
def spawned(harbour: Path) -> Home:
    """For what concerns spare workers, which there are only where there is no fork."""
    return Home(harbour, SPAWNED)


def run(home: Home, test: Callable[[Pool], Awaitable[None]], **limits: object) -> None:
    """Runs a test in an event loop of its own, with an open pool; no process may be left after it."""
    settings = {
        "timeout_seconds": 20.0,
        "memory_bytes": 256 << 20,
        "largest_in_memory": home.way.largest_in_memory,
        **limits,
    }

    async def with_pool() -> None:
        pool = Pool(home.path, Limits(**settings), home.way.fork)  # type: ignore[arg-type]
        await pool.open()
        try:
            async with asyncio.timeout(150):
                await until(lambda: pool.ready and len(pool.workers) == pool.limits.workers)
                await test(pool)
        finally:
            processes = descendants()
            await pool.close()
            assert not pool.queries
        deadline = time.monotonic() + 10
        while any(alive(process.pid) for process in processes):
            assert time.monotonic() < deadline, "A process outlived its pool"
            await asyncio.sleep(0.01)

    asyncio.run(with_pool())


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


async def body(query: AskedQuery) -> bytes:
    parts = []
    while not query.exhausted:
        parts += await query.gather(1 << 16)
    return b"".join(parts)


async def count(pool: Pool, text: str = COUNT) -> int:
    told = json.loads(await body(pool.ask(Question(text, "json"))))
    return int(told["results"]["bindings"][0]["n"]["value"])


def ask(pool: Pool, text: str, wanted: str | None = "json", **settings: object) -> AskedQuery:
    return pool.ask(Question(text, wanted, **settings))  # type: ignore[arg-type]


# Answers


def test_answers_are_those_of_the_engine(home: Home) -> None:
    engine = Engine(home.path / "0.1.0-harbour")
    cases = [
        ("SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o", ("json", "xml", "csv", "tsv")),
        (f"ASK {{ <{EX}north> ?p ?o }}", ("json", "xml")),
        (f"CONSTRUCT WHERE {{ ?s <{EX}name> ?o }}", ("turtle", "ntriples", "rdfxml", "jsonld")),
    ]

    async def test(pool: Pool) -> None:
        from wsis_kg.engine.formats import GRAPH_FORMATS, ROW_FORMATS, by_name

        for text, names in cases:
            for name in names:
                wanted = by_name(name, GRAPH_FORMATS if text.startswith("CONSTRUCT") else ROW_FORMATS)
                assert wanted is not None
                query = ask(pool, text, name)
                assert await body(query) == engine.answer(text, wanted)
                assert query.outline is not None and query.outline.form is engine.query(text).form
        assert pool.edition.quads == engine.quads and pool.edition.graphs == engine.graphs

    run(home, test)


def test_what_is_wrong_with_a_query_is_told_by_a_worker_and_costs_none(home: Home) -> None:
    async def test(pool: Pool) -> None:
        workers = pool.workers
        with pytest.raises(QuerySyntaxError) as caught:
            await body(ask(pool, "SELECT * {\n ?s ?p }"))
        assert (caught.value.line, caught.value.token) == (2, "}")
        with pytest.raises(ServiceForbidden):
            await body(ask(pool, "SELECT * { SERVICE <http://e/> { ?s ?p ?o } }"))
        for text, form, volatile in (("ASK {}", Form.ASK, False), ("DESCRIBE <x:y> #\n", Form.DESCRIBE, False)):
            outlined = ask(pool, text, None)
            assert await body(outlined) == b"" and outlined.outline is not None
            assert (outlined.outline.form, outlined.outline.volatile) == (form, volatile)
        with pytest.raises(QuerySyntaxError, match="SELEC"):
            await body(ask(pool, "SELEC", None))
        assert pool.workers == workers

    run(home, test)


def test_a_page_gets_the_first_rows_and_how_many_there_are(home: Home) -> None:
    engine = Engine(home.path / "0.1.0-harbour")
    every = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o"

    async def test(pool: Pool) -> None:
        from wsis_kg.engine.formats import JSON

        query = ask(pool, every, shown=3)
        told, known = json.loads(await body(query)), json.loads(engine.answer(every, JSON))
        assert told["head"] == known["head"] and query.count == TRIPLES
        assert told["results"]["bindings"] == known["results"]["bindings"][:3]
        graph = ask(pool, "CONSTRUCT WHERE { ?s ?p ?o }", "turtle", shown=2)
        assert len((await body(graph)).splitlines()) == 2 and (graph.count or 0) > 2
        assert json.loads(await body(ask(pool, "ASK {}", shown=3)))["boolean"] is True
        assert (await body(ask(pool, "SELECT (1/0 AS ?x) {}", shown=3))) == (
            b'{"head": {"vars": ["x"]}, "results": {"bindings": [{}]}}'
        )

    run(home, test)


def test_two_workers_do_not_give_the_same_random_numbers(home: Home) -> None:
    """The state of a random number generator is copied by a fork, unless nobody has used it before."""

    async def test(pool: Pool) -> None:
        text = "SELECT (UUID() AS ?n) (RAND() AS ?r) {}"
        answers = await asyncio.gather(*(body(ask(pool, text)) for _ in range(2)))
        first = {json.loads(answer)["results"]["bindings"][0]["n"]["value"] for answer in answers}
        for pid in pool.workers:
            os.kill(pid, signal.SIGKILL)
        await until(lambda: pool.ready and len(pool.workers) == 2)
        answers = await asyncio.gather(*(body(ask(pool, text)) for _ in range(2)))
        second = {json.loads(answer)["results"]["bindings"][0]["n"]["value"] for answer in answers}
        assert len(first | second) == 4

    run(home, test)


# Limits


@pytest.mark.parametrize("text", [ENDLESS, LONG])
def test_a_query_ends_when_its_time_is_over_while_it_computes_or_writes(home: Home, text: str) -> None:
    async def test(pool: Pool) -> None:
        workers = pool.workers
        begin = time.monotonic()
        query = ask(pool, text)
        with pytest.raises(TimedOut) as caught:
            await query.gather(1 << 40)
        assert 0.3 <= time.monotonic() - begin < 2
        assert caught.value.members == {"limit_seconds": 0.3}
        await until(lambda: len(pool.workers) == 2 and pool.workers != workers)
        assert await count(pool) == TRIPLES

    run(home, test, timeout_seconds=0.3)


def test_a_client_that_leaves_ends_its_query_running_or_waiting(home: Home) -> None:
    async def test(pool: Pool) -> None:
        (worker,) = pool.workers
        running, waiting = ask(pool, ENDLESS), ask(pool, ENDLESS)
        assert running.started_at is not None and waiting.started_at is None
        waiting.abandon()
        assert pool.queries == [running]
        reading = asyncio.create_task(running.gather(1))
        await asyncio.sleep(0)
        running.abandon()
        with pytest.raises(ClientLeft):
            await reading
        assert pool.queries == []
        assert await count(pool) == TRIPLES
        await until(lambda: not alive(worker))

    run(home, test, workers=1)


def test_a_result_that_nobody_reads_holds_its_worker_up_and_is_bounded_here(home: Home) -> None:
    async def test(pool: Pool) -> None:
        query = ask(pool, LONG)
        first = await query.gather(1 << 18)
        assert 1 << 18 <= sum(map(len, first)) < 1 << 19
        unread = []
        for _ in range(50):
            await asyncio.sleep(0.01)
            unread.append(query._unread)
        assert unread[-1] == unread[-10] < 1 << 20
        assert await count(pool) == TRIPLES
        more = await query.gather(1 << 22)
        assert sum(map(len, more)) >= 1 << 22 and query.problem is None
        query.abandon()

    run(home, test)


def test_the_queue_is_bounded_and_moves_on_in_order(home: Home) -> None:
    async def test(pool: Pool) -> None:
        hung = ask(pool, ENDLESS)
        waiting = [ask(pool, COUNT) for _ in range(3)]
        with pytest.raises(Overloaded) as caught:
            ask(pool, COUNT)
        assert caught.value.members["retry_after"] >= 1
        assert not any(query.complete for query in waiting)
        with pytest.raises(TimedOut):
            await hung.gather(1)
        for query in waiting:
            assert json.loads(await body(query))
        starts = [query.started_at or 0 for query in waiting]
        assert starts == sorted(starts) and starts[0] - hung.asked_at < 2

    run(home, test, workers=1, queue=3, timeout_seconds=0.4)


def test_who_waits_too_long_is_told_to_come_back(home: Home) -> None:
    async def test(pool: Pool) -> None:
        queries = [ask(pool, ENDLESS) for _ in range(6)]
        ends = await asyncio.gather(*(query.gather(1) for query in queries), return_exceptions=True)
        assert {type(end) for end in ends} == {TimedOut, Overloaded}
        assert await count(pool) == TRIPLES

    run(home, test, workers=1, timeout_seconds=0.4)


def test_memory_is_bounded_for_each_worker(home: Home) -> None:
    async def test(pool: Pool) -> None:
        with pytest.raises(TooMuchMemory, match="128 MiB") as caught:
            await body(ask(pool, HOG))
        assert caught.value.members["limit_bytes"] == 128 << 20
        await until(lambda: len(pool.workers) == 2)
        assert await count(pool) == TRIPLES

    run(home, test, memory_bytes=128 << 20)


def test_a_worker_that_has_grown_is_exchanged(home: Home) -> None:
    async def test(pool: Pool) -> None:
        (before,) = pool.workers
        distinct = "SELECT DISTINCT * { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(6)) + " }"
        assert await count(pool, f"SELECT (COUNT(*) AS ?n) {{ {distinct} }}") == TRIPLES**6
        assert await count(pool) == TRIPLES
        await until(lambda: pool.workers != [before] and len(pool.workers) == 1)

    run(home, test, workers=1, memory_bytes=1 << 30)


@pytest.mark.parametrize(
    ("limit", "text", "wanted"),
    [
        ({"most_rows": 3}, "SELECT * { ?s ?p ?o }", "csv"),
        ({"most_rows": 3}, "CONSTRUCT WHERE { ?s ?p ?o }", "turtle"),
        ({"most_bytes": 100}, "SELECT * { ?s ?p ?o }", "json"),
    ],
)
def test_limits_of_rows_and_bytes_say_that_they_applied(
    home: Home, limit: dict[str, int], text: str, wanted: str
) -> None:
    async def test(pool: Pool) -> None:
        ((name, most),) = limit.items()
        query = ask(pool, text, wanted)
        with pytest.raises(TooLarge) as caught:
            await query.gather(1)
        assert caught.value.members == {name.replace("most", "limit"): most}
        assert await body(ask(pool, text + " LIMIT 1", wanted if wanted != "json" else "csv"))
        assert await body(ask(pool, "ASK {}", "json"))

    run(home, test, **limit)


def test_an_answer_that_broke_off_while_nobody_was_reading_is_never_taken_for_whole(home: Home) -> None:
    async def test(pool: Pool) -> None:
        query = ask(pool, LONG)
        await query.gather(1)
        await until(lambda: query.complete)
        assert not query.exhausted
        with pytest.raises(TimedOut):
            await query.gather(1)

    run(home, test, timeout_seconds=0.3)


# Losses

CRASHES = {
    "nested": "SELECT * { FILTER(" + 10_000 * "(" + "1" + 10_000 * ")" + ") }",
    "sum": "SELECT (" + "+".join(100_000 * ["1"]) + " AS ?x) {}",
    "union": "SELECT * { " + " UNION ".join(20_000 * ["{ ?s ?p ?o }"]) + " }",
}


@pytest.mark.parametrize("name", CRASHES)
def test_a_query_that_crashes_the_engine_costs_one_worker(home: Home, name: str) -> None:
    async def test(pool: Pool) -> None:
        workers = set(pool.workers)
        with pytest.raises(TooComplex):
            await body(ask(pool, CRASHES[name]))
        await until(lambda: len(pool.workers) == 2)
        assert len(workers & set(pool.workers)) == 1
        assert await count(pool) == TRIPLES

    run(home, test)


def test_workers_killed_from_outside_come_back(home: Home) -> None:
    async def test(pool: Pool) -> None:
        for _ in range(3):
            before = pool.workers
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            await until(lambda: len(pool.workers) == 2 and not set(pool.workers) & set(before))  # noqa: B023
            assert await count(pool) == TRIPLES
        # A query that has hardly begun is given to another worker, but not for ever.
        query = ask(pool, ENDLESS)
        killed = []
        while not query.complete:
            await until(lambda: query.complete or query.worker not in (None, *killed))
            if query.worker is not None:
                killed.append(query.worker)
                os.kill(query.worker.pid, signal.SIGKILL)
        assert len(killed) == 3
        with pytest.raises(Interrupted) as caught:
            await query.gather(1)
        assert caught.value.members == {"retry_after": 1}

    run(home, test)


def test_a_store_process_that_is_killed_comes_back_and_running_queries_run_on(forked: Home) -> None:
    async def test(pool: Pool) -> None:
        store, before = pool.store_process, pool.workers
        running = ask(pool, LONG)
        await running.gather(1)
        os.kill(store, signal.SIGKILL)
        assert await count(pool) == TRIPLES
        await until(lambda: pool.store_restarts == 1 and len(pool.workers) == 2)
        assert pool.store_process != store and not set(pool.workers) & set(before)
        assert await running.gather(1 << 24)
        assert await count(pool) == TRIPLES
        running.abandon()
        for pid in before:
            await until(lambda: not alive(pid))  # noqa: B023

    run(forked, test)


def test_both_killed_at_once_come_back(forked: Home) -> None:
    async def test(pool: Pool) -> None:
        for pid in (pool.store_process, *pool.workers):
            os.kill(pid, signal.SIGKILL)
        assert await count(pool) == TRIPLES
        assert pool.store_restarts == 1

    run(forked, test)


def test_an_interrupt_at_the_terminal_or_a_stop_of_the_group_leaves_the_end_to_the_front(home: Home) -> None:
    async def test(pool: Pool) -> None:
        workers = pool.workers
        for process in descendants():
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
        assert await count(pool) == TRIPLES
        assert pool.workers == workers

    run(home, test)


def test_the_processes_end_with_the_front_even_in_the_midst_of_a_query(home: Home) -> None:
    script = f"""
import asyncio, sys, os, psutil
from pathlib import Path
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.limits import Limits
from wsis_kg.engine.wire import Question
async def main():
    pool = Pool(Path(sys.argv[1]), Limits(timeout_seconds=100, largest_in_memory={home.way.largest_in_memory}), {home.way.fork})
    await pool.open()
    query = pool.ask(Question({ENDLESS!r}, "json"))
    while query.worker is None:
        await asyncio.sleep(0.01)
    print(*[process.pid for process in psutil.Process().children(recursive=True)], flush=True)
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""
    ran = subprocess.run([sys.executable, "-c", script, str(home.path)], capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    processes = [int(pid) for pid in ran.stdout.split()]
    assert len(processes) >= 2
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in processes):
        assert time.monotonic() < deadline
        time.sleep(0.01)


# Versions


def test_a_new_version_takes_over_while_a_query_of_the_old_one_runs_on(way: Way, tmp_path: Path) -> None:
    write_build(tmp_path, "1-a")

    async def test(pool: Pool) -> None:
        running = ask(pool, LONG)
        await running.gather(1)
        assert not await pool.refresh()
        old = descendants()
        write_build(tmp_path, "1-b", f"<{EX}a> <{EX}b> <{EX}c> <{EX}g> .\n")
        assert await pool.refresh() and pool.edition.version == "1-b"
        assert await count(pool) == 1
        assert await running.gather(1 << 23) and running.edition is not None and running.edition.version == "1-a"
        assert running.worker is not None and alive(running.worker.pid)
        running.abandon()
        await until(lambda: not any(alive(process.pid) for process in old))

    run(Home(tmp_path, way), test)


def test_a_build_that_cannot_be_opened_is_said_once_and_not_served(
    way: Way, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NoBuild, match="wsis-kg build"):
        Pool(tmp_path, fork=way.fork)
    write_build(tmp_path, "1-0", "this is no N-Quads")
    with pytest.raises(StoreFailed):
        Pool(tmp_path, fork=way.fork)
    write_build(tmp_path, "1-a")

    async def test(pool: Pool) -> None:
        write_build(tmp_path, "1-b", "")
        assert await pool.refresh() and pool.edition.quads == 0
        write_build(tmp_path, "1-c", "this is no N-Quads")
        assert not await pool.refresh() and not await pool.refresh()
        assert pool.edition.version == "1-b"
        assert len([record for record in caplog.records if "1-c" in record.message]) == 1
        for name in ("1-d", "../1-a", ""):
            point_to(tmp_path, name)
            assert not await pool.refresh()
        (tmp_path / "current").unlink()
        assert not await pool.refresh() and pool.edition.version == "1-b"
        point_to(tmp_path, "1-a")
        assert await pool.refresh() and await count(pool) == TRIPLES

    run(Home(tmp_path, way), test)


# Listing and stopping


def test_a_running_query_can_be_found_and_stopped(home: Home) -> None:
    async def test(pool: Pool) -> None:
        query = ask(pool, ENDLESS)
        assert [found.id for found in pool.queries] == [query.id] and len(query.hash) == 16
        assert not pool.stop("nobody") and pool.stop(query.id)
        with pytest.raises(Stopped):
            await query.gather(1)
        assert pool.queries == []
        assert await count(pool) == TRIPLES

    run(home, test)


# Spare workers


def test_where_a_start_takes_long_a_spare_takes_the_place_of_a_worker_that_is_lost(spawned: Home) -> None:
    async def test(pool: Pool) -> None:
        await until(lambda: len(pool.spares) == 1)
        spares = pool.spares
        hung, next_one = ask(pool, ENDLESS), ask(pool, COUNT)
        # It is kept for that: no more queries run at once than there are workers.
        assert hung.worker is not None and next_one.worker is None and pool.spares == spares
        with pytest.raises(TimedOut):
            await hung.gather(1)
        await body(next_one)
        assert pool.workers == spares
        await until(lambda: len(pool.spares) == 1)
        # A spare that is lost is replaced, and one that nobody has missed yet is not asked.
        os.kill(pool.spares[0], signal.SIGKILL)
        os.kill(pool.workers[0], signal.SIGKILL)
        assert await count(pool) == TRIPLES
        await until(lambda: len(pool.spares) == 1)

    run(spawned, test, workers=1, timeout_seconds=0.3)


def test_without_its_files_no_worker_can_be_replaced_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_build(tmp_path)
    away = tmp_path / "away"

    async def test(pool: Pool) -> None:
        folder.rename(away)
        for _ in range(2):
            for worker in (*pool.workers, *pool.spares):
                os.kill(worker, signal.SIGKILL)
            await until(lambda: not pool.ready or bool(pool.spares))
        await until(lambda: not pool.ready)
        await until(lambda: any("cannot open the dataset" in record.message for record in caplog.records))
        with pytest.raises(Overloaded, match="No worker became free"):
            await count(pool)
        away.rename(folder)
        await until(lambda: pool.ready)
        assert await count(pool) == TRIPLES

    run(Home(tmp_path, SPAWNED), test, workers=1, timeout_seconds=0.3)


def test_whoever_does_not_know_the_secret_is_not_taken_for_a_worker() -> None:
    class Running:
        ended = False

    with socket.create_server(("127.0.0.1", 0)) as listener, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(listener.getsockname())) for _ in range(5)]
        clients[0].sendall(b"a guess at it")
        clients[1].sendall(b"GET / HTTP/1.1\r\n\r\n")
        clients[2].close()
        clients[4].sendall(b"the secret")
        with _accept(listener, b"the secret", Running()) as found:  # type: ignore[arg-type]
            assert found.getpeername() == clients[4].getsockname()
        Running.ended = True
        with pytest.raises(OSError, match="ended before"):
            _accept(listener, b"the secret", Running())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        (0, Ending.UNKNOWN),
        (1, Ending.UNKNOWN),
        (-signal.SIGKILL, Ending.UNKNOWN),
        (-signal.SIGSEGV, Ending.CRASHED),
        (-signal.SIGABRT, Ending.OUT_OF_MEMORY),
        (-signal.SIGXCPU, Ending.OUT_OF_TIME),
        (0xC00000FD, Ending.CRASHED),
        (0xC0000409, Ending.OUT_OF_MEMORY),
        (0xC0000005, Ending.CRASHED),
    ],
)
def test_an_exit_code_tells_how_a_process_ended_by_signal_or_as_windows_says_it(code: int, ending: Ending) -> None:
    assert ending_by_exit_code(code) is ending


# What the processes are


def test_the_store_process_loads_no_framework(forked: Home) -> None:
    script = (
        "import sys, json, wsis_kg.engine.storekeeper; names = "
        "('rdflib', 'pyshacl', 'fastapi', 'starlette', 'uvicorn', 'asyncio', 'jinja2', 'click');"
        "print(json.dumps([name for name in names if name in sys.modules]))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == []

    async def test(pool: Pool) -> None:
        assert pool.store_process is not None and pool.spares == []
        # One thread, or a fork would be unsafe.
        await until(lambda: psutil.Process(pool.store_process).num_threads() == 1)
        for pid in pool.workers:
            worker = psutil.Process(pid)
            assert worker.ppid() == pool.store_process
            # Its connection and nothing of the others, of the store process, or of the front.
            assert len([held for held in worker.net_connections("unix") if held.type == socket.SOCK_STREAM]) == 1

    run(forked, test)


@contextmanager
def worker_over(engine: object) -> Iterator[socket.socket]:
    """A worker's loop in a thread, over anything that answers like an engine."""
    ours, theirs = socket.socketpair()
    working = threading.Thread(target=answer_all, args=(theirs, engine, Limits()))
    # The bound holds for a whole process, which is that of the tests here, and would end it before long.
    with patch("wsis_kg.engine.workers.bound_processor_time"):
        working.start()
        try:
            with ours:
                ours.settimeout(20)
                yield ours
        finally:
            working.join(20)
            theirs.close()
            assert not working.is_alive()


@pytest.fixture(autouse=True, scope="module")
def unbound() -> Iterator[None]:
    """Nothing in this file may bind the process of the tests."""
    before = resource.getrlimit(resource.RLIMIT_CPU)
    yield
    assert resource.getrlimit(resource.RLIMIT_CPU) == before


def test_a_failure_that_nobody_foresaw_is_told_as_one_and_ends_the_worker() -> None:
    class Broken:
        def query(self, *_: object, **__: object) -> None:
            raise ZeroDivisionError("a secret of the house")

    with worker_over(Broken()) as connection:
        connection.sendall(Question("ASK {}", "json").encode(10))
        received = bytearray()
        while piece := connection.recv(1 << 16):
            received += piece
            if b"last" in received:
                break
        kinds = dict(split(received))
        assert b"a secret of the house" in kinds[b"F"] and json.loads(kinds[b"E"])["last"] is True


def test_a_fault_reaches_who_asked(home: Home) -> None:
    async def test(pool: Pool) -> None:
        query = ask(pool, ENDLESS)
        query.fault("Traceback")
        with pytest.raises(EngineFault):
            await query.gather(1)

    run(home, test)


def test_frames_come_apart_wherever_they_are_cut() -> None:
    sent = frame(b"B", b"") + frame(b"B", b"abc") + frame(b"E", b"{}")
    for cut in range(len(sent) + 1):
        buffer = bytearray(sent[:cut])
        found = list(split(buffer))
        buffer += sent[cut:]
        assert [*found, *split(buffer)] == [(b"B", b""), (b"B", b"abc"), (b"E", b"{}")] and not buffer


@pytest.mark.parametrize("kind", sorted({problem.kind for problem in QueryProblem.__subclasses__()}))
def test_every_problem_comes_through_as_what_it_is(kind: str) -> None:
    problem = problem_of(kind, "A sentence.", line=1, column=2, token="x", hint="Do.", members={"limit_rows": 3})
    told = decode_problem(encode_problem(problem))
    assert type(told) is type(problem) and vars(told) == vars(problem)
