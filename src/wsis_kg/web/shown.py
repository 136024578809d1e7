"""What the templates list about things: what belongs together, and in which order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from wsis_kg.names import PREFIXES
from wsis_kg.views.counterparts import Side, counterpart
from wsis_kg.views.verbs import has_verb

from . import wording
from .known_as import KnownAs

_ASKED: Final = PREFIXES["role"] + "asked"
_HEADINGS: Final = ("heading", "title")
_PRINTED: Final = frozenset(
    {"means", "aim", "occasion", "constraint", "condition", "qualification", "inCapacity", "place", "manner"}
)
"""Properties whose values are words of the passage, as printed."""


@dataclass(frozen=True)
class Part:
    """A participation and the word for its role."""

    claim: str
    role: str


@dataclass(frozen=True)
class Parties:
    """The participations in one mandate."""

    asked: list[str]
    others: list[Part]


class Shown(KnownAs):
    """A neighbourhood as templates see it."""

    def beside(self) -> tuple[str, str]:
        """The passage or session before this one and the one after."""
        return self._register.beside(self._around.this)

    def in_one_line(self, claim: str) -> str:
        """What a claim says, in one line of plain text: whom it asks what, or what it says of whom."""
        around = self._around

        def names(subjects: Iterable[str], name: str) -> str:
            found = [value.text for subject in subjects for value in around.all(subject, name)]
            return ", ".join(dict.fromkeys(self.short(one) for one in found))

        if around.a(claim, "Mandate"):
            tasks = self.in_order(around.those("isTaskOf", claim))
            texts = "; ".join(value.text for task in tasks for value in around.all(task, "text"))
            asked = names(self.parties(claim).asked, "hasParticipant")
            return ": ".join(part for part in (self.title(claim), asked, texts) if part)
        if around.a(claim, "ReportingLine"):
            words = (names([claim], "hasReporter"), names([claim], "carries"), names([claim], "hasRecipient"))
            return " ".join(
                word + part for word, part in zip(("", "reports ", "to "), words, strict=True) if part
            )
        own = around.one(claim, "text") or around.one(claim, "measure")
        if own is not None:
            return own.text
        holder, role, held = (names([claim], name) for name in ("hasHolder", "inRole", "isHeldIn"))
        parts = (held, f"{role} {holder}") if self.reads_on(role) else (holder, role, held)
        return ", ".join(part for part in parts if part) or self.name(claim).partition(" in ")[0]

    def parties(self, mandate: str) -> Parties:
        """Who takes part in a mandate, whoever is asked apart from the others."""
        asked, others = [], []
        for part in self._around.those("isIn", mandate):
            role = self._around.one(part, "inRole")
            if role is not None and role.text == _ASKED:
                asked.append(part)
            else:
                others.append(Part(part, self.word(role)))
        return Parties(asked, others)

    def is_printed(self, name: str) -> bool:
        """Whether the values of a property are words of the passage, and not ours."""
        return name in _PRINTED

    def reads_on(self, role: str) -> bool:
        """Whether a name can follow the role as the next word of a sentence."""
        return wording.reads_on(role)

    def says_its_verb(self, remark: str) -> bool:
        """Whether our words for a remark say its verb themselves."""
        text = self._around.one(remark, "text")
        return text is not None and has_verb(text.text, self.word(self._around.one(remark, "verb")))

    def span(self, dating: str) -> str:
        """When something was, as a dating has it."""
        days = (self._around.one(dating, name) for name in ("earliest", "latest"))
        return wording.span(*("" if day is None else day.text for day in days))

    def presumed(self, lines: Iterable[str]) -> list[str]:
        """Those of the lines whose reporter a rule presumes, for their passages name none."""
        return [one for one in lines if self._around.has(one, "hasPresumedReporter")]

    def kind_of(self, difference: str) -> str:
        """The slug of the kind of a difference, which the rule behind it has as well."""
        kind = self._around.one(difference, "kind")
        return kind.text.rpartition("/")[2] if kind is not None else ""

    def counterpart(self, kind: str, side: Side) -> str:
        """What is said of the side for which a difference of this kind has no words."""
        return counterpart(kind, side)

    def as_read(self, claims: list[str]) -> list[str]:
        """Claims by document, and then as the document has them."""
        return sorted(claims, key=lambda claim: (self.document_of(claim), self._place_key(claim), claim))

    def as_printed(self, claims: list[str]) -> list[str]:
        """Claims of one passage in the order in which their words stand there."""

        def position(claim: str) -> tuple[int, str]:
            quotation = self._around.one(self.passage_of(claim), "quotation")
            text = quotation.text if quotation is not None else ""
            found = [text.find(words.text) for words in self._around.all(claim, "asPrinted")]
            return min([at for at in found if at >= 0], default=len(text)), claim

        return sorted(claims, key=position)

    def by_document(self, claims: list[str]) -> list[tuple[str, list[str]]]:
        """Claims grouped by the document that states them; official texts before what restates them."""
        groups: dict[str, list[str]] = {}
        for claim in self.as_read(list(dict.fromkeys(claims))):
            groups.setdefault(self.document_of(claim), []).append(claim)
        return sorted(groups.items(), key=lambda group: (not self.is_official(group[0]), group[0]))

    def _place_key(self, claim: str) -> tuple[int, int, str]:
        entry = self._register.entries.get(self.passage_of(claim))
        if entry is None:
            return (0, 0, "")
        order = self._around.number(entry.iri, "order")
        number = int(entry.number) if entry.number.isdigit() else 0
        return (order, number or int(entry.line or 0), entry.slug)

    def headings(self, passages: list[str]) -> list[str]:
        """Those of the passages that are headings."""
        return [one for one in passages if self.kind(one) in _HEADINGS]

    def titles(self, passages: list[str]) -> list[str]:
        """Those of the passages that are titles of the whole document."""
        return [one for one in passages if self.kind(one) == "title"]

    def quoted(self, passages: list[str]) -> list[str]:
        """Those of the passages whose words are held."""
        return [one for one in passages if self._around.has(one, "quotation")]

    def free_lines(self, lines: list[str]) -> list[str]:
        """Lines that no mandate requires; the others are shown with theirs."""
        return [line for line in lines if not self._around.all(line, "isRequiredBy")]

    def free_participations(self, participations: list[str]) -> list[str]:
        """Participations that are shown with no mandate of the same passage."""

        def shown_with(one: str, within: str) -> bool:
            return self._is_mandate(within) and self.passage_of(within) == self.passage_of(one)

        return [
            one for one in participations if not any(shown_with(one, v.text) for v in self._around.all(one, "isIn"))
        ]

    def differing(self, passage: str) -> int:
        """The number of differences in which a passage is one of the two."""
        return len({*self._around.those("comparesPassage", passage), *self._around.those("againstPassage", passage)})

    def elsewhere(self, claims: Iterable[str], *classes: str) -> list[str]:
        """Those of the claims that are of these classes, apart from what the thing itself states."""
        this = self._around.this
        return [one for one in claims if self._around.a(one, *classes) and self.document_of(one) != this]

    def roles_of(self, actor: str) -> list[tuple[str, list[str]]]:
        """The mandates in which an actor takes part, by its role; first where it is asked."""
        groups: dict[str, list[str]] = {}
        for part in self._around.those("hasParticipant", actor):
            role = self.word(self._around.one(part, "inRole"))
            within = [value.text for value in self._around.all(part, "isIn")]
            groups.setdefault(role, []).extend(one if self._is_mandate(one) else part for one in within)
        return sorted(groups.items(), key=lambda group: (group[0] != "asked", group[0]))

    def lines_of_stages(self, stages: list[str]) -> list[str]:
        """The reporting lines to which stages belong."""
        return [line for stage in stages for line in self._around.those("hasStage", stage)]

    def mandates_of(self, tasks: list[str]) -> list[str]:
        """The mandates to which tasks belong."""
        return list(dict.fromkeys(value.text for task in tasks for value in self._around.all(task, "isTaskOf")))

    def due_here(self) -> list[str]:
        """The mandates and lines with a deadline at this event."""
        deadlines = [one for one in self._around.those("atEvent") if self._around.a(one, "Deadline")]
        due = [claim for one in deadlines for claim in self._around.those("isDue", one)]
        tasks = [claim for claim in due if self._around.a(claim, "Task")]
        return [*(claim for claim in due if claim not in tasks), *self.mandates_of(tasks)]

    def mentioning(self) -> list[str]:
        """The passages that name this by a mention, as they are read."""
        mentions = self._around.those("refersTo")
        return list(dict.fromkeys(self.passage_of(one) for one in self.as_read(mentions)))

    def used_in(self, *classes: str) -> list[str]:
        """The claims of these classes that have this concept, themselves or in a part that belongs to them."""
        found: dict[str, None] = {}
        for one in self._around.pointing():
            wholes = [value.text for name in ("isIn", "isTaskOf") for value in self._around.all(one, name)]
            wholes += [whole for name in ("hasStage", "isDue") for whole in self._around.those(name, one)]
            found.update(dict.fromkeys(claim for claim in (one, *wholes) if self._around.a(claim, *classes)))
        return list(found)

    def plain_uses(self, told: list[str]) -> list[str]:
        """Things, not claims, that have this concept, apart from those told already."""
        around = self._around
        uses = [one for one in around.pointing() if one not in told and self.noun(one)]
        return [one for one in uses if not around.has(one, "isStatedIn") and not around.a(one, "Difference")]

    def _is_mandate(self, iri: str) -> bool:
        return iri.startswith(PREFIXES["mandate"])
