"""A dataset too large for memory: every worker reads the database on disk, whether it was forked or started anew.

The size from which on that is so is lowered to nothing, so that a small dataset shows what holds of a large one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import test_workers
from harbour import EX, FORKED, SPAWNED, TRIPLES, Way, descendants, point_to, serving_pool, write_build
from test_workers import LONG, Home, alive, ask, count, run, until

from wsis_kg.engine.crew import StoreFailed
from wsis_kg.engine.limits import Limits
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.problems import Interrupted
from wsis_kg.holdings import folder
from wsis_kg.views.questions import read_questions
from wsis_kg.workshop.dataset import lines_of, load
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.rules import infer

QUESTIONS = read_questions(folder("queries"))


@pytest.fixture(scope="module", params=[FORKED, SPAWNED], ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    return replace(request.param, largest_in_memory=0)


@pytest.fixture(scope="module")
def home(way: Way, tmp_path_factory: pytest.TempPathFactory) -> Home:
    path = tmp_path_factory.mktemp("harbour")
    write_build(path, database=True)
    return Home(path, way)


def fingerprint(place: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.iterdir()}


@pytest.mark.parametrize(
    "test",
    [
        test_workers.test_a_client_that_leaves_ends_its_query_running_or_waiting,
        test_workers.test_memory_is_bounded_for_each_worker,
        test_workers.test_workers_killed_from_outside_come_back,
        test_workers.test_the_processes_end_with_the_front_even_in_the_midst_of_a_query,
    ],
    ids=lambda test: test.__name__.removeprefix("test_"),
)
def test_what_holds_of_a_dataset_in_memory_holds_on_disk(home: Home, test: Callable[[Home], None]) -> None:
    test(home)


def test_a_spare_worker_that_has_opened_it_takes_the_place_of_one_that_is_lost(home: Home) -> None:
    test_workers.test_where_a_start_takes_long_a_spare_takes_the_place_of_a_worker_that_is_lost(home)


def test_a_query_ends_when_its_time_is_over(home: Home) -> None:
    test_workers.test_a_query_ends_when_its_time_is_over_while_it_computes_or_writes(home, LONG)


def test_a_query_that_crashes_the_engine_costs_one_worker(home: Home) -> None:
    test_workers.test_a_query_that_crashes_the_engine_costs_one_worker(home, "nested")


def test_a_store_process_that_is_killed_comes_back(tmp_path: Path) -> None:
    write_build(tmp_path, database=True)
    home = Home(tmp_path, replace(FORKED, largest_in_memory=0))
    test_workers.test_a_store_process_that_is_killed_comes_back_and_running_queries_run_on(home)


def test_every_question_is_answered_as_from_memory(way: Way, tmp_path: Path) -> None:
    packaged = Inputs.packaged()
    data = tmp_path / "data"
    shutil.copytree(Path(__file__).parent / "world", data)
    shutil.copy(packaged.data / "concepts.ttl", data)
    inputs = Inputs(packaged.ontology, data, packaged.shapes, packaged.queries)
    store = load(inputs)
    infer(store, inputs)
    home = tmp_path / "home"
    write_build(home, "1-world", b"".join(lines_of(store)).decode(), database=True)

    def answers(limits: Limits) -> dict[str, Counter[tuple[str, ...]]]:
        found = {}
        with serving_pool(home, limits, fork=way.fork) as served, httpx.Client(base_url=served.address) as client:
            # A blank node has another name in each.
            every = "SELECT * { ?s ?p ?o FILTER(!ISBLANK(?s) && !ISBLANK(?o)) }"
            for name, text in [*((one.name, one.text) for one in QUESTIONS.values()), ("every triple", every)]:
                answer = client.post("/sparql", data={"query": text}, headers={"Accept": "text/csv"}, timeout=30)
                assert answer.status_code == 200, (name, answer.text)
                found[name] = Counter(tuple(row) for row in csv.reader(io.StringIO(answer.text, newline="")))
        return found

    in_memory, on_disk = answers(Limits()), answers(Limits(largest_in_memory=0))
    assert in_memory == on_disk
    assert sum(rows.total() for rows in in_memory.values()) > 2000


def test_several_workers_read_one_database_and_killing_them_in_mid_read_leaves_it_as_it_was(home: Home) -> None:
    place = home.path / "0.1.0-harbour" / "store"
    before = fingerprint(place)

    async def test(pool: Pool) -> None:
        for _ in range(3):
            reading = [ask(pool, LONG) for _ in range(3)]
            for query in reading:
                await query.gather(1)
            for query in reading:
                assert query.worker is not None
                os.kill(query.worker.pid, signal.SIGKILL)
            for query in reading:
                with pytest.raises(Interrupted):
                    await query.gather(1 << 40)
            assert await count(pool) == TRIPLES
            await until(lambda: len(pool.workers) == 3)

    run(home, test, workers=3)
    assert fingerprint(place) == before


def test_a_new_version_is_another_database(way: Way, tmp_path: Path) -> None:
    write_build(tmp_path, "1-a", database=True)

    async def test(pool: Pool) -> None:
        running = ask(pool, LONG)
        await running.gather(1)
        old = descendants()
        write_build(tmp_path, "1-b", f"<{EX}a> <{EX}b> <{EX}c> <{EX}g> .\n", database=True)
        assert await pool.refresh() and pool.edition.quads == 1
        assert await count(pool) == 1
        assert await running.gather(1 << 22) and running.edition is not None and running.edition.version == "1-a"
        running.abandon()
        await until(lambda: not any(alive(process.pid) for process in old))

    run(Home(tmp_path, way), test)


def test_a_database_that_is_missing_or_broken_is_said_and_not_served(
    way: Way, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_build(tmp_path, "1-missing")
    with pytest.raises(StoreFailed, match=r"1-missing/store cannot be opened: .* run wsis-kg build"):
        Pool(tmp_path, Limits(largest_in_memory=0), way.fork)
    script = (
        "import sys; from functools import partial; from wsis_kg.web import serve; serve._is_up_to_date = lambda _: True;"
        "from wsis_kg import cli; cli.Limits = partial(cli.Limits, largest_in_memory=0); cli.main(sys.argv[1:])"
    )
    command = [sys.executable, "-c", script, "serve", "--port", "0", "--data", str(tmp_path)]
    ran = subprocess.run([*command, *([] if way.fork else ["--no-fork"])], capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 1 and "1-missing/store cannot be opened" in ran.stderr and "Traceback" not in ran.stderr

    write_build(tmp_path, "1-whole", database=True)

    async def test(pool: Pool) -> None:
        broken = write_build(tmp_path, "1-broken", database=True)
        for table in (broken / "store").glob("*.sst"):
            table.write_bytes(b"x" * 10)
        assert not await pool.refresh() and pool.edition.version == "1-whole"
        (refused,) = [record for record in caplog.records if "1-broken" in record.message]
        assert "cannot be opened" in refused.message and "run wsis-kg build" in refused.message
        point_to(tmp_path, "1-whole")
        assert await count(pool) == TRIPLES

    run(Home(tmp_path, way), test)
