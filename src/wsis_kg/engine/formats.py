"""The forms in which a result can be written, and the names under which clients ask for each.

The media types are those registered with IANA and named by the SPARQL 1.1 result and RDF 1.1 recommendations;
the aliases are the ones that clients were seen to send. pyoxigraph has a table of its own, but it reads
``text/plain`` as CSV for rows and ``application/json`` as JSON-LD for graphs, so ours decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import pyoxigraph as ox


class Form(Enum):
    """The four forms of a query (SPARQL 1.1 Query, section 16)."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"

    @property
    def gives_graph(self) -> bool:
        """Whether the result is a set of triples rather than rows or a truth value."""
        return self in (Form.CONSTRUCT, Form.DESCRIBE)


@dataclass(frozen=True)
class Format:
    """One way to write a result: its short name, media type, other names, and how pyoxigraph calls it."""

    name: str
    title: str
    media_type: str
    writer: ox.QueryResultsFormat | ox.RdfFormat = field(repr=False)
    parameters: str = ""
    aliases: tuple[str, ...] = ()
    """Other media types under which the same bytes are truthfully sent, if the client names one of them."""
    synonyms: tuple[str, ...] = ()
    """Unregistered media types and short names, understood in a request but never sent back."""

    @property
    def content_type(self) -> str:
        """The value of Content-Type with its parameters."""
        return self.content_type_as(self.media_type)

    def content_type_as(self, media_type: str) -> str:
        """The same under an alias."""
        return f"{media_type}; {self.parameters}" if self.parameters else media_type


JSON: Final = Format(
    "json",
    "JSON",
    "application/sparql-results+json",
    ox.QueryResultsFormat.JSON,
    aliases=("application/json",),
    synonyms=("text/json",),
)
XML: Final = Format(
    "xml",
    "XML",
    "application/sparql-results+xml",
    ox.QueryResultsFormat.XML,
    aliases=("application/xml", "text/xml"),
)
CSV: Final = Format("csv", "CSV", "text/csv", ox.QueryResultsFormat.CSV, "charset=utf-8; header=present")
TSV: Final = Format("tsv", "TSV", "text/tab-separated-values", ox.QueryResultsFormat.TSV, "charset=utf-8")

TURTLE: Final = Format(
    "turtle",
    "Turtle",
    "text/turtle",
    ox.RdfFormat.TURTLE,
    "charset=utf-8",
    # TriG and N3 contain Turtle, N-Quads contains N-Triples.
    aliases=("application/trig", "text/n3"),
    synonyms=("ttl", "application/x-turtle", "application/turtle"),
)
JSON_LD: Final = Format(
    "jsonld",
    "JSON-LD",
    "application/ld+json",
    ox.RdfFormat.JSON_LD,
    aliases=("application/json",),
    synonyms=("json-ld", "json", "application/x-json+ld"),
)
RDF_XML: Final = Format(
    "rdfxml",
    "RDF/XML",
    "application/rdf+xml",
    ox.RdfFormat.RDF_XML,
    aliases=("application/xml", "text/xml"),
    synonyms=("rdf", "rdf/xml", "rdf+xml", "xml"),
)
N_TRIPLES: Final = Format(
    "ntriples",
    "N-Triples",
    "application/n-triples",
    ox.RdfFormat.N_TRIPLES,
    aliases=("application/n-quads",),
    synonyms=("nt", "n-triples"),
)

TRIG: Final = Format(
    "trig", "TriG", "application/trig", ox.RdfFormat.TRIG, "charset=utf-8", synonyms=("application/x-trig",)
)
"""For documents only, which know in which graph each statement stands; the result of a query has no graphs."""

ROW_FORMATS: Final[Sequence[Format]] = (JSON, XML, CSV, TSV)
GRAPH_FORMATS: Final[Sequence[Format]] = (TURTLE, JSON_LD, RDF_XML, N_TRIPLES)
DOCUMENT_FORMATS: Final[Sequence[Format]] = (*GRAPH_FORMATS, TRIG)

BY_NAME: Final[Mapping[str, Format]] = {each.name: each for each in (*ROW_FORMATS, *GRAPH_FORMATS)}
"""All of them by their short names."""


def formats_of(form: Form) -> Sequence[Format]:
    """The formats that can carry the result of a query of this form, the one we prefer first."""
    return GRAPH_FORMATS if form.gives_graph else ROW_FORMATS


def by_name(name: str, offered: Sequence[Format]) -> Format | None:
    """The format of those offered that a client calls so: a short name or a media type, whatever its case."""
    wanted = name.strip().lower()
    for chosen in offered:
        if wanted in (chosen.name, chosen.media_type, *chosen.synonyms, *chosen.aliases):
            return chosen
    return None
