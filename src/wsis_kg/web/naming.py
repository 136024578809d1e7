"""What the templates call things, and where they lead."""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from wsis_kg.names import NOUNS, ONTOLOGY, PREFIXES
from wsis_kg.views.neighbourhood import Neighbourhood, Value, in_order
from wsis_kg.views.register import ID, Register

from .page import shortened
from .speaking import language_mark

_OFFICIAL: Final = PREFIXES["authority"] + "official"
_NOTED: Final = "noted"
"""The kind of a passage of which no words are held."""
_MARKS: Final = {"bullet": "•", "footnote": "fn", "preambular-paragraph": "pp"}


@dataclass(frozen=True)
class Section:
    """A part of a page: the fragment it stands at, its heading, and how many it lists, 0 where that is not said."""

    key: str
    title: str
    count: int


class Named:
    """The things of a neighbourhood: their names, long and short, their places and links."""

    root = "../../"
    """Every page about a thing stands two folders below the start page."""

    def __init__(self, neighbourhood: Neighbourhood, register: Register) -> None:
        self._around = neighbourhood
        self._register = register
        self._anchored: set[str] = set()
        self.sections: list[Section] = []
        """What has been begun with ``begin``: the contents of a long page."""
        self._within = ""
        self.anchors_claims = True
        """Whether claims have a place of their own on the page; on that of a document only passages have."""

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

    def spoken(self, thing: str | Value) -> Markup:
        """The attributes that say in which language a thing is named; none on a page in English."""
        return language_mark(self._register, str(thing))

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
        if claim in self._anchored or not (self.anchors_claims or self.noun(claim) == "passage"):
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
        return self.name(verb) if verb is not None else "no verb printed"

    def in_order(self, subjects: list[str]) -> list[str]:
        """By the property ``order``."""
        return in_order(self._around, subjects)

    def predicate(self, iri: str) -> str:
        """A property as a prefixed name."""
        return shortened(iri)

    def is_official(self, document: str) -> bool:
        """Whether a document is an official text, and not a page or table that restates some."""
        entry = self._register.entries.get(document)
        return entry is not None and entry.authority == _OFFICIAL

    def held(self, passage: str) -> str:
        """How what a passage states is known: asserted by its words, or only noted from a source of what standing."""
        if self.kind(passage) != _NOTED:
            return "asserted"
        document = self._register.entries.get(self._register.entries[passage].document)
        standing = self.name(document.authority) if document is not None and document.authority else ""
        return ", ".join(filter(None, ("noted in our words", standing)))

    def mark(self, passage: str) -> str:
        """What stands in the margin where no number is printed."""
        return _MARKS.get(self.kind(passage), "–")

    def kind(self, passage: str) -> str:
        """The kind of a passage, as its slug."""
        entry = self._register.entries.get(passage)
        return entry.kind.rpartition("/")[2] if entry is not None else ""
