"""What is read beside the endpoint: sets of triples with an address of their own, in any RDF format, GET and HEAD."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.responses import Response

from wsis_kg.engine.asked import ClientLeft, EngineFault
from wsis_kg.engine.cache import Key
from wsis_kg.engine.formats import GRAPH_FORMATS, Format, by_name
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.problems import QueryProblem
from wsis_kg.engine.wire import Edition, Question
from wsis_kg.views.languages import ENGLISH

from .answers import Answers
from .delivery import Send
from .offers import GRAPH_SUFFIXES, choice, offers, wants_page
from .page import Pages
from .parameter_names import check_names
from .plan import VARY, accept_of, coding_of, entity_tag, matches
from .problems import Refusal
from .protocol import endpoint_of
from .rate import Rate
from .requests import CHANGED_HOW, Parameters, Receive, Scope, read_parameters
from .speaking import spoken

_log = logging.getLogger(__name__)
_METHODS: Final = "GET, HEAD, OPTIONS"
_OFFERS: Final = offers(GRAPH_FORMATS)


@dataclass(frozen=True)
class Asked:
    """A request for triples, as far as all such requests are alike."""

    edition: Edition
    scope: Scope
    receive: Receive
    headers: Headers
    accept: str | None
    parameters: Parameters

    @property
    def endpoint(self) -> str:
        """The IRI of the endpoint on the host that was asked."""
        return endpoint_of(self.scope, self.headers)

    @property
    def root(self) -> str:
        """The path under which the whole application stands, ending in a slash."""
        return f"{self.scope.get('root_path', '')}/"

    @property
    def path(self) -> str:
        """The path from there."""
        path: str = self.scope["path"]
        return path.removeprefix(self.root)

    def values(self, name: str) -> list[str]:
        """The values of a parameter in the URL."""
        return [value for parameter, value in self.parameters if parameter == name]

    def value(self, name: str) -> str:
        """The one value of a parameter in the URL; empty if it has none. Raises Refusal (400) if there are two."""
        values = self.values(name)
        if len(values) > 1:
            raise Refusal(400, "request", "The request is not clear", f"The parameter {name} is given twice.")
        return values[0].strip() if values else ""

    def only(self, *names: str) -> None:
        """Raises Refusal (400) where the URL has a parameter of another name; those of trackers are passed over."""
        check_names(self.path, self.parameters, names)

    def as_of(self) -> date | None:
        """The day of reference, where one is given. Raises Refusal (400) for what is none."""
        given = self.value("as_of")
        try:
            return date.fromisoformat(given) if given else None
        except ValueError as error:
            detail = f"as_of is a day such as 2027-01-31, not “{given[:40]}”."
            raise Refusal(400, "request", "This is no day", detail) from error


class RdfResource(ABC):
    """A bare ASGI application that answers with triples, and tells every problem as the endpoint does."""

    def __init__(self, pool: Pool, answers: Answers, pages: Pages, rate: Rate | None = None) -> None:
        self.pool = pool
        self.answers = answers
        self.pages = pages
        self._rate = rate

    @abstractmethod
    async def answer(self, asked: Asked) -> Response:
        """The answer to a GET or HEAD. May raise Refusal, or whatever the evaluation of a query raises."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one answer; no exception leaves this."""
        headers = Headers(scope=scope)
        accept = accept_of(headers)
        edition = self.pool.edition
        try:
            response = await self._respond(edition, scope, receive, headers, accept)
        except ClientLeft:
            return
        except (QueryProblem, Refusal) as problem:
            refusal = problem if isinstance(problem, Refusal) else Refusal.of(problem)
            response = self.pages.told(refusal, accept, scope.get("root_path", ""))
        except Exception as error:
            if not isinstance(error, EngineFault):
                _log.exception("A request for triples failed")
            response = self.pages.told(Refusal.internal(), accept, scope.get("root_path", ""))
        response.headers.setdefault("Vary", VARY)
        response.headers.setdefault("Dataset-Version", edition.version)
        await response(scope, receive, send)

    async def _respond(
        self, edition: Edition, scope: Scope, receive: Receive, headers: Headers, accept: str | None
    ) -> Response:
        if scope["method"] == "OPTIONS":
            return Response(status_code=204, headers={"Allow": _METHODS})
        if self._rate is not None:
            self._rate.take(scope["client"][0] if scope.get("client") else "")
        if scope["method"] not in ("GET", "HEAD"):
            raise Refusal(
                405,
                "read-only",
                "The data cannot be changed here",
                f"{scope['method']} is refused: graphs can only be read.",
                hint=CHANGED_HOW,
                headers={"Allow": _METHODS},
            )
        parameters = read_parameters(scope["query_string"], "URL")
        return await self.answer(Asked(edition, scope, receive, headers, accept, parameters))

    def wanted(self, asked: Asked, suffix: str = "") -> tuple[Format | None, str]:
        """The format to send and its Content-Type; None for a browser that named no format. Raises Refusal (406)."""
        formats = tuple(value for name, value in asked.parameters if name in ("format", "output"))
        if not suffix and not formats and wants_page(asked.accept):
            return None, ""
        return choice(_OFFERS, asked.accept, formats, suffix)

    async def triples(self, asked: Asked, construct: str, suffix: str = "", *, has_twins: bool = True) -> Response:
        """The triples that the query constructs, streamed, with a tag known before evaluation.

        ``has_twins``: for each format there is an address that ends in its suffix. A browser is led to the page on
        which the query stands with its result.
        """
        wanted, content_type = self.wanted(asked, suffix)
        if wanted is None:
            return see_other(f"{asked.root}sparql?{urlencode({'query': construct})}")
        tag = tag_of(asked, construct, content_type)
        fresh = {"Cache-Control": "no-cache", "ETag": tag}
        if has_twins and not suffix and content_type == wanted.content_type:
            fresh["Content-Location"] = twin_of(asked, wanted)
        if matches(asked.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=fresh)
        question = Question(construct, wanted.name, asked.endpoint, ours=True)
        key = Key(asked.edition.version, question, coding_of(asked.headers).name)
        response, version = await self.answers.answer(key, asked.scope, asked.receive)
        if version != asked.edition.version:
            # A new version came in between: the tag would be that of the one before.
            del fresh["ETag"]
        response.headers.update({**fresh, "Content-Type": content_type, "Dataset-Version": version})
        return response

    async def kept(self, asked: Asked, what: str, content_type: str, make: Callable[[], Awaitable[bytes]]) -> Response:
        """A body that follows from the version and the address alone, made if it is not kept; tagged, 304 for free.

        ``what`` tells it from all others that this application makes; it begins with a slash, as no query does.
        """
        tag = tag_of(asked, what, content_type)
        fresh = {"Cache-Control": "no-cache", "ETag": tag}
        if matches(asked.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=fresh)
        question = Question(_in_language(what, content_type), content_type, asked.endpoint)
        key = Key(asked.edition.version, question, coding_of(asked.headers).name)
        response = await self.answers.made(key, make)
        if self.pool.edition.version != asked.edition.version:
            # A new version came in between: the tag would be that of the one before.
            del fresh["ETag"]
        response.headers.update({**fresh, "Content-Type": content_type})
        return response


def twin_of(asked: Asked, wanted: Format) -> str:
    """The address at which this very representation stands, whatever Accept says (RFC 9110, section 8.7)."""
    return f"{asked.root}{quote(asked.path)}.{GRAPH_SUFFIXES[wanted]}"


def see_other(address: str) -> Response:
    """A redirection to something that says it (RFC 9110, section 15.4.4)."""
    return Response(status_code=303, headers={"Location": address})


def tag_of(asked: Asked, what: str, content_type: str) -> str:
    """Known before evaluation. Raises Refusal (406) if the client takes none of our codings."""
    what = _in_language(what, content_type)
    return entity_tag(asked.edition.version, asked.endpoint, what, content_type, coding_of(asked.headers).name)


def _in_language(what: str, content_type: str) -> str:
    """Pages are in the language of whoever asks; all else is the same for everybody."""
    return f"{what}|{spoken()}" if content_type.startswith("text/html") and spoken() != ENGLISH else what


def split_suffix(name: str) -> tuple[str, str]:
    """A name without the suffix that says in which format it is wanted, and that suffix; empty if it has none."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, suffix) if dot and by_name(suffix, GRAPH_FORMATS) is not None else (name, "")
