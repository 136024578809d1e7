"""/reporting: who reports to whom, as a diagram and as a table; as files too, all with the same filters."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

import anyio.to_thread
from starlette.responses import Response

from wsis_kg.citation import LICENCE
from wsis_kg.engine.formats import JSON
from wsis_kg.engine.layout import LayoutFailed
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.store import Engine
from wsis_kg.engine.table import Table
from wsis_kg.names import BASE
from wsis_kg.views.diagram import Diagram, Layout
from wsis_kg.views.diagram_collapse import collapsed
from wsis_kg.views.diagram_png import CannotPaint
from wsis_kg.views.diagram_svg import draw, sample
from wsis_kg.views.register import Register
from wsis_kg.views.reporting import KINDS, UNDATED, replaced, reporting
from wsis_kg.views.reports import Report, read_reports, standing

from .answers import Answers
from .diagram_files import DRAWN, PAGE_TYPES, drawn_file, not_drawn, paths, twins, wanted_kind, written_file
from .layouts import Layouts
from .page import HEADERS, Pages
from .problems import Refusal
from .rate import Rate
from .rdf_resource import Asked, RdfResource
from .registers import PerVersion, Registers, ask, page_questions, plain_rows
from .reported import QUESTIONS, Reported
from .reporting_choice import PARAMETERS, SORTS, Unknown, Wanted, fields, read_wanted
from .reporting_files import Chosen, address_of, drawn_of, sheet_of, svg_of
from .reporting_rows import Differing, read_differing, told_lines

PATHS: Final = paths("reporting")
_DIFFERING: Final = "reporting-differences"
TITLE: Final = "Who reports to whom"


class Reporting(RdfResource):
    """The page, the drawing and the rows. Filters choose among the rows of the same questions."""

    def __init__(
        self,
        pool: Pool,
        answers: Answers,
        pages: Pages,
        registers: Registers,
        reported: Reported,
        layouts: Layouts,
        rate: Rate | None = None,
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers
        self._layouts = layouts
        self._reported = reported
        self._differing = PerVersion(pool, self._read_differing)

    async def answer(self, asked: Asked) -> Response:
        """What was chosen. Raises Refusal: 400 for a filter with an unknown value where no person asks, 406; 503 for a
        drawing that cannot be made.
        """
        asked.only(*PARAMETERS)
        kind = wanted_kind(asked)
        register, reports = await self._registers.current(), await self._reported.current()
        differing = await self._differing.current()
        wanted, unknown = read_wanted(asked, reports, register)
        if unknown and kind != "html":
            raise _refuse(unknown, reports, register)
        diagram = await anyio.to_thread.run_sync(chosen_diagram, reports, register, wanted, asked.edition.version)

        async def make() -> bytes:
            if kind == "html":
                return await self._page(asked, register, reports, differing, diagram, wanted, [])
            chosen = Chosen(diagram, wanted, reports, differing, register)
            return await self._file(chosen, kind, asked.endpoint.removesuffix("sparql"))

        if unknown:
            body = await self._page(asked, register, reports, differing, diagram, wanted, unknown)
            return Response(body, 400, {**HEADERS, "Cache-Control": "no-store"}, "text/html")
        try:
            what = f"/reporting.{kind}{wanted.query()}&{diagram.day}"
            response = await self.kept(asked, what, PAGE_TYPES[kind], make)
        except (LayoutFailed, CannotPaint) as error:
            raise not_drawn(error) from error
        response.headers.update(HEADERS if kind == "html" else {"Vary": "Accept"})
        return response

    async def _read_differing(self) -> dict[str, list[Differing]]:
        table, _ = await ask(self.pool, page_questions()[_DIFFERING].text)
        return read_differing(plain_rows(table))

    async def _file(self, chosen: Chosen, kind: str, root: str) -> bytes:
        if kind not in DRAWN:
            return await anyio.to_thread.run_sync(written_file, kind, sheet_of(chosen), root)
        small = await anyio.to_thread.run_sync(drawn_of, chosen)
        layout = await self._layouts.of(small)
        return await anyio.to_thread.run_sync(lambda: drawn_file(kind, small, svg_of(chosen, small, layout, root)))

    async def _page(
        self,
        asked: Asked,
        register: Register,
        reports: list[Report],
        differing: dict[str, list[Differing]],
        diagram: Diagram,
        wanted: Wanted,
        unknown: list[Unknown],
    ) -> bytes:
        layout: Layout | None = None
        failure = ""
        small = await anyio.to_thread.run_sync(collapsed, diagram, wanted.opened)
        if not unknown and diagram.lines:
            try:
                layout = await self._layouts.of(small)
            except LayoutFailed as error:
                failure = str(error)

        def render() -> bytes:
            drawing = ""
            if layout is not None:
                drawing = draw(small, layout, lambda part: address_of(part, wanted, here=True))
            return self._render(asked, register, reports, differing, diagram, wanted, unknown, drawing, failure)

        return await anyio.to_thread.run_sync(render)

    def _render(
        self,
        asked: Asked,
        register: Register,
        reports: list[Report],
        differing: dict[str, list[Differing]],
        diagram: Diagram,
        wanted: Wanted,
        unknown: list[Unknown],
        drawing: str,
        failure: str,
    ) -> bytes:
        everything = reporting(reports, register, title="", day="", version="", permalink="")
        query = wanted.query()
        content: dict[str, Any] = {
            "title": TITLE,
            "told": _told(wanted, register),
            "r": register,
            "diagram": diagram,
            "drawing": drawing,
            "failure": failure,
            "unknown": unknown,
            "lines": [] if unknown else told_lines(diagram, reports, differing, wanted.sort),
            "all": len(everything.lines),
            "fields": fields(wanted, reports, register),
            "wanted": wanted,
            "query": query,
            "plain": query == "",
            "samples": [(sample(kind), kind, words) for kind, words in KINDS.items()],
            "less": _less(wanted, reports, register, asked.edition.version) if not diagram.lines else [],
            "twins": twins("reporting", query),
            "version": asked.edition.version,
            "licence": LICENCE,
            "citation": f"wsis-kg contributors, “{TITLE}”, wsis-kg version {asked.edition.version}, "
            f"{asked.endpoint.removesuffix('sparql')}reporting{query}",
            "questions": [page_questions()[name] for name in (*QUESTIONS, _DIFFERING)],
        }
        return self.pages.render("reporting.html", **content)


def answered(engine: Engine) -> tuple[list[Report], Register]:
    """The reports of the build that is open there, and its register: what ``chosen_diagram`` needs."""
    *rows, things = (
        plain_rows(Table.from_json(engine.answer(page_questions()[name].text, JSON)))
        for name in (*QUESTIONS, "register")
    )
    return read_reports(*rows), Register(things)


def chosen_diagram(reports: list[Report], register: Register, wanted: Wanted, version: str) -> Diagram:
    """The diagram of what is wanted; of two days, what stands on either, told apart."""
    found = [one for one in reports if wanted.choice.takes(one)]
    if wanted.choice.stated == "asserted":
        found = [one.without_inferred() for one in found]
    today = datetime.now(UTC).date()
    added: set[str] = set()
    ended: set[str] = set()
    if wanted.other is not None:
        days = sorted((wanted.as_of or today, wanted.other))
        before, after = ({one.iri for one in standing(found, day)} for day in days)
        added, ended = after - before, before - after
        found = [one for one in found if one.iri in before | after]
        notes = {iri: told for iri, told in replaced(standing(reports, days[1])).items() if iri in ended}
    elif wanted.as_of is not None:
        found = standing(found, wanted.as_of)
        notes = {}
    else:
        notes = replaced(reports)
    if wanted.other is not None or wanted.as_of is not None:
        notes |= {one.iri: UNDATED for one in found if one.begins is None}
    told = _told(wanted, register)
    query = replace(wanted, sort="").query()
    return reporting(
        found, register, title=f"{TITLE}: {told}" if told else TITLE, day=(wanted.as_of or today).isoformat(),
        version=version, permalink=f"{BASE}reporting{query}", told=wanted.tells,
        only_inferred=wanted.choice.stated == "inferred", added=added, ended=ended,
        notes=notes,
    )


def _told(wanted: Wanted, register: Register) -> str:
    """What is chosen, in words; empty for what is shown at first."""
    choice = wanted.choice
    parts = [register.short(choice.body)] if choice.body else []
    parts += [f"to {register.short(choice.recipient)}"] if choice.recipient else []
    parts += ["all documents"] if wanted.document == "all" else []
    parts += [register.short(wanted.document)] if wanted.document not in ("", "all") else []
    parts += [f"due in {choice.year}"] if choice.year else []
    parts += ["no rhythm stated" if choice.recurrence == "none" else choice.recurrence] if choice.recurrence else []
    parts += [choice.stated] if choice.stated else []
    if wanted.other is not None:
        parts.append(f"{_day(wanted.as_of)} compared with {_day(wanted.other)}")
    elif wanted.as_of is not None:
        parts.append(f"as of {_day(wanted.as_of)}")
    return ", ".join(parts)


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day is not None else "today"


def _less(wanted: Wanted, reports: list[Report], register: Register, version: str) -> list[tuple[str, str, int]]:
    """For an empty diagram: what each choice taken back would leave, as its name, an address and a count."""
    found = []
    given = [name for name, value in wanted.choice.given().items() if value]
    fewer = [(name, replace(wanted, choice=wanted.choice.with_(name, ""))) for name in given]
    fewer += [("told by official texts", replace(wanted, document="all"))] if wanted.document != "all" else []
    fewer += [("as of", replace(wanted, as_of=None, other=None))] if wanted.as_of or wanted.other else []
    for name, one in fewer:
        count = len(chosen_diagram(reports, register, one, version).lines)
        if count:
            found.append((name, f"reporting{one.query()}", count))
    return found


def _refuse(unknown: list[Unknown], reports: list[Report], register: Register) -> Refusal:
    """For programs: what is unknown, and what there is."""
    names = {one.name for one in unknown}
    there = [
        f"{one.name}: {', '.join(value for value, _ in one.offered)}."
        for one in fields(Wanted(), reports, register)
        if one.name in names
    ]
    detail = " ".join(one.sentence for one in unknown)
    there += [f"sort: {', '.join(SORTS)}."] if "sort" in names else []
    hint = f"There is {' '.join(there)}" if there else None
    return Refusal(400, "request", "A filter has an unknown value", detail, hint=hint)
