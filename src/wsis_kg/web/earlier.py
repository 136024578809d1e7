"""The documents of one version at /version/<v>/…: the same pages and data as at /…, over that version's statements."""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import Route, Router

from wsis_kg.engine.cache import Cache
from wsis_kg.engine.pool import Pool

from .answers import Answers
from .delivery import Send
from .figures import Figures
from .graph_store import GraphStore
from .history import History
from .memento import address_of, graph_headers, holding, memento_headers
from .outgoing import PREFLIGHT
from .page import EarlierVersion, Pages
from .protocol import SparqlEndpoint
from .rate import Rate
from .registers import Registers
from .repeats import Repeats
from .requests import Message, Receive, Scope
from .shelf import Application, Shelf
from .things import ThingDocument, ThingIdentity

_CACHE_BYTES: Final = 8_000_000
_ON_EVERY_ANSWER: Final = frozenset(name for name, _ in PREFLIGHT)
PARTS: Final = ("id", "doc", "graph", "sparql", "rdf-graph-store")
"""What each version has for itself; all else is of the site, and has no versions."""


def application_over(pool: Pool, history: History, figures: Figures, rate: Rate | None) -> Application:
    """What answers over an earlier version: things, documents, graphs, and queries."""

    def told() -> EarlierVersion:
        return EarlierVersion(pool.edition.version, history.current, history.date_of(pool.edition.version))

    pages = Pages(told)
    registers = Registers(pool)
    # Kept apart from the answers of the current version, which the cache forgets when another one comes.
    answers = Answers(pool, Cache(_CACHE_BYTES), figures)
    graph_store = GraphStore(pool, answers, pages, rate)
    sparql = SparqlEndpoint(pool, pages, figures, answers, Repeats(answers, figures, rate), rate)
    return Router(
        [
            Route("/id/{path:path}", ThingIdentity(pool, answers, pages, registers, rate)),
            Route("/doc/{path:path}", ThingDocument(pool, answers, pages, registers, history, rate=rate)),
            Route("/graph/{name}", graph_store),
            Route("/rdf-graph-store", graph_store),
            Route("/sparql", sparql),
            Route("/sparql.{suffix}", sparql),
        ]
    )


class EarlierDocuments:
    """Answers at /version/<v>/<part>/…: opens the version, and says of what it sends when that was so."""

    def __init__(self, shelf: Shelf, history: History) -> None:
        self._shelf = shelf
        self._history = history

    async def __call__(self, scope: Scope, receive: Receive, send: Send, version: str, path: str) -> None:
        """``path`` is that of the document from the start page of the version. Raises Refusal."""
        root, _ = address_of(scope, Headers(scope=scope))
        kept = await self._history.find(version)
        versions = await holding(self._history, path)
        added = memento_headers(root, path, kept, versions) if kept in versions else {}
        if path.startswith("graph/"):
            added = graph_headers(root, path, kept)

        async def send_with_time(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The endpoint has seen to these already, and whoever called us will.
                own = [line for line in message["headers"] if line[0] not in _ON_EVERY_ANSWER]
                headers = MutableHeaders(raw=own)
                for name, value in added.items() if message["status"] == 200 else ():
                    headers.append(name, value)
                message = {**message, "headers": headers.raw}
            await send(message)

        inner = {**scope, "root_path": f"{scope.get('root_path', '')}/version/{version}"}
        async with self._shelf.reading(version) as application:
            await application(inner, receive, send_with_time)
