"""What the page of a document shows beside its passages: margin, legend, filters, and another document side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wsis_kg.names import PREFIXES
from wsis_kg.views.forces import NO_VERB, Force
from wsis_kg.views.neighbourhood import Value
from wsis_kg.views.reading import ASKED, Ask, Party, Read, Reading, Wanted
from wsis_kg.views.side_by_side import Laid, Printed, lay

from .descriptions import Description
from .reading_choice import Choice, Choices, Option, describe

MARKED: Final = frozenset(
    {"call", "commitment", "decision", "encouragement", "expectation", "instruction", "invitation", NO_VERB, "none"}
    | {"recommendation", "request", "urging"}
)
"""The forces with a mark of their own in ``templates/things/marks.svg``; any other has the mark of all others."""
_COUNTED: Final = PREFIXES["difference-kind"] + "mandates-merged"
_LONG: Final = 28
"""Letters of a name from which on it is cut short in the margin."""
_TITLES: Final = {
    "actor": ("Who", "anybody"),
    "role": ("In the role", "any role"),
    "force": ("Force of the verb", "any force"),
    "differs": ("Differs in", "all, differing or not"),
}


@dataclass(frozen=True)
class Select:
    """A filter as the form offers it."""

    name: str
    title: str
    none: str
    options: list[Option]
    chosen: str


@dataclass(frozen=True)
class Entry:
    """A line of the legend: a force, how many passages ask so, and the query for these."""

    slug: str
    name: str
    means: str
    count: int
    query: str


@dataclass(frozen=True)
class Between:
    """What is recorded between two passages (or a passage and a whole document), of one kind."""

    kind: str
    differences: list[str]


@dataclass
class Other:
    """What the other document has of a passage, empty where it has nothing; ``again`` where the text of the passage is
    to be printed once more, for its words are marked otherwise.
    """

    laid: Laid | None
    restates: bool
    between: list[Between]
    again: bool = False


class ReadingPage:
    """All of it, for one choice of the reader."""

    def __init__(
        self,
        description: Description,
        reading: Reading,
        choices: Choices,
        choice: Choice,
        forces: Mapping[str, Force],
        rows: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """``forces`` are those of all verbs; ``rows`` those of ``queries/pages/restatements.rq`` with what is to be
        laid beside.
        """
        self._around = description.neighbourhood
        self._register = description.register
        self._choices = choices
        self._reading = reading
        self.wanted = choice.wanted
        self.beside = choice.beside
        self.unknown = choice.unknown
        self.forces = {one.slug: one for one in forces.values()}
        self._rows: dict[str, list[Mapping[str, str]]] = {}
        self._of_the_whole = [row for row in rows if "here" not in row]
        for row in rows:
            if "here" in row:
                self._rows.setdefault(row["here"], []).append(row)
        self._brief: dict[str, str] = {}
        self._abbreviations = {
            entry.label: min(entry.abbreviations, key=len)
            for entry in sorted(self._register.entries.values(), key=lambda entry: -len(entry.label))
            if entry.noun == "body" and entry.abbreviations and entry.label
        }
        self.total = len(reading.passages)
        self.restating = choices.restating
        shown = reading.chosen(choice.wanted)
        if choice.beside:
            found = [one for one in shown if not one.is_heading]
            shown = reading.under_headings([one for one in found if self._is_told_there(one)])
        self.shown: list[Read] = [] if choice.unknown else shown
        self.count = sum(not one.is_heading for one in shown)
        self.is_all = choice.wanted.is_all and not choice.beside and not choice.unknown
        self.sentence = describe(choices, choice.wanted)

    def mark(self, force: str) -> str:
        """The name of the mark of a force."""
        return f"force-{force if force in MARKED else 'other'}"

    def by_role(self, parties: Iterable[Party]) -> list[tuple[str, list[Party]]]:
        """Those who take part, by the name of their role; first whoever is asked, then as the roles come."""
        found: dict[str, list[Party]] = {}
        for one in sorted(parties, key=lambda one: one.role != ASKED):
            found.setdefault(self._choices.title("role", one.role), []).append(one)
        return list(found.items())

    def brief(self, thing: str) -> str:
        """The short name of a thing; where that is long, with the abbreviations of those it names."""
        iri = str(thing)
        if iri not in self._brief:
            name = self._register.short(iri)
            if len(name) > _LONG:
                for whole, abbreviation in self._abbreviations.items():
                    name = name.replace(whole, abbreviation)
            self._brief[iri] = name
        return self._brief[iri]

    def things(self, difference: str) -> list[str]:
        """What a difference concerns, apart from claims, which have no names."""
        concerned = (value.text for value in self._around.all(difference, "concerns"))
        entries = self._register.entries
        return [one for one in concerned if one not in entries or not entries[one].passage]

    def own_dues(self, ask: Ask) -> list[str]:
        """The deadlines of a mandate that are not those of its reports, with which they stand anyway."""
        told = {self._when(one) for report in ask.reports for one in report.dues}
        return [one for one in ask.dues if self._when(one) not in told]

    def legend(self) -> list[Entry]:
        """The forces with which this document asks, the most frequent first."""
        return [
            Entry(
                one.value,
                one.name,
                self.forces[one.value].means
                if one.value in self.forces
                else "What is asked stands there without a verb.",
                one.count,
                self._choices.query(Wanted(force=one.value)),
            )
            for one in self._choices.options("force", Wanted())
        ]

    def selects(self) -> list[Select]:
        """The filters that have something to choose."""
        found = []
        for name, (title, none) in _TITLES.items():
            chosen = self.wanted.given()[name]
            options = self._choices.options(name, self.wanted)
            if options:
                found.append(Select(name, title, none, options, self._choices.value(name, chosen) if chosen else ""))
        return found

    def due(self) -> int:
        """How many passages with a deadline the other choices leave."""
        return next((one.count for one in self._choices.options("due", self.wanted)), 0)

    def besides(self) -> list[Option]:
        """The documents that can be laid beside this one."""
        return [Option(self._choices.value("beside", one), self._register.short(one), 0) for one in self.restating]

    def beside_value(self) -> str:
        """The one that is, as it stands in the URL."""
        return self._choices.value("beside", self.beside) if self.beside else ""

    def instead(self, name: str, value: str) -> str:
        """The query with another value for one choice, the others being kept."""
        query = self._choices.query(self.wanted.with_(name, "") if name != "beside" else self.wanted, self.beside)
        return f"{query}{'&' if query else '?'}{name}={value}"

    def all_beside(self) -> str:
        """The query that lays all of the two documents side by side."""
        return self._choices.query(Wanted(), self.beside)

    def without_beside(self) -> str:
        """The query for the same passages with nothing beside them."""
        return self._choices.query(self.wanted)

    def from_the_other_side(self) -> str:
        """The slug of the other document with the query that lays this one beside it."""
        here = self._around.this.rpartition("/")[2]
        return f"{self.beside.rpartition('/')[2]}?beside={here}"

    def passed(self) -> list[tuple[str, str, int]]:
        """For an empty result: what each choice taken back leaves, as a name, a query and a count."""
        found = []
        for name, chosen in self.wanted.given().items():
            less = self.wanted.with_(name, "")
            count = sum(less.fits(one) for one in self._reading.passages)
            if chosen and count:
                found.append((self._choices.title(name, chosen), self._choices.query(less), count))
        return found

    def others(self, read: Read) -> list[Other]:
        """What the document laid beside has of a passage: what restates it first, then what a rule compares with it,
        then what is recorded of the other document as a whole.
        """
        around = self._around
        restated = {value.text for value in around.all(read.passage, "isSameProvisionAs")}
        found: list[Other] = []
        for row in sorted(self._rows.get(read.passage, []), key=self._place):
            there = row["there"]
            between = [one for one in read.differing.get(self.beside, ()) if there in self._ends(one)]
            rendering = around.one(read.passage, "rendering")
            laid = lay(
                Printed(
                    read.passage, rendering.text if rendering else "", read.text, self._named(between, read.passage)
                ),
                Printed(there, row.get("rendering", ""), row.get("text", ""), self._named(between, there)),
            )
            again = laid.how == "words" and any(one.laid is not None for one in found)
            found.append(Other(laid, there in restated, self._by_kind(between), again))
        found.sort(key=lambda one: not one.restates)
        whole = [one for one in read.differing.get(self.beside, ()) if self.beside in self._ends(one)]
        if whole:
            found.append(Other(None, False, self._by_kind(whole)))
        return found

    def of_the_whole(self) -> list[tuple[str, str, str]]:
        """What is recorded of this document as a whole: a passage of the other one, its text, and the difference."""
        rows = sorted(self._of_the_whole, key=self._place)
        return [(row["there"], row.get("text", ""), row["difference"]) for row in rows]

    def _when(self, deadline: str) -> tuple[str, ...]:
        names = ("asPrinted", "dueDate", "dueMonth", "dueYear", "atEvent")
        return tuple(value.text for name in names for value in self._around.all(deadline, name))

    def _is_told_there(self, read: Read) -> bool:
        return read.passage in self._rows or self.beside in read.differing

    def _place(self, row: Mapping[str, str]) -> tuple[int, str]:
        order = self._register.entries[row["there"]].order
        return int(order) if order.isdigit() else 0, row["there"]

    def _ends(self, difference: str) -> set[str]:
        names = ("comparesPassage", "againstPassage", "comparesDocument", "againstDocument")
        return {value.text for name in names for value in self._around.all(difference, name)}

    def _named(self, differences: list[str], passage: str) -> tuple[str, ...]:
        """The words of a passage that differences name; counts of ours are none."""
        around = self._around
        found: list[Value] = []
        for one in differences:
            kind = around.one(one, "kind")
            if kind is None or kind.text != _COUNTED:
                is_first = any(value.text == passage for value in around.all(one, "comparesPassage"))
                found += around.all(one, "printedHere" if is_first else "printedThere")
        return tuple(dict.fromkeys(value.text for value in found))

    def _by_kind(self, differences: list[str]) -> list[Between]:
        kinds: dict[str, list[str]] = {}
        for one in differences:
            kind = self._around.one(one, "kind")
            kinds.setdefault(self._register.name(kind.text) if kind is not None else "difference", []).append(one)
        return [Between(kind, found) for kind, found in sorted(kinds.items())]
