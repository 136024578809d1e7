"""The SPARQL endpoint as a bare ASGI application: SPARQL 1.1 Protocol for queries, and a form for browsers.

FastAPI's routing costs more than most queries here, and its answer to a missing parameter (422) is not the
protocol's.
"""

import hashlib
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, TypeVar

import anyio
import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import Response

from wsis_kg.engine.formats import GRAPH_FORMATS, JSON, N_TRIPLES, TURTLE, Form, Format, by_name, formats_of
from wsis_kg.engine.live import LiveEngine
from wsis_kg.engine.problems import QueryProblem
from wsis_kg.engine.query_text import form_of, is_volatile
from wsis_kg.engine.store import Engine

from .description import describe
from .negotiation import Offer, choose, names, parse_media_type, says_nothing
from .page import Pages
from .problems import JSON_TYPES, Refusal
from .requests import ACCEPTED, METHODS, ClientLeft, Message, Receive, Scope, SparqlRequest, read_request

Send = Callable[[Message], Awaitable[None]]
Returned = TypeVar("Returned")

_log = logging.getLogger(__name__)
_HOST: Final = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_THREADS: Final = 8

Choice = tuple[Format | None, str]
"""A format and the Content-Type under which to send it; None stands for the page."""
_PAGE: Final[Offer[Choice]] = Offer("text/html", (None, "text/html; charset=utf-8"))
_PLAIN: Final[Offer[Choice]] = Offer("text/plain", (N_TRIPLES, "text/plain; charset=utf-8"), only_alone=True)


def offers(formats: Sequence[Format]) -> list[Offer[Choice]]:
    """What can be sent, the registered types in our order first, then their aliases, the page last."""
    main = [_offer(wanted, wanted.media_type, wanted.content_type) for wanted in formats]
    aliases = [_offer(wanted, alias, alias) for wanted in formats for alias in wanted.aliases]
    # Media types that were never registered are understood, and answered with the one that was.
    old = [_offer(wanted, name, wanted.content_type) for wanted in formats for name in wanted.synonyms if "/" in name]
    plain = [_PLAIN] if N_TRIPLES in formats else []
    return [*main, *aliases, *old, *plain, _PAGE]


def _offer(wanted: Format, media_type: str, content_type: str) -> Offer[Choice]:
    parsed = parse_media_type(wanted.content_type)
    assert parsed is not None
    return Offer(media_type, (wanted, content_type), {"charset": "utf-8", **parsed[1]})


_OFFERS: Final = {form: offers(formats_of(form)) for form in Form}
_DESCRIPTION_OFFERS: Final = offers(GRAPH_FORMATS)


