"""How one report travels, as each document tells it: a diagram for each, by its stages, official texts first."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from .diagram import Diagram
from .register import Register
from .reporting import replaced, reporting
from .reports import Report

_PLACES: Final = 2


def journeys(output: str, reports: Sequence[Report], register: Register, version: str, link: str) -> list[Diagram]:
    """The ways of an output, one for each document that tells of any; each is called by its document."""
    documents: dict[str, list[Report]] = {}
    for one in reports:
        if one.output is not None and one.output.iri == output:
            documents.setdefault(one.document.iri, []).append(one)
    in_order = sorted(documents.items(), key=lambda pair: (not pair[1][0].official, pair[0]))
    gone = replaced(reports)
    return [
        _by_place(
            reporting(
                told,
                register,
                title=register.short(document),
                day="",
                version=version,
                permalink=link,
                notes=gone,
            )
        )
        for document, told in in_order
    ]


def _by_place(diagram: Diagram) -> Diagram:
    """The same, each line called by its passages: what travels is the same on all of them."""
    lines = []
    for line in diagram.lines:
        places = list(dict.fromkeys(said.number for said in line.statements))
        lines.append(replace(line, label=", ".join(places[:_PLACES]) + (" …" if len(places) > _PLACES else "")))
    return replace(diagram, lines=tuple(lines))
