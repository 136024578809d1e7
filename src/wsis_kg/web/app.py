"""The web application: the endpoint, the start page, and what tells a supervisor that all is well."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from wsis_kg import __version__
from wsis_kg.engine.pool import Pool

from .admin import admin_door
from .assets import Assets
from .crawlers import Crawlers
from .dumps import Dumps
from .earlier import EarlierDocuments, application_over
from .figures import Figures, QueryLog
from .graph_store import GraphStore
from .history import History
from .home import Home
from .memento import TimeGate, TimeMap
from .offers import GRAPH_SUFFIXES, SUFFIXES, wants_page
from .ontology import Vocabulary
from .page import STATIC, Pages
from .problems import Refusal
from .protocol import SparqlEndpoint
from .quality import Quality
from .rate import Rate
from .registers import Registers
from .requests import METHODS
from .search import Search
from .shelf import Shelf
from .things import ThingDocument, ThingIdentity
from .versions import Versions
from .void_document import Examples, VoidDocument

_log = logging.getLogger(__name__)
CROSS_ORIGIN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Link, Location, Content-Location, ETag, Last-Modified, Retry-After, Memento-Datetime, Dataset-Version, "
        "Accept-Ranges, Content-Range, Content-Disposition"
    ),
}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": (
        "Content-Type, Accept, Accept-Language, Accept-Datetime, Accept-Profile, Authorization, "
        "If-None-Match, If-Range, Range, X-Request-Id"
    ),
    "Access-Control-Max-Age": "86400",
}
_READ: Final = ["GET", "HEAD"]
PAGE_SUFFIXES: Final = ("html", *GRAPH_SUFFIXES.values())
_SPARQL: Final = frozenset({"/sparql", *(f"/sparql.{suffix}" for suffix in SUFFIXES)})


class Application(FastAPI):
    """FastAPI with the endpoint before its routing, and cross-origin headers on every answer, errors
    included.
    """

    sparql: SparqlEndpoint
    figures: Figures

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Adds the headers outside of everything else: Starlette's own middleware leaves them out of an
        unhandled 500.
        """
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        own = dict(CROSS_ORIGIN)
        if scope["method"] == "OPTIONS":
            own |= _PREFLIGHT
        own["X-Content-Type-Options"] = "nosniff"
        added = [(name.lower().encode(), value.encode()) for name, value in own.items()]

        path = scope["path"].removeprefix(scope.get("root_path", ""))

        complete = False

        async def send_with_headers(message: Any) -> None:
            nonlocal complete
            complete = message["type"] == "http.response.body" and not message.get("more_body", False)
            if message["type"] == "http.response.start":
                self.figures.answered(path, message["status"])
                message = {**message, "headers": [*message.get("headers", []), *added]}
            await send(message)

        if path in _SPARQL:
            await self.sparql(scope, receive, send_with_headers)
        else:
            try:
                await super().__call__(scope, receive, send_with_headers)
            except Exception:
                # Starlette raises again what it has answered with 500, and uvicorn would cut the connection for it.
                if not complete:
                    raise
                _log.exception("A page could not be made")


