"""A lineage as a diagram: documents and what they say something of, and a line for each kind of relation of two."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from wsis_kg.citation import LICENCE

from .diagram import Diagram, Line, Node
from .lineage import Lineage, Relation, series_of
from .register import ID, Register

_LONGEST_NAME: Final = 38
_SHORT_PLACE: Final = 12


def draw(
    relations: Sequence[Relation], lineage: Lineage, register: Register, title: str, day: str, version: str, link: str
) -> Diagram:
    """The relations as a diagram; ``link`` is its permanent address, ``day`` the ISO date it is told for."""
    ends = dict.fromkeys(end for one in relations for end in (one.source, one.target))
    nodes = tuple(
        Node(
            end,
            brief(end, register),
            register.name(end),
            end.removeprefix(ID).partition("/")[0],
            register.home(end)[0],
            detail=lineage.made[end].in_words() if end in lineage.made else "",
        )
        for end in sorted(ends, key=lambda one: (register.short(one), one))
    )
    lines = tuple(_line(one, lineage, register) for one in relations)
    legend = {key: _meaning(name, lineage, key) for key, name in _kinds(relations)}
    return Diagram(title, day, version, LICENCE, link, nodes, lines, legend)


def lanes(diagram: Diagram, lineage: Lineage, register: Register) -> dict[str, str]:
    """The lane of each node: the series of its symbol with whoever issued one of it, else its issuer, else its kind."""
    issued: dict[str, str] = {}
    for document, issuer in sorted(lineage.issuers.items()):
        series = series_of(register.entries[document].symbol) if document in register.entries else ""
        if series:
            issued.setdefault(series, register.short(issuer))
    found = {}
    for node in diagram.nodes:
        series = series_of(register.entries[node.key].symbol) if node.key in register.entries else ""
        if node.noun != "document":
            found[node.key] = "What they act on: bodies and events"
        elif series:
            found[node.key] = f"{issued[series]}: {series}/…" if series in issued else f"{series}/…"
        elif node.key in lineage.issuers:
            found[node.key] = register.short(lineage.issuers[node.key])
        else:
            found[node.key] = "No series, and no issuer on record"
    return found


def brief(iri: str, register: Register) -> str:
    """A name that fits into a node: the short one, cut after a word where it is longer."""
    return textwrap.shorten(register.short(iri), _LONGEST_NAME, placeholder=" …")


def _kinds(relations: Iterable[Relation]) -> list[tuple[str, str]]:
    return sorted({(one.kind, one.kind_name) for one in relations}, key=lambda pair: pair[1])


def _meaning(name: str, lineage: Lineage, kind: str) -> str:
    means: Mapping[str, str] = lineage.meanings
    return f"{name}: {means[kind]}" if kind in means else name


def _line(one: Relation, lineage: Lineage, register: Register) -> Line:
    first = one.statements[0] if one.statements else None
    made = lineage.made.get(one.source)
    address = "#".join(filter(None, register.home(first.iri if first else one.source)))
    return Line(
        one.key,
        one.source,
        one.target,
        one.kind,
        _label(one),
        sentence(one, register),
        address,
        one.statements,
        year=made.first.year if made is not None else None,
        derived=not one.asserted,
    )


def _label(one: Relation) -> str:
    """What stands on the line: what is done, and where, if that is short; else in how many passages."""
    place = one.statements[0].number if one.places == 1 else ""
    where = f" ×{one.places}" if one.places > 1 else f" {place}" if 0 < len(place) <= _SHORT_PLACE else ""
    return f"{one.called}{where}{'' if one.asserted else ' (inferred)'}"


def sentence(one: Relation, register: Register) -> str:
    """The relation for those who do not see it drawn; ends with its passage."""
    said = f"{register.short(one.source)} – {one.called} – {register.short(one.target)}"
    if not one.asserted:
        said += " (inferred by a rule)"
    if not one.statements:
        return f"{said}, by what they are: stated in no passage"
    first = one.statements[0]
    words = f": “{textwrap.shorten(first.words, 160, placeholder=' …')}”" if first.words else ""
    more = f", and {one.places - 1} more" if one.places > 1 else ""
    return f"{said}{words}, {first.document_name} {first.number}{more}"
