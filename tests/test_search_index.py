"""The search index over the register of the invented things of test_register."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_register import ID, register

from wsis_kg.views.search_index import MARK_END, MARK_START, SearchIndex

TEXTS = [
    {"thing": ID + "passage/A-RES-99-1-7", "whose": "document", "text": "We request the Committee to draw a chart of all tides."},
    {"thing": ID + "task/A-RES-99-1-7-draw", "whose": "us", "text": "draw a map of what the moon does"},
    {"thing": ID + "passage/port-table-L9-1", "whose": "document", "text": "Charts for the Tide Committee"},
]


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    return SearchIndex(register(), TEXTS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A/RES/99/1", "document/A-RES-99-1"),
        ("a/res/99/1", "document/A-RES-99-1"),
        ("99/1", "document/A-RES-99-1"),
        ("resolution 99/1", "document/A-RES-99-1"),
        ("General Assembly resolution 99/1", "document/A-RES-99-1"),
        ("99/1 para 7", "passage/A-RES-99-1-7"),
        ("A/RES/99/1, paragraph 7", "passage/A-RES-99-1-7"),
        ("99/1 ¶7", "passage/A-RES-99-1-7"),
        ("body:tide-committee", "body/tide-committee"),
        (ID + "body/tide-committee", "body/tide-committee"),
        ("http://localhost:8000/doc/body/tide-committee.html", "body/tide-committee"),
        ("<" + ID + "body/tide-committee>", "body/tide-committee"),
    ],
)
def test_a_symbol_a_paragraph_or_an_iri_leads_straight_to_its_thing(index: SearchIndex, text: str, found: str) -> None:
    assert index.straight(text) == ID + found


@pytest.mark.parametrize("text", ["tide", "99/2", "99/1 para 8", "chart", "", "para 7", "Tide Committee"])
def test_anything_else_is_looked_for(index: SearchIndex, text: str) -> None:
    assert index.straight(text) is None


def test_a_name_comes_before_words_and_words_of_a_document_before_ours(index: SearchIndex) -> None:
    assert index.find("tide committee")[0].iri == ID + "body/tide-committee"
    assert index.find("TIDECOM")[0].iri == ID + "body/tide-committee"
    assert index.find("charts")[0].iri == ID + "document/A-RES-99-1"
    assert index.find("draw")[0].iri == ID + "passage/A-RES-99-1-7"


def test_words_of_a_claim_without_a_page_are_found_at_its_passage_and_marked(index: SearchIndex) -> None:
    (found,) = index.find("moon")
    assert found.iri == ID + "passage/A-RES-99-1-7"
    assert f"{MARK_START}moon{MARK_END}" in found.snippet


def test_the_last_word_may_be_a_beginning_and_other_forms_of_a_word_are_found(index: SearchIndex) -> None:
    assert index.find("tide comm")[0].iri == ID + "body/tide-committee"
    assert {one.iri for one in index.find("charts")} >= {ID + "passage/A-RES-99-1-7", ID + "passage/port-table-L9-1"}


def test_where_nothing_has_all_the_words_what_has_any_of_them_is_found(index: SearchIndex) -> None:
    assert ID + "body/tide-committee" in {one.iri for one in index.find("committee xylophone")}


def test_only_things_of_the_nouns_asked_for_are_found(index: SearchIndex) -> None:
    assert {one.iri for one in index.find("tide", ["document"])} == {ID + "document/A-RES-99-1"}
    assert index.find("tide", ["no-such-noun"]) == index.find("tide")


@given(st.text(max_size=60))
def test_no_text_breaks_the_index(text: str) -> None:
    made = SearchIndex(register(), TEXTS)
    made.straight(text)
    for one in made.find(text):
        assert one.iri in register().entries
