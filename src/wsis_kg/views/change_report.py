"""The changes between two versions, told: in words, as RDF in named graphs, and as a patch.

The RDF is TriG with four named graphs: what was added and removed, asserted and inferred apart, so that a SPARQL query
can ask which mandates are new. In which file of ours a statement stood does not fit there; the patch (RDF Patch,
afs.github.io/rdf-patch) keeps it, and applied to the dump of one version gives the other.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

import pyoxigraph as ox

from wsis_kg.names import GRAPH, ONTOLOGY, PREFIXES

from .changes import Changes, PropertyChange, Said, ThingChange, address
from .neighbourhood import Value

_MARKS: Final = {"added": "+", "removed": "-", "changed": "~"}
_TITLES: Final = {
    "added": "What is asserted in the later version, and was not in the earlier one.",
    "removed": "What was asserted in the earlier version, and is not in the later one.",
    "inferred-added": "What rules infer in the later version, and what was neither asserted nor inferred before.",
    "inferred-removed": "What rules inferred in the earlier version, and what is neither asserted nor inferred now.",
}
_PREFIX_OF: Final = sorted(((iri, prefix) for prefix, iri in PREFIXES.items()), key=lambda pair: -len(pair[0]))


def in_words(found: Changes, *, summary: bool = False) -> Iterator[str]:
    """Lines of text: one for each thing, and below it what changed of each property. ``summary``: only the counts."""
    yield f"From {found.before} to {found.after}: {counts(found)}"
    for group, things in groupby(found.things, key=lambda thing: thing.group):
        of_group = list(things)
        yield ""
        yield f"{group}: {_counted(of_group)}"
        if summary:
            continue
        for thing in of_group:
            yield f"  {_MARKS[thing.kind]} {called(found, thing.iri)}"
            for part in thing.properties:
                yield f"      {property_in_words(found, part)}"
    if found.moved and not summary:
        yield ""
        yield "Stated in another file:"
        for (subject, predicate, value), was, now in found.moved:
            files = f"{', '.join(map(_file, was))} -> {', '.join(map(_file, now))}"
            yield f"  {short(subject)} {short(predicate)} {value_in_words(found, value)}: {files}"
    if any(found.unnamed):
        yield ""
        removed, added = found.unnamed
        yield f"Lists of the ontology, which have no names: {removed} statements removed, {added} added."


def counts(found: Changes) -> str:
    """The whole in a sentence."""
    if found.none:
        return "nothing has changed."
    removed, added = found.statements(inferred=False)
    inferred_removed, inferred_added = found.statements(inferred=True)
    moved = f" {len(found.moved)} stand in another file." if found.moved else ""
    return (
        f"things: {_counted(found.things) or 'none'}. Statements asserted: {added} added, {removed} removed; "
        f"inferred: {inferred_added} added, {inferred_removed} removed.{moved}"
    )


def _counted(things: list[ThingChange]) -> str:
    numbers = [(kind, sum(thing.kind == kind for thing in things)) for kind in ("added", "changed", "removed")]
    return ", ".join(f"{number} {kind}" for kind, number in numbers if number)


def property_in_words(found: Changes, part: PropertyChange) -> str:
    """What changed of a property: ``name: old -> new``, or the values with a plus or minus."""
    lead = f"{'inferred ' if part.inferred else ''}{_label(found, part.predicate)}: "
    if len(part.removed) == len(part.added) == 1:
        return f"{lead}{_said(found, part.removed[0])} -> {_said(found, part.added[0])}"
    values = [f"- {_said(found, one)}" for one in part.removed] + [f"+ {_said(found, one)}" for one in part.added]
    return lead + "; ".join(values)


def _said(found: Changes, said: Said) -> str:
    return value_in_words(found, said.value) + (f" ({said.note})" if said.note else "")


def value_in_words(found: Changes, value: Value) -> str:
    """A thing by name and label, a text in quotation marks with its language if it is not English."""
    if value.is_thing:
        return called(found, value.text)
    if value.language and value.language != "en":
        return f"“{value.text}” ({value.language})"
    return value.text if value.datatype else f"“{value.text}”"


def called(found: Changes, iri: str) -> str:
    """A thing by its prefixed name, and its label if it has one."""
    name = found.names.get(iri)
    return f"{short(iri)} “{name}”" if name else short(iri)


def _label(found: Changes, predicate: str) -> str:
    return found.names[predicate] if predicate.startswith(ONTOLOGY) and predicate in found.names else short(predicate)


def short(iri: str) -> str:
    """An IRI with a prefix of ours where one fits, else in angle brackets."""
    for namespace, prefix in _PREFIX_OF:
        if iri.startswith(namespace) and "/" not in iri[len(namespace) :]:
            return f"{prefix}:{iri[len(namespace) :]}"
    return f"<{iri}>"


def _file(graph: str) -> str:
    return graph.removeprefix(GRAPH)


def as_trig(found: Changes) -> bytes:
    """TriG: a named graph for what was added, one for what was removed, and the same for what is inferred."""
    here = address(found.before, found.after)
    dcterms = PREFIXES["dcterms"]
    title = f"Changes of wsis-kg from version {found.before} to version {found.after}"
    about = [ox.Quad(_iri(here), _iri(dcterms + "title"), ox.Literal(title, language="en"))]
    for name, text in _TITLES.items():
        graph = _iri(f"{here}#{name}")
        about.append(ox.Quad(_iri(here), _iri(dcterms + "hasPart"), graph))
        about.append(ox.Quad(graph, _iri(dcterms + "description"), ox.Literal(text, language="en")))
    quads = [
        ox.Quad(_iri(thing.iri), _iri(part.predicate), said.value.term(), _iri(f"{here}#{lead}{what}"))
        for thing in found.things
        for part in thing.properties
        for lead in ("inferred-" if part.inferred else "",)
        for what, values in (("added", part.added), ("removed", part.removed))
        for said in values
    ]
    quads.sort(key=lambda quad: str(quad.graph_name))
    written = ox.serialize([*about, *quads], format=ox.RdfFormat.TRIG, prefixes=PREFIXES)
    assert written is not None
    return written


def as_patch(found: Changes) -> bytes:
    """RDF Patch: ``D`` for each line of the version before that the one after lacks, ``A`` for each that it adds."""
    here = address(found.before, found.after)
    head = f"H id <{here}> .\nTX .\n".encode()
    rows = [b"D " + line for line in found.removed] + [b"A " + line for line in found.added]
    return head + b"".join(rows) + b"TC .\n"


def _iri(text: str) -> ox.NamedNode:
    return ox.NamedNode(text)
