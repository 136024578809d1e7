"""Evaluates queries over one build of the dataset with pyoxigraph, and writes the results.

The default graph is the union of all named graphs, as a set: a triple that stands in two of them counts once
(RDF merge, SPARQL 1.1 Query, section 13.1). pyoxigraph's flag for this counts it twice and also fills the
default graph of a query that has only FROM NAMED, so the union stands in the store's own default graph: the store on
disk was written so, and a store in memory is completed when it is loaded.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, Protocol, cast

import pyoxigraph as ox

from .formats import N_TRIPLES, TURTLE, XML, Form, Format, formats_of
from .limits import LARGEST_IN_MEMORY
from .problems import (
    BadGraphName,
    NotWritable,
    QueryProblem,
    QuerySyntaxError,
)
from .query_text import find_service, form_of
from .services import evaluation_problem, refuse_services
from .syntax import explain
from .wire import Edition
from .writing import CleanXml, json_term, write_graph

_UNION: Final = "INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"
_BUILD_AGAIN: Final = "Remove the folder in which it stands and run wsis-kg build."
_GRAPHS: Final = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"

Answer = ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple] | Iterable[ox.Quad]


class Result:
    """The answer to one query, evaluated as it is written: ``serialise`` can be called once.

    pyoxigraph ties it to its thread, down to the last reference: what asks must also write, and nothing else may
    keep it, not even the traceback of an exception.
    """

    def __init__(self, answer: Answer, form: Form, *, calls: bool = False) -> None:
        """``calls``: the query calls services, which may fail."""
        self.form = form
        self._calls = calls
        self._answer: Answer | None = answer

    def problem(self, error: Exception) -> QueryProblem:
        """What it means that the evaluation ended with this error of pyoxigraph."""
        return evaluation_problem(error, calls=self._calls)

    def serialise(self, wanted: Format) -> bytes:
        """The whole result in the format wanted, which must be one of ``formats_of(form)``.

        Raises NotWritable if the format cannot carry it, UnknownFunction, ServiceFailed or EvaluationFailed if the
        evaluation ends early.
        """
        whole = BytesIO()
        self.write(wanted, whole)
        return whole.getvalue()

    def write(self, wanted: Format, output: IO[bytes]) -> None:
        """Writes the result as ``serialise`` gives it, bit by bit where the format allows it (rows; N-Triples).

        What ``output`` raises comes through.
        """
        answer, self._answer = self._answer, None
        assert answer is not None, "A result can be written once."
        if wanted not in formats_of(self.form):
            del answer
            raise NotWritable(
                f"The result of a {self.form.value} cannot be written as {wanted.title}.",
                hint="Choose one of: " + ", ".join(offered.title for offered in formats_of(self.form)) + ".",
            )
        try:
            if not isinstance(answer, ox.QuerySolutions | ox.QueryBoolean):
                if wanted is N_TRIPLES:
                    ox.serialize(answer, output, format=ox.RdfFormat.N_TRIPLES)
                else:
                    output.write(write_graph(answer, wanted))
                return
            assert isinstance(wanted.writer, ox.QueryResultsFormat)
            clean = CleanXml(output) if wanted is XML else output
            answer.serialize(cast("IO[bytes]", clean), format=wanted.writer)
            if isinstance(clean, CleanXml):
                clean.finish()
        except (RuntimeError, OSError, SyntaxError) as error:
            raise self.problem(error) from error
        finally:
            del answer

    def exceeds(self, most: int) -> bool:
        """Whether there are more rows or triples than that. Uses the result up: it cannot be written any more.

        Raises UnknownFunction, ServiceFailed or EvaluationFailed.
        """
        answer, self._answer = self._answer, None
        try:
            if isinstance(answer, ox.QueryBoolean | None):
                return False
            return any(True for _ in islice(iter(answer), most, most + 1))
        except (RuntimeError, OSError, SyntaxError) as error:
            raise self.problem(error) from error
        finally:
            del answer

    def preview(self, most: int) -> tuple[dict[str, Any] | str, int]:
        """What a page shows, and how much there is in all: SPARQL JSON with so many rows, or so many lines of Turtle.

        Raises what ``write`` raises.
        """
        if self.form.gives_graph:
            lines = self.serialise(TURTLE).decode().splitlines()
            return "\n".join(lines[:most]), len(lines)
        answer, self._answer = self._answer, None
        if isinstance(answer, ox.QueryBoolean):
            return {"head": {}, "boolean": bool(answer)}, 1
        assert isinstance(answer, ox.QuerySolutions), "A result can be written once."
        try:
            names = [variable.value for variable in answer.variables]
            rows = [
                {name: json_term(term) for name, term in zip(names, row, strict=True) if term is not None}
                for row in islice(answer, most)
            ]
            count = len(rows) + sum(1 for _ in iter(answer))
            return {"head": {"vars": names}, "results": {"bindings": rows}}, count
        except (RuntimeError, OSError, SyntaxError) as error:
            raise self.problem(error) from error
        finally:
            del answer


class Evaluator(Protocol):
    """What answers queries: a store in this process or a service elsewhere."""

    @property
    def edition(self) -> Edition:
        """What is open here, and how much it holds."""

    def query(
        self,
        text: str,
        *,
        base: str | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Result:
        """Evaluates a query, see ``Engine.query``."""


class Engine:
    """One build of the dataset, open for queries. Safe to use from several threads at once; never writes."""

    def __init__(
        self, build_folder: Path, largest_in_memory: int = LARGEST_IN_MEMORY, services: Sequence[str] = ()
    ) -> None:
        """Opens a complete build: in memory from ``dataset.nq``, or ``store/`` read-only where the former has more
        than so many bytes. ``services`` are the endpoints that queries may call.

        Raises OSError if the folder lacks them or ``store/`` cannot be used, SyntaxError if the N-Quads are broken.
        """
        self.build_folder = build_folder
        self.version = build_folder.name
        self._services = services
        self._counted: dict[str, Any] = {}
        if is_kept_on_disk(build_folder, largest_in_memory):
            self._store = _open_read_only(build_folder / "store")
            self._counted = _report(build_folder)
        else:
            self._store = ox.Store()
            self._store.bulk_load(path=build_folder / "dataset.nq", format=ox.RdfFormat.N_QUADS)
            self._store.update(_UNION)

    @cached_property
    def graphs(self) -> tuple[tuple[str, int], ...]:
        """The named graphs, in order, and the number of their triples: on disk as the build counted them, since to
        count ten million takes a quarter of a minute, at every start.
        """
        if "graphs" in self._counted:
            return tuple(sorted(self._counted["graphs"].items()))
        solutions = self._store.query(_GRAPHS)
        assert isinstance(solutions, ox.QuerySolutions)
        return tuple((row["g"].value, int(row["n"].value)) for row in solutions)

    @cached_property
    def triples(self) -> int:
        """The number of triples of the default graph, which hold each of those of the named graphs once."""
        return int(self._counted["triples"]) if "triples" in self._counted else len(self._store) - self.quads

    @property
    def quads(self) -> int:
        """The number of quads, that is of statements counted once per named graph."""
        return sum(count for _, count in self.graphs)

    @property
    def edition(self) -> Edition:
        """What is open here, and how much it holds."""
        return Edition(self.version, self.graphs, self.triples)

    def query(
        self,
        text: str,
        *,
        base: str | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Result:
        """Evaluates a query. Relative IRIs are resolved against ``base``.

        A dataset given here beats FROM and FROM NAMED in the text (SPARQL 1.1 Protocol, section 2.1.4);
        without either, the default graph is the union of all. A graph nobody knows is empty, never an error,
        and nothing is ever fetched. Raises QuerySyntaxError, ServiceForbidden, ServiceFailed, BadGraphName,
        UnknownFunction or EvaluationFailed.
        """
        refuse_services(text, self._services)
        calls = bool(self._services) and find_service(text) is not None
        default, named = graph_names(default_graphs), graph_names(named_graphs)
        given = default is not None or named is not None
        if given:
            # Left out, either list would mean "all": a dataset that names only one kind has none of the other.
            dataset: dict[str, Any] = {"default_graph": [*(default or ())], "named_graphs": [*(named or ())]}
        else:
            dataset = {}
        answer = evaluate(self._store, text, base, calls=calls, **dataset)
        return Result(answer, _form(text, answer), calls=calls)

    def answer(
        self,
        text: str,
        wanted: Format,
        *,
        base: str | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> bytes:
        """The bytes of the result: ``query`` and ``serialise`` in one call, the seam at which other engines
        can stand in.
        """
        result = self.query(text, base=base, default_graphs=default_graphs, named_graphs=named_graphs)
        return result.serialise(wanted)


def is_kept_on_disk(build_folder: Path, largest_in_memory: int = LARGEST_IN_MEMORY) -> bool:
    """Whether a build is too large to be held in memory. Raises OSError if it has no ``dataset.nq``."""
    return (build_folder / "dataset.nq").stat().st_size > largest_in_memory


def _open_read_only(place: Path) -> ox.Store:
    try:
        store = ox.Store.read_only(str(place))
        has_union = next(store.quads_for_pattern(None, None, None, ox.DefaultGraph()), None) is not None
        has_graphs = next(store.named_graphs(), None) is not None
    except (OSError, RuntimeError) as error:
        raise OSError(f"The database {place} cannot be opened: {error} {_BUILD_AGAIN}") from error
    if has_graphs and not has_union:
        raise OSError(f"The database {place} was built by an earlier version of wsis-kg. {_BUILD_AGAIN}")
    return store


def evaluate(store: ox.Store, text: str, base: str | None, *, calls: bool = False, **dataset: Any) -> Answer:
    """Has pyoxigraph read a query and begin to evaluate it; ``calls``: it calls services, which may fail.

    Raises QuerySyntaxError, ServiceFailed, UnknownFunction or EvaluationFailed.
    """
    try:
        return store.query(text, base_iri=base, **dataset)
    except SyntaxError as error:
        raise explain(text, error, base) from error
    except UnicodeEncodeError as error:
        raise QuerySyntaxError("The query holds half of a surrogate pair, which is no character.") from error
    except (RuntimeError, OSError) as error:
        raise evaluation_problem(error, calls=calls) from error


def _report(build_folder: Path) -> dict[str, Any]:
    """What the build says it has made; nothing where it says nothing."""
    report = build_folder / "report.json"
    told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    return told


def graph_names(names: Sequence[str] | None) -> list[ox.NamedNode] | None:
    """The names of graphs as terms. Raises BadGraphName."""
    if names is None:
        return None
    nodes = []
    for name in names:
        try:
            nodes.append(ox.NamedNode(name))
        except ValueError as error:
            raise BadGraphName(
                f"“{name}” is not an absolute IRI and cannot name a graph.",
                hint="Give the whole IRI, percent-encoded.",
            ) from error
    return nodes


def _form(text: str, answer: Answer) -> Form:
    if isinstance(answer, ox.QueryBoolean):
        return Form.ASK
    if isinstance(answer, ox.QuerySolutions):
        return Form.SELECT
    return Form.DESCRIBE if form_of(text) is Form.DESCRIBE else Form.CONSTRUCT
