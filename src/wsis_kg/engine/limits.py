"""What one query, and all of them together, may use."""

import json
from dataclasses import asdict, dataclass
from typing import Final, Self

from .problems import Overloaded, TooMuchMemory

LARGEST_IN_MEMORY: Final = 250_000_000
"""Bytes of N-Quads: about a million of our quads."""
CACHE_MEGABYTES: Final = 64
"""Of answers, kept where nobody says how much."""


@dataclass(frozen=True)
class Limits:
    """The limits of a server; None is none."""

    timeout_seconds: float = 10.0
    """For evaluating a query and writing its result, together."""
    workers: int = 2
    """Queries that run at the same time, each in a process of its own."""
    memory_bytes: int = 1 << 30
    """What a worker may use beyond the store, which it shares with the others."""
    queue: int = 64
    """Queries that may wait for a worker."""
    most_rows: int | None = None
    """Rows (or triples) that one answer may have."""
    most_bytes: int | None = None
    """Bytes that one answer may have, before any compression."""
    largest_in_memory: int = LARGEST_IN_MEMORY
    """Bytes of N-Quads that a dataset held in memory may have; a larger one is read from its database on disk."""
    services: tuple[str, ...] = ()
    """The endpoints that SERVICE may call: exact IRIs, see ``engine.services``."""

    @property
    def patience_seconds(self) -> float:
        """How long a query may wait for a worker: while the longest one runs, and another process is started."""
        return self.timeout_seconds + 1

    def encode(self) -> str:
        """As text, for the command line of the store process."""
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, text: str) -> Self:
        """The limits that ``encode`` wrote."""
        members = json.loads(text)
        return cls(**members | {"services": tuple(members["services"])})


def too_much_memory(limits: Limits) -> TooMuchMemory:
    """The problem of a query for which the memory of a worker was not enough."""
    megabytes = limits.memory_bytes >> 20
    return TooMuchMemory(
        f"The query needed more than the {megabytes:,} MiB of memory that one query may use here.",
        hint="Join fewer patterns, sort less, or ask for fewer rows.",
        members={"limit_bytes": limits.memory_bytes},
    )


def overloaded(sentence: str, limits: Limits) -> Overloaded:
    """The problem of a query for which there was no worker."""
    seconds = max(1, round(limits.timeout_seconds / 2))
    hint = f"Send it again after {seconds} second{'s' if seconds != 1 else ''}."
    return Overloaded(sentence, hint=hint, members={"retry_after": seconds})
