"""Facts that are only noted: in our words, with the standing, the address and the day of their source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from harbour import serving_pool

from wsis_kg.names import PREFIXES


@pytest.fixture(scope="module")
def http(built_world: Path) -> Iterator[httpx.Client]:
    with serving_pool(built_world.parent) as served, httpx.Client(base_url=served.address, timeout=60) as client:
        yield client


def page(http: httpx.Client, path: str) -> str:
    answer = http.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, path
    return answer.text


def test_a_noted_fact_is_told_with_its_standing_and_never_as_words_of_its_source(http: httpx.Client) -> None:
    for path in ("/doc/passage/ports-list-board", "/doc/body/board"):
        text = page(http, path)
        assert "chair of the Board of Charts in 2028 and 2029" in text, path
        assert '<q class="words">chair of the Board' not in text
        assert '<span class="kind">noted in our words, third party</span>' in text


def test_its_source_says_where_and_when_it_was_read(http: httpx.Client) -> None:
    text = page(http, "/doc/document/ports-list")
    assert '<a href="https://list.example/ports">' in text
    assert "<dt>Read there on</dt><dd>31 December 2029</dd>" in text or "<dt>Read there on</dt><dd>2029-12-31</dd>" in text
    assert "third party" in text


def test_a_noted_date_is_among_the_dates_of_its_session(http: httpx.Client) -> None:
    text = page(http, "/doc/session/ports-12")
    assert "Northport" in text and "2 to 6 June 2031, Northport" in text


def test_nothing_is_without_support_in_a_document_of_which_facts_are_only_noted(real_store: ox.Store) -> None:
    """A/RES/79/277 tells what A/RES/79/194 decided, of which only two dates are noted here."""
    term, thing = PREFIXES[""], PREFIXES["document"]
    ascribed = f"ASK {{ GRAPH ?any {{ ?claim <{term}isAscribedTo> <{thing}A-RES-79-194> }} }}"
    held_against_it = f"ASK {{ GRAPH ?any {{ ?difference <{term}againstDocument> <{thing}A-RES-79-194> }} }}"
    assert bool(real_store.query(ascribed)) and not bool(real_store.query(held_against_it))
