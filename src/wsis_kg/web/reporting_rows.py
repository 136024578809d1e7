"""The lines of the diagram as rows: of the table on the page, and in JSON and CSV; the same ones in each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wsis_kg.views.diagram import Diagram, Line, Node
from wsis_kg.views.register import Register
from wsis_kg.views.reports import Report

from .difference_rows import BETWEEN

COLUMNS: Final = [
    "line", "page", "sentence", "reporter", "reporter_name", "report", "report_name", "recipient", "recipient_name",
    "kind", "recurrence", "due", "year", "mood", "stated", "change", "document", "passage", "place", "words",
    "official_text", "statements",
]
"""The fields of a row in CSV, in order."""


@dataclass(frozen=True)
class Differing:
    """That another passage says something otherwise: the difference, in what way, and where the other stands."""

    iri: str
    kind: str
    passage: str


@dataclass(frozen=True)
class Told:
    """A line as it is told below the diagram: its ends, what its first passage says, and who says it otherwise."""

    line: Line
    source: Node
    target: Node
    often: str
    due: str
    differing: tuple[Differing, ...]


def told_lines(
    diagram: Diagram, reports: Iterable[Report], differences: Mapping[str, Sequence[Differing]], sort: str
) -> list[Told]:
    """The lines in the order of a column; a minus sign before its name turns it round. Without one, as documents are
    read.
    """
    nodes = {node.key: node for node in diagram.nodes}
    by_iri = {one.iri: one for one in reports}
    found = []
    for line in diagram.lines:
        lead = by_iri[line.statements[0].iri]
        # When it is due tells when it is given, not when somebody passes it on; and it is what the passage beside it
        # says, never what another one does.
        due = lead.when.printed if line.kind not in ("transmits", "considers") else ""
        often = lead.recurrence.name if lead.recurrence is not None else ""
        passages = dict.fromkeys(one.passage for one in line.statements)
        differing = {one.iri: one for passage in passages for one in differences.get(passage, ())}
        found.append(Told(line, nodes[line.source], nodes[line.target], often, due, tuple(differing.values())))
    column = sort.removeprefix("-")
    if column:
        found.sort(key=lambda one: _key(one, column), reverse=sort.startswith("-"))
    return found


def _key(one: Told, column: str) -> tuple[bool, str]:
    value = {
        "reporter": one.source.label,
        "report": one.line.label,
        "recipient": one.target.label,
        "due": str(one.line.year or ""),
        "document": f"{one.line.statements[0].document_name} {one.line.statements[0].number.rjust(12)}",
    }[column]
    return not value, value.casefold()


def read_differing(rows: Iterable[Mapping[str, str]]) -> dict[str, list[Differing]]:
    """Who says otherwise than a passage, by that passage, from the rows of ``reporting-differences``."""
    found: dict[str, list[Differing]] = {}
    for row in rows:
        for here, there in (("passage", "other"), ("other", "passage")):
            found.setdefault(row[here], []).append(Differing(row["difference"], row["kind_name"], row[there]))
    return found


def as_rows(told: Iterable[Told], register: Register, root: str) -> list[dict[str, Any]]:
    """The rows for programs; ``root`` is the address of the start page."""
    rows = []
    for one in told:
        line, first = one.line, one.line.statements[0]
        rows.append(
            {
                "line": first.iri,
                "page": root + line.address,
                "sentence": line.sentence,
                "reporter": _iri(one.source),
                "reporter_name": one.source.name,
                "report": line.carries or "",
                "report_name": register.name(line.carries) if line.carries else "",
                "recipient": _iri(one.target),
                "recipient_name": one.target.name,
                "kind": line.kind,
                "recurrence": one.often,
                "due": one.due,
                "year": line.year or "",
                "mood": line.mood,
                "stated": "inferred" if line.inferred else "asserted",
                "change": line.change,
                "document": first.document,
                "passage": first.passage,
                "place": first.number,
                "words": first.words,
                "official_text": first.official,
                "statements": [
                    {
                        "line": said.iri, "passage": said.passage, "document": said.document,
                        "document_name": said.document_name, "place": said.number, "words": said.words,
                        "official_text": said.official, "stated": "inferred" if said.inferred else "asserted",
                        "otherwise": said.otherwise,
                    }
                    for said in line.statements
                ],
                "differences": [item.iri for item in one.differing],
            }
        )
    return rows


def flat(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows for CSV: of the statements only their IRIs."""
    return [{**row, "statements": BETWEEN.join(said["line"] for said in row["statements"])} for row in rows]


def _iri(node: Node) -> str:
    return "" if "#" in node.key.rpartition("/")[2] else node.key
