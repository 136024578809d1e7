"""docs/conformance.md names tests that exist, and every requirement of the W3C protocol suite that they test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PAGE = (TESTS.parent / "docs" / "conformance.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)::(\w+)`", PAGE)))
REQUIREMENT = r"[1-9]\.[1-9]\.[0-9][a-z]?"


def functions(file: Path) -> set[str]:
    """The names of the test functions of a file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_each_test_named_there_exists(file: str) -> None:
    wanted = {name for other, name in NAMED if other == file}
    assert wanted and not wanted - functions(TESTS / file)


def test_each_row_is_whole_and_names_a_test() -> None:
    rows = [cells(line) for line in PAGE.partition("## The W3C suites")[0].splitlines() if line.startswith("| ")]
    kinds = [row for row in rows if row[-1] == "Shown by"]
    assert len(kinds) > 5 and len(rows) > 50
    for row in rows:
        assert row in kinds or "`test_" in row[-1], row
        assert len(row) in (2, 3) and row[0], row


def test_each_requirement_that_is_tested_stands_there_and_no_other() -> None:
    source = (TESTS / "test_w3c_protocol.py").read_text(encoding="utf-8")
    numbers = {name.replace("_", ".") for name in re.findall(r"def test_req_(\d_\d_\d[a-z]?)_", source)}
    numbers |= set(re.findall(rf'\("({REQUIREMENT})", \d{{3}},', source))
    table = PAGE.partition("## The W3C suites")[2]
    told = [number for line in table.splitlines() if line.startswith("| ") for number in re.findall(REQUIREMENT, line)]
    assert sorted(told) == sorted(numbers)
    assert f"{len(numbers)} are tested here" in table
    # What does not apply is said, and all together are the 89 of the suite.
    (apart,) = re.findall(r"Success of an update \(.+", PAGE)
    assert apart.startswith("Success of an update (4.5.1–4.5.3)") and "(4.4.3, 4.4.4)" in apart
    assert len(numbers) + 5 == 89
    # Behind the letter of a document stands a section of it; every other number is a requirement.
    plain = re.sub(r"\b(?:P|Q|SD|GSP|HTTP|Fetch|XML 1\.0,) [\d.]+(?:, [\d.]+)*", "", PAGE)
    for number in re.findall(rf"\b{REQUIREMENT}\b", plain):
        assert number in numbers | {"4.5.1", "4.5.3", "4.4.3", "4.4.4"} or f"pyoxigraph {number}" in PAGE, number
