"""Official texts are read back from their extraction: page headers, footnotes and numbers on lines of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsis_kg.workshop.corpus import read_resolution
from wsis_kg.workshop.problems import WorkshopError

TITLE = "Charts of the harbours and of the \nroads between them"
HEADER = f"{TITLE} \nA/RES/99/1\n \n{{page}}/4\n99-00001 \n \n"
TEXT = (
    f"United Nations \nA/RES/99/1 \n \nGeneral Assembly \n \nNinety-ninth session \n \n99/1. {TITLE} \n \n"
    "We, the harbour masters, assembled in the port of the tides, \n \n"
    "Recalling resolution 98/7 of 3 May 2030,1 which established the Board, \n \n"
    "The tides \n \n"
    "1. \nWe request the Board,2 as keeper of the register, in consul-\ntation with harbour masters, to draw a chart. We invite it to \n"
    "_______________ \n \n1 Resolution 98/7. \n \n2 See A/98/12, \nannex. \n\n" + HEADER.format(page=2) +
    "report, through the Tide Committee, to the Council of Ports. \n \n"
    "2. We note 3 of the 40 charts. \n \n"
    "Low water \n \n"
    "3. We decide to meet again. \n\n" + HEADER.format(page=3) + HEADER.format(page=4) +
    "\n12th plenary meeting \n4 June 2030 \n"
)  # fmt: skip


@pytest.fixture
def resolution(tmp_path: Path) -> Path:
    path = tmp_path / "A_RES_99_1.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_paragraphs_run_on_over_pages_and_lose_footnote_marks(resolution: Path) -> None:
    text = read_resolution(resolution, "A/RES/99/1")
    assert text.paragraphs["1"] == (
        "We request the Board, as keeper of the register, in consul-tation with harbour masters, to draw a chart. "
        "We invite it to report, through the Tide Committee, to the Council of Ports."
    )
    assert text.paragraphs["2"] == "We note 3 of the 40 charts."
    assert list(text.paragraphs) == ["1", "2", "3"]


def test_headings_preamble_footnotes_and_closing_line_are_told_apart(resolution: Path) -> None:
    text = read_resolution(resolution, "A/RES/99/1")
    assert text.headings == ["The tides", "Low water"]
    assert text.heading_of == {"1": 1, "2": 1, "3": 2}
    assert [words[:10] for words in text.preamble] == ["We, the ha", "Recalling "]
    assert text.preamble[1] == "Recalling resolution 98/7 of 3 May 2030, which established the Board,"
    assert text.footnotes == {"1": "Resolution 98/7.", "2": "See A/98/12, annex."}
    assert text.closing == "12th plenary meeting 4 June 2030"
    assert "Ninety-ninth session" in text.masthead


def test_a_title_of_three_pages_is_read_once_and_takes_nothing_with_it(tmp_path: Path) -> None:
    """Two headers only, one of them right after a paragraph of the preamble and one after a footnote."""
    path = tmp_path / "A_RES_99_1.txt"
    path.write_text(
        f"Ninety-ninth session \n \n99/1. {TITLE} \n \nThe General Assembly, \n \n"
        "Recalling the tides of the year before, \n \nRecognizing the harbour masters,  \n"
        "_______________ \n \n1 See A/98/12. \n" + HEADER.format(page=2) +
        "1. \nDecides to draw a chart, \n_______________ \n \n2 See A/98/13. \n" + HEADER.format(page=3) +
        "and to keep it. \n \n12th plenary meeting \n4 June 2030 \n",
        encoding="utf-8",
    )  # fmt: skip
    text = read_resolution(path, "A/RES/99/1")
    title = "99/1. Charts of the harbours and of the roads between them"
    assert text.masthead == f"Ninety-ninth session {title} The General Assembly,"
    assert text.preamble == ["Recalling the tides of the year before,", "Recognizing the harbour masters,"]
    assert text.paragraphs == {"1": "Decides to draw a chart, and to keep it."}
    assert text.footnotes == {"1": "See A/98/12.", "2": "See A/98/13."}


def test_the_title_is_kept_whole_though_its_lines_recur_as_a_header(resolution: Path) -> None:
    text = read_resolution(resolution, "A/RES/99/1")
    assert text.masthead.endswith("99/1. Charts of the harbours and of the roads between them")


def test_a_text_without_paragraphs_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "A_RES_99_2.txt"
    path.write_text("Nothing is numbered here.\n", encoding="utf-8")
    with pytest.raises(WorkshopError, match="No numbered paragraph of A/RES/99/2"):
        read_resolution(path, "A/RES/99/2")


def test_a_missing_text_says_which_option_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(WorkshopError, match="--corpus"):
        read_resolution(tmp_path / "none.txt", "A/RES/99/3")
