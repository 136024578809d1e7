"""Who reports to whom as files: what the page and the command line give, byte by byte the same for the same choice."""

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from wsis_kg.views.diagram import Diagram, Layout, Line, Node
from wsis_kg.views.diagram_collapse import collapsed, is_collapsed
from wsis_kg.views.diagram_exports import EXPORTS
from wsis_kg.views.register import Register
from wsis_kg.views.reports import Report

from .difference_rows import as_csv
from .drawn_files import as_svg
from .painting import painted
from .reporting_choice import Wanted
from .reporting_rows import COLUMNS, Differing, as_rows, flat, told_lines

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
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Chosen:
    """A diagram, and what its rows are told from."""

    diagram: Diagram
    wanted: Wanted
    reports: list[Report]
    differing: dict[str, list[Differing]]
    register: Register


def drawn_of(chosen: Chosen) -> Diagram:
    """What is drawn: the diagram, collapsed where it is too large to be read."""
    return collapsed(chosen.diagram, chosen.wanted.opened)


def drawn_file(suffix: str, chosen: Chosen, drawn: Diagram, layout: Layout, root: str) -> bytes:
    """The drawing; ``root`` is the address of the start page. Raises CannotPaint."""
    svg = as_svg(drawn, layout, root, lambda part: address_of(part, chosen.wanted))
    return painted(drawn, svg.decode()) if suffix == "png" else svg


def address_of(part: Node | Line, wanted: Wanted, here: bool = False) -> str:
    """Where a part of the drawing leads: a group to the same with it open, a line to what it rests on, on the page it
    is shown ``here``, and a node to its own page.
    """
    if is_collapsed(part):
        return f"reporting{replace(wanted, opened=(*wanted.opened, part.address)).query()}"
    return f"#{part.key}" if here and isinstance(part, Line) else part.address


def written_file(suffix: str, chosen: Chosen, root: str) -> bytes:
    """What needs no drawing: the rows, or the graph for a program that draws by itself."""
    for export in EXPORTS:
        if suffix == export.suffix:
            return export.write(chosen.diagram, root).encode()
    diagram, wanted = chosen.diagram, chosen.wanted
    found = as_rows(told_lines(diagram, chosen.reports, chosen.differing, wanted.sort), chosen.register, root)
    about: dict[str, Any] = {
        "title": diagram.title,
        "page": f"{root}reporting{wanted.query()}",
        "permalink": diagram.permalink,
        "day": diagram.day,
        "version": diagram.version,
        "licence": diagram.licence,
    }
    if suffix == "csv":
        # A table has no place for what is said of it as a whole: each row has it.
        told = {name: value for name, value in about.items() if name != "page"}
        rows = [{name: _cell(value) for name, value in row.items()} | told for row in flat(found)]
        return as_csv(rows, [*COLUMNS, *told])
    about["legend"] = dict(diagram.legend)
    return json.dumps({**about, "count": len(found), "lines": found}, ensure_ascii=False, indent=1).encode()


def _cell(value: Any) -> Any:
    """What a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value
