"""Who reports to whom, as a diagram: each report goes from stop to stop, and what several passages say is drawn once.

A stop that no passage names is a node of its own that says so. What only a rule says is marked as inferred.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from wsis_kg.citation import LICENCE

from .diagram import Change, Diagram, Line, Node, Statement
from .hops import Hop, Stop, absorbed, hops_of, merged
from .register import Register
from .reporting_sentence import onward, sentence
from .reports import Report, superseded
from .timing import Named

KINDS: Final = {
    "periodic": "comes again: every year, every two years …",
    "one-off": "once, for a date or a meeting",
    "unstated": "neither rhythm nor date is stated",
    "transmits": "passed on by a body through which it goes",
    "considers": "goes on to a body that considers it",
}
"""The kinds of lines, with the words that explain them."""
OPEN: Final = "open"
"""The noun of a node for whoever no passage names."""
_REPLACED: Final = {True: "replaced by another rhythm", False: "presumably replaced by another rhythm (inferred)"}
"""What is told of a line in whose place another stands: whether a passage says so, or only a rule."""
UNDATED: Final = "since when is not known"
"""What is told of a line on a day, where nothing dates what says so."""


def reporting(
    reports: Sequence[Report],
    register: Register,
    *,
    title: str,
    day: str,
    version: str,
    permalink: str,
    told: Callable[[Report], bool] = lambda _: True,
    only_inferred: bool = False,
    ended: Iterable[str] = (),
    added: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
) -> Diagram:
    """The diagram of these reports, as far as one of them that is ``told`` says each line; the others stand beside it.
    ``only_inferred`` leaves those lines that are marked so, with all that tells of them. ``added`` and ``ended``
    are the IRIs of those that stand only on the later, only on the earlier of two days; ``notes`` has what is told of
    one besides, such as that another has taken its place, by IRI.
    """
    changes: dict[str, Change] = {**dict.fromkeys(added, "added"), **dict.fromkeys(ended, "ended")}
    ordered = sorted(reports, key=lambda one: not one.official)
    hops = absorbed(merged(hop for one in ordered for hop in hops_of(one)))
    hops = [hop for hop in hops if any(told(report) for report, _, _ in hop.said)]
    hops = [hop for hop in hops if hop.is_inferred or not only_inferred]
    lines = [_line(hop, number, register, changes, notes or {}) for number, hop in enumerate(hops)]
    stops = {stop.key: stop for hop in hops for stop in (hop.source, hop.target)}
    nodes = [_node(stop, register, _change(lines, stop.key)) for stop in stops.values()]
    return Diagram(title, day, version, LICENCE, permalink, tuple(nodes), tuple(lines), KINDS)


def replaced(reports: Iterable[Report]) -> dict[str, str]:
    """What is told of the reports in whose place another of these stands, by IRI."""
    return {iri: _REPLACED[stated] for iri, stated in superseded(reports).items()}


def _line(
    hop: Hop, number: int, register: Register, changes: Mapping[str, Change], notes: Mapping[str, str]
) -> Line:
    lead = hop.lead
    silent = {report.iri: otherwise or _elsewhere(report, hop, register) for report, _, otherwise in hop.said}
    statements = [
        Statement(
            report.iri,
            report.passage,
            report.document.iri,
            register.short(report.document.iri),
            register.place(report.passage),
            " … ".join(report.words),
            report.official,
            inferred,
            "; ".join(filter(None, (silent[report.iri], notes.get(report.iri)))),
        )
        for report, inferred, _ in hop.said
    ]
    kinds = {changes.get(report.iri, "same") for report, _, _ in hop.said}
    change: Change = kinds.pop() if len(kinds) == 1 else "same"
    output = register.short(lead.output.iri) if lead.output is not None else "a report"
    path, _ = register.home(lead.iri)
    return Line(
        f"{lead.iri.rpartition('/')[2]}-{number}",
        hop.source.key,
        hop.target.key,
        hop.kind,
        output,
        sentence(hop, register, notes.get(lead.iri, "")),
        path,
        tuple(statements),
        lead.output.iri if lead.output is not None else None,
        lead.output.iri if lead.output is not None else lead.iri,
        lead.year,
        change,
        _detail(hop, hop.is_inferred, change, notes.get(lead.iri, "")),
        lead.mood or "asked",
        hop.relation,
        onward(hop, register),
        note=notes.get(lead.iri, ""),
    )


def _elsewhere(report: Report, hop: Hop, register: Register) -> str:
    """Where a report that passes the same stop goes, if that is another place than the one that the line tells of."""
    whom, told = report.having("recipient"), {part.who.iri for part in hop.lead.having("recipient")}
    if hop.relation not in ("through", "transmitted by") or {part.who.iri for part in whom} == told:
        return ""
    return f"to {' and '.join(register.short(part.who.iri) for part in whom)}" if whom else "names no recipient"


def _detail(hop: Hop, inferred: bool, change: Change, note: str) -> str:
    """What stands below the label: how, how often, when; what is not asked or only inferred, and the note."""
    lead = hop.lead
    how = {"transmits": "passes on", "considers": "for consideration"}.get(hop.kind, "")
    via = hop.relation if hop.relation in ("through", "transmitted by") else ""
    often = {"annual": "every year", "biennial": "every two years"}.get(lead.rhythm, "")
    if lead.recurrence is not None and not often and lead.is_periodic:
        often = lead.recurrence.name
    when = str(lead.year) if lead.year is not None and not how else ""
    mood = lead.mood if lead.mood in ("done", "planned") else ""
    often = often or ("no rhythm stated" if hop.kind == "unstated" else "")
    parts = ["" if change == "same" else change, how, via, often if not how else "", when, mood]
    parts += ["inferred" if inferred else "", note.partition(" by")[0]]
    return " · ".join(part for part in parts if part)


def _node(stop: Stop, register: Register, change: Change) -> Node:
    if stop.part is None:
        claim = stop.key.partition("#")[0]
        path, _ = register.home(claim)
        entry = register.entries.get(claim)
        # Several may stand on one diagram, and whoever hears them is to tell them apart.
        where = f" in {register.name(entry.passage)}" if entry is not None and entry.passage else ""
        return Node(stop.key, f"{stop.what} not named", f"No {stop.what} is named{where}", OPEN, path, None, change)
    who: Named = stop.part.who
    path, place = register.home(who.iri)
    noun = path.split("/")[1] if path.count("/") > 1 else "thing"
    label = register.short(who.iri)
    address = f"{path}#{place}" if place else path
    return Node(stop.key, label, register.name(who.iri), noun, address, stop.part.within or None, change)


def _change(lines: Sequence[Line], key: str) -> Change:
    """A node is new, or gone, where all its lines are."""
    changes = {line.change for line in lines if key in (line.source, line.target)}
    return changes.pop() if len(changes) == 1 else "same"
