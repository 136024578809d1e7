"""The vocabulary as people read it: layers and terms in the order of the file, the shapes that bind each, the rules."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from wsis_kg.names import ONTOLOGY, PREFIXES

_OWL, _RDF, _RDFS, _SH, _SKOS = (PREFIXES[prefix] for prefix in ("owl", "rdf", "rdfs", "sh", "skos"))
_LAYER: Final = re.compile(r"^#{20,}\n# (?P<title>[A-Z]\w+): (?P<text>.+)\n#{20,}$", re.MULTILINE)
_TERM: Final = re.compile(r"^:(?P<local>\w+) a owl:(?P<kind>\w+)", re.MULTILINE)
_NO_EXAMPLE: Final = "Not an example: "
_KINDS: Final = {"Class": "class", "ObjectProperty": "relation", "DatatypeProperty": "attribute"}
_LINKS: Final = {
    "subClassOf": "Narrower than",
    "subPropertyOf": "Narrower than",
    "domain": "Of",
    "range": "To",
    "inverseOf": "The other way round",
    "equivalentClass": "Same as",
    "equivalentProperty": "Same as",
    "disjointWith": "Never also",
    "seeAlso": "See also",
    "closeMatch": "Close to",
}


@dataclass
class Constraint:
    """What a shape asks: the shape, the path by its local name where it has one, and the message of a violation."""

    shape: str
    path: str
    message: str


@dataclass
class Term:
    """A term of the ontology."""

    local: str
    kind: str
    label: str = ""
    definition: str = ""
    examples: list[str] = field(default_factory=list)
    counter_examples: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    """Titles and IRIs of related terms."""
    constraints: list[Constraint] = field(default_factory=list)

    @property
    def iri(self) -> str:
        """The IRI of the term."""
        return f"{ONTOLOGY}#{self.local}"


@dataclass
class Layer:
    """One of the layers of the model, with its terms in the order of the file."""

    title: str
    text: str
    terms: list[Term]


@dataclass(frozen=True)
class Rule:
    """A rule that infers: its name, the sentence that it begins with, and its text."""

    name: str
    sentence: str
    text: str


@dataclass(frozen=True)
class Shape:
    """A node shape: its local name, what it aims at, and what it asks."""

    local: str
    targets: list[str]
    constraints: list[Constraint]


def read_layers(ontology: str) -> list[Layer]:
    """The layers of the file ``ontology/wsis.ttl``, given as text. Raises SyntaxError if it is no Turtle."""
    triples = _by_subject(ox.parse(ontology, format=ox.RdfFormat.TURTLE))
    starts = list(_LAYER.finditer(ontology))
    ends = [match.start() for match in starts[1:]] + [len(ontology)]
    return [
        Layer(
            match["title"],
            match["text"],
            [
                _term(term["local"], term["kind"], triples)
                for term in _TERM.finditer(ontology, match.end(), end)
                if term["kind"] in _KINDS
            ],
        )
        for match, end in zip(starts, ends, strict=True)
    ]


def read_shapes(files: Mapping[str, str]) -> dict[str, list[Shape]]:
    """The node shapes of each file, by its stem, in alphabetical order. Raises SyntaxError."""
    found: dict[str, list[Shape]] = {}
    for stem, text in sorted(files.items()):
        triples = _by_subject(ox.parse(text, format=ox.RdfFormat.TURTLE))
        shapes = [
            _shape(subject, triples)
            for subject, properties in triples.items()
            if isinstance(subject, ox.NamedNode)
            and any(value == ox.NamedNode(_SH + "NodeShape") for value in properties[_RDF + "type"])
        ]
        found[stem] = sorted(shapes, key=lambda shape: shape.local)
    return found


def read_rules(files: Mapping[str, str]) -> list[Rule]:
    """The rules, by name."""
    rules = []
    for name, text in sorted(files.items()):
        comments = re.match(r"(?:#.*\n)+", text)
        sentence = " ".join(line.lstrip("#+ ") for line in comments.group().splitlines()) if comments else ""
        rules.append(Rule(name, sentence, text))
    return rules


def bind(layers: Iterable[Layer], shapes: Mapping[str, list[Shape]]) -> None:
    """Gives each term what the shapes ask of it: a class what aims at it, a property what is asked of its values."""
    terms = {term.iri: term for layer in layers for term in layer.terms}
    for group in shapes.values():
        for shape in group:
            for target in shape.targets:
                if target in terms:
                    terms[target].constraints += shape.constraints
            for constraint in shape.constraints:
                term = terms.get(f"{ONTOLOGY}#{constraint.path}")
                if term is not None and constraint not in term.constraints:
                    term.constraints.append(constraint)


_Subject = ox.NamedNode | ox.BlankNode
_Properties = dict[str, list[object]]


def _by_subject(quads: Iterable[ox.Quad]) -> dict[_Subject, _Properties]:
    found: dict[_Subject, _Properties] = {}
    for quad in quads:
        assert isinstance(quad.subject, ox.NamedNode | ox.BlankNode)
        found.setdefault(quad.subject, defaultdict(list))[quad.predicate.value].append(quad.object)
    return found


def _texts(properties: _Properties, iri: str) -> list[str]:
    return [value.value for value in properties.get(iri, []) if isinstance(value, ox.Literal | ox.NamedNode)]


def _term(local: str, kind: str, triples: Mapping[_Subject, _Properties]) -> Term:
    properties = triples[ox.NamedNode(f"{ONTOLOGY}#{local}")]
    notes = _texts(properties, _SKOS + "scopeNote")
    links = []
    for vocabulary in (_RDFS, _OWL, _SKOS):
        for name, title in _LINKS.items():
            links += [(title, value) for value in _texts(properties, vocabulary + name)]
    return Term(
        local,
        _KINDS[kind],
        next(iter(_texts(properties, _RDFS + "label")), local),
        next(iter(_texts(properties, _SKOS + "definition")), ""),
        _texts(properties, _SKOS + "example"),
        [note.removeprefix(_NO_EXAMPLE) for note in notes if note.startswith(_NO_EXAMPLE)],
        [note for note in notes if not note.startswith(_NO_EXAMPLE)],
        links,
    )


def _shape(subject: ox.NamedNode, triples: Mapping[_Subject, _Properties]) -> Shape:
    properties = triples[subject]
    local = subject.value.rpartition("#")[2]
    constraints = [Constraint(local, "", message) for message in _texts(properties, _SH + "message")]
    for node in properties.get(_SH + "property", []):
        assert isinstance(node, ox.NamedNode | ox.BlankNode)
        inner = triples[node]
        path = next(iter(_texts(inner, _SH + "path")), "")
        constraints += [
            Constraint(local, path.removeprefix(ONTOLOGY + "#"), message) for message in _texts(inner, _SH + "message")
        ]
    aims = ("targetClass", "targetSubjectsOf", "targetObjectsOf")
    targets = [value for name in aims for value in _texts(properties, _SH + name)]
    return Shape(local, targets, constraints)
