"""Reports as passages tell them: who gives what to whom, on which way, by when, how often, and since when it is told.

The rows are those of two questions in ``queries/pages``: ``reporting`` and ``reporting-parts``.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from wsis_kg.names import PREFIXES

from .timing import Named, Row, When, distinct, read_when

_OFFICIAL: Final = PREFIXES["authority"] + "official"
PASSES_ON: Final = frozenset({"through", "transmitted-by"})


@dataclass(frozen=True)
class Part:
    """Somebody's part in a report: reporter, recipient, event, or the role of a stage; ``inferred`` where only a rule
    says so. ``within`` is what the actor is part of, empty where nothing is told.
    """

    part: str
    who: Named
    step: int = 0
    inferred: bool = False
    within: str = ""
    words: str = ""


@dataclass(frozen=True)
class Report:
    """One reporting line, as one passage states it."""

    iri: str
    output: Named | None
    mood: str
    recurrence: Named | None
    when: When
    words: tuple[str, ...]
    passage: str
    document: Named
    official: bool
    begins: date | None
    """The day from which it is told: stated, or the earlier of that of the document and of the one that it tells of."""
    ends: date | None
    supersedes: frozenset[str] = frozenset()
    """The lines it replaces, as its passage says."""
    presumably_supersedes: frozenset[str] = frozenset()
    """Those of which only a rule presumes so."""
    parts: tuple[Part, ...] = ()

    def having(self, *names: str) -> list[Part]:
        """Those who have one of these parts, in the order of their steps."""
        found = [one for one in self.parts if one.part in names]
        return sorted(found, key=lambda one: one.step)

    @property
    def arrives_at(self) -> list[Part]:
        """Whoever gets it; where its passage names nobody, the event at which it is given."""
        return self.having("recipient") or self.having("event")

    @property
    def rhythm(self) -> str:
        """The local name of its recurrence; empty where none is told."""
        return self.recurrence.iri.rpartition("/")[2] if self.recurrence is not None else ""

    @property
    def is_periodic(self) -> bool:
        """Whether it comes again."""
        return self.rhythm not in ("", "one-off")

    @property
    def pace(self) -> str:
        """The local name of its recurrence; without one ``one-off`` where a date or a meeting is told, else empty."""
        once = self.when.printed or self.when.first or self.when.sessions or self.having("event")
        return self.rhythm or ("one-off" if once else "")

    @property
    def year(self) -> int | None:
        """The year in which it is due, where its passage or a dated meeting says so."""
        return self.when.year

    def without_inferred(self) -> "Report":
        """The same with only what a passage states."""
        return replace(self, parts=tuple(one for one in self.parts if not one.inferred))


@dataclass(frozen=True)
class Choice:
    """Which reports are asked for: IRIs, a year, a pace (``none`` for those without), and ``asserted`` or ``inferred``,
    which is asked of lines and not of reports. Empty asks for all.
    """

    body: str = ""
    document: str = ""
    recipient: str = ""
    year: str = ""
    recurrence: str = ""
    stated: str = ""

    def takes(self, one: Report) -> bool:
        """Whether the report is asked for."""
        return (
            (not self.body or any(part.who.iri == self.body for part in one.parts))
            and self.document in ("", one.document.iri)
            and (not self.recipient or any(part.who.iri == self.recipient for part in one.having("recipient", "event")))
            and self.year in ("", str(one.year))
            and self.recurrence in ("", one.pace or "none")
        )

    def given(self) -> dict[str, str]:
        """Each choice by its name, those that are empty too."""
        return {name: str(value) for name, value in vars(self).items()}

    def with_(self, name: str, value: str) -> "Choice":
        """The same with another value for one of its choices."""
        return Choice(**{**self.given(), name: value})

    def __bool__(self) -> bool:
        return any(self.given().values())


def read_reports(rows: Iterable[Row], parts: Iterable[Row], dates: Iterable[Row]) -> list[Report]:
    """The reports, in the order of documents and their passages; ``dates`` are the rows of ``deadline-dates``, by
    which meetings without a year are placed.
    """
    dated: dict[str, list[Row]] = {}
    for row in dates:
        dated.setdefault(row["thing"], []).append(row)
    taking_part: dict[str, dict[tuple[str, str, str], Part]] = {}
    for row in parts:
        # Who is within several wholes has a row for each.
        one = _part(row)
        taking_part.setdefault(row["line"], {}).setdefault((one.part, one.who.iri, str(one.step)), one)
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["line"], []).append(row)
    return [_report(iri, group, dated, tuple(taking_part.get(iri, {}).values())) for iri, group in groups.items()]


def standing(reports: Sequence[Report], day: date) -> list[Report]:
    """Those that stand on a day: told by then, not ended, not replaced by another that stands, and not over.

    What nobody dates is told on any day. What is due once is over after the last day on which it can fall, and what is
    told as done, when it is told.
    """
    told = [one for one in reports if one.begins is None or one.begins <= day]
    told = [one for one in told if one.ends is None or one.ends >= day]
    gone = superseded(told)
    return [
        one
        for one in told
        if one.iri not in gone
        and (one.is_periodic or (one.mood != "done" and (one.when.last is None or one.when.last >= day)))
    ]


def superseded(reports: Iterable[Report]) -> dict[str, bool]:
    """The lines that one of these replaces, by IRI: whether a passage says so, or only a rule presumes it."""
    found: dict[str, bool] = {}
    for one in reports:
        found |= dict.fromkeys(one.supersedes, True)
        found = dict.fromkeys(one.presumably_supersedes, False) | found
    return found


def _part(row: Row) -> Part:
    step = int(row["step"]) if row.get("step", "").isdigit() else 0
    part = "reporter" if row["part"] == "presumed" else row["part"]
    who = Named(row["who"], row["who_name"])
    return Part(part, who, step, row["stated"] == "inferred", row.get("within", ""), row.get("words", ""))


def _report(iri: str, rows: Sequence[Row], dated: Mapping[str, Sequence[Row]], parts: tuple[Part, ...]) -> Report:
    one = rows[0]
    told = [day for row in rows if (day := _day(row.get("told_adopted", ""))) is not None]
    # What a document recalls of another that is older stands since that one.
    days = [*told, *filter(None, [_day(one.get("adopted", ""))])]
    begins = _day(one.get("since", "")) or min(days, default=None)
    return Report(
        iri,
        Named(one["output"], one["output_name"]) if "output" in one else None,
        one.get("mood", "").rpartition("/")[2],
        Named(one["recurrence"], one["recurrence_name"]) if "recurrence" in one else None,
        read_when(rows, dated),
        _whole((*distinct(rows, "words"), *(part.words for part in sorted(parts, key=lambda part: part.step)))),
        one["passage"],
        Named(one["document"], one["document_name"]),
        one.get("authority") == _OFFICIAL,
        begins,
        _last_day(one.get("until", "")),
        frozenset(row["supersedes"] for row in rows if "supersedes" in row),
        frozenset(row["presumably_supersedes"] for row in rows if "presumably_supersedes" in row),
        parts,
    )


def _whole(words: Iterable[str]) -> tuple[str, ...]:
    """The words of the line and of its stages, without those that others of them contain."""
    found = [one for one in dict.fromkeys(words) if one]
    return tuple(one for one in found if not any(one in other for other in found if other != one))


def _day(text: str) -> date | None:
    """The first day of a day, month or year; None for what is none."""
    try:
        return date.fromisoformat((text + "-01-01")[:10]) if text else None
    except ValueError:
        return None


def _last_day(text: str) -> date | None:
    first = _day(text)
    if first is None or len(text) >= 10:
        return first
    month = first.month if len(text) == 7 else 12
    return first.replace(month=month, day=monthrange(first.year, month)[1])
