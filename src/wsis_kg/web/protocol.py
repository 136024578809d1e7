"""The SPARQL endpoint as a bare ASGI application: SPARQL 1.1 Protocol for queries, and a form for browsers.

FastAPI's routing costs more than most queries here, and its answer to a missing parameter (422) is not the
protocol's.
"""

import asyncio
import hashlib
import logging
import re
from typing import Final

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import Response

from wsis_kg.engine.asked import ClientLeft, EngineFault
from wsis_kg.engine.formats import GRAPH_FORMATS, JSON, TURTLE, Form, Format, formats_of
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.problems import (
    EvaluationFailed,
    Interrupted,
    QueryProblem,
    QuerySyntaxError,
    Stopped,
    TimedOut,
    TooComplex,
    TooLarge,
    TooMuchMemory,
)
from wsis_kg.engine.query_text import form_of, is_volatile
from wsis_kg.engine.wire import Edition, Outline, Question

from .bodies import Bodies, Take
from .delivery import Send, deliver, whole
from .description import describe
from .offers import GRAPH_SUFFIXES, choice, offers, wants_page
from .page import MOST_ROWS, Pages
from .problems import Refusal, let_go
from .proxies import HOST
from .rate import Rate
from .requests import ACCEPTED, CHANGED_HOW, METHODS, Receive, Scope, SparqlRequest, read_request

_log = logging.getLogger(__name__)
_SHORT: Final = 4096
"""Characters of a query that are looked at here; a longer text is read by a worker, which can be killed over it."""

_OFFERS: Final = {form: offers(formats_of(form)) for form in Form}
DESCRIPTION_OFFERS: Final = offers(GRAPH_FORMATS)


