"""A document about one thing, as data: its neighbourhood, the names of its neighbours, and what the document is."""

from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from wsis_kg.citation import LICENCE
from wsis_kg.engine.formats import JSON_LD, TRIG, Format
from wsis_kg.engine.table import Cell
from wsis_kg.engine.writing import write_graph
from wsis_kg.names import GRAPH, PREFIXES, VOID
from wsis_kg.views.json_ld import compact
from wsis_kg.views.neighbourhood import Neighbourhood, Value
from wsis_kg.views.register import DOC, ID, Entry, Register

_LABEL: Final = PREFIXES["skos"] + "prefLabel"
_TYPE: Final = PREFIXES["rdf"] + "type"
_IN_DATASET: Final = "http://rdfs.org/ns/void#inDataset"


def statements(rows: Iterable[dict[str, Cell]]) -> Iterator[tuple[str, str, str, Value]]:
    """The rows of a query behind a page, each a statement with its graph, as a neighbourhood takes them."""
    for row in rows:
        graph, subject, predicate, value = (row[name] for name in "gspo")
        told = Value(value.value, value.kind == "uri", value.language or "", value.datatype or "")
        yield graph.value, subject.value, predicate.value, told


class Description:
    """What ``/doc/<noun>/<slug>`` says, in any format; the page shows the same."""

    def __init__(self, entry: Entry, neighbourhood: Neighbourhood, register: Register, version: str) -> None:
        self.entry = entry
        self.neighbourhood = neighbourhood
        self.register = register
        self.version = version
        self.iri = DOC + entry.iri.removeprefix(ID)

    def about_itself(self) -> Iterator[tuple[str, str, Value]]:
        """The statements about the document: whom it is about, where it comes from, under which terms."""
        dcterms, prov = PREFIXES["dcterms"], PREFIXES["prov"]
        yield self.iri, _TYPE, Value(PREFIXES["foaf"] + "Document", True)
        yield self.iri, PREFIXES["foaf"] + "primaryTopic", Value(self.entry.iri, True)
        yield self.iri, dcterms + "title", Value(self.register.name(self.entry.iri), False, "en")
        yield self.iri, dcterms + "license", Value(LICENCE, True)
        yield self.iri, _IN_DATASET, Value(VOID + "#dataset", True)
        yield self.iri, PREFIXES["owl"] + "versionInfo", Value(self.version, False)
        for graph in sorted(self.neighbourhood.graphs):
            yield self.iri, prov + "wasDerivedFrom", Value(graph, True)

    def names(self) -> Iterator[tuple[str, str, Value]]:
        """What the neighbours are called, in so far as they have names of their own."""
        told = {subject for subject, predicate, _ in self.neighbourhood.statements() if predicate == _LABEL}
        met = {value.text for _, _, value in self.neighbourhood.statements() if value.is_thing}
        for iri in sorted(met - told):
            entry = self.register.entries.get(iri)
            if entry is not None and entry.label:
                yield iri, _LABEL, Value(entry.label, False, "en")

    def write(self, wanted: Format) -> bytes:
        """The document as RDF. Raises NotWritable where the format cannot carry it."""
        inside = sorted(self.neighbourhood.statements(), key=lambda one: (one[0] != self.entry.iri, *_key(one)))
        triples = [*self.about_itself(), *inside, *self.names()]
        if wanted is JSON_LD:
            return compact(triples, self.register.links)
        if wanted is TRIG:
            quads = [
                ox.Quad(*_triple(subject, predicate, value), ox.NamedNode(graph))
                for graph, subject, predicate, value in self.neighbourhood.in_graphs()
            ]
            outside = [ox.Quad(*_triple(*one)) for one in (*self.about_itself(), *self.names())]
            return write_graph([*outside, *quads], wanted, _PREFIXES)
        return write_graph([ox.Triple(*_triple(*one)) for one in triples], wanted, _PREFIXES)


_PREFIXES: Final = {**PREFIXES, "void": "http://rdfs.org/ns/void#", "doc": DOC, "graph": GRAPH}


def _key(statement: tuple[str, str, Value]) -> tuple[str, str, str]:
    subject, predicate, value = statement
    return subject, predicate, value.text


def _triple(subject: str, predicate: str, value: Value) -> tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]:
    return ox.NamedNode(subject), ox.NamedNode(predicate), value.term()
