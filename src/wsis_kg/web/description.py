"""The service description: what this endpoint is and holds (SPARQL 1.1 Service Description, section 3)."""

import pyoxigraph as ox

from wsis_kg.engine.formats import GRAPH_FORMATS, ROW_FORMATS, Format
from wsis_kg.engine.store import Engine, write_graph

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


def describe(engine: Engine, endpoint: str, wanted: Format) -> bytes:
    """The description of the endpoint at this IRI in one of the graph formats.

    It claims nothing that is not so: queries only, no federation; the default graph is the union of the named
    ones.
    """
    return write_graph(ox.parse(_turtle(engine, endpoint), format=ox.RdfFormat.TURTLE, base_iri=endpoint), wanted)


def _turtle(engine: Engine, endpoint: str) -> str:
    named = " ,\n".join(
        f"    [ a sd:NamedGraph ; sd:name <{name}> ; sd:graph [ a sd:Graph, void:Dataset ; void:triples {count} ] ]"
        for name, count in engine.graphs
    )
    formats = ", ".join(f"<{_FORMATS}{_RESULT_FORMATS[form.name]}>" for form in (*ROW_FORMATS, *GRAPH_FORMATS))
    return f"""@prefix sd: <{_SD}> . @prefix void: <{_VOID}> . @prefix ent: <http://www.w3.org/ns/entailment/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
<{endpoint}> a sd:Service ; sd:endpoint <{endpoint}> ;
  sd:supportedLanguage sd:SPARQL10Query, sd:SPARQL11Query ; sd:feature sd:UnionDefaultGraph ;
  sd:resultFormat {formats} ; sd:defaultEntailmentRegime ent:Simple ;
  sd:defaultDataset [ a sd:Dataset ; owl:versionInfo "{engine.version}" ;
  sd:defaultGraph [ a sd:Graph ]{" ;" if named else ""} {"sd:namedGraph" if named else ""}
{named} ] .
"""
