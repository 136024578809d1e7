"""What the front, the store process and the workers say to each other over sockets.

Between front and worker: frames, a letter and a length (4 bytes, big-endian) before each payload. The worker says when
it has opened the build. Then one question goes out; an outline, pieces of the body and an end come back, or a problem
instead. Between front and store process: lines of JSON, a line about a new worker carrying the front's end of its
socket.
"""

import hashlib
import json
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final, Self

from .formats import Form
from .problems import QueryProblem, problem_of

OUTLINE: Final = b"O"
"""What the query is: its form, and whether two evaluations may differ."""
BODY: Final = b"B"
END: Final = b"E"
PROBLEM: Final = b"P"
FAULT: Final = b"F"
"""A failure that nobody foresaw; the payload is its traceback, for the log only."""

READY: Final = b"R"
"""The worker has opened the build and can be asked."""
BROKEN: Final = b"X"
"""It cannot open the build; the payload is a sentence that says why."""
EDITION: Final = b"V"
"""What the build holds, said before READY by a worker that was told to."""

_MAY_DIFFER: Final = b"?"
_ENCODE: Final = json.JSONEncoder().encode
_DECODE: Final = json.JSONDecoder().decode
_HEADER: Final = struct.Struct(">cI")
HEADER_SIZE: Final = _HEADER.size
_MOST_RECEIVED: Final = 1 << 16


@dataclass(frozen=True)
class Question:
    """A query as a worker is asked it."""

    text: str
    format: str | None = None
    """The name of the format of the result. None: nothing is evaluated, only the outline is wanted."""
    base: str | None = None
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    shown: int | None = None
    """For a page: the body holds so many rows or lines at most, the end says how many there are in all."""
    update: bool = False
    """The text is an update, which is read and not carried out; the graphs are those of its USING."""
    ours: bool = False
    """Asked by the server itself, for a page or a document: the bounds on rows and bytes of answers are for others."""

    @cached_property
    def hash(self) -> str:
        """A name for the text that does not tell it."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def __hash__(self) -> int:
        # The text says it all, nearly always, and a string remembers its hash.
        return hash(self.text)

    def encode(self, cpu_seconds: float) -> bytes:
        """The frame that asks it; a worker that computes longer than ``cpu_seconds`` ends itself."""
        # By position: this is done for every query.
        graphs = self.default_graphs, self.named_graphs
        members = (self.text, self.format, self.base, *graphs, self.shown, self.update, self.ours, cpu_seconds)
        return frame(b"Q", _ENCODE(members).encode())

    @classmethod
    def decode(cls, payload: bytes) -> tuple[Self, float]:
        """The question of a frame, and its ``cpu_seconds``."""
        text, wanted, base, *graphs, shown, update, ours, cpu_seconds = _DECODE(payload.decode())
        default, named = (None if names is None else tuple(names) for names in graphs)
        return cls(text, wanted, base, default, named, shown, update, ours), float(cpu_seconds)


@dataclass(frozen=True)
class Edition:
    """The dataset that a store process holds: its version, and its graphs with their sizes."""

    version: str
    graphs: tuple[tuple[str, int], ...]
    triples: int | None = None
    """The number of triples of the default graph, where it is known."""

    @classmethod
    def of_members(cls, members: Mapping[str, Any]) -> Self:
        """The edition as a JSON object tells it."""
        graphs = tuple((name, count) for name, count in members["graphs"])
        return cls(members["version"], graphs, members["triples"])

    def members(self) -> dict[str, Any]:
        """The edition as a JSON object, from which ``of_members`` makes it again."""
        return asdict(self)

    @property
    def quads(self) -> int:
        """The number of quads, that is of statements counted once per named graph."""
        return sum(count for _, count in self.graphs)


@dataclass(frozen=True)
class Outline:
    """What is known of a query once it has been parsed."""

    form: Form
    volatile: bool

    def encode(self) -> bytes:
        """The payload of its frame."""
        return self.form.value.encode() + (_MAY_DIFFER if self.volatile else b"")

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """The outline of a frame."""
        return cls(Form(payload.removesuffix(_MAY_DIFFER).decode()), payload.endswith(_MAY_DIFFER))


def encode_end(count: int | None, last: bool) -> bytes:
    """The payload of the last frame of an answer: ``count`` where there is one (see ``Question.shown``), and whether
    the worker ends with it. Empty where there is nothing of this to tell, as nearly always.
    """
    return b"" if count is None and not last else _ENCODE({"count": count, "last": last}).encode()


def decode_end(payload: bytes) -> tuple[int | None, bool]:
    """What ``encode_end`` told."""
    told: dict[str, Any] = _DECODE(payload.decode()) if payload else {"count": None, "last": False}
    return told["count"], told["last"]


def frame(kind: bytes, payload: bytes) -> bytes:
    """The bytes of one frame."""
    return _HEADER.pack(kind, len(payload)) + payload


def split(buffer: bytearray) -> Iterator[tuple[bytes, bytes]]:
    """Takes the whole frames off the front of the buffer, and leaves what is not complete yet."""
    position = 0
    try:
        while len(buffer) - position >= HEADER_SIZE:
            kind, length = _HEADER.unpack_from(buffer, position)
            end = position + HEADER_SIZE + length
            if end > len(buffer):
                return
            payload = bytes(memoryview(buffer)[position + HEADER_SIZE : end])
            position = end
            yield kind, payload
    finally:
        del buffer[:position]


def payloads(connection: socket.socket) -> Iterator[bytes]:
    """The payload of frame after frame, waiting for each, until the other side has gone."""
    buffer = bytearray()
    while True:
        try:
            part = connection.recv(_MOST_RECEIVED)
        except ConnectionError:
            return
        if not part:
            return
        buffer += part
        for _, payload in split(buffer):
            yield payload


def receive(connection: socket.socket) -> tuple[bytes, bytes] | None:
    """The kind and payload of the next frame, waiting for it; None if the other side has gone."""
    header = receive_exactly(connection, HEADER_SIZE)
    if header is None:
        return None
    kind, length = _HEADER.unpack(header)
    payload = receive_exactly(connection, length)
    return None if payload is None else (kind, payload)


def receive_exactly(connection: socket.socket, size: int) -> bytes | None:
    """So many bytes, waiting for them; None if the other side has gone."""
    parts = bytearray()
    while len(parts) < size:
        try:
            part = connection.recv(min(size - len(parts), _MOST_RECEIVED))
        except ConnectionError:
            return None
        if not part:
            return None
        parts += part
    return bytes(parts)


def encode_problem(problem: QueryProblem) -> bytes:
    """The payload that tells a problem of the engine."""
    names = ("kind", "sentence", "line", "column", "token", "hint", "members")
    return json.dumps({name: getattr(problem, name) for name in names}).encode()


def decode_problem(payload: bytes) -> QueryProblem:
    """The problem of a frame, as the exception of its kind."""
    members = json.loads(payload)
    return problem_of(members.pop("kind"), members.pop("sentence"), **members)
