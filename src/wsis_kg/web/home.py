"""The start page: what this is, what falls due next, where documents disagree, and the way in for each reader."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import urlencode

import anyio.to_thread
from starlette.responses import Response

from wsis_kg.citation import LICENCE
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.table import Cell
from wsis_kg.names import BASE
from wsis_kg.views.catalogue import Download, search_entry
from wsis_kg.views.register import Register
from wsis_kg.views.reports import Report

from .answers import Answers
from .dump_files import DumpFile, dump_files
from .offers import GRAPH_SUFFIXES
from .page import HEADERS, Pages
from .rate import Rate
from .rdf_resource import Asked, RdfResource
from .registers import Registers, ask
from .reported import Reported
from .saved import saved_questions

_YEARS_SHOWN: Final = 2
_PAIRS_SHOWN: Final = 6
_NUMBERS: Final = (
    ("document", "documents"),
    ("passage", "passages"),
    ("mandate", "mandates"),
    ("line", "reporting lines"),
    ("deadline", "deadlines"),
    ("body", "bodies"),
    ("difference", "differences between documents"),
)


@dataclass(frozen=True)
class Due:
    """What falls due, as the start page shows it: one row, whatever number of documents says it again."""

    what: str
    who: list[tuple[str, str, bool]]
    """Name, path, and whether a rule presumes it, for the passage names nobody who delivers."""
    recipients: list[tuple[str, str, bool]]
    """Name, path, and whether it is the event at which a report is given, for the passage names nobody who gets it."""
    words: str
    place: str
    path: str


class Home(RdfResource):
    """/, which is a page whoever asks: for programs there is /sparql."""

    def __init__(
        self,
        pool: Pool,
        answers: Answers,
        pages: Pages,
        registers: Registers,
        reported: Reported,
        rate: Rate | None = None,
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers
        self._reported = reported

    async def answer(self, asked: Asked) -> Response:
        """The page as of today, or of the day ``as_of``. Raises Refusal (400) if that is no day."""
        asked.only("as_of")
        today = asked.as_of() or datetime.now(UTC).date()

        async def make() -> bytes:
            return await self._page(asked, today)

        response = await self.kept(asked, f"/?{today.year}", "text/html; charset=utf-8", make)
        response.headers.update({**HEADERS, "Link": await self._links(asked)})
        return response

    async def _links(self, asked: Asked) -> str:
        """The signposts of the dataset's landing page (https://signposting.org/FAIR/, level 1)."""
        root = asked.endpoint.removesuffix("sparql")
        version = asked.edition.version
        files = await anyio.to_thread.run_sync(dump_files, self.pool.data_home / version)
        links = [
            f'<{BASE}>; rel="cite-as"',
            '<https://schema.org/Dataset>; rel="type"',
            '<https://schema.org/AboutPage>; rel="type"',
            f'<{LICENCE}>; rel="license"',
            *(
                f'<{root}void.{suffix}>; rel="describedby"; type="{one.media_type}"'
                for one, suffix in GRAPH_SUFFIXES.items()
            ),
            f'<{root}.well-known/api-catalog>; rel="api-catalog"',
            *(f'<{root}dumps/{version}/{file.name}>; rel="item"; type="{file.media_type}"' for file in files
                if not file.graph),
        ]
        return ", ".join(links)

    async def _page(self, asked: Asked, today: date) -> bytes:
        register = await self._registers.current()
        reports = {one.iri: one for one in await self._reported.current()}
        years = []
        for year in range(today.year, today.year + _YEARS_SHOWN):
            table, _ = await ask(self.pool, saved_questions()["what-falls-due-in-a-year"].bind({"year": str(year)}))
            years.append((year, _due(table.rows, register, reports)))
        differences, _ = await ask(self.pool, saved_questions()["how-many-differences"].text)
        files = await anyio.to_thread.run_sync(dump_files, self.pool.data_home / asked.edition.version)
        address = asked.endpoint.removesuffix("sparql")
        content: dict[str, Any] = {
            "entry": dataset_entry(address, asked.edition.version, [file for file in files if not file.graph]),
            "has_files": bool(files),
            "has_resolution": register.find("document", "A-RES-80-173") is not None,
            "years": years,
            **_pairs(differences.rows, register),
            "numbers": _numbers(register),
            "version": asked.edition.version,
            "quads": asked.edition.quads,
            "examples": len(saved_questions()),
            "due_address": "sparql?" + urlencode({"query": saved_questions()["what-falls-due-in-a-year"].text}),
        }
        return await anyio.to_thread.run_sync(lambda: self.pages.render("home.html", **content))


def dataset_entry(address: str, version: str, files: list[DumpFile]) -> dict[str, Any]:
    """What programs that look for datasets read."""
    folder = f"{address}dumps/{version}/"
    downloads = [Download(folder + file.name, file.media_type, file.size, file.checksum) for file in files]
    return search_entry(address, version, downloads)


def _due(rows: tuple[dict[str, Cell], ...], register: Register, reports: Mapping[str, Report]) -> list[Due]:
    """The rows that official texts give, those of one passage and one thing together. Where a report arrives is read as
    /reporting draws it.
    """
    found: dict[tuple[str, str], Due] = {}
    for row in rows:
        entry = register.entries.get(row["passage"].value)
        if entry is None or not register.entries[entry.document].symbol:
            continue
        what = row["what"].value if "what" in row else row["words"].value
        path, _ = register.home(entry.iri)
        words = row["due"].value if "due" in row else ""
        due = found.setdefault((entry.iri, what), Due(what, [], [], words, register.name(entry.iri), path))
        if "who" in row:
            inferred = row["named_or_presumed"].value == "presumed"
            who = (register.short(row["who"].value), register.home(row["who"].value)[0], inferred)
            if who not in due.who:
                due.who.append(who)
        report = reports.get(row["report"].value) if "report" in row else None
        for part in report.arrives_at if report is not None else ():
            recipient = (register.short(part.who.iri), register.home(part.who.iri)[0], part.part == "event")
            if recipient not in due.recipients:
                due.recipients.append(recipient)
    return list(found.values())


def _pairs(rows: tuple[dict[str, Cell], ...], register: Register) -> dict[str, Any]:
    """The pairs of documents with the most differences, how many others there are, and the differences of those."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts[row["document_here"].value, row["document_there"].value] += int(row["differences"].value)
    shown = counts.most_common(_PAIRS_SHOWN)
    return {
        "pairs": [
            (register.short(here), register.home(here)[0], register.short(there), register.home(there)[0], count)
            for (here, there), count in shown
        ],
        "other_pairs": len(counts) - len(shown),
        "other_differences": counts.total() - sum(count for _, count in shown),
        "differences": counts.total(),
    }


def _numbers(register: Register) -> list[tuple[str, str, int]]:
    counts = Counter(entry.noun for entry in register.entries.values())
    return [(title, f"doc/{noun}", counts[noun]) for noun, title in _NUMBERS]


