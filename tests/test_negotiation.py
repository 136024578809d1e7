"""Content negotiation by RFC 9110, section 12.5.1, by example and by property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsis_kg.engine.formats import Form, formats_of
from wsis_kg.web.negotiation import Offer, choose, names, parse_accept, parse_media_type, quality, says_nothing
from wsis_kg.web.offers import offers, wants_page

ROWS = offers(formats_of(Form.SELECT))
GRAPH = offers(formats_of(Form.CONSTRUCT))
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def content_type(header: str | None, offered: list[Offer[tuple[object, str]]]) -> str | None:
    chosen = choose(header, offered)
    return chosen.chosen[1].partition(";")[0] if chosen else None


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (None, "application/sparql-results+json"),
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("rubbish, also/rub/bish, ;q=1", "application/sparql-results+json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV;Q=0.5", "text/csv"),
        ("text/*", "text/csv"),
        ("text/*, text/csv;q=0", "text/tab-separated-values"),
        ("text/tab-separated-values, text/csv", "text/csv"),
        ("text/tab-separated-values, text/csv;q=0.999", "text/tab-separated-values"),
        ("application/sparql-results+xml;q=0.8, */*;q=0.1", "application/sparql-results+xml"),
        ("application/sparql-results+json;q=0, application/*", "application/sparql-results+xml"),
        ("application/json", "application/json"),
        ("text/json", "application/sparql-results+json"),
        ("text/xml", "text/xml"),
        ("application/rdf+xml, application/sparql-results+xml", "application/sparql-results+xml"),
        ("application/sparql-results+json,*/*;q=0.9", "application/sparql-results+json"),
        ("application/sparql-results+json,application/json,text/javascript", "application/sparql-results+json"),
        ("text/csv; header=present", "text/csv"),
        ("text/csv; header=absent", None),
        # A range that names a parameter of ours is more specific than the same without it.
        ("text/csv;header=present;q=0.1, text/csv;q=0.9, text/tab-separated-values;q=0.5", "text/tab-separated-values"),
        ("text/csv;q=0.1, text/csv;header=present;q=0.9, text/tab-separated-values;q=0.5", "text/csv"),
        ("text/csv; charset=UTF-8", "text/csv"),
        ("text/csv; charset=latin1", None),
        ('text/csv; charset="utf-8"; q=0.3', "text/csv"),
        ("application/sparql-results+json; version=1.2", "application/sparql-results+json"),
        ("text/csv;q=2, text/tab-separated-values;q=0.1", "text/tab-separated-values"),
        ("application/*;q=0.1, */*;q=0.5", "text/csv"),
        # A type of any kind with a subtype of one is no range.
        ("*/csv", "application/sparql-results+json"),
        ("*/csv, text/csv;q=0.1", "text/csv"),
        ("text/turtle", None),
        ("text/plain", None),
        ("*/*;q=0", None),
        ("text/anot+turtle", None),
        (BROWSER, "text/html"),
    ],
)
def test_rows(header: str | None, rows: str | None) -> None:
    assert content_type(header, ROWS) == rows


@pytest.mark.parametrize(
    ("header", "graph"),
    [
        (None, "text/turtle"),
        ("application/n-triples,*/*;q=0.9", "application/n-triples"),
        # What rdflib's Graph.parse(url) sends
        ("application/rdf+xml, text/n3, text/turtle, application/n-triples, application/ld+json", "text/turtle"),
        ("application/rdf+xml, application/sparql-results+xml", "application/rdf+xml"),
        ("application/x-turtle", "text/turtle"),
        ('application/ld+json; profile="http://www.w3.org/ns/json-ld#expanded"', "application/ld+json"),
        ("application/json", "application/json"),
        ("text/plain", "text/plain"),
        # What rdflib sends for N-Triples
        ("text/plain, */*;q=0.1", "text/plain"),
        ("text/plain, */*", "text/turtle"),
        ("text/plain, text/html;q=0.1, */*;q=0.1", "text/turtle"),
        ("text/plain;q=0.5, text/csv", None),
        ("text/csv", None),
        (BROWSER, "text/html"),
    ],
)
def test_graphs(header: str | None, graph: str | None) -> None:
    assert content_type(header, GRAPH) == graph


@pytest.mark.parametrize(
    ("header", "nothing", "page"),
    [
        (None, True, False),
        ("*/*", True, False),
        ("*/*;q=0", False, False),
        (BROWSER, False, True),
        ("text/html;q=0", False, False),
        ("text/*", False, False),
        ("text/html;q=0.1, application/json", False, False),
        ("application/json", False, False),
    ],
)
def test_who_leaves_the_choice_and_who_is_a_browser(header: str | None, nothing: bool, page: bool) -> None:
    assert says_nothing(header) is nothing
    assert wants_page(header) is page


def test_a_media_type_and_its_parameters() -> None:
    assert parse_media_type('Text/Turtle ; Charset = "UTF\\-8";;a=b') == (
        "text/turtle",
        {"charset": "UTF-8", "a": "b"},
    )
    for malformed in ("", "text", "text/", "/turtle", "text/turtle; charset", "text/turtle x", 'a/b;c="'):
        assert parse_media_type(malformed) is None
    assert names("text/html;q=0.1, a/b", "text/html") and not names("text/*", "text/html")


TYPES = ["text/csv", "text/html", "text/tab-separated-values", "application/json", "application/xml"]
RANGES = st.sampled_from([*TYPES, "text/*", "application/*", "*/*", "image/png"])
QUALITIES = st.integers(0, 1000)
HEADERS = st.dictionaries(RANGES, QUALITIES, min_size=1)
OFFERED = st.permutations(TYPES).flatmap(lambda order: st.integers(1, len(order)).map(lambda count: order[:count]))


def written(ranges: dict[str, int]) -> str:
    return ", ".join(f"{name};q={quality / 1000:.3f}" for name, quality in ranges.items())


def weight(ranges: dict[str, int], media_type: str) -> int:
    """The definition, by lookup: the exact type, else its family, else anything, else nothing."""
    family = media_type.partition("/")[0] + "/*"
    return next((ranges[name] for name in (media_type, family, "*/*") if name in ranges), 0)


@given(st.dictionaries(RANGES, QUALITIES, min_size=2))
def test_every_weight_is_that_of_the_most_specific_range(ranges: dict[str, int]) -> None:
    parsed = parse_accept(written(ranges))
    for media_type in (*TYPES, "image/png", "font/woff"):
        assert quality(parsed, Offer(media_type, media_type)) == weight(ranges, media_type), media_type


@given(QUALITIES, QUALITIES, st.booleans())
def test_a_parameter_makes_a_range_more_specific(plain: int, exact: int, first: bool) -> None:
    ranges = [f"text/csv;q={plain / 1000:.3f}", f"text/csv;header=present;q={exact / 1000:.3f}"]
    parsed = parse_accept(", ".join(ranges if first else reversed(ranges)))
    assert quality(parsed, Offer("text/csv", 1, {"header": "present"})) == exact
    assert quality(parsed, Offer("text/csv", 1)) == plain


@given(HEADERS, OFFERED)
def test_the_choice_is_the_first_of_those_with_the_highest_weight(ranges: dict[str, int], order: list[str]) -> None:
    chosen = choose(written(ranges), [Offer(name, name) for name in order])
    best = max(weight(ranges, name) for name in order)
    expected = next(name for name in order if weight(ranges, name) == best) if best else None
    assert (chosen.chosen if chosen else None) == expected


@given(HEADERS, OFFERED, st.randoms())
def test_the_order_of_the_header_decides_nothing(ranges: dict[str, int], order: list[str], random: object) -> None:
    shuffled = list(ranges.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    offered = [Offer(name, name) for name in order]
    assert choose(written(ranges), offered) == choose(written(dict(shuffled)), offered)


@given(HEADERS, OFFERED, st.sampled_from(TYPES))
def test_what_is_forbidden_is_never_sent(ranges: dict[str, int], order: list[str], forbidden: str) -> None:
    chosen = choose(written({**ranges, forbidden: 0}), [Offer(name, name) for name in order])
    assert chosen is None or chosen.chosen != forbidden


@given(st.text())
def test_no_header_makes_it_fail(header: str) -> None:
    assert all(0 <= one.quality <= 1000 for one in parse_accept(header))
    assert parse_accept(header)
    choose(header, ROWS)


@given(HEADERS, OFFERED)
def test_rubbish_between_commas_changes_nothing(ranges: dict[str, int], order: list[str]) -> None:
    offered = [Offer(name, name) for name in order]
    assert choose(written(ranges), offered) == choose(f"rubbish, {written(ranges)}, ,/;=", offered)
