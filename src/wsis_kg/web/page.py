"""The plain pages that people see: the form at /sparql with its results, the start page, and errors.

No JavaScript, no other host.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from wsis_kg.engine.formats import GRAPH_FORMATS, ROW_FORMATS, Form, formats_of
from wsis_kg.engine.table import Cell, Table
from wsis_kg.engine.wire import Edition
from wsis_kg.names import PREFIXES
from wsis_kg.views.languages import ENGLISH, OFFICIAL, direction

from .dump_files import DumpFile
from .offers import wants_page
from .problems import Refusal
from .saved import saved_questions
from .speaking import spoken
from .translations import catalogue, is_reviewed, words_in

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_ROWS: Final = 1000
"""Rows (or lines of Turtle) that a page shows; it says so, and links to the whole."""

STATIC: Final = Path(__file__).parent / "static"
"""What the package build made for browsers, under names that change with their content."""

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept",
}
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_MARKUP: Final = re.compile(f"[<>&]|{_UNPRINTABLE.pattern}")
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
    saved = saved_questions().values()
    return tuple(Example(one.question, one.text.strip(), one.group) for one in saved)


@dataclass(frozen=True)
class EarlierVersion:
    """What each page of a version says of itself first: which it is, when it was published, and which is current."""

    name: str
    current: str
    published: datetime | None

    @property
    def day(self) -> str:
        """The day on which it was published, in words; empty where nobody said it."""
        return "" if self.published is None else f"{self.published.day} {self.published:%B %Y}"


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

    def __init__(self, earlier: Callable[[], EarlierVersion] | None = None, *, served: bool = True) -> None:
        """``earlier`` says of which version the pages are, where they are not of the one that is served; ``served``,
        whether there is a server to answer what they offer to ask.
        """
        self._earlier = earlier
        self._served = served

    @property
    def served(self) -> bool:
        """Whether there is a server to answer what the pages offer to ask."""
        return self._served

    @cached_property
    def _templates(self) -> "Environment":
        from jinja2 import Environment, PackageLoader, StrictUndefined

        environment = Environment(
            loader=PackageLoader("wsis_kg.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        # As Babel's documentation has it: the names are those that Jinja's extension gives the environment.
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            lambda message: catalogue(words_in(spoken())).gettext(message),
            lambda one, more, count: catalogue(words_in(spoken())).ngettext(one, more, count),
            newstyle=True,
        )
        return environment

    @cached_property
    def assets(self) -> dict[str, str]:
        """The plain names of what was built for browsers, and the names it is served under."""
        files: dict[str, str] = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))["files"]
        return files

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
        told = {"table": table, "rows": rows, "count": count, "found": _in_html(body)}
        return self._sparql(edition, query=query, asked=asked, form=form, **told)

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
            "found": None,
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

    def render(self, template: str, *, root: str = "", **content: Any) -> bytes:
        """A template as HTML; ``root`` leads from the page to the start page, empty where both stand in one folder."""
        earlier = self._earlier() if self._earlier is not None else None
        content = {
            "root": root, "assets": self.assets, "earlier": earlier, "served": self._served, **_language(), **content
        }  # fmt: skip
        text = self._templates.get_template(template).render(content)
        return _printable(text).encode("utf-8", "replace")

    def _page(self, template: str, *, root: str = "", **content: Any) -> Response:
        return Response(self.render(template, root=root, **content), media_type="text/html", headers=HEADERS)


def _language() -> dict[str, Any]:
    """What a page says of its language: the one of its words, the one in which it names things, and the choice."""
    language = spoken()
    words = words_in(language)
    mark = Markup("") if words == ENGLISH else Markup(' lang="{}"').format(words)
    return {
        "language": language,
        "words_language": words,
        "words_direction": direction(words),
        "languages": OFFICIAL,
        "reviewed": is_reviewed(language),
        "translated": False,
        "say": mark,
        "inferred_mark": Markup('<span class="inferred">{}</span>').format(catalogue(words).gettext("inferred")),
    }


def _in_html(json_text: bytes) -> str:
    """A JSON text without a sign that means anything in HTML, for the desk: the query is not asked a second time."""
    return _MARKUP.sub(lambda found: f"\\u{ord(found[0]):04x}", json_text.decode())


def _printable(text: str) -> str:
    """Characters that HTML cannot hold become U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)
