"""Evaluates queries over one build of the dataset with pyoxigraph, and writes the results.

The default graph is the union of all named graphs, as a set: a triple that stands in two of them counts once
(RDF merge, SPARQL 1.1 Query, section 13.1). pyoxigraph's flag for this counts it twice and also fills the
default graph of a query that has only FROM NAMED, so the union is copied into the store's own default graph
where the store is in memory.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from wsis_kg.names import PREFIXES

from .formats import RDF_XML, TURTLE, XML, Form, Format, formats_of
from .problems import (
    BadGraphName,
    EvaluationFailed,
    NotWritable,
    QuerySyntaxError,
    ServiceForbidden,
    UnknownFunction,
)
from .query_text import find_service, form_of, place
from .syntax import explain

LARGEST_IN_MEMORY: Final = 250_000_000
"""Bytes of N-Quads (about a million of our quads) above which the store on disk is opened instead."""

_NOT_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_NAMELESS_ELEMENT: Final = re.compile(rb"<[\w.-]*:[\s/>]")
_PREFIX_LINE: Final = re.compile(rb"@prefix ([^:]*): <[^>]*> \.\n")
_UNION: Final = "INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"
_GRAPHS: Final = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"

Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


class Result:
    """The answer to one query, evaluated as it is written: ``serialise`` can be called once.

    pyoxigraph ties it to its thread, down to the last reference: what asks must also write, and nothing else may
    keep it, not even the traceback of an exception.
    """

    def __init__(self, answer: Answer, form: Form) -> None:
        self.form = form
        self._answer: Answer | None = answer

    def serialise(self, wanted: Format) -> bytes:
        """The whole result in the format wanted, which must be one of ``formats_of(form)``.

        Raises NotWritable if the format cannot carry it, UnknownFunction or EvaluationFailed if the
        evaluation ends early.
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
            if isinstance(answer, ox.QueryTriples):
                return write_graph(answer, wanted)
            assert isinstance(wanted.writer, ox.QueryResultsFormat)
            written = answer.serialize(format=wanted.writer)
        except (RuntimeError, OSError) as error:
            raise _evaluation_problem(error) from error
        finally:
            del answer
        assert written is not None  # It is None only when a file to write to is given.
        return _well_formed(written) if wanted is XML else written


class Engine:
    """One build of the dataset, open for queries. Safe to use from several threads at once; never writes."""

    def __init__(self, build_folder: Path) -> None:
        """Opens a complete build: in memory from ``dataset.nq``, or ``store/`` read-only where that is larger
        than we keep there.

        Raises OSError if the folder lacks them, SyntaxError if the N-Quads are broken.
        """
        self.build_folder = build_folder
        self.version = build_folder.name
        dataset = build_folder / "dataset.nq"
        self._union_by_flag = dataset.stat().st_size > LARGEST_IN_MEMORY
        if self._union_by_flag:
            self._store = ox.Store.read_only(str(build_folder / "store"))
        else:
            self._store = ox.Store()
            self._store.bulk_load(path=dataset, format=ox.RdfFormat.N_QUADS)
            self._store.update(_UNION)
        self.graphs: tuple[tuple[str, int], ...] = self._count_graphs()

    @property
    def quads(self) -> int:
        """The number of quads, that is of statements counted once per named graph."""
        return sum(count for _, count in self.graphs)

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
        and nothing is ever fetched. Raises QuerySyntaxError, ServiceForbidden, BadGraphName, UnknownFunction
        or EvaluationFailed.
        """
        self._refuse_services(text)
        default, named = _graph_names(default_graphs), _graph_names(named_graphs)
        given = default is not None or named is not None
        try:
            if given:
                # Left out, either list would mean "all": a dataset that names only one kind has none of the other.
                answer = self._store.query(
                    text, base_iri=base, default_graph=[*(default or ())], named_graphs=[*(named or ())]
                )
            else:
                answer = self._store.query(text, base_iri=base, use_default_graph_as_union=self._union_by_flag)
        except SyntaxError as error:
            raise explain(text, error, base) from error
        except UnicodeEncodeError as error:
            raise QuerySyntaxError("The query holds half of a surrogate pair, which is no character.") from error
        except (RuntimeError, OSError) as error:
            raise _evaluation_problem(error) from error
        return Result(answer, _form(text, answer))

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

    def _refuse_services(self, text: str) -> None:
        position = find_service(text)
        if position is None:
            return
        line, column = place(text, position)
        raise ServiceForbidden(
            "SERVICE is refused: this endpoint asks no other one.",
            line=line,
            column=column,
            token=text[position : position + len("service")],
            hint="Ask the other endpoint yourself, and join the results; or call this one from there.",
        )

    def _count_graphs(self) -> tuple[tuple[str, int], ...]:
        solutions = self._store.query(_GRAPHS)
        assert isinstance(solutions, ox.QuerySolutions)
        return tuple((row["g"].value, int(row["n"].value)) for row in solutions)


def write_graph(
    triples: Iterable[ox.Triple] | Iterable[ox.Quad], wanted: Format, known: Mapping[str, str] = PREFIXES
) -> bytes:
    """Triples in one of the graph formats, Turtle with those of the known prefixes that it uses.

    Raises NotWritable.
    """
    assert isinstance(wanted.writer, ox.RdfFormat)
    prefixes = dict(known) if wanted in (TURTLE, RDF_XML) else None
    try:
        written = ox.serialize(triples, format=wanted.writer, prefixes=prefixes)
    except ValueError as error:
        raise NotWritable(f"{wanted.title} cannot carry this result: {error}.", hint="Ask for Turtle.") from error
    finally:
        del triples
    assert written is not None
    if wanted is TURTLE:
        return _without_unused_prefixes(written)
    if wanted is RDF_XML:
        if _NAMELESS_ELEMENT.search(written):
            # RDF/XML writes a predicate as an element, and an IRI that ends in "/" or a digit gives it no name.
            raise NotWritable("RDF/XML cannot carry a predicate of this result.", hint="Ask for Turtle or N-Triples.")
        return _well_formed(written)
    return written


def _well_formed(xml: bytes) -> bytes:
    """Characters that XML 1.0 cannot hold in any form become U+FFFD; a carriage return, which a parser would
    turn into a line feed, becomes a reference. pyoxigraph writes both as they are.
    """
    return _NOT_XML.sub("\ufffd".encode(), xml).replace(b"\r", b"&#xD;")


def _without_unused_prefixes(turtle: bytes) -> bytes:
    body_start = 0
    lines: list[tuple[bytes, bytes]] = []
    while match := _PREFIX_LINE.match(turtle, body_start):
        lines.append((match.group(1), match.group()))
        body_start = match.end()
    body = turtle[body_start:]
    used = [line for name, line in lines if re.search(rb"(?<![\w.-])" + re.escape(name) + rb":", body)]
    return b"".join((*used, b"\n" if used else b"", body))


def _graph_names(names: Sequence[str] | None) -> list[ox.NamedNode] | None:
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


def _evaluation_problem(error: Exception) -> UnknownFunction | EvaluationFailed:
    if "custom function" in str(error) or "custom aggregate" in str(error):
        return UnknownFunction(f"{error}.", hint="Only the functions of SPARQL and GeoSPARQL are known here.")
    return EvaluationFailed(f"The engine could not finish this query: {error}.")
