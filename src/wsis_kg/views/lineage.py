"""The lineage of instruments: which document recalls, cites, restates or revises which other, and when each was made.

The kinds of relation are those of the data: the verb of a remark, a property that relates two documents, restating,
and being named in passages that say no more of it. The rows are those of ``lineage`` and ``lineage-dates`` in
``queries/pages``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from wsis_kg.names import ONTOLOGY, PREFIXES

from .diagram import Statement, by_rules_alone
from .register import ID, Register
from .verbs import begins_with_verb, has_verb

Row = Mapping[str, str]
_OFFICIAL: Final = PREFIXES["authority"] + "official"
_SAID: Final = f"{ONTOLOGY}#Remark"


@dataclass(frozen=True)
class Made:
    """When a thing was made or held, as its passages have it: the days from ``first`` to ``last``.

    ``disputed``: they give different days, and these are all of them. ``how`` is the kind of the dating ("adopted").
    """

    first: date
    last: date
    how: str
    passages: tuple[str, ...]
    disputed: bool = False

    def in_words(self) -> str:
        """As exactly as the passages say it: a day, a month or a year; no more."""
        first, last = self.first, self.last
        if self.disputed:
            return f"{_day(first)} or {_day(last)}"
        if first == last:
            return _day(first)
        if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
            return str(first.year) if first.year == last.year else f"{first.year} to {last.year}"
        same_month = (first.year, first.month) == (last.year, last.month)
        if same_month and first.day == 1 and (last.toordinal() + 1 == _next_month(first).toordinal()):
            return f"{first:%b} {first.year}"
        return f"{first.day}–{_day(last)}" if same_month else f"{_day(first)} to {_day(last)}"


@dataclass(frozen=True)
class Relation:
    """What one document does to another (or to a meeting, a review, a body), with all passages that say so.

    ``kind`` is the IRI of a verb or of one of our terms. One that is stated in no passage has no statements.
    """

    source: str
    target: str
    kind: str
    kind_name: str
    statements: tuple[Statement, ...]
    asserted: bool = True

    @property
    def key(self) -> str:
        """Tells it from all others; fit for an address."""
        return "--".join(slug_of(one) for one in (self.source, self.kind, self.target))

    @property
    def called(self) -> str:
        """What is done: the verb of a passage, which is not our predicate, in quotation marks; else our own term."""
        return f"“{self.kind_name}”" if self.kind.startswith(PREFIXES["verb"]) else self.kind_name

    @property
    def places(self) -> int:
        """How many passages say so."""
        return len({one.passage for one in self.statements})


@dataclass(frozen=True)
class Chosen:
    """Which relations are asked for; empty asks for all. Years bound the things that have a date."""

    document: str = ""
    kind: str = ""
    first_year: int | None = None
    last_year: int | None = None

    def __bool__(self) -> bool:
        return bool(self.document or self.kind or self.first_year or self.last_year)

    def without(self, name: str) -> "Chosen":
        """The same with one filter taken back."""
        return Chosen(**{one: value for one, value in vars(self).items() if one != name})


@dataclass(frozen=True)
class Lineage:
    """All relations of one version of the dataset, and when their ends were made."""

    relations: tuple[Relation, ...]
    made: Mapping[str, Made]
    issuers: Mapping[str, str]
    kinds: Mapping[str, str] = field(default_factory=dict)
    """The name of each kind that there is."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """What a kind means, where the vocabulary says it."""

    def chosen(self, wanted: Chosen) -> list[Relation]:
        """The relations that the filters leave."""
        return [one for one in self.relations if self._fits(one, wanted)]

    def _fits(self, one: Relation, wanted: Chosen) -> bool:
        if wanted.document and wanted.document not in (one.source, one.target):
            return False
        if wanted.kind and one.kind != wanted.kind:
            return False
        if wanted.first_year is None and wanted.last_year is None:
            return True
        ends = [made for end in (one.source, one.target) if (made := self.made.get(end)) is not None]
        return bool(ends) and all(
            made.last.year >= (wanted.first_year or made.last.year)
            and made.first.year <= (wanted.last_year or made.first.year)
            for made in ends
        )

    def documents(self) -> list[str]:
        """Every end of a relation that is a document."""
        ends = {end for one in self.relations for end in (one.source, one.target)}
        return sorted(end for end in ends if end.startswith(f"{ID}document/"))


def read_lineage(rows: Iterable[Row], dates: Iterable[Row], register: Register) -> Lineage:
    """What the rows of the two queries come to."""
    stated: dict[tuple[str, str, str], dict[str, Statement]] = {}
    names: dict[str, str] = {}
    means: dict[str, str] = {}
    asserted: dict[tuple[str, str, str], bool] = {}
    for row in rows:
        for key, name, statement in _related(row, register):
            names[key[2]] = name
            if "kind_means" in row and key[2] != _SAID:
                means[key[2]] = row["kind_means"]
            asserted[key] = asserted.get(key, False) or row["asserted"] == "true"
            found = stated.setdefault(key, {})
            if statement is not None:
                found.setdefault(statement.iri, statement)
    relations = [
        _relation(key, names[key[2]], _in_order(found.values(), register), asserted[key])
        for key, found in stated.items()
    ]
    made, issuers = _read_dates(dates)
    relations.sort(key=lambda one: (one.source, one.target, one.kind_name))
    kinds = {one.kind: one.kind_name for one in relations}
    return Lineage(tuple(relations), made, issuers, dict(sorted(kinds.items(), key=lambda pair: pair[1])), means)


def _relation(key: tuple[str, str, str], name: str, said: tuple[Statement, ...], asserted: bool) -> Relation:
    """``asserted`` counts where no passage says it; else it is what the statements are."""
    return Relation(
        *key, name, said, not by_rules_alone((one.official, one.inferred) for one in said) if said else asserted
    )


def _related(row: Row, register: Register) -> list[tuple[tuple[str, str, str], str, Statement | None]]:
    """The relation of a row, if it is one: from a document to something else."""
    kind, name, source = row["kind"], row["kind_name"], row.get("from", "")
    if row["how"] != "property":
        source = row["stating"]
    if row["how"] == "remark" and not begins_with_verb(text := row.get("text", ""), name):
        subject = row.get("subject", "")
        if subject.startswith(f"{ID}document/"):
            source = subject
        elif subject or "teller" in row or has_verb(text, name):
            # Somebody else does it, and the document tells of it.
            kind, name = _SAID, row["said_name"]
    if source == row["to"]:
        return []
    return [((source, row["to"], kind), name, _statement(row, register))]


def _statement(row: Row, register: Register) -> Statement | None:
    passage = row.get("passage", "")
    if not passage:
        return None
    return Statement(
        row.get("claim") or passage,
        passage,
        row["stating"],
        register.short(row["stating"]),
        register.place(passage),
        row.get("words", ""),
        row.get("authority") == _OFFICIAL,
        row["asserted"] != "true",
    )


def _in_order(statements: Iterable[Statement], register: Register) -> tuple[Statement, ...]:
    """Official texts first, then as the documents have them."""

    def place(one: Statement) -> tuple[bool, str, int, str]:
        order = register.entries[one.passage].order
        return (not one.official, one.document, int(order) if order.isdigit() else 0, one.iri)

    return tuple(sorted(statements, key=place))


def _read_dates(rows: Iterable[Row]) -> tuple[dict[str, Made], dict[str, str]]:
    issuers: dict[str, str] = {}
    datings: dict[str, list[Row]] = {}
    for row in rows:
        if "issuer" in row:
            issuers.setdefault(row["thing"], row["issuer"])
        else:
            datings.setdefault(row["thing"], []).append(row)
    return {thing: _made(found) for thing, found in datings.items()}, issuers


def _made(rows: Sequence[Row]) -> Made:
    """One place in time: of the kind that most passages date, what is preferred or official, and most exact."""
    kinds: dict[str, set[str]] = {}
    for row in rows:
        kinds.setdefault(row["kind"], set()).add(row["passage"])
    kind = max(kinds, key=lambda one: (len(kinds[one]), one))
    same = [row for row in rows if row["kind"] == kind]
    for is_better in (lambda row: "preferred" in row, lambda row: row.get("authority") == _OFFICIAL):
        same = [row for row in same if is_better(row)] or same
    days = {(_read(row["earliest"]), _read(row["latest"])) for row in same}
    # A span that holds a more exact one says nothing against it.
    exact = {one for one in days if not any(other != one and _within(other, one) for other in days)}
    return Made(
        min(first for first, _ in exact),
        max(last for _, last in exact),
        same[0]["kind_name"],
        tuple(sorted({row["passage"] for row in same if (_read(row["earliest"]), _read(row["latest"])) in exact})),
        len(exact) > 1,
    )


def _within(one: tuple[date, date], other: tuple[date, date]) -> bool:
    return other[0] <= one[0] and one[1] <= other[1]


def _read(text: str) -> date:
    return date.fromisoformat(text[:10])


def _day(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def slug_of(iri: str) -> str:
    """The last part of an IRI of ours, for an address."""
    return iri.rpartition("/")[2].rpartition("#")[2]


def series_of(symbol: str) -> str:
    """What a symbol has before its first number: ``A/RES`` of ``A/RES/80/173``; empty for one without such a part."""
    parts: list[str] = []
    for part in symbol.split("/"):
        if part[:1].isdigit():
            return "/".join(parts)
        parts.append(part)
    return ""
