"""Every kind of bad input: a sentence that names file and subject, exit code 1, nothing overwritten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wsis_kg.cli import main
from wsis_kg.workshop.dataset import load
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.passages import read_passages

BAD = "bad"
HEAD = """@prefix : <https://w3id.org/wsis-kg/ontology#> .
@prefix document: <https://w3id.org/wsis-kg/id/document/> .
@prefix passage: <https://w3id.org/wsis-kg/id/passage/> .
@prefix mandate: <https://w3id.org/wsis-kg/id/mandate/> .
@prefix remark: <https://w3id.org/wsis-kg/id/remark/> .
@prefix mention: <https://w3id.org/wsis-kg/id/mention/> .
@prefix line: <https://w3id.org/wsis-kg/id/line/> .
@prefix deadline: <https://w3id.org/wsis-kg/id/deadline/> .
@prefix constituency: <https://w3id.org/wsis-kg/id/constituency/> .
@prefix body: <https://w3id.org/wsis-kg/id/body/> .
@prefix session: <https://w3id.org/wsis-kg/id/session/> .
@prefix role: <https://w3id.org/wsis-kg/id/role/> .
@prefix participation: <https://w3id.org/wsis-kg/id/participation/> .
@prefix verb: <https://w3id.org/wsis-kg/id/verb/> .
@prefix mood: <https://w3id.org/wsis-kg/id/mood/> .
@prefix aspect: <https://w3id.org/wsis-kg/id/aspect/> .
@prefix rendering: <https://w3id.org/wsis-kg/id/rendering/> .
@prefix passage-kind: <https://w3id.org/wsis-kg/id/passage-kind/> .
@prefix document-kind: <https://w3id.org/wsis-kg/id/document-kind/> .
@prefix authority: <https://w3id.org/wsis-kg/id/authority/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

document:bad a :Document ;
    skos:prefLabel "Bad page"@en ;
    :kind document-kind:page ;
    :hasAuthority authority:published ;
    :sourceFile "bad.txt" .

passage:bad-1 a :Passage ;
    :isPartOf document:bad ;
    :kind passage-kind:paragraph ;
    :number "1" ;
    :order 1 ;
    :line 1 ;
    :rendering rendering:own-text ;
    :quotation "We request a chart of the harbour by 2031." .

mandate:bad-1-request a :Mandate ;
    :isStatedIn passage:bad-1 ;
    :verb verb:request ;
    :leavesOpen aspect:addressee , aspect:deadline ;
    :asPrinted "We request" .
"""
SOURCE = "1. We request a chart of the harbour by 2031.\n"


@dataclass(frozen=True)
class Case:
    """What is added to a good file, and what the sentence about it must say."""

    added: str
    says: tuple[str, ...]


CASES = {
    "turtle": Case("mandate:bad-1-x a :Mandate ;;; nope:x \n", ("data/documents/bad.ttl:4", "This is not Turtle", "nope:x")),
    "unknown term": Case("mandate:bad-1-request :isStatedOn passage:bad-1 .\n", ("isStatedOn", "mandate:bad-1-request")),
    "date of another calendar": Case(
        'deadline:bad-1-d a :Deadline ; :isStatedIn passage:bad-1 ; :asPrinted "by 2031" ; :dueDate "31/12/2025"^^xsd:date .\n',
        ("31/12/2025", "deadline:bad-1-d"),
    ),
    "line that leads nowhere": Case(
        'line:bad-1-l a :ReportingLine ; :isStatedIn passage:bad-1 ; :mood mood:asked ; :asPrinted "a chart" ;\n'
        "    :leavesOpen aspect:reporter , aspect:recipient , aspect:deadline .\n",
        ("recipient", "stage", "event", "line:bad-1-l"),
    ),
    "claim without passage": Case(
        'remark:bad-1-r a :Remark ; :verb verb:note ; :asPrinted "a chart" .\n', ("passage", "remark:bad-1-r")
    ),
    "value for what is left open": Case(
        'deadline:bad-1-d a :Deadline ; :isStatedIn passage:bad-1 ; :asPrinted "by 2031" ; :dueYear 2031 .\n'
        "mandate:bad-1-request :isDue deadline:bad-1-d .\n",
        ("deadline", "mandate:bad-1-request"),
    ),
    "cycle in parents": Case(
        'constituency:bad-a a :Constituency ; skos:prefLabel "a"@en ; :isWithin constituency:bad-b .\n'
        'constituency:bad-b a :Constituency ; skos:prefLabel "b"@en ; :isWithin constituency:bad-a .\n',
        ("lies within something that in turn lies within it", "constituency:bad-"),
    ),
    "dangling IRI": Case(
        'mention:bad-1-m a :Mention ; :isStatedIn passage:bad-1 ; :asPrinted "a chart" ; :refersTo body:nobody-at-all .\n',
        ("body:nobody-at-all",),
    ),
    "verb that is not printed": Case(
        "mandate:bad-1-invite a :Mandate ; :isStatedIn passage:bad-1 ; :verb verb:invite ; :asPrinted "
        '"We request" ;\n    :leavesOpen aspect:addressee , aspect:deadline .\n',
        ("The verb is “invite”", "We request", "mandate:bad-1-invite"),
    ),
    "year that is not printed": Case(
        'deadline:bad-1-d a :Deadline ; :isStatedIn passage:bad-1 ; :asPrinted "by 2031" ; :dueYear 2032 .\n'
        "remark:bad-1-r a :Remark ; :isStatedIn passage:bad-1 ; :verb verb:request ; :asPrinted \"We request\" ; :isDue deadline:bad-1-d .\n",
        ("The year 2032 is not printed here", "deadline:bad-1-d"),
    ),
    "session of another number": Case(
        'deadline:bad-1-d a :Deadline ; :isStatedIn passage:bad-1 ; :asPrinted "by 2031" ; :atEvent session:ports-12 .\n'
        "remark:bad-1-r a :Remark ; :isStatedIn passage:bad-1 ; :verb verb:request ; :asPrinted \"We request\" ; :isDue deadline:bad-1-d .\n",
        ("No 12th session is printed here", "deadline:bad-1-d"),
    ),
    "actor that is not named": Case(
        "participation:bad-1-request-board a :Participation ; :isStatedIn passage:bad-1 ; :isIn mandate:bad-1-request ;\n"
        '    :inRole role:in-consultation-with ; :hasParticipant body:board ; :asPrinted "the harbour" .\n',
        ("do not name “board of charts”", "participation:bad-1-request-board"),
    ),
    "role that is not printed": Case(
        "participation:bad-1-request-board a :Participation ; :isStatedIn passage:bad-1 ; :isIn mandate:bad-1-request ;\n"
        '    :inRole role:in-consultation-with ; :hasParticipant body:board ; :asPrinted "the harbour" .\n',
        ("The role “in consultation with” is not in the words", "participation:bad-1-request-board"),
    ),
    "printed words that are not printed": Case(
        'remark:bad-1-r a :Remark ; :isStatedIn passage:bad-1 ; :verb verb:note ; :asPrinted "by 2030" .\n',
        ("'by 2030'", "passage:bad-1", "remark:bad-1-r"),
    ),
}  # fmt: skip


def write_sources(world: Inputs, folder: Path) -> None:
    """The source files of the invented documents, as their quotations say they are."""
    texts: dict[str, dict[int, list[str]]] = {}
    for passage in read_passages(load(world)).values():
        if passage.source_file and passage.line:
            lines = texts.setdefault(passage.source_file, {})
            lines.setdefault(passage.line, []).append(f"{passage.number or ''} {passage.quotation or ''}".strip())
    for name, lines in texts.items():
        whole = "\n".join(" ".join(lines.get(number, [])) for number in range(1, max(lines) + 1))
        (folder / name).write_text(whole, encoding="utf-8")


@pytest.fixture
def run(world: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command line over the invented world with one more document in it."""
    monkeypatch.setattr(Inputs, "packaged", classmethod(lambda cls: world))
    sources = tmp_path / "sources"
    sources.mkdir()
    write_sources(world, sources)
    (sources / "bad.txt").write_text(SOURCE, encoding="utf-8")

    def command(added: str, *words: str) -> Result:
        (world.data / "documents" / "bad.ttl").write_text(HEAD + added, encoding="utf-8")
        return CliRunner().invoke(main, [word.replace("{tmp}", str(tmp_path)) for word in words])

    return command


