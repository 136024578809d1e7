"""What a reader of a document has chosen in its URL: checked, counted, and named again in form and links."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlencode

from wsis_kg.views.forces import NO_VERB
from wsis_kg.views.reading import ANY, ASKED, OF_A_REPORT, Reading, Wanted
from wsis_kg.views.register import ID, Register

from .rdf_resource import Asked

NAMES: Final = ("actor", "role", "force", "due", "differs", "beside")
"""The parameters, in the order of the form."""
_ACTORS: Final = ("body", "constituency", "post", "person")
_NOUN: Final = {"role": "role", "force": "force", "differs": "document", "beside": "document"}
_CALLED: Final = {"actor": "actor", "role": "role", "force": "force", "differs": "document", "beside": "document"}
_LONGEST_SHOWN: Final = 80
_MOST_NEAR: Final = 3


@dataclass(frozen=True)
class Option:
    """One value of a filter: as it stands in the URL, what it is called, and how many passages it leaves."""

    value: str
    name: str
    count: int


@dataclass(frozen=True)
class Unknown:
    """A value that fits nothing in the document; ``near`` are options that may have been meant."""

    name: str
    sentence: str
    near: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What was chosen: the passages, and the document to be laid beside them (an IRI, empty for none)."""

    wanted: Wanted
    beside: str = ""
    unknown: tuple[Unknown, ...] = ()


