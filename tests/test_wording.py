"""How roles, verbs and spans of days are put in English."""

from __future__ import annotations

import pytest

from wsis_kg.views.verbs import has_verb
from wsis_kg.web.wording import reads_on, span


@pytest.mark.parametrize(
    ("earliest", "latest", "said"),
    [
        ("2027-01-01", "2027-12-31", "in 2027"),
        ("2025-06-01", "2025-06-30", "in June 2025"),
        ("2024-02-01", "2024-02-29", "in February 2024"),
        ("2023-02-01", "2023-02-28", "in February 2023"),
        ("2025-12-17", "2025-12-17", "on 2025-12-17"),
        # Nothing else is rounded.
        ("2025-12-16", "2025-12-17", "from 2025-12-16 to 2025-12-17"),
        ("2003-01-01", "2005-12-31", "from 2003-01-01 to 2005-12-31"),
        ("2025-01-01", "2025-12-30", "from 2025-01-01 to 2025-12-30"),
        ("2024-02-01", "2024-02-28", "from 2024-02-01 to 2024-02-28"),
        ("2025-06-02", "2025-06-30", "from 2025-06-02 to 2025-06-30"),
        ("2025-01-01", "2026-01-31", "from 2025-01-01 to 2026-01-31"),
        ("2006-01-01", "", "from 2006-01-01"),
        ("", "2006-12-31", "to 2006-12-31"),
        ("", "", ""),
    ],
)
def test_a_whole_year_or_month_is_said_by_its_name(earliest: str, latest: str, said: str) -> None:
    assert span(earliest, latest) == said


@pytest.mark.parametrize("role", ["in collaboration with", "with the support of", "through", "considered by"])
def test_a_name_follows_a_role_that_ends_in_a_preposition(role: str) -> None:
    assert reads_on(role)


@pytest.mark.parametrize("role", ["source of inputs", "secretariat", "vice-chair", "holder of a post"])
def test_a_role_that_is_a_noun_stands_by_itself(role: str) -> None:
    assert not reads_on(role)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("cites once more what footnote 3 cites", "cite"),
        ("the General Assembly adopts the outcome document", "adopt"),
        ("heads the four paragraphs", "give as a heading"),
        ("plans to go on", "plan"),
    ],
)
def test_a_verb_is_not_said_twice(text: str, verb: str) -> None:
    assert has_verb(text, verb)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("the work of the Forum", "acknowledge"),
        ("persons with disabilities are less likely to have access", "are concerned"),
        ("it is not so", "note"),
        ("the citation stands", "cite"),
    ],
)
def test_a_verb_that_our_words_do_not_have_stands_before_them(text: str, verb: str) -> None:
    assert not has_verb(text, verb)