def create_app(
    pool: Pool,
    *,
    watch_seconds: float = 1.0,
    rate: float | None = None,
    query_log: QueryLog = "off",
    pages: Pages | None = None,
) -> Application:
    """The application over a pool, which is opened and closed with it; the data folder's current version is looked
    for anew every ``watch_seconds``. ``rate`` bounds the requests a second of one client. ``pages`` are those for
    people, where they are not the usual ones.
    """
    pages = pages or Pages()
    figures = Figures(pool, query_log)
    per_client = None if rate is None else Rate(rate)
    history = History(pool)
    shelf = Shelf(pool, lambda earlier: application_over(earlier, history, per_client))

    @contextlib.asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        await pool.open()
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(pool.follow(watch_seconds)), loop.create_task(shelf.tidy())]
        try:
            async with admin_door(pool, shelf):
                yield
        finally:
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            await pool.close()

    # FastAPI's own documentation pages load from another host.
    app = Application(
        title="wsis-kg",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=living,
    )
    app.figures = figures
    app.sparql = SparqlEndpoint(pool, pages, per_client)
    graph_store = GraphStore(pool, pages, per_client)
    void = VoidDocument(pool, pages, history, per_client)
    registers = Registers(pool)
    vocabulary = Vocabulary(pool, pages, registers, per_client)
    search = Search(pool, pages, registers, per_client)
    examples = Examples(pool, pages, per_client)
    dumps = Dumps(pool, pages, per_client)
    versions = Versions(pool, pages, history, EarlierDocuments(shelf, history), per_client)
    app.router.routes += [
        Route("/rdf-graph-store", graph_store),
        Route("/graph/{name}", graph_store),
        Route("/.well-known/void", void),
        Route("/void", void),
        *(Route(f"/void.{suffix}", void) for suffix in GRAPH_SUFFIXES.values()),
        Route("/.well-known/sparql-examples/{name:path}", examples),
        Route("/id/{path:path}", ThingIdentity(pool, pages, registers, per_client)),
        Route("/doc/{path:path}", TimeGate(ThingDocument(pool, pages, registers, per_client), history, pages)),
        Route("/timemap/{path:path}", TimeMap(pool, pages, history, per_client)),
        *(Route(path, versions) for path in ("/version", "/version/{path:path}", "/changes.atom")),
        *(Route(path, search) for path in ("/search", "/search.json", "/search/suggest", "/opensearch.xml")),
        *(Route(path, vocabulary) for path in ("/ontology", "/ontology/{version:path}", "/shapes")),
        *(Route(f"/{name}.{suffix}", vocabulary) for name in ("ontology", "shapes") for suffix in PAGE_SUFFIXES),
        *(Route(path, Crawlers(pool, pages, registers, per_client)) for path in ("/robots.txt", "/sitemap.xml")),
        Route("/quality", Quality(pool, pages, registers, per_client)),
        Route("/", Home(pool, pages, registers, per_client)),
        Route("/dumps", dumps),
        Route("/dumps/{file:path}", dumps),
        Mount("/static", Assets(directory=STATIC)),
    ]

    @app.api_route("/healthz", methods=_READ)
    def healthz() -> Response:
        return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})

    @app.api_route("/readyz", methods=_READ)
    async def readyz() -> Response:
        state = {
            "ready": pool.ready,
            "version": pool.edition.version,
            "quads": pool.edition.quads,
            "workers": len(pool.workers),
        }
        return JSONResponse(state, 200 if pool.ready else 503, headers={"Cache-Control": "no-store"})

    @app.api_route("/metrics", methods=_READ)
    async def metrics() -> Response:
        # In the event loop, to which all figures belong.
        text, media_type = figures.exposition()
        return Response(text, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    app.add_exception_handler(HTTPException, _refuse_with(pages))
    app.add_exception_handler(Exception, _fail_with(pages))
    return app


def _refuse_with(pages: Pages) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def refuse(request: Request, error: Exception) -> Response:
        """Starlette's own refusals (404, 405), told as ours are; and an answer to OPTIONS, which it has none for."""
        assert isinstance(error, HTTPException)
        detail, headers = f"{error.detail}.", dict(error.headers or {})
        if error.status_code == 404:
            detail = f"There is nothing at {request.url.path}."
        elif error.status_code == 405:
            headers["Allow"] = ", ".join((*_READ, "OPTIONS"))
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=headers)
            detail = f"{request.method} means nothing here."
        hint = "The start page is at /, the SPARQL endpoint at /sparql."
        return _told(
            pages, request, Refusal(error.status_code, "http", str(error.detail), detail, hint=hint, headers=headers)
        )

    return refuse


def _fail_with(pages: Pages) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def fail(request: Request, _: Exception) -> Response:
        """What nobody foresaw; Starlette raises it again once it is answered, for the log."""
        return _told(pages, request, Refusal.internal())

    return fail


def _told(pages: Pages, request: Request, refusal: Refusal) -> Response:
    accept = request.headers.get("accept")
    root = f"{request.scope.get('root_path', '')}/"
    return pages.error(refusal, root) if wants_page(accept) else refusal.response(accept)
