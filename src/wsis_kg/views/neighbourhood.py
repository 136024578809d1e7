"""The neighbourhood of a thing: the statements that a page about it shows, each with the graph it stands in."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import pyoxigraph as ox

from wsis_kg.names import INFERRED, ONTOLOGY, PREFIXES

_TYPE: Final = PREFIXES["rdf"] + "type"


class Value(NamedTuple):
    """The object of a statement: an IRI or a literal, and whether all that states it are rules of ours."""

    text: str
    is_thing: bool
    language: str = ""
    datatype: str = ""
    inferred: bool = False

    def __str__(self) -> str:
        return self.text

    def term(self) -> ox.NamedNode | ox.Literal:
        """The same as pyoxigraph has it."""
        if self.is_thing:
            return ox.NamedNode(self.text)
        if self.language:
            return ox.Literal(self.text, language=self.language)
        return ox.Literal(self.text, datatype=ox.NamedNode(self.datatype) if self.datatype else None)


class Neighbourhood:
    """Statements around ``this``, indexed both ways. Properties are named by their local names in our ontology, or by
    prefixed name.
    """

    def __init__(self, this: str, statements: Iterable[tuple[str, str, str, Value]]) -> None:
        """``statements`` are graph, subject, predicate and object; the same triple may stand in several graphs."""
        self.this = this
        self._of: dict[str, dict[str, dict[tuple[str, str], Value]]] = defaultdict(lambda: defaultdict(dict))
        self._to: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
        self.graphs: dict[str, None] = {}
        self._in_graphs: list[tuple[str, str, str, Value]] = []
        for graph, subject, predicate, value in statements:
            self._in_graphs.append((graph, subject, predicate, value))
            inferred = graph == INFERRED
            held = self._of[subject][predicate].get((value.text, value.language))
            if held is None or held.inferred:
                stated = value._replace(inferred=True) if inferred else value
                self._of[subject][predicate][value.text, value.language] = stated
            if value.is_thing:
                self._to[value.text][predicate][subject] = None
            if not inferred:
                self.graphs[graph] = None

    def all(self, subject: str, name: str) -> list[Value]:
        """The values of a property, in the order of the query's answer made stable by sorting."""
        found = self._of.get(str(subject), {}).get(_iri(name), {})
        return sorted(found.values(), key=lambda value: (value.text, value.language))

    def has(self, subject: str, name: str) -> bool:
        """Whether the subject has the property at all."""
        return _iri(name) in self._of.get(str(subject), {})

    def one(self, subject: str, name: str) -> Value | None:
        """The value of a property that has one."""
        values = self.all(subject, name)
        return values[0] if values else None

    def those(self, name: str, thing: str | None = None) -> list[str]:
        """The subjects whose property has the thing (``this``) as its value."""
        return sorted(self._to.get(str(thing or self.this), {}).get(_iri(name), {}))

    def pointing(self, thing: str | None = None) -> list[str]:
        """Every subject of a statement about the thing, whatever the property."""
        found = self._to.get(str(thing or self.this), {})
        return sorted({subject for subjects in found.values() for subject in subjects})

    def a(self, subject: str, *classes: str) -> bool:
        """Whether the subject is of one of these classes of ours."""
        types = self._of.get(str(subject), {}).get(_TYPE, {})
        return any((_iri(one), "") in types for one in classes)

    def stated_in(self, passage: str, *classes: str) -> list[str]:
        """The claims of these classes that the passage states."""
        return [claim for claim in self.those("isStatedIn", passage) if self.a(claim, *classes)]

    def number(self, subject: str, name: str) -> int:
        """The value of a property that counts, 0 where there is none: what lists are put in order by."""
        value = self.one(subject, name)
        return int(value.text) if value is not None else 0

    def properties(self, subject: str) -> list[tuple[str, list[Value]]]:
        """Every property of the subject with its values, in the order of their IRIs."""
        found = self._of.get(str(subject), {})
        return [(predicate, self.all(subject, predicate)) for predicate in sorted(found)]

    def in_graphs(self) -> list[tuple[str, str, str, Value]]:
        """All statements, each with every graph it stands in: graph, subject, predicate, value."""
        return self._in_graphs

    def statements(self) -> list[tuple[str, str, Value]]:
        """All statements once."""
        return [
            (subject, predicate, value)
            for subject, properties in self._of.items()
            for predicate, values in properties.items()
            for value in values.values()
        ]


def in_order(neighbourhood: Neighbourhood, subjects: Sequence[str]) -> list[str]:
    """Subjects in the order that the property ``order`` gives them."""
    return sorted(subjects, key=lambda subject: (neighbourhood.number(subject, "order"), subject))


@lru_cache(maxsize=1024)
def _iri(name: str) -> str:
    if name.startswith(("http://", "https://")):
        return name
    prefix, colon, local = name.partition(":")
    return PREFIXES[prefix] + local if colon else f"{ONTOLOGY}#{name}"
