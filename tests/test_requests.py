"""Reading a request by property: whatever is sent, by whichever way, is read as the protocol defines it, or refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from wsis_kg.web.problems import Refusal
from wsis_kg.web.requests import (
    FORM,
    METHODS,
    QUERY,
    UPDATE,
    SparqlRequest,
    check_head,
    read_body,
    read_parameters,
    request_of,
)

Pairs = list[tuple[str, str]]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# Texts in which something could be decoded that is not to be, or not decoded that is.
TRICKY = st.lists(st.sampled_from(["%", "%41", "%2541", "+", " ", "&", ";", "=", "?", "#", "é", "日", "\0", "\r\n", "a"]))
VALUES = TEXT | TRICKY.map("".join)
KNOWN = ["query", "update", "version", "format", "output", "results"]
KNOWN += ["default-graph-uri", "named-graph-uri", "using-graph-uri", "using-named-graph-uri"]
PAIRS = st.lists(st.tuples(st.sampled_from(KNOWN) | VALUES, VALUES), max_size=6) | st.lists(
    st.tuples(st.sampled_from(["query", "update", "version"]), VALUES), max_size=3
)
WITH_ONE_QUERY = st.tuples(
    st.lists(st.tuples(st.sampled_from([name for name in KNOWN if name not in ("query", "update")]), VALUES), max_size=5),
    VALUES,
    st.integers(0, 5),
).map(lambda drawn: [*drawn[0][: drawn[2]], ("query", drawn[1]), *drawn[0][drawn[2] :]])


def read(
    method: str, url: bytes = b"", pieces: Sequence[bytes] = (), content_type: str | None = None, **more: str
) -> SparqlRequest | int:
    """What is read, or the status of the refusal."""
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    if content_type is not None:
        headers["content-type"] = content_type
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "query_string": url,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def read_request() -> SparqlRequest:
        # As the endpoint does it: what can be refused by its head is, before any of the body is read.
        head = Headers(scope=scope)
        check_head(method, head)
        body = b"" if method in ("GET", "HEAD") else await read_body(head, receive, largest=10_000)
        return request_of(method, head, url, body)

    try:
        # It waits for nothing but the messages, which are here: no event loop is needed.
        read_request().send(None)
    except StopIteration as ended:
        assert isinstance(ended.value, SparqlRequest)
        return ended.value
    except Refusal as refusal:
        return refusal.status
    raise AssertionError("It waits for more.")


def encoded(pairs: Pairs, how: int) -> bytes:
    """The pairs as a client may write them: as a form, with as little as must be percent-encoded, or with all."""

    def one(text: str) -> str:
        if how == 0:
            return quote_plus(text)
        if how == 1:
            # What may stand in a query as it is (RFC 3986, section 3.4), but for what separates parameters.
            return quote(text, safe="/:?@!$'()*,;")
        return "".join(f"%{byte:02x}" for byte in text.encode())

    return "&".join(f"{one(name)}={one(value)}" for name, value in pairs).encode()


def expected(pairs: Pairs, *, form: bool, text: tuple[str, str] | None = None) -> SparqlRequest | int:
    """The definition, by counting. ``text``: the name and content of what stands in the body by itself."""

    def of(name: str) -> tuple[str, ...]:
        return tuple(value for other, value in pairs if other == name)

    asked = [*((name, value) for name, value in pairs if name in ("query", "update")), *([text] if text else [])]
    if len(asked) > 1 or (of("update") and not form):
        return 400
    if not asked:
        graphs = [name for name, _ in pairs if name.endswith("-graph-uri") and name in KNOWN]
        return 400 if form or graphs else SparqlRequest(None, formats=_formats(pairs))
    if len(of("version")) > 1:
        return 400
    ((name, content),) = asked
    if name == "update":
        return SparqlRequest(content, of("using-graph-uri") or None, of("using-named-graph-uri") or None, update=True)
    return SparqlRequest(content, of("default-graph-uri") or None, of("named-graph-uri") or None, _formats(pairs))


def _formats(pairs: Pairs) -> tuple[str, ...]:
    return tuple(value for name, value in pairs if name in ("format", "output"))


@given(PAIRS, st.integers(0, 2))
def test_parameters_are_decoded_once_and_none_is_lost(pairs: Pairs, how: int) -> None:
    assert read_parameters(encoded(pairs, how), "URL") == pairs


PIECES = [b"=", b"&", b"+", b"%", b"%3D", b"%25", b"%c3", b"%A9", b"%0a", b"\xc3\xa9", b"\xff", b"_", b"\r\n", b" ", b"q"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_parameters_are_those_of_the_standard_library(raw: bytes) -> None:
    try:
        whole = re.search(r"%(?![0-9A-Fa-f]{2})", raw.decode()) is None
        known = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict") if whole else None
    except UnicodeDecodeError:
        known = None
    if known is None:
        with pytest.raises(Refusal):
            read_parameters(raw, "URL")
    else:
        assert read_parameters(raw, "URL") == known


@given(PAIRS | WITH_ONE_QUERY, st.integers(0, 2), st.sampled_from(["GET", "HEAD"]))
def test_by_url(pairs: Pairs, how: int, method: str) -> None:
    assert read(method, encoded(pairs, how)) == expected(pairs, form=False)


@given(PAIRS | WITH_ONE_QUERY, PAIRS, st.integers(0, 2), st.lists(st.integers(0, 200), max_size=3))
def test_by_form_in_any_pieces_and_whatever_the_url_says(pairs: Pairs, url: Pairs, how: int, cuts: list[int]) -> None:
    body = encoded(pairs, how)
    cuts = sorted(cuts)
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
    assert read("POST", encoded(url, how), pieces, FORM) == expected(pairs, form=True)


@given(VALUES, PAIRS, st.sampled_from([QUERY, UPDATE]), st.sampled_from(["", "; charset=utf-8", ';charset="UTF-8"']))
def test_by_text(text: str, url: Pairs, media_type: str, parameter: str) -> None:
    named = ("query" if media_type == QUERY else "update", text)
    found = read("POST", encoded(url, 0), [text.encode()], media_type + parameter)
    assert found == expected(url, form=True, text=named)


@given(VALUES, PAIRS)
def test_the_method_query_is_post_for_queries(text: str, pairs: Pairs) -> None:
    assert read("QUERY", b"", [text.encode()], QUERY) == read("POST", b"", [text.encode()], QUERY)
    assert read("QUERY", b"", [text.encode()], UPDATE) == 400
    updates = any(name == "update" for name, _ in pairs)
    by_form = read("QUERY", b"", [encoded(pairs, 0)], FORM)
    assert by_form == (400 if updates else read("POST", b"", [encoded(pairs, 0)], FORM))


@given(
    st.sampled_from([*METHODS[:4], "PUT", "BREW"]),
    st.binary(max_size=30) | st.text("%&=;+qu\0é", max_size=20).map(str.encode),
    st.binary(max_size=30),
    st.none() | st.sampled_from([FORM, QUERY, UPDATE, "text/plain", "a/b; charset", f"{QUERY}; charset=utf-16"]) | TEXT,
)
def test_nothing_makes_it_fail(method: str, url: bytes, body: bytes, content_type: str | None) -> None:
    found = read(method, url, [body] if method not in ("GET", "HEAD") else [], content_type)
    assert isinstance(found, SparqlRequest) or found in (400, 405, 413, 415)
    if method in ("PUT", "BREW"):
        assert found == 405
    if isinstance(found, SparqlRequest) and found.query is not None:
        found.query.encode("utf-8")


@pytest.mark.parametrize("raw", [b"query=%", b"query=%4", b"query=%zz", b"%=", b"query=%ff", b"query=\xff", b"query=%C3"])
def test_what_cannot_be_decoded_is_refused(raw: bytes) -> None:
    assert read("GET", raw) == read("POST", b"", [raw], FORM) == 400


@given(st.integers(9_990, 10_010), st.booleans())
def test_a_body_may_have_so_many_bytes(size: int, announced: bool) -> None:
    more = {"content_length": str(size)} if announced else {}
    found = read("POST", b"", [b"#" * 4_000, b"#" * (size - 4_000)], QUERY, **more)
    assert found == (SparqlRequest("#" * size) if size <= 10_000 else 413)


@pytest.mark.parametrize("charset", ["latin1", "utf-16", "UTF-7", ""])
def test_other_charsets_are_not_read(charset: str) -> None:
    assert read("POST", b"", [b"ASK {}"], f'{QUERY}; charset="{charset}"') == 415
