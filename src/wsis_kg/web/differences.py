"""/differences: where documents disagree, each difference with the words of both; the same rows as JSON and as CSV."""

from typing import Any, Final
from urllib.parse import urlencode

import anyio.to_thread
from starlette.responses import Response

from wsis_kg.citation import LICENCE
from wsis_kg.engine.pool import Pool
from wsis_kg.views.difference_figure import draw
from wsis_kg.views.differences import Chosen, Difference, Side, by_provision, read_differences
from wsis_kg.views.register import Register

from .answers import Answers
from .difference_choice import NOUNS, PAGE, Unknown, brief, facets, one_value, query_of, read_choice, refuse
from .difference_rows import COLUMNS, as_csv, as_json, rows
from .negotiation import Offer, choose
from .page import HEADERS, Pages
from .problems import Refusal
from .rate import Rate
from .rdf_resource import Asked, RdfResource
from .registers import PerVersion, Registers, ask, page_questions, plain_rows

PATHS: Final = ("/differences", "/differences.json", "/differences.csv")
_TITLE: Final = "Where documents disagree"
_ON_A_PAGE: Final = 20
"""Provisions."""
_OFFERS: Final = [Offer("text/html", "html"), Offer("application/json", "json"), Offer("text/csv", "csv")]
_CONTENT_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
}


