"""Reconciliation: which of our things a name in somebody's table means (Reconciliation Service API 0.2).

A candidate matches only if its whole name, abbreviation, symbol or identifier was given, all properties hold that were
given with it, and no other thing of the types asked for could be meant. Everything else is a proposal for people.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from wsis_kg.names import NOUNS, ONTOLOGY

from .reconciliation_query import Extension, Wanted
from .register import ID, SHOWN_WITH_PASSAGE, Entry, Register
from .search_index import SearchIndex
from .terms import Layer

IDENTIFIERS: Final = ID
"""An identifier is what follows this in the IRI of a thing: ``body/cstd``."""
SCHEMA: Final = ONTOLOGY + "#"
"""A type is a class of the ontology by its local name: ``Body``."""
DEFAULT_TYPES: Final = ("Body", "Document", "Passage", "Event", "Output")
_CLASSES: Final = {"line": "ReportingLine"}
_WIDER: Final = {
    "Actor": ("body", "constituency", "post", "person"),
    "Event": ("event", "session"),
    "Concept": NOUNS[NOUNS.index("verb") : NOUNS.index("scheme")],
}
_NOT_HERE: Final = SHOWN_WITH_PASSAGE | {"difference", "scheme"}
_TITLES: Final = {
    "label": "name",
    "also": "other name",
    "abbreviation": "abbreviation",
    "symbol": "symbol",
    "kind": "kind",
    "type": "type",
    "number": "number printed",
    "document": "document",
    "passage": "passage",
    "iri": "IRI",
    "page": "address of the page",
}
_OF_PASSAGES: Final = ("number", "document")
_LED_TO: Final = {"kind": "Kind", "document": "Document", "passage": "Passage"}
_WORDS: Final = re.compile(r"\w+")
_NUMBER: Final = re.compile(r"^\D{0,20}?(\d{1,4})$")
_CASE_MATTERS: Final = 3
"""Letters of an abbreviation up to which it is one only as it is written: WHO, and not “who”."""
_SEEN: Final = 40
_COMPARED: Final = 120
"""Characters of two names that are compared: it takes their product."""
_SIMILAR, _RANKED, _LESS_THAN_EXACT = 60.0, 30.0, 90.0


@dataclass(frozen=True)
class Named:
    """A type or a property: its identifier, its name, and in a sentence what it is."""

    id: str
    name: str
    description: str = ""

    def told(self) -> dict[str, str]:
        """As the API has it."""
        told = {"id": self.id, "name": self.name}
        return {**told, "description": self.description} if self.description else told


PROPERTIES: Final = tuple(Named(name, title) for name, title in _TITLES.items())


def class_of(noun: str) -> str:
    """The local name of the class that a noun's things have: ``Body``, ``ReportingLine``, ``Kind``."""
    if noun.endswith("-kind"):
        return "Kind"
    return _CLASSES.get(noun) or "".join(part.capitalize() for part in noun.split("-"))