class Choices:
    """What can be chosen in one document, and what was."""

    def __init__(self, reading: Reading, register: Register) -> None:
        self._reading = reading
        self._register = register
        passages = reading.passages
        self._actors = {actor for one in passages for actor, _ in one.parties}
        self._roles = {role for one in passages for _, role in one.parties}
        self._forces = {
            slug: ask.force.name if ask.force else "no verb printed"
            for one in passages
            for ask in one.asks
            for slug in (ask.strength,)
        }
        self._differing = {document for one in passages for document in one.differing}
        self.restating = reading.restating()

    def read(self, asked: Asked) -> Choice:
        """The choice in the URL: slugs, ``noun:slug`` or IRIs. Raises Refusal (400) for one given twice."""
        wanted, beside, unknown = Wanted(), "", []
        for name in NAMES:
            value = asked.value(name)
            if not value:
                continue
            found = self._find(name, value)
            if found is None:
                unknown.append(self._unknown(name, value))
            elif name == "beside":
                beside = found
            else:
                wanted = wanted.with_(name, found)
        return Choice(wanted, beside, tuple(unknown))

    def query(self, wanted: Wanted, beside: str = "") -> str:
        """The query of the URL that chooses so, with its question mark; empty for everything."""
        pairs = [
            (name, self.value(name, chosen)) for name, chosen in (*wanted.given().items(), ("beside", beside)) if chosen
        ]
        return f"?{urlencode(pairs, safe=':')}" if pairs else ""

    def value(self, name: str, chosen: str) -> str:
        """As it stands in the URL: a slug; of an actor with its noun where another actor here has the same."""
        slug = chosen.rpartition("/")[2]
        if name == "actor" and sum(one.rpartition("/")[2] == slug for one in self._actors) > 1:
            return chosen.removeprefix(ID).replace("/", ":")
        return slug

    def title(self, name: str, chosen: str) -> str:
        """What a value is called."""
        if name == "role":
            return chosen.replace("-", " ") if chosen in OF_A_REPORT.values() else self._register.name(chosen)
        if name == "force":
            return self._forces[chosen]
        if name == "due":
            return "with a deadline"
        return "any document" if chosen == ANY else self._register.short(chosen)

    def options(self, name: str, wanted: Wanted) -> list[Option]:
        """The values of a filter with the passages that each leaves, the other choices being kept; those of a force by
        their number, all others by name, with being asked before other roles.
        """
        others = wanted.with_(name, "")
        passages = [one for one in self._reading.passages if others.fits(one)]
        values = self._values()[name]
        found = Counter({value: sum(others.with_(name, value).fits(one) for one in passages) for value in values})
        options = [
            (value, Option(self.value(name, value), self.title(name, value), count)) for value, count in found.items()
        ]
        if name == "force":
            options.sort(key=lambda one: (-one[1].count, one[1].name))
        else:
            options.sort(key=lambda one: (one[0] not in (ASKED, ANY), one[1].name.casefold()))
        return [option for _, option in options]

    def _values(self) -> dict[str, set[str]]:
        return {
            "actor": self._actors,
            "role": self._roles,
            "force": set(self._forces),
            "due": {"yes"},
            "differs": self._differing | ({ANY} if len(self._differing) > 1 else set()),
        }

    def _find(self, name: str, value: str) -> str | None:
        there = set(self.restating) if name == "beside" else self._values()[name]
        nouns = _ACTORS if name == "actor" else (_NOUN.get(name, ""),)
        names = {f"{ID}{noun}/{value.removeprefix(f'{noun}:')}" for noun in nouns}
        wanted = {value.lower(), *(one.lower() for one in names)}
        found = [one for one in sorted(there) if one.lower() in wanted]
        return found[0] if found else None

    def _unknown(self, name: str, value: str) -> Unknown:
        shown = value[:_LONGEST_SHOWN]
        if name == "due":
            return Unknown(name, f"due: it can only be “yes”, not “{shown}”.", (Option("yes", "with a deadline", 0),))
        options = self._besides() if name == "beside" else self.options(name, Wanted())
        near = tuple(self._near(options, value))
        known = self._known(name, value)
        if known:
            what = (
                "restates nothing of this document and is not restated by it"
                if name == "beside"
                else "does not occur here"
            )
            what = "differs from no passage of this document" if name == "differs" else what
            return Unknown(name, f"{name}: {known} {what}.", near)
        where = "here" if _NOUN.get(name) == "document" else "in this document"
        return Unknown(name, f"{name}: there is no {_CALLED[name]} called “{shown}” {where}.", near)

    def _besides(self) -> list[Option]:
        return [Option(self.value("beside", one), self.title("beside", one), 0) for one in self.restating]

    def _near(self, options: list[Option], value: str) -> list[Option]:
        """Those whose value or name is much like it; all where there are few."""
        by_name: dict[str, Option] = {}
        for one in options:
            by_name.setdefault(one.value.lower(), one)
            by_name.setdefault(one.name.lower(), one)
        close = get_close_matches(value[:_LONGEST_SHOWN].lower(), by_name, _MOST_NEAR, 0.5)
        found = list(dict.fromkeys(by_name[one] for one in close))
        return found or (options if len(options) <= 2 * _MOST_NEAR else [])

    def _known(self, name: str, value: str) -> str:
        """What the graph calls it, where it is of another document."""
        nouns = _ACTORS if name == "actor" else (_NOUN[name],)
        entries = (
            self._register.find(noun, value.removeprefix(f"{ID}{noun}/").removeprefix(f"{noun}:")) for noun in nouns
        )
        return next((self._register.short(entry.iri) for entry in entries if entry is not None), "")


def describe(choices: Choices, wanted: Wanted) -> str:
    """What was chosen, in words that follow “passages”."""
    words: list[str] = []
    told: dict[str, Callable[[str], str]] = {
        "actor": lambda one: one,
        "force": lambda one: "asking with no verb printed" if wanted.force == NO_VERB else f"with the force of a {one}",
        "due": lambda one: one,
        "differs": lambda one: f"that differ in {one}",
    }
    actor = choices.title("actor", wanted.actor) if wanted.actor else ""
    role = choices.title("role", wanted.role) if wanted.role else ""
    if wanted.role == ASKED:
        words.append(f"in which {actor or 'somebody'} is asked")
    elif actor or role:
        words.append(f"in which {actor or 'somebody'} takes part" + (f" as “{role}”" if role else ""))
    for name in ("force", "due", "differs"):
        chosen = wanted.given()[name]
        if chosen:
            words.append(told[name](choices.title(name, chosen)))
    return ", ".join(words)
