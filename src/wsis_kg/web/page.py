"""The plain pages that people see: the form at /sparql with its results, the start page, and errors.

No JavaScript, no other host.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from wsis_kg.engine.formats import GRAPH_FORMATS, ROW_FORMATS, Form, formats_of
from wsis_kg.engine.table import Cell, Table
from wsis_kg.engine.wire import Edition
from wsis_kg.holdings import folder
from wsis_kg.names import PREFIXES
from wsis_kg.views.catalogue import Download, search_entry
from wsis_kg.views.questions import read_questions

from .dump_files import DumpFile
from .offers import wants_page
from .problems import Refusal

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_ROWS: Final = 1000
"""Rows (or lines of Turtle) that a page shows; it says so, and links to the whole."""

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Vary": "Accept",
}
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_LOCAL: Final = re.compile(r"[A-Za-z0-9_-]+")
_PREFIX_OF: Final = {iri: prefix for prefix, iri in PREFIXES.items()}


@dataclass(frozen=True)
class Example:
    """A query to begin with, the question that it answers, and the group it stands in."""

    question: str
    query: str
    group: str


@cache
def examples() -> tuple[Example, ...]:
    """The saved questions; the first one fills the empty form. Read for the first page, not for the first answer."""
    saved = read_questions(folder("queries")).values()
    return tuple(Example(one.question, one.text.strip(), one.group) for one in saved)


@dataclass(frozen=True)
class ShownCell:
    """A term as a page shows it: its text, where it leads, its whole IRI, and its language or datatype."""

    text: str
    address: str | None = None
    whole: str | None = None
    note: str | None = None
    language: str | None = None


def shown(cell: Cell | None) -> ShownCell:
    """How a page shows a term. Only http and https lead anywhere: an IRI may also be ``javascript:``."""
    if cell is None:
        return ShownCell("")
    value = _printable(cell.value)
    if cell.kind == "uri":
        address = value if value.lower().startswith(("http://", "https://")) else None
        return ShownCell(shortened(value), address, value)
    if cell.kind == "bnode":
        return ShownCell(f"_:{value}")
    datatype = shortened(cell.datatype) if cell.datatype else None
    # What the page and most readers take for granted is not said again: English, and that 7 is a whole number.
    note = next((n for n in (cell.language, datatype) if n and n not in ("en", "xsd:integer")), None)
    return ShownCell(value, note=note, language=cell.language)


def shortened(iri: str) -> str:
    """An IRI as a prefixed name where one of our prefixes fits, else in angle brackets."""
    for cut in range(len(iri), 0, -1):
        if iri[cut - 1] in "/#":
            prefix = _PREFIX_OF.get(iri[:cut])
            if prefix is not None and _LOCAL.fullmatch(iri[cut:]):
                return f"{prefix}:{iri[cut:]}"
            break
    return f"<{iri}>"


@cache
def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """The examples by group, each with the address that asks it."""
    by_group: dict[str, list[tuple[str, str]]] = {}
    for example in examples():
        by_group.setdefault(example.group, []).append((example.question, "?" + urlencode({"query": example.query})))
    return sorted(by_group.items())


class Pages:
    """Writes the pages. Everything that comes from a query or from the data is escaped."""

    @cached_property
    def _templates(self) -> "Environment":
        from jinja2 import Environment, PackageLoader, StrictUndefined

        return Environment(
            loader=PackageLoader("wsis_kg.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @cached_property
    def style(self) -> str:
        """The style sheet."""
        return self._source("style.css")

    def home(self, edition: Edition, address: str, files: Sequence[DumpFile]) -> Response:
        """The start page: what this is, where the endpoint is, which version it serves, as which files.

        ``address`` is its own, whole; programs that look for datasets read the same in JSON-LD.
        """
        folder = f"{address}dumps/{edition.version}/"
        downloads = [Download(folder + file.name, file.media_type, file.size, file.checksum) for file in files]
        return self._page(
            "home.html",
            version=edition.version,
            quads=edition.quads,
            graphs=len(edition.graphs),
            has_files=bool(files),
            entry=search_entry(address, edition.version, downloads),
        )

    def dumps(self, root: str, version: str, files: Sequence[DumpFile], is_current: bool) -> Response:
        """The files of one version, with their sizes and checksums."""
        return self._page("dumps.html", root=root, version=version, files=files, is_current=is_current)

    def form(self, edition: Edition) -> Response:
        """The empty form, with a query to begin with."""
        return self._sparql(edition, query=examples()[0].query)

    def rows(
        self, edition: Edition, asked: list[tuple[str, str]], query: str, form: Form, body: bytes, count: int
    ) -> Response:
        """The form with the truth value or the first rows below it, read from SPARQL JSON, and how many there are."""
        table = Table.from_json(body)
        rows = [[shown(row.get(name)) for name in table.variables] for row in table.rows[:MOST_ROWS]]
        return self._sparql(edition, query=query, asked=asked, form=form, table=table, rows=rows, count=count)

    def graph(
        self, edition: Edition, asked: list[tuple[str, str]], query: str, form: Form, turtle: bytes, count: int
    ) -> Response:
        """The form with the triples below it, in Turtle: its first lines, and how many there are."""
        text = _printable("\n".join(turtle.decode().splitlines()[:MOST_ROWS]))
        return self._sparql(edition, query=query, asked=asked, form=form, turtle=text, count=count)

    def refused(self, edition: Edition, query: str, refusal: Refusal) -> Response:
        """The form with the query as it was sent, and what was wrong with it."""
        lines = query.split("\n")
        wrong = lines[refusal.line - 1] if refusal.line is not None and refusal.line <= len(lines) else None
        response = self._sparql(
            edition, query=query, refusal=refusal, wrong=None if wrong is None else _printable(wrong)
        )
        response.status_code = refusal.status
        response.headers.update({"Cache-Control": "no-store", **refusal.headers})
        return response

    def told(self, refusal: Refusal, accept: str | None, root_path: str) -> Response:
        """Anything but a query that went wrong, as whoever asked reads it: a page for a browser, else what ``Refusal``
        gives to programs. ``root_path`` is the path under which the whole application stands.
        """
        if not wants_page(accept):
            return refusal.response(accept)
        response = self._page("error.html", refusal=refusal, root=f"{root_path}/")
        response.status_code = refusal.status
        response.headers.update({"Cache-Control": "no-store", **refusal.headers})
        return response

    def _sparql(self, edition: Edition, *, query: str, **content: Any) -> Response:
        asked = content.get("asked", [])
        form: Form | None = content.get("form")
        links = [
            (offered.title, "?" + urlencode([*asked, ("format", offered.name)]))
            for offered in (formats_of(form) if form is not None else ())
        ]
        settings: dict[str, Any] = {
            "table": None,
            "rows": [],
            "turtle": None,
            "count": 0,
            "refusal": None,
            "wrong": None,
        }
        return self._page(
            "sparql.html",
            **settings | content,
            query=_printable(query),
            links=links,
            version=edition.version,
            most=MOST_ROWS,
            formats=[*ROW_FORMATS, *GRAPH_FORMATS],
            groups=_groups(),
        )

    def _page(self, template: str, *, root: str = "", **content: Any) -> Response:
        """``root`` leads from the page to the start page; empty where both stand in one folder."""
        text = self._templates.get_template(template).render(root=root, **content)
        return Response(text.encode("utf-8", "replace"), media_type="text/html", headers=HEADERS)

    def _source(self, name: str) -> str:
        assert self._templates.loader is not None
        return self._templates.loader.get_source(self._templates, name)[0]


def _printable(text: str) -> str:
    """Characters that HTML cannot hold become U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)