def test_the_document_that_is_spoilt_below_is_good(run: Callable[..., Result]) -> None:
    result = run("", "build", "--data", "{tmp}/home")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_a_sentence_and_stops_the_build(name: str, run: Callable[..., Result], tmp_path: Path) -> None:
    result = run(CASES[name].added, "build", "--data", "{tmp}/home")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    said = [line for line in result.output.splitlines() if "bad" in line]
    assert any(all(words in line for words in CASES[name].says) for line in said), result.output
    assert any("data/documents/bad.ttl" in line for line in said), result.output
    assert not (tmp_path / "home").exists() or not any((tmp_path / "home").iterdir())


def test_a_quotation_that_is_not_in_its_source(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "sources" / "bad.txt").write_text(SOURCE.replace("2031", "2032"), encoding="utf-8")
    result = run("", "check", "--sources", "{tmp}/sources")
    assert result.exit_code == 1
    assert "The quotation is not on line 1 of bad.txt" in result.output
    assert "data/documents/bad.ttl" in result.output and "passage:bad-1" in result.output


def test_a_quotation_changed_since_it_was_recorded(run: Callable[..., Result], tmp_path: Path) -> None:
    recorded = run("", "check", "--sources", "{tmp}/sources", "--record")
    assert recorded.exit_code == 0, recorded.output
    assert run("", "check").exit_code == 0
    changed = run("", "check")
    assert changed.exit_code == 0
    spoilt = HEAD.replace("by 2031", "by 2032")
    (tmp_path / "data" / "documents" / "bad.ttl").write_text(spoilt, encoding="utf-8")
    result = CliRunner().invoke(main, ["build", "--data", str(tmp_path / "home")])
    assert result.exit_code == 1
    assert "not the one that was last found in its source" in result.output


def test_coverage_names_what_no_claim_covers(run: Callable[..., Result], tmp_path: Path) -> None:
    covered = 'mention:bad-1-m a :Mention ; :isStatedIn passage:bad-1 ; :asPrinted "2031" ; :refersTo document:bad .\n'
    assert "name or number: 2031" in run("", "check", "--coverage", "--sources", "{tmp}/sources").output
    assert "bad.txt: 1 lines that are not empty, 1 covered" in run(
        covered, "check", "--coverage", "--sources", "{tmp}/sources"
    ).output  # fmt: skip
    (tmp_path / "sources" / "bad.txt").write_text(SOURCE + "Another line.\n", encoding="utf-8")
    assert "in no quotation: Another line." in run(covered, "check", "--coverage", "--sources", "{tmp}/sources").output


def test_coverage_without_sources_says_which_option_is_missing(run: Callable[..., Result]) -> None:
    result = run("", "check", "--coverage")
    assert result.exit_code == 2 and "--sources" in result.output


def test_a_missing_source_file_is_named(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "sources" / "bad.txt").unlink()
    result = run("", "check", "--sources", "{tmp}/sources")
    assert result.exit_code == 1 and "bad.txt" in result.output and "Traceback" not in result.output
