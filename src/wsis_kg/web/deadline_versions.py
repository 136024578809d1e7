"""What falls due in the version that is served, and in those before it that are kept here."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from wsis_kg.engine.formats import JSON
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.problems import Interrupted, Overloaded, QueryProblem, Stopped
from wsis_kg.engine.store import Engine
from wsis_kg.engine.table import Table
from wsis_kg.views.calendar import Snapshot
from wsis_kg.views.deadlines import Deadlines, read_deadlines
from wsis_kg.views.questions import THINGS, Names
from wsis_kg.views.register import Register
from wsis_kg.workshop.records import Kept, succession

from .history import History
from .problems import Refusal
from .registers import Few, PerVersion, Registers, ask, page_questions, plain_rows
from .shelf import Shelf

_log = logging.getLogger(__name__)
QUESTIONS: Final = ("deadlines", "deadline-roles", "deadline-dates", "deadline-replacements")
"""The questions behind it, in the order in which their rows are read."""
_MOST_VERSIONS: Final = 50
_MOST_BYTES: Final = 20_000_000
"""What the rows of one question to an earlier version may have, for they are read in the front."""


class DeadlineVersions:
    """Asked once for each version."""

    def __init__(self, pool: Pool, registers: Registers, history: History, shelf: Shelf) -> None:
        self._pool = pool
        self._shelf = shelf
        self._registers = registers
        self._history = history
        self._began = datetime.now(UTC).replace(microsecond=0)
        self._current = PerVersion(pool, self._ask)
        self._names = PerVersion(pool, self._make_names)
        self._earlier: Few[Deadlines | None] = Few(_MOST_VERSIONS)

    async def current(self) -> Deadlines:
        """What falls due in the version that is served."""
        return await self._current.current()

    async def names(self, kind: str) -> Names:
        """What all actors, all documents, or all roles can be called."""
        return (await self._names.current())[kind]

    async def state(self) -> str:
        """What a calendar follows from beside the version that is served: the versions kept here, and their dates."""
        return " ".join(f"{name} {moment.isoformat()}" for name, _, moment in await self._moments())

    async def snapshots(self) -> list[Snapshot]:
        """What fell due in each version, the one that is served last. Those that cannot be opened, or of which the
        rows cannot be had within the limits of a query, are left out, and the log says so. Raises Refusal and
        QueryProblem (503) where only other readers are in the way.
        """
        found = []
        for name, version, moment in await self._moments():
            deadlines = await (self.current() if version is None else self._of(version))
            if deadlines is not None:
                found.append(Snapshot(name, moment, deadlines))
        return found

    async def _moments(self) -> list[tuple[str, Kept | None, datetime]]:
        """As ``moments`` has them; the version that is served stands last, without a folder."""
        current = self._pool.edition.version
        try:
            versions, served = await self._history.versions(), await self._history.served_since()
        except OSError:
            # A service elsewhere has the data, and there is no folder here.
            versions, served = [], self._began
        found = moments(versions, current, served)
        before = [(one.name, one, moment) for one, moment in found if one.name != current]
        last = next((moment for one, moment in found if one.name == current), served)
        return [*before, (current, None, last)]

    async def _of(self, version: Kept) -> Deadlines | None:
        async def find() -> Deadlines | None:
            try:
                async with self._shelf.asking(version.name) as pool:
                    return await _asked(pool, _MOST_BYTES)
            except (Interrupted, Overloaded, Stopped):
                raise
            except QueryProblem as problem:
                _log.warning("What fell due in version %s is left out of the calendar: %s", version.name, problem)
            except Refusal as refusal:
                if refusal.kind == "overloaded":
                    raise
                _log.warning("What fell due in version %s is left out of the calendar", version.name)
            return None

        return await self._earlier.get(version.name, find)

    async def _ask(self) -> Deadlines:
        return await _asked(self._pool)

    async def _make_names(self) -> dict[str, Names]:
        register = await self._registers.current()
        return {kind: Names(_called(register, THINGS[kind])) for kind in ("actor", "document", "role")}


def _called(register: Register, nouns: Sequence[str]) -> Iterator[tuple[str, str]]:
    for entry in register.entries.values():
        if entry.noun in nouns:
            for name in (entry.label, entry.symbol, *entry.abbreviations, *entry.also):
                yield entry.iri, name


def moments(versions: Sequence[Kept], current: str, served_since: datetime) -> list[tuple[Kept, datetime]]:
    """The versions that followed one another, the current one last, and when each was published.

    The current one counts as published since it is served where nobody said its date, or where one with a later date
    is kept too: then it took the place of that one. Only the last fifty are looked at.
    """
    following = succession(versions, current)
    before = [(one, one.published) for one in following if one.name != current and one.published is not None]
    latest = max((moment for _, moment in before), default=datetime.min.replace(tzinfo=UTC))
    last = [one for one in following if one.name == current]
    now = max(served_since, latest)
    return [
        *before,
        *((one, one.published if one.published and one.published > latest else now) for one in last),
    ][-_MOST_VERSIONS:]


async def _asked(pool: Pool, most_bytes: int | None = None) -> Deadlines:
    tables = [await ask(pool, page_questions()[name].text, most_bytes) for name in QUESTIONS]
    return await asyncio.to_thread(lambda: read_deadlines(*(plain_rows(table) for table, _ in tables)))


def answered(engine: Engine) -> Deadlines:
    """What falls due in the build that is open there. Raises what the evaluation raises."""
    tables = [Table.from_json(engine.answer(page_questions()[name].text, JSON)) for name in QUESTIONS]
    return read_deadlines(*(plain_rows(table) for table in tables))
