"""Words are levelled for spaces, hyphens and quotation marks, and for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsis_kg.workshop.words import holds, levelled


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("result‑oriented", "result-oriented"),
        ("“Protect, Respect”", '"Protect, Respect"'),
        ("the world’s", "the world's"),
        ("four  times\u00a0more\n than", "four times more than"),
    ],
)
def test_typography_is_levelled(one: str, other: str) -> None:
    assert levelled(one) == levelled(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("invite", "Invite"), ("in 2027", "in 2026"), ("road map", "roadmap"), ("almost 85", "85"), ("a, b", "a b")],
)
def test_nothing_else_is(one: str, other: str) -> None:
    assert levelled(one) != levelled(other)


@given(st.text())
def test_levelling_twice_changes_nothing_more(text: str) -> None:
    assert levelled(levelled(text)) == levelled(text)


@given(st.text(), st.text(), st.text())
def test_a_part_is_found_in_the_whole(before: str, words: str, after: str) -> None:
    assert holds(before + " " + words + " " + after, words)
