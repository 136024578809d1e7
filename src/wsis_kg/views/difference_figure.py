"""The figure of all differences: a bar for each kind and document, drawn by length and told by number, never by colour.

Only its geometry is worked out here; a template writes it down.
"""

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .differences import Difference

_LABEL: Final = 152
_COLUMN: Final = 122
_LONGEST_BAR: Final = 80
_ROW: Final = 26
_LINE: Final = 15
_LETTERS: Final = 17
"""How many letters of a document's name fit above its column."""
_MOST_LINES: Final = 4


@dataclass(frozen=True)
class Bar:
    """One count: where its bar begins, how long it is, and of which kind and document it is."""

    x: int
    length: float
    count: int
    kind: str
    document: str


@dataclass(frozen=True)
class Row:
    """One kind: its name, the upper edge of its row, its bars and its sum."""

    kind: str
    name: str
    y: int
    bars: tuple[Bar, ...]
    total: int


@dataclass(frozen=True)
class Column:
    """One document: its name in full and in the lines above the column, the column's left edge, and its sum."""

    document: str
    name: str
    lines: tuple[str, ...]
    x: int
    total: int


@dataclass(frozen=True)
class Figure:
    """Rows and columns in their places; lengths are in the units of the drawing."""

    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    width: int
    height: int
    top: int
    label: int = _LABEL
    row_height: int = _ROW
    line_height: int = _LINE

    @property
    def total(self) -> int:
        """The number of differences that it shows."""
        return sum(row.total for row in self.rows)


def draw(differences: Iterable[Difference], names: Mapping[str, str]) -> Figure | None:
    """Kinds by the document that departs, the most frequent first; None where there is no difference.

    ``names`` has the short name of each document.
    """
    kinds: Counter[tuple[str, str]] = Counter()
    documents: Counter[str] = Counter()
    cells: Counter[tuple[str, str]] = Counter()
    for one in differences:
        kinds[one.kind, one.kind_name] += 1
        documents[one.departs.document] += 1
        cells[one.kind, one.departs.document] += 1
    if not kinds:
        return None
    unit = _LONGEST_BAR / max(cells.values())
    in_order = sorted(documents.items(), key=lambda pair: (-pair[1], pair[0]))
    columns = tuple(
        Column(document, names[document], _lines(names[document]), _LABEL + place * _COLUMN, total)
        for place, (document, total) in enumerate(in_order)
    )
    top = _LINE * max(len(column.lines) for column in columns) + _LINE
    rows = tuple(
        Row(
            kind,
            name,
            top + place * _ROW,
            tuple(
                Bar(column.x, round(count * unit, 1), count, kind, column.document)
                for column in columns
                if (count := cells[kind, column.document])
            ),
            total,
        )
        for place, ((kind, name), total) in enumerate(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0][1])))
    )
    return Figure(rows, columns, _LABEL + len(columns) * _COLUMN, top + len(rows) * _ROW, top)


def _lines(name: str) -> tuple[str, ...]:
    """A name in lines that fit above a column; what is cut off is shown to be."""
    lines = textwrap.wrap(name, _LETTERS, break_on_hyphens=False, max_lines=_MOST_LINES, placeholder=" …")
    return tuple(lines or [name])
