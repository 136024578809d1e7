"""The lineage of instruments as files need it: what page and command line give, the same for the same choice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from wsis_kg.engine.formats import JSON
from wsis_kg.engine.store import Engine
from wsis_kg.engine.table import Table
from wsis_kg.names import BASE
from wsis_kg.views.diagram import Diagram
from wsis_kg.views.diagram_records import stated, statement_record
from wsis_kg.views.diagram_svg import LEAST_WIDTH, framed, printable
from wsis_kg.views.lineage import Lineage, Made, Relation, read_lineage
from wsis_kg.views.lineage_diagram import draw
from wsis_kg.views.register import Register
from wsis_kg.views.text_width import wrapped

from .diagram_files import Row, Sheet
from .difference_rows import BETWEEN
from .drawn_files import style_of
from .lineage_choice import Wanted
from .lineage_figure import QUESTIONS, WIDE, placed
from .page import Pages
from .registers import page_questions, plain_rows

_MADE: Final = ("made", "made_from", "made_until")
COLUMNS: Final = [
    "relation", "page", "sentence", "document", "document_name", *_MADE, "kind", "kind_name",
    "to", "to_name", *(f"to_{name}" for name in _MADE),
    "stated", "passages", "stating", "passage", "place", "words", "official_text", "statements",
]  # fmt: skip
"""The fields of a row in CSV, in order."""
_NOTE: Final = 13.0
_MOST_LINES: Final = 6
_HOW_TO_READ: Final = (
    "Time runs to the right. A box begins on the day that passages give; a bar above it is the month, the year or the"
    " days that it took, where no passage is more exact. What no passage dates stands apart below."
)


@dataclass(frozen=True)
class Told:
    """A lineage as it is chosen, with the diagram of it."""

    wanted: Wanted
    lineage: Lineage
    register: Register
    relations: list[Relation]
    diagram: Diagram


def told(wanted: Wanted, lineage: Lineage, register: Register, version: str) -> Told:
    """What is chosen, as its files tell it today."""
    # In the order of the data: how a table is sorted changes no drawing.
    diagram = draw(
        lineage.chosen(wanted.chosen), lineage, register, wanted.title(lineage, register),
        datetime.now(UTC).date().isoformat(), version, f"{BASE}lineage{Wanted(wanted.chosen).query()}",
    )  # fmt: skip
    return Told(wanted, lineage, register, wanted.found(lineage, register), diagram)


def answered(engine: Engine) -> tuple[Lineage, Register]:
    """The lineage of the build that is open there, and its register."""
    rows, dates, things = (
        plain_rows(Table.from_json(engine.answer(page_questions()[name].text, JSON)))
        for name in (*QUESTIONS, "register")
    )
    register = Register(things)
    return read_lineage(rows, dates, register), register


def svg_of(one: Told, pages: Pages, root: str) -> bytes:
    """The drawing on its axis; ``root`` is the address of the start page."""
    figure = placed(one.diagram, one.lineage, one.register, WIDE)
    drawn = printable(pages.render("lineage/file.svg", root=root, figure=figure).decode())
    layout = figure.places.layout
    meanings = [words for kind, words in one.diagram.legend.items() if kind in one.lineage.meanings]
    width = max(layout.width, LEAST_WIDTH)
    notes = [("", line) for text in (_HOW_TO_READ, *meanings) for line in wrapped(text, _NOTE, width, _MOST_LINES)]
    style, font = style_of("diagram.css", "lineage.css")
    return framed(one.diagram, drawn, (layout.width, layout.height), notes, style, font).encode()


def sheet_of(one: Told) -> Sheet:
    """The diagram with its relations as rows."""
    lines = {line.key: line for line in one.diagram.lines}

    def row(relation: Relation, root: str) -> Row:
        line = lines[relation.key]
        first = statement_record(line.statements[0]) if line.statements else {}
        return {
            "relation": relation.key,
            "page": root + line.address,
            "sentence": line.sentence,
            "document": relation.source,
            "document_name": one.register.name(relation.source),
            **_made(one.lineage.made.get(relation.source), ""),
            "kind": relation.kind,
            "kind_name": relation.kind_name,
            "to": relation.target,
            "to_name": one.register.name(relation.target),
            **_made(one.lineage.made.get(relation.target), "to_"),
            "stated": stated(line),
            "passages": relation.places,
            "stating": first.get("document", ""),
            "passage": first.get("passage", ""),
            "place": first.get("place", ""),
            "words": first.get("words", ""),
            "official_text": first.get("official", False),
            "statements": [statement_record(said) for said in relation.statements],
        }

    def rows(root: str) -> list[Row]:
        return [row(relation, root) for relation in one.relations]

    return Sheet(one.diagram, f"lineage{one.wanted.query()}", "relations", COLUMNS, rows, _flat)


def _made(made: Made | None, prefix: str) -> dict[str, Any]:
    """When a thing was made: in words, and the days between which it was; empty where no passage says."""
    values = ("", "", "") if made is None else (made.in_words(), made.first.isoformat(), made.last.isoformat())
    return {prefix + name: value for name, value in zip(_MADE, values, strict=True)}


def _flat(rows: Iterable[Row]) -> list[Row]:
    """The rows for CSV: of the statements only their IRIs."""
    return [{**row, "statements": BETWEEN.join(said["iri"] for said in row["statements"])} for row in rows]
