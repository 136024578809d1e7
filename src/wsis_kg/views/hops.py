"""The way of a report from stop to stop, as passages tell it: what several of them say is one hop."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from .diagram import by_rules_alone
from .reports import PASSES_ON, Part, Report

RELATIONS: Final = {
    "reporter": "",
    "recipient": "to",
    "event": "at",
    "through": "through",
    "transmitted-by": "transmitted by",
    "considered-by": "for consideration by",
}
"""How somebody takes part in a report, as it is said before their name."""
_THERE: Final = {
    "to": "is reported there",
    "at": "is given there",
    "through": "goes through there",
    "transmitted by": "is transmitted from there",
    "for consideration by": "is considered there",
}


@dataclass(frozen=True)
class Stop:
    """Somebody on the way, in the part that the passage gives; without one, ``what`` it leaves open."""

    key: str
    part: Part | None
    what: str = ""


@dataclass
class Hop:
    """A line to be drawn, and the reports that say it, each with whether only a rule gives this hop of it."""

    source: Stop
    target: Stop
    kind: str
    said: list[tuple[Report, bool, str]] = field(default_factory=list)

    @property
    def lead(self) -> Report:
        return self.said[0][0]

    @property
    def relation(self) -> str:
        """How the target takes part, in words; empty where no passage names it."""
        return RELATIONS[self.target.part.part] if self.target.part is not None else ""

    @property
    def is_inferred(self) -> bool:
        """As :attr:`Line.inferred`."""
        return by_rules_alone((report.official, inferred) for report, inferred, _ in self.said)


def hops_of(one: Report) -> list[Hop]:
    """The way of a report from stop to stop: who reports, through whom, to whom or at which event, who considers it."""
    here = [Stop(part.who.iri, part) for part in one.having("reporter")]
    here = here or [Stop(f"{one.iri}#reporter", None, "reporter")]
    kind = {"": "unstated", "one-off": "one-off"}.get(one.pace, "periodic")
    found: list[Hop] = []

    def go(targets: list[Stop], kind: str) -> None:
        nonlocal here
        for source in here:
            inferred = source.part is not None and source.part.inferred
            for target in targets:
                only_rules = inferred or (target.part is not None and target.part.inferred)
                found.append(Hop(source, target, kind, [(one, only_rules, "")]))
        here = targets

    for step in sorted({part.step for part in one.having(*PASSES_ON)}):
        go([Stop(part.who.iri, part) for part in one.having(*PASSES_ON) if part.step == step], kind)
        kind = "transmits"
    considering = one.having("considered-by")
    ends = one.arrives_at
    if ends:
        go([Stop(part.who.iri, part) for part in ends], kind)
    elif not considering and not one.having("reporter") and not found:
        return [Hop(here[0], Stop(f"{one.iri}#recipient", None, "recipient"), kind, [(one, False, "")])]
    elif not considering:
        go([Stop(f"{one.iri}#recipient", None, "recipient")], kind)
    for part in considering:
        # A body that has it already, as stop or recipient, considers it there: nothing travels.
        if part.who.iri not in {stop.key for stop in here}:
            go([Stop(part.who.iri, part)], "considers")
    return found


def merged(hops: Iterable[Hop]) -> list[Hop]:
    """Hops of one output between the same stops, told in the same relation, in the same rhythm and not in different
    years, as one.
    """
    found: list[Hop] = []
    by_ends: dict[tuple[str, ...], list[Hop]] = {}
    for hop in hops:
        output = hop.lead.output.iri if hop.lead.output is not None else hop.lead.iri
        # What one passage dates, another may tell without a date.
        kind = "one-off" if hop.kind == "unstated" else hop.kind
        same = by_ends.setdefault((output, hop.source.key, hop.target.key, kind, hop.relation), [])
        for known in same:
            if known.lead.rhythm == hop.lead.rhythm and len({known.lead.year, hop.lead.year} - {None}) < 2:
                known.said += hop.said
                break
        else:
            same.append(hop)
            found.append(hop)
    return found


def absorbed(hops: list[Hop]) -> list[Hop]:
    """Without those hops in which a passage is silent on an end that another passage on the same output names: it is
    said beside the other, that it is silent.
    """
    kept: list[Hop] = []
    for hop in hops:
        host = _host(hop, hops) if hop.source.part is None or hop.target.part is None else None
        if host is None:
            kept.append(hop)
            continue
        silent = f"names no {hop.source.what or hop.target.what}"
        if hop.relation not in ("", host.relation):
            silent += f"; says that it {_THERE[hop.relation]}"
        # Whoever says nothing of it makes nothing asserted that only rules give.
        presumed = host.is_inferred
        for report, _, _ in hop.said:
            if report.iri not in {one.iri for one, _, _ in host.said}:
                host.said.append((report, presumed, silent))
    return kept


def _host(hop: Hop, hops: Sequence[Hop]) -> Hop | None:
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
