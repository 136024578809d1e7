"""Loads a build into a SPARQL 1.1 service, so that the same front can stand before it.

Graph by graph, through the Graph Store HTTP Protocol; graphs that are not ours are never touched. Until the last graph
is there and all have been counted, the version in the service ends in ``-loading``, so that a half-loaded dataset is
seen by whoever asks, and tags of answers from it are those of no whole version. Beside the named graphs stands their
union, for the default graph: what the service's own one is differs from product to product.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import pyoxigraph as ox

from wsis_kg.names import DATASET, DESCRIPTION, GRAPH, PREFIXES, UNION

from .live import LOADING
from .problems import QueryProblem
from .remote import sizes_of, version_of
from .remote_service import Service, told

PIECE: Final = 20_000
"""Statements that go up in one request."""

_VOID_SUBSET: Final = ox.NamedNode("http://rdfs.org/ns/void#subset")
_VERSION_INFO: Final = ox.NamedNode(PREFIXES["owl"] + "versionInfo")
_STORES: Final = {
    "/query": "/store",
    "/sparql": "/sparql-graph-crud-auth",
    "/sparql-auth": "/sparql-graph-crud-auth",
    "/sparql/": "/sparql-graph-crud-auth",
}
"""Where the Graph Store of Oxigraph and Virtuoso stands, by the end of the path of their query service."""

Say = Callable[[str], None]


class CannotPublish(Exception):
    """The dataset was not published, or not to its end; the text says where it stopped and what to do next."""


def graph_store_of(address: str) -> str:
    """The address of the Graph Store that belongs to a query service, as Oxigraph and Virtuoso lay them out; of any
    other, the same address.
    """
    parts = urlsplit(address)
    end = next((end for end in _STORES if parts.path.endswith(end)), "")
    return urlunsplit(parts._replace(path=parts.path.removesuffix(end) + _STORES.get(end, ""), query=""))


@dataclass(frozen=True)
class Plan:
    """What is to be done: graphs to load with their sizes, in order, and graphs of ours to remove."""

    version: str
    present: str | None
    load: tuple[tuple[str, int], ...]
    remove: tuple[str, ...]
    whole: bool
    """Whether this very version stands there already, with as many statements in each graph."""

    @property
    def quads(self) -> int:
        """The statements of all named graphs, their union left out."""
        return sum(size for name, size in self.load if name != UNION)


class Publication:
    """A build on its way into a service."""

    def __init__(self, build_folder: Path, service: Service, graph_store: str | None = None) -> None:
        """Opens the build's database for reading. Raises CannotPublish if there is none."""
        self.version = build_folder.name
        self._service = service
        self._graph_store = graph_store or graph_store_of(service.address)
        self._dump = build_folder / "dataset.nq"
        try:
            self._store = ox.Store.read_only(str(build_folder / "store"))
        except (OSError, RuntimeError) as error:
            raise CannotPublish(f"The build {build_folder} has no database to read from. Run wsis-kg build.") from error

    def plan(self) -> Plan:
        """What is to be done, as far as the service tells what it holds. Changes nothing. Raises CannotPublish."""
        sizes = {UNION: sum(1 for _ in self._union())}
        for name in self._store.named_graphs():
            if isinstance(name, ox.NamedNode):
                sizes[name.value] = sum(1 for _ in self._store.quads_for_pattern(None, None, None, name))
        try:
            present = version_of(self._service)
            found = {name: count for name, count in sizes_of(self._service) if name == UNION or name.startswith(GRAPH)}
        except QueryProblem as problem:
            raise CannotPublish(f"What the service holds cannot be seen. {told(problem)}") from problem
        # The description comes last: it says the version.
        order = sorted(sizes, key=lambda name: (name == DESCRIPTION, name == UNION, name))
        return Plan(
            self.version,
            present,
            tuple((name, sizes[name]) for name in order),
            tuple(sorted(set(found) - set(sizes))),
            present == self.version and found == sizes,
        )

    def run(self, plan: Plan, say: Say) -> None:
        """Does it, and tells each step. Raises CannotPublish; the version in the service then ends in ``-loading``."""
        try:
            self._put(DESCRIPTION, self._mark(plan))
        except QueryProblem as problem:
            raise CannotPublish(f"Nothing was published. {told(problem)}") from problem
        step = DESCRIPTION
        try:
            for step, size in plan.load[:-1]:
                say(f"{step}: {size:,} statements")
                self._put(step, self._union() if step == UNION else self._graph(step))
            for step in plan.remove:
                say(f"{step}: removed, for it is no longer in the dataset")
                self._service.send("DELETE", self._graph_store, step)
            self._verify(plan.load[:-1])
            step, size = plan.load[-1]
            say(f"{step}: {size:,} statements")
            self._put(step, self._graph(step))
            self._verify(plan.load)
        except QueryProblem as problem:
            raise CannotPublish(
                f"Publishing stopped at {step}. {told(problem)} "
                "Run wsis-kg publish again: it begins anew, and until then the service holds a part."
            ) from problem

    def _put(self, graph: str, statements: Iterator[ox.Triple]) -> None:
        """Replaces a graph: the first request puts, and the others add.

        What holds a blank node goes in one request, for its name is good for one only.
        """
        rest: list[ox.Triple] = []
        blank: list[ox.Triple] = []
        method = "PUT"
        for statement in statements:
            has_blank = isinstance(statement.subject, ox.BlankNode) or isinstance(statement.object, ox.BlankNode)
            (blank if has_blank else rest).append(statement)
            if len(rest) == PIECE:
                self._send(method, graph, rest)
                method, rest = "POST", []
        if rest or blank or method == "PUT":
            self._send(method, graph, rest + blank)

    def _send(self, method: str, graph: str, statements: list[ox.Triple]) -> None:
        # N-Triples is Turtle, and the one form of it that no service misreads.
        body = ox.serialize(statements, format=ox.RdfFormat.N_TRIPLES)
        assert body is not None
        self._service.send(method, self._graph_store, graph, body)

    def _graph(self, name: str) -> Iterator[ox.Triple]:
        return (quad.triple for quad in self._store.quads_for_pattern(None, None, None, ox.NamedNode(name)))

    def _union(self) -> Iterator[ox.Triple]:
        """Each statement once. The dump is sorted, so one that stands in several graphs follows itself."""
        before: ox.Triple | None = None
        for quad in ox.parse(path=self._dump, format=ox.RdfFormat.N_QUADS):
            if quad.triple != before:
                yield quad.triple
            before = quad.triple

    def _mark(self, plan: Plan) -> Iterator[ox.Triple]:
        """What the description says meanwhile: which version is coming, and its graphs."""
        whole = ox.NamedNode(DATASET)
        yield ox.Triple(whole, _VERSION_INFO, ox.Literal(self.version + LOADING))
        for name, _ in plan.load:
            if name not in (UNION, DESCRIPTION):
                yield ox.Triple(whole, _VOID_SUBSET, ox.NamedNode(name))

    def _verify(self, expected: tuple[tuple[str, int], ...]) -> None:
        found = dict(sizes_of(self._service, [name for name, _ in expected]))
        wrong = [(name, size) for name, size in expected if found.get(name, 0) != size]
        for name, size in islice(wrong, 1):
            raise CannotPublish(
                f"{name} has {found.get(name, 0):,} statements in the service where the build has {size:,}"
                f"{f' ({len(wrong)} graphs are wrong)' if len(wrong) > 1 else ''}. "
                "Does somebody else write there? Run wsis-kg publish again."
            )
