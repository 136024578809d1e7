"""What a request to the endpoint comes to before anything is evaluated: what a worker is to be asked, and how the
answer is sent. It follows from the request and the version of the dataset alone, and so can be remembered.
"""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers

from wsis_kg.engine.cache import Kept, Key
from wsis_kg.engine.formats import GRAPH_FORMATS, JSON, TURTLE, Form, Format, formats_of
from wsis_kg.engine.query_text import form_of, is_volatile
from wsis_kg.engine.wire import Outline, Question

from .coding import Coding, accepted
from .delivery import length_and_coding
from .offers import choice, offers
from .outgoing import CROSS_ORIGIN, lines
from .page import HEADERS as PAGE_HEADERS
from .page import MOST_ROWS
from .problems import Refusal
from .requests import Message, SparqlRequest

_OFFERS: Final = {form: offers(formats_of(form)) for form in Form}
DESCRIPTION_OFFERS: Final = offers(GRAPH_FORMATS)
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
    _ready: tuple[Kept, Message] | None = None

    def start(self, kept: Kept) -> Message:
        """The beginning of the answer that is kept, ready to be sent, and the same object as long as that is."""
        if self._ready is None or self._ready[0] is not kept:
            headers = {**self.headers, **length_and_coding(kept)}
            self._ready = (
                kept,
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [*lines(headers), *CROSS_ORIGIN],
                },
            )
        return self._ready[1]


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
        wanted, content_type = choice(DESCRIPTION_OFFERS, accept, request.formats, suffix)
        return Plan(request, endpoint, wanted, content_type)
    outline = outline or _outline(query)
    if outline is None:
        return Plan(request, endpoint)
    form = outline.form
    wanted, content_type = choice(_OFFERS[form], accept, request.formats, suffix)
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
