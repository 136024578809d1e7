"""Reads a request to the SPARQL endpoint: what is asked, over which graphs (SPARQL 1.1 Protocol, sections 2.1
and 2.2).
"""

import re
from binascii import a2b_qp
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import Headers

from wsis_kg.engine.asked import ClientLeft

from .bodies import Take
from .negotiation import parse_media_type
from .problems import Refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
ACCEPTED: Final = f"{QUERY}, {FORM}"
METHODS: Final = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")
LARGEST_BODY: Final = 10_000_000

_BROKEN_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MOST_PARAMETERS: Final = 1000
_PROTOCOL_PARAMETERS: Final = (
    "default-graph-uri",
    "named-graph-uri",
    "using-graph-uri",
    "using-named-graph-uri",
)
_HOW: Final = "Send one query: GET or form POST with the parameter query, or POST the text as application/sparql-query."
CHANGED_HOW: Final = (
    "The graph is built from reviewed files: propose a change to a file in the folder data/, "
    "and a new version is built."
)

Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class SparqlRequest:
    """What a client asks. Without a query it wants to know what stands here: a form, or the service
    description.
    """

    query: str | None
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    formats: tuple[str, ...] = ()
    """The values of ``format`` and ``output``, which some clients send instead of Accept."""
    update: bool = False
    """The text is an update, and the graphs are those of ``using-graph-uri`` and ``using-named-graph-uri``."""


def check_head(method: str, headers: Headers) -> None:
    """Refuses what can be refused before its body has come. Raises Refusal."""
    if method not in METHODS:
        raise Refusal(
            405,
            "method",
            "This method is not allowed",
            f"{method} means nothing here.",
            headers={"Allow": ", ".join(METHODS)},
        )
    if method in ("GET", "HEAD"):
        if headers.get("content-length", "0").strip() != "0" or "transfer-encoding" in headers:
            raise _bad("A GET request must have no body.")
        return
    _content_type(headers)


def request_of(method: str, headers: Headers, query_string: bytes, body: bytes) -> SparqlRequest:
    """The request as the protocol means it. Raises Refusal with the status that the protocol asks for."""
    check_head(method, headers)
    url = read_parameters(query_string, "URL")
    if method in ("GET", "HEAD"):
        return _from_parameters(url, form=False)
    media_type = _content_type(headers)
    if media_type == FORM:
        parameters = read_parameters(body, "form")
        if method == "QUERY" and any(name == "update" for name, _ in parameters):
            raise _bad("An update cannot be sent with the method QUERY.")
        return _from_parameters(parameters, form=True)
    if media_type == UPDATE:
        if method == "QUERY":
            raise _bad("An update cannot be sent with the method QUERY.")
        if any(name in ("query", "update") for name, _ in url):
            raise _bad("The update is in the body and there is another one in the URL.")
        return _update(_text(body, "body"), url)
    if any(name in ("query", "update") for name, _ in url):
        raise _bad("The query is in the body and there is another one in the URL.")
    return _asked(_text(body, "body"), url)


def _from_parameters(parameters: Parameters, *, form: bool) -> SparqlRequest:
    queries = [value for name, value in parameters if name == "query"]
    updates = [value for name, value in parameters if name == "update"]
    if updates and not form:
        raise _bad("An update cannot be sent in a URL.")
    if len(queries) + len(updates) > 1:
        raise _bad("There is more than one query or update in the request.")
    if updates:
        return _update(updates[0], parameters)
    if queries:
        return _asked(queries[0], parameters)
    if form or any(name in _PROTOCOL_PARAMETERS for name, _ in parameters):
        raise _bad("The parameter query is missing.")
    return SparqlRequest(None, formats=_formats(parameters))


def _asked(query: str, parameters: Parameters) -> SparqlRequest:
    default, named = _graphs(parameters, "default-graph-uri", "named-graph-uri")
    return SparqlRequest(query, default, named, _formats(parameters))


