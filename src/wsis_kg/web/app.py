"""The web application: the endpoint at once, all else behind it."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

from starlette.routing import Router

from wsis_kg.engine.cache import MEGABYTE, Cache
from wsis_kg.engine.limits import CACHE_MEGABYTES
from wsis_kg.engine.pool import Pool

from .address import PublicAddress
from .admin import admin_door
from .answers import Answers
from .figures import Figures, QueryLog
from .history import History
from .layouts import Layouts
from .offers import SUFFIXES
from .outgoing import outgoing
from .page import Pages
from .patience import Patience
from .protocol import SparqlEndpoint
from .proxies import THIS_MACHINE, Networks
from .rate import Rate
from .repeats import Repeats
from .shelf import Application as OverOneVersion
from .shelf import Shelf
from .speaking import Speaking

_log = logging.getLogger(__name__)
_SPARQL: Final = frozenset({"/sparql", *(f"/sparql.{suffix}" for suffix in SUFFIXES)})
OURS: Final = frozenset(
    (
        "", ".well-known", "changes", "deadlines", "desk", "differences", "doc", "dumps", "favicon", "graph",
        "healthz", "id", "language", "lineage", "logo", "metrics", "ontology", "opensearch", "problem", "quality",
        "rdf-graph-store", "readyz", "reconcile", "reporting", "robots", "search", "shapes", "sitemap", "sparql",
        "static", "timemap", "version", "void",
    )
)
"""What the first part of a path may be, suffixes apart: no public path can begin with one of them."""


def first_part(path: str) -> str:
    """The first part of a path, without its suffix."""
    first = path.removeprefix("/").partition("/")[0]
    return first if first.startswith(".") else first.partition(".")[0]


class Application:
    """The endpoint before any routing, the site behind it, and cross-origin headers on every answer, errors included.

    The site is made in a thread, begun with the server or by the first request for it: what it takes to import (FastAPI
    with pydantic, and most of our rooms) is as much as all else that a start takes, and no query needs it.
    """

    def __init__(
        self,
        sparql: SparqlEndpoint,
        figures: Figures,
        repeats: Repeats,
        public: PublicAddress,
        make_site: Callable[[], Any],
        living: Callable[[Any], contextlib.AbstractAsyncContextManager[None]],
    ) -> None:
        self.sparql = sparql
        self.figures = figures
        self.repeats = repeats
        self.public = public
        self._make_site = make_site
        self._making: asyncio.Future[Any] | None = None
        self._living = living

    @contextlib.asynccontextmanager
    async def living(self, _: Any = None) -> AsyncIterator[None]:
        """From its start to its end."""
        async with self._living(self):
            self.site()
            yield

    def site(self) -> "asyncio.Future[Any]":
        """The site, when it is made."""
        if self._making is None:
            self._making = asyncio.get_running_loop().run_in_executor(None, self._make_site)
            self._making.add_done_callback(_tell_failure)
        return self._making

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """What every answer gets is added outside of everything else: Starlette's own middleware leaves it out of an
        unhandled 500.
        """
        if scope["type"] != "http":
            await Router(lifespan=self.living)(scope, receive, send)
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

        # Whoever waits for it may leave; the others go on waiting.
        site = await asyncio.shield(self.site())
        try:
            await Speaking(site)(scope, receive, send_and_count)
        except Exception:
            # Starlette raises again what it has answered with 500, and uvicorn would cut the connection for it.
            if not complete:
                raise
            _log.exception("A page could not be made")


def _tell_failure(making: "asyncio.Future[Any]") -> None:
    """Nobody may ask for a page for a long time, and whoever runs this is to know at once."""
    if not making.cancelled() and making.exception() is not None:
        _log.error("The pages cannot be served", exc_info=making.exception())


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
    public = public or PublicAddress()
    first = public.prefix.removeprefix("/").partition("/")[0]
    if first_part(public.prefix) in OURS - {""}:
        raise ValueError(f"The public path cannot begin with /{first}, which is one of ours: choose another one.")

    def over_one_version(earlier: Pool) -> OverOneVersion:
        from .earlier import application_over

        return application_over(earlier, history, figures, per_client)

    def make_site() -> Any:
        from .site import create_site

        return create_site(
            pool, answers, pages, figures, history, shelf, layouts,
            scrapers=scrapers, contacts=contacts, rate=per_client,
        )

    @contextlib.asynccontextmanager
    async def living(_: Any) -> AsyncIterator[None]:
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
            layouts.close()
            await pool.close()
            figures.write_lines()

    history = History(pool)
    layouts = Layouts()
    shelf = Shelf(pool, over_one_version)
    repeats = Repeats(answers, figures, per_client)
    sparql = SparqlEndpoint(pool, pages, figures, answers, repeats, per_client, patience)
    return Application(sparql, figures, repeats, public, make_site, living)
