"""The differences as rows for programs: the same in JSON and in CSV, one row for each difference."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any, Final

from wsis_kg.views.differences import Difference, Side
from wsis_kg.views.register import Register

BETWEEN: Final = " | "
"""What stands in CSV between several values of one field."""


def rows(differences: Iterable[Difference], register: Register, root: str) -> list[dict[str, Any]]:
    """A row for each; ``root`` is the address of the start page. A side without a passage is a whole document."""
    return [
        {
            "difference": one.iri,
            "page": root + register.home(one.iri)[0],
            "kind": one.kind,
            "kind_name": one.kind_name,
            "official_text": one.official,
            "concerns": list(one.concerns),
            **_side(one.departs, register, ""),
            **_side(one.against, register, "against_"),
        }
        for one in differences
    ]


def _side(side: Side, register: Register, prefix: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "document": side.document,
        "document_name": register.short(side.document),
        "passage": side.passage,
        "place": register.place(side.passage) if side.passage else "",
        "authority": register.name(side.authority) if side.authority else "",
        "rendering": side.rendering,
        "prints": list(side.printed),
        "text": side.text,
    }
    return {prefix + name: value for name, value in told.items()}


def as_json(found: list[dict[str, Any]], about: dict[str, Any]) -> bytes:
    """The rows, with what is to be known about them first."""
    return json.dumps({**about, "count": len(found), "differences": found}, ensure_ascii=False, indent=1).encode()


def as_csv(found: list[dict[str, Any]], columns: list[str]) -> bytes:
    """The rows as RFC 4180 has it, with a header line; several values of one field are joined."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in found:
        values = (row[name] for name in columns)
        writer.writerow([BETWEEN.join(value) if isinstance(value, list) else value for value in values])
    return text.getvalue().encode()


COLUMNS: Final = [
    "difference", "page", "kind", "kind_name", "official_text", "concerns",
    *(
        prefix + name
        for prefix in ("", "against_")
        for name in ("document", "document_name", "passage", "place", "authority", "rendering", "prints", "text")
    ),
]
"""The fields of a row, in order."""
