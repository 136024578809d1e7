"""What surrounds an actor, as a diagram: who asks it, what it reports to whom, with whom it is asked.

With that, what it is within and what is within it. All of it is said by the statements around it, those that its page
shows, and by the reports in which it takes part.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from wsis_kg.citation import LICENCE
from wsis_kg.names import PREFIXES

from .diagram import Diagram, Line, Node, Statement
from .neighbourhood import Neighbourhood
from .register import ID, Register
from .reporting import KINDS, replaced, reporting
from .reports import Report

MOST: Final = 9
"""Nodes beside the actor itself; of the others the page says how many they are."""
_ASKED: Final = PREFIXES["role"] + "asked"
_OFFICIAL: Final = PREFIXES["authority"] + "official"
_ASKS: Final = "asks"
_WITH: Final = "together"
_WITHIN: Final = "within"
_OFFICE: Final = "office"
_MEANINGS: Final = {
    _ASKS: "a document asks it",
    _WITH: "another takes part in what it is asked, in the role named",
    _OFFICE: "is this to it",
    _WITHIN: "belongs to",
}


def surroundings(
    around: Neighbourhood, reports: Sequence[Report], register: Register, version: str, link: str
) -> tuple[Diagram, int]:
    """The diagram around the actor ``around.this``, and how many nodes were left out; without a line, where nothing is
    said that could be drawn.
    """
    this = around.this
    own = [one for one in reports if any(part.who.iri == this for part in one.parts)]
    # What official texts say, where they say anything: /reporting, too, shows the others only if asked.
    official = any(one.official for one in own)
    told = reporting(
        own,
        register,
        title="",
        day="",
        version=version,
        permalink=link,
        told=lambda one: one.official or not official,
        notes=replaced(reports),
    )
    near = {end for line in told.lines for end in (line.source, line.target)}
    makers = (_within, _asking, _offices, _together)
    candidates = [*told.lines, *(line for make in makers for line in make(around, register))]
    nodes = {node.key: node for node in told.nodes}
    kept: list[Line] = []
    out: set[str] = set()
    for line in candidates:
        others = {line.source, line.target} - {this} - near
        if others and len(near | others) > MOST + 1:
            out |= others
            continue
        near |= others
        kept.append(line)
    ends = {end for line in kept for end in (line.source, line.target)}
    nodes = {key: nodes.get(key) or _node(key, register) for key in ends}
    kinds = {line.kind for line in kept}
    legend = {kind: words for kind, words in {**KINDS, **_MEANINGS}.items() if kind in kinds}
    title = f"What surrounds {register.short(this)}"
    in_order = sorted(nodes.values(), key=lambda node: (node.key != this, node.label, node.key))
    return Diagram(title, "", version, LICENCE, link, tuple(in_order), tuple(kept), legend), len(out)


def _node(iri: str, register: Register) -> Node:
    noun = iri.removeprefix(ID).partition("/")[0]
    return Node(iri, register.short(iri), register.name(iri), noun, register.home(iri)[0])


def _within(around: Neighbourhood, register: Register) -> list[Line]:
    pairs = [(around.this, value.text, value.inferred) for value in around.all(around.this, "isWithin")]
    for part in around.those("isWithin"):
        inferred = any(value.inferred for value in around.all(part, "isWithin") if value.text == around.this)
        pairs.append((part, around.this, inferred))
    return [
        Line(
            f"within-{_slug(part)}-{_slug(whole)}",
            part,
            whole,
            _WITHIN,
            "is within",
            f"{register.short(part)} is within {register.short(whole)}, by what they are: stated in no passage",
            register.home(part)[0],
            (),
            detail="inferred" if inferred else "",
        )
        for part, whole, inferred in pairs
    ]


def _offices(around: Neighbourhood, register: Register) -> list[Line]:
    """What it is to others, and what others are to it: secretariat, chair, member …"""
    found: dict[tuple[str, str, str], list[Statement]] = {}
    for tenure in dict.fromkeys((*around.those("hasHolder"), *around.those("isHeldIn"))):
        for holder in (value.text for value in around.all(tenure, "hasHolder")):
            for held in (value.text for value in around.all(tenure, "isHeldIn")):
                role = around.one(tenure, "inRole")
                if role is not None and holder != held and {holder, held} <= register.entries.keys():
                    found.setdefault((holder, held, role.text), []).extend(_said(around, tenure, register))
    return [
        _line("-".join(map(_slug, key)), key[0], key[1], _OFFICE, register.name(key[2]), said, register)
        for key, said in sorted(found.items())
        if said
    ]


def _asking(around: Neighbourhood, register: Register) -> list[Line]:
    """A line from each document that asks it, official texts first."""
    by_document: dict[str, list[Statement]] = {}
    for mandate in _mandates(around):
        for said in _said(around, mandate, register):
            by_document.setdefault(said.document, []).append(said)
    in_order = sorted(by_document.items(), key=lambda pair: (not pair[1][0].official, -len(pair[1]), pair[0]))
    lines = []
    for document, words in in_order:
        label = "asks, restating others" if all(_restates(around, one) for one in words) else "asks"
        lines.append(_line(f"asks-{_slug(document)}", document, around.this, _ASKS, label, words, register))
    return lines


def _together(around: Neighbourhood, register: Register) -> list[Line]:
    """A line to or from whoever takes part in the same mandates, those in most of them first."""
    found: dict[tuple[str, str, str], list[Statement]] = {}
    for own in around.those("hasParticipant"):
        mine = {value.text for value in around.all(own, "inRole")}
        for mandate in (value.text for value in around.all(own, "isIn")):
            for other in around.those("isIn", mandate):
                roles = [value.text for value in around.all(other, "inRole")]
                for who in (value.text for value in around.all(other, "hasParticipant")):
                    if who == around.this or not roles or who not in register.entries:
                        continue
                    if _ASKED in mine:
                        pair = (around.this, who, roles[0])
                    elif _ASKED in roles:
                        pair = (who, around.this, min(mine))
                    else:
                        continue
                    found.setdefault(pair, []).extend(_said(around, mandate, register))
    # A passage that restates another adds nothing, but where it alone says so.
    own_words = {pair: [one for one in said if not _restates(around, one)] or said for pair, said in found.items()}
    lines: list[Line] = []
    for (source, target, role), words in sorted(own_words.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        label = "asked together with" if role == _ASKED else register.name(role)
        key = f"with-{_slug(source)}-{_slug(role)}-{_slug(target)}"
        lines.append(_line(key, source, target, _WITH, label, words, register))
    return lines


def _restates(around: Neighbourhood, said: Statement) -> bool:
    return around.has(said.passage, "restates")


def _mandates(around: Neighbourhood) -> list[str]:
    """The mandates that ask it."""
    found = dict.fromkeys(
        value.text
        for own in around.those("hasParticipant")
        if any(role.text == _ASKED for role in around.all(own, "inRole"))
        for value in around.all(own, "isIn")
        if around.a(value.text, "Mandate")
    )
    return list(found)


def _said(around: Neighbourhood, mandate: str, register: Register) -> list[Statement]:
    words = " … ".join(value.text for value in around.all(mandate, "asPrinted"))
    found = []
    for value in around.all(mandate, "isStatedIn"):
        passage = register.entries.get(value.text)
        if passage is not None and passage.document in register.entries:
            official = register.entries[passage.document].authority == _OFFICIAL
            short, place = register.short(passage.document), register.place(passage.iri)
            found.append(
                Statement(mandate, passage.iri, passage.document, short, place, words, official, value.inferred)
            )
    return found


def _line(
    key: str, source: str, target: str, kind: str, label: str, said: Iterable[Statement], register: Register
) -> Line:
    by_claim = {one.iri: one for one in sorted(said, key=lambda one: (not one.official, one.document, _number(one)))}
    statements = tuple(by_claim.values())
    count = len(statements)
    places = {one.passage for one in statements}
    first = statements[0]
    more = f", and {count - 1} more" if count > 1 else ""
    verb, comma, rest = label.partition(", ")
    joined = f" – {label} – " if kind == _OFFICE else f" {verb} "
    sentence = f"{register.short(source)}{joined}{register.short(target)}{comma}{rest}: “{first.words}”"
    return Line(
        key,
        source,
        target,
        kind,
        label,
        f"{sentence}{more}, {register.name(first.passage)}",
        "#".join(filter(None, register.home(first.iri))),
        statements,
        detail=f"{len(places)} passages" if len(places) > 1 else first.number if first.number[:1] == "¶" else "",
    )


def _number(one: Statement) -> tuple[int, str]:
    digits = "".join(filter(str.isdigit, one.number))
    return int(digits or 0), one.number


def _slug(iri: str) -> str:
    return iri.rpartition("/")[2]
