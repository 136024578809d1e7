"""What falls due: by whom, to whom, by which passage, and when as the document has it, never as a made-up day.

A deadline that names a day, a month or a year is placed there; one that names only a meeting, in the time that
documents give for that meeting; any other is undated. What recurs is a rule: its next years are computed, and only
where the documents say enough and no other rhythm replaces it. The rows are those of four questions in
``queries/pages``: ``deadlines``, ``deadline-roles``, ``deadline-dates`` and ``deadline-replacements``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal

from wsis_kg.names import ONTOLOGY, PREFIXES

from .timing import Named, Rhythm, Row, When, distinct, read_rhythm, read_when

Section = Literal["this-year", "coming", "recurring", "undated", "past"]
SECTIONS: Final[dict[Section, str]] = {
    "this-year": "This year, day not stated",
    "coming": "Coming",
    "recurring": "Recurring",
    "undated": "Undated",
    "past": "Past",
}
"""Where something stands on a day, in the order in which it is told, each with its heading."""
_NUMBERED: Final = {"": "", "paragraph": "¶", "preambular-paragraph": "preambular ¶"}
_OFFICIAL: Final = PREFIXES["authority"] + "official"


@dataclass(frozen=True)
class Replacement:
    """A rhythm that takes the place of another: the claim that has it, the day from which it stands where one is known,
    and whether no passage says that it replaces the other, but a rule presumes so.
    """

    iri: str
    since: date | None
    presumed: bool


@dataclass(frozen=True)
class Due:
    """One thing that falls due: a deadline, or a claim without one. ``iri`` is that of the deadline, else the claim."""

    iri: str
    claims: tuple[str, ...]
    what: tuple[str, ...]
    who: tuple[Named, ...]
    recipients: tuple[Named, ...]
    when: When
    rhythm: Rhythm | None
    words: tuple[str, ...]
    mood: str
    document: Named
    official: bool
    number: str
    """The number printed at the passage, else its line, else its key."""
    passage: str
    passage_kind: str = ""
    replacements: tuple[Replacement, ...] = ()
    """What takes the place of its rhythm: what a passage states first, then what stands in an official text."""
    restates: frozenset[str] = field(default=frozenset(), compare=False)
    roles: frozenset[tuple[str, str]] = field(default=frozenset(), compare=False)
    """Who takes part, each with the role: its local name, or ``reporter``, ``recipient`` …"""
    also: tuple["Due", ...] = ()
    """What restates it, with the same date or rhythm, in the order of the rows."""
    otherwise: tuple["Due", ...] = ()
    """What restates it with another date, or with one where this has none, or none where this has one."""
    differs_from: tuple["Due", ...] = ()
    """What it restates with another date."""

    @property
    def noun(self) -> str:
        """What kind of claim states it: a line, a task, a mandate, a remark."""
        return self.claims[0].rpartition("/")[0].rpartition("/")[2]

    @property
    def place(self) -> str:
        """Where it stands in its document, as people say it."""
        if not self.number.isdigit():
            counted = self.number.removeprefix("pp")
            return f"preambular ¶{counted}" if counted.isdigit() else self.number
        return f"{_NUMBERED.get(self.passage_kind, self.passage_kind.replace('-', ' ') + ' ')}{self.number}"

    def section(self, as_of: date) -> Section:
        """Where it stands on a day: past when the last day on which it can fall is over, coming when the first one is
        ahead. In between it may be due already, or not yet: no document says the day. What recurs is never past.
        """
        if self.when.first is None or self.when.last is None:
            return "undated" if self.rhythm is None else "recurring"
        if self.when.last < as_of:
            return "past" if self.rhythm is None or self.replaced(as_of) else "recurring"
        return "this-year" if self.when.first <= as_of and self.when.precision != "day" else "coming"

    def replaced(self, as_of: date) -> Replacement | None:
        """What has taken the place of its rhythm by that day."""
        return next((one for one in self.replacements if one.since is None or one.since <= as_of), None)

    def following(self, as_of: date) -> list[int]:
        """The next years in which it recurs, computed; none where another rhythm replaced its own by that day."""
        return [] if self.rhythm is None or self.replaced(as_of) else self.rhythm.next(as_of)

    def falls_in(self, year: int) -> bool:
        """Whether it can fall in the year, or recurs in it."""
        first, last = self.when.first, self.when.last
        within = first is not None and last is not None and first.year <= year <= last.year
        return within or year in self.following(date(year, 1, 1))


@dataclass(frozen=True)
class Filter:
    """Which of it is asked for; each is an IRI, the name of a role, or a year. Empty asks for all."""

    body: str = ""
    role: str = ""
    recipient: str = ""
    document: str = ""
    year: str = ""

    def takes(self, due: Due) -> bool:
        """Whether it is asked for. A role counts for the body, where one is named."""
        if self.document and due.document.iri != self.document:
            return False
        if self.recipient and (self.recipient, "recipient") not in due.roles:
            return False
        if self.year and not due.falls_in(int(self.year)):
            return False
        if not self.body and not self.role:
            return True
        return any(
            (not self.body or actor == self.body) and (not self.role or role == self.role) for actor, role in due.roles
        )

    def __bool__(self) -> bool:
        return any((self.body, self.role, self.recipient, self.document, self.year))


@dataclass(frozen=True)
class Deadlines:
    """All that falls due in one version of the dataset, in the order of documents and their passages."""

    all: tuple[Due, ...]
    roles: dict[str, str]
    """The roles that somebody has in it, by their local names."""
    actors: dict[str, str]
    """Those who take part, by IRI."""

    def chosen(self, wanted: Filter) -> list[Due]:
        """What the filter takes; what restates something else of it stands there, under ``also``."""
        return folded([due for due in self.all if wanted.takes(due)])

    @property
    def recipients(self) -> dict[str, str]:
        """Those to whom something is due, by IRI."""
        found = {actor for due in self.all for actor, role in due.roles if role == "recipient"}
        return {iri: name for iri, name in self.actors.items() if iri in found}

    @property
    def documents(self) -> dict[str, str]:
        """The documents that say so, by IRI."""
        return {due.document.iri: due.document.name for due in self.all}

    @property
    def years(self) -> list[str]:
        """The years in which something falls due or recurs, from the first to the last that a document names."""
        named = [day.year for due in self.all for day in (due.when.first, due.when.last) if day is not None]
        between = range(min(named), max(named) + 1) if named else ()
        return [str(year) for year in between if any(due.falls_in(year) for due in self.all)]


def read_deadlines(
    rows: Iterable[Row], roles: Iterable[Row], dates: Iterable[Row], replacements: Iterable[Row]
) -> Deadlines:
    """What the rows of the four queries come to."""
    taking_part: dict[str, set[tuple[str, str]]] = {}
    role_names: dict[str, str] = {}
    actors: dict[str, str] = {}
    for row in roles:
        key = _role(row)
        taking_part.setdefault(row["claim"], set()).add((row["actor"], key))
        role_names[key] = row["role_name"]
        actors.setdefault(row["actor"], row["actor_name"])
    dated: dict[str, list[Row]] = {}
    for row in dates:
        dated.setdefault(row["thing"], []).append(row)
    replacing: dict[str, list[Replacement]] = {}
    for row in replacements:
        since = date.fromisoformat(f"{row['since']}-01-01"[:10]) if "since" in row else None
        presumed = row["stated_or_presumed"] == "presumed"
        replacing.setdefault(row["claim"], []).append(Replacement(row["replaced_by"], since, presumed))
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.get("deadline") or row["claim"], []).append(row)
    found = []
    for iri, group in groups.items():
        claims = tuple(dict.fromkeys(row["claim"] for row in group))
        parts = {part for claim in claims for part in taking_part.get(claim, ())}
        others = tuple(one for claim in claims for one in replacing.get(claim, ()))
        found.append(_due(iri, claims, group, frozenset(parts), others, dated))
    by_name = sorted(actors.items(), key=lambda pair: (pair[1].casefold(), pair[0]))
    return Deadlines(tuple(found), dict(sorted(role_names.items(), key=lambda pair: pair[1])), dict(by_name))


def _role(row: Row) -> str:
    local = row["role"].rpartition("#" if row["role"].startswith(ONTOLOGY) else "/")[2]
    return row["role_name"].replace(" ", "-") if row["role"].startswith(ONTOLOGY) else local


def _due(
    iri: str,
    claims: tuple[str, ...],
    rows: Sequence[Row],
    roles: frozenset[tuple[str, str]],
    replacements: tuple[Replacement, ...],
    dated: dict[str, list[Row]],
) -> Due:
    one = rows[0]
    when = read_when(rows, dated)
    document = Named(one["document"], one["document_name"])
    who = sorted({Named(row["who"], row["who_name"], row.get("who_as") == "presumed") for row in rows if "who" in row})
    return Due(
        iri,
        claims,
        distinct(rows, "what"),
        tuple(who),
        tuple(sorted({Named(row["recipient"], row["recipient_name"]) for row in rows if "recipient" in row})),
        when,
        read_rhythm(one, when, dated),
        distinct(rows, "words"),
        one.get("mood", "").rpartition("/")[2],
        document,
        one.get("authority") == _OFFICIAL,
        one["number_or_line"],
        one["passage"],
        one.get("passage_kind", "").rpartition("/")[2],
        replacements,
        frozenset(row["restates"] for row in rows if "restates" in row),
        roles,
    )


def folded(found: Sequence[Due]) -> list[Due]:
    """The same with each that only restates another under that one, where both have the same year or rhythm.

    What restates something with another date stays for itself, and each of the two names the other: there documents
    disagree.
    """
    by_passage: dict[str, list[Due]] = {}
    for due in found:
        by_passage.setdefault(due.passage, []).append(due)
    restated = {due.iri: _restated(due, by_passage) for due in found}
    also: dict[str, list[Due]] = {}
    differing: dict[str, list[Due]] = {}
    own = []
    for due in found:
        # What restates a restatement stands for itself: nothing is to be hidden twice.
        hosts = [host for host in restated[due.iri] if not restated[host.iri]]
        for host in hosts:
            also.setdefault(host.iri, []).append(due)
        if not hosts:
            others = () if restated[due.iri] else _contradicted(due, by_passage)
            for other in others:
                differing.setdefault(other.iri, []).append(due)
            own.append(replace(due, differs_from=tuple(others)))
    return [
        replace(due, also=tuple(also.get(due.iri, ())), otherwise=tuple(differing.get(due.iri, ()))) for due in own
    ]


def _contradicted(due: Due, by_passage: Mapping[str, Sequence[Due]]) -> list[Due]:
    """What it restates with another date: the same report or task, to the same recipient where both name one."""
    return [
        host
        for passage in sorted(due.restates - {due.passage})
        for host in by_passage.get(passage, ())
        if host.noun == due.noun
        and set(host.what) & set(due.what)
        and (set(host.recipients) & set(due.recipients) or not host.recipients or not due.recipients)
    ]


def _restated(due: Due, by_passage: Mapping[str, Sequence[Due]]) -> list[Due]:
    """What it restates; of several in one passage, those that a claim of the same kind states. What is told there with
    another date is nothing else that happens to have this one.
    """
    found = []
    contradicted = {host.passage for host in _contradicted(due, by_passage)}
    for passage in sorted(due.restates - {due.passage}):
        same = [host for host in by_passage.get(passage, ()) if _same_time(host, due)]
        found += [host for host in same if host.noun == due.noun] or (same if passage not in contradicted else [])
    return found


def _same_time(one: Due, other: Due) -> bool:
    if (one.when.first is None) != (other.when.first is None):
        return False
    if one.when.year is not None:
        return one.when.year == other.when.year
    rhythms = [due.rhythm and due.rhythm.recurrence.iri for due in (one, other)]
    meetings = [{session.iri for session in due.when.sessions} for due in (one, other)]
    return rhythms[0] == rhythms[1] and (meetings[0] == meetings[1] or not all(meetings))
