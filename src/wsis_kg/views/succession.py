"""Which version came after which, as a catalogue tells it: DCAT 3, section 11, with dates where they are known."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import pyoxigraph as ox

from wsis_kg.citation import LICENCE, TITLE
from wsis_kg.names import PREFIXES, VOID

from .catalogue import NAMESPACES
from .changes import version_iri
from .feed import moment

DATASET: Final = VOID + "#dataset"
_DCAT: Final = NAMESPACES["dcat"]
_DCTERMS: Final = PREFIXES["dcterms"]

Version = tuple[str, datetime | None]
"""The name of a version, and when it was published, if that is known."""


def describe(version: Version, before: str | None) -> Iterator[ox.Triple]:
    """One version as a dataset of its own, and the one before it."""
    name, published = version
    this = ox.NamedNode(version_iri(name))

    def said(property_: str, value: ox.NamedNode | ox.Literal) -> ox.Triple:
        return ox.Triple(this, ox.NamedNode(property_), value)

    yield said(PREFIXES["rdf"] + "type", ox.NamedNode(_DCAT + "Dataset"))
    yield said(_DCTERMS + "title", ox.Literal(f"{TITLE}, version {name}", language="en"))
    yield said(_DCAT + "version", ox.Literal(name))
    yield said(_DCAT + "isVersionOf", ox.NamedNode(DATASET))
    yield said(_DCTERMS + "license", ox.NamedNode(LICENCE))
    page = ox.NamedNode(version_iri(name) + "/")
    yield said(_DCAT + "landingPage", page)
    yield ox.Triple(page, ox.NamedNode(PREFIXES["rdf"] + "type"), ox.NamedNode(PREFIXES["foaf"] + "Document"))
    if published is not None:
        when = ox.Literal(moment(published), datatype=ox.NamedNode(PREFIXES["xsd"] + "dateTime"))
        yield said(_DCTERMS + "issued", when)
    if before is not None:
        yield said(_DCAT + "previousVersion", ox.NamedNode(version_iri(before)))


def succession(versions: Sequence[Version], current: str) -> Iterator[ox.Triple]:
    """The versions that followed one another, the earliest first, and which of them the dataset is now."""
    dataset = ox.NamedNode(DATASET)
    before: str | None = None
    for name, published in versions:
        this = ox.NamedNode(version_iri(name))
        yield from describe((name, published), before)
        yield ox.Triple(dataset, ox.NamedNode(_DCAT + "hasVersion"), this)
        if name == current:
            yield ox.Triple(dataset, ox.NamedNode(_DCAT + "hasCurrentVersion"), this)
            if before is not None:
                yield ox.Triple(dataset, ox.NamedNode(_DCAT + "previousVersion"), ox.NamedNode(version_iri(before)))
        before = name
