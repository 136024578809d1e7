"""The web application: the endpoint, the start page, and what tells a supervisor that all is well."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from wsis_kg import __version__
from wsis_kg.engine.cache import MEGABYTE, Cache
from wsis_kg.engine.limits import CACHE_MEGABYTES
from wsis_kg.engine.pool import Pool

from .address import PublicAddress
from .admin import admin_door
from .answers import Answers
from .assets import Assets
from .crawlers import Crawlers
from .dumps import Dumps
from .earlier import EarlierDocuments, application_over
from .figures import Figures, QueryLog
from .graph_store import GraphStore
from .history import History
from .home import Home
from .logo import logo
from .memento import TimeGate, TimeMap
from .offers import GRAPH_SUFFIXES, SUFFIXES
from .ontology import Vocabulary
from .outgoing import outgoing
from .page import STATIC, Pages
from .patience import Patience
from .plan import accept_of
from .problems import Refusal
from .protocol import SparqlEndpoint
from .proxies import THIS_MACHINE, Networks, came_through_proxy
from .quality import Quality
from .rate import Rate
from .reconciliation import PATHS as RECONCILIATION
from .reconciliation import Reconciliation
from .registers import Registers
from .repeats import Repeats
from .search import Search
from .shelf import Shelf
from .things import ThingDocument, ThingIdentity
from .versions import Versions
from .void_document import Examples, VoidDocument
from .well_known import WellKnown

_log = logging.getLogger(__name__)
_READ: Final = ["GET", "HEAD"]
PAGE_SUFFIXES: Final = ("html", *GRAPH_SUFFIXES.values())
_SPARQL: Final = frozenset({"/sparql", *(f"/sparql.{suffix}" for suffix in SUFFIXES)})


class Application(FastAPI):
    """FastAPI with the endpoint before its routing, and cross-origin headers on every answer, errors
    included.
    """

    sparql: SparqlEndpoint
    figures: Figures
    repeats: Repeats
    public: PublicAddress

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """What every answer gets is added outside of everything else: Starlette's own middleware leaves it out of an
        unhandled 500.
        """
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        scope = self.public.put_right(scope)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path in _SPARQL:
            await self.sparql(scope, receive, send)
        else:
            await self._page(path, scope, receive, outgoing(scope, send))

    async def _page(self, path: str, scope: Any, receive: Any, send: Any) -> None:
        """Anything but the endpoint. Counted here, whoever answers."""
        complete = False

        async def send_and_count(message: Any) -> None:
            nonlocal complete
            complete = message["type"] == "http.response.body" and not message.get("more_body", False)
            if message["type"] == "http.response.start":
                self.figures.answered(path, message["status"])
            await send(message)

        try:
            await super().__call__(scope, receive, send_and_count)
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
    cache_megabytes: int = CACHE_MEGABYTES,
    public: PublicAddress | None = None,
    metrics_from: Sequence[str] = THIS_MACHINE,
    patience: Patience | None = None,
    contacts: Sequence[str] = (),
    pages: Pages | None = None,
) -> Application:
    """The application over a pool, which is opened and closed with it; the data folder's current version is looked
    for anew every ``watch_seconds``. ``rate`` bounds the requests a second of one client, ``cache_megabytes`` the
    answers that are kept; ``metrics_from`` names the addresses and networks that are told the figures, ``contacts`` the
    URIs of whoever is to be told of a weakness; ``pages`` are those for people, where they are not the usual ones.
    Raises ValueError with a sentence for one that is none, and for a public address whose path is one of ours.
    """
    scrapers = Networks(metrics_from)
    pages = pages or Pages()
    cache = Cache(cache_megabytes * MEGABYTE)
    figures = Figures(pool, cache, query_log)
    answers = Answers(pool, cache, figures)
    per_client = None if rate is None else Rate(rate)
    history = History(pool)
    shelf = Shelf(pool, lambda earlier: application_over(earlier, history, figures, per_client))

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
            figures.write_lines()

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
    app.public = public or PublicAddress()
    app.repeats = Repeats(answers, figures, per_client)
    app.sparql = SparqlEndpoint(pool, pages, figures, answers, app.repeats, per_client, patience)
    graph_store = GraphStore(pool, answers, pages, per_client)
    void = VoidDocument(pool, answers, pages, history, per_client)
    examples = Examples(pool, answers, pages, per_client)
    dumps = Dumps(pool, answers, pages, per_client)
    registers = Registers(pool)
    vocabulary = Vocabulary(pool, answers, pages, registers, per_client)
    search = Search(pool, answers, pages, registers, per_client)
    crawlers = Crawlers(pool, answers, pages, registers, per_client)
    versions = Versions(pool, answers, pages, history, EarlierDocuments(shelf, history), per_client)
    documents = ThingDocument(pool, answers, pages, registers, per_client)
    reconciliation = Reconciliation(pool, answers, pages, registers, per_client)
    well_known = WellKnown(pool, answers, pages, contacts, per_client)
    app.router.routes += [
        Route("/rdf-graph-store", graph_store),
        Route("/graph/{name}", graph_store),
        Route("/.well-known/void", void),
        Route("/void", void),
        *(Route(f"/void.{suffix}", void) for suffix in GRAPH_SUFFIXES.values()),
        Route("/.well-known/sparql-examples/{name:path}", examples),
        Route("/id/{path:path}", ThingIdentity(pool, answers, pages, registers, per_client)),
        Route("/doc/{path:path}", TimeGate(documents, history, pages)),
        Route("/timemap/{path:path}", TimeMap(pool, answers, pages, history, per_client)),
        *(Route(path, versions) for path in ("/version", "/version/{path:path}", "/changes.atom")),
        *(Route(path, search) for path in ("/search", "/search.json", "/search/suggest", "/opensearch.xml")),
        *(Route(path, vocabulary) for path in ("/ontology", "/ontology/{version:path}", "/shapes")),
        *(Route(f"/{name}.{suffix}", vocabulary) for name in ("ontology", "shapes") for suffix in PAGE_SUFFIXES),
        *(Route(path, crawlers) for path in ("/robots.txt", "/sitemap.xml")),
        *(Route(path, reconciliation) for path in RECONCILIATION),
        *(Route(f"/.well-known/{name}", well_known) for name in ("security.txt", "api-catalog")),
        Route("/logo.svg", logo, methods=_READ),
        Route("/quality", Quality(pool, answers, pages, registers, per_client)),
        Route("/", Home(pool, answers, pages, registers, per_client)),
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
    async def metrics(request: Request) -> Response:
        # They tell how busy we are, which is nobody's business; and what a proxy passes on may be from anywhere.
        client = request.client.host if request.client is not None else ""
        if client not in scrapers or came_through_proxy(request.scope["headers"]):
            raise HTTPException(403, "The figures are told to whoever runs this, without a proxy in between")
        # In the event loop, to which all figures belong.
        text, media_type = figures.exposition()
        return Response(text, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    app.add_exception_handler(HTTPException, _refuse_with(pages))
    app.add_exception_handler(Exception, _fail_with(pages))
    first = app.public.prefix.split("/")[1:2]
    if first and first[0] in {path.split("/")[1] for path in (*_SPARQL, *_paths(app))}:
        raise ValueError(f"The public path cannot begin with /{first[0]}, which is one of ours: choose another one.")
    return app


def _paths(app: FastAPI) -> list[str]:
    return [route.path for route in app.routes if isinstance(route, Route)]


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
        root = f"{request.scope.get('root_path', '')}/"
        hint = f"The start page is at {root}, the SPARQL endpoint at {root}sparql."
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
    return pages.told(refusal, accept_of(request.headers), request.scope.get("root_path", ""))
