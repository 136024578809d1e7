"""Where documents disagree: the derived differences with both sides, by provision, and counted for those who choose."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from wsis_kg.names import PREFIXES

from .counterparts import counterpart
from .register import Register
from .word_comparison import ALIKE, Comparison, Run, compare, pick_out

OFFICIAL: Final = PREFIXES["authority"] + "official"
_COUNTED: Final = PREFIXES["difference-kind"] + "mandates-merged"
"""The kind of which a rule gives counts and no printed words (``ontology/rules/difference-mandates-merged.rq``)."""


@dataclass(frozen=True)
class Side:
    """What one of the two says: its document, its passage (empty where the whole document is meant), the words it
    prints on the matter, and the whole text of the passage where it is held.
    """

    document: str
    passage: str = ""
    authority: str = ""
    rendering: str = ""
    text: str = ""
    printed: tuple[str, ...] = ()

    @property
    def is_official(self) -> bool:
        """Whether its document is the official text of what it says."""
        return self.authority == OFFICIAL

    @property
    def thing(self) -> str:
        """The passage, else the document."""
        return self.passage or self.document


@dataclass(frozen=True)
class Difference:
    """One derived difference. ``departs`` is compared with ``against``; where only one of the two is an official text,
    that one stands second.
    """

    iri: str
    kind: str
    kind_name: str
    kind_means: str
    departs: Side
    against: Side
    concerns: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """The last part of its IRI."""
        return self.iri.rpartition("/")[2]

    @property
    def official(self) -> str:
        """Which of the two is the official text: document, against, both or neither."""
        first, second = self.departs.is_official, self.against.is_official
        return "both" if first and second else "against" if second else "document" if first else "neither"

    @property
    def is_counted(self) -> bool:
        """Whether what stands for the words of both is a count of ours, not to be quoted as theirs."""
        return self.kind == _COUNTED

    @property
    def silence(self) -> str:
        """What its rule established of the side that has no words on the matter, where the other side has some."""
        kind = self.kind.rpartition("/")[2]
        return counterpart(kind, "here") or counterpart(kind, "there")

    @property
    def printed_alone(self) -> tuple[str, str] | None:
        """What each of the two prints on the matter, where each prints one thing."""
        if self.is_counted or len(self.departs.printed) != 1 or len(self.against.printed) != 1:
            return None
        return self.departs.printed[0], self.against.printed[0]

    @cached_property
    def words(self) -> Comparison | None:
        """What the two print on the matter, word by word, where each prints one thing and the two are much alike."""
        if self.printed_alone is None:
            return None
        found = compare(*self.printed_alone)
        return found if found.share >= ALIKE else None


def read_differences(rows: Iterable[Mapping[str, str]], register: Register) -> list[Difference]:
    """The differences of the rows of ``queries/pages/differences.rq``, in the order in which documents are read:
    official texts first, then provision by provision.
    """
    found: dict[str, Difference] = {}
    for row in rows:
        here, there = _side(row, "here"), _side(row, "there")
        new = Difference(
            row["difference"], row["kind"], row["kind_name"], row.get("kind_means", ""), here, there,
            (row["concerns"],) if "concerns" in row else (),
        )
        known = found.get(new.iri)
        found[new.iri] = new if known is None else _joined(known, new)
    turned = [_official_second(one) for one in found.values()]
    return sorted(turned, key=lambda one: (*_place(one.against, register), *_place(one.departs, register), one.iri))


def _side(row: Mapping[str, str], end: str) -> Side:
    def get(name: str) -> str:
        return row.get(f"{name}_{end}", "")

    printed = (get("printed"),) if get("printed") else ()
    return Side(get("document"), row.get(end, ""), get("authority"), get("rendering"), get("text"), printed)


def _joined(known: Difference, new: Difference) -> Difference:
    """One difference of two of its rows: a row has one of its words and one thing that it concerns."""

    def both(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*first, *second)))

    return replace(
        known,
        departs=replace(known.departs, printed=both(known.departs.printed, new.departs.printed)),
        against=replace(known.against, printed=both(known.against.printed, new.against.printed)),
        concerns=both(known.concerns, new.concerns),
    )


def _official_second(one: Difference) -> Difference:
    """Of two reporting lines a rule takes either first; the reader compares with the official text."""
    if one.departs.is_official and not one.against.is_official:
        return replace(one, departs=one.against, against=one.departs)
    return one


def _place(side: Side, register: Register) -> tuple[bool, str, bool, int, str]:
    """Passages as they are read, and after them what is said of the document as a whole."""
    entry = register.entries.get(side.passage)
    order = int(entry.order) if entry is not None and entry.order.isdigit() else 0
    return (not side.is_official, side.document, not side.passage, order, side.passage)


@dataclass
class Pair:
    """All differences between one passage and one provision, told under the two texts."""

    departs: Side
    against: Side
    differences: list[Difference] = field(default_factory=list)

    @cached_property
    def texts(self) -> tuple[Comparison, bool] | None:
        """Both texts, and whether they were compared word by word; where they have few words in common, the words are
        marked that the differences name. None where one of the texts is not held, or a difference shows them anyway.
        """
        here, there = self.departs.text, self.against.text
        if not here or not there or any((here, there) == one.printed_alone for one in self.differences):
            return None
        found = compare(here, there)
        if found.share >= ALIKE:
            return found, True
        return Comparison(pick_out(here, self._named(0)), pick_out(there, self._named(1)), found.share), False

    @property
    def only_text(self) -> list[Run]:
        """The text of the passage that departs, where no text of the other is held, with what the differences name."""
        return pick_out(self.departs.text, self._named(0)) if not self.against.text else []

    @property
    def are_words_named(self) -> bool:
        """Whether a difference names words that are marked in the texts that are held."""
        runs = [*self.texts[0].here, *self.texts[0].there] if self.texts else self.only_text
        return any(run.marked for run in runs)

    def _named(self, side: int) -> list[str]:
        return [words for one in self.differences for words in (one.departs, one.against)[side].printed]


@dataclass
class Provision:
    """What several documents say differently: a passage, or a document to which something is ascribed."""

    against: Side
    pairs: list[Pair] = field(default_factory=list)

    @property
    def count(self) -> int:
        """The number of differences."""
        return sum(len(pair.differences) for pair in self.pairs)


def by_provision(differences: Iterable[Difference]) -> list[Provision]:
    """The differences of one provision together, and within it those of one passage, in the order given."""
    found: dict[str, Provision] = {}
    pairs: dict[tuple[str, str], Pair] = {}
    for one in differences:
        provision = found.setdefault(one.against.thing, Provision(one.against))
        key = (one.against.thing, one.departs.thing)
        if key not in pairs:
            pairs[key] = Pair(one.departs, one.against)
            provision.pairs.append(pairs[key])
        pairs[key].differences.append(one)
    return list(found.values())


@dataclass(frozen=True)
class Chosen:
    """What a reader wants to see: IRIs of a kind, of the document that departs, of the one it is compared with, and of
    a passage that is one of the two; empty where all are wanted.
    """

    kind: str = ""
    document: str = ""
    against: str = ""
    passage: str = ""

    def fits(self, one: Difference) -> bool:
        """Whether the difference is wanted."""
        return (
            self.kind in ("", one.kind)
            and self.document in ("", one.departs.document)
            and self.against in ("", one.against.document)
            and self.passage in ("", one.departs.passage, one.against.passage)
        )

    def without(self, name: str) -> "Chosen":
        """The same without one of its choices."""
        return self.with_(name, "")

    def with_(self, name: str, value: str) -> "Chosen":
        """The same with another value for one of its choices."""
        return Chosen(**{**self.given(), name: value})

    def given(self) -> dict[str, str]:
        """Each choice by its name, those that are empty too."""
        return {"document": self.document, "against": self.against, "kind": self.kind, "passage": self.passage}


def counts(differences: Iterable[Difference], chosen: Chosen, name: str) -> list[tuple[str, int]]:
    """How many differences each value of one choice would leave, the other choices being kept; the most first."""
    others = chosen.without(name)
    found = Counter(value_of(one, name) for one in differences if others.fits(one))
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


def value_of(one: Difference, name: str) -> str:
    """What a difference has for a choice of that name."""
    return {"kind": one.kind, "document": one.departs.document, "against": one.against.document}[name]
