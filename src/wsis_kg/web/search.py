"""Search: /search as a page and as JSON, its OpenSearch description, and suggestions while somebody types."""

import json
from html import escape
from typing import Any, Final
from urllib.parse import urlencode

import anyio.to_thread
from markupsafe import Markup
from starlette.responses import Response

from wsis_kg.engine.pool import Pool
from wsis_kg.views.register import Register
from wsis_kg.views.search_index import MARK_END, MARK_START, Found

from .answers import Answers
from .offers import wants_page
from .page import HEADERS, Pages
from .plan import matches
from .problems import Refusal
from .rate import Rate
from .rdf_resource import Asked, RdfResource, see_other, tag_of
from .registers import Registers
from .speaking import language_mark, spoken

_LONGEST: Final = 500
_MOST: Final = 50
"""On one page."""
_LAST_PAGE: Final = 8
_MOST_SUGGESTED: Final = 8
_MOST_NEAR: Final = 3
"""How many names are offered in place of one that nothing has."""
_DESCRIPTION: Final = """<?xml version="1.0" encoding="UTF-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
  <ShortName>wsis-kg</ShortName>
  <Description>Institutions and mandates of the World Summit on the Information Society</Description>
  <InputEncoding>UTF-8</InputEncoding>
  <Image width="64" height="64" type="image/svg+xml">{root}logo.svg</Image>
  <Url type="text/html" template="{root}search?q={{searchTerms}}"/>
  <Url type="application/json" template="{root}search.json?q={{searchTerms}}"/>
  <Url type="application/x-suggestions+json" rel="suggestions" template="{root}search/suggest?q={{searchTerms}}"/>
  <Url type="application/opensearchdescription+xml" rel="self" template="{root}opensearch.xml"/>
</OpenSearchDescription>
"""


class Search(RdfResource):
    """/search, /search.json, /search/suggest and /opensearch.xml."""

    def __init__(
        self, pool: Pool, answers: Answers, pages: Pages, registers: Registers, rate: Rate | None = None
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers

    async def answer(self, asked: Asked) -> Response:
        """What was found; for a text that names one thing beyond doubt, that thing. Raises Refusal (400)."""
        root = asked.endpoint.removesuffix("sparql")
        if asked.path == "opensearch.xml":
            body = _DESCRIPTION.format(root=escape(root))
            return Response(body, media_type="application/opensearchdescription+xml")
        asked.only("q", "noun", "page")
        text = _one(asked, "q")
        nouns = asked.values("noun")
        number = _page_number(asked)
        content_type = "text/html" if asked.path == "search" and wants_page(asked.accept) else "application/json"
        named = [("path", asked.path), ("q", text), ("page", str(number)), *(("noun", noun) for noun in nouns)]
        what = urlencode(named)
        tag = tag_of(asked, what, content_type)
        fresh = {"Cache-Control": "no-cache", "ETag": tag}
        if matches(asked.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=fresh)
        register, index = await self._registers.current(), await self._registers.index()
        if asked.path == "search/suggest":
            found = await anyio.to_thread.run_sync(index.find, text, nouns, _MOST_SUGGESTED)
            return _json(_suggestions(text, found, register, root), "application/x-suggestions+json", fresh)
        straight = index.straight(text) if not nouns and number == 1 else None
        if straight is not None and content_type == "text/html":
            path, place = register.home(straight)
            return see_other(f"{asked.root}{path}{'#' + place if place else ''}")
        found = await anyio.to_thread.run_sync(index.find, text, nouns, _MOST * number + 1)
        following = ""
        if len(found) > _MOST * number and number < _LAST_PAGE:
            following = urlencode([("q", text), *(("noun", noun) for noun in nouns), ("page", str(number + 1))])
        found = found[_MOST * (number - 1) : _MOST * number]
        if content_type == "application/json":
            told = {"query": text, "exact": straight, "results": [_told(one, register, root) for one in found]}
            if following:
                told["next"] = f"{root}search.json?{following}"
            return _json(told, content_type, fresh)
        without = index.without(text) if number == 1 else None
        page = await anyio.to_thread.run_sync(self._page, text, found, register, number, following, without)
        return Response(page, headers={**HEADERS, **fresh}, media_type="text/html")

    def _page(
        self,
        text: str,
        found: list[Found],
        register: Register,
        number: int,
        following: str,
        without: tuple[str, str] | None,
    ) -> bytes:
        register = register.in_language(spoken())
        shown = [
            {
                "marked": language_mark(register, one.iri),
                "name": register.name(one.iri),
                "noun": register.entries[one.iri].noun.replace("-", " "),
                "path": register.home(one.iri)[0],
                "snippet": _marked(one.snippet),
            }
            for one in found
        ]
        return self.pages.render(
            "search.html",
            text=text,
            found=shown,
            first=_MOST * (number - 1) + 1,
            following=following,
            without=(register.short(without[0]), register.home(without[0])[0], without[1]) if without else None,
            near=[(register.name(one.iri), register.home(one.iri)[0]) for one in register.near("", text, _MOST_NEAR)]
            if not found and number == 1
            else [],
            is_last=number == _LAST_PAGE,
        )


def _one(asked: Asked, name: str) -> str:
    values = asked.values(name)
    if len(values) > 1:
        raise Refusal(400, "request", "The search is not clear", f"The parameter {name} is given twice.")
    text = values[0].strip() if values else ""
    if len(text) > _LONGEST:
        raise Refusal(400, "request", "The search is too long", f"A search may have {_LONGEST} characters.")
    return text


def _page_number(asked: Asked) -> int:
    given = asked.value("page") or "1"
    if given not in map(str, range(1, _LAST_PAGE + 1)):
        detail = f"page is a number from 1 to {_LAST_PAGE}, not “{given[:40]}”."
        raise Refusal(400, "request", "There is no such page", detail)
    return int(given)


def _marked(snippet: str) -> Markup:
    """A snippet as HTML: all of it escaped, the words found marked."""
    safe = escape(snippet)
    return Markup(safe.replace(MARK_START, "<mark>").replace(MARK_END, "</mark>"))


def _told(found: Found, register: Register, root: str) -> dict[str, Any]:
    entry = register.entries[found.iri]
    return {
        "iri": found.iri,
        "name": register.name(found.iri),
        "noun": entry.noun,
        "page": root + register.home(found.iri)[0],
        "snippet": found.snippet.replace(MARK_START, "").replace(MARK_END, ""),
        "score": round(found.score, 3),
    }


def _suggestions(text: str, found: list[Found], register: Register, root: str) -> list[Any]:
    return [
        text,
        [register.name(one.iri) for one in found],
        [register.entries[one.iri].noun for one in found],
        [root + register.home(one.iri)[0] for one in found],
    ]


def _json(body: Any, media_type: str, headers: dict[str, str]) -> Response:
    text = json.dumps(body, ensure_ascii=False, indent=1)
    return Response(text.encode(), headers={**headers, "Content-Type": media_type})