class SparqlEndpoint:
    """Answers at /sparql. Queries are read and evaluated by workers that can be killed, never in this process."""

    def __init__(self, pool: Pool, pages: Pages, rate: Rate | None = None, body_seconds: float = 60.0) -> None:
        """``body_seconds``: for so long the body of a request may take to come."""
        self._body_seconds = body_seconds
        self._bodies = Bodies()
        self._pool = pool
        self._pages = pages
        self._rate = rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one answer: no exception leaves this, for an answer made elsewhere would lack our
        headers.
        """
        with self._bodies.of_one_request() as take:
            await self._answer(scope, receive, send, take)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, take: Take) -> None:
        headers = Headers(scope=scope)
        accept = ", ".join(headers.getlist("accept")) or None
        edition = self._pool.edition
        query = ""
        try:
            if scope["method"] == "OPTIONS":
                response = self._options(edition, accept, scope, headers)
            else:
                if self._rate is not None:
                    self._rate.take(scope["client"][0] if scope.get("client") else "")
                request = await _read(scope, receive, self._body_seconds, take)
                query = request.query or ""
                response = await self._respond(edition, request, accept, scope, receive, headers)
        except ClientLeft as left:
            let_go(left)
            return
        except (QueryProblem, Refusal) as problem:
            if isinstance(problem, EvaluationFailed):
                _log.error("A query could not be evaluated: %s", problem)
            refusal = problem if isinstance(problem, Refusal) else Refusal.of(problem)
            response = self._refused(edition, query, refusal, accept)
            let_go(problem)
        except Exception as error:
            if not isinstance(error, EngineFault):
                # The fault of a worker stands in the log already.
                _log.exception("A request to the endpoint failed")
            response = self._refused(edition, query, Refusal.internal(), accept)
        response.headers.setdefault("Vary", "Accept")
        response.headers.setdefault("Dataset-Version", edition.version)
        await response(scope, receive, send)

    async def _respond(
        self,
        edition: Edition,
        request: SparqlRequest,
        accept: str | None,
        scope: Scope,
        receive: Receive,
        headers: Headers,
    ) -> Response:
        endpoint = endpoint_of(scope, headers)
        suffix = scope["path"].rpartition("/sparql")[2].removeprefix(".")
        query = request.query
        if query is None:
            wanted, content_type = choice(DESCRIPTION_OFFERS, accept, request.formats, suffix)
            if wanted is None:
                return self._pages.form(edition)
            response = self._description(edition, endpoint, wanted, content_type)
            if not suffix and content_type == wanted.content_type:
                response.headers["Content-Location"] = f"{scope.get('root_path', '')}/sparql.{GRAPH_SUFFIXES[wanted]}"
            return response
        if request.update:
            raise await self._refused_update(request, endpoint, receive)
        outline = await self._outline(query, endpoint, receive)
        form = outline.form
        wanted, content_type = choice(_OFFERS[form], accept, request.formats, suffix)
        fresh = {"Cache-Control": "no-cache"}
        tagged = scope["method"] in ("GET", "HEAD") and not outline.volatile
        if tagged:
            fresh["ETag"] = _tag(edition.version, endpoint, content_type, request)
            if matches(headers.get("if-none-match"), fresh["ETag"]):
                return Response(status_code=304, headers=fresh)
        asked = self._pool.ask(
            Question(
                query,
                (wanted or (TURTLE if form.gives_graph else JSON)).name,
                endpoint,
                request.default_graphs,
                request.named_graphs,
                MOST_ROWS if wanted is None else None,
            )
        )
        try:
            if wanted is not None:
                response = await deliver(asked, scope, receive)
                response.headers["Content-Type"] = content_type
            else:
                body = await whole(asked, receive)
                show = self._pages.graph if form.gives_graph else self._pages.rows
                response = await anyio.to_thread.run_sync(
                    show, edition, _asked(request), query, form, body, asked.count or 0
                )
        except (QueryProblem, EngineFault) as problem:
            _name(problem, asked.id)
            raise
        assert asked.edition is not None
        if tagged:
            # A new version may have come in between: the tag is that of the version which answered.
            fresh["ETag"] = _tag(asked.edition.version, endpoint, content_type, request)
        response.headers.update({**fresh, "Dataset-Version": asked.edition.version})
        return response

    def _options(self, edition: Edition, accept: str | None, scope: Scope, headers: Headers) -> Response:
        """What may be done here: the service description, but no body for a browser that asks before it asks."""
        allowed = {"Allow": ", ".join(METHODS), "Accept-Post": ACCEPTED}
        if "access-control-request-method" in headers:
            return Response(status_code=204, headers=allowed)
        wanted, content_type = choice(DESCRIPTION_OFFERS[:-1], accept, ())
        assert wanted is not None
        response = self._description(edition, endpoint_of(scope, headers), wanted, content_type)
        response.headers.update(allowed)
        return response

    def _description(self, edition: Edition, endpoint: str, wanted: Format, content_type: str) -> Response:
        rate = None if self._rate is None else self._rate.per_second
        body = describe(edition, endpoint, wanted, self._pool.limits, rate)
        return Response(body, headers={"Content-Type": content_type})

    async def _outline(self, query: str, endpoint: str, receive: Receive) -> Outline:
        """What the query is. A worker says it where the text is long, or begins like no query: then it says why."""
        form = form_of(query) if len(query) <= _SHORT else None
        if form is not None:
            return Outline(form, is_volatile(query))
        asked = self._pool.ask(Question(query, base=endpoint))
        await whole(asked, receive)
        assert asked.outline is not None
        return asked.outline

    async def _refused_update(self, request: SparqlRequest, endpoint: str, receive: Receive) -> Refusal:
        """Why an update is refused: a worker reads it first, and one that is not correct is told so."""
        assert request.query is not None
        graphs = request.default_graphs, request.named_graphs
        asked = self._pool.ask(Question(request.query, None, endpoint, *graphs, update=True))
        try:
            await whole(asked, receive)
        except QuerySyntaxError as problem:
            refusal = Refusal.of(problem)
            refusal.title = "The update is not correct SPARQL"
            return refusal
        except (QueryProblem, EngineFault) as problem:
            _name(problem, asked.id)
            raise
        return Refusal(403, "read-only", "The data cannot be changed here", "Updates are refused.", hint=CHANGED_HOW)

    def _refused(self, edition: Edition, query: str, refusal: Refusal, accept: str | None) -> Response:
        return self._pages.refused(edition, query, refusal) if wants_page(accept) else refusal.response(accept)


async def _read(scope: Scope, receive: Receive, body_seconds: float, take: Take) -> SparqlRequest:
    if scope["method"] in ("GET", "HEAD"):
        return await read_request(scope, receive)
    try:
        async with asyncio.timeout(body_seconds):
            return await read_request(scope, receive, take=take)
    except TimeoutError as error:
        raise Refusal(
            408,
            "slow",
            "The request came too slowly",
            f"Its body was not complete after {body_seconds:g} seconds.",
            headers={"Connection": "close"},
        ) from error


def _name(problem: Exception, identifier: str) -> None:
    """Gives a problem the name of its query, where it is one that whoever runs the server may be asked about."""
    if isinstance(problem, TimedOut | TooMuchMemory | TooComplex | TooLarge | Stopped | Interrupted | EvaluationFailed):
        problem.members["query_id"] = identifier


def _asked(request: SparqlRequest) -> list[tuple[str, str]]:
    return [
        ("query", request.query or ""),
        *(("default-graph-uri", name) for name in request.default_graphs or ()),
        *(("named-graph-uri", name) for name in request.named_graphs or ()),
    ]


def endpoint_of(scope: Scope, headers: Headers) -> str:
    """The IRI of this endpoint as the client sees it: the base of relative IRIs, and the subject of the
    description.
    """
    host = headers.get("host", "")
    if not HOST.fullmatch(host):
        host = "localhost"
    return f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}/sparql"


def _tag(version: str, endpoint: str, content_type: str, request: SparqlRequest) -> str:
    """Known before evaluation. Weak, for rows without ORDER BY may come in another order next time."""
    parts = (version, endpoint, content_type, *(text for pair in _asked(request) for text in pair))
    # Each part with its length: no two requests share a text to hash.
    digest = hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode())
    return f'W/"{digest.hexdigest()[:24]}"'


def matches(header: str | None, tag: str) -> bool:
    """Whether If-None-Match names this representation (RFC 9110, section 13.1.2: weak comparison)."""
    if header is None:
        return False
    return header.strip() == "*" or tag.removeprefix("W/") in re.findall(r'"[^"]*"', header)
