"""One version of the dataset, or nothing at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from wsis_kg.engine.store import Engine
from wsis_kg.engine.wire import Edition
from wsis_kg.workshop.build import build, current
from wsis_kg.workshop.database import write_database
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.problems import WorkshopError
from wsis_kg.workshop.versions import version


def test_a_build_holds_sorted_quads_a_store_and_a_report(world: Inputs, tmp_path: Path) -> None:
    place = build(tmp_path / "home", world)
    lines = (place / "dataset.nq").read_bytes().splitlines()
    assert lines == sorted(set(lines)) and lines
    assert all(line.rsplit(b" ", 2)[1].startswith(b"<") for line in lines)
    with_union = ox.Store.read_only(str(place / "store"))
    assert sum(quad.graph_name != ox.DefaultGraph() for quad in with_union) == len(lines)
    report = json.loads((place / "report.json").read_text(encoding="utf-8"))
    assert report["quads"] == len(lines) and report["version"] == place.name == version(world)
    assert (tmp_path / "home" / "current").read_text(encoding="utf-8").strip() == place.name
    assert current(tmp_path / "home", world) == place


def test_the_database_holds_the_dump_and_its_union_as_a_set(tmp_path: Path) -> None:
    twice = '<http://e/a> <http://e/b> "c d ." <http://e/{}> .\n'
    blank = "_:x <http://e/b> <http://e/c> <http://e/1> .\n"
    # More than one piece, so that the end of a piece falls within a line.
    many = "".join(f"<http://e/{n}> <http://e/b> <http://e/{'c' * 99}> <http://e/1> .\n" for n in range(9000))
    dump = tmp_path / "dataset.nq"
    dump.write_text(twice.format(1) + twice.format(2) + blank + many, encoding="utf-8")
    assert dump.stat().st_size > 1 << 20
    write_database(dump, tmp_path / "store")
    store = ox.Store.read_only(str(tmp_path / "store"))
    named = {str(quad.triple) for quad in store if quad.graph_name != ox.DefaultGraph()}
    assert named == {str(quad.triple) for quad in store if quad.graph_name == ox.DefaultGraph()}
    assert len(store) == 2 * 9002 + 1
    assert len(list(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))) == 9002


def test_a_dataset_on_disk_has_the_size_that_the_build_has_counted(world: Inputs, tmp_path: Path) -> None:
    place = build(tmp_path / "home", world)
    counted = Engine(place).edition
    assert Engine(place, largest_in_memory=0).edition == counted
    report = json.loads((place / "report.json").read_text(encoding="utf-8"))
    told = json.dumps({**report, "graphs": {"http://e/told": 12}, "triples": 11})
    (place / "report.json").write_text(told, encoding="utf-8")
    assert Engine(place, largest_in_memory=0).edition == Edition(place.name, (("http://e/told", 12),), 11)
    assert Engine(place).edition == counted
    (place / "report.json").unlink()
    assert Engine(place, largest_in_memory=0).edition == counted


def test_the_same_inputs_give_the_same_bytes_in_another_process(world: Inputs, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from wsis_kg.workshop.build import build;"
        "from wsis_kg.workshop.inputs import Inputs; p = Path(sys.argv[1]);"
        "print(build(p / sys.argv[2], Inputs(*(p / n for n in ('ontology', 'data', 'shapes', 'queries')))))"
    )
    places = []
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path), f"home{seed}"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        places.append(Path(run.stdout.strip()))
    one, other = ((place / "dataset.nq").read_bytes() for place in places)
    assert one == other


@pytest.mark.parametrize("folder", ["ontology", "data", "shapes", "queries"])
def test_any_changed_input_is_a_new_version(world: Inputs, folder: str) -> None:
    before = version(world)
    path = next(path for name, path in world.files() if name.startswith(folder + "/"))
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    changed = version(world)
    path.rename(path.with_name("renamed" + path.suffix))
    assert len({before, changed, version(world)}) == 3


def test_a_violation_stops_the_build_and_leaves_the_last_one(world: Inputs, tmp_path: Path) -> None:
    home = tmp_path / "home"
    place = build(home, world)
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    actors = world.data / "actors.ttl"
    actors.write_text(actors.read_text(encoding="utf-8") + "\nbody:nobody :abbreviation 7 .\n", encoding="utf-8")
    with pytest.raises(WorkshopError) as raised:
        build(home, world)
    assert all(problem.file and problem.next_action for problem in raised.value.problems)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    assert (home / "current").read_text(encoding="utf-8").strip() == place.name


def test_a_half_written_build_is_made_again(world: Inputs, tmp_path: Path) -> None:
    place = build(tmp_path / "home", world)
    whole = (place / "dataset.nq").read_bytes()
    (place / "complete").unlink()
    (place / "dataset.nq").write_bytes(whole[:100])
    assert current(tmp_path / "home", world) is None
    assert build(tmp_path / "home", world) == place
    assert (place / "dataset.nq").read_bytes() == whole


def test_the_shapes_work_as_they_are_on_the_dump(world: Inputs, tmp_path: Path) -> None:
    """``pyshacl -s shapes/claimed.ttl dataset.nq``, as the README says, and it finds what is wrong."""
    dump = build(tmp_path / "home", world) / "dataset.nq"
    spoilt = tmp_path / "spoilt.nq"
    lines = dump.read_text(encoding="utf-8").splitlines(keepends=True)
    stated = next(line for line in lines if "/id/mandate/" in line.split()[0] and "#isStatedIn>" in line.split()[1])
    spoilt.write_text("".join(line for line in lines if line != stated), encoding="utf-8")
    for path, code in ((dump, 0), (spoilt, 1)):
        run = subprocess.run(
            [sys.executable, "-m", "pyshacl", "-s", str(world.shapes / "claimed.ttl"), str(path)],
            capture_output=True,
            text=True,
        )
        assert run.returncode == code, run.stdout + run.stderr
