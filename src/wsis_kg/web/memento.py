"""Documents as they were: RFC 7089. /doc negotiates in time (it is its own TimeGate), /timemap/doc/… lists what there
is, /version/<v>/doc/… is the memento. Only versions of which it is known when they were published take part.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from wsis_kg.engine.formats import DOCUMENT_FORMATS, by_name
from wsis_kg.engine.pool import Pool
from wsis_kg.names import BASE
from wsis_kg.workshop.records import Kept

from .answers import Answers
from .delivery import Send
from .history import History
from .page import Pages
from .problems import Refusal
from .protocol import endpoint_of
from .rate import Rate
from .rdf_resource import Asked, RdfResource
from .requests import Message, Receive, Scope

LINK_FORMAT: Final = "application/link-format"
_TIMED: Final = (200, 304, 303)


class TimeGate:
    """/doc, which leads to the document as it was where Accept-Datetime asks for that (RFC 7089, section 4.1.1)."""

    def __init__(self, document: RdfResource, history: History, pages: Pages) -> None:
        """``document`` answers for the version that is served."""
        self._document = document
        self._history = history
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """302 to the memento; else the document itself, with links to what there is of it."""
        headers = Headers(scope=scope)
        root, path = address_of(scope, headers)
        versions = await self._holding(path)
        if not versions:
            await self._document(scope, receive, send)
            return
        asked = headers.get("accept-datetime")
        if asked is not None and scope["method"] in ("GET", "HEAD"):
            response = self._elsewhere(asked, root, path, versions, headers.get("accept"), scope)
            await response(scope, receive, send)
            return

        async def send_with_time(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in _TIMED:
                added = MutableHeaders(raw=list(message["headers"]))
                added.add_vary_header("Accept-Datetime")
                added.append("Link", ", ".join(_links(root, path, versions)))
                message = {**message, "headers": added.raw}
            await send(message)

        await self._document(scope, receive, send_with_time)

    async def _holding(self, path: str) -> list[Kept]:
        """The versions with a date that say something about what the document is about."""
        return await holding(self._history, path)

    def _elsewhere(
        self, asked: str, root: str, path: str, versions: Sequence[Kept], accept: str | None, scope: Scope
    ) -> Response:
        links = ", ".join(_links(root, path, versions))
        try:
            moment = parse_moment(asked)
        except ValueError:
            refusal = Refusal(
                400,
                "request",
                "This is no time",
                f"Accept-Datetime is “{asked[:60]}”.",
                hint=f"Write it as in {http_date(datetime(2027, 1, 31, 12, tzinfo=UTC))}.",
                headers={"Link": links},
            )
            return self._pages.told(refusal, accept, scope.get("root_path", ""))
        chosen = nearest(versions, moment)
        location = f"{scope.get('root_path', '')}/version/{chosen.name}/{quote(path)}"
        return Response(
            status_code=302,
            headers={"Location": location, "Vary": "Accept-Datetime", "Link": links, "Cache-Control": "no-cache"},
        )


class TimeMap(RdfResource):
    """/timemap/doc/<noun>/<slug>: which mementos of a document there are (RFC 7089, section 5)."""

    def __init__(self, pool: Pool, answers: Answers, pages: Pages, history: History, rate: Rate | None = None) -> None:
        super().__init__(pool, answers, pages, rate)
        self._history = history

    async def answer(self, asked: Asked) -> Response:
        """The list. Raises Refusal (404) where no version with a date holds the thing."""
        root = asked.endpoint.removesuffix("sparql")
        path = asked.path.removeprefix("timemap/")
        versions = await holding(self._history, path)
        if not versions:
            raise Refusal(
                404,
                "unknown",
                "There are no earlier states of this",
                f"No version of which it is known when it was published says anything at {path[:120]}.",
                hint="All versions that are kept here are at /version/, those without a date among them.",
            )
        first, last = (_moment(one) for one in (versions[0], versions[-1]))
        self_link = f'<{root}timemap/{quote(path)}>; rel="self"; type="{LINK_FORMAT}"; from="{first}"; until="{last}"'
        lines = [_link(root + quote(path), "original timegate"), self_link, *_mementos(root, path, versions)]
        body = ",\n".join(lines) + "\n"
        return Response(body, headers={"Content-Type": LINK_FORMAT, "Cache-Control": "no-cache"})


async def holding(history: History, path: str) -> list[Kept]:
    """The versions with a date that say something about what the document at ``doc/<noun>/<slug>`` is about."""
    start, _, thing = path.partition("/")
    stem, dot, suffix = thing.rpartition(".")
    if dot and (suffix == "html" or by_name(suffix, DOCUMENT_FORMATS) is not None):
        thing = stem
    noun, _, slug = thing.partition("/")
    if start != "doc" or not noun or not slug:
        return []
    return [one for one in await history.dated() if await history.holds(one, f"{BASE}id/{thing}")]


def memento_headers(root: str, path: str, version: Kept, versions: Sequence[Kept]) -> dict[str, str]:
    """What tells that a document is one as it was; nothing for a version without a date, which is no memento.

    ``versions`` are those that hold it; ``path`` is that of the original.
    """
    if version.published is None:
        return {}
    return {"Memento-Datetime": _moment(version), "Link": ", ".join(_links(root, path, versions))}


def graph_headers(root: str, path: str, version: Kept) -> dict[str, str]:
    """The same for a named graph, which has mementos but no TimeGate."""
    if version.published is None:
        return {}
    return {"Memento-Datetime": _moment(version), "Link": _link(root + quote(path), "original")}


def _links(root: str, path: str, versions: Sequence[Kept]) -> list[str]:
    timemap = f'<{root}timemap/{quote(path)}>; rel="timemap"; type="{LINK_FORMAT}"'
    ends = _mementos(root, path, versions)
    # All of them stand in the TimeMap; the first and the last are what clients look for here.
    return [_link(root + quote(path), "original timegate"), timemap, *dict.fromkeys((ends[0], ends[-1]))]


def _mementos(root: str, path: str, versions: Sequence[Kept]) -> list[str]:
    lines = []
    for number, one in enumerate(versions, 1):
        rel = f"{'first ' if number == 1 else ''}{'last ' if number == len(versions) else ''}memento"
        lines.append(f'{_link(f"{root}version/{one.name}/{quote(path)}", rel)}; datetime="{_moment(one)}"')
    return lines


def _link(address: str, rel: str) -> str:
    return f'<{address}>; rel="{rel}"'


def nearest(versions: Sequence[Kept], moment: datetime) -> Kept:
    """What was there at a time: the last version before it, or the first one if it is earlier than all."""
    until = [one for one in versions if one.published is not None and one.published <= moment]
    return until[-1] if until else versions[0]


def address_of(scope: Scope, headers: Headers) -> tuple[str, str]:
    """The address of the start page as the client sees it, and the path from there."""
    path: str = scope["path"]
    return endpoint_of(scope, headers).removesuffix("sparql"), path.removeprefix(f"{scope.get('root_path', '')}/")


def parse_moment(text: str) -> datetime:
    """The value of Accept-Datetime (RFC 7089, section 2.1.1.1: in GMT). Raises ValueError."""
    moment = parsedate_to_datetime(text)
    if moment.tzinfo is None or not text.rstrip().endswith("GMT"):
        raise ValueError(text)
    return moment


def http_date(moment: datetime) -> str:
    """A time as HTTP writes it (RFC 9110, section 5.6.7)."""
    return format_datetime(moment, usegmt=True)


def _moment(version: Kept) -> str:
    assert version.published is not None
    return http_date(version.published)
