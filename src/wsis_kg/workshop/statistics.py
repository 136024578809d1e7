"""Counts what a dataset holds: statements, things, classes, properties, and which leads to which."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from wsis_kg.names import BASE, PREFIXES

_RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_NO_LINKS: Final = {
    _RDF_TYPE,
    PREFIXES["rdf"] + "first",
    PREFIXES["rdf"] + "rest",
    PREFIXES["rdfs"] + "domain",
    PREFIXES["rdfs"] + "range",
    PREFIXES["dcterms"] + "license",
}
"""Properties that use a term of another vocabulary, or a licence, and link nothing."""


@dataclass
class Part:
    """The counts of one set of triples; blank nodes count as subjects and objects like the rest."""

    triples: int = 0
    subjects: set[str] = field(default_factory=set)
    objects: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    """Instances by class, where the type is stated in this set."""
    properties: Counter[str] = field(default_factory=Counter)
    """Triples by property."""


class Statistics:
    """The counts of a store: of all its named graphs as one (a triple in two of them counts once), and of each."""

    def __init__(self, store: ox.Store) -> None:
        """Reads the whole store once. The default graph of the store is left out."""
        by_graph: dict[str, set[ox.Triple]] = defaultdict(set)
        for quad in store:
            if isinstance(quad.graph_name, ox.NamedNode):
                by_graph[quad.graph_name.value].add(quad.triple)
        union = set().union(*by_graph.values())
        self.whole = _count(union)
        self.graphs = {name: _count(triples) for name, triples in sorted(by_graph.items())}
        types: dict[str, set[str]] = defaultdict(set)
        for triple in union:
            if triple.predicate.value == _RDF_TYPE and isinstance(triple.object, ox.NamedNode):
                types[str(triple.subject)].add(triple.object.value)
        self.properties_of: dict[str, Counter[str]] = defaultdict(Counter)
        """By class: the triples that its instances are the subjects of, by property."""
        self.objects_of: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        """By class and property: the triples that lead to an instance of a class, by that class."""
        self.datatypes_of: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        """By class and property: the triples that lead to a literal, by its datatype."""
        self.links: Counter[tuple[str, str]] = Counter()
        """By property and namespace: the triples that lead from something of ours to something of somebody else's."""
        for triple in union:
            property_, value = triple.predicate.value, triple.object
            space = _linked(triple)
            if space is not None:
                self.links[property_, space] += 1
            for noun in types.get(str(triple.subject), ()):
                self.properties_of[noun][property_] += 1
                if isinstance(value, ox.Literal):
                    self.datatypes_of[noun, property_][value.datatype.value] += 1
                    continue
                for kind in types.get(str(value), ()):
                    self.objects_of[noun, property_][kind] += 1

    def vocabularies(self) -> list[str]:
        """The namespaces of the classes and properties in use."""
        terms = (*self.whole.classes, *self.whole.properties)
        return sorted({_namespace(term) for term in terms})


def _linked(triple: ox.Triple) -> str | None:
    """The namespace that a triple links something of ours to: one we have a prefix for, or all of the IRI but what
    follows its last # or /. None if it is no link.
    """
    subject, value = triple.subject, triple.object
    if not (isinstance(subject, ox.NamedNode) and isinstance(value, ox.NamedNode)):
        return None
    iri = value.value
    if not subject.value.startswith(BASE) or iri.startswith(BASE) or triple.predicate.value in _NO_LINKS:
        return None
    known = (space for space in PREFIXES.values() if iri.startswith(space) or iri == space.rstrip("#/"))
    return max(known, key=len, default=_namespace(iri))


def _namespace(term: str) -> str:
    return term[: max(term.rfind("#"), term.rfind("/")) + 1]


def _count(triples: set[ox.Triple]) -> Part:
    part = Part(len(triples), objects=len({triple.object for triple in triples}))
    for triple in triples:
        part.subjects.add(triple.subject.value if isinstance(triple.subject, ox.NamedNode) else str(triple.subject))
        part.properties[triple.predicate.value] += 1
        if triple.predicate.value == _RDF_TYPE and isinstance(triple.object, ox.NamedNode):
            part.classes[triple.object.value] += 1
    return part
