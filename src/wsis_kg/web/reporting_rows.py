"""The lines of the diagram as rows: of the table on the page, and in JSON and CSV; the same ones in each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from wsis_kg.views.diagram import Diagram, Line, Node
from wsis_kg.views.register import Register
from wsis_kg.views.reports import Report
from wsis_kg.views.timing import Named

from .difference_rows import BETWEEN

COLUMNS: Final = [
    "line", "page", "sentence", "from", "from_name", "report", "report_name", "relation", "target", "target_name",
    "recipients", "recipient_names", "kind", "recurrence", "due", "year", "mood", "stated", "change", "document",
    "passage", "place", "words", "official_text", "statements",
]
"""The fields of a row in CSV, in order."""


@dataclass(frozen=True)
class Differing:
    """That another passage says something otherwise: the difference, in what way, and where the other stands (empty
    where it is a whole document). ``bears_on`` names what of a reporting line it is about, by the IRI of the line.
    """

    iri: str
    kind: str
    passage: str
    bears_on: Mapping[str, str]


@dataclass(frozen=True)
class Told:
    """A line as it is told below the diagram: its ends, what its first passage says, and who says it otherwise."""

    line: Line
    source: Node
    target: Node
    often: str
    due: str
    recipients: tuple[Named, ...]
    """Those whom the passage names as recipients, wherever this line ends."""
    differing: tuple[tuple[Differing, str], ...]
    """The differences that bear on the report, each once, with what they are about."""
    others: int
    """How many more the first passage has."""


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
        recipients = tuple(part.who for part in lead.having("recipient"))
        if line.relation == "to":
            recipients = tuple(one for one in recipients if one.iri == line.target)
        differing = _bearing(line, differences)
        own = {one.iri for one in differences.get(lead.passage, ())}
        others = len(own - {one.iri for one, _ in differing})
        ends = nodes[line.source], nodes[line.target]
        found.append(Told(line, *ends, often, due, recipients, differing, others))
    column = sort.removeprefix("-")
    if column:
        found.sort(key=lambda one: _key(one, column), reverse=sort.startswith("-"))
    return found


def _bearing(line: Line, differences: Mapping[str, Sequence[Differing]]) -> tuple[tuple[Differing, str], ...]:
    """Those that bear on what the statements say, each once, however many statements have it."""
    found: dict[tuple[str, str, str], tuple[Differing, str]] = {}
    met: set[str] = set()
    lead = line.statements[0].passage
    for said in line.statements:
        for one in differences.get(said.passage, ()):
            about = one.bears_on.get(said.iri)
            if about is not None and one.iri not in met:
                met.add(one.iri)
                # Told from where the line stands: what differs from its first passage, not that passage.
                told = replace(one, passage=said.passage) if one.passage == lead else one
                found.setdefault((told.kind, told.passage, about), (told, about))
    return tuple(found.values())


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
    found: dict[str, dict[str, Differing]] = {}
    bearing: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        passage, difference = row["passage"], row["difference"]
        about = bearing.setdefault((passage, difference), {})
        if "bears_on" in row:
            about.setdefault(row["line"], row.get("bears_on_name", ""))
        found.setdefault(passage, {}).setdefault(
            difference, Differing(difference, row["kind_name"], row.get("other", ""), about)
        )
    return {passage: list(those.values()) for passage, those in found.items()}


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
                "from": _iri(one.source),
                "from_name": one.source.name,
                "report": line.carries or "",
                "report_name": register.name(line.carries) if line.carries else "",
                "relation": line.relation,
                "target": _iri(one.target),
                "target_name": one.target.name,
                "recipients": [whom.iri for whom in one.recipients],
                "recipient_names": [whom.name for whom in one.recipients],
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
                "differences": [item.iri for item, _ in one.differing],
                "other_differences": one.others,
            }
        )
    return rows


def flat(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows for CSV: of the statements only their IRIs, and several recipients in one cell."""
    return [
        {**row, "statements": BETWEEN.join(said["line"] for said in row["statements"])}
        | {name: BETWEEN.join(row[name]) for name in ("recipients", "recipient_names")}
        for row in rows
    ]


def _iri(node: Node) -> str:
    return "" if "#" in node.key.rpartition("/")[2] else node.key
