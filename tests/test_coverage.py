"""A line is covered when its words are quoted, its names carried by claims, and its sentences by acts."""

from __future__ import annotations

from wsis_kg.workshop.coverage import missing_from_line
from wsis_kg.workshop.passages import Passage, Words

LINE = "The Board met in Port Ebb on 3 May 2030. It asked the Tide Committee for a chart of the whole harbour."


def passage(*words: tuple[str, str], quotation: str = LINE, kind: str = "sentence") -> Passage:
    made = Passage(iri="p", document="d", key="L1-1", kind=kind, line=1, quotation=quotation)
    made.words = [Words(f"c{n}", noun, "asPrinted", text) for n, (noun, text) in enumerate(words)]
    return made


FULL = (
    ("Participation", "The Board"),
    ("Dating", "in Port Ebb on 3 May 2030"),
    ("Remark", "met"),
    ("Mandate", "asked"),
    ("Participation", "the Tide Committee"),
)


def test_a_line_with_all_its_names_and_acts_is_covered() -> None:
    assert missing_from_line(LINE, [passage(*FULL)]) == []


def test_a_name_that_no_claim_carries_is_missing() -> None:
    bare = [words for words in FULL if words[1] != "the Tide Committee"]
    assert missing_from_line(LINE, [passage(*bare)]) == ["name or number: Tide", "name or number: Committee"]


def test_a_remark_over_the_whole_line_covers_no_name() -> None:
    missing = missing_from_line(LINE, [passage(("Remark", LINE))])
    assert [words for words in missing if "Ebb" in words or "2030" in words]


def test_a_number_is_a_name_too() -> None:
    bare = [words for words in FULL if words[0] != "Dating"] + [("Dating", "in Port Ebb")]
    assert missing_from_line(LINE, [passage(*bare)]) == [
        "name or number: 3", "name or number: May", "name or number: 2030",
    ]  # fmt: skip


def test_a_sentence_without_act_is_missing() -> None:
    silent = [words for words in FULL if words[1] not in ("asked", "the Tide Committee")] + [
        ("Mention", "the Tide Committee")
    ]
    assert missing_from_line(LINE, [passage(*silent)]) == [
        "no act in: It asked the Tide Committee for a chart of the whole harbour."
    ]


def test_words_outside_every_quotation_are_missing() -> None:
    short = LINE.partition(". ")[0] + "."
    found = missing_from_line(LINE, [passage(*FULL, quotation=short)])
    assert found[0] == "in no quotation: It asked the Tide Committee for a chart of the whole harbour."


def test_a_line_without_a_passage_is_missing_whole() -> None:
    assert missing_from_line("A line of plain words.", []) == ["in no quotation: A line of plain words."]
