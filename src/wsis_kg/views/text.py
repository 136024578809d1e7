"""Rows as plain text for a terminal: a grid where it fits, else one block of lines for each row."""

import textwrap
from collections.abc import Sequence

_WIDEST_CELL = 44


def columns_for_people(variables: Sequence[str]) -> list[str]:
    """The columns worth showing to a person: names instead of IRIs, and nothing that is only there for order.

    A document is the exception: its short IRI says more in less space than its full title.
    """
    names = set(variables)
    return [
        name
        for name in variables
        if not name.endswith("_order") and f"{name}_name" not in names - {"document_name"} and name != "document_name"
    ]


def as_text(variables: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """The rows, each with a value for every variable, in lines no longer than ``width`` where words allow."""
    if not rows:
        return ""
    widths = [
        max(len(name), *(min(len(row[place]), _WIDEST_CELL) for row in rows)) for place, name in enumerate(variables)
    ]
    if sum(widths) + 2 * (len(widths) - 1) <= width:
        return _grid(variables, rows, widths)
    return _blocks(variables, rows, width)


def _grid(variables: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> str:
    lines = [_line(variables, widths), _line(["-" * width for width in widths], widths)]
    for row in rows:
        cells = [textwrap.wrap(value, width) or [""] for value, width in zip(row, widths, strict=True)]
        for number in range(max(len(cell) for cell in cells)):
            lines.append(_line([cell[number] if number < len(cell) else "" for cell in cells], widths))
    return "\n".join(lines) + "\n"


def _line(values: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(value.ljust(width) for value, width in zip(values, widths, strict=True)).rstrip()


def _blocks(variables: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    margin = max(len(name) for name in variables) + 2
    blocks = []
    for row in rows:
        lines = []
        for name, value in zip(variables, row, strict=True):
            if value:
                lines += textwrap.wrap(
                    value, max(width, margin + 20), initial_indent=name.ljust(margin), subsequent_indent=" " * margin
                )
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"
