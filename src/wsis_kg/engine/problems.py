"""What can go wrong with a query, each as an exception whose sentence is meant for the person who wrote it."""

from collections.abc import Mapping
from typing import Any


class QueryProblem(Exception):
    """A query that was not answered: the sentence says what was wrong, ``hint`` what to do next."""

    kind = "query"

    def __init__(
        self,
        sentence: str,
        *,
        line: int | None = None,
        column: int | None = None,
        token: str | None = None,
        hint: str | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.line = line
        self.column = column
        self.token = token
        self.hint = hint
        self.members = dict(members or {})
        """What else a program can use, by name: the limit that was reached, the seconds to wait."""

    def __str__(self) -> str:
        where = f"Line {self.line}, column {self.column}: " if self.line is not None else ""
        return f"{where}{self.sentence}{' ' + self.hint if self.hint else ''}"


class QuerySyntaxError(QueryProblem):
    """The text is no SPARQL query."""

    kind = "syntax"


class ServiceForbidden(QueryProblem):
    """The query calls another endpoint (SERVICE), which would make this machine open a connection."""

    kind = "service-forbidden"


class ServiceFailed(QueryProblem):
    """An endpoint that the query calls, and may call, did not answer as it should."""

    kind = "service-failed"


class UnknownFunction(QueryProblem):
    """The query calls a function by an IRI under which the engine has none."""

    kind = "unknown-function"


class BadGraphName(QueryProblem):
    """A graph was named by something that is no absolute IRI."""

    kind = "bad-graph-name"


class GraphsNamedTwice(QueryProblem):
    """The graphs of an update are named in the request and in its text."""

    kind = "graphs-named-twice"


class NotWritable(QueryProblem):
    """The result holds something that the format asked for cannot carry."""

    kind = "not-writable"


class EvaluationFailed(QueryProblem):
    """The engine failed on a correct query: the fault is on our side."""

    kind = "evaluation"


class TimedOut(QueryProblem):
    """The query was still running, or its result still being written, when its time was over."""

    kind = "timeout"


class TooComplex(QueryProblem):
    """The text is nested too deeply, or too long, for the engine, which crashed over it."""

    kind = "too-complex"


class TooMuchMemory(QueryProblem):
    """The query needed more memory than one query may use."""

    kind = "memory"


class TooLarge(QueryProblem):
    """The result has more rows or bytes than one answer may have."""

    kind = "too-large"


class Overloaded(QueryProblem):
    """All workers are busy, and the queue is full or did not move."""

    kind = "overloaded"


class Stopped(QueryProblem):
    """Whoever runs the server stopped the query."""

    kind = "cancelled"


class Interrupted(QueryProblem):
    """The worker was killed from outside, or the server is ending: the query may be asked again."""

    kind = "interrupted"


class EngineUnreachable(QueryProblem):
    """The service that evaluates the queries cannot be reached, or says that it is busy."""

    kind = "engine-unreachable"


class EngineFailed(QueryProblem):
    """The service gave no answer that can be used: it refuses us, sends a page, or breaks off."""

    kind = "engine-failed"


class EngineRefused(QueryProblem):
    """The service does not take a correct query."""

    kind = "engine-refused"


class EngineTimedOut(QueryProblem):
    """The service has a time limit of its own, and the query reached it."""

    kind = "engine-timeout"


class IncompleteAnswer(QueryProblem):
    """The service sent a part of the answer as if it were the whole."""

    kind = "incomplete"


def problem_of(kind: str, sentence: str, **members: Any) -> QueryProblem:
    """The problem of this kind, for one that was told by another process."""
    found = next((one for one in QueryProblem.__subclasses__() if one.kind == kind), EvaluationFailed)
    return found(sentence, **members)