class Reconciler:
    """The service over one version of the dataset. Safe to use from several threads."""

    def __init__(self, register: Register, index: SearchIndex, layers: Iterable[Layer]) -> None:
        """``layers`` give the types their names and definitions."""
        self._register = register
        self._index = index
        self._nouns: dict[str, set[str]] = defaultdict(set)
        for entry in register.entries.values():
            if entry.noun not in _NOT_HERE:
                self._nouns[class_of(entry.noun)].add(entry.noun)
        for wider, nouns in _WIDER.items():
            self._nouns[wider] |= {noun for noun in nouns if class_of(noun) in self._nouns}
        terms = {term.local: term for layer in layers for term in layer.terms}
        self.types = tuple(
            Named(name, terms[name].label, terms[name].definition) if name in terms else Named(name, name.lower())
            for name in sorted(self._nouns)
        )
        self._exact: dict[str, set[str]] = defaultdict(set)
        for entry in register.entries.values():
            for key in self._keys(entry):
                self._exact[key].add(entry.iri)

    def candidates(self, wanted: Wanted) -> list[dict[str, Any]]:
        """What may be meant, best first, as the API tells it (section 4.2)."""
        nouns = self._nouns_of(wanted.types)
        exact = {iri for iri in self._meant(wanted) if self._register.entries[iri].noun in nouns}
        ranks = self._ranks(wanted, nouns)
        held = {iri: self._held(iri, wanted) for iri in exact | set(ranks)}
        certain = {iri for iri in exact if held[iri] == 1.0} if wanted.text else {i for i in held if held[i] == 1.0}
        told = []
        for iri, share in held.items():
            similar = self._similarity(iri, wanted.text) if wanted.text else share
            score = 100.0 if iri in exact else min(_SIMILAR * similar + _RANKED * ranks.get(iri, 0), _LESS_THAN_EXACT)
            features = [
                {"id": "whole_name", "value": iri in exact},
                {"id": "name_similarity", "value": round(similar * 100, 1)},
                {"id": "properties_held", "value": round(share * 100, 1)},
            ]
            told.append(
                {
                    **self._told(iri, "type"),
                    "score": round(score * (0.5 + 0.5 * share), 1),
                    "match": certain == {iri},
                    "features": features,
                }
            )
        return sorted(told, key=lambda one: (-one["score"], one["id"]))[: wanted.limit]

    def suggest(self, prefix: str, start: int, most: int) -> list[dict[str, Any]]:
        """Things whose names begin so or nearly so, from the ``start``-th on (section 6)."""
        exact = sorted(self._meant(Wanted(prefix)), key=self._register.name)
        found = [one.iri for one in self._index.find(prefix, (), start + most + len(exact))]
        shown = [iri for iri in dict.fromkeys([*exact, *found]) if self._register.entries[iri].noun not in _NOT_HERE]
        return [self._told(iri, "notable") for iri in shown[start : start + most]]

    def entry(self, identifier: str) -> Entry | None:
        """The thing with that identifier, IRI, or prefixed name."""
        name = identifier.strip().removeprefix(ID)
        noun, _, slug = name.partition("/") if "/" in name else name.partition(":")
        found = self._register.find(noun, slug)
        return None if found is None or found.noun in _NOT_HERE else found

    def extend(self, asked: Extension, page: Callable[[str], str]) -> dict[str, Any]:
        """The values of properties of things (section 7.5); ``page`` gives the address of the page of an IRI."""
        meta = []
        for name in asked.properties:
            one: dict[str, Any] = {"id": name, "name": _TITLES.get(name, name)}
            if name in _LED_TO:
                one["type"] = {"id": _LED_TO[name], "name": _LED_TO[name].lower()}
            meta.append(one)
        rows = {}
        for thing in asked.things:
            entry = self.entry(thing)
            rows[thing] = {
                name: [] if entry is None else [self._cell(name, value) for value in self._values(entry, name, page)]
                for name in asked.properties
            }
        return {"meta": meta, "rows": rows}

    def properties_of(self, type_: str) -> list[Named]:
        """The properties that things of a type have; all of them where the type is unknown or left out."""
        nouns = self._nouns_of([type_]) if type_ in self._nouns else set(NOUNS)
        with_passages = nouns & {"passage", "mandate", "line", "figure"}
        return [one for one in PROPERTIES if with_passages or one.id not in (*_OF_PASSAGES, "passage")]

    def described(self, entry: Entry) -> str:
        """In a few words what a thing is, to tell it from others of a like name."""
        kind = self._register.short(entry.kind) if entry.kind else entry.noun.replace("-", " ")
        return ", ".join([kind, *entry.abbreviations, *([entry.symbol] if entry.symbol else [])])

    def name(self, entry: Entry) -> str:
        """Its name in full."""
        return self._register.name(entry.iri)

    def _told(self, iri: str, types: str) -> dict[str, Any]:
        entry = self._register.entries[iri]
        class_ = class_of(entry.noun)
        return {
            "id": iri.removeprefix(ID),
            "name": self._register.name(iri),
            "description": self.described(entry),
            types: [{"id": one.id, "name": one.name} for one in self.types if one.id == class_],
        }

    def _nouns_of(self, types: Sequence[str]) -> set[str]:
        """The nouns of these types, in any way of naming them; of all types where none is given."""
        if not types:
            return set(NOUNS) - _NOT_HERE
        locals_ = [type_.removeprefix(SCHEMA).rpartition(":")[2] for type_ in types]
        return {noun for name in locals_ for noun in self._nouns.get(name, {name} - _NOT_HERE)}

    def _keys(self, entry: Entry) -> set[str]:
        if entry.noun in _NOT_HERE:
            return set()
        if entry.passage or entry.noun == "passage":
            # A heading's words, or what a mandate asks, are not what it is called.
            return {_plain(self._register.name(entry.iri))}
        names = [entry.label, *entry.also, entry.symbol, re.sub("^[AE]/RES/", "", entry.symbol)]
        keys = {_plain(name) for name in names if name}
        for short in entry.abbreviations:
            keys.add(_as_written(short) if len(short) <= _CASE_MATTERS else _plain(short))
        return keys - {""}

    def _meant(self, wanted: Wanted) -> set[str]:
        """The things whose whole name the text is, or which it names by symbol, paragraph or identifier."""
        if not wanted.text:
            return set()
        entry, straight = self.entry(wanted.text), self._index.straight(wanted.text)
        named = {*([entry.iri] if entry else []), *([straight] if straight else [])}
        named |= self._exact.get(_plain(wanted.text), set()) | self._exact.get(_as_written(wanted.text), set())
        number = _NUMBER.match(wanted.text)
        for value in dict(wanted.properties).get("document", ()) if number else ():
            for document in self._resolved(value):
                place = f"document:{document.rpartition('/')[2]} para {number[1] if number else ''}"
                passage = self._index.straight(place)
                named |= {passage} if passage else set()
        return {iri for iri in named if self._register.entries[iri].noun not in _NOT_HERE}

    def _ranks(self, wanted: Wanted, nouns: set[str]) -> dict[str, float]:
        """What the search finds, the best with 1; without a text, what has all the properties."""
        if wanted.text:
            found = self._index.find(wanted.text, nouns, _SEEN) if nouns else []
            here = [one for one in found if self._register.entries[one.iri].noun in nouns]
            best = max((one.score for one in here), default=1.0) or 1.0
            return {one.iri: max(one.score / best, 0.0) for one in here}
        things = (entry for entry in self._register.entries.values() if entry.noun in nouns)
        return {entry.iri: 1.0 for entry in things if self._held(entry.iri, wanted) == 1.0}

    def _held(self, iri: str, wanted: Wanted) -> float:
        """The share of the properties that hold: of a property that we do not have, none does."""
        if not wanted.properties:
            return 1.0
        entry = self._register.entries[iri]
        return sum(self._holds(entry, name, values) for name, values in wanted.properties) / len(wanted.properties)

    def _holds(self, entry: Entry, name: str, values: Iterable[str]) -> bool:
        has = self._values(entry, name, str)
        if name in _LED_TO:
            return any(set(has) & self._resolved(value) for value in values)
        return bool({_plain(value) for value in has} & {_plain(value) for value in values})

    def _resolved(self, value: str) -> set[str]:
        entry = self.entry(value)
        return {entry.iri} if entry is not None else self._meant(Wanted(value))

    def _values(self, entry: Entry, name: str, page: Callable[[str], str]) -> list[str]:
        one: Mapping[str, str] = {
            "label": self._register.name(entry.iri),
            "symbol": entry.symbol,
            "kind": entry.kind,
            "number": entry.number,
            "document": entry.document or (self._register.entries[entry.passage].document if entry.passage else ""),
            "passage": entry.passage,
            "iri": entry.iri,
            "type": class_of(entry.noun),
        }
        if name == "page":
            return [page(entry.iri)]
        many = {"also": entry.also, "abbreviation": entry.abbreviations}
        return many[name] if name in many else [value for value in (one.get(name, ""),) if value]

    def _cell(self, name: str, value: str) -> dict[str, str]:
        if name in _LED_TO:
            return {"id": value.removeprefix(ID), "name": self._register.name(value)}
        return {"str": value}

    def _similarity(self, iri: str, text: str) -> float:
        """How alike the text and the nearest name of the thing are, from 0 to 1."""
        entry = self._register.entries[iri]
        names = (self._register.name(iri), *entry.also, *entry.abbreviations, entry.symbol)
        plain = _plain(text)[:_COMPARED]
        return max(SequenceMatcher(None, plain, _plain(name)[:_COMPARED]).ratio() for name in names if name)


def _plain(name: str) -> str:
    """A name without case, accents of width, punctuation, or an article before it."""
    words = _WORDS.findall(unicodedata.normalize("NFKC", name).casefold().replace("&", " and "))
    return " ".join(words[1:] if words[:1] == ["the"] else words)


def _as_written(abbreviation: str) -> str:
    """The key of a short abbreviation, which no plain name can be."""
    return f"={abbreviation.strip()}"
