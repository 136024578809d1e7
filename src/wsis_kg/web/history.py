"""The versions that are kept beside the current one: which there are, what changed between them, what each holds."""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from wsis_kg.engine.pool import Pool
from wsis_kg.names import GRAPH
from wsis_kg.views.changes import Changes, changes, things_of
from wsis_kg.workshop.records import Kept, kept, succession

from .page import EarlierVersion
from .problems import Refusal
from .registers import Few

_LOOK_AGAIN_SECONDS: Final = 2.0
_MOST_CHANGES: Final = 4
_MOST_CONTENTS: Final = 16
_LARGEST: Final = 250_000_000
"""Bytes of N-Quads above which two versions are not compared while somebody waits."""


@dataclass(frozen=True)
class Report:
    """What the build of a version reported: its statements, and those of each graph."""

    quads: int
    graphs: dict[str, int]


class History:
    """What is known of the versions in the data folder of a pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._looked_at = float("-inf")
        self._versions: list[Kept] = []
        self._changes: Few[Changes] = Few(_MOST_CHANGES)
        self._things: Few[frozenset[str]] = Few(_MOST_CONTENTS)

    @property
    def current(self) -> str:
        """The version that is served now."""
        return self._pool.edition.version

    async def versions(self) -> list[Kept]:
        """All that are kept here, those with a date first, in its order; looked for anew every other second, and when
        another version is served.
        """
        unknown = all(one.name != self.current for one in self._versions)
        if unknown or time.monotonic() - self._looked_at > _LOOK_AGAIN_SECONDS:
            self._versions = await asyncio.to_thread(kept, self._pool.data_home)
            self._looked_at = time.monotonic()
        return self._versions

    async def succession(self) -> list[Kept]:
        """Those that followed one another: all that have a date, and the current one."""
        return succession(await self.versions(), self.current)

    async def dated(self) -> list[Kept]:
        """Those of which it is known when they were published, the earliest first."""
        return [one for one in await self.versions() if one.published is not None]

    def date_of(self, name: str) -> datetime | None:
        """When a version was published, as far as was known at the last look."""
        return next((one.published for one in self._versions if one.name == name), None)

    async def day_of(self, name: str) -> str:
        """The day on which a version was published, in words; empty where nobody said it."""
        await self.versions()
        return EarlierVersion(name, self.current, self.date_of(name)).day

    async def find(self, name: str) -> Kept:
        """The version of that name. Raises Refusal (404) with those that there are."""
        versions = await self.versions()
        for one in versions:
            if one.name == name:
                return one
        raise Refusal(
            404,
            "unknown",
            "There is no such version",
            f"No version “{name[:100]}” is kept here.",
            hint="These are.",
            members={"near": [{"name": one.name, "path": f"version/{one.name}/"} for one in versions]},
        )

    async def before(self, name: str) -> Kept | None:
        """The version before one of the succession; None for the first, and for one whose place nobody knows."""
        previous = None
        for one in await self.succession():
            if one.name == name:
                return previous
            previous = one
        return None

    async def changes(self, before: Kept, after: Kept) -> Changes:
        """What changed from one version to another. Raises Refusal where they are too large to be compared here."""

        async def find() -> Changes:
            return await asyncio.to_thread(_compare, before, after)

        return await self._changes.get((before.name, after.name), find)

    async def holds(self, version: Kept, iri: str) -> bool:
        """Whether anything is said about a thing in a version."""

        async def find() -> frozenset[str]:
            return await asyncio.to_thread(_things, version)

        return iri in await self._things.get(version.name, find)

    async def served_since(self) -> datetime:
        """Since when the current version is served from this folder: when ``current`` was last written."""
        state = await asyncio.to_thread((self._pool.data_home / "current").stat)
        return datetime.fromtimestamp(int(state.st_mtime), UTC)


def report_of(folder: Path) -> Report | None:
    """What the build of a version reported; None where that cannot be read."""
    try:
        told: Any = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        graphs = {str(name).removeprefix(GRAPH): int(count) for name, count in told["graphs"].items()}
        return Report(int(told["quads"]), graphs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _compare(before: Kept, after: Kept) -> Changes:
    files = [one.folder / "dataset.nq" for one in (before, after)]
    if sum(file.stat().st_size for file in files) > _LARGEST:
        detail = f"What changed from {before.name} to {after.name} is too much to be found while you wait."
        hint = f"Ask on a command line: wsis-kg diff {before.name} {after.name}."
        raise Refusal(503, "too-large", "These versions are too large", detail, hint=hint)
    with files[0].open("rb") as old, files[1].open("rb") as new:
        return changes(before.name, old, after.name, new)


def _things(version: Kept) -> frozenset[str]:
    with (version.folder / "dataset.nq").open("rb") as lines:
        return things_of(lines)
