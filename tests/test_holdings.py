"""Finding ontology, data, shapes and queries, in a wheel and in a checkout."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import wsis_kg
from wsis_kg import holdings


@pytest.mark.parametrize("name", holdings.NAMES)
def test_every_holding_is_found(name: holdings.HoldingName) -> None:
    assert holdings.folder(name).is_dir()


def test_the_ontology_is_where_it_is_said_to_be() -> None:
    assert (holdings.folder("ontology") / "wsis.ttl").is_file()


def lay_out(root: Path, *folders: str, build_file: bool = False) -> Path:
    """A package at src/wsis_kg under `root`, with these folders around it; returns the package."""
    package = root / "src" / "wsis_kg"
    for folder in ("src/wsis_kg", *folders):
        (root / folder).mkdir(parents=True)
    if build_file:
        (root / "hatch_build.py").touch()
    return package


def test_a_wheel_is_read_from_the_package(tmp_path: Path) -> None:
    package = lay_out(tmp_path, "src/wsis_kg/holdings/data")
    assert holdings._find("data", package) == package / "holdings" / "data"


def test_a_checkout_is_read_from_its_top_level(tmp_path: Path) -> None:
    package = lay_out(tmp_path, "data", build_file=True)
    assert holdings._find("data", package) == tmp_path / "data"


@pytest.mark.parametrize(
    ("folders", "build_file"),
    [
        pytest.param((), True, id="a checkout without the folder"),
        pytest.param(("data",), False, id="a folder of that name that is not ours"),
        pytest.param(("src/wsis_kg/holdings/ontology",), False, id="a wheel without the folder"),
    ],
)
def test_a_missing_folder_is_said_in_a_sentence(
    tmp_path: Path, folders: tuple[str, ...], build_file: bool
) -> None:
    package = lay_out(tmp_path, *folders, build_file=build_file)
    with pytest.raises(holdings.MissingHolding) as failure:
        holdings._find("data", package)
    sentence = str(failure.value)
    assert sentence.startswith("The folder data is missing")
    assert str(package / "holdings" / "data") in sentence
    assert "install wsis-kg again" in sentence


def test_the_version_is_that_of_the_package() -> None:
    assert holdings.package_version() == wsis_kg.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", holdings.package_version())


def test_finding_the_holdings_loads_no_library() -> None:
    program = "import sys, wsis_kg.holdings; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"rdflib", "pyoxigraph", "fastapi", "click"} & set(loaded.stdout.split())
