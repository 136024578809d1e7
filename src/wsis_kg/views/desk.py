"""What the desk knows without asking: every name that a query can use, the saved questions, and the prefixes.

One JSON text, as small as can be read at once: a name is a row, and its first column the prefixed name.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from wsis_kg.names import NOUNS, PREFIXES

from .questions import THINGS, Question
from .register import Entry, Register
from .terms import Layer

_ORDER: Final = ("class", "relation", "attribute", *NOUNS)


def knowledge(
    register: Register,
    layers: Iterable[Layer],
    questions: Iterable[Question],
    limits: Mapping[str, float | None],
) -> bytes:
    """All of it in UTF-8. ``names`` are rows ``[prefixed name, label, kind, other names …]``: terms of the vocabulary
    first, then things in the order of nouns. ``limits`` are those of the server: seconds, rows and bytes.
    """
    rows = [
        [f":{term.local}", term.label, term.kind, term.definition]
        for layer in layers
        for term in layer.terms
    ]
    things = sorted(register.entries.values(), key=lambda entry: (_rank(entry.noun), entry.iri))
    rows += [_row(entry, register) for entry in things if entry.noun in NOUNS]
    told: dict[str, Any] = {
        "prefixes": PREFIXES,
        "names": rows,
        "kinds": THINGS,
        "questions": [asdict(question) for question in questions],
        "limits": limits,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _rank(noun: str) -> int:
    return _ORDER.index(noun) if noun in _ORDER else len(_ORDER)


def _row(entry: Entry, register: Register) -> list[str]:
    label = register.name(entry.iri)
    also = [*entry.abbreviations, *entry.also, entry.symbol, entry.number and f"¶{entry.number}"]
    others = [name for name in dict.fromkeys(also) if name and name != label]
    return [f"{entry.noun}:{entry.slug}", label, entry.noun, *others]
