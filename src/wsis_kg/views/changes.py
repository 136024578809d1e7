"""What differs between two versions of the dataset: thing by thing, property by property, asserted apart from inferred.

Versions are given as lines of N-Quads. Statements about the dataset itself (``graph/description``) are no content and
are left out. Blank nodes, which only lists of the ontology are, are compared by what they hold: their names may shift.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal

import pyoxigraph as ox

from wsis_kg.names import BASE, DESCRIPTION, INFERRED, NOUNS, ONTOLOGY, PREFIXES

from .neighbourhood import Value
from .register import ID

_IN_DESCRIPTION: Final = f" <{DESCRIPTION}> .\n".encode()
_LABELS: Final = tuple(f" <{iri}> ".encode() for iri in (PREFIXES["skos"] + "prefLabel", PREFIXES["rdfs"] + "label"))
_VOCABULARY: Final = "vocabulary"
_OTHER: Final = "other"
GROUPS: Final = (*NOUNS, _VOCABULARY, _OTHER)
"""In the order in which things are shown: by noun, then the terms of the ontology, then what is not ours."""

Kind = Literal["added", "removed", "changed"]
Triple = tuple[str, str, Value]


@dataclass(frozen=True)
class Said:
    """A value that is stated now and was not, or the other way round."""

    value: Value
    note: str = ""
    """What remains of it where it is no longer asserted, or was there of it before: that a rule gives it."""


@dataclass
class PropertyChange:
    """One property of a thing: the values that it lost and those that it got."""

    predicate: str
    inferred: bool
    """Whether rules of ours state them, rather than a file."""
    removed: list[Said] = field(default_factory=list)
    added: list[Said] = field(default_factory=list)


@dataclass
class ThingChange:
    """A thing that is new, gone, or of which other things are said."""

    iri: str
    kind: Kind
    properties: list[PropertyChange]

    @property
    def group(self) -> str:
        """The noun in its IRI, or which other kind of thing it is: one of ``GROUPS``."""
        if self.iri.startswith(ID):
            noun = self.iri.removeprefix(ID).partition("/")[0]
            return noun if noun in NOUNS else _OTHER
        return _VOCABULARY if self.iri.startswith(ONTOLOGY) else _OTHER


@dataclass
class Changes:
    """All that leads from one version to another; ``before`` and ``after`` are their names."""

    before: str
    after: str
    things: list[ThingChange]
    """In the order of ``GROUPS`` and then of their IRIs."""
    moved: list[tuple[Triple, list[str], list[str]]]
    """Statements that are asserted in both, with the names of the graphs that they stood in and stand in."""
    unnamed: tuple[int, int]
    """How many statements with blank nodes went and came."""
    removed: list[bytes]
    """The lines of N-Quads that only the version before has, sorted; names of blank nodes as they are there."""
    added: list[bytes]
    """Those that only the version after has."""
    names: dict[str, str]
    """What things and terms are called in English, in the later version if it has them."""

    @property
    def none(self) -> bool:
        """Whether both hold the same."""
        return not self.things and not self.moved and not any(self.unnamed)

    def count(self, kind: Kind) -> int:
        """The number of things that were added, removed or changed."""
        return sum(thing.kind == kind for thing in self.things)

    def statements(self, *, inferred: bool) -> tuple[int, int]:
        """How many statements went and came, of those that are asserted or of those that are inferred."""
        parts = [part for thing in self.things for part in thing.properties if part.inferred == inferred]
        return sum(len(part.removed) for part in parts), sum(len(part.added) for part in parts)


def changes(before: str, lines_before: Iterable[bytes], after: str, lines_after: Iterable[bytes]) -> Changes:
    """What differs between two versions, given by their names and their lines of N-Quads, each with its line end.

    Raises SyntaxError for a line that is none.
    """
    raw = [{line for line in lines if not line.endswith(_IN_DESCRIPTION)} for lines in (lines_before, lines_after)]
    old, new = (_blank_nodes_by_content(lines) for lines in raw)
    gone, come = old - new, new - old
    stated = _stated(old, new, gone | come)
    names = {**_names(old), **_names(new)}
    by_thing: dict[str, dict[tuple[str, bool], PropertyChange]] = defaultdict(dict)
    moved: list[tuple[Triple, list[str], list[str]]] = []
    unnamed = [0, 0]
    texts = sorted(stated)
    for text, quad in zip(texts, _triples(texts), strict=True):
        was, now = stated[text]
        if not isinstance(quad.subject, ox.NamedNode) or isinstance(quad.object, ox.BlankNode):
            unnamed[0] += bool(was and not now)
            unnamed[1] += bool(now and not was)
            continue
        triple = (quad.subject.value, quad.predicate.value, _value(quad.object))
        asserted_was, asserted_now = was - {INFERRED}, now - {INFERRED}
        if asserted_was and asserted_now:
            if asserted_was != asserted_now:
                moved.append((triple, sorted(asserted_was), sorted(asserted_now)))
            continue
        inferred = not asserted_was and not asserted_now
        subject, predicate, value = triple
        part = by_thing[subject].setdefault((predicate, inferred), PropertyChange(predicate, inferred))
        if asserted_now or (inferred and now):
            part.added.append(Said(value, "was inferred before" if was else ""))
        else:
            part.removed.append(Said(value, "is still inferred" if now else ""))
    subjects_old, subjects_new = (_subjects(lines, by_thing) for lines in (old, new))
    things = [
        ThingChange(
            iri, _kind(iri, subjects_old, subjects_new), [parts[key] for key in sorted(parts, key=_asserted_first)]
        )
        for iri, parts in by_thing.items()
    ]
    things.sort(key=lambda thing: (GROUPS.index(thing.group), thing.iri))
    lines_gone, lines_come = sorted(raw[0] - raw[1]), sorted(raw[1] - raw[0])
    found = Changes(before, after, things, moved, (unnamed[0], unnamed[1]), lines_gone, lines_come, names)
    if found.none:
        # Blank nodes may have other names: that is no change.
        found.removed, found.added = [], []
    return found


def _asserted_first(key: tuple[str, bool]) -> tuple[bool, str]:
    return key[1], key[0]


def _kind(iri: str, before: set[str], after: set[str]) -> Kind:
    if iri in before and iri in after:
        return "changed"
    return "added" if iri in after else "removed"


def _stated(
    before: set[bytes], after: set[bytes], differing: set[bytes]
) -> dict[bytes, tuple[frozenset[str], frozenset[str]]]:
    """For each triple that a differing line states: the graphs in which it stood, and those in which it stands."""
    graphs: dict[bytes, tuple[set[str], set[str]]] = {}
    for line in differing:
        graphs.setdefault(_split(line)[0], (set(), set()))
    for number, lines in enumerate((before, after)):
        for line in lines:
            triple, graph = _split(line)
            if triple in graphs:
                graphs[triple][number].add(graph)
    return {triple: (frozenset(was), frozenset(now)) for triple, (was, now) in graphs.items()}


def _split(line: bytes) -> tuple[bytes, str]:
    """The triple of a line, and the name of its graph: the last term, which has no space in it."""
    triple, _, graph = line.rpartition(b" <")
    return triple, graph.removesuffix(b"> .\n").decode()


def _triples(texts: Iterable[bytes]) -> list[ox.Quad]:
    """What the texts state, one each, in their order."""
    return list(ox.parse(b"".join(text + b" .\n" for text in texts), format=ox.RdfFormat.N_QUADS))


def _value(term: object) -> Value:
    if isinstance(term, ox.Literal):
        plain = term.language or term.datatype.value == PREFIXES["xsd"] + "string"
        return Value(term.value, False, term.language or "", "" if plain else term.datatype.value)
    assert isinstance(term, ox.NamedNode)
    return Value(term.value, True)


def _names(lines: set[bytes]) -> dict[str, str]:
    """Labels in English; where a thing has several, the first."""
    text = b"".join(sorted(line for line in lines if any(label in line for label in _LABELS)))
    found: dict[str, str] = {}
    for quad in ox.parse(text, format=ox.RdfFormat.N_QUADS):
        label, thing = quad.object, quad.subject
        if isinstance(label, ox.Literal) and isinstance(thing, ox.NamedNode) and label.language in (None, "en"):
            found.setdefault(thing.value, label.value)
    return found


def _subjects(lines: set[bytes], wanted: Iterable[str]) -> set[str]:
    """Which of the wanted things something is said about."""
    looked_for = {f"<{iri}>".encode(): iri for iri in wanted}
    return {looked_for[subject] for line in lines if (subject := line.partition(b" ")[0]) in looked_for}


def things_of(lines: Iterable[bytes]) -> frozenset[str]:
    """The IRIs of the things of ours that lines of N-Quads say something about."""
    own = f"<{ID}".encode()
    return frozenset(line.partition(b"> ")[0][1:].decode() for line in lines if line.startswith(own))


def _blank_nodes_by_content(lines: set[bytes]) -> set[bytes]:
    """The lines with each blank node named by a hash of what is said about it, and of what that leads to."""
    with_some = {line for line in lines if line.startswith(b"_:") or b" _:" in line}
    quads = list(ox.parse(b"".join(with_some), format=ox.RdfFormat.N_QUADS))
    about: dict[ox.BlankNode, list[ox.Quad]] = defaultdict(list)
    for quad in quads:
        if isinstance(quad.subject, ox.BlankNode):
            about[quad.subject].append(quad)
    known: dict[ox.BlankNode, str] = {}

    def named(term: object, within: tuple[ox.BlankNode, ...] = ()) -> str:
        if not isinstance(term, ox.BlankNode):
            return str(term)
        if term in within:
            return "_:circle"
        if term not in known:
            said = sorted(
                f"{quad.predicate} {named(quad.object, (*within, term))} {quad.graph_name}" for quad in about[term]
            )
            known[term] = "_:b" + sha256("\n".join(said).encode()).hexdigest()[:24]
        return known[term]

    renamed = {
        f"{named(quad.subject)} {quad.predicate} {named(quad.object)} {quad.graph_name} .\n".encode() for quad in quads
    }
    return (lines - with_some) | renamed


def version_iri(version: str) -> str:
    """The IRI of a version of the dataset."""
    return f"{BASE}version/{version}"


def address(before: str, after: str) -> str:
    """The permanent address of the changes from one version to another."""
    return f"{version_iri(after)}/changes/{before}"
