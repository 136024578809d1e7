"""The README can drift, so what it shows is run: its queries give rows, its commands and files exist."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from wsis_kg.cli import main
from wsis_kg.holdings import folder
from wsis_kg.views.questions import read_questions

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sparql\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(
    r"^(?:.*&& )?wsis-kg (.+)$", "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL)), re.MULTILINE
)


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_gives_rows(query: str, real_store: ox.Store) -> None:
    rows = real_store.query(query, use_default_graph_as_union=True)
    assert isinstance(rows, ox.QuerySolutions)
    assert len(list(rows)) > 3


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_exists_with_its_options(command: str) -> None:
    words = command.split()
    shown = CliRunner().invoke(main, [words[0], "--help"])
    assert shown.exit_code == 0
    options = shown.output
    if words[0] == "ask" and not words[1].startswith("--"):
        question = read_questions(folder("queries"))[words[1]]
        known = {f"--{p.name}" for p in question.parameters}
        options += " ".join(known)
    for word in words[1:]:
        if word.startswith("--"):
            assert word in options, command


def test_linked_files_are_there() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target
