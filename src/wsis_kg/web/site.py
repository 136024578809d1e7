"""All that is served beside the endpoint: which address leads to whom, routed by FastAPI."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from wsis_kg import __version__
from wsis_kg.engine.pool import Pool

from .answers import Answers
from .assets import Assets
from .crawlers import Crawlers
from .deadlines import DeadlinePages
from .desk import Desk
from .differences import PATHS as DIFFERENCES
from .differences import Differences
from .dumps import Dumps
from .earlier import EarlierDocuments
from .figures import Figures
from .graph_store import GraphStore
from .history import History
from .home import Home
from .language_switch import LanguageSwitch
from .layouts import Layouts
from .lineage import PATHS as LINEAGE
from .lineage import LineagePage
from .lineage_figure import Lineages
from .logo import logo
from .memento import TimeGate, TimeMap
from .offers import GRAPH_SUFFIXES
from .ontology import Vocabulary
from .page import STATIC, Pages
from .plan import accept_of
from .problem_kinds import ProblemKinds
from .problems import Refusal
from .proxies import Networks, came_through_proxy
from .quality import Quality
from .rate import Rate
from .reconciliation import PATHS as RECONCILIATION
from .reconciliation import Reconciliation
from .registers import Registers
from .reported import Reported
from .reporting import PATHS as REPORTING
from .reporting import Reporting
from .search import Search
from .shelf import Shelf
from .thing_figures import ThingFigures
from .things import ThingDocument, ThingIdentity
from .versions import Versions
from .void_document import Examples, VoidDocument
from .well_known import WellKnown

_READ: Final = ["GET", "HEAD"]
_ELSEWHERE: Final = {
    "/id": "doc",
    "/sparql/": "sparql",
    "/ontology/": "ontology",
    "/favicon.ico": "logo.svg",
}
"""What people and browsers ask for, and where it is."""
_PAGE_SUFFIXES: Final = ("html", *GRAPH_SUFFIXES.values())


def create_site(
    pool: Pool,
    answers: Answers,
    pages: Pages,
    figures: Figures,
    history: History,
    shelf: Shelf,
    layouts: Layouts,
    *,
    scrapers: Networks,
    contacts: Sequence[str],
    rate: Rate | None,
) -> FastAPI:
    """The application over a pool that somebody else opens and closes. ``scrapers`` are told the figures; ``contacts``
    are the URIs of whoever is to be told of a weakness.
    """
    # FastAPI's own documentation pages load from another host.
    site = FastAPI(title="wsis-kg", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    # Starlette would lead on to an address made of the header Host.
    site.router.redirect_slashes = False
    examples = Examples(pool, answers, pages, rate)
    dumps = Dumps(pool, answers, pages, rate)
    registers = Registers(pool)
    graph_store = GraphStore(pool, answers, pages, rate, registers)
    void = VoidDocument(pool, answers, pages, history, registers, rate)
    vocabulary = Vocabulary(pool, answers, pages, registers, rate)
    search = Search(pool, answers, pages, registers, rate)
    crawlers = Crawlers(pool, answers, pages, registers, rate)
    versions = Versions(pool, answers, pages, history, EarlierDocuments(shelf, history), rate)
    lineages = Lineages(pool, registers)
    lineage = LineagePage(pool, answers, pages, registers, lineages, rate)
    reported = Reported(pool)
    drawn = ThingFigures(pool, registers, lineages, reported, layouts)
    documents = ThingDocument(pool, answers, pages, registers, history, drawn, rate)
    reconciliation = Reconciliation(pool, answers, pages, registers, rate)
    differences = Differences(pool, answers, pages, registers, rate)
    deadlines = DeadlinePages(pool, answers, pages, registers, history, shelf, rate)
    reporting = Reporting(pool, answers, pages, registers, reported, layouts, rate)
    problem_kinds = ProblemKinds(pool, answers, pages, rate)
    well_known = WellKnown(pool, answers, pages, contacts, rate)
    site.router.routes += [
        Route("/rdf-graph-store", graph_store),
        Route("/graph/{name}", graph_store),
        Route("/.well-known/void", void),
        Route("/void", void),
        *(Route(f"/void.{suffix}", void) for suffix in GRAPH_SUFFIXES.values()),
        Route("/.well-known/sparql-examples/{name:path}", examples),
        *(Route(path, elsewhere(to), methods=_READ) for path, to in _ELSEWHERE.items()),
        Route("/doc", documents),
        Route("/id/{path:path}", ThingIdentity(pool, answers, pages, registers, rate)),
        Route("/doc/{path:path}", TimeGate(documents, history, pages)),
        Route("/timemap/{path:path}", TimeMap(pool, answers, pages, history, rate)),
        *(Route(path, versions) for path in ("/version", "/version/{path:path}", "/changes.atom")),
        *(Route(path, search) for path in ("/search", "/search.json", "/search/suggest", "/opensearch.xml")),
        *(Route(path, vocabulary) for path in ("/ontology", "/ontology/{version:path}", "/shapes")),
        *(Route(f"/{name}.{suffix}", vocabulary) for name in ("ontology", "shapes") for suffix in _PAGE_SUFFIXES),
        *(Route(path, crawlers) for path in ("/robots.txt", "/sitemap.xml")),
        *(Route(path, differences) for path in DIFFERENCES),
        *(Route(path, reporting) for path in REPORTING),
        *(Route(path, reconciliation) for path in RECONCILIATION),
        *(Route(f"/.well-known/{name}", well_known) for name in ("security.txt", "api-catalog")),
        Route("/logo.svg", logo, methods=_READ),
        *(Route(path, problem_kinds) for path in ("/problem", "/problem/{name:path}")),
        *(Route(path, deadlines) for path in ("/deadlines", "/deadlines.ics", "/deadlines.atom")),
        *(Route(path, lineage) for path in LINEAGE),
        Route("/language/{tag}", LanguageSwitch(pool, answers, pages, rate)),
        Route("/desk.json", Desk(pool, answers, pages, registers, rate)),
        Route("/quality", Quality(pool, answers, pages, registers, rate)),
        Route("/", Home(pool, answers, pages, registers, reported, rate)),
        Route("/dumps", dumps),
        Route("/dumps/{file:path}", dumps),
        Mount("/static", Assets(directory=STATIC)),
    ]

    @site.api_route("/healthz", methods=_READ)
    def healthz() -> Response:
        return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})

    @site.api_route("/readyz", methods=_READ)
    async def readyz() -> Response:
        state = {
            "ready": pool.ready,
            "version": pool.edition.version,
            "quads": pool.edition.quads,
            "workers": len(pool.workers),
        }
        return JSONResponse(state, 200 if pool.ready else 503, headers={"Cache-Control": "no-store"})

    @site.api_route("/metrics", methods=_READ)
    async def metrics(request: Request) -> Response:
        # They tell how busy we are, which is nobody's business; and what a proxy passes on may be from anywhere.
        client = request.client.host if request.client is not None else ""
        if client not in scrapers or came_through_proxy(request.scope["headers"]):
            raise HTTPException(403, "The figures are told to whoever runs this, without a proxy in between")
        # In the event loop, to which all figures belong.
        text, media_type = figures.exposition()
        return Response(text, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    site.add_exception_handler(HTTPException, _refuse_with(pages))
    site.add_exception_handler(Exception, _fail_with(pages))
    return site


def elsewhere(to: str) -> Callable[[Request], Awaitable[Response]]:
    """Leads for good to another address of ours, with the same parameters (RFC 9110, section 15.4.9)."""

    async def lead(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        root = request.scope.get("app_root_path", request.scope.get("root_path", ""))
        return Response(status_code=308, headers={"Location": f"{root}/{to}{query}"})

    return lead


def _refuse_with(pages: Pages) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def refuse(request: Request, error: Exception) -> Response:
        """Starlette's own refusals (404, 405), told as ours are; and an answer to OPTIONS, which it has none for."""
        assert isinstance(error, HTTPException)
        detail, headers = f"{error.detail}.", dict(error.headers or {})
        root = f"{request.scope.get('app_root_path', request.scope.get('root_path', ''))}/"
        if error.status_code == 404:
            path = request.scope["path"].removeprefix(root.rstrip("/"))
            other = path.rstrip("/") if path.endswith("/") else f"{path}/"
            if any(isinstance(route, Route) and route.path == other for route in request.app.routes):
                return await elsewhere(other.lstrip("/"))(request)
            detail = f"There is nothing at {request.url.path}."
        elif error.status_code == 405:
            headers["Allow"] = ", ".join((*_READ, "OPTIONS"))
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=headers)
            detail = f"{request.method} means nothing here."
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
    # Below the files for browsers, the root is that of the folder.
    root = request.scope.get("app_root_path", request.scope.get("root_path", ""))
    return pages.told(refusal, accept_of(request.headers), root)