def _update(text: str, parameters: Parameters) -> SparqlRequest:
    default, named = _graphs(parameters, "using-graph-uri", "using-named-graph-uri")
    return SparqlRequest(text, default, named, update=True)


def _graphs(parameters: Parameters, *names: str) -> list[tuple[str, ...] | None]:
    """The values of each of these parameters, None where it is missing."""
    if len([name for name, _ in parameters if name == "version"]) > 1:
        raise _bad("The parameter version is given twice.")
    return [tuple([value for name, value in parameters if name == wanted]) or None for wanted in names]


def _formats(parameters: Parameters) -> tuple[str, ...]:
    return tuple([value for name, value in parameters if name in ("format", "output")])


def _content_type(headers: Headers) -> str:
    """The media type of the body, of those that we read; charset may be missing or UTF-8 (section 2.1.2 and
    2.1.3).
    """
    given = headers.get("content-type")
    parsed = parse_media_type(given) if given else None
    if parsed is None or parsed[0] not in (FORM, QUERY, UPDATE):
        what = f"A body of type {given} is not understood." if given else "The request does not say what its body is."
        raise Refusal(
            415,
            "media-type",
            "This type of body is not understood",
            what,
            hint=_HOW,
            headers={"Accept-Post": ACCEPTED},
        )
    media_type, parameters = parsed
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        charset = parameters["charset"]
        raise Refusal(
            415,
            "charset",
            "Queries are UTF-8",
            f"The charset {charset} is not read here.",
            hint="Send UTF-8.",
        )
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        coding = headers["content-encoding"]
        raise Refusal(
            415,
            "coding",
            "Bodies are not coded",
            f"A body coded as {coding} is not read here.",
            hint="Send it plain.",
        )
    return media_type


async def read_body(
    headers: Headers, receive: Receive, largest: int = LARGEST_BODY, take: Take = lambda _: None
) -> bytes:
    """The whole body; ``take`` counts its bytes, and may refuse them. Raises Refusal (413) if it is too large, or
    ClientLeft.
    """
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > largest:
        raise _too_large(largest)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > largest:
            raise _too_large(largest)
        take(len(part))
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def read_parameters(raw: bytes, where: str) -> list[tuple[str, str]]:
    """The parameters of a URL or a form, decoded once. Raises Refusal (400)."""
    text = _text(raw, where)
    broken = _BROKEN_PERCENT.search(text)
    if broken is not None:
        shown = text[broken.start() : broken.start() + 3]
        raise _bad(
            f"The {where} holds “{shown}”, which is no percent-encoding.",
            "Write a percent sign itself as %25.",
        )
    if raw.count(b"&") >= _MOST_PARAMETERS:
        raise _bad(f"The {where} has more than {_MOST_PARAMETERS} parameters.")
    pairs = [pair.partition(b"=") for pair in raw.split(b"&") if pair]
    try:
        return [(_decoded(name), _decoded(value)) for name, _, value in pairs]
    except UnicodeDecodeError as error:
        raise _bad(f"The {where} is not UTF-8 after percent-decoding.", "Encode it as UTF-8.") from error


def _decoded(part: bytes) -> str:
    # As urllib.parse.unquote_plus does it, but ten times faster: with another sign for the escapes, which are known to
    # be whole, this is quoted-printable, and the standard library decodes that in C.
    return a2b_qp(part.replace(b"+", b" ").replace(b"=", b"=3D").replace(b"%", b"=")).decode()


def _text(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _bad(f"The {where} is not UTF-8 (byte {error.start}).", "Encode it as UTF-8.") from error


def _bad(detail: str, hint: str = _HOW) -> Refusal:
    return Refusal(400, "request", "The request is not correct SPARQL protocol", detail, hint=hint)


def _too_large(largest: int) -> Refusal:
    return Refusal(
        413,
        "too-large",
        "The body is too large",
        f"A body may have {largest:,} bytes here.",
        headers={"Connection": "close"},
    )
