"""What falls due as a calendar (RFC 5545): all-day events that a client updates instead of showing them twice.

An event has the IRI of its deadline as UID (of the claim, where something recurs without one). Its moment is when the
version was published in which it became what it is now: DTSTAMP, LAST-MODIFIED and, in seconds since 2020, SEQUENCE. So
SEQUENCE rises exactly when the event changes, whichever versions are kept. The current version counts as published
when its folder began to serve it, where nobody said a date, or where a version with a later date is kept beside it.
What an earlier version has and the current one does not stays, cancelled. A date that is put on record only while the
version is served takes the place of that moment, and is earlier: whoever publishes gives it with the build.

An event lasts as long as the words leave open: a year, a month, the time of a meeting. Its summary says so, it is no
time in which anybody is busy, and nothing without a date is in the calendar.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from .deadlines import Deadlines, Due, Filter, folded
from .timing import Named, plain

if TYPE_CHECKING:
    from icalendar import Event

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
TOLD: Final = (
    "Only what documents date, as exactly as they do: what is due in a year lasts that year. "
    "What names no date is on the page alone."
)
_BEGIN: Final = datetime(2020, 1, 1, tzinfo=UTC)
_LARGEST: Final = 2**31 - 1
"""Of an INTEGER (RFC 5545, section 3.3.8)."""


@dataclass(frozen=True)
class Snapshot:
    """What falls due in one version, and when that version was published."""

    version: str
    moment: datetime
    deadlines: Deadlines


@dataclass(frozen=True)
class Entry:
    """One event: what falls due, since when it is so, and the version it was last in, if it was withdrawn since."""

    due: Due
    moment: datetime
    withdrawn_after: str = ""

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day of the event."""
        found = span(self.due, self.moment.date())
        assert found is not None
        return found

    @property
    def sequence(self) -> int:
        """A number that rises with each change."""
        return min(max(0, int((self.moment - _BEGIN).total_seconds())), _LARGEST)


def span(due: Due, since: date) -> tuple[date, date] | None:
    """The first and the last day of its event; None for what has no place in a calendar. What recurs without a first
    year begins with the year of ``since``, for the page computes its years too.
    """
    if due.when.first is not None and due.when.last is not None:
        return due.when.first, due.when.last
    year = due.rhythm.first(since) if due.rhythm is not None and due.following(since) else None
    return None if year is None else (date(year, 1, 1), date(year, 12, 31))


def entries(versions: Sequence[Snapshot], wanted: Filter, as_of: date | None = None) -> list[Entry]:
    """The events of the last of the versions that the filter takes, and those withdrawn since an earlier one, by date.

    With a day ``as_of``: without what was over by then.
    """
    since: dict[str, datetime] = {}
    last: dict[str, tuple[Due, str]] = {}
    seen: dict[str, Due] = {}
    for one in versions:
        now = {due.iri: due for due in (*one.deadlines.all, *folded(one.deadlines.all)) if _is_placed(due)}
        for iri in now.keys() | seen.keys():
            if now.get(iri) != seen.get(iri):
                since[iri] = one.moment
        last.update({iri: (due, one.version) for iri, due in now.items()})
        seen = now
    current = [due for due in versions[-1].deadlines.chosen(wanted) if _is_placed(due)] if versions else []
    found = [Entry(due, max(since[one.iri] for one in (due, *due.also) if one.iri in since)) for due in current]
    found += [
        Entry(replace(due, also=(), otherwise=(), differs_from=()), since[iri], version)
        for iri, (due, version) in last.items()
        if iri not in seen and wanted.takes(due)
    ]
    by_date = sorted(found, key=lambda entry: (entry.days, entry.due.iri))
    return [entry for entry in by_date if as_of is None or entry.due.section(as_of) != "past"]


def ics(
    found: Iterable[Entry],
    title: str,
    page: str,
    page_of: Callable[[Entry], str],
    called: Callable[[Named], str] = lambda one: one.name,
) -> bytes:
    """The calendar: its title, the page that says the same, ``page_of`` an event, and what things are ``called``."""
    from icalendar import Calendar

    listed = list(found)
    written = Calendar()
    written.add("PRODID", "-//wsis-kg//What falls due//EN")
    written.add("VERSION", "2.0")
    written.add("CALSCALE", "GREGORIAN")
    written.add("METHOD", "PUBLISH")
    for name, value in (("NAME", title), ("X-WR-CALNAME", title), ("DESCRIPTION", TOLD), ("X-WR-CALDESC", TOLD)):
        written.add(name, plain(value))
    written.add("URL", page)
    written.add("REFRESH-INTERVAL", timedelta(days=1), parameters={"VALUE": "DURATION"})
    written.add("X-PUBLISHED-TTL", "P1D")
    for entry in listed:
        written.add_component(_event(entry, page_of(entry), called))
    return bytes(written.to_ical())


