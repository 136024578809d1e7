"""A worker: a process over the store that answers one question at a time until it is killed.

It was forked from the process that holds the store, or started as an interpreter of its own.

All that a client's text can make slow or fatal happens here and nowhere else: reading it, explaining what is wrong
with it, evaluating it, writing the result.
"""

import json
import os
import signal
import socket
import traceback
from typing import IO, Any, Final, NoReturn, cast

from .bounds import bound_memory, bound_processor_time, has_used_more, peak_memory, prefer_to_be_killed
from .formats import BY_NAME
from .limits import Limits, too_much_memory
from .opening import open_engine
from .problems import QueryProblem, TooLarge
from .query_text import form_of, is_volatile
from .store import Evaluator, graph_names
from .update_text import check_update
from .wire import (
    BODY,
    BROKEN,
    EDITION,
    END,
    FAULT,
    OUTLINE,
    PROBLEM,
    READY,
    Outline,
    Question,
    encode_end,
    encode_problem,
    frame,
    payloads,
)

_PIECE: Final = 1 << 16
_GROWTH: Final = 64 << 20
"""Bytes by which a worker may have grown before it is exchanged: what a query has used is not given back."""


class _Outlet:
    """Sends the body in pieces; where a limit is set, nothing before all is known to be within it."""

    def __init__(self, connection: socket.socket, most_bytes: int | None) -> None:
        self._connection = connection
        self._most_bytes = most_bytes
        self._frames = bytearray()
        self._body = bytearray()
        self._written = 0

    def write(self, piece: bytes) -> int:
        """Takes a piece of the body. Raises TooLarge."""
        self._written += len(piece)
        if self._most_bytes is not None and self._written > self._most_bytes:
            raise TooLarge(
                f"The result has more than the {self._most_bytes:,} bytes that an answer may have here.",
                hint="Ask for fewer rows with LIMIT and OFFSET, or for fewer variables.",
                members={"limit_bytes": self._most_bytes},
            )
        self._body += piece
        if len(self._body) >= _PIECE and self._most_bytes is None:
            self._flush()
        return len(piece)

    def flush(self) -> None:
        """Nothing: pyoxigraph calls this, and pieces go out when they are large enough."""

    def tell(self, kind: bytes, payload: bytes) -> None:
        """Puts a frame behind what was written so far."""
        self._frame_body()
        self._frames += frame(kind, payload)

    def end(self, count: int | None, last: bool) -> None:
        """The last frame, see ``wire.encode_end``: sends all that is left."""
        self.tell(END, encode_end(count, last))
        self._connection.sendall(self._frames)

    def drop(self) -> None:
        """Forgets the part of the body that was not sent: a problem takes its place."""
        self._body.clear()

    def _frame_body(self) -> None:
        view = memoryview(self._body)
        for start in range(0, len(view), _PIECE):
            self._frames += frame(BODY, bytes(view[start : start + _PIECE]))
        view.release()
        self._body.clear()

    def _flush(self) -> None:
        self._frame_body()
        self._connection.sendall(self._frames)
        self._frames.clear()


def answer_all(connection: socket.socket, engine: Evaluator, limits: Limits) -> None:
    """Answers question after question until the front closes the connection, or too much memory has been used."""
    allowed = peak_memory() + _GROWTH
    for payload in payloads(connection):
        question, cpu_seconds = Question.decode(payload)
        bound_processor_time(cpu_seconds)
        outlet = _Outlet(connection, None if question.ours else limits.most_bytes)
        count = None
        failed = False
        try:
            count = _answer(question, engine, limits, outlet)
        except QueryProblem as problem:
            outlet.drop()
            outlet.tell(PROBLEM, encode_problem(problem))
        except MemoryError:
            outlet.drop()
            outlet.tell(PROBLEM, encode_problem(too_much_memory(limits)))
            failed = True
        except (BrokenPipeError, ConnectionResetError):
            return
        except BaseException:
            # pyo3 tells a panic of the engine as a BaseException.
            outlet.drop()
            outlet.tell(FAULT, traceback.format_exc().encode("utf-8", "replace"))
            failed = True
        last = failed or has_used_more(allowed)
        try:
            outlet.end(count, last)
        except (BrokenPipeError, ConnectionResetError):
            return
        if last:
            return


def _answer(question: Question, engine: Evaluator, limits: Limits, outlet: _Outlet) -> int | None:
    if question.update:
        given = graph_names(question.default_graphs), graph_names(question.named_graphs)
        check_update(question.text, question.base, graphs_given=any(given))
        return None
    if question.format is None:
        form = form_of(question.text)
        if form is None:
            # A text that begins like no query: the parser says what is wrong with it.
            form = engine.query(question.text, base=question.base).form
        outlet.tell(OUTLINE, Outline(form, is_volatile(question.text)).encode())
        return None

    def evaluate() -> Any:
        return engine.query(
            question.text,
            base=question.base,
            default_graphs=question.default_graphs,
            named_graphs=question.named_graphs,
        )

    result = evaluate()
    outlet.tell(OUTLINE, Outline(result.form, False).encode())
    if limits.most_rows is not None and not question.shown and not question.ours:
        # Counted by a first evaluation that goes no further than the limit, so that the refusal comes before any byte.
        if result.exceeds(limits.most_rows):
            raise TooLarge(
                f"The result has more than the {limits.most_rows:,} rows that an answer may have here.",
                hint="Ask for them in parts with ORDER BY, LIMIT and OFFSET.",
                members={"limit_rows": limits.most_rows},
            )
        result = evaluate()
    if question.shown is None:
        # Even one that cannot carry a result of this form: the engine says that.
        result.write(BY_NAME[question.format], cast("IO[bytes]", outlet))
        return None
    shown, count = result.preview(question.shown)
    outlet.write((shown if isinstance(shown, str) else json.dumps(shown)).encode("utf-8", "replace"))
    return cast(int, count)


def run(
    connection: socket.socket, engine: Evaluator | None, place: str, limits: Limits, *, tell_edition: bool = False
) -> NoReturn:
    """The whole life of a worker, from its fork or start to the end of its process.

    Without an engine it opens the build or service itself, and tells first which edition it is where that is wanted.
    """
    code = 1
    try:
        # Both come to the whole group of processes (a terminal's Ctrl+C, a service manager's stop); the front decides.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _silence()
        prefer_to_be_killed()
        try:
            engine = engine or open_engine(place, limits)
            if tell_edition:
                connection.sendall(frame(EDITION, json.dumps(engine.edition.members()).encode()))
        except (OSError, RuntimeError, SyntaxError, ValueError, QueryProblem) as error:
            connection.sendall(frame(BROKEN, str(error).encode("utf-8", "replace")))
        else:
            bound_memory(limits.memory_bytes)
            connection.sendall(frame(READY, b""))
            answer_all(connection, engine, limits)
            code = 0
    finally:
        os._exit(code)


def _silence() -> None:
    """What the engine prints when it dies says nothing new to the front, and could fill a disk."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)
