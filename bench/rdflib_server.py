"""rdflib-endpoint over a dataset in rdflib's own memory: ``python -m bench.rdflib_server <dataset.nq> <port>``."""

import logging
import socket
import sys
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

import pyoxigraph as ox
import rdflib
import uvicorn
from rdflib_endpoint import SparqlEndpoint

from .forking import serve_in_children


def main() -> None:
    """Loads, then serves until it is ended; see ``bench.forking``."""
    logging.disable(logging.WARNING)
    dataset = rdflib.Dataset(default_union=True)
    dataset.addN(_quads(dataset, Path(sys.argv[1])))
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[2])))
    listener.listen(128)
    application = SparqlEndpoint(graph=dataset, path="/sparql")

    def serve() -> None:
        config = uvicorn.Config(application, log_level="error", access_log=False)
        uvicorn.Server(config).run(sockets=[listener])

    serve_in_children(serve)


def _quads(dataset: rdflib.Dataset, file: Path) -> Iterator[tuple[rdflib.Node, rdflib.Node, rdflib.Node, rdflib.Graph]]:
    """The statements of a file; read by pyoxigraph, for rdflib would take minutes for a million."""

    @lru_cache(maxsize=100_000)
    def term(found: ox.NamedNode | ox.BlankNode | ox.Literal) -> rdflib.Node:
        if isinstance(found, ox.NamedNode):
            return rdflib.URIRef(found.value)
        if isinstance(found, ox.BlankNode):
            return rdflib.BNode(found.value)
        if found.language:
            return rdflib.Literal(found.value, lang=found.language)
        plain = found.datatype.value == str(rdflib.XSD.string)
        return rdflib.Literal(found.value, datatype=None if plain else rdflib.URIRef(found.datatype.value))

    @cache
    def graph(name: ox.NamedNode) -> rdflib.Graph:
        return dataset.graph(rdflib.URIRef(name.value))

    for quad in ox.parse(path=file, format=ox.RdfFormat.N_QUADS):
        yield term(quad.subject), term(quad.predicate), term(quad.object), graph(quad.graph_name)


if __name__ == "__main__":
    main()
