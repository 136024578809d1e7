"""What the templates ask about things: names, links, and the order of what they list."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from wsis_kg.names import NOUNS, ONTOLOGY, PREFIXES
from wsis_kg.views.neighbourhood import Neighbourhood, Value, in_order
from wsis_kg.views.register import ID, Register

from .page import shortened

_ASKED: Final = PREFIXES["role"] + "asked"
_HEADINGS: Final = ("heading", "title")
_MARKS: Final = {"bullet": "•", "footnote": "fn", "preambular-paragraph": "pp"}


@dataclass(frozen=True)
class Part:
    """A participation and the word for its role."""

    claim: str
    role: str


@dataclass(frozen=True)
class Section:
    """A part of a page: the fragment it stands at, its heading, and how many it lists, 0 where that is not said."""

    key: str
    title: str
    count: int


@dataclass(frozen=True)
class Parties:
    """The participations in one mandate."""

    asked: list[str]
    others: list[Part]


class Shown:
    """A neighbourhood as templates see it: what things are called, where they lead, what belongs together."""

    root = "../../"
    """Every page about a thing stands two folders below the start page."""

    def __init__(self, neighbourhood: Neighbourhood, register: Register) -> None:
        self._around = neighbourhood
        self._register = register
        self._anchored: set[str] = set()
        self.sections: list[Section] = []
        """What has been begun with ``begin``: the contents of a long page."""
        self._within = ""

    def href(self, thing: str | Value) -> str:
        """Where a thing is described: here if it is ours, else at its own address."""
        iri = str(thing)
        if iri.startswith(ID):
            path, place = self._register.home(iri)
            return self.root + path + (f"#{place}" if place else "")
        if iri.startswith(ONTOLOGY):
            return f"{self.root}ontology{iri.removeprefix(ONTOLOGY)}"
        return iri if iri.lower().startswith(("http://", "https://")) else ""

    def name(self, thing: str | Value) -> str:
        """What a thing is called."""
        iri = str(thing)
        return self._register.name(iri) if iri.startswith(ID) else shortened(iri)

    def short(self, thing: str | Value) -> str:
        """What a thing is called where there is little room."""
        iri = str(thing)
        return self._register.short(iri) if iri.startswith(ID) else shortened(iri)

    def word(self, thing: str | Value | None) -> str:
        """The label of a concept as a word in a sentence."""
        return "" if thing is None else self.name(thing)

    def place(self, passage: str | Value) -> str:
        """Where a passage stands in its document."""
        return self._register.place(str(passage))

    def key(self, claim: str) -> str:
        """The fragment under which a claim is found on the page of its passage."""
        return claim.removeprefix(ID).replace("/", "-")

    def anchor(self, claim: str) -> Markup:
        """The attribute that makes this the place of a claim: once on a page, where it is shown first."""
        if claim in self._anchored:
            return Markup("")
        self._anchored.add(claim)
        return Markup(' id="{}"').format(self.key(claim))

    def begin(self, key: str, title: str, count: int = 0) -> Markup:
        """The heading of a section, which is noted for the contents of the page."""
        self.sections.append(Section(key, title, count))
        number = Markup(' <span class="kind">{}</span>').format(count) if count else ""
        return Markup('<h2 id="{}">{}{}</h2>').format(key, title, number)

    def enter(self, document: str) -> str:
        """From here on passages stand under the name of this document; empty where they do not."""
        self._within = document
        return ""

    def named_within(self, passage: str) -> str:
        """What a passage is called, without the name of the document that it stands under."""
        entry = self._register.entries.get(passage)
        return self.place(passage) if entry is not None and entry.document == self._within else self.name(passage)

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
        parts = names([claim], "hasHolder"), names([claim], "inRole"), names([claim], "isHeldIn")
        return ", ".join(part for part in parts if part) or self.name(claim).partition(" in ")[0]

    def noun(self, thing: str | Value) -> str:
        """The noun of a thing."""
        noun = str(thing).removeprefix(ID).partition("/")[0]
        return noun if noun in NOUNS else ""

    def passage_of(self, claim: str) -> str:
        """The passage that states a claim."""
        stated = self._around.one(claim, "isStatedIn")
        if stated is not None:
            return stated.text
        entry = self._register.entries.get(claim)
        return entry.passage if entry is not None else ""

    def document_of(self, claim: str) -> str:
        """The document in which a claim is stated."""
        entry = self._register.entries.get(self.passage_of(claim))
        return entry.document if entry is not None else ""

    def texts(self, values: list[Value]) -> list[str]:
        """Values as IRIs."""
        return [value.text for value in values]

    def title(self, mandate: str) -> str:
        """The verb of a mandate, or that none is printed."""
        verb = self._around.one(mandate, "verb")
        return self.name(verb) if verb is not None else "asks, with no verb printed"

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

    def in_order(self, subjects: list[str]) -> list[str]:
        """By the property ``order``."""
        return in_order(self._around, subjects)

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

    def predicate(self, iri: str) -> str:
        """A property as a prefixed name."""
        return shortened(iri)

    def is_official(self, document: str) -> bool:
        """Whether a document is an official text, which has a symbol, and not a page or table that restates some."""
        entry = self._register.entries.get(document)
        return entry is not None and bool(entry.symbol)

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

    def mark(self, passage: str) -> str:
        """What stands in the margin where no number is printed."""
        return _MARKS.get(self.kind(passage), "–")

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

    def differences_of(self, passage: str) -> int:
        """How many differences the register knows for a passage."""
        return self.differing(passage)

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

    def kind(self, passage: str) -> str:
        """The kind of a passage, as its slug."""
        entry = self._register.entries.get(passage)
        return entry.kind.rpartition("/")[2] if entry is not None else ""