def _event(entry: Entry, page: str, called: Callable[[Named], str]) -> "Event":
    from icalendar import Event

    due, days = entry.due, entry.days
    event = Event()
    event.add("UID", plain(due.iri))
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        event.add(name, entry.moment.astimezone(UTC).replace(microsecond=0))
    event.add("SEQUENCE", entry.sequence)
    event.add("DTSTART", days[0])
    event.add("DTEND", days[1] + timedelta(days=1))
    if due.rhythm is not None and _recurs(due):
        event.add("RRULE", {"FREQ": "YEARLY", "INTERVAL": due.rhythm.every})
    event.add("SUMMARY", plain(summary(entry, called)))
    event.add("DESCRIPTION", "\n".join(map(plain, description(entry))))
    event.add("URL", page)
    event.add("CATEGORIES", [_category(due)])
    event.add("STATUS", "CANCELLED" if entry.withdrawn_after else "CONFIRMED")
    # Nobody is busy for a year.
    event.add("TRANSP", "TRANSPARENT")
    return event


def summary(entry: Entry, called: Callable[[Named], str] = lambda one: one.name) -> str:
    """Who owes what to whom, and at which meeting; first how exact the date is, unless it is a day. Who is inferred is
    marked so, and what is computed. ``called`` gives shorter names, where there are some.
    """
    due = entry.due
    who = ", ".join(called(one) + (" (inferred)" if one.presumed else "") for one in due.who) or "Nobody named"
    whom = f" to {', '.join(called(one) for one in due.recipients)}" if due.recipients else ""
    at = f", at: {'; '.join(called(one) for one in due.when.sessions)}" if due.when.sessions else ""
    exact = "" if due.when.precision == "day" else f"[{_exactness(due)}] "
    computed = ""
    if _recurs(due):
        computed = " (computed)" if due.when.first is None else " (later years computed)"
    return f"{'Withdrawn: ' if entry.withdrawn_after else ''}{exact}{who}: {'; '.join(due.what)}{whom}{at}{computed}"


def description(entry: Entry) -> list[str]:
    """The words of the source, when it is due in those words, where they stand, and where else they stand."""
    due = entry.due
    lines = [f"“{words}”" for words in due.words]
    lines += [f"Due: “{due.when.printed}”, {due.when.in_words()}"] if due.when.printed else []
    if due.rhythm is not None:
        first = due.rhythm.how_computed() or "no first year is named, so this begins with the one it was put in"
        lines.append(f"Recurs: {due.rhythm.in_words()}{'; ' + first if _recurs(due) else ''}.")
    if any(one.presumed for one in due.who):
        lines.append("Who delivers it is inferred: the words name nobody.")
    lines.append(f"{due.document.name}, {due.place}")
    lines += [f"Restated: {one.document.name}, {one.place}: {_quoted(one)}" for one in due.also]
    for told, others in (("With another date", due.otherwise), ("Restates, with another date", due.differs_from)):
        lines += [f"{told}: {one.document.name}, {one.place}: {_dated(one)}" for one in others]
    if entry.withdrawn_after:
        lines.append(f"It is no longer in the dataset; version {entry.withdrawn_after} was the last to have it.")
    return lines


def _exactness(due: Due) -> str:
    if due.when.first is None:
        return due.rhythm.in_words() if due.rhythm is not None else ""
    return due.when.bounds()


def _category(due: Due) -> str:
    if due.when.first is None:
        return "Computed year"
    return {"day": "Day", "month": "Month only", "year": "Year only"}.get(due.when.precision, "Time of a meeting")


def _is_placed(due: Due) -> bool:
    return span(due, date.max) is not None


def _recurs(due: Due) -> bool:
    return due.rhythm is not None and due.rhythm.every is not None and not due.replaced(date.max)


def _quoted(due: Due) -> str:
    """The words of its date, else those that ask; nothing of ours in quotation marks."""
    return " ".join(f"“{words}”" for words in ((due.when.printed,) if due.when.printed else due.words))


def _dated(due: Due) -> str:
    return f"“{due.when.printed}”" if due.when.printed else "no date"
