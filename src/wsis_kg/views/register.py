"""The register: what has an address of its own, what it is called, and on which page it is shown.

A thing stands at ``id/<noun>/<slug>`` and is described at ``doc/<noun>/<slug>``. Claims that nobody looks up by
themselves (a task, a mention …) are described with the passage that states them.
"""

import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from difflib import get_close_matches
from textwrap import shorten
from typing import Final

from wsis_kg.names import BASE, NOUNS, ONTOLOGY

from .languages import ENGLISH, primary

ID: Final = BASE + "id/"
DOC: Final = BASE + "doc/"
SHOWN_WITH_PASSAGE: Final = frozenset(
    {"mention", "task", "participation", "stage", "deadline", "tenure", "remark", "dating", "naming", "identification"}
)
_STANDINGS: Final = {"official": 0, "published": 1, "third-party": 2}
_NUMBERED: Final = {"paragraph": "¶", "preambular-paragraph": "preambular ¶", "footnote": "footnote ", "row": "row "}
_NOT_READ_ON: Final = frozenset({"heading", "title", "masthead"})
"""Kinds of passages that nobody goes on to from one paragraph to the next."""
_LONGEST_WORDS: Final = 100
_LONGEST_NAME: Final = 60
_FOR_WHOM_AND_ON_WHAT: Final = re.compile(r" (?:to|for|on) ")


@dataclass
class Entry:
    """One thing: its IRI and its names. ``passage`` is set for a claim, ``document`` for a passage, and ``body`` for a
    session; ``order`` counts passages in their document and sessions of their body.
    """

    iri: str
    label: str = ""
    also: list[str] = field(default_factory=list)
    abbreviations: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """By the tag of a language other than English: the name, of the source of the highest standing."""
    short_names: dict[str, str] = field(default_factory=dict)
    """The same of abbreviated names."""
    symbol: str = ""
    authority: str = ""
    number: str = ""
    kind: str = ""
    line: str = ""
    document: str = ""
    body: str = ""
    order: str = ""
    passage: str = ""
    against: str = ""
    """Of a difference: the other passage."""
    compared: str = ""
    """Of a difference: the document that it is about as a whole."""
    about: list[str] = field(default_factory=list)
    """Of a difference: what it concerns."""
    words: list[str] = field(default_factory=list)
    """Of a difference: what is printed in one of the two."""

    @property
    def noun(self) -> str:
        """The noun in its IRI."""
        return self.iri.removeprefix(ID).partition("/")[0]

    @property
    def every_name(self) -> list[str]:
        """What it is called besides its label, in any language."""
        others = (*self.names.values(), *self.short_names.values())
        return list(dict.fromkeys((*self.abbreviations, *self.also, *others)))

    @property
    def slug(self) -> str:
        """What stands after the noun."""
        return self.iri.removeprefix(ID).partition("/")[2]


