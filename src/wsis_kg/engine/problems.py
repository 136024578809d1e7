"""What can go wrong with a query, each as an exception whose sentence is meant for the person who wrote it."""


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
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.line = line
        self.column = column
        self.token = token
        self.hint = hint

    def __str__(self) -> str:
        where = f"Line {self.line}, column {self.column}: " if self.line is not None else ""
        return f"{where}{self.sentence}{' ' + self.hint if self.hint else ''}"


class QuerySyntaxError(QueryProblem):
    """The text is no SPARQL query."""

    kind = "syntax"


class ServiceForbidden(QueryProblem):
    """The query calls another endpoint (SERVICE), which would make this machine open a connection."""

    kind = "service-forbidden"


class UnknownFunction(QueryProblem):
    """The query calls a function by an IRI under which the engine has none."""

    kind = "unknown-function"


class BadGraphName(QueryProblem):
    """A graph was named by something that is no absolute IRI."""

    kind = "bad-graph-name"


class NotWritable(QueryProblem):
    """The result holds something that the format asked for cannot carry."""

    kind = "not-writable"


class EvaluationFailed(QueryProblem):
    """The engine failed on a correct query: the fault is on our side."""

    kind = "evaluation"