class Differences(RdfResource):
    """The page, and its rows for programs. Its filters choose among the rows of one query."""

    def __init__(
        self, pool: Pool, answers: Answers, pages: Pages, registers: Registers, rate: Rate | None = None
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers
        self._all = PerVersion(pool, self._read)

    async def answer(self, asked: Asked) -> Response:
        """What was chosen. Raises Refusal: 400 for a parameter that nothing here reads, and for a filter with an
        unknown value where no person asks; 406.
        """
        asked.only(*NOUNS, PAGE)
        wanted = asked.path.partition(".")[2] or _negotiated(asked)
        register, differences = await self._registers.current(), await self._all.current()
        chosen, unknown = read_choice(asked, register)
        count = len(by_provision(one for one in differences if chosen.fits(one)))
        page, wrong_page = _page_number(asked, count)
        unknown += wrong_page if wanted == "html" else []
        if unknown and wanted != "html":
            raise refuse(unknown, differences)
        if unknown:
            body = await anyio.to_thread.run_sync(self._page, asked, register, differences, chosen, 1, unknown)
            return Response(body, 400, {**HEADERS, "Cache-Control": "no-store"}, "text/html")

        async def make() -> bytes:
            if wanted == "html":
                return await anyio.to_thread.run_sync(self._page, asked, register, differences, chosen, page, [])
            return await anyio.to_thread.run_sync(self._rows, asked, register, differences, chosen, wanted)

        what = f"/differences.{wanted}{query_of(chosen, page)}"
        response = await self.kept(asked, what, _CONTENT_TYPES[wanted], make)
        response.headers.update(HEADERS if wanted == "html" else {"Vary": "Accept"})
        return response

    async def _read(self) -> list[Difference]:
        register = await self._registers.current()
        table, _ = await ask(self.pool, page_questions()["differences"].text)
        return await anyio.to_thread.run_sync(lambda: read_differences(plain_rows(table), register))

    def _rows(
        self, asked: Asked, register: Register, differences: list[Difference], chosen: Chosen, wanted: str
    ) -> bytes:
        root = asked.endpoint.removesuffix("sparql")
        found = rows((one for one in differences if chosen.fits(one)), register, root)
        if wanted == "csv":
            return as_csv(found, COLUMNS)
        address = f"{root}differences{query_of(chosen)}"
        about = {
            "title": _TITLE,
            "page": address,
            "version": asked.edition.version,
            "licence": LICENCE,
            "cite": _citation(asked, address),
            "filters": {name: iri for name, iri in chosen.given().items() if iri},
        }
        return as_json(found, about)

    def _page(
        self,
        asked: Asked,
        register: Register,
        differences: list[Difference],
        chosen: Chosen,
        page: int,
        unknown: list[Unknown],
    ) -> bytes:
        found = [one for one in differences if chosen.fits(one)]
        provisions = by_provision(found)
        # Among files there is nobody to answer for another page: all stands on one.
        size = _ON_A_PAGE if self.pages.served else max(len(provisions), 1)
        text = page_questions()["differences"].text
        query = query_of(chosen)
        kinds = {one.kind: (one.kind_name, one.kind_means) for one in differences}
        used = {side.document: side for one in differences for side in (one.departs, one.against)}
        content: dict[str, Any] = {
            "title": _TITLE,
            "r": register,
            "all": differences,
            "found": found,
            "chosen": {name: brief(iri, register) for name, iri in chosen.given().items() if iri},
            "chosen_kind_means": kinds.get(chosen.kind, ("", ""))[1],
            "passed": _passed_by(differences, chosen, register) if not found else [],
            "unknown": unknown,
            "facets": facets(differences, chosen, register),
            "figure": draw(differences, {document: brief(document, register) for document in used}),
            "link": lambda **values: f"differences{query_of(Chosen(**values))}",
            "kinds": sorted(kinds.values()),
            "never": sorted(
                register.name(entry.iri)
                for entry in register.entries.values()
                if entry.noun == "difference-kind" and entry.iri not in kinds
            ),
            "official": sorted({register.short(one) for one, side in used.items() if side.is_official}),
            "documents": [(register.name(one), register.home(one)[0]) for one in sorted(used)],
            "provisions": [] if unknown else provisions[(page - 1) * size : page * size],
            "count": len(provisions),
            "page": page,
            "pages": [f"differences{query_of(chosen, one + 1)}" for one in range(-(-len(provisions) // size))],
            "place": lambda side: _place(side, register),
            "called": lambda side: _called(side, register),
            "concern": lambda iri: _concern(iri, register),
            "href": lambda iri: _href(iri, register),
            "twins": [("JSON", f"differences.json{query}"), ("CSV", f"differences.csv{query}")],
            "version": asked.edition.version,
            "licence": LICENCE,
            "citation": _citation(asked, f"{asked.endpoint.removesuffix('sparql')}differences{query}"),
            "query": text,
            "query_address": f"sparql?{urlencode({'query': text})}",
        }
        return self.pages.render("differences/page.html", **content)


def _negotiated(asked: Asked) -> str:
    offer = choose(asked.accept, _OFFERS)
    if offer is None:
        hint = "Accept one of: text/html, application/json, text/csv."
        raise Refusal(406, "not-acceptable", "Not in this format", "It is a page, JSON or CSV.", hint=hint)
    return offer.chosen


def _page_number(asked: Asked, provisions: int) -> tuple[int, list[Unknown]]:
    """The page asked for, and what is wrong with it."""
    value = one_value(asked, PAGE) or "1"
    last = max(1, -(-provisions // _ON_A_PAGE))
    if value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= last:
        return int(value), []
    return 1, [Unknown(PAGE, value[:20], ())]


def _citation(asked: Asked, address: str) -> str:
    return f"wsis-kg contributors, “{_TITLE}”, wsis-kg version {asked.edition.version}, {address}"


def _passed_by(differences: list[Difference], chosen: Chosen, register: Register) -> list[tuple[str, str, int]]:
    """For an empty result: what each choice taken back would leave, as the name of that choice, an address, a count."""
    found = []
    for name, iri in chosen.given().items():
        less = chosen.without(name)
        count = sum(less.fits(one) for one in differences)
        if iri and count:
            found.append((brief(iri, register), f"differences{query_of(less)}", count))
    return found


def _place(side: Side, register: Register) -> str:
    return register.place(side.passage) if side.passage else brief(side.document, register)


def _called(side: Side, register: Register) -> str:
    short = brief(side.document, register)
    return f"{short}, {register.place(side.passage)}" if side.passage else short


def _concern(iri: str, register: Register) -> str:
    """The thing on which the two disagree; a claim is not told by its passage, beside which it stands."""
    entry = register.entries.get(iri)
    if entry is None or not entry.passage:
        return register.name(iri)
    noun = {"line": "report"}.get(entry.noun, entry.noun)
    return f"{noun} “{entry.label}”" if entry.label else noun


def _href(iri: str, register: Register) -> str:
    path, place = register.home(iri)
    return f"{path}#{place}" if place else path
