"""Content negotiation by RFC 9110, section 12.5.1: which of the representations we have does this Accept
header want?
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

Chosen = TypeVar("Chosen")

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE: Final = re.compile(rf"\s*({_TOKEN})/({_TOKEN})\s*(?=;|$)")
_PARAMETER: Final = re.compile(rf"\s*;\s*(?:({_TOKEN})\s*=\s*({_TOKEN}|\"(?:[^\"\\]|\\.)*\")\s*)?(?=;|$)")
_LIST: Final = re.compile(r"(?:[^,\"]|\"(?:[^\"\\]|\\.)*\")+")
_QUALITY: Final = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")
_IGNORED_PARAMETERS: Final = ("version", "profile")
"""Parameters that name a flavour which our bytes satisfy or may ignore (RDF 1.2 drafts; JSON-LD 1.1, section
6).
"""


@dataclass(frozen=True)
class MediaRange:
    """One element of an Accept header; ``quality`` in thousandths, so that no rounding decides."""

    type: str
    subtype: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    quality: int = 1000


@dataclass(frozen=True)
class Offer(Generic[Chosen]):
    """A representation that we could send: its media type and parameters, and what choosing it means to the
    caller.
    """

    media_type: str
    chosen: Chosen
    parameters: Mapping[str, str] = field(default_factory=lambda: {"charset": "utf-8"})
    only_alone: bool = False
    """Offered only to a client that names nothing else but ``*/*`` (``text/plain`` for N-Triples)."""


def parse_media_type(value: str) -> tuple[str, dict[str, str]] | None:
    """A media type or range and its parameters, names and types in lower case, quotation undone; None if it
    is malformed.
    """
    match = _RANGE.match(value)
    if match is None:
        return None
    parameters: dict[str, str] = {}
    position = match.end()
    while position < len(value):
        parameter = _PARAMETER.match(value, position)
        if parameter is None:
            return None
        position = parameter.end()
        name, content = parameter.groups()
        if name is not None:
            if content.startswith('"'):
                content = re.sub(r"\\(.)", r"\1", content[1:-1])
            parameters.setdefault(name.lower(), content)
    return f"{match.group(1)}/{match.group(2)}".lower(), parameters


def parse_accept(header: str | None) -> list[MediaRange]:
    """The media ranges of an Accept header.

    A malformed element is passed over; a header without any is as good as absent.
    """
    ranges = []
    for element in _LIST.findall(header or ""):
        parsed = parse_media_type(element)
        if parsed is None:
            continue
        name, parameters = parsed
        weight = parameters.pop("q", "1")
        main, _, sub = name.partition("/")
        if not _QUALITY.fullmatch(weight) or (main == "*" and sub != "*"):
            continue
        ranges.append(MediaRange(main, sub, parameters, round(float(weight) * 1000)))
    return ranges or [MediaRange("*", "*")]


def says_nothing(header: str | None) -> bool:
    """Whether the header leaves the choice to us: absent, malformed, or no more than ``*/*``."""
    return all(wanted.type == "*" and not wanted.parameters and wanted.quality for wanted in parse_accept(header))


def names(header: str | None, media_type: str) -> bool:
    """Whether the header asks for this very media type, not by a wildcard and not with ``q=0``."""
    return any(f"{wanted.type}/{wanted.subtype}" == media_type and wanted.quality for wanted in parse_accept(header))


def quality(ranges: Sequence[MediaRange], offer: Offer[Chosen]) -> int:
    """The weight of an offer in thousandths: that of the most specific range which matches it, 0 if none
    does.
    """
    best = (-1, 0)
    for wanted in ranges:
        specificity = _specificity(wanted, offer)
        if specificity >= 0:
            best = max(best, (specificity, wanted.quality))
    return best[1]


def choose(header: str | None, offers: Sequence[Offer[Chosen]]) -> Offer[Chosen] | None:
    """The offer of the highest weight; of several, the first: our preference decides ties, not the order of
    the header.

    None if the header excludes them all, which calls for 406.
    """
    ranges = parse_accept(header)
    named = {f"{wanted.type}/{wanted.subtype}" for wanted in ranges} - {"*/*"}
    chosen, chosen_quality = None, 0
    for offer in offers:
        if offer.only_alone and named != {offer.media_type}:
            continue
        weight = quality(ranges, offer)
        if weight > chosen_quality:
            chosen, chosen_quality = offer, weight
    return chosen


def _specificity(wanted: MediaRange, offer: Offer[Chosen]) -> int:
    """How closely a range fits an offer, -1 if it does not; each parameter that it names must be ours."""
    main, _, sub = offer.media_type.partition("/")
    if wanted.type not in ("*", main) or wanted.subtype not in ("*", sub):
        return -1
    known = {name: value for name, value in wanted.parameters.items() if name not in _IGNORED_PARAMETERS}
    if any(offer.parameters.get(name, "").lower() != value.lower() for name, value in known.items()):
        return -1
    return (wanted.type != "*") * 1000 + (wanted.subtype != "*") * 1000 + len(known)
