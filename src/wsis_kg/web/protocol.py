"""The SPARQL endpoint as a bare ASGI application: SPARQL 1.1 Protocol for queries, and a form for browsers.

FastAPI's routing costs more than most queries here, and its answer to a missing parameter (422) is not the
protocol's.
"""

import asyncio
import logging
from functools import lru_cache
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.responses import Response

from wsis_kg.engine.asked import ClientLeft, EngineFault
from wsis_kg.engine.cache import Kept
from wsis_kg.engine.formats import Form, Format
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.problems import EvaluationFailed, QueryProblem, QuerySyntaxError
from wsis_kg.engine.wire import Edition, Outline

from .answers import Answers, Show
from .bodies import Bodies, Take
from .delivery import Send
from .description import describe
from .fields import LOOKED_AT, Lines, fields_of
from .figures import Figures
from .offers import GRAPH_SUFFIXES, choice, wants_page
from .outgoing import outgoing
from .page import Pages
from .patience import Patience
from .plan import DESCRIPTION_OFFERS, VARY, Plan, Ready, accept_of, asked, plan_of
from .problems import Refusal, let_go
from .proxies import HOST
from .rate import Rate
from .repeats import WHOLE, Repeats, SendWhole
from .requests import ACCEPTED, CHANGED_HOW, METHODS, Receive, Scope, check_head, read_body, request_of

_log = logging.getLogger(__name__)
_MOST_REMEMBERED: Final = 512
_LONG: Final = 6000
"""Bytes of a request whose plan is not remembered."""
_SEEN: Final = ("method", "scheme", "root_path", "path", "query_string")


