"""A diagram as data: what is joined to what, by which statements, before anybody decides where it is drawn.

Every figure of nodes and lines (who reports to whom, the neighbourhood of a body, how a report travels, the lineage of
instruments) is a :class:`Diagram`; a :class:`Layout` says where its parts lie. Drawings and exports read both and no
more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Change: TypeAlias = Literal["same", "added", "ended"]
"""How a part stands to the other date, where two dates are compared."""


@dataclass(frozen=True)
class Statement:
    """One claim that a line rests on, as one passage states it; ``words`` are as printed."""

    iri: str
    passage: str
    document: str
    document_name: str
    number: str
    words: str
    official: bool
    inferred: bool = False
    otherwise: str = ""
    """In what it says less, or something else, than is drawn; empty where it says the same."""


@dataclass(frozen=True)
class Node:
    """What stands at an end of lines, or between them: ``noun`` is its IRI's (body, constituency, post, output, event
    …).

    ``key`` is unique in the diagram and is the IRI wherever the node is one thing. ``label`` is what is drawn,
    ``name`` the whole name; ``address`` is the path of its page below the root of the site, without a slash before it.
    """

    key: str
    label: str
    name: str
    noun: str
    address: str
    within: str | None = None
    change: Change = "same"
    detail: str = ""
    """What stands with the label where it tells something more: when a document was made."""


@dataclass(frozen=True)
class Line:
    """A directed line from one node to another.

    ``kind`` is a key of the diagram's legend. ``sentence`` names the line for those who do not see it, ends with its
    passage and is true by itself ("UNGIS reports the joint road map to CSTD at its 29th session in 2026, ¶122").
    ``carries`` is the output's IRI and ``journey`` what lines of one report's way have in common. The first statement
    is the one that the line is drawn for: the official text's, where it states the line. ``detail`` stands below the
    label: when, how often, by which passage. ``mood`` is asked, done or planned. ``relation`` says how the target takes
    part (to, through, at …), empty where the kind says it; ``onward`` what is told of the way beyond the target,
    ``note`` what else.
    """

    key: str
    source: str
    target: str
    kind: str
    label: str
    sentence: str
    address: str
    statements: tuple[Statement, ...]
    carries: str | None = None
    journey: str | None = None
    year: int | None = None
    change: Change = "same"
    detail: str = ""
    mood: str = "asked"
    relation: str = ""
    onward: str = ""
    note: str = ""
    derived: bool = False
    """For a line that rests on no statement: whether a rule of ours gives it."""

    @property
    def inferred(self) -> bool:
        """Whether only rules of ours give it, among the statements of the standing that the first one has: what a table
        says of an official text makes nothing asserted in that text.
        """
        told = self.statements
        return by_rules_alone((one.official, one.inferred) for one in told) if told else self.derived


def by_rules_alone(stated: Iterable[tuple[bool, bool]]) -> bool:
    """Whether all of these statements that have the standing of the first one are inferred; each is told as whether its
    text is official, and whether it is inferred.
    """
    told = list(stated)
    return all(inferred for official, inferred in told if official == told[0][0])


@dataclass(frozen=True)
class Diagram:
    """Nodes and lines in reading order, with what an export has to carry: title, day, version, licence and permalink.

    ``legend`` has each kind of line with the words that explain it; ``day`` is an ISO date, the day the diagram is
    told for.
    """

    title: str
    day: str
    version: str
    licence: str
    permalink: str
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]
    legend: Mapping[str, str]


@dataclass(frozen=True)
class Box:
    """A rectangle in the units of the drawing (CSS pixels at 100 %), its upper left corner first."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Where the parts of a diagram lie: nodes by key; for lines, by key, the corners of their routes and the boxes of
    labels.
    """

    width: float
    height: float
    nodes: Mapping[str, Box]
    routes: Mapping[str, tuple[tuple[float, float], ...]]
    labels: Mapping[str, Box] = field(default_factory=dict)
