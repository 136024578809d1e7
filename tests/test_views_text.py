"""Rows as text: a grid where it fits, blocks where it does not, nothing lost and nothing too wide."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wsis_kg.views.text import as_text, columns_for_people

WORD = st.text(alphabet="abcdefghij", min_size=1, max_size=12)
CELL = st.lists(WORD, max_size=8).map(" ".join)


def test_a_name_stands_for_its_iri_and_order_is_not_shown() -> None:
    columns = ["who", "who_name", "due", "document", "document_name", "passage", "passage_order"]
    assert columns_for_people(columns) == ["who_name", "due", "document", "passage"]


def test_a_narrow_result_is_a_grid() -> None:
    assert as_text(["who", "due"], [["Board", "2031"], ["Tide Committee", ""]], 80) == (
        "who             due\n--------------  ----\nBoard           2031\nTide Committee\n"
    )


def test_a_wide_result_is_one_block_for_each_row() -> None:
    text = as_text(["who", "words"], [["Board", "a chart " * 12], ["Committee", ""]], 50)
    assert text.startswith("who    Board\nwords  a chart") and "\n\nwho    Committee\n" in text
    assert max(map(len, text.splitlines())) <= 50


@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=6)))
def test_every_word_is_there_and_no_line_is_too_long(rows: list[list[str]]) -> None:
    variables = [f"v{place}" for place in range(len(rows[0]))]
    text = as_text(variables, rows, 80)
    assert sorted(w for row in rows for cell in row for w in cell.split()) == sorted(
        w for w in text.split() if w not in variables and not set(w) <= {"-"}
    )
    assert all(len(line) <= 80 for line in text.splitlines())
