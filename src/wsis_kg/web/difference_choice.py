"""What a reader of /differences has chosen in its URL: checked, and named again in the links of the page."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlencode

from wsis_kg.names import BASE
from wsis_kg.views.differences import Chosen, Difference, counts
from wsis_kg.views.register import ID, Register

from .problems import Refusal
from .rdf_resource import Asked

NOUNS: Final = {"document": "document", "against": "document", "kind": "difference-kind", "passage": "passage"}
"""The filters by their names in the URL, and of which noun their values are."""
TITLES: Final = {"document": "Which document differs", "against": "From which", "kind": "In what way"}
PAGE: Final = "page"
"""The parameter that says which part of the list is wanted."""
FACETS: Final = ("document", "against", "kind")
"""Those that are offered; a passage is chosen by a link from its document."""
_LONGEST_SHOWN: Final = 80
_LONGEST_NAME: Final = 68


@dataclass(frozen=True)
class Unknown:
    """A value that nothing here has: the filter, the value as it came, and names that may have been meant."""

    name: str
    value: str
    near: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What was wrong."""
        noun = {"kind": "kind of difference", "page": "page of this list", "passage": "passage"}
        return f"{self.name}: there is no {noun.get(self.name, 'document')} called “{self.value}”."


@dataclass(frozen=True)
class Choice:
    """One value of a filter as a link: the query that asks for it, and how many differences it leaves."""

    iri: str
    name: str
    count: int
    address: str
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """A filter: its values, those chosen elsewhere being kept; ``all_address`` takes its choice back."""

    name: str
    title: str
    choices: tuple[Choice, ...]
    total: int
    all_address: str
    is_chosen: bool


def read_choice(asked: Asked, register: Register) -> tuple[Chosen, list[Unknown]]:
    """The filters in the URL, and those whose value is unknown. A value is a slug, ``noun:slug`` or a whole IRI.

    Raises Refusal (400) for a filter that is there twice.
    """
    chosen, unknown = Chosen(), []
    for name, noun in NOUNS.items():
        value = one_value(asked, name)
        if not value:
            continue
        slug = value.removeprefix(f"{ID}{noun}/").removeprefix(f"{noun}:")
        entry = register.find(noun, slug)
        if entry is None:
            slugs = [entry.slug for entry in register.entries.values() if entry.noun == noun]
            near = tuple(get_close_matches(slug, slugs, 3, 0.5))
            unknown.append(Unknown(name, value[:_LONGEST_SHOWN], near))
        else:
            chosen = chosen.with_(name, entry.iri)
    return chosen, unknown


def one_value(asked: Asked, name: str) -> str:
    """The value of a parameter, empty where it is not given. Raises Refusal (400) if it is there twice."""
    values = asked.values(name)
    if len(values) > 1:
        raise Refusal(400, "request", "The choice is not clear", f"The parameter {name} is given twice.")
    return values[0].strip() if values else ""


def refuse(unknown: Sequence[Unknown], differences: Sequence[Difference]) -> Refusal:
    """For programs: what is unknown, and what there is."""
    names = dict.fromkeys(one.name for one in unknown if one.name in FACETS)
    slugs = {name: sorted(slug_of(iri) for iri, _ in counts(differences, Chosen(), name)) for name in names}
    there = [f"{name}: {', '.join(found)}." for name, found in slugs.items()]
    detail = " ".join(one.sentence for one in unknown)
    hint = f"There is {' '.join(there)}" if there else "Without it there are all."
    return Refusal(400, "request", "A filter has an unknown value", detail, hint=hint)


def query_of(chosen: Chosen, page: int = 1) -> str:
    """The query of the URL that chooses so, with its question mark; empty for everything."""
    pairs = [(name, slug_of(iri)) for name, iri in chosen.given().items() if iri]
    if page > 1:
        pairs.append((PAGE, str(page)))
    return f"?{urlencode(pairs)}" if pairs else ""


def slug_of(iri: str) -> str:
    """The last part of an IRI of ours."""
    return iri.removeprefix(BASE).rpartition("/")[2]


def brief(iri: str, register: Register) -> str:
    """A name that fits on a line: the short one, cut after a word where it is longer; a link to it has the whole."""
    return textwrap.shorten(register.short(iri), _LONGEST_NAME, placeholder=" …")


def facets(differences: Sequence[Difference], chosen: Chosen, register: Register) -> list[Facet]:
    """The filters with what each value would leave."""
    return [_facet(differences, chosen, register, name) for name in FACETS]


def _facet(differences: Sequence[Difference], chosen: Chosen, register: Register, name: str) -> Facet:
    now = chosen.given()[name]
    found = counts(differences, chosen, name)
    if now and now not in dict(found):
        # What was chosen stays to be seen, and to be taken back.
        found.append((now, 0))
    choices = tuple(
        Choice(iri, brief(iri, register), count, f"differences{query_of(chosen.with_(name, iri))}", iri == now)
        for iri, count in found
    )
    total = sum(count for _, count in found)
    return Facet(name, TITLES[name], choices, total, f"differences{query_of(chosen.without(name))}", bool(now))
