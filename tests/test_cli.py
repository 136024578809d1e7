"""The commands as people type them: asked of the invented world, and once of the packaged dataset from a server of its own."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wsis_kg.cli import asking, main
from wsis_kg.holdings import folder
from wsis_kg.views.questions import read_questions
from wsis_kg.workshop.inputs import Inputs


@pytest.fixture
def run(world: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs ``wsis-kg`` over the invented world with a data folder of its own."""
    monkeypatch.setattr(Inputs, "packaged", classmethod(lambda cls: world))
    monkeypatch.setattr(asking, "folder", lambda name: world.folders()[name])
    monkeypatch.setenv("WSIS_KG_DATA", str(tmp_path / "home"))

    def command(*words: str) -> Result:
        return CliRunner().invoke(main, list(words), catch_exceptions=False)

    return command


def test_list_shows_every_question_with_its_parameters_and_defaults(run: Callable[..., Result]) -> None:
    shown = run("ask", "--list").stdout
    for question in read_questions(folder("queries")).values():
        assert f"{question.name}\n    {question.question}" in shown
        for parameter in question.parameters:
            assert f"--{parameter.name} {parameter.kind}" in shown and parameter.default in shown


def test_ask_builds_first_and_answers_as_a_table(run: Callable[..., Result]) -> None:
    result = run("ask", "what-falls-due-in-a-year", "--year", "2031")
    assert result.exit_code == 0
    assert "building it" in result.stderr and re.search(r"^\d+ rows?$", result.stderr, re.MULTILINE)
    assert "at its twelfth session, in 2031" in " ".join(result.stdout.split())


def test_csv_and_json_are_the_standard_formats(run: Callable[..., Result]) -> None:
    rows = list(
        csv.reader(io.StringIO(run("ask", "what-falls-due-in-a-year", "--year=2031", "--format", "csv").stdout))
    )
    found = json.loads(run("ask", "what-falls-due-in-a-year", "--year", "2031", "--format", "json").stdout)
    assert rows[0] == found["head"]["vars"] and len(rows) - 1 == len(found["results"]["bindings"]) > 0


@pytest.mark.parametrize("name", ["board", "BOARD", "Board of Charts", "board of charts", "body:board"])
def test_a_thing_may_be_named_as_people_name_it(run: Callable[..., Result], name: str) -> None:
    result = run("ask", "what-is-asked-of-an-actor", "--actor", name, "--format", "csv")
    assert result.exit_code == 0 and "body/board" in result.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("what-falls-du-in-a-year",), "what-falls-due-in-a-year"),
        (("what-falls-due-in-a-year", "--yaer", "2031"), "Did you mean year?"),
        (("what-falls-due-in-a-year", "--year", "soon"), "'soon'"),
        (("what-falls-due-in-a-year", "--year"), "--year needs a value"),
        (("what-falls-due-in-a-year", "2031"), "write --parameter value"),
        (("what-is-asked-of-an-actor", "--actor", "Atlantis"), "'Atlantis'"),
        (("what-falls-due-in-a-year", "--year", "2031", "--format", "turtle"), "table, csv or json"),
    ],
)
def test_a_wrong_word_is_answered_with_a_sentence(
    run: Callable[..., Result], words: tuple[str, ...], says: str
) -> None:
    result = run("ask", *words)
    assert result.exit_code in (1, 2)
    assert says in result.output and "Traceback" not in result.output


def test_no_row_says_that_the_documents_do_not_say(run: Callable[..., Result]) -> None:
    result = run("ask", "what-falls-due-in-a-year", "--year", "2099")
    assert result.exit_code == 0 and "the documents do not say" in result.stderr


def test_show_prints_the_query_with_the_value_in_it(run: Callable[..., Result]) -> None:
    shown = run("ask", "what-falls-due-in-a-year", "--year", "2031", "--show").stdout
    assert "VALUES ?year { 2031 } #parameter" in shown


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which nothing was built."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[str]:
    """The packaged dataset, built and served by the command as the README gives it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "wsis_kg", "serve", "--port", "0", "--data", str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=home,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+/sparql", line):
            yield found.group()
            break
    else:
        pytest.fail("".join(said))
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert any("Validating" in line for line in said), said


def test_serve_builds_prints_its_address_and_answers(server: str) -> None:
    with urllib.request.urlopen(server + "?query=ASK%7B%7D&format=json") as answer:
        assert json.load(answer)["boolean"] is True


@pytest.mark.parametrize(
    "words",
    [("what-falls-due-in-a-year", "--year", "2027"), ("what-is-asked-of-an-actor", "--actor", "ungis")],
)
def test_ask_at_an_endpoint_gives_what_the_packaged_dataset_gives(server: str, home: Path, words: tuple[str, ...]) -> None:
    form = ("--format", "csv")
    there = CliRunner().invoke(main, ["ask", *words, *form, "--endpoint", server])
    here = CliRunner().invoke(main, ["ask", *words, *form, "--data", str(home)])
    assert there.exit_code == here.exit_code == 0
    assert there.stdout == here.stdout and there.stdout.count("\n") > 2


def test_an_endpoint_that_is_not_there_is_a_sentence() -> None:
    begin = time.monotonic()
    result = CliRunner().invoke(main, ["ask", "what-recurs", "--endpoint", "http://127.0.0.1:9/sparql"])
    assert result.exit_code == 1 and "cannot be reached" in result.output and time.monotonic() - begin < 60


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["serve", "--no-such-option"]])
def test_help_and_wrong_options_need_nothing_of_what_the_commands_do(words: list[str]) -> None:
    script = (
        "import sys\nfrom wsis_kg.cli import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n"
        "    print([one for one in sys.modules if one in ('rdflib', 'pyoxigraph', 'fastapi', 'httpx')], file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
    assert ended.returncode == (0 if "--help" in words else 2)
    assert ended.stderr.splitlines()[-1] == "[]"
