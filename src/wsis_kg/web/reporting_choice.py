"""What a reader of /reporting has chosen in its URL: checked, and offered again as a form and in links."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from typing import Final, Protocol
from urllib.parse import urlencode

from wsis_kg.views.register import ID, Register
from wsis_kg.views.reports import Choice, Report

from .difference_choice import Unknown as _Unknown
from .difference_choice import brief

OFFICIAL: Final = ""
ALL: Final = "all"
SORTS: Final = ("reporter", "report", "recipient", "due", "document")
_FILTERS: Final = ("body", "recipient", "year", "recurrence", "stated", "document")
PARAMETERS: Final = (*_FILTERS, "as_of", "compare", "sort", "open")
"""All that the URL can have."""
_STATED: Final = {"asserted": "stated by a passage", "inferred": "marked as inferred"}
_ACTORS: Final = ("body", "constituency", "post", "person")
_EVENTS: Final = ("event", "session")
_LONGEST: Final = 80
_MOST_OPEN: Final = 40


class Given(Protocol):
    """Where choices are read from: a URL, or a command line."""

    def value(self, name: str) -> str:
        """What is given for a choice, empty for nothing."""

    def values(self, name: str) -> list[str]:
        """All that is given for a choice that may be there several times."""


@dataclass(frozen=True)
class Unknown(_Unknown):
    """A value that nothing here has."""

    @property
    def sentence(self) -> str:
        """What was wrong."""
        if self.name in ("as_of", "compare"):
            return f"{self.name}: “{self.value}” is no day. A day is written such as 2027-01-31."
        noun = {
            "recipient": "recipient", "document": "document", "year": "year", "recurrence": "recurrence",
            "stated": "such choice", "sort": "such column",
        }.get(self.name, "body")
        return f"{self.name}: there is no {noun} called “{self.value}”."


@dataclass(frozen=True)
class Wanted:
    """All that the URL chooses. ``document`` is empty for what official texts say, ``all``, or an IRI; ``other`` is the
    day that ``as_of`` is compared with.
    """

    choice: Choice = field(default_factory=Choice)
    document: str = OFFICIAL
    as_of: date | None = None
    other: date | None = None
    sort: str = ""
    opened: tuple[str, ...] = ()
    """The groups that are not to be collapsed."""

    def query(self, **changed: str) -> str:
        """The query of the URL that chooses so, with its question mark; empty for what is shown at first."""
        given = {
            **{name: value.rpartition("/")[2] for name, value in self.choice.given().items()},
            "document": self.document.rpartition("/")[2],
            "as_of": self.as_of.isoformat() if self.as_of else "",
            "compare": self.other.isoformat() if self.other else "",
            "sort": self.sort,
            **changed,
        }
        pairs = [(name, value) for name, value in given.items() if value]
        pairs += [("open", group) for group in self.opened]
        return f"?{urlencode(pairs)}" if pairs else ""

    def tells(self, one: Report) -> bool:
        """Whether the document of a report is one of those asked for."""
        return one.official if self.document == OFFICIAL else self.document in (ALL, one.document.iri)


@dataclass(frozen=True)
class Field:
    """A filter as the form offers it: what stands for no choice, each value with its name, and what is chosen."""

    name: str
    title: str
    none: str
    offered: tuple[tuple[str, str], ...]
    chosen: str


def read_wanted(asked: Given, reports: Sequence[Report], register: Register) -> tuple[Wanted, list[Unknown]]:
    """What the URL chooses, and what of it is unknown. Raises Refusal (400) for a parameter that is there twice."""
    offered = {one.name: one for one in fields(Wanted(), reports, register)}
    wanted, unknown = Wanted(), []
    for name in _FILTERS:
        given = asked.value(name)
        if not given or (name == "document" and given == "official"):
            continue
        value = _found(name, given, offered[name], register)
        if value is None:
            there = [one for one, _ in offered[name].offered]
            near = get_close_matches(given.rpartition("/")[2].lower(), there, 3, 0.5)
            unknown.append(Unknown(name, given[:_LONGEST], tuple(near)))
        elif name == "document":
            wanted = replace(wanted, document=value)
        else:
            wanted = replace(wanted, choice=wanted.choice.with_(name, value))
    days: dict[str, date | None] = {}
    for name in ("as_of", "compare"):
        given = asked.value(name)
        try:
            days[name] = date.fromisoformat(given) if given else None
        except ValueError:
            unknown.append(Unknown(name, given[:_LONGEST], ()))
    wanted = replace(wanted, as_of=days.get("as_of"), other=days.get("compare"))
    wanted = replace(wanted, opened=tuple(dict.fromkeys(one[:_LONGEST] for one in asked.values("open")))[:_MOST_OPEN])
    sort = asked.value("sort")
    if sort and sort.removeprefix("-") not in SORTS:
        unknown.append(Unknown("sort", sort[:_LONGEST], ()))
    elif sort:
        wanted = replace(wanted, sort=sort)
    return wanted, unknown


def _found(name: str, given: str, asked: Field, register: Register) -> str | None:
    """What a value stands for: an IRI, or itself; None where nothing is called so. A thing that takes part in no
    report is known all the same: it leaves nothing.
    """
    if name in ("year", "recurrence", "stated"):
        return given if given in dict(asked.offered) else None
    if name == "document" and given == ALL:
        return ALL
    nouns = {"document": ("document",), "recipient": (*_ACTORS, *_EVENTS)}.get(name, (*_ACTORS, *_EVENTS))
    for noun in nouns:
        slug = given.removeprefix(f"{ID}{noun}/").removeprefix(f"{noun}:")
        entry = register.find(noun, slug) or register.find(noun, slug.lower())
        if entry is not None:
            return entry.iri
    return None


def fields(wanted: Wanted, reports: Sequence[Report], register: Register) -> list[Field]:
    """The filters, each with what there is."""
    who = {part.who.iri for one in reports for part in one.parts}
    whom = {part.who.iri for one in reports for part in one.having("recipient", "event")}
    documents = {one.document.iri for one in reports}
    years = sorted({str(one.year) for one in reports if one.year is not None})
    often = {one.rhythm: one.recurrence.name for one in reports if one.recurrence is not None and one.is_periodic}
    chosen = wanted.choice
    return [
        Field("body", "Body", "anybody", _named(who, register), _slug(chosen.body)),
        Field("recipient", "To whom", "anybody", _named(whom, register), _slug(chosen.recipient)),
        Field(
            "document", "Told by", "official texts",
            ((ALL, "all documents"), *_named(documents, register)), _slug(wanted.document),
        ),
        Field("year", "Due in", "any year", tuple((one, one) for one in years), chosen.year),
        Field(
            "recurrence", "How often", "any rhythm",
            (
                *sorted(often.items(), key=lambda pair: pair[1]),
                ("one-off", "once, for a date or a meeting"), ("none", "no rhythm stated"),
            ), chosen.recurrence,
        ),
        Field("stated", "Asserted or inferred", "both", tuple(_STATED.items()), chosen.stated),
    ]


def _named(iris: Iterable[str], register: Register) -> tuple[tuple[str, str], ...]:
    named = [(_slug(iri), brief(iri, register)) for iri in iris]
    return tuple(sorted(named, key=lambda pair: pair[1].casefold()))


def _slug(iri: str) -> str:
    return iri.rpartition("/")[2]