class Register:
    """Everything of one version of the dataset that has an IRI of ours, by that IRI."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        """``rows`` are those of ``queries/pages/register.rq``, each a thing with one of its names."""
        self.entries: dict[str, Entry] = {}
        self.links: set[str] = set()
        """The local names of our properties that lead to things."""
        for row in _best_first(rows):
            if row["thing"].startswith(ONTOLOGY):
                self.links.add(row["thing"].rpartition("#")[2])
                continue
            entry = self.entries.setdefault(row["thing"], Entry(row["thing"]))
            called, name = row.get("called", ""), row.get("name", "")
            if row.get("passage"):
                entry.passage = row["passage"]
            elif called == "also":
                entry.also.append(name)
            elif called in ("about", "words"):
                getattr(entry, called).append(name)
            elif called in ("name", "short name"):
                # Of the names in one language the one of the highest standing comes first.
                (entry.names if called == "name" else entry.short_names).setdefault(row["language"], name)
            elif called == "abbreviation":
                entry.abbreviations.append(name)
            elif called:
                setattr(entry, called, name)
        self._language = ENGLISH
        self._beside = _beside(self.entries.values())
        self._on_a_line = _on_a_line(self.entries.values())

    def in_language(self, tag: str) -> "Register":
        """The same things, named in a language where a source gives a name in it, else in English as ever."""
        if tag == ENGLISH:
            return self
        other = copy(self)
        other._language = tag
        return other

    def language_of(self, iri: str) -> str:
        """The tag of the language in which ``name`` gives the name of a thing."""
        entry = self.entries.get(iri)
        return ENGLISH if entry is None or entry.passage else self._tag(entry.names) or ENGLISH

    def _tag(self, names: Mapping[str, str]) -> str:
        """The tag under which one of the names is in the language spoken: without a script first; empty if none is."""
        return min((tag for tag in names if primary(tag) == self._language), default="", key=len)

    def find(self, noun: str, slug: str) -> Entry | None:
        """The thing of that noun and slug."""
        return self.entries.get(f"{ID}{noun}/{slug}")

    def name(self, iri: str) -> str:
        """What a thing is called in full: its label, or for a passage or claim where it stands."""
        entry = self.entries.get(iri)
        if entry is None:
            return iri.rpartition("/")[2]
        if entry.noun == "passage":
            return f"{self.short(entry.document)}, {self.place(iri)}"
        if entry.noun == "difference" and (entry.passage or entry.compared):
            return self._difference(entry)
        if entry.passage:
            what = {"line": "report"}.get(entry.noun, entry.noun)
            called = f"{what.capitalize()} “{entry.label}”" if entry.label else what.capitalize()
            return f"{called} in {self.name(entry.passage)}"
        tag = self._tag(entry.names)
        return entry.names[tag] if tag else entry.label or entry.slug

    def _difference(self, entry: Entry) -> str:
        """The kind, what it compares, and what it concerns there: a name, the verb of a mandate, else the words."""
        concerned = [self.entries[iri] for iri in entry.about if iri in self.entries]
        names = sorted({one.label if one.passage else self.short(one.iri) for one in concerned} - {""})
        if not names:
            names = [f"“{shorten(words, _LONGEST_WORDS, placeholder='…')}”" for words in entry.words]
        here = self.name(entry.passage) if entry.passage else self.short(entry.compared)
        where = f"between {here} and {self.name(entry.against)}" if entry.against else f"in {here}"
        return f"Difference “{entry.label}” {where}{': ' if names else ''}{', '.join(names)}"

    def beside(self, iri: str) -> tuple[str, str]:
        """The passage before and the one after in the document, or the session of the body; empty where none is."""
        return self._beside.get(iri, ("", ""))

    def short(self, iri: str) -> str:
        """The shortest name that people use: abbreviation, symbol, or the label's first part."""
        entry = self.entries.get(iri)
        if entry is None:
            return iri.rpartition("/")[2]
        if entry.noun == "passage":
            return self.name(iri)
        tag = self._tag(entry.short_names)
        if tag:
            return entry.short_names[tag]
        if entry.abbreviations:
            return min(entry.abbreviations, key=lambda name: (len(name), name))
        if entry.symbol:
            return entry.symbol
        label = self.name(iri)
        if len(label) > _LONGEST_NAME:
            label = label.partition(" (")[0].partition(": ")[0].partition(", ")[0]
        if len(label) > _LONGEST_NAME and entry.noun == "document":
            # It stands before each of its passages: what it is and whose, and no more. "Page" alone says too little.
            first = _FOR_WHOM_AND_ON_WHAT.split(label)[0]
            label = first if first.count(" ") > 1 else label
        return label

    def place(self, iri: str) -> str:
        """Where a passage stands in its document: the number printed there, else its line, else its key. Passages of
        one kind that share a line are told apart by their order on it.
        """
        entry = self.entries[iri]
        kind = entry.kind.rpartition("/")[2]
        if entry.number:
            return f"{_NUMBERED.get(kind, kind.replace('-', ' ') + ' ')}{entry.number}"
        if kind in ("preambular-paragraph", "footnote"):
            # Counted, not printed: the key ends in the count.
            return f"{kind.replace('-', ' ')} {entry.slug.rpartition('-')[2].lstrip('pfn')}"
        if entry.label:
            return f"“{entry.label}”"
        word = kind.replace("-", " ") or "passage"
        if iri in self._on_a_line:
            return f"{word} {self._on_a_line[iri]} of line {entry.line}"
        return f"{word}, line {entry.line}" if entry.line else f"{word} ({entry.slug.rpartition('-')[2]})"

    def home(self, iri: str) -> tuple[str, str]:
        """The path of the document that describes a thing, relative to the start page, and the place in it."""
        entry = self.entries.get(iri)
        if entry is not None and entry.noun in SHOWN_WITH_PASSAGE and entry.passage:
            return f"doc/passage/{entry.passage.rpartition('/')[2]}", f"{entry.noun}-{entry.slug}"
        return f"doc/{iri.removeprefix(ID)}", ""

    def near(self, noun: str, slug: str, most: int = 5) -> list[Entry]:
        """Things that somebody may have meant who asked for something that is not there: nearest first."""
        same = [entry for entry in self.entries.values() if entry.noun == noun]
        pool = same if noun in NOUNS else list(self.entries.values())
        key = slug.lower()
        named: dict[str, Entry] = {}
        for entry in pool:
            for name in (entry.slug, entry.label, *entry.every_name, entry.symbol):
                if name:
                    named.setdefault(name.lower(), entry)
        close = get_close_matches(key, named, most, 0.55)
        elsewhere = [entry for entry in self.entries.values() if entry.slug.lower() == key and entry.noun != noun]
        found = [*elsewhere, *(named[name] for name in close)]
        return list({entry.iri: entry for entry in found}.values())[:most]


def _best_first(rows: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The rows in their order, but of names in other languages the one of the highest standing first."""
    return sorted(rows, key=lambda row: _STANDINGS.get(row.get("standing", "").rpartition("/")[2], 0))


def _on_a_line(entries: Iterable[Entry]) -> dict[str, int]:
    """Which passage of its kind one is on its line, from 1, for those that are not the only one."""
    lines: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        if entry.line and entry.order.isdigit():
            lines.setdefault((entry.document, entry.line, entry.kind), []).append(entry)
    return {
        entry.iri: count
        for members in lines.values()
        if len(members) > 1
        for count, entry in enumerate(sorted(members, key=lambda one: (int(one.order), one.iri)), 1)
    }


def _beside(entries: Iterable[Entry]) -> dict[str, tuple[str, str]]:
    series: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.order.isdigit() and entry.kind.rpartition("/")[2] not in _NOT_READ_ON:
            series.setdefault(entry.document or entry.body or entry.iri, []).append(entry)
    found: dict[str, tuple[str, str]] = {}
    for members in series.values():
        row = ["", *(entry.iri for entry in sorted(members, key=lambda one: (int(one.order), one.iri))), ""]
        found.update({here: (before, after) for before, here, after in zip(row, row[1:], row[2:], strict=False)})
    return found
