"""/deadlines: what falls due, as a page; /deadlines.ics to subscribe to; /deadlines.atom. All with the same filters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape
from typing import Any, Final
from urllib.parse import urlencode

import anyio.to_thread
from starlette.responses import Response

from wsis_kg.engine.pool import Pool
from wsis_kg.names import BASE
from wsis_kg.views import calendar, feed
from wsis_kg.views.deadlines import SECTIONS, Deadlines, Due, Filter
from wsis_kg.views.questions import Parameter, QuestionError
from wsis_kg.views.register import Register
from wsis_kg.views.timing import Named

from .answers import Answers
from .deadline_versions import QUESTIONS, DeadlineVersions
from .history import History
from .page import HEADERS, Pages
from .problems import Refusal
from .rate import Rate
from .rdf_resource import Asked, RdfResource
from .registers import Registers, page_questions
from .shelf import Shelf
from .timeline import timeline

FILTERS: Final = ("body", "role", "recipient", "document", "year")
_LONGEST: Final = 200


@dataclass(frozen=True)
class Choice:
    """One filter as the page offers it: its name, what stands for "any", what there is, and what is chosen."""

    name: str
    title: str
    none: str
    offered: list[tuple[str, str]]
    chosen: str


class DeadlinePages(RdfResource):
    """The page, the calendar and the feed."""

    def __init__(
        self,
        pool: Pool,
        answers: Answers,
        pages: Pages,
        registers: Registers,
        history: History,
        shelf: Shelf,
        rate: Rate | None = None,
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers
        self._versions = DeadlineVersions(pool, registers, history, shelf)

    async def answer(self, asked: Asked) -> Response:
        """What was asked for. Raises Refusal: 400 for what is no day, or a filter that nothing here is called."""
        asked.only(*FILTERS, "as_of")
        as_of = asked.as_of()
        register, current = await self._registers.current(), await self._versions.current()
        chosen = await self._chosen(asked, register, current)
        wanted = Filter(**chosen)
        query = urlencode({name: _short(iri) for name, iri in chosen.items() if iri})
        if asked.path != "deadlines":
            return await self._subscribed(asked, register, wanted, as_of, query)
        today = as_of or datetime.now(UTC).date()
        what = f"/deadlines?{query}&{today}&{as_of is None}"

        async def make() -> bytes:
            content = _content(register, current, wanted, today, as_of)
            content |= {"choices": _choices(register, current, wanted), "query": query, "as_of": as_of}
            content["questions"] = [page_questions()[name] for name in QUESTIONS]
            return await anyio.to_thread.run_sync(lambda: self.pages.render("deadlines.html", **content))

        response = await self.kept(asked, what, "text/html; charset=utf-8", make)
        response.headers.update(HEADERS)
        return response

    async def _chosen(self, asked: Asked, register: Register, current: Deadlines) -> dict[str, str]:
        """The IRI, or the role, that each filter names. Raises Refusal (400) with what there is."""
        chosen: dict[str, str] = {}
        offered = _offered(register, current)
        for name in FILTERS:
            given = asked.value(name)
            chosen[name] = given
            if not given or (name == "role" and given in current.roles) or (name == "year" and given in current.years):
                continue
            kind = name if name in ("document", "role") else "actor"
            try:
                if name == "year":
                    raise QuestionError(f"Nothing here falls due or recurs in the year “{given[:_LONGEST]}”.")
                iri = (await self._versions.names(kind)).find(Parameter(name, kind, "", ""), given[:_LONGEST])
            except QuestionError as error:
                near = [{"name": told, "path": f"deadlines?{urlencode({name: key})}"} for key, told in offered[name]]
                title = f"There is no such {name}"
                raise Refusal(
                    400, "request", title, str(error), hint="These are in what falls due.", members={"near": near}
                ) from error
            chosen[name] = iri.rpartition("/")[2] if name == "role" else iri
        return chosen

    async def _subscribed(
        self, asked: Asked, register: Register, wanted: Filter, as_of: date | None, query: str
    ) -> Response:
        is_calendar = asked.path == "deadlines.ics"
        content_type = calendar.MEDIA_TYPE if is_calendar else feed.MEDIA_TYPE
        query = "&".join(part for part in (query, f"as_of={as_of}" if as_of else "") if part)
        what = f"/{asked.path}?{query}|{await self._versions.state()}"

        async def make() -> bytes:
            versions = await self._versions.snapshots()
            found = await anyio.to_thread.run_sync(calendar.entries, versions, wanted, as_of)
            root = asked.endpoint.removesuffix("sparql")
            suffix = f"?{query}" if query else ""
            page, title = f"{root}deadlines{suffix}", _title(register, wanted)
            if is_calendar:
                return await anyio.to_thread.run_sync(
                    lambda: calendar.ics(
                        found, title, page, lambda one: _page_of(register, root, one), _names(register)
                    )
                )
            updated = max((one.moment for one in versions), default=datetime.now(UTC))
            entries = [_entry(one, register, root) for one in sorted(found, key=lambda one: one.moment, reverse=True)]
            address, permanent = f"{root}{asked.path}{suffix}", f"{BASE}{asked.path}{suffix}"
            return feed.atom(feed.Feed(permanent, title, calendar.TOLD, updated, address, page, entries))

        return await self.kept(asked, what, content_type, make)


def _title(register: Register, wanted: Filter) -> str:
    parts = [register.short(iri) for iri in (wanted.document, wanted.body) if iri]
    parts += [wanted.role.replace("-", " ")] if wanted.role else []
    parts += [f"to {register.short(wanted.recipient)}"] if wanted.recipient else []
    parts += [f"in {wanted.year}"] if wanted.year else []
    return "What falls due" + (f": {', '.join(parts)}" if parts else " in the WSIS process")


def _page_of(register: Register, root: str, entry: calendar.Entry) -> str:
    """The page on which its words stand; of the version that had it last, where it was withdrawn."""
    path, place = register.home(entry.due.iri)
    if entry.withdrawn_after:
        path, place = f"version/{entry.withdrawn_after}/doc/passage/{entry.due.passage.rpartition('/')[2]}", ""
    return f"{root}{path}{'#' + place if place else ''}"


def _names(register: Register) -> Callable[[Named], str]:
    """The shortest names that people use; what is only in an earlier version has the one it had there."""
    return lambda one: register.short(one.iri) if one.iri in register.entries else one.name


def _entry(entry: calendar.Entry, register: Register, root: str) -> feed.Entry:
    lines = "".join(f"<p>{escape(line)}</p>" for line in calendar.description(entry))
    return feed.Entry(
        entry.due.iri, calendar.summary(entry, _names(register)), entry.moment, _page_of(register, root, entry), lines
    )


def _content(register: Register, current: Deadlines, wanted: Filter, today: date, as_of: date | None) -> dict[str, Any]:
    found = current.chosen(wanted)
    sections: dict[str, list[Due]] = {name: [] for name in SECTIONS}
    for due in found:
        sections[due.section(today)].append(due)
    return {
        "register": register,
        "title": _title(register, wanted),
        "today": today,
        "found": found,
        "headings": SECTIONS,
        "this_year": _by_session(sections["this-year"]),
        "coming": _by_year(sections["coming"]),
        "past": list(reversed(_by_year(sections["past"]))),
        "recurring": sections["recurring"],
        "undated": sections["undated"],
        "counts": {name: len(dues) for name, dues in sections.items()},
        "timeline": timeline(found, today),
    }


def _by_year(found: list[Due]) -> list[tuple[int, list[tuple[str, list[list[Due]]]]]]:
    """By the year it is placed in and then by session."""
    years: dict[int, list[Due]] = {}
    for due in found:
        years.setdefault(due.when.year or 0, []).append(due)
    return [(year, _by_session(dues)) for year, dues in sorted(years.items())]


def _by_session(found: list[Due]) -> list[tuple[str, list[list[Due]]]]:
    """By the session it names: what an official text says first, and what several passages say alike together."""
    sessions: dict[str, list[Due]] = {}
    for due in found:
        sessions.setdefault("; ".join(one.name for one in due.when.sessions), []).append(due)
    for dues in sessions.values():
        dues.sort(key=lambda due: (not due.official, due.when.first or date.max, due.when.last or date.max))

    def official_first(pair: tuple[str, list[Due]]) -> tuple[bool, str]:
        return not pair[1][0].official, pair[0]

    return [(session, _alike(dues)) for session, dues in sorted(sessions.items(), key=official_first)]


def _alike(found: list[Due]) -> list[list[Due]]:
    """Those of other than official texts that name the same thing, to the same recipients, in the same year, as one
    group; each of the others by itself. Passages of official texts are never put together: each asks by itself.
    """
    groups: dict[object, list[Due]] = {}
    for due in found:
        same = due.iri if due.official else (due.what, frozenset(one.iri for one in due.recipients), due.when.year)
        groups.setdefault(same, []).append(due)
    return list(groups.values())


def _short(value: str) -> str:
    return value.rpartition("/")[2]


def _offered(register: Register, current: Deadlines) -> dict[str, list[tuple[str, str]]]:
    """What each filter can be, by the value in the address: of a thing, the last part of its IRI."""

    def listed(things: Mapping[str, str]) -> list[tuple[str, str]]:
        return [(_short(iri), name) for iri, name in sorted(things.items(), key=lambda pair: pair[1].casefold())]

    documents = {iri: register.short(iri) for iri in current.documents}
    return {
        "body": listed(current.actors),
        "role": sorted(current.roles.items(), key=lambda pair: pair[1]),
        "recipient": listed(current.recipients),
        "document": listed(documents),
        "year": [(year, year) for year in current.years],
    }


def _choices(register: Register, current: Deadlines, wanted: Filter) -> list[Choice]:
    offered = _offered(register, current)
    titles = {
        "body": ("Body", "anybody"),
        "role": ("In the role", "any role"),
        "recipient": ("To whom", "anybody"),
        "document": ("Document", "any document"),
        "year": ("Due in", "any year"),
    }
    choices = []
    for name, (title, none) in titles.items():
        value = _short(getattr(wanted, name))
        values = offered[name]
        if value and value not in dict(values):
            values = [(value, register.name(getattr(wanted, name))), *values]
        choices.append(Choice(name, title, none, values, value))
    return choices
