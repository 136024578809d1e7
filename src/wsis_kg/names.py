"""The base of all IRIs, the nouns that have IRIs of their own, and the prefixes of files, questions and results.

Nothing heavy is imported here, so that a process that only answers queries starts fast.
"""

from typing import Final

BASE: Final = "https://w3id.org/wsis-kg/"
ONTOLOGY: Final = BASE + "ontology"
GRAPH: Final = BASE + "graph/"
INFERRED: Final = GRAPH + "inferred"
DESCRIPTION: Final = GRAPH + "description"
"""The named graph in which the dataset is described: statistics, prefixes, examples."""
UNION: Final = BASE + "union"
"""In a service elsewhere: the graph that holds each statement of the others once. It is none of the dataset's own."""
VOID: Final = BASE + "void"
"""The document of the statistics; each part of them has a fragment of it."""
DATASET: Final = VOID + "#dataset"
"""The dataset as a whole; the description says its version and its graphs."""
EXAMPLES: Final = BASE + ".well-known/sparql-examples/"
"""The saved questions as examples, each by its name."""

#: The path of an IRI under ``id/`` is its noun, and the noun is its prefix.
NOUNS: Final = (
    "document",
    "collection",
    "passage",
    "mention",
    "mandate",
    "task",
    "participation",
    "line",
    "stage",
    "deadline",
    "tenure",
    "remark",
    "figure",
    "dating",
    "naming",
    "identification",
    "body",
    "constituency",
    "post",
    "person",
    "output",
    "event",
    "session",
    "difference",
    "verb",
    "force",
    "role",
    "recurrence",
    "rendering",
    "aspect",
    "mood",
    "authority",
    "passage-kind",
    "document-kind",
    "body-kind",
    "output-kind",
    "event-kind",
    "dating-kind",
    "naming-kind",
    "identifier-kind",
    "difference-kind",
    "action-line",
    "goal",
    "topic",
    "scheme",
)

#: All prefixes, the empty one for the terms of the ontology.
PREFIXES: Final[dict[str, str]] = {
    "": ONTOLOGY + "#",
    **{noun: f"{BASE}id/{noun}/" for noun in NOUNS},
    "graph": GRAPH,
    "shape": BASE + "shapes#",
    "bibo": "http://purl.org/ontology/bibo/",
    "dcterms": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "time": "http://www.w3.org/2006/time#",
    "vann": "http://purl.org/vocab/vann/",
    "vs": "http://www.w3.org/2003/06/sw-vocab-status/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
