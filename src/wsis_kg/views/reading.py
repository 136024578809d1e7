"""Reading a document: whom each passage asks what, how strongly and by when, and which passages a reader wants."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from wsis_kg.names import PREFIXES

from .forces import NO_VERB, Force
from .neighbourhood import Neighbourhood, Value, in_order
from .register import Register
from .verbs import has_verb

ASKED: Final = PREFIXES["role"] + "asked"
OF_A_REPORT: Final = {
    "hasReporter": "reporter",
    "hasPresumedReporter": "presumed-reporter",
    "hasRecipient": "recipient",
    "hasPerformer": "performer",
}
"""Roles that are properties and no concepts, by our names for them (as in ``queries/pages/deadline-roles.rq``)."""
ANY: Final = "any"
_HEADINGS: Final = ("heading", "title")


@dataclass(frozen=True)
class Party:
    """An actor and its role: a concept, or one of ``OF_A_REPORT``; whether only a rule says so."""

    actor: str
    role: str
    inferred: bool = False


@dataclass(frozen=True)
class Report:
    """A reporting line: from whom, through whom and to whom, when, and how often."""

    claim: str
    parties: tuple[Party, ...]
    dues: tuple[str, ...]
    recurrence: tuple[str, ...]

    def of(self, role: str) -> list[Party]:
        """Whoever has this role in it."""
        return [one for one in self.parties if one.role == role]


@dataclass(frozen=True)
class Ask:
    """A mandate: its verb (empty where none is printed) with the verb's name and force, who takes part, when it falls
    due, the reports it requires, and the words that carry it.
    """

    claim: str
    verb: str
    name: str
    force: Force | None
    parties: tuple[Party, ...]
    dues: tuple[str, ...]
    reports: tuple[Report, ...]
    printed: tuple[str, ...]

    @property
    def strength(self) -> str:
        """The slug of its force."""
        return self.force.slug if self.force is not None else NO_VERB


@dataclass(frozen=True)
class Piece:
    """A stretch of a passage; ``ask`` is set where it is the printed verb of one."""

    text: str
    ask: Ask | None = None


@dataclass(frozen=True)
class Read:
    """A passage as it is read: what it asks, the reports it tells of besides, and in which documents it differs:
    each with its differences.
    """

    passage: str
    is_heading: bool
    text: str
    asks: tuple[Ask, ...]
    reports: tuple[Report, ...]
    differing: Mapping[str, tuple[str, ...]]

    @property
    def all_reports(self) -> list[Report]:
        """Those that its mandates require too."""
        return [*self.reports, *(report for ask in self.asks for report in ask.reports)]

    @cached_property
    def parties(self) -> frozenset[tuple[str, str]]:
        """Who takes part in what it asks and tells of, and in which role."""
        parties = [party for ask in self.asks for party in ask.parties]
        parties += [party for report in self.all_reports for party in report.parties]
        return frozenset((party.actor, party.role) for party in parties)

    @cached_property
    def differences(self) -> int:
        """The number of differences in which it is one of the two."""
        return len({one for found in self.differing.values() for one in found})

    @cached_property
    def pieces(self) -> list[Piece]:
        """Its words, with the verbs of its mandates where they are printed: those whose words stand there once, or as
        often as there are mandates that print them. No others: nothing is guessed.
        """
        said: dict[str, list[Ask]] = {}
        for ask in self.asks:
            for words in ask.printed:
                if ask.verb and has_verb(words.lower(), ask.name):
                    said.setdefault(words, []).append(ask)
        places: list[tuple[int, int, Ask]] = []
        for words, asks in said.items():
            found = list(re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", self.text))
            if len(found) == len(asks):
                places += [(match.start(), match.end(), ask) for match, ask in zip(found, asks, strict=True)]
        pieces, at = [], 0
        for start, end, ask in sorted(places, key=lambda place: place[:2]):
            if start >= at:
                pieces += [Piece(self.text[at:start]), Piece(self.text[start:end], ask)]
                at = end
        return [piece for piece in (*pieces, Piece(self.text[at:])) if piece.text]


@dataclass(frozen=True)
class Wanted:
    """What a reader wants to see of a document; empty for all. ``actor`` and ``differs`` are IRIs, ``role`` is one or
    of ``OF_A_REPORT``, ``force`` is a slug; ``differs`` is a document, or ``ANY``.
    """

    actor: str = ""
    role: str = ""
    force: str = ""
    due: str = ""
    differs: str = ""

    def given(self) -> dict[str, str]:
        """Each choice by its name, those that are empty too."""
        return {name: getattr(self, name) for name in ("actor", "role", "force", "due", "differs")}

    def with_(self, name: str, value: str) -> "Wanted":
        """The same with another value for one of its choices."""
        return replace(self, **{name: value})

    @property
    def is_all(self) -> bool:
        """Whether nothing is chosen."""
        return not any(self.given().values())

    def fits(self, read: Read) -> bool:
        """Whether the passage is wanted."""
        return (
            self._is_asked_so(read)
            and (not self.differs or self.differs in read.differing or (self.differs == ANY and bool(read.differing)))
        )

    def _is_asked_so(self, read: Read) -> bool:
        """Whether one mandate, or one report that no mandate requires, has all that is chosen: the deadline of one and
        the addressee of another make nothing due from anybody.
        """
        if not (self.actor or self.role or self.force or self.due):
            return True
        acts = [
            (
                [*ask.parties, *(party for report in ask.reports for party in report.parties)],
                ask.strength,
                bool(ask.dues) or any(report.dues for report in ask.reports),
            )
            for ask in read.asks
        ]
        acts += [([*report.parties], "", bool(report.dues)) for report in read.reports]
        return any(
            self.force in ("", strength)
            and (is_due or not self.due)
            and (
                not (self.actor or self.role)
                or any(self.actor in ("", one.actor) and self.role in ("", one.role) for one in parties)
            )
            for parties, strength, is_due in acts
        )


class Reading:
    """The passages of a document in their order."""

    def __init__(self, around: Neighbourhood, register: Register, forces: Mapping[str, Force]) -> None:
        """``around`` is the answer of ``queries/pages/document.rq``."""
        self._around = around
        self._register = register
        self._forces = forces
        self.all = [self._read(one) for one in in_order(around, around.those("isPartOf"))]
        self.passages = [one for one in self.all if not one.is_heading]
        """Those that are no headings: what is counted."""

    def chosen(self, wanted: Wanted) -> list[Read]:
        """The passages that are wanted, under the headings they stand under."""
        if wanted.is_all:
            return self.all
        return self.under_headings([one for one in self.passages if wanted.fits(one)])

    def under_headings(self, passages: Sequence[Read]) -> list[Read]:
        """These passages, each group under the last heading before it."""
        shown = {one.passage for one in passages}
        found: list[Read] = []
        heading: Read | None = None
        for one in self.all:
            if one.is_heading:
                heading = one
            elif one.passage in shown:
                found += [one] if heading is None else [heading, one]
                heading = None
        return found

    def restating(self) -> list[str]:
        """The documents, other than this one, in which a provision of it stands too or with which a passage differs."""
        found = {
            self._register.entries[value.text].document
            for one in self.passages
            for value in self._around.all(one.passage, "isSameProvisionAs")
            if value.text in self._register.entries
        }
        found |= {document for one in self.passages for document in one.differing}
        return sorted(found - {self._around.this, ""})

    def _read(self, passage: str) -> Read:
        around, entry = self._around, self._register.entries[passage]
        words = around.one(passage, "quotation")
        lines = [one for one in around.stated_in(passage, "ReportingLine") if not around.has(one, "isRequiredBy")]
        text = words.text if words is not None else ""
        return Read(
            passage,
            entry.kind.rpartition("/")[2] in _HEADINGS,
            text,
            tuple(sorted(map(self._ask, around.stated_in(passage, "Mandate")), key=lambda one: _at(one.printed, text))),
            tuple(map(self._report, lines)),
            self._differing(passage),
        )

    def _ask(self, claim: str) -> Ask:
        around = self._around
        verb = around.one(claim, "verb")
        iri = verb.text if verb is not None else ""
        tasks = around.those("isTaskOf", claim)
        parties = [
            Party(actor.text, role.text, actor.inferred)
            for part in around.those("isIn", claim)
            for role in around.all(part, "inRole")
            for actor in around.all(part, "hasParticipant")
        ]
        parties += [
            Party(actor.text, OF_A_REPORT["hasPerformer"], actor.inferred)
            for task in tasks
            for actor in around.all(task, "hasPerformer")
        ]
        dues = [value for one in (claim, *tasks) for value in around.all(one, "isDue")]
        return Ask(
            claim,
            iri,
            self._register.name(iri) if iri else "",
            self._forces.get(iri),
            tuple(dict.fromkeys(parties)),
            _texts(dues),
            tuple(map(self._report, around.those("isRequiredBy", claim))),
            _texts(around.all(claim, "asPrinted")),
        )

    def _report(self, claim: str) -> Report:
        around = self._around
        parties = [
            Party(actor.text, role, actor.inferred)
            for name, role in OF_A_REPORT.items()
            for actor in around.all(claim, name)
        ]
        for stage in in_order(around, [value.text for value in around.all(claim, "hasStage")]):
            roles = around.all(stage, "inRole")
            parties += [Party(actor.text, role.text) for role in roles for actor in around.all(stage, "byActor")]
        return Report(
            claim, tuple(parties), _texts(around.all(claim, "isDue")), _texts(around.all(claim, "recurrence"))
        )

    def _differing(self, passage: str) -> dict[str, tuple[str, ...]]:
        """The differences of a passage, by the document of the other side."""
        around = self._around
        found: dict[str, set[str]] = {}
        for own, passages, documents in (
            ("comparesPassage", "againstPassage", "againstDocument"),
            ("againstPassage", "comparesPassage", "comparesDocument"),
        ):
            for difference in around.those(own, passage):
                others = {self._register.entries[one.text].document for one in around.all(difference, passages)}
                others |= set(_texts(around.all(difference, documents)))
                for other in others:
                    found.setdefault(other, set()).add(difference)
        return {document: tuple(sorted(some)) for document, some in sorted(found.items())}


def _texts(values: Sequence[Value]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.text for value in values))


def _at(printed: Sequence[str], text: str) -> int:
    """Where the first of the words stands; behind all others where none does."""
    return min([at for at in (text.find(words) for words in printed) if at >= 0], default=len(text))
