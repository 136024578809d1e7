"""An official text is compared with the graph: number, heading, quotation, verb and words, each of which can fail."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from wsis_kg.workshop.dataset import load
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.passages import Passage, read_passages
from wsis_kg.workshop.quotations import Findings, check_corpus

DOCUMENT = "https://w3id.org/wsis-kg/id/document/A-RES-99-1"


def text_of(passages: list[Passage]) -> str:
    """The invented resolution in the layout of an extracted one, written from its quotations."""
    lines = ["Resolution 99/1 ", " ", "The Council of Ports, ", " "]
    for passage in passages:
        assert passage.quotation is not None
        number = f"{passage.number}. \n" if passage.number else ""
        lines += [number + passage.quotation, " "]
    return "\n".join(lines)


@pytest.fixture
def compare(world: Inputs, tmp_path: Path) -> Callable[..., Findings]:
    """Compares the invented resolution with its text, in which ``old`` is replaced by ``new``."""
    store = load(world)
    passages = [p for p in read_passages(store).values() if p.document == DOCUMENT]
    symbol = next(p.symbol for p in passages if p.symbol)
    path = tmp_path / (symbol.replace("/", "_").replace(" ", "_") + ".txt")

    def run(old: str = "", new: str = "") -> Findings:
        text = text_of(passages)
        assert old in text
        path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
        return check_corpus(store, world, tmp_path)

    return run


def sentences(findings: Findings) -> str:
    return "\n".join(str(problem) for problem in findings.problems)


def test_the_text_as_it_is_has_no_problem(compare: Callable[..., Findings]) -> None:
    findings = compare()
    assert sentences(findings) == ""
    assert all(found == looked_for for found, looked_for in findings.counts.values())
    assert any(what.startswith("paragraphs of") for what in findings.counts)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("7. \n", "", "has no such paragraph"),
        ("Charts, tides and lights", "Charts and tides", "stands under"),
        ("within existing resources", "within its means", "within existing resources"),
        ("We request the Board", "We beg the Board", "The quotation is not in the official text"),
        ("We request the Board", "We beg the Board", "'We request'"),
    ],
)
def test_each_way_to_differ_is_a_sentence(compare: Callable[..., Findings], old: str, new: str, says: str) -> None:
    said = sentences(compare(old, new))
    assert says in said, said
    assert re.search(r"data/documents/A-RES-99-1\.ttl:\d+", said)


def test_a_folder_without_the_official_text_is_said(world: Inputs, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = sentences(check_corpus(load(world), world, tmp_path / "empty"))
    assert "No official text was found in" in said and "A_RES_99_1.txt" in said
