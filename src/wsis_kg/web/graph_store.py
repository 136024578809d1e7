"""Reading graphs by their names: the SPARQL 1.1 Graph Store HTTP Protocol (Recommendation of 21 March 2013), GET and
HEAD. The methods that would change a graph are refused (405).
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import pyoxigraph as ox
from starlette.responses import Response

from wsis_kg.engine.pool import Pool
from wsis_kg.names import GRAPH
from wsis_kg.views.register import ID, Register

from .answers import Answers
from .page import Pages
from .problems import Refusal
from .rate import Rate
from .rdf_resource import Asked, RdfResource, see_other, split_suffix
from .registers import Registers

_HOW: Final = "Name a graph by ?graph=IRI, or ask for ?default; each graph also has an address, such as graph/actors."


def graph_page(register: Register) -> Callable[[str], str]:
    """Gives the page of the document whose graph has a name, from the start page on; empty for any other graph."""

    def of(name: str) -> str:
        iri = f"{ID}document/{name}"
        return register.home(iri)[0] if iri in register.entries else ""

    return of


class GraphStore(RdfResource):
    """Indirect identification at /rdf-graph-store (section 4.2), direct at /graph/<name> (section 4.1).

    The IRIs of our graphs are those of a permanent address; on whichever host this runs, the same path leads to them.
    A browser is led from there to what tells people of the graph, where there is a ``registers`` to find it in.
    """

    def __init__(
        self,
        pool: Pool,
        answers: Answers,
        pages: Pages,
        rate: Rate | None = None,
        registers: Registers | None = None,
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers

    async def answer(self, asked: Asked) -> Response:
        """The triples of the graph. Raises Refusal: 404 for a graph that is not there, 400 for no name or a bad one."""
        if asked.path.startswith("graph/"):
            return await self._direct(asked)
        return await self._indirect(asked)

    async def _direct(self, asked: Asked) -> Response:
        name = asked.path.removeprefix("graph/")
        known = [graph for graph, _ in asked.edition.graphs]
        if GRAPH + name in known:
            if self._registers is not None and self.wanted(asked)[0] is None:
                register = await self._registers.current()
                return see_other(f"{asked.root}{graph_page(register)(name) or f'void#graph-{name}'}")
            response = await self.triples(asked, _construct(GRAPH + name))
        else:
            stem, suffix = split_suffix(name)
            if GRAPH + stem not in known:
                raise _unknown(GRAPH + name, asked)
            response = await self.triples(asked, _construct(GRAPH + stem), suffix)
        response.headers["Link"] = f'<{asked.root}void>; rel="describedby"'
        return response

    async def _indirect(self, asked: Asked) -> Response:
        names, defaults = asked.values("graph"), asked.values("default")
        if len(names) + len(defaults) != 1:
            what = "No graph is named." if not names and not defaults else "More than one graph is named."
            raise _bad(what)
        if defaults:
            if defaults[0]:
                raise _bad("The parameter default has no value.")
            return await self.triples(asked, "CONSTRUCT WHERE { ?s ?p ?o }", has_twins=False)
        name = names[0]
        try:
            ox.NamedNode(name)
        except ValueError as error:
            raise _bad(f"“{name}” is not an absolute IRI.") from error
        if not urlsplit(name).scheme:
            raise _bad(f"“{name}” is not an absolute IRI.")
        if name not in [graph for graph, _ in asked.edition.graphs]:
            raise _unknown(name, asked)
        return await self.triples(asked, _construct(name), has_twins=False)


def _construct(graph: str) -> str:
    return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"


def _unknown(name: str, asked: Asked) -> Refusal:
    hint = f"The service description at {asked.root}sparql lists the graphs."
    return Refusal(404, "unknown-graph", "There is no such graph", f"No graph is called {name}.", hint=hint)


def _bad(detail: str) -> Refusal:
    return Refusal(400, "request", "The request is not correct Graph Store protocol", detail, hint=_HOW)
