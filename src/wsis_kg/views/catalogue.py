"""What a service and a dataset are: pure functions over counts, names and settings.

In Turtle, SPARQL 1.1 Service Description and VoID; in JSON-LD, schema.org for search engines. Every node has an IRI:
no two answers differ, and each part can be spoken of.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wsis_kg.citation import ABSTRACT, AUTHORS, KEYWORDS, LICENCE, TITLE
from wsis_kg.names import BASE, PREFIXES, VOID

NAMESPACES: Final = {
    **PREFIXES,
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
    "void-ext": "http://ldf.fi/void-ext#",
    "formats": "http://www.w3.org/ns/formats/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "spdx": "http://spdx.org/rdf/terms#",
}
_HEADER: Final = "".join(
    f"@prefix {prefix}: <{NAMESPACES[prefix]}> .\n"
    for prefix in ("sd", "void", "owl", "sh", "xsd", "rdfs", "schema", "dcterms")
)

_PAGES: Final = ("", "quality", "ontology")
"""What people read of the dataset, from the start page of the host on."""

Graphs = Sequence[tuple[str, int]]
"""The named graphs and the number of their triples."""


@dataclass(frozen=True)
class Limit:
    """A limit in force: a short name, its value and unit, and a sentence for people."""

    name: str
    value: float
    unit: str
    sentence: str


@dataclass(frozen=True)
class Service:
    """What is true of one endpoint."""

    endpoint: str
    version: str
    graphs: Graphs
    triples: int | None
    """The number of triples of the default graph, where it is known."""
    result_formats: Sequence[str]
    """Local names under http://www.w3.org/ns/formats/."""
    functions: Sequence[str]
    """The IRIs of the functions that SPARQL itself does not define."""
    limits: Sequence[Limit]
    prefixes: Mapping[str, str]
    documentation: str | None = None
    """Where the dataset is described."""
    services: Sequence[str] = ()
    """The endpoints that a query may call with SERVICE."""


def service(described: Service) -> str:
    """The description of an endpoint for queries only, whose default graph is the union of the named ones.

    It claims neither updates, nor that it fetches what a query names, nor federation where no service may be called:
    none of these is so.
    """
    endpoint = described.endpoint
    formats = ", ".join(f"<{NAMESPACES['formats']}{name}>" for name in described.result_formats)
    parts = [
        f"<{endpoint}> a sd:Service ; sd:endpoint <{endpoint}> ;\n"
        "  sd:supportedLanguage sd:SPARQL10Query, sd:SPARQL11Query ; sd:feature sd:UnionDefaultGraph ;\n"
        f"  sd:resultFormat {formats} ;\n"
        "  sd:defaultEntailmentRegime <http://www.w3.org/ns/entailment/Simple> ;\n"
        f"  sd:defaultDataset <{endpoint}#dataset> ; sd:availableGraphs <{endpoint}#dataset> .\n",
        f"<{endpoint}#dataset> a sd:Dataset, sd:GraphCollection ; owl:versionInfo {_text(described.version)} ;"
        f" sd:defaultGraph <{endpoint}#union> .\n<{endpoint}#union> a sd:Graph .\n",
    ]
    if described.triples is not None:
        parts.append(f"<{endpoint}#union> a void:Dataset ; void:triples {described.triples} .\n")
    if described.documentation is not None:
        parts.append(f"<{endpoint}#dataset> rdfs:seeAlso <{described.documentation}> .\n")
    for number, (name, count) in enumerate(described.graphs, 1):
        node = f"<{endpoint}#graph-{number}>"
        parts.append(
            f"<{endpoint}#dataset> sd:namedGraph {node} .\n"
            f"{node} a sd:NamedGraph ; sd:name <{name}> ; sd:graph <{name}> .\n"
            f"<{name}> a sd:Graph, void:Dataset ; void:triples {count} .\n"
        )
    for function in described.functions:
        parts.append(f"<{endpoint}> sd:extensionFunction <{function}> . <{function}> a sd:Function .\n")
    for number, called in enumerate(described.services, 1):
        node = f"<{endpoint}#service-{number}>"
        parts.append(
            f"<{endpoint}> sd:feature sd:BasicFederatedQuery ; schema:additionalProperty {node} .\n"
            f'{node} a schema:PropertyValue ; schema:propertyID "service" ; schema:value "{called}"^^xsd:anyURI ;'
            ' schema:description "A query may call this endpoint with SERVICE, and none that is not listed."@en .\n'
        )
    for limit in described.limits:
        node = f"<{endpoint}#limit-{limit.name}>"
        parts.append(
            f"<{endpoint}> schema:additionalProperty {node} .\n"
            f"{node} a schema:PropertyValue ; schema:propertyID {_text(limit.name)} ;"
            f" schema:maxValue {_number(limit.value)} ;"
            f" schema:unitText {_text(limit.unit)} ; schema:description {_text(limit.sentence)}@en .\n"
        )
    for prefix, namespace in described.prefixes.items():
        node = f"<{endpoint}#{f'prefix-{prefix}' if prefix else 'empty-prefix'}>"
        parts.append(
            f"<{endpoint}> sh:declare {node} .\n"
            f"{node} sh:prefix {_text(prefix)} ; sh:namespace {_text(namespace)}^^xsd:anyURI .\n"
        )
    return _HEADER + "".join(parts)


def dataset(endpoint: str, version: str, graphs: Graphs, *, counted: bool) -> str:
    """The part of the VoID description that depends on where and when the dataset is served.

    ``counted``: the dataset carries statistics of its own, to which this is added; without them it says at least how
    many triples each graph has.
    """
    parts = [
        f"<{VOID}> a void:DatasetDescription ; <http://xmlns.com/foaf/0.1/primaryTopic> <{VOID}#dataset> .\n"
        f"<{VOID}#dataset> a void:Dataset ; void:sparqlEndpoint <{endpoint}> ; owl:versionInfo {_text(version)} .\n",
        *(
            f"<{VOID}#dataset> <http://xmlns.com/foaf/0.1/page> <{endpoint.removesuffix('sparql')}{page}> .\n"
            for page in _PAGES
        ),
    ]
    for name, count in () if counted else graphs:
        parts.append(f"<{VOID}#dataset> void:subset <{name}> . <{name}> a void:Dataset ; void:triples {count} .\n")
    return _HEADER + "".join(parts)


@dataclass(frozen=True)
class Download:
    """A file that the dataset is given out as: its absolute address, media type, size in bytes and SHA-256."""

    address: str
    media_type: str
    size: int
    checksum: str


def search_entry(root: str, version: str, downloads: Sequence[Download]) -> dict[str, Any]:
    """The dataset in schema.org terms, as search engines for datasets read it; ``root`` is the address served at."""
    contributors = [{"@type": "Organization", "name": author} for author in AUTHORS]
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{VOID}#dataset",
        "name": TITLE,
        "description": ABSTRACT,
        "url": root,
        "sameAs": BASE,
        "version": version,
        "license": LICENCE,
        "isAccessibleForFree": True,
        "creator": contributors,
        "keywords": list(KEYWORDS),
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": download.address,
                "encodingFormat": download.media_type,
                "contentSize": f"{download.size} B",
                "sha256": download.checksum,
            }
            for download in downloads
        ],
    }


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:f}"


def _text(value: str) -> str:
    """A string in Turtle, which escapes as JSON does."""
    return json.dumps(value, ensure_ascii=False)
