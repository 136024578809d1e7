"""Rows as plain values, read from SPARQL JSON results: what the pages and the command line show, wherever the
rows came from.
"""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple, Self


class Cell(NamedTuple):
    """An RDF term of a result: ``kind`` is uri, literal, bnode or triple."""

    kind: str
    value: str
    language: str | None = None
    datatype: str | None = None


@dataclass(frozen=True)
class Table:
    """The rows of a SELECT, an unbound variable being absent from its row; or the truth of an ASK."""

    variables: tuple[str, ...]
    rows: tuple[dict[str, Cell], ...]
    truth: bool | None = None

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Reads ``application/sparql-results+json`` (SPARQL 1.1 Query Results JSON Format).

        Raises ValueError if it is not that.
        """
        try:
            document = json.loads(body)
            variables = tuple(document["head"].get("vars", ()))
            if "boolean" in document:
                return cls(variables, (), bool(document["boolean"]))
            rows = tuple({name: _cell(term) for name, term in row.items()} for row in document["results"]["bindings"])
        except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ValueError("This is not a result in SPARQL JSON.") from error
        return cls(variables, rows)


def _cell(term: dict[str, Any]) -> Cell:
    kind = "literal" if term["type"] == "typed-literal" else term["type"]
    value = term["value"]
    if kind == "triple":
        value = "<<( " + " ".join(_cell(value[part]).value for part in ("subject", "predicate", "object")) + " )>>"
    return Cell(kind, value, term.get("xml:lang"), term.get("datatype"))
