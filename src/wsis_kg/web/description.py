"""The service description: what this endpoint is and holds (SPARQL 1.1 Service Description, section 3)."""

import pyoxigraph as ox

from wsis_kg.engine.formats import GRAPH_FORMATS, ROW_FORMATS, Format
from wsis_kg.engine.wire import Edition
from wsis_kg.engine.writing import write_graph
from wsis_kg.names import PREFIXES

_SD = "http://www.w3.org/ns/sparql-service-description#"
_VOID = "http://rdfs.org/ns/void#"
_FORMATS = "http://www.w3.org/ns/formats/"
_RESULT_FORMATS = {
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "turtle": "Turtle",
    "jsonld": "JSON-LD",
    "rdfxml": "RDF_XML",
    "ntriples": "N-Triples",
}
"""The names under http://www.w3.org/ns/formats/ of what we write."""


def describe(edition: Edition, endpoint: str, wanted: Format) -> bytes:
    """The description of the endpoint at this IRI in one of the graph formats.

    It claims nothing that is not so: queries only, no federation; the default graph is the union of the named
    ones.
    """
    quads = ox.parse(_turtle(edition, endpoint), format=ox.RdfFormat.TURTLE, base_iri=endpoint)
    return write_graph(quads, wanted, {**PREFIXES, "sd": _SD, "void": _VOID})


def _turtle(edition: Edition, endpoint: str) -> str:
    """Every node has an IRI: no two answers differ, and each part can be spoken of."""
    graphs = [(f"<{endpoint}#graph-{number}>", *graph) for number, graph in enumerate(edition.graphs, 1)]
    described = "".join(
        f"<{endpoint}#dataset> sd:namedGraph {node} . {node} a sd:NamedGraph ; sd:name <{name}> ; sd:graph <{name}> .\n"
        f"<{name}> a sd:Graph, void:Dataset ; void:triples {count} .\n"
        for node, name, count in graphs
    )
    formats = ", ".join(f"<{_FORMATS}{_RESULT_FORMATS[form.name]}>" for form in (*ROW_FORMATS, *GRAPH_FORMATS))
    return f"""@prefix sd: <{_SD}> . @prefix void: <{_VOID}> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
<{endpoint}> a sd:Service ; sd:endpoint <{endpoint}> ;
  sd:supportedLanguage sd:SPARQL10Query, sd:SPARQL11Query ; sd:feature sd:UnionDefaultGraph ;
  sd:resultFormat {formats} ;
  sd:defaultEntailmentRegime <http://www.w3.org/ns/entailment/Simple> ; sd:defaultDataset <{endpoint}#dataset> .
<{endpoint}#dataset> a sd:Dataset ; owl:versionInfo "{edition.version}" ; sd:defaultGraph <{endpoint}#union> .
<{endpoint}#union> a sd:Graph .
{described}"""
