"""What all tests share.

With WSIS_CI set (`.ci/run` sets it) a test may be skipped only by design: any other skip means that something
which could have been installed was not, and such a test fails.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest
from playwright.sync_api import Browser, sync_playwright

from wsis_kg.workshop.build import build
from wsis_kg.workshop.dataset import load
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.installing import install
from wsis_kg.workshop.records import read_moment
from wsis_kg.workshop.rules import infer

WORLD = Path(__file__).resolve().parent / "world"
BY_DESIGN = "by design:"
CHROMIUM = Path("/usr/bin/chromium")
LONGEST_FIRST = (
    "test_browser",
    "test_unbreakable",
    "test_engines",
    "test_workers",
    "test_remote",
    "test_cache",
    "test_things",
    "test_export",
    "test_cli",
    "test_owl",
    "test_build",
    "test_w3id",
    "test_patience",
    "test_pages",
    "test_desk",
    "test_deploy",
    "test_comunica",
    "test_on_disk",
    "test_bad_input",
    "test_crawlers",
    "test_diagram_files",
    "test_versions",
)
"""The files whose tests take more than some ten seconds together. One that begins last would be waited for by itself."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts long files first, each as a whole; the order within a file stays."""
    place = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why the test or module was skipped, in the words of whoever skipped it."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")