class SparqlEndpoint:
    """Answers at /sparql. Evaluation runs in threads (pyoxigraph releases the GIL), so that the event loop
    stays free.
    """

    def __init__(self, live: LiveEngine, pages: Pages) -> None:
        self._live = live
        self._pages = pages
        self._threads: anyio.CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one answer: no exception leaves this, for an answer made elsewhere would lack our
        headers.
        """
        headers = Headers(scope=scope)
        accept = ", ".join(headers.getlist("accept")) or None
        engine = self._live.engine
        query = ""
        try:
            if scope["method"] == "OPTIONS":
                response = Response(status_code=204, headers={"Allow": ", ".join(METHODS), "Accept-Post": ACCEPTED})
            else:
                request = await read_request(scope, receive)
                query = request.query or ""
                response = await self._respond(engine, request, accept, scope, headers)
        except ClientLeft:
            return
        except (QueryProblem, Refusal) as problem:
            refusal = problem if isinstance(problem, Refusal) else Refusal.of(problem)
            if refusal.status >= 500:
                _log.error("A query could not be evaluated: %s", problem)
            response = self._refused(engine, query, refusal, accept)
        except Exception:
            _log.exception("A request to the endpoint failed")
            refusal = Refusal(500, "internal", "Something went wrong here", "The fault is ours, and it is in the log.")
            response = self._refused(engine, query, refusal, accept)
        response.headers.setdefault("Vary", "Accept")
        response.headers["Dataset-Version"] = engine.version
        await response(scope, receive, send)

    async def _respond(
        self, engine: Engine, request: SparqlRequest, accept: str | None, scope: Scope, headers: Headers
    ) -> Response:
        endpoint = _endpoint(scope, headers)
        query = request.query
        if query is None:
            wanted, content_type = _choice(_DESCRIPTION_OFFERS, accept, request.formats)
            if wanted is None:
                return self._pages.form(engine)
            return Response(describe(engine, endpoint, wanted), headers={"Content-Type": content_type})
        # A text that begins like no query is left to the parser, which says what is wrong with it.
        form = form_of(query)
        if form is None:
            form = await self._run(lambda: engine.query(query, base=endpoint).form)
        wanted, content_type = _choice(_OFFERS[form], accept, request.formats)
        fresh = {"Cache-Control": "no-cache"}
        if scope["method"] in ("GET", "HEAD") and not is_volatile(query):
            fresh["ETag"] = _tag(engine.version, endpoint, content_type, request)
            if _matches(headers.get("if-none-match"), fresh["ETag"]):
                return Response(status_code=304, headers=fresh)
        ask = partial(
            engine.answer,
            query,
            wanted or (TURTLE if form.gives_graph else JSON),
            base=endpoint,
            default_graphs=request.default_graphs,
            named_graphs=request.named_graphs,
        )
        body = await self._run(ask)
        if wanted is not None:
            return Response(body, headers={**fresh, "Content-Type": content_type})
        show = self._pages.graph if form.gives_graph else self._pages.rows
        page = await self._run(lambda: show(engine, _asked(request), query, form, body))
        page.headers.update(fresh)
        return page

    def _refused(self, engine: Engine, query: str, refusal: Refusal, accept: str | None) -> Response:
        return self._pages.refused(engine, query, refusal) if wants_page(accept) else refusal.response(accept)

    async def _run(self, work: Callable[[], Returned]) -> Returned:
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(_THREADS)
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._threads)


def wants_page(accept: str | None) -> bool:
    """Whether the client is a browser: it names text/html and prefers it to JSON."""
    json = [Offer(media_type, False) for media_type in JSON_TYPES]
    best = choose(accept, [Offer("text/html", True), *json])
    return names(accept, "text/html") and best is not None and best.chosen


def _choice(offered: list[Offer[Choice]], accept: str | None, formats: tuple[str, ...]) -> Choice:
    """What to send. ``format`` counts only where Accept leaves the choice open, or is a browser's: it names
    what a person typed or clicked. SPARQLWrapper sends it always, and means nothing by it. Raises Refusal
    (406) with the list.
    """
    best = choose(accept, offered)
    if says_nothing(accept) or best is _PAGE:
        ours = list(dict.fromkeys(offer.chosen[0] for offer in offered if offer.chosen[0] is not None))
        for name in formats:
            named = by_name(name, ours)
            if named is not None:
                return named, named.content_type
            if name.strip().lower() in ("html", "text/html"):
                return _PAGE.chosen
    if best is None:
        types = list(dict.fromkeys(offer.chosen[1].partition(";")[0] for offer in offered))
        raise Refusal(
            406,
            "not-acceptable",
            "No format that you accept",
            f"The header Accept: {accept} excludes all that this answer can be sent as.",
            hint=f"Accept one of: {', '.join(types)}.",
        )
    return best.chosen


def _asked(request: SparqlRequest) -> list[tuple[str, str]]:
    return [
        ("query", request.query or ""),
        *(("default-graph-uri", name) for name in request.default_graphs or ()),
        *(("named-graph-uri", name) for name in request.named_graphs or ()),
    ]


def _endpoint(scope: Scope, headers: Headers) -> str:
    """The IRI of this endpoint as the client sees it: the base of relative IRIs, and the subject of the
    description.
    """
    host = headers.get("host", "")
    if not _HOST.fullmatch(host):
        host = "localhost"
    return f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}/sparql"


def _tag(version: str, endpoint: str, content_type: str, request: SparqlRequest) -> str:
    """Known before evaluation. Weak, for rows without ORDER BY may come in another order next time."""
    parts = (version, endpoint, content_type, *(text for pair in _asked(request) for text in pair))
    # Each part with its length: no two requests share a text to hash.
    digest = hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode())
    return f'W/"{digest.hexdigest()[:24]}"'


def _matches(header: str | None, tag: str) -> bool:
    """Whether If-None-Match names this representation (RFC 9110, section 13.1.2: weak comparison)."""
    if header is None:
        return False
    return header.strip() == "*" or tag.removeprefix("W/") in re.findall(r'"[^"]*"', header)
