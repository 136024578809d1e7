"""A line of who reports to whom in words: a sentence that is true by itself, and no more than its passage says."""

from typing import Final

from .hops import RELATIONS, Hop, Stop
from .register import Register

_PASSES_ON: Final = ("through", "transmitted by")
_REPORTED: Final = ("outcomes", "findings", "road map")
"""What is reported; anything else is submitted."""
_OPEN: Final = "no recipient named"


def sentence(hop: Hop, register: Register, gone: str = "") -> str:
    """The line in words: who, what, to, through or at whom, how often and when, whether another has taken its place
    (``gone``), in which passage.
    """
    lead = hop.lead
    what = _in_a_sentence(register.short(lead.output.iri)) if lead.output is not None else "a report"
    text = _considered(hop, what, register) if hop.kind == "considers" else _given(hop, what, register)
    if lead.is_periodic and lead.recurrence is not None:
        text += f", {lead.recurrence.name}"
    if lead.when.printed and hop.kind in ("periodic", "one-off"):
        text += f", due “{lead.when.printed}”"
    text += f", {gone}" if gone else ""
    return f"{text[0].upper() if text.startswith('the ') else text[0]}{text[1:]}, {register.name(lead.passage)}"


def onward(hop: Hop, register: Register) -> str:
    """Where it goes beyond the target of a line, as the passage tells it: to whom, at which event, or that no recipient
    is named. Empty where the target is the last that is to be told.
    """
    relation = hop.relation
    if relation not in (*_PASSES_ON, "at"):
        return ""
    whom = hop.lead.having("recipient")
    if whom:
        return f"to {' and '.join(_the(register.short(part.who.iri)) for part in whom)}"
    events = hop.lead.having("event") if relation in _PASSES_ON else []
    at = f"at {' and '.join(_in_a_sentence(register.short(part.who.iri)) for part in events)}, " if events else ""
    return f"{at}{_OPEN}"


def _given(hop: Hop, what: str, register: Register) -> str:
    who = "Nobody is named who" if hop.source.part is None else _called(hop.source, register)
    if hop.source.part is not None and hop.is_inferred:
        who += " (presumed)"
    text = f"{who} {_verb(hop, what)} {what}"
    further = onward(hop, register)
    if hop.target.part is None:
        return f"{text}, {_OPEN}"
    text += f"{',' if hop.relation == 'transmitted by' else ''} {hop.relation} {_called(hop.target, register)}"
    return f"{text}{' ' if further.startswith('to ') else ', '}{further}" if further else text


def _considered(hop: Hop, what: str, register: Register) -> str:
    """Who considers it, where it comes from: nobody is said to hand it on."""
    whom = _called(hop.target, register)
    verb = {"planned": "will consider", "done": "considered"}.get(
        hop.lead.mood, "consider" if _are_many(hop.target) else "considers"
    )
    if hop.source.part is None:
        return f"{whom} {verb} {what}, no reporter named"
    source, part = _called(hop.source, register), hop.source.part.part
    if hop.is_inferred:
        source += " (presumed)"
    came = {
        "reporter": f"that {source} {'submit' if _are_many(hop.source) else 'submits'}",
        "recipient": f"reported to {source}",
        "considered-by": f"as {source} {'do' if _are_many(hop.source) else 'does'}",
    }.get(part, f"given {RELATIONS[part]} {source}")
    return f"{whom} {verb} {what}, {came}"


def _verb(hop: Hop, what: str) -> str:
    """What is done with a report, as asked, done or planned, by one or by many."""
    plain = "report" not in what.lower() and any(one in what for one in _REPORTED)
    verb, after = ("pass", " on") if hop.kind == "transmits" else ("report" if plain else "submit", "")
    many = _are_many(hop.source)
    if hop.lead.mood == "planned":
        return f"{'plan' if many else 'plans'} to {verb}{after}"
    if hop.lead.mood == "done":
        return f"{'submitted' if verb == 'submit' else verb + 'ed'}{after}"
    return f"{verb if many else verb + ('es' if verb == 'pass' else 's')}{after}"


def _are_many(stop: Stop) -> bool:
    """Whether a constituency stands there, or a post that several hold together, such as Co-Chairs."""
    if stop.part is None:
        return False
    return "/constituency/" in stop.key or stop.part.who.name.partition(" ")[0].endswith("Chairs")


def _called(stop: Stop, register: Register) -> str:
    """Whoever stands there, as one is called within a sentence."""
    assert stop.part is not None
    name = register.short(stop.part.who.iri)
    return _in_a_sentence(name) if stop.part.part == "event" else _the(name)


def _the(name: str) -> str:
    """The name of somebody, with an article where it says of what somebody is somebody."""
    first = name.partition(" ")[0]
    return f"the {name}" if first[1:2].islower() and name[0].isupper() and {"of", "on"} & set(name.split()) else name


def _in_a_sentence(text: str) -> str:
    """A name within a sentence: with an article and a small letter, where its first word is one that is written so."""
    first, _, rest = text.partition(" ")
    common = first[1:].islower() and not rest[:1].isdigit()
    return f"the {text[0].lower()}{text[1:]}" if common else text
