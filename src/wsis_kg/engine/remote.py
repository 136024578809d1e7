"""Evaluates queries in a SPARQL 1.1 service elsewhere, and writes the results as the engine of our own does.

The text is read here first, over an empty store, so that what is wrong with it is told in the same words whatever the
engine. The dataset is always named in the request (SPARQL 1.1 Protocol, section 2.1.4): services differ in what their
default graph is, whether a triple counts in it once or once per graph, and what else they hold.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from typing import Final, cast

import pyoxigraph as ox

from wsis_kg.names import DATASET, DESCRIPTION, PREFIXES, UNION

from .credentials import Credentials
from .formats import JSON, N_TRIPLES, Form
from .problems import EngineFailed, EngineRefused, IncompleteAnswer, QueryProblem, QuerySyntaxError
from .query_text import Token, first_keyword, form_of, place, tokens
from .remote_service import Service
from .services import evaluation_problem, refuse_services
from .store import Answer, Result, evaluate, graph_names
from .wire import Edition

NO_GRAPH: Final = "urn:x-wsis-kg:no-graph"
"""Asked for where a part of the dataset is to be empty: a list that is left out means "all" to some services."""

_VERSION: Final = f"SELECT ?v {{ GRAPH <{DESCRIPTION}> {{ <{DATASET}> <{PREFIXES['owl']}versionInfo> ?v }} }}"
_IS_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,99}")
_SUBSETS: Final = f"SELECT ?g {{ GRAPH <{DESCRIPTION}> {{ <{DATASET}> <http://rdfs.org/ns/void#subset> ?g }} }}"
_SIZES: Final = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_LEAST_ROWS: Final = 100_000
_LOOK_SECONDS: Final = 60.0
"""For so long we wait for the service to say what it holds."""
_MANY_ROWS: Final = f"SELECT (1 AS ?x) {{ ?a ?b ?c . ?d ?e ?f }} LIMIT {_LEAST_ROWS + 1}"
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False}


class RemoteResult(Result):
    """An answer while it comes from the service."""

    def problem(self, error: Exception) -> QueryProblem:
        """What cannot be parsed is the fault of the service."""
        return _broken() if isinstance(error, SyntaxError) else evaluation_problem(error, calls=False)


class RemoteEngine:
    """A service in the place of a store: the same seam as ``store.Engine``. Each process opens its own connection."""

    def __init__(self, address: str, credentials: Credentials | None = None) -> None:
        """Finds out what the service holds.

        Raises BadService, what asking the service raises, and IncompleteAnswer if it cuts its answers.
        """
        self._service = Service(address, credentials)
        self._nothing = ox.Store()
        service = Service(address, credentials, _LOOK_SECONDS)
        try:
            _refuse_to_be_cut(service)
            edition = edition_of(service)
            published = version_of(service) is not None
            union = dict(sizes_of(service, [UNION])) if published else {}
        except IncompleteAnswer as cut:
            raise IncompleteAnswer(
                cut.sentence,
                hint="Lift that limit in the service (Virtuoso: ResultSetMaxRows = 0 under [SPARQL], and no timeout).",
            ) from cut
        self.edition = Edition(edition.version, edition.graphs, union.get(UNION))
        self._published = frozenset(name for name, _ in edition.graphs) if published else None
        self._default: tuple[str, ...] = ()
        if published:
            self._default = (UNION,) if union else tuple(name for name, _ in edition.graphs)
        # Each process is to have a connection of its own.
        service.close()

    def query(
        self,
        text: str,
        *,
        base: str | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Result:
        """As ``store.Engine.query``; the result comes from the service while it is written.

        Raises also EngineUnreachable, EngineFailed, EngineRefused, EngineTimedOut or IncompleteAnswer.
        """
        # A call would be made by the service, from where it stands and with what it may reach.
        refuse_services(text, ())
        graph_names(default_graphs), graph_names(named_graphs)
        # Reads it, and finds functions that nobody has; there is nothing to be found.
        evaluate(self._nothing, text, base)
        text, *written = take_dataset(text, base)
        if default_graphs is None and named_graphs is None:
            default_graphs, named_graphs = written
        form = form_of(text)
        assert form is not None, "It was read as a query."
        default, named = self._dataset(default_graphs, named_graphs)
        if base is not None:
            # On the same line: the service is to count lines as we do.
            text = f"BASE <{base}> {text}"
        return RemoteResult(_ask(self._service, text, form, default, named), form)

    def _dataset(
        self, default_graphs: Sequence[str] | None, named_graphs: Sequence[str] | None
    ) -> tuple[Sequence[str], Sequence[str]]:
        """What to name in the request: of a published dataset only its own graphs, whatever else the service holds."""
        published = self._published
        if default_graphs is None and named_graphs is None:
            return ((), ()) if published is None else (self._default, sorted(published) or (NO_GRAPH,))
        default, named = (
            [name for name in given or () if published is None or name in published] or [NO_GRAPH]
            for given in (default_graphs, named_graphs)
        )
        return default, named


def _refuse_to_be_cut(service: Service) -> None:
    """Virtuoso cuts the rows of a SELECT with a word in a header, and those of a CONSTRUCT in silence."""
    try:
        with service.ask(_MANY_ROWS, "text/tab-separated-values") as rows:
            while rows.read(1 << 16):
                pass
    except (EngineRefused, EngineFailed):
        # No such format, or no such query: then no limit was seen, and each answer is looked at all the same.
        return


def edition_of(service: Service) -> Edition:
    """The dataset in the service: as it was published, else all named graphs, and a version made from their sizes.

    Raises what asking the service raises.
    """
    version = version_of(service)
    if version is None:
        sizes = sizes_of(service)
        digest = sha256("\n".join(f"{name} {count}" for name, count in sizes).encode()).hexdigest()
        return Edition(f"service-{digest[:12]}", sizes)
    return Edition(version, sizes_of(service, [DESCRIPTION, *(row[0] for row in rows(service, _SUBSETS))]))


def version_of(service: Service) -> str | None:
    """The version that was published in the service, if any. Raises what asking the service raises."""
    version = next((row[0] for row in rows(service, _VERSION)), None)
    if version is not None and not _IS_VERSION.fullmatch(version):
        # It becomes part of headers and of names of files.
        raise EngineFailed("What the service behind this endpoint says to be the version of the dataset is none.")
    return version


def sizes_of(service: Service, graphs: Sequence[str] = ()) -> tuple[tuple[str, int], ...]:
    """The named graphs of the service and the number of their triples; of those given only, if any are."""
    dataset = ([NO_GRAPH], graphs) if graphs else ((), ())
    return tuple(sorted((row[0], int(row[1])) for row in rows(service, _SIZES, *dataset)))


def rows(
    service: Service, select: str, default: Sequence[str] = (), named: Sequence[str] = ()
) -> list[tuple[str, ...]]:
    """The values of all rows. Raises what asking the service raises."""
    # pyoxigraph ties it to this thread, so no traceback may keep it.
    answer: Answer | None = _ask(service, select, Form.SELECT, default, named)
    try:
        return [tuple(cast(ox.Literal, term).value for term in row) for row in cast(ox.QuerySolutions, answer)]
    except (SyntaxError, AttributeError):
        raise _broken() from None
    finally:
        answer = None


def _ask(service: Service, text: str, form: Form, default: Sequence[str], named: Sequence[str]) -> Answer:
    wanted = N_TRIPLES if form.gives_graph else JSON
    body = service.ask(text, wanted.media_type, default, named, iter if form.gives_graph else clean_rows)
    if form.gives_graph:
        return cast(Iterator[ox.Quad], ox.parse(body, format=ox.RdfFormat.N_TRIPLES))
    try:
        answer = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    except SyntaxError as error:
        raise _broken() from error
    if form is Form.SELECT:
        if isinstance(answer, ox.QueryBoolean):
            raise _broken()
        return answer
    return answer if isinstance(answer, ox.QueryBoolean) else _truth(answer)


def _truth(answer: ox.QuerySolutions) -> ox.QueryBoolean:
    """An ASK that was answered as a SELECT: one row with one value, or any row at all."""
    try:
        values = [str(getattr(term, "value", term)) for row in answer for term in row]
    except SyntaxError as error:
        raise _broken() from error
    truth = _TRUTHS.get(values[0], True) if len(values) == 1 else bool(values)
    body = b'{"head":{},"boolean":true}' if truth else b'{"head":{},"boolean":false}'
    return cast(ox.QueryBoolean, ox.parse_query_results(BytesIO(body), format=ox.QueryResultsFormat.JSON))


def _broken() -> EngineFailed:
    return EngineFailed(
        "The service behind this endpoint sent an answer that cannot be read to its end.",
        hint="Send the query again, or ask for less.",
    )


_BLANK: Final = re.compile(rb'("type": "bnode", "value": ")nodeID://')
_BOOLEAN: Final = re.compile(rb'("datatype": "http://www\.w3\.org/2001/XMLSchema#boolean", "value": ")([01])(")')
_LONGEST: Final = 128
"""More than the longest of these."""


def clean_rows(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """SPARQL JSON as it comes, with what Virtuoso writes otherwise put right: blank nodes, ``1`` for ``true``.

    Within a string each quotation mark has a backslash before it, so neither pattern can stand in a value.
    """
    rest = b""
    for piece in pieces:
        text = _BOOLEAN.sub(_spell, _BLANK.sub(rb"\1", rest + piece))
        # A pattern that is cut here begins with a quotation mark, and is done with the next piece.
        cut = max(0, len(text) - _LONGEST)
        rest = text[cut:]
        yield text[:cut]
    yield rest


def _spell(match: re.Match[bytes]) -> bytes:
    return match.group(1) + (b"true" if match.group(2) == b"1" else b"false") + match.group(3)


def take_dataset(text: str, base: str | None) -> tuple[str, list[str] | None, list[str] | None]:
    """A correct query with blanks in the place of FROM and FROM NAMED, and the graphs that they name, as absolute IRIs;
    None and None if it has neither. Virtuoso adds what the text names to what the request names.

    Raises QuerySyntaxError for FROM without a space after it, which pyoxigraph would read.
    """
    clauses: list[tuple[bool, Token]] = []
    rest = text
    found = [*tokens(text)]
    declared = {
        after.text.partition(":")[0] for token, after in pairwise(found) if _is(token, "PREFIX")
    }
    for position, token in enumerate(found):
        if _is(token, "FROM"):
            named = _is(found[position + 1], "NAMED")
            name = found[position + (2 if named else 1)]
            clauses.append((named, name))
            rest = rest[: token.start] + re.sub(r"[^\r\n]", " ", text[token.start : name.end]) + rest[name.end :]
        glued = token.kind == "name" and token.text.upper().startswith(("FROM", "NAMED"))
        if (glued and token.text.partition(":")[0] not in declared) or _is(token, "FROMNAMED"):
            line, column = place(text, token.start)
            raise QuerySyntaxError(
                "A keyword and a name stand together here without a space.",
                line=line,
                column=column,
                token=token.text,
                hint="Write FROM NAMED and the name of the graph with spaces between them.",
            )
    if not clauses:
        return text, None, None
    keyword = first_keyword(text)
    assert keyword is not None
    prologue = text[: keyword.start]
    lists: tuple[list[str], list[str]] = ([], [])
    for named, name in clauses:
        # pyoxigraph resolves the name: nobody knows prefixes and relative IRIs better.
        construct = f"{prologue}\nCONSTRUCT {{ <urn:a> <urn:b> {name.text} }} {{}}"
        (triple,) = cast(ox.QueryTriples, ox.Store().query(construct, base_iri=base))
        lists[named].append(cast(ox.NamedNode, triple.object).value)
    return rest, *lists


def _is(token: Token, word: str) -> bool:
    return token.kind == "word" and token.text.upper() == word
