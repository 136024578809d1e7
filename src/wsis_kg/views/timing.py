"""When something is due, as exactly as the words of a document say it and no more; and how often, where it recurs."""

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Row = Mapping[str, str]
Precision = Literal["day", "month", "year", "meeting", ""]
_EVERY: Final = {"annual": 1, "biennial": 2}
"""Years from one occurrence to the next; other rhythms name no interval."""
_ONCE: Final = "one-off"
_SHOWN_OCCURRENCES: Final = 3
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, order=True)
class Named:
    """A thing and what it is called; ``presumed``: only a rule says that it has the part it is named in."""

    iri: str
    name: str
    presumed: bool = False


@dataclass(frozen=True)
class When:
    """When something is due. ``first`` and ``last`` are the days between which it falls, as exact as the words are."""

    printed: str = ""
    first: date | None = None
    last: date | None = None
    precision: Precision = ""
    sessions: tuple[Named, ...] = ()
    condition: str = ""
    dated_by: tuple[str, ...] = ()
    """The passages that date the meeting, where the deadline itself names no more than it."""

    @property
    def year(self) -> int | None:
        """The year it is placed in."""
        return self.first.year if self.first is not None else None

    def bounds(self) -> str:
        """The time it falls in, and how exact that is; empty for what has no date."""
        if self.first is None or self.last is None:
            return ""
        return {
            "day": _day(self.first),
            "month": f"{self.first:%B %Y}, no day named",
            "year": f"{self.year}, no day named",
            "meeting": f"{_span(self.first, self.last)}, the time of the meeting",
        }[self.precision or "meeting"]

    def in_words(self) -> str:
        """The same, with the meeting at which it falls due."""
        at = "; ".join(one.name for one in self.sessions)
        return f"{self.bounds()}{', at: ' if at and self.first else ''}{at}"


@dataclass(frozen=True)
class Rhythm:
    """How often something recurs: every so many years from ``start`` on, as far as the documents say."""

    recurrence: Named
    every: int | None
    start: int | None
    starts_by: Literal["deadline", "adoption", ""] = ""
    """What ``start`` follows from: the year of the deadline, or the one after the adoption of the document."""

    def next(self, as_of: date, most: int = _SHOWN_OCCURRENCES) -> list[int]:
        """The next years in which it occurs, computed; none where the documents name neither interval nor first year.

        What recurs every year needs no first year: without one, any year counts.
        """
        if self.every is None or (self.start is None and self.every > 1):
            return []
        start = as_of.year if self.start is None else self.start
        first = start + max(0, -(-(as_of.year - start) // self.every)) * self.every
        return [first + number * self.every for number in range(most)]

    def first(self, since: date) -> int | None:
        """The year in which it begins, as ``next`` counts it; that of ``since`` where documents name no first one."""
        return next(iter(self.next(since if self.start is None else date.min, 1)), None)

    def in_words(self) -> str:
        """The rule as people say it."""
        name = self.recurrence.name
        return {1: "every year", 2: "every two years"}.get(self.every or 0, f"{name}, no interval named")

    def how_computed(self) -> str:
        """From what its years are computed, in words; empty where no first year is known."""
        return {
            "adoption": f"computed, beginning with {self.start}, the year after the document was adopted",
            "deadline": f"the years after {self.start} are computed",
        }.get(self.starts_by, "")


def read_when(rows: Sequence[Row], dated: Mapping[str, Sequence[Row]]) -> When:
    """When the rows of one deadline say that it is; ``dated`` has the dates of meetings, by their IRIs."""
    one = rows[0]
    sessions = tuple(sorted({Named(row["session"], row["session_name"]) for row in rows if "session" in row}))
    first = last = None
    precision: Precision = ""
    passages: tuple[str, ...] = ()
    if "day" in one:
        first, precision = _first(one["day"]), "day"
        last = first
    elif "month" in one:
        first, precision = _first(one["month"]), "month"
        last = first and first.replace(day=calendar.monthrange(first.year, first.month)[1])
    elif "year" in one:
        first, precision = _first(one["year"].zfill(4)), "year"
        last = first and first.replace(month=12, day=31)
    else:
        given = [row for session in sessions for row in dated.get(session.iri, ())]
        # The dating that a curator prefers, else all that any document allows.
        given = [row for row in given if "preferred" in row] or given
        days = [(_first(row["earliest"]), _first(row["latest"])) for row in given]
        known = [(begin, end) for begin, end in days if begin is not None and end is not None]
        if known:
            first, last = min(begin for begin, _ in known), max(end for _, end in known)
            precision, passages = "meeting", distinct(given, "passage")
    printed = " … ".join(distinct(rows, "due"))
    return When(printed, first, last, precision if first else "", sessions, one.get("condition", ""), passages)


def read_rhythm(row: Row, when: When, dated: Mapping[str, Sequence[Row]]) -> Rhythm | None:
    """How often it recurs; ``dated`` has the dates at which documents were adopted. None for what is due once."""
    local = row.get("recurrence", "").rpartition("/")[2]
    if not local or local == _ONCE:
        return None
    recurrence, every = Named(row["recurrence"], row["recurrence_name"]), _EVERY.get(local)
    if when.year is not None:
        return Rhythm(recurrence, every, when.year, "deadline")
    adopted = [day for one in dated.get(row["document"], ()) if (day := _first(one["earliest"])) is not None]
    if every != 1 or not adopted:
        return Rhythm(recurrence, every, None)
    return Rhythm(recurrence, every, min(adopted).year + 1, "adoption")


def _first(text: str) -> date | None:
    """The first day of a day, month or year as XML Schema writes it; None for what is none."""
    try:
        return date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return None


def distinct(rows: Sequence[Row], name: str) -> tuple[str, ...]:
    """The values of a column, each once, in their order."""
    return tuple(dict.fromkeys(row[name] for row in rows if name in row))


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _span(first: date, last: date) -> str:
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return str(first.year) if first.year == last.year else f"{first.year} to {last.year}"
    return _day(first) if first == last else f"{_day(first)} to {_day(last)}"


def plain(text: str) -> str:
    """The text in one line, without characters that no calendar or terminal is to get."""
    return " ".join(_CONTROL.sub(" ", text).split())
