"""The service description (SPARQL 1.1 Service Description, section 2): what this endpoint is, holds and bounds."""

from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from wsis_kg.engine.formats import GRAPH_FORMATS, ROW_FORMATS, Format
from wsis_kg.engine.limits import Limits
from wsis_kg.engine.wire import Edition
from wsis_kg.engine.writing import write_graph
from wsis_kg.names import PREFIXES
from wsis_kg.views.catalogue import NAMESPACES, Limit, Service, service

from .requests import LARGEST_BODY

_RESULT_FORMATS: Final = {
    "json": ("SPARQL_Results_JSON",),
    "xml": ("SPARQL_Results_XML",),
    "csv": ("SPARQL_Results_CSV",),
    "tsv": ("SPARQL_Results_TSV",),
    "turtle": ("Turtle", "TriG", "N3"),
    "jsonld": ("JSON-LD",),
    "rdfxml": ("RDF_XML",),
    "ntriples": ("N-Triples", "N-Quads"),
}
"""The names under http://www.w3.org/ns/formats/ of what we write."""
_GEO: Final = "http://www.opengis.net/def/function/geosparql/"
FUNCTIONS: Final = tuple(
    _GEO + name
    for name in (
        "asGeoJSON",
        "centroid",
        "convexHull",
        "coordinateDimension",
        "difference",
        "dimension",
        "distance",
        "ehContains",
        "ehCoveredBy",
        "ehCovers",
        "ehDisjoint",
        "ehEquals",
        "ehInside",
        "ehMeet",
        "ehOverlap",
        "envelope",
        "getSRID",
        "intersection",
        "isEmpty",
        "isSimple",
        "length",
        "area",
        "perimeter",
        "rcc8dc",
        "rcc8ec",
        "rcc8eq",
        "rcc8ntpp",
        "rcc8ntppi",
        "rcc8po",
        "rcc8tpp",
        "rcc8tppi",
        "relate",
        "sfContains",
        "sfCrosses",
        "sfDisjoint",
        "sfEquals",
        "sfIntersects",
        "sfOverlaps",
        "sfTouches",
        "sfWithin",
        "spatialDimension",
        "symDifference",
        "union",
    )
)
"""The functions of GeoSPARQL that the engine has."""


@lru_cache(maxsize=64)
def describe(edition: Edition, endpoint: str, wanted: Format, limits: Limits, rate: float | None = None) -> bytes:
    """The description of the endpoint at this IRI in one of the graph formats.

    Kept in memory, for clients wait for it before their first query; bounded, for the name of the host is theirs to
    choose.
    """
    root = endpoint.removesuffix("sparql")
    text = service(
        Service(
            endpoint,
            edition.version,
            edition.graphs,
            edition.triples,
            [name for one in (*ROW_FORMATS, *GRAPH_FORMATS) for name in _RESULT_FORMATS[one.name]],
            FUNCTIONS,
            limits_in_force(limits, rate),
            PREFIXES,
            f"{root}void",
            limits.services,
        )
    )
    return write_graph(ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=endpoint), wanted, NAMESPACES)


def limits_in_force(limits: Limits, rate: float | None) -> list[Limit]:
    """The limits that a client can meet, each with the answer that it then gets."""
    found = [
        Limit(
            "timeout",
            limits.timeout_seconds,
            "second",
            "A query that takes longer, its result included, is ended and answered with 503, or broken off.",
        ),
        Limit("memory", limits.memory_bytes, "byte", "A query that needs more memory is answered with 400."),
        Limit("parallel-queries", limits.workers, "query", "So many queries run at the same time; others wait."),
        Limit("queue", limits.queue, "query", "When so many queries wait, another one is answered with 503."),
        Limit("body", LARGEST_BODY, "byte", "A larger request is answered with 413."),
    ]
    if limits.most_rows is not None:
        found.append(Limit("rows", limits.most_rows, "row", "A result with more is refused or broken off, never cut."))
    if limits.most_bytes is not None:
        found.append(Limit("bytes", limits.most_bytes, "byte", "A larger result is refused or broken off, never cut."))
    if rate is not None:
        found.append(Limit("rate", rate, "request per second", "A client that asks more often is answered with 429."))
    return found
