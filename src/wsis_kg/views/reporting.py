"""Who reports to whom, as a diagram: each report goes from stop to stop, and what several passages say is drawn once.

A stop that no passage names is a node of its own that says so. What only a rule says is marked as inferred.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from wsis_kg.citation import LICENCE

from .diagram import Change, Diagram, Line, Node, Statement, by_rules_alone
from .register import Register
from .reports import PASSES_ON, Part, Report
from .timing import Named

KINDS: Final = {
    "periodic": "comes again: every year, every two years …",
    "one-off": "once, or no rhythm is stated",
    "transmits": "passed on by a body through which it goes",
    "considers": "goes on to a body that considers it",
}
"""The kinds of lines, with the words that explain them."""
OPEN: Final = "open"
"""The noun of a node for whoever no passage names."""


@dataclass(frozen=True)
class _Stop:
    key: str
    part: Part | None
    what: str = ""


@dataclass
class _Hop:
    """A line to be drawn, and the reports that say it, each with whether only a rule gives this hop of it."""

    source: _Stop
    target: _Stop
    kind: str
    said: list[tuple[Report, bool, str]] = field(default_factory=list)

    @property
    def lead(self) -> Report:
        return self.said[0][0]

    @property
    def is_inferred(self) -> bool:
        """As :attr:`Line.inferred`."""
        return by_rules_alone((report.official, inferred) for report, inferred, _ in self.said)


def reporting(
    reports: Sequence[Report],
    register: Register,
    *,
    title: str,
    day: str,
    version: str,
    permalink: str,
    told: Callable[[Report], bool] = lambda _: True,
    ended: Iterable[str] = (),
    added: Iterable[str] = (),
) -> Diagram:
    """The diagram of these reports, as far as one of them that is ``told`` says each line; the others stand beside it.
    ``added`` and ``ended`` are the IRIs of those that stand only on the later, only on the earlier of two days.
    """
    changes: dict[str, Change] = {**dict.fromkeys(added, "added"), **dict.fromkeys(ended, "ended")}
    ordered = sorted(reports, key=lambda one: not one.official)
    hops = _absorbed(_merged(hop for one in ordered for hop in _hops(one)))
    hops = [hop for hop in hops if any(told(report) for report, _, _ in hop.said)]
    lines = [_line(hop, number, register, changes) for number, hop in enumerate(hops)]
    stops = {stop.key: stop for hop in hops for stop in (hop.source, hop.target)}
    nodes = [_node(stop, register, _change(lines, stop.key)) for stop in stops.values()]
    return Diagram(title, day, version, LICENCE, permalink, tuple(nodes), tuple(lines), KINDS)


def _hops(one: Report) -> list[_Hop]:
    """The way of a report from stop to stop: who reports, through whom, to whom or at which event, who considers it."""
    here = [_Stop(part.who.iri, part) for part in one.having("reporter")]
    here = here or [_Stop(f"{one.iri}#reporter", None, "reporter")]
    kind = "periodic" if one.is_periodic else "one-off"
    found: list[_Hop] = []

    def go(targets: list[_Stop], kind: str) -> None:
        nonlocal here
        for source in here:
            inferred = source.part is not None and source.part.inferred
            for target in targets:
                only_rules = inferred or (target.part is not None and target.part.inferred)
                found.append(_Hop(source, target, kind, [(one, only_rules, "")]))
        here = targets

    for step in sorted({part.step for part in one.having(*PASSES_ON)}):
        go([_Stop(part.who.iri, part) for part in one.having(*PASSES_ON) if part.step == step], kind)
        kind = "transmits"
    considering = one.having("considered-by")
    ends = one.arrives_at
    if ends:
        go([_Stop(part.who.iri, part) for part in ends], kind)
    elif not considering and not one.having("reporter") and not found:
        return [_Hop(here[0], _Stop(f"{one.iri}#recipient", None, "recipient"), kind, [(one, False, "")])]
    elif not considering:
        go([_Stop(f"{one.iri}#recipient", None, "recipient")], kind)
    for part in considering:
        # A body that has it already, as stop or recipient, considers it there: nothing travels.
        if part.who.iri not in {stop.key for stop in here}:
            go([_Stop(part.who.iri, part)], "considers")
    return found


def _merged(hops: Iterable[_Hop]) -> list[_Hop]:
    """Hops of one output between the same stops, in the same rhythm and not in different years, as one."""
    found: list[_Hop] = []
    by_ends: dict[tuple[str, str, str, str], list[_Hop]] = {}
    for hop in hops:
        output = hop.lead.output.iri if hop.lead.output is not None else hop.lead.iri
        same = by_ends.setdefault((output, hop.source.key, hop.target.key, hop.kind), [])
        for known in same:
            if known.lead.rhythm == hop.lead.rhythm and len({known.lead.year, hop.lead.year} - {None}) < 2:
                known.said += hop.said
                break
        else:
            same.append(hop)
            found.append(hop)
    return found


def _absorbed(hops: list[_Hop]) -> list[_Hop]:
    """Without those hops in which a passage is silent on an end that another passage on the same output names: it is
    said beside the other, that it is silent.
    """
    kept: list[_Hop] = []
    for hop in hops:
        host = _host(hop, hops) if hop.source.part is None or hop.target.part is None else None
        if host is None:
            kept.append(hop)
            continue
        silent = hop.source.what or hop.target.what
        # Whoever says nothing of it makes nothing asserted that only rules give.
        presumed = host.is_inferred
        for report, _, _ in hop.said:
            if report.iri not in {one.iri for one, _, _ in host.said}:
                host.said.append((report, presumed, f"names no {silent}"))
    return kept


def _host(hop: _Hop, hops: Sequence[_Hop]) -> _Hop | None:
    """The hop that says the same with both ends named."""
    for other in hops:
        if other.source.part is None or other.target.part is None or other.lead.output is None:
            continue
        same_end = other.target.key == hop.target.key if hop.source.part is None else other.source.key == hop.source.key
        years = {hop.lead.year, other.lead.year} - {None}
        rhythms = {hop.lead.rhythm, other.lead.rhythm} - {""}
        if same_end and other.lead.output == hop.lead.output and len(years) < 2 and len(rhythms) < 2:
            return other
    return None


def _line(hop: _Hop, number: int, register: Register, changes: Mapping[str, Change]) -> Line:
    lead = hop.lead
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
            otherwise,
        )
        for report, inferred, otherwise in hop.said
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
        sentence(hop, register),
        path,
        tuple(statements),
        lead.output.iri if lead.output is not None else None,
        lead.output.iri if lead.output is not None else lead.iri,
        lead.year,
        change,
        _detail(hop, hop.is_inferred, change),
        lead.mood or "asked",
    )


def _detail(hop: _Hop, inferred: bool, change: Change) -> str:
    """What stands below the label: how, how often, when; and what is not asked, or only inferred."""
    lead = hop.lead
    how = {"transmits": "passes on", "considers": "for consideration"}.get(hop.kind, "")
    often = {"annual": "every year", "biennial": "every two years"}.get(lead.rhythm, "")
    if lead.recurrence is not None and not often and lead.is_periodic:
        often = lead.recurrence.name
    when = str(lead.year) if lead.year is not None and not how else ""
    mood = lead.mood if lead.mood in ("done", "planned") else ""
    parts = ["" if change == "same" else change, how, often if not how else "", when, mood]
    parts.append("inferred" if inferred else "")
    return " · ".join(part for part in parts if part)


def sentence(hop: _Hop, register: Register) -> str:
    """The line in words, by itself: who, what, to whom, how often and when, in which passage."""
    lead = hop.lead
    who, whom = _called(hop.source, register), _called(hop.target, register)
    what = _in_a_sentence(register.short(lead.output.iri)) if lead.output is not None else "a report"
    if hop.source.part is not None and hop.is_inferred:
        who += " (presumed)"
    many = hop.source.part is not None and "/constituency/" in hop.source.key
    text = f"{who} {_verb(hop.kind, lead.mood, what, many)} {what}"
    text += f" {'at' if hop.target.part is not None and hop.target.part.part == 'event' else 'to'} {whom}"
    if hop.kind == "considers":
        text += ", which considers it"
    if lead.is_periodic and lead.recurrence is not None:
        text += f", {lead.recurrence.name}"
    if lead.when.printed and hop.kind in ("periodic", "one-off"):
        text += f", due “{lead.when.printed}”"
    return f"{text}, {register.name(lead.passage)}"


def _verb(kind: str, mood: str, what: str, many: bool) -> str:
    """What is done with a report, as asked, done or planned, by one or by many."""
    verb, after = {"transmits": ("pass", " on"), "considers": ("hand", " on")}.get(
        kind, ("submit" if "report" in what else "report", "")
    )
    if mood == "planned":
        return f"{'plan' if many else 'plans'} to {verb}{after}"
    if mood == "done":
        return f"{'submitted' if verb == 'submit' else verb + 'ed'}{after}"
    return f"{verb if many else verb + ('es' if verb == 'pass' else 's')}{after}"


def _called(stop: _Stop, register: Register) -> str:
    if stop.part is None:
        return "Nobody named" if stop.what == "reporter" else "nobody named"
    return register.short(stop.part.who.iri)


def _in_a_sentence(text: str) -> str:
    """A name within a sentence: with an article and a small letter, where its first word is one that is written so."""
    first, _, rest = text.partition(" ")
    common = first[1:].islower() and not rest[:1].isdigit()
    return f"the {text[0].lower()}{text[1:]}" if common else text


def _node(stop: _Stop, register: Register, change: Change) -> Node:
    if stop.part is None:
        claim = stop.key.partition("#")[0]
        path, _ = register.home(claim)
        return Node(stop.key, f"{stop.what} not named", f"No {stop.what} is named", OPEN, path, None, change)
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
