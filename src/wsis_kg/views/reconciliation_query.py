"""What a client of the reconciliation service asks, read from its JSON (Reconciliation Service API 0.2, sections 4
and 7), each within limits.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MOST_QUERIES: Final = 50
"""Queries of one batch; the manifest says so."""
MOST_THINGS: Final = 500
"""Things of one request for their properties."""
MOST_CANDIDATES: Final = 25
_CANDIDATES: Final = 5
_LONGEST_TEXT: Final = 500
_MOST_VALUES: Final = 20
_MOST_PROPERTIES: Final = 20


class BadReconciliation(ValueError):
    """What was sent is no query of the API; the text says in a sentence what is wrong with it, and where."""


class TooMany(BadReconciliation):
    """More at once than one request may ask."""


@dataclass(frozen=True)
class Wanted:
    """One query: words, types and properties that a thing is to have, and how many candidates at most.

    ``text`` may be empty where there are ``properties``: pairs of a property and its values, one of which is to hold.
    """

    text: str
    types: tuple[str, ...] = ()
    properties: tuple[tuple[str, tuple[str, ...]], ...] = ()
    limit: int = _CANDIDATES


@dataclass(frozen=True)
class Extension:
    """The things of which properties are wanted, and these properties, by their identifiers."""

    things: tuple[str, ...]
    properties: tuple[str, ...]


def read_batch(text: str) -> dict[str, Wanted]:
    """The queries of a batch by their keys (section 4.1). Raises BadReconciliation."""
    batch = _object(_parsed(text, "queries"), "queries")
    if len(batch) > MOST_QUERIES:
        raise TooMany(f"The batch has {len(batch)} queries; send at most {MOST_QUERIES} at once.")
    return {key: _wanted(value, f"query “{key[:40]}”") for key, value in batch.items()}


def read_single(text: str) -> Wanted:
    """A query that is sent alone, as the API had it before 0.2: its words, or its object. Raises BadReconciliation."""
    if text.lstrip().startswith("{"):
        return _wanted(_parsed(text, "query"), "query")
    return _wanted({"query": text}, "query")


def read_extension(text: str) -> Extension:
    """A request for properties (section 7.4). Raises BadReconciliation."""
    asked = _object(_parsed(text, "extend"), "extend")
    things, properties = asked.get("ids"), asked.get("properties")
    if not isinstance(things, list) or not all(isinstance(one, str) for one in things):
        raise BadReconciliation("In extend, ids is a list of identifiers.")
    if not isinstance(properties, list) or not all(
        isinstance(one, dict) and isinstance(one.get("id"), str) for one in properties
    ):
        raise BadReconciliation("In extend, properties is a list of objects, each with the id of a property.")
    if len(things) > MOST_THINGS or len(properties) > _MOST_PROPERTIES:
        raise TooMany(f"Ask for at most {_MOST_PROPERTIES} properties of {MOST_THINGS} things at once.")
    return Extension(tuple(things), tuple(dict.fromkeys(one["id"] for one in properties)))


def _wanted(value: Any, where: str) -> Wanted:
    asked = _object(value, where)
    text = asked.get("query", "")
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
        raise BadReconciliation(f"In {where}, query is a text of at most {_LONGEST_TEXT} characters.")
    properties = _properties(asked.get("properties", []), where)
    if not text.strip() and not properties:
        raise BadReconciliation(f"In {where} there is neither a query nor a property to look for.")
    return Wanted(text.strip(), _types(asked.get("type"), where), properties, _limit(asked.get("limit"), where))


def _types(value: Any, where: str) -> tuple[str, ...]:
    types = [] if value is None else value if isinstance(value, list) else [value]
    # OpenRefine sends a type as its identifier; older clients as an object that has it.
    named = [one.get("id") if isinstance(one, dict) else one for one in types]
    if len(named) > _MOST_VALUES or not all(isinstance(one, str) for one in named):
        raise BadReconciliation(f"In {where}, type is the identifier of a type, or a list of at most {_MOST_VALUES}.")
    return tuple(one for one in named if one)


def _limit(value: Any, where: str) -> int:
    if value is None:
        return _CANDIDATES
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value < 1:
        raise BadReconciliation(f"In {where}, limit is a whole number above 0.")
    return int(min(value, MOST_CANDIDATES))


def _properties(value: Any, where: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, list) or len(value) > _MOST_PROPERTIES:
        raise BadReconciliation(f"In {where}, properties is a list of at most {_MOST_PROPERTIES}.")
    found = []
    for one in value:
        if not isinstance(one, dict) or not isinstance(one.get("pid"), str) or "v" not in one:
            raise BadReconciliation(f"In {where}, each of the properties is an object with pid and v.")
        values = one["v"] if isinstance(one["v"], list) else [one["v"]]
        if len(values) > _MOST_VALUES:
            raise BadReconciliation(f"In {where}, a property has at most {_MOST_VALUES} values.")
        texts = tuple(_value(single, where) for single in values)
        # A cell of a table that is empty says nothing.
        if any(texts):
            found.append((one["pid"], tuple(text for text in texts if text)))
    return tuple(found)


def _value(value: Any, where: str) -> str:
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        value = value["id"]
    if isinstance(value, bool):
        value = str(value).lower()
    if value is None:
        return ""
    if not isinstance(value, str | int | float) or len(str(value)) > _LONGEST_TEXT:
        raise BadReconciliation(
            f"In {where}, the value of a property is a text of at most {_LONGEST_TEXT} characters, a number, or an "
            "object with an id."
        )
    return str(value).strip()


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        why = f": {error}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadReconciliation(f"The parameter {where} is not JSON{why}.") from error


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadReconciliation(f"{where[0].upper()}{where[1:]} is not a JSON object.")
    return value
