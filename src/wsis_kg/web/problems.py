"""Errors as the web tells them: RFC 9457 problem details for programs, one line of text for those that read
neither.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from wsis_kg.engine.problems import (
    BadGraphName,
    EngineFailed,
    EngineRefused,
    EngineTimedOut,
    EngineUnreachable,
    EvaluationFailed,
    GraphsNamedTwice,
    IncompleteAnswer,
    Interrupted,
    NotWritable,
    Overloaded,
    QueryProblem,
    QuerySyntaxError,
    ServiceFailed,
    ServiceForbidden,
    Stopped,
    TimedOut,
    TooComplex,
    TooLarge,
    TooMuchMemory,
    UnknownFunction,
)
from wsis_kg.names import BASE

from .negotiation import Offer, choose

PROBLEMS: Final = BASE + "problem/"
JSON_TYPES: Final = (
    "application/problem+json",
    "application/json",
    "application/sparql-results+json",
    "application/ld+json",
)

_OF_ENGINE: Final[dict[type[QueryProblem], tuple[int, str]]] = {
    QuerySyntaxError: (400, "The query is not correct SPARQL"),
    BadGraphName: (400, "A graph name is not an IRI"),
    GraphsNamedTwice: (400, "The request is not correct SPARQL protocol"),
    UnknownFunction: (400, "The query calls an unknown function"),
    ServiceForbidden: (403, "This federated query is refused"),
    ServiceFailed: (502, "A service did not answer"),
    NotWritable: (406, "The result does not fit this format"),
    EvaluationFailed: (500, "The query could not be evaluated"),
    TimedOut: (503, "The query took too long"),
    TooComplex: (400, "The query is too complex"),
    TooMuchMemory: (400, "The query needs too much memory"),
    TooLarge: (400, "The result is too large"),
    Overloaded: (503, "The server is busy"),
    Stopped: (503, "The query was stopped"),
    Interrupted: (503, "The query was interrupted"),
    EngineUnreachable: (503, "The engine cannot be reached"),
    EngineFailed: (502, "The engine did not answer"),
    EngineRefused: (502, "The engine does not take this query"),
    EngineTimedOut: (504, "The engine ran out of time"),
    IncompleteAnswer: (502, "The answer would be incomplete"),
}


class Refusal(Exception):
    """A request that gets no result: the status, the kind of problem, and sentences that say what was wrong."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        *,
        hint: str | None = None,
        line: int | None = None,
        column: int | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.hint = hint
        self.line = line
        self.column = column
        self.token = token
        self.headers = dict(headers or {})
        self.members = dict(members or {})

    @classmethod
    def of(cls, problem: QueryProblem) -> "Refusal":
        """The refusal that answers a problem of the engine."""
        status, title = _OF_ENGINE[type(problem)]
        members = dict(problem.members)
        retry_after = members.pop("retry_after", None)
        return cls(
            status,
            problem.kind,
            title,
            problem.sentence,
            hint=problem.hint,
            line=problem.line,
            column=problem.column,
            token=problem.token,
            headers=None if retry_after is None else {"Retry-After": str(retry_after)},
            members=members,
        )

    @classmethod
    def internal(cls) -> "Refusal":
        """What is told of a fault of ours: that it is one, and nothing of what it was."""
        return cls(500, "internal", "Something went wrong here", "The fault is ours, and it is in the log.")

    def details(self) -> dict[str, Any]:
        """The members of the problem document that apply (RFC 9457, section 3.1, with ours)."""
        members = {
            "type": PROBLEMS + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "line": self.line,
            "column": self.column,
            "token": self.token,
            "hint": self.hint,
            **self.members,
        }
        return {name: value for name, value in members.items() if value is not None}

    def sentence(self) -> str:
        """The whole of it in one line."""
        where = f" (line {self.line}, column {self.column})" if self.line is not None else ""
        return f"{self.title}{where}: {self.detail}{' ' + self.hint if self.hint else ''}"

    def response(self, accept: str | None) -> Response:
        """The answer for programs: JSON unless the client reads none.

        Never cached, and never a 406 of its own.
        """
        headers = {"Cache-Control": "no-store", "Vary": "Accept", **self.headers}
        if _reads_json(accept):
            body = json.dumps(self.details(), ensure_ascii=False).encode()
            return Response(body, self.status, {**headers, "Content-Type": "application/problem+json"})
        return Response(self.sentence() + "\n", self.status, headers, media_type="text/plain")


def let_go(problem: BaseException) -> None:
    """Forgets where a problem came through, once it is told: these places know the query, which knows its problem, so
    that a long text would stay until the next full collection of garbage.
    """
    problem.__traceback__ = None


def _reads_json(accept: str | None) -> bool:
    return choose(accept, [Offer(media_type, True) for media_type in JSON_TYPES]) is not None
