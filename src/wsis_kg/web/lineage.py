"""/lineage: which instrument recalls, cites, restates or revises which other, on an axis of time and as a table."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

import anyio.to_thread
from starlette.responses import Response

from wsis_kg.citation import LICENCE
from wsis_kg.engine.pool import Pool
from wsis_kg.names import BASE
from wsis_kg.views.lineage import Chosen, Lineage, Relation, slug_of
from wsis_kg.views.lineage_diagram import brief, sentence
from wsis_kg.views.register import ID, Register

from .answers import Answers
from .lineage_figure import MOST_NODES, QUESTIONS, WIDE, Lineages, figure
from .page import HEADERS, Pages
from .problems import Refusal
from .rate import Rate
from .rdf_resource import Asked, RdfResource
from .registers import Registers, page_questions

_TITLE: Final = "Lineage of instruments"
_LONGEST: Final = 80
_SORTS: Final[dict[str, tuple[str, Callable[[Relation, Lineage, Register], Any]]]] = {
    "what": ("Document", lambda one, _, register: (register.short(one.source), one.kind_name)),
    "kind": ("What it does", lambda one, _, register: (one.kind_name, register.short(one.source))),
    "to": ("To what", lambda one, _, register: (register.short(one.target), one.kind_name)),
    "made": ("Made", lambda one, lineage, _: (_day(one.target, lineage), one.key)),
    "passages": ("Passages", lambda one, *_: (-one.places, one.key)),
}
"""By what the table can be sorted, with the head of each column."""


class LineagePage(RdfResource):
    """The page. Its filters choose among the rows of one query."""

    def __init__(
        self,
        pool: Pool,
        answers: Answers,
        pages: Pages,
        registers: Registers,
        lineages: Lineages,
        rate: Rate | None = None,
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers
        self._lineages = lineages

    async def answer(self, asked: Asked) -> Response:
        """What was chosen. Raises Refusal: 400 for a year that is none, 404 for a value that nothing here has."""
        asked.only("document", "kind", "from", "to", "sort")
        register, lineage = await self._registers.current(), await self._lineages.current()
        chosen = _read(asked, lineage, register)
        sort = asked.value("sort") or "what"
        if sort not in _SORTS:
            raise _unknown("sort", sort, [(key, head) for key, (head, _) in _SORTS.items()])
        pairs = _pairs(chosen)
        query = urlencode(pairs)

        async def make() -> bytes:
            content = _content(asked, register, lineage, chosen, sort, pairs)
            return await anyio.to_thread.run_sync(lambda: self.pages.render("lineage/page.html", **content()))

        response = await self.kept(asked, f"/lineage?{query}&sort={sort}", "text/html; charset=utf-8", make)
        response.headers.update(HEADERS)
        return response


def _read(asked: Asked, lineage: Lineage, register: Register) -> Chosen:
    document, kind = asked.value("document"), asked.value("kind")
    if document:
        slug = document.removeprefix(f"{ID}document/").removeprefix("document:")
        iri = f"{ID}document/{slug}"
        if iri not in lineage.documents():
            there = [(one.rpartition("/")[2], brief(one, register)) for one in lineage.documents()]
            raise _unknown("document", document, there)
        document = iri
    if kind:
        kinds = {slug_of(iri): iri for iri in lineage.kinds}
        if kind not in kinds:
            raise _unknown("kind", kind, [(slug, lineage.kinds[iri]) for slug, iri in kinds.items()])
        kind = kinds[kind]
    return Chosen(document, kind, _year(asked, "from"), _year(asked, "to"))


def _year(asked: Asked, name: str) -> int | None:
    given = asked.value(name)
    if not given:
        return None
    if given.isascii() and given.isdigit() and len(given) == 4:
        return int(given)
    raise Refusal(400, "request", "This is no year", f"{name} is a year such as 2015, not “{given[:_LONGEST]}”.")


def _unknown(name: str, value: str, there: list[tuple[str, str]]) -> Refusal:
    return Refusal(
        404,
        "unknown",
        f"There is no such {name}",
        f"Nothing in the lineage has the {name} “{value[:_LONGEST]}”.",
        hint="These are in it.",
        members={"near": [{"name": told, "path": f"lineage?{urlencode({name: key})}"} for key, told in there]},
    )


def _pairs(chosen: Chosen) -> list[tuple[str, str]]:
    found = [
        ("document", chosen.document.rpartition("/")[2]),
        ("kind", slug_of(chosen.kind)),
        ("from", str(chosen.first_year or "")),
        ("to", str(chosen.last_year or "")),
    ]
    return [(name, value) for name, value in found if value]


def _title(chosen: Chosen, lineage: Lineage, register: Register) -> str:
    parts = [brief(chosen.document, register)] if chosen.document else []
    parts += [lineage.kinds[chosen.kind]] if chosen.kind else []
    parts += [f"from {chosen.first_year}"] if chosen.first_year else []
    parts += [f"to {chosen.last_year}"] if chosen.last_year else []
    return f"{_TITLE}: {', '.join(parts)}" if parts else _TITLE


def _day(thing: str, lineage: Lineage) -> str:
    made = lineage.made.get(thing)
    return made.first.isoformat() if made is not None else "9999"


def _content(
    asked: Asked, register: Register, lineage: Lineage, chosen: Chosen, sort: str, pairs: list[tuple[str, str]]
) -> Callable[[], dict[str, Any]]:
    def content() -> dict[str, Any]:
        found = lineage.chosen(chosen)
        ends = {end for one in found for end in (one.source, one.target)}
        query = f"?{urlencode(pairs)}" if pairs else ""
        link = f"{BASE}lineage{query}"
        title = _title(chosen, lineage, register)
        about = {"title": title, "day": "", "version": asked.edition.version, "link": link}
        counts = Counter(one.kind for one in lineage.relations)
        questions = [page_questions()[name] for name in QUESTIONS]
        return {
            "title": title,
            "r": register,
            "lineage": lineage,
            "found": sorted(found, key=lambda one: _SORTS[sort][1](one, lineage, register)),
            "ends": len(ends),
            "dated": len(ends & lineage.made.keys()),
            "figure": figure(found, lineage, register, about, WIDE) if found and len(ends) <= MOST_NODES else None,
            "most": MOST_NODES,
            "chosen": chosen,
            "kinds": [(slug_of(iri), name, counts[iri], iri == chosen.kind) for iri, name in lineage.kinds.items()],
            "documents": [
                (one.rpartition("/")[2], brief(one, register), one == chosen.document)
                for one in sorted(lineage.documents(), key=lambda one: brief(one, register))
            ],
            "meanings": [
                (lineage.kinds[kind], lineage.meanings[kind])
                for kind in lineage.kinds
                if kind in lineage.meanings and any(one.kind == kind for one in found)
            ],
            "sort": sort,
            "heads": [
                (key, head, f"lineage?{urlencode([*pairs, ('sort', key)])}#rows") for key, (head, _) in _SORTS.items()
            ],
            "passed": _passed_by(lineage, chosen),
            "home": lambda iri: "#".join(filter(None, register.home(iri))),
            "brief": lambda iri: brief(iri, register),
            "sentence": lambda one: sentence(one, register),
            "filtered": bool(chosen),
            "version": asked.edition.version,
            "licence": LICENCE,
            "address": f"{asked.endpoint.removesuffix('sparql')}lineage{query}",
            "queries": [(one.text, f"sparql?{urlencode({'query': one.text})}") for one in questions],
        }

    return content


def _passed_by(lineage: Lineage, chosen: Chosen) -> list[tuple[str, str, int]]:
    """What each choice taken back would leave: its name in the address, the address without it, a count."""
    names = {"document": "document", "kind": "kind", "first_year": "from", "last_year": "to"}
    found = []
    for name, called in names.items():
        if getattr(chosen, name):
            less = chosen.without(name)
            found.append((called, f"lineage?{urlencode(_pairs(less))}".rstrip("?"), len(lineage.chosen(less))))
    return found
