"""Diagrams as files: which there are, how one is chosen, how one is written; the same for every diagram of the site
and on the command line.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wsis_kg.views.diagram import Diagram
from wsis_kg.views.diagram_exports import EXPORTS
from wsis_kg.views.diagram_records import plain

from .difference_rows import as_csv
from .negotiation import Offer, choose
from .painting import painted
from .problems import Refusal
from .rdf_resource import Asked

DRAWN: Final = ("svg", "png")
"""The suffixes of files for which a layout is needed."""
CONTENT_TYPES: Final = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    **{export.suffix: export.content_type for export in EXPORTS},
}
"""What there is, by the suffix of a file's name."""
TITLES: Final = {
    **{suffix: suffix.upper() for suffix in (*DRAWN, "json", "csv")},
    **{export.suffix: export.title for export in EXPORTS},
}
PAGE_TYPES: Final = {"html": "text/html; charset=utf-8", **CONTENT_TYPES}
"""The same and the page."""
_OFFERS: Final = [Offer(kind.partition(";")[0], name) for name, kind in PAGE_TYPES.items()]
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")

Row = dict[str, Any]


@dataclass(frozen=True)
class Sheet:
    """A diagram with the rows that it is made of. ``page`` is where it is shown, from the start page, with its choice;
    ``called``, what the rows are in JSON. ``rows`` makes them, given the address of the start page, and ``flat`` leaves
    of each what fits into the ``columns`` of CSV.
    """

    diagram: Diagram
    page: str
    called: str
    columns: Sequence[str]
    rows: Callable[[str], list[Row]]
    flat: Callable[[Iterable[Row]], list[Row]]


def paths(name: str) -> tuple[str, ...]:
    """The addresses of a diagram: of its page and of its files."""
    return (f"/{name}", *(f"/{name}.{suffix}" for suffix in CONTENT_TYPES))


def twins(name: str, query: str) -> list[tuple[str, str, str]]:
    """The files of a choice, as a page links to them: their formats, addresses and media types."""
    return [
        (TITLES[suffix], f"{name}.{suffix}{query}", kind.partition(";")[0]) for suffix, kind in CONTENT_TYPES.items()
    ]


def wanted_kind(asked: Asked) -> str:
    """The suffix of the file that is asked for, ``html`` for the page. Raises Refusal (406)."""
    suffix = asked.path.partition(".")[2]
    if suffix:
        return suffix
    offer = choose(asked.accept, _OFFERS)
    if offer is None:
        hint = f"Accept one of: {', '.join(one.partition(';')[0] for one in PAGE_TYPES.values())}."
        what = f"It is a page, {', '.join(TITLES.values())}."
        raise Refusal(406, "not-acceptable", "Not in this format", what, hint=hint)
    return offer.chosen


def not_drawn(error: Exception) -> Refusal:
    """That there is no drawing, and why."""
    hint = "The same rows are to be had as JSON and CSV; a narrower choice may be drawn."
    return Refusal(503, "not-drawn", "It cannot be drawn", str(error), hint=hint)


def drawn_file(suffix: str, diagram: Diagram, svg: bytes) -> bytes:
    """The drawing as SVG or painted from it. Raises CannotPaint."""
    return painted(diagram, svg.decode()) if suffix == "png" else svg


def written_file(suffix: str, sheet: Sheet, root: str) -> bytes:
    """What needs no drawing: the rows, or the graph for a program that draws by itself. ``root`` is the address of the
    start page.
    """
    diagram = sheet.diagram
    for export in EXPORTS:
        if suffix == export.suffix:
            return export.write(diagram, root).encode()
    found = sheet.rows(root)
    about: dict[str, Any] = {
        "title": diagram.title,
        "page": root + sheet.page,
        "permalink": diagram.permalink,
        "day": diagram.day,
        "version": diagram.version,
        "licence": diagram.licence,
    }
    if suffix == "csv":
        # A table has no place for what is said of it as a whole: each row has it.
        each = {name: value for name, value in about.items() if name != "page"}
        rows = [{name: _cell(value) for name, value in (row | each).items()} for row in sheet.flat(found)]
        return as_csv(rows, [*sheet.columns, *each])
    about["legend"] = dict(diagram.legend)
    told = {**about, "count": len(found), sheet.called: found}
    return json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _cell(value: Any) -> Any:
    """A text as :func:`plain` has it; what a spreadsheet would take for a formula begins with an apostrophe."""
    if not isinstance(value, str):
        return value
    return f"'{plain(value)}" if value.startswith(_FORMULAS) else plain(value)
