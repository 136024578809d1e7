"""What all tests share.

With WSIS_CI set (`.ci/run` sets it) a test may be skipped only by design: any other skip means that something
which could have been installed was not, and such a test fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pyoxigraph as ox
import pytest

from wsis_kg.workshop.build import build
from wsis_kg.workshop.dataset import load
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.rules import infer

WORLD = Path(__file__).resolve().parent / "world"
BY_DESIGN = "by design:"


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


@pytest.fixture(scope="session")
def real_store() -> ox.Store:
    """The packaged dataset in memory, loaded and inferred."""
    inputs = Inputs.packaged()
    store = load(inputs)
    infer(store, inputs)
    return store


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
    return build(tmp_path_factory.mktemp("built"), invented)


@pytest.fixture
def world(tmp_path: Path) -> Inputs:
    """A copy of the invented world that a test may spoil, with the real ontology, shapes, checks and concepts."""
    packaged = Inputs.packaged()
    for name, source in (("ontology", packaged.ontology), ("shapes", packaged.shapes), ("queries", packaged.queries)):
        shutil.copytree(source, tmp_path / name)
    data_of_world(tmp_path)
    return Inputs(*(tmp_path / name for name in ("ontology", "data", "shapes", "queries")))