class SparqlEndpoint:
    """Answers at /sparql. Queries are read and evaluated by workers that can be killed, never in this process."""

    def __init__(
        self,
        pool: Pool,
        pages: Pages,
        figures: Figures,
        answers: Answers,
        repeats: Repeats,
        rate: Rate | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._body_seconds = (patience or Patience()).body_seconds
        self._bodies = Bodies()
        self._pool = pool
        self._pages = pages
        self._figures = figures
        self._answers = answers
        self._repeats = repeats
        self._rate = rate
        self._remembered = lru_cache(_MOST_REMEMBERED)(self._plan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one answer: no exception leaves this, for an answer made elsewhere would lack our
        headers.
        """
        with self._bodies.of_one_request() as take:
            await self._answer(scope, receive, send, take)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, take: Take) -> None:
        # What is not among them has no influence on the answer.
        lines = tuple([line for line in scope["headers"] if line[0] in LOOKED_AT])
        headers = fields_of(lines)
        accept = accept_of(headers)
        edition = self._pool.edition
        query, body = "", b""
        try:
            if scope["method"] == "OPTIONS":
                response = self._options(edition, accept, scope, headers)
            else:
                if self._rate is not None:
                    self._rate.take(scope["client"][0] if scope.get("client") else "")
                body = await _read(scope["method"], headers, receive, self._body_seconds, take)
                plan = self._planned(scope, lines, body, edition.version)
                query = plan.request.query or ""
                ready = self._answers.ready(plan)
                if ready is not None:
                    self._answers.count(plan, ready)
                    self._repeats.learn(scope, plan)
                    await _send_ready(ready, scope, send)
                    return
                found = await self._respond(edition, plan, scope, receive, lines, body)
                if isinstance(found, Ready):
                    self._figures.answered("/sparql", found.status)
                    await _send_ready(found, scope, send)
                    return
                response = found
        except ClientLeft as left:
            let_go(left)
            return
        except (QueryProblem, Refusal) as problem:
            query = query or _query_of(scope, headers, body)
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
        response.headers.setdefault("Vary", VARY)
        response.headers.setdefault("Dataset-Version", edition.version)
        self._figures.answered("/sparql", response.status_code)
        await response(scope, receive, outgoing(scope, send))

    def _planned(self, scope: Scope, lines: Lines, body: bytes, version: str, outline: Outline | None = None) -> Plan:
        """The plan for a request, remembered if it was made for one just like it. Raises Refusal."""
        seen = tuple([scope.get(name) for name in _SEEN])
        long = len(scope["query_string"]) + len(body) + sum([len(value) for _, value in lines]) > _LONG
        make = self._plan if long else self._remembered
        return make(seen, lines, body, version, outline)

    def _plan(self, seen: tuple[Any, ...], lines: Lines, body: bytes, version: str, outline: Outline | None) -> Plan:
        scope = dict(zip(_SEEN, seen, strict=True))
        headers = fields_of(lines)
        method = scope["method"]
        request = request_of(method, headers, scope["query_string"], body)
        suffix = scope["path"].rpartition("/sparql")[2].removeprefix(".")
        return plan_of(request, endpoint_of(scope, headers), suffix, method, headers, version, outline)

    async def _respond(
        self, edition: Edition, plan: Plan, scope: Scope, receive: Receive, lines: Lines, body: bytes
    ) -> Response | Ready:
        query = plan.request.query
        if query is None:
            if plan.wanted is None:
                return self._pages.form(edition)
            response = self._description(edition, plan.endpoint, plan.wanted, plan.content_type)
            if scope["path"].endswith("/sparql") and plan.content_type == plan.wanted.content_type:
                twin = f"{scope.get('root_path', '')}/sparql.{GRAPH_SUFFIXES[plan.wanted]}"
                response.headers["Content-Location"] = twin
            return response
        if plan.request.update:
            raise await self._refused_update(plan, receive)
        if plan.key is None:
            outline = await self._answers.outline(query, plan.endpoint, receive)
            plan = self._planned(scope, lines, body, edition.version, outline)
        if plan.unchanged:
            return Response(status_code=304, headers=plan.headers)
        assert plan.key is not None and plan.outline is not None
        show = self._page_of(plan, plan.outline.form) if plan.wanted is None else None
        found, version = await self._answers.find(plan.key, scope, receive, show, lasting=plan.lasting)
        if version != edition.version:
            # A new version came in between: the headers are those of the version which answered.
            plan = self._planned(scope, lines, body, version, plan.outline)
        if isinstance(found, Kept):
            return Ready.of(plan, found)
        found.headers.update(plan.headers)
        return found

    def _page_of(self, plan: Plan, form: Form) -> Show:
        query = plan.request.query or ""
        show = self._pages.graph if form.gives_graph else self._pages.rows
        return lambda edition, body, count: bytes(show(edition, asked(plan.request), query, form, body, count).body)

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

    async def _refused_update(self, plan: Plan, receive: Receive) -> Refusal:
        """Why an update is refused: a worker reads it first, and one that is not correct is told so."""
        try:
            await self._answers.read_update(plan.request, plan.endpoint, receive)
        except QuerySyntaxError as problem:
            refusal = Refusal.of(problem)
            refusal.title = "The update is not correct SPARQL"
            return refusal
        return Refusal(403, "read-only", "The data cannot be changed here", "Updates are refused.", hint=CHANGED_HOW)

    def _refused(self, edition: Edition, query: str, refusal: Refusal, accept: str | None) -> Response:
        return self._pages.refused(edition, query, refusal) if wants_page(accept) else refusal.response(accept)


async def _send_ready(ready: Ready, scope: Scope, send: Send) -> None:
    whole: SendWhole | None = scope.get(WHOLE)
    if whole is None or not whole(send, ready):
        for message in ready.messages:
            await send(message)


async def _read(method: str, headers: Headers, receive: Receive, seconds: float, take: Take) -> bytes:
    """The body, which may not take for ever."""
    check_head(method, headers)
    if method in ("GET", "HEAD"):
        return b""
    try:
        async with asyncio.timeout(seconds):
            return await read_body(headers, receive, take=take)
    except TimeoutError as error:
        raise Refusal(
            408,
            "slow",
            "The request came too slowly",
            f"Its body was not complete after {seconds:g} seconds.",
            headers={"Connection": "close"},
        ) from error


def _query_of(scope: Scope, headers: Headers, body: bytes) -> str:
    """The query of a request for which there is no plan, to show it to whoever sent it."""
    try:
        return request_of(scope["method"], headers, scope["query_string"], body).query or ""
    except Refusal:
        return ""


def endpoint_of(scope: Scope, headers: Headers) -> str:
    """The IRI of this endpoint as the client sees it: the base of relative IRIs, and the subject of the
    description.
    """
    host = headers.get("host", "")
    if not HOST.fullmatch(host):
        host = "localhost"
    return f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}/sparql"