def forbid_skip_for_want_of_something(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turns a skip into a failure, where WSIS_CI is set and the reason is not one by design."""
    if not os.environ.get("WSIS_CI") or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = reason_of(report)
    if not reason.startswith(BY_DESIGN):
        report.outcome = "failed"
        report.longrepr = (
            f"{report.nodeid} was skipped ({reason}), which WSIS_CI forbids: install what is missing "
            f'in .ci/run, or begin the reason with "{BY_DESIGN}" if the test is not meant to run here.'
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Holds every test to the rule on skips."""
    report = yield
    forbid_skip_for_want_of_something(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Holds a module that skips itself as a whole to the same rule."""
    report = yield
    forbid_skip_for_want_of_something(report)
    return report


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder of this name, made by the first process of this run of the tests that asks for it, for all of them.

    Whoever asks meanwhile waits. What is in it is not to be changed.
    """
    own = factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    place = common / name
    with (common / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            # Under another name first: one that broke off is not taken for a whole one.
            work = common / f"{name}.work"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            make(work)
            work.rename(place)
    return place


@pytest.fixture(scope="session")
def real_store(tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    """The packaged dataset in memory, loaded and inferred."""

    def make(folder: Path) -> None:
        inputs = Inputs.packaged()
        made = load(inputs)
        infer(made, inputs)
        made.dump(folder / "real.nq", format=ox.RdfFormat.N_QUADS)

    store = ox.Store()
    store.bulk_load(path=made_once(tmp_path_factory, "real", make) / "real.nq", format=ox.RdfFormat.N_QUADS)
    return store


@pytest.fixture(scope="session")
def real_site(real_store: ox.Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the packaged dataset and its files. Not to be disturbed: each page is made once."""
    # Not above: test_skips.py tries this file where there is no other.
    from harbour import LASTING, serving_pool, write_build
    from whole_site import CONTACTS

    from wsis_kg.workshop.dumps import dumps_of, write_dumps

    home = tmp_path_factory.mktemp("site")
    quads = real_store.dump(format=ox.RdfFormat.N_QUADS)
    assert quads is not None
    folder = write_build(home, "0.1.0-site", quads.decode())
    write_dumps(folder, dumps_of(quads.splitlines(keepends=True)))
    with serving_pool(home, contacts=CONTACTS) as served:
        assert served.pool.store_process is not None
        LASTING.add(served.pool.store_process)
        yield served.address


def data_of_world(place: Path) -> Path:
    """A copy of the data of the invented world in this folder, with the real concepts; the folder of them."""
    data = place / "data"
    shutil.copytree(WORLD, data)
    shutil.copy(Inputs.packaged().data / "concepts.ttl", data)
    return data


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """The invented world, with the real ontology, shapes and queries. Not to be changed."""
    packaged = Inputs.packaged()
    data = data_of_world(tmp_path_factory.mktemp("invented"))
    return Inputs(packaged.ontology, data, packaged.shapes, packaged.queries)


@pytest.fixture(scope="session")
def built_world(invented: Inputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a build of the invented world, alone in its data folder. Not to be changed: copy it."""

    def make(folder: Path) -> None:
        build(folder, invented)

    home = made_once(tmp_path_factory, "built", make)
    return home / (home / "current").read_text(encoding="utf-8").strip()


@dataclass(frozen=True)
class TwoVersions:
    """A data folder with two versions of the invented world: the one before, and the current one."""

    home: Path
    before: str
    after: str
    inputs: Inputs
    """Those of the current one."""


BEFORE_PUBLISHED = "2026-12-01"
AFTER_PUBLISHED = "2027-03-01T12:30:00Z"


@pytest.fixture(scope="session")
def two_versions(built_world: Path, tmp_path_factory: pytest.TempPathFactory) -> TwoVersions:
    """The second version: a chart has another name, the Board of Charts one more, a Buoy Office was added, the tug
    owners were forgotten, the Tide Committee stands in another file. Not to be changed: copy it.
    """
    place = made_once(tmp_path_factory, "versions", lambda folder: write_two_versions(folder, built_world))
    home = place / "home"
    after = (home / "current").read_text(encoding="utf-8").strip()
    return TwoVersions(home, built_world.name, after, later_inputs(place))


def later_inputs(place: Path) -> Inputs:
    """The inputs of the second version, whose data are in this folder."""
    packaged = Inputs.packaged()
    return Inputs(packaged.ontology, place / "data", packaged.shapes, packaged.queries)


def write_two_versions(place: Path, built_world: Path) -> None:
    """Writes the data of the second version, and a data folder with both, into this folder."""
    data = data_of_world(place)
    actors = (data / "actors.ttl").read_text(encoding="utf-8")
    committee = 'body:tide-committee a :Body ;\n    skos:prefLabel "Tide Committee"@en ;\n    :abbreviation "TC" ;\n    :kind body-kind:commission .\n'
    owners = 'constituency:tug-owners a :Constituency ;\n    skos:prefLabel "tug owners"@en ;\n    :isWithin constituency:ship-owners .\n'
    board = 'skos:prefLabel "Board of Charts"@en ;'
    assert committee in actors and owners in actors and board in actors
    actors = actors.replace(committee, "").replace(owners, "")
    actors = actors.replace(board, f'{board}\n    skos:altLabel "Board of Sea Charts"@en ;')
    actors += '\nbody:buoy-office a :Body ;\n    skos:prefLabel "Buoy Office"@en ;\n    :kind body-kind:office .\n'
    (data / "actors.ttl").write_text(actors, encoding="utf-8")
    outputs = (data / "outputs.ttl").read_text(encoding="utf-8")
    assert outputs.count("northern approaches") == 1
    outputs = outputs.replace("northern approaches", "northern waters")
    prefixes = "\n".join(line for line in actors.splitlines() if line.startswith("@prefix body"))
    (data / "outputs.ttl").write_text(f"{prefixes}\n{outputs}\n{committee}", encoding="utf-8")
    home = place / "home"
    after = build(home, later_inputs(place), moment=read_moment(AFTER_PUBLISHED))
    dump = built_world / "dumps" / "wsis-kg.nq.gz"
    before, new = install(home, dump, moment=read_moment(BEFORE_PUBLISHED))
    assert new and before.name == built_world.name != after.name
    assert (home / "current").read_text(encoding="utf-8").strip() == after.name


@pytest.fixture
def world(tmp_path: Path) -> Inputs:
    """A copy of the invented world that a test may spoil, with the real ontology, shapes, checks and concepts."""
    packaged = Inputs.packaged()
    for name, source in (("ontology", packaged.ontology), ("shapes", packaged.shapes), ("queries", packaged.queries)):
        shutil.copytree(source, tmp_path / name)
    data_of_world(tmp_path)
    return Inputs(*(tmp_path / name for name in ("ontology", "data", "shapes", "queries")))


@pytest.fixture(scope="session")
def node_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node_modules folder with all that frontend/package-lock.json names, what only tests use included."""
    from test_packaging import OUT_OF_REACH, ROOT, hook

    module = hook()

    def make(folder: Path) -> None:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(ROOT / "frontend" / name, folder)
        module.install_node_packages(folder, for_tests=True)

    try:
        return made_once(tmp_path_factory, "npm", make) / "node_modules"
    except module.BuildFailure as failure:
        if OUT_OF_REACH not in str(failure):
            raise
        pytest.skip("The npm registry is out of reach, so its packages were not installed: check npm's registry and proxy")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    if not CHROMIUM.exists():
        pytest.skip(f"There is no {CHROMIUM}: install Debian's chromium (.ci/system-packages does)")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield started
        started.close()
