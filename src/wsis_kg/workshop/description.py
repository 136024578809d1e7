"""What the dataset says of itself: its statistics and links (VoID), its files (DCAT), its prefixes and the saved
questions as examples.

Editors that complete queries ask for these in the default graph, without GRAPH, so they are a named graph like the
others, ``graph/description``. It is made last, from all the rest, and neither inferred from nor validated: it holds no
claim. Everything has an IRI and nothing depends on the clock, so the same inputs give the same bytes.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from wsis_kg.names import BASE, DATASET, DESCRIPTION, EXAMPLES, PREFIXES, VOID
from wsis_kg.workshop.catalogue import Statement, catalogue_entry
from wsis_kg.workshop.dataset import short
from wsis_kg.workshop.dumps import Dump
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.problems import Problem, WorkshopError
from wsis_kg.workshop.statistics import Part, Statistics

RDF_TYPE: Final = PREFIXES["rdf"] + "type"
_VOID: Final = "http://rdfs.org/ns/void#"
_VOID_EXT: Final = "http://ldf.fi/void-ext#"
_EXAMPLE_NOUNS: Final = ("body", "document", "mandate", "line", "passage")
_HEADER: Final = re.compile(r"^#\+\s*(question|why|group|reader):\s*(.*?)\s*$", re.MULTILINE)
_FORM: Final = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.MULTILINE | re.IGNORECASE)


def add_description(store: ox.Store, inputs: Inputs | None, version: str, dumps: Sequence[Dump] = ()) -> int:
    """Adds ``graph/description`` to the store, and returns the number of its statements.

    ``dumps`` are the files in which the store is given out, as it was before. Without ``inputs``, as for a version
    that was made elsewhere, the saved questions are left out: those of today were not its own.

    Raises :class:`WorkshopError` if a file has that name already, or a saved question has no form or no header.
    """
    graph = ox.NamedNode(DESCRIPTION)
    if store.contains_named_graph(graph):
        raise WorkshopError(
            [Problem("A file has the name of the graph in which the dataset is described.", next_action="Rename it.")]
        )
    quads = {
        ox.Quad(
            ox.NamedNode(subject),
            ox.NamedNode(predicate),
            value if isinstance(value, ox.Literal) else ox.NamedNode(value),
            graph,
        )
        for statements in (
            _statistics(store),
            catalogue_entry(version, dumps),
            _prefixes(),
            _examples(inputs) if inputs is not None else (),
        )
        for subject, predicate, value in statements
    }
    store.bulk_extend(quads)
    return len(quads)


def _statistics(store: ox.Store) -> Iterator[Statement]:
    """VoID (W3C Interest Group Note of 3 March 2011): the union of all graphs, then each of them."""
    statistics = Statistics(store)
    yield DATASET, RDF_TYPE, _VOID + "Dataset"
    yield DATASET, _VOID + "sparqlEndpoint", BASE + "sparql"
    yield DATASET, _VOID + "uriSpace", ox.Literal(BASE + "id/")
    for vocabulary in statistics.vocabularies():
        yield DATASET, _VOID + "vocabulary", vocabulary
    for noun in _EXAMPLE_NOUNS:
        things = sorted(thing for thing in statistics.whole.subjects if thing.startswith(PREFIXES[noun]))
        if things:
            yield DATASET, _VOID + "exampleResource", things[0]
    yield from _counts(DATASET, statistics.whole)
    yield from _linksets(statistics)
    for noun, entities in statistics.whole.classes.items():
        yield from _class_partition(statistics, noun, entities)
    for property_, triples in statistics.whole.properties.items():
        yield from _property_partition(DATASET, VOID + "#property-" + _name(property_), property_, triples)
    for name, counted in statistics.graphs.items():
        yield DATASET, _VOID + "subset", name
        yield name, RDF_TYPE, _VOID + "Dataset"
        yield name, _VOID + "dataDump", name + ".nt"
        yield from _counts(name, counted)
        own = f"{VOID}#{name.rsplit('/', 1)[-1]}"
        for noun, entities in counted.classes.items():
            part = f"{own}--{_name(noun)}"
            yield name, _VOID + "classPartition", part
            yield part, _VOID + "class", noun
            yield part, _VOID + "entities", _number(entities)
        for property_, triples in counted.properties.items():
            yield from _property_partition(name, f"{own}--property-{_name(property_)}", property_, triples)


def _counts(dataset: str, counted: Part) -> Iterator[Statement]:
    yield dataset, _VOID + "triples", _number(counted.triples)
    yield dataset, _VOID + "entities", _number(sum(thing.startswith(BASE + "id/") for thing in counted.subjects))
    yield dataset, _VOID + "distinctSubjects", _number(len(counted.subjects))
    yield dataset, _VOID + "distinctObjects", _number(counted.objects)
    yield dataset, _VOID + "classes", _number(len(counted.classes))
    yield dataset, _VOID + "properties", _number(len(counted.properties))


def _class_partition(statistics: Statistics, noun: str, entities: int) -> Iterator[Statement]:
    """A class, the properties of its instances, and what these lead to: nested as query editors look for it."""
    part = f"{VOID}#{_name(noun)}"
    yield DATASET, _VOID + "classPartition", part
    yield part, _VOID + "class", noun
    yield part, _VOID + "entities", _number(entities)
    for property_, triples in statistics.properties_of[noun].items():
        own = f"{part}--{_name(property_)}"
        yield from _property_partition(part, own, property_, triples)
        for kind, count in statistics.objects_of[noun, property_].items():
            inner = f"{own}--{_name(kind)}"
            yield own, _VOID + "classPartition", inner
            yield inner, _VOID + "class", kind
            yield inner, _VOID + "triples", _number(count)
        for datatype, count in statistics.datatypes_of[noun, property_].items():
            inner = f"{own}--{_name(datatype)}"
            yield own, _VOID_EXT + "datatypePartition", inner
            yield inner, _VOID_EXT + "datatype", datatype
            yield inner, _VOID + "triples", _number(count)


def _property_partition(owner: str, part: str, property_: str, triples: int) -> Iterator[Statement]:
    yield owner, _VOID + "propertyPartition", part
    yield part, _VOID + "property", property_
    yield part, _VOID + "triples", _number(triples)


def _linksets(statistics: Statistics) -> Iterator[Statement]:
    """The links to other datasets, by property and by the namespace they lead to (VoID, section 5)."""
    for (property_, space), triples in sorted(statistics.links.items()):
        target = f"{VOID}#target-{_name(space)}"
        yield target, RDF_TYPE, _VOID + "Dataset"
        yield target, _VOID + "uriSpace", ox.Literal(space)
        linkset = f"{VOID}#links-{_name(property_)}--{_name(space)}"
        yield DATASET, _VOID + "subset", linkset
        yield linkset, RDF_TYPE, _VOID + "Linkset"
        yield linkset, _VOID + "linkPredicate", property_
        yield linkset, _VOID + "subjectsTarget", DATASET
        yield linkset, _VOID + "objectsTarget", target
        yield linkset, _VOID + "triples", _number(triples)


def _prefixes() -> Iterator[Statement]:
    """The prefixes of files and questions, as SHACL declares them (section 5.2.1)."""
    for prefix, namespace in PREFIXES.items():
        declaration = EXAMPLES + (f"#prefix-{prefix}" if prefix else "#empty-prefix")
        yield EXAMPLES, PREFIXES["sh"] + "declare", declaration
        yield declaration, PREFIXES["sh"] + "prefix", ox.Literal(prefix)
        namespace_type = ox.NamedNode(PREFIXES["xsd"] + "anyURI")
        yield declaration, PREFIXES["sh"] + "namespace", ox.Literal(namespace, datatype=namespace_type)


def _examples(inputs: Inputs) -> Iterator[Statement]:
    """Each saved question as it is written in its file."""
    for path in sorted(inputs.queries.glob("*.rq")):
        text = path.read_text(encoding="utf-8")
        headers = dict(_HEADER.findall(text))
        form = _FORM.search(text)
        if form is None or len(headers) < 4:
            raise WorkshopError([_no_example(path)])
        name = form.group(1).lower()
        example = EXAMPLES + path.stem
        sh, schema = PREFIXES["sh"], PREFIXES["schema"]
        yield example, RDF_TYPE, sh + "SPARQLExecutable"
        yield example, RDF_TYPE, f"{sh}SPARQL{name.capitalize()}Executable"
        yield example, sh + name, ox.Literal(text)
        yield example, sh + "prefixes", EXAMPLES
        yield example, PREFIXES["rdfs"] + "comment", ox.Literal(headers["question"], language="en")
        yield example, PREFIXES["dcterms"] + "description", ox.Literal(headers["why"], language="en")
        yield example, schema + "target", BASE + "sparql"
        for keyword in dict.fromkeys((headers["group"], headers["reader"])):
            yield example, schema + "keywords", ox.Literal(keyword)


def _no_example(path: Path) -> Problem:
    return Problem(
        "A saved question says what it asks, why, for whom and in which group, and is a query.",
        file=f"queries/{path.name}",
        next_action="Write the lines `#+ question:`, `#+ why:`, `#+ group:` and `#+ reader:`.",
    )


def _name(iri: str) -> str:
    """What an IRI is called within the IRI of a partition: prefix and local name where there is one, else a hash."""
    name = short(iri).removeprefix(":").removesuffix(":").replace(":", "-")
    return name if re.fullmatch(r"[A-Za-z0-9-]+", name) else sha256(iri.encode()).hexdigest()[:12]


def _number(count: int) -> ox.Literal:
    return ox.Literal(count)
