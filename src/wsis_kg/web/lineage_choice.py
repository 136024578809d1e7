"""What a reader of /lineage has chosen in its URL, or on the command line: checked, and named again in links."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode

from wsis_kg.views.lineage import Chosen, Lineage, Relation, slug_of
from wsis_kg.views.lineage_diagram import brief
from wsis_kg.views.register import ID, Register

from .problems import Refusal
from .reporting_choice import Given

TITLE: Final = "Lineage of instruments"
FIRST: Final = "what"
"""The sort where none is chosen."""
_LONGEST: Final = 80


def _day(thing: str, lineage: Lineage) -> str:
    made = lineage.made.get(thing)
    return made.first.isoformat() if made is not None else "9999"


SORTS: Final[dict[str, tuple[str, Callable[[Relation, Lineage, Register], Any]]]] = {
    FIRST: ("Document", lambda one, _, register: (register.short(one.source), one.kind_name)),
    "made": ("Made", lambda one, lineage, _: (_day(one.source, lineage), one.key)),
    "kind": ("What it does", lambda one, _, register: (one.kind_name, register.short(one.source))),
    "to": ("To what", lambda one, _, register: (register.short(one.target), one.kind_name)),
    "to-made": ("Which was made", lambda one, lineage, _: (_day(one.target, lineage), one.key)),
    "passages": ("Passages", lambda one, *_: (-one.places, one.key)),
}
"""By what the table can be sorted, with the head of each column, in order."""


@dataclass(frozen=True)
class Wanted:
    """All that is chosen."""

    chosen: Chosen = field(default_factory=Chosen)
    sort: str = FIRST

    def query(self, **changed: str) -> str:
        """The query of the URL that chooses so, with its question mark; empty for what is shown at first."""
        chosen = self.chosen
        given = {
            "document": chosen.document.rpartition("/")[2],
            "kind": slug_of(chosen.kind),
            "from": str(chosen.first_year or ""),
            "to": str(chosen.last_year or ""),
            "sort": "" if self.sort == FIRST else self.sort,
            **changed,
        }
        pairs = [(name, value) for name, value in given.items() if value]
        return f"?{urlencode(pairs)}" if pairs else ""

    def found(self, lineage: Lineage, register: Register) -> list[Relation]:
        """The relations that are chosen, in the order that is."""
        return sorted(lineage.chosen(self.chosen), key=lambda one: SORTS[self.sort][1](one, lineage, register))

    def title(self, lineage: Lineage, register: Register) -> str:
        """What is chosen, in words."""
        chosen = self.chosen
        parts = [brief(chosen.document, register)] if chosen.document else []
        parts += [lineage.kinds[chosen.kind]] if chosen.kind else []
        parts += [f"from {chosen.first_year}"] if chosen.first_year else []
        parts += [f"to {chosen.last_year}"] if chosen.last_year else []
        return f"{TITLE}: {', '.join(parts)}" if parts else TITLE

    def fewer(self, lineage: Lineage) -> list[tuple[str, str, int]]:
        """What each choice taken back would leave: its name in the address, the address without it, a count."""
        names = {"document": "document", "kind": "kind", "first_year": "from", "last_year": "to"}
        found = []
        for name, called in names.items():
            if getattr(self.chosen, name):
                less = replace(self, chosen=self.chosen.without(name))
                found.append((called, f"lineage{less.query()}", len(lineage.chosen(less.chosen))))
        return found


def read_wanted(asked: Given, lineage: Lineage, register: Register) -> Wanted:
    """What is chosen. Raises Refusal: 400 for a year that is none, years that are reversed, a parameter that is
    there twice, or a value that nothing in the lineage has, with those that there are.
    """
    document, kind, sort = asked.value("document"), asked.value("kind"), asked.value("sort") or FIRST
    if document:
        slug = document.removeprefix(f"{ID}document/").removeprefix("document:")
        iri = f"{ID}document/{slug}"
        if iri not in lineage.documents():
            there = [(one.rpartition("/")[2], brief(one, register)) for one in lineage.documents()]
            raise _unknown("document", document, there)
        document = iri
    if kind:
        kinds = {slug_of(iri): iri for iri in lineage.kinds}
        if kind not in kinds:
            raise _unknown("kind", kind, [(slug, lineage.kinds[iri]) for slug, iri in kinds.items()])
        kind = kinds[kind]
    first, last = _year(asked, "from"), _year(asked, "to")
    if first is not None and last is not None and first > last:
        told = f"from is {first} and to is {last}."
        raise Refusal(400, "request", "These years are reversed", told, hint="Exchange them.")
    years = Chosen(document, kind, first, last)
    if sort not in SORTS:
        raise _unknown("sort", sort, [(key, head) for key, (head, _) in SORTS.items()])
    return Wanted(years, sort)


def _year(asked: Given, name: str) -> int | None:
    given = asked.value(name)
    if not given:
        return None
    if given.isascii() and given.isdigit() and len(given) == 4:
        return int(given)
    raise Refusal(400, "request", "This is no year", f"{name} is a year such as 2015, not “{given[:_LONGEST]}”.")


def _unknown(name: str, value: str, there: list[tuple[str, str]]) -> Refusal:
    near = [{"name": told, "value": key, "path": f"lineage?{urlencode({name: key})}"} for key, told in there]
    return Refusal(
        400,
        "request",
        f"There is no such {name}",
        f"Nothing in the lineage has the {name} “{value[:_LONGEST]}”.",
        hint="These are in it.",
        members={"near": near},
    )
