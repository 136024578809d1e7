"""What a request to the endpoint comes to before anything is evaluated: what a worker is to be asked, and how the
answer is sent. It follows from the request and the version of the dataset alone, and so can be remembered.
"""

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final, Self

from starlette.datastructures import Headers

from wsis_kg.engine.cache import Kept, Key
from wsis_kg.engine.formats import GRAPH_FORMATS, JSON, TURTLE, Form, Format, formats_of
from wsis_kg.engine.query_text import form_of, is_volatile
from wsis_kg.engine.wire import Outline, Question

from .coding import Coding, accepted
from .delivery import length_and_coding
from .offers import Choice, choice, offers
from .outgoing import CROSS_ORIGIN, Lines, lines
from .page import HEADERS as PAGE_HEADERS
from .page import MOST_ROWS
from .problems import Refusal
from .requests import Message, SparqlRequest

_OFFERS: Final = {form: offers(formats_of(form)) for form in Form}
DESCRIPTION_OFFERS: Final = offers(GRAPH_FORMATS)
_LIGHT: Final = 16_384
"""Bytes of a body that may outlive its entry in the cache, with the plan that is remembered."""
_SHORT_HEADER: Final = 1000
VARY: Final = "Accept, Accept-Encoding"
_SHORT: Final = 4096
"""Characters of a query that are looked at here; a longer text is read by a worker, which can be killed over it."""


@dataclass(eq=False)
class Plan:
    """How to answer. ``wanted`` is the format, None for the page. There is no ``key`` without a query, nor where only a
    worker can tell what the query is.
    """

    request: SparqlRequest
    endpoint: str
    wanted: Format | None = None
    content_type: str = ""
    outline: Outline | None = None
    """What the query is."""
    key: Key | None = None
    """The question, and what else the answer depends on."""
    lasting: bool = False
    """Whether another evaluation would give the same answer."""
    headers: dict[str, str] = field(default_factory=dict)
    unchanged: bool = False
    """Whether the client has this answer already, and 304 says it all."""
    _ready: "Ready | None" = None

    def ready(self, kept: Kept | None) -> "Ready":
        """The answer that is kept, or else 304: the same object as long as what is kept is the same."""
        if self._ready is not None and self._ready.kept is kept:
            return self._ready
        ready = Ready.of(self, kept)
        # A large body is held by the cache alone, which counts it.
        self._ready = ready if len(ready.body) <= _LIGHT else None
        return ready


@dataclass(frozen=True)
class Ready:
    """An answer ready to be sent, in two ways: as an ASGI response, and as the bytes of it."""

    kept: Kept | None
    status: int
    headers: Lines
    body: bytes

    @cached_property
    def head(self) -> bytes:
        """The headers as they are sent, and the empty line behind them."""
        return b"".join([b"%b: %b\r\n" % line for line in self.headers]) + b"\r\n"

    @property
    def messages(self) -> tuple[Message, Message]:
        """What is sent by ASGI."""
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        return start, {"type": "http.response.body", "body": self.body}

    @classmethod
    def of(cls, plan: Plan, kept: Kept | None) -> Self:
        """The answer by this plan."""
        if kept is None:
            status, own = 304, {name: value for name, value in plan.headers.items() if name != "Content-Type"}
        else:
            status, own = 200, {**plan.headers, **length_and_coding(kept)}
        return cls(kept, status, [*lines(own), *CROSS_ORIGIN], kept.body if kept is not None else b"")


def plan_of(
    request: SparqlRequest,
    endpoint: str,
    suffix: str,
    method: str,
    headers: Headers,
    version: str,
    outline: Outline | None = None,
) -> Plan:
    """The plan for a request. Raises Refusal (406)."""
    accept = accept_of(headers)
    query = request.query
    if query is None:
        wanted, content_type = _choice(None, accept, request.formats, suffix)
        return Plan(request, endpoint, wanted, content_type)
    if request.update:
        return Plan(request, endpoint)
    outline = outline or _outline(query)
    if outline is None:
        return Plan(request, endpoint)
    form = outline.form
    wanted, content_type = _choice(form, accept, request.formats, suffix)
    wish = coding_of(headers)
    question = Question(
        query,
        (wanted or (TURTLE if form.gives_graph else JSON)).name,
        endpoint,
        request.default_graphs,
        request.named_graphs,
        MOST_ROWS if wanted is None else None,
    )
    head = {**({} if wanted else PAGE_HEADERS), "Content-Type": content_type, "Cache-Control": "no-cache"}
    unchanged = False
    if method in ("GET", "HEAD") and not outline.volatile:
        parts = [text for pair in asked(request) for text in pair]
        head["ETag"] = entity_tag(version, endpoint, content_type, wish.name, *parts)
        unchanged = matches(headers.get("if-none-match"), head["ETag"])
    head |= {"Vary": VARY, "Dataset-Version": version}
    key = Key(version, question, wish.name)
    return Plan(request, endpoint, wanted, content_type, outline, key, not outline.volatile, head, unchanged)


def asked(request: SparqlRequest) -> list[tuple[str, str]]:
    """The parameters of the protocol that ask this, whichever way they came."""
    return [
        ("query", request.query or ""),
        *(("default-graph-uri", name) for name in request.default_graphs or ()),
        *(("named-graph-uri", name) for name in request.named_graphs or ()),
    ]


def accept_of(headers: Headers) -> str | None:
    """What the client accepts; None if it does not say."""
    return ", ".join(headers.getlist("accept")) or None


def coding_of(headers: Headers) -> Coding:
    """The coding that the client wishes. Raises Refusal (406) if it takes none of ours."""
    given = headers.getlist("accept-encoding")
    wish = accepted(", ".join(given) if given else None)
    if wish is Coding.NONE:
        raise Refusal(
            406,
            "not-acceptable",
            "No coding that you accept",
            f"The header Accept-Encoding: {', '.join(given)} excludes all that this answer can be coded as.",
            hint="Accept gzip or identity.",
        )
    return wish


def _choice(form: Form | None, accept: str | None, formats: tuple[str, ...], suffix: str) -> Choice:
    """The format and its Content-Type. Clients send few headers, and the same ones again and again."""
    short = len(accept or "") + sum(map(len, formats)) <= _SHORT_HEADER
    return (_choose if short else _choose.__wrapped__)(form, accept, formats, suffix)


@lru_cache(maxsize=256)
def _choose(form: Form | None, accept: str | None, formats: tuple[str, ...], suffix: str) -> Choice:
    return choice(DESCRIPTION_OFFERS if form is None else _OFFERS[form], accept, formats, suffix)


def _outline(query: str) -> Outline | None:
    """What the query is; None where a worker has to say it: the text is long, or begins like no query."""
    form = form_of(query) if len(query) <= _SHORT else None
    return None if form is None else Outline(form, is_volatile(query))


def entity_tag(*parts: str) -> str:
    """A tag for the answer that these texts determine. Weak: without ORDER BY rows may come in another order."""
    # Each part with its length: no two requests share a text to hash.
    digest = hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode())
    return f'W/"{digest.hexdigest()[:24]}"'


def matches(header: str | None, tag: str) -> bool:
    """Whether If-None-Match names this representation (RFC 9110, section 13.1.2: weak comparison)."""
    if header is None:
        return False
    return header.strip() == "*" or tag.removeprefix("W/") in re.findall(r'"[^"]*"', header)
