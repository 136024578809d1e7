"""What a dataset holds, for people to read: the counts, links and files that its description in VoID and DCAT gives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from wsis_kg.names import VOID

from .catalogue import NAMESPACES

_VOID: Final = NAMESPACES["void"]
_DCAT: Final = NAMESPACES["dcat"]
_COUNTS: Final = ("triples", "entities", "classes", "properties")
Values = Mapping[tuple[str, str], list[str]]
"""What is said of a node by a property, both IRIs."""


@dataclass(frozen=True)
class Part:
    """The dataset, or one of its named graphs. A count is None where the description has none; ``used`` are classes
    and ``said`` properties, each with how many things or statements have it, the most first.
    """

    iri: str
    triples: int | None
    entities: int | None
    classes: int | None
    properties: int | None
    used: tuple[tuple[str, int], ...] = ()
    said: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Links:
    """How many statements with this property lead to things whose IRIs begin so."""

    property: str
    space: str
    triples: int


@dataclass(frozen=True)
class File:
    """A file of the whole dataset: its name, its bytes, and whether it is compressed."""

    name: str
    size: int
    compressed: bool


@dataclass(frozen=True)
class Inventory:
    """The dataset, its named graphs in order, its links to others, its files, and some things to begin with."""

    whole: Part
    graphs: tuple[Part, ...]
    links: tuple[Links, ...]
    files: tuple[File, ...]
    examples: tuple[str, ...]
    keywords: tuple[str, ...] = field(default=())


def read_inventory(triples: Iterable[ox.Triple], graphs: Iterable[tuple[str, int]]) -> Inventory:
    """The inventory in these triples; ``graphs`` are the named graphs and the number of their statements."""
    values: dict[tuple[str, str], list[str]] = {}
    for one in triples:
        if isinstance(one.subject, ox.NamedNode) and isinstance(one.object, ox.NamedNode | ox.Literal):
            values.setdefault((one.subject.value, one.predicate.value), []).append(one.object.value)
    whole = f"{VOID}#dataset"
    links = [
        Links(_only(values, node, "linkPredicate"), space, _count(values, node, "triples") or 0)
        for node in values.get((whole, _VOID + "subset"), ())
        for target in values.get((node, _VOID + "objectsTarget"), ())
        for space in values.get((target, _VOID + "uriSpace"), ())
    ]
    files = [
        File(
            addresses[0].rpartition("/")[2],
            int(next(iter(values.get((node, _DCAT + "byteSize"), ())), 0)),
            (node, _DCAT + "compressFormat") in values,
        )
        for node in values.get((whole, _DCAT + "distribution"), ())
        if (addresses := values.get((node, _DCAT + "downloadURL")))
    ]
    return Inventory(
        _part(whole, values),
        tuple(_part(name, values, count) for name, count in graphs),
        tuple(sorted(links, key=lambda one: (-one.triples, one.property, one.space))),
        tuple(sorted(files, key=lambda one: (one.compressed, one.name))),
        tuple(sorted(values.get((whole, _VOID + "exampleResource"), ()))),
        tuple(sorted(values.get((whole, _DCAT + "keyword"), ()))),
    )


def _part(iri: str, values: Values, triples: int | None = None) -> Part:
    counts = {name: _count(values, iri, name) for name in _COUNTS}
    return Part(
        iri,
        counts["triples"] if triples is None else triples,
        counts["entities"],
        counts["classes"],
        counts["properties"],
        _counted(values, iri, "classPartition", "class", "entities"),
        _counted(values, iri, "propertyPartition", "property", "triples"),
    )


def _counted(values: Values, iri: str, partition: str, of: str, count: str) -> tuple[tuple[str, int], ...]:
    """What each partition is of, with its count; those that are counted within another partition have none here."""
    found = [
        (_only(values, node, of), number)
        for node in values.get((iri, _VOID + partition), ())
        if (number := _count(values, node, count)) is not None
    ]
    return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0])))


def _count(values: Values, iri: str, name: str) -> int | None:
    given = _only(values, iri, name)
    return int(given) if given.isascii() and given.isdigit() else None


def _only(values: Values, iri: str, name: str) -> str:
    return next(iter(values.get((iri, _VOID + name), ())), "")
