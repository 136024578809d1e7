"""What a result can be sent as, and which of it a request wants: by suffix, by ``format``, or by Accept."""

from collections.abc import Sequence
from typing import Final

from wsis_kg.engine.formats import JSON_LD, N_TRIPLES, RDF_XML, TRIG, TURTLE, Format, by_name

from .negotiation import Offer, choose, names, parse_media_type, says_nothing
from .problems import JSON_TYPES, Refusal

Choice = tuple[Format | None, str]
"""A format and the Content-Type under which to send it; None stands for the page."""
PAGE: Final[Offer[Choice]] = Offer("text/html", (None, "text/html; charset=utf-8"))
GRAPH_SUFFIXES: Final = {TURTLE: "ttl", JSON_LD: "jsonld", RDF_XML: "rdf", N_TRIPLES: "nt"}
DOCUMENT_SUFFIXES: Final = {**GRAPH_SUFFIXES, TRIG: "trig"}
"""Those of a document about a thing, which keeps what is inferred apart."""
SUFFIXES: Final = ("json", "xml", "csv", "tsv", *GRAPH_SUFFIXES.values())
"""What an address may end in to say how its answer is to be sent, whatever Accept says."""
_PLAIN: Final[Offer[Choice]] = Offer("text/plain", (N_TRIPLES, "text/plain; charset=utf-8"), only_alone=True)


def offers(formats: Sequence[Format]) -> list[Offer[Choice]]:
    """What can be sent, the registered types in our order first, then their aliases, the page last."""
    main = [_offer(wanted, wanted.media_type, wanted.content_type) for wanted in formats]
    aliases = [_offer(wanted, alias, wanted.content_type_as(alias)) for wanted in formats for alias in wanted.aliases]
    # Media types that were never registered are understood, and answered with the one that was.
    old = [_offer(wanted, name, wanted.content_type) for wanted in formats for name in wanted.synonyms if "/" in name]
    plain = [_PLAIN] if N_TRIPLES in formats else []
    return [*main, *aliases, *old, *plain, PAGE]


def _offer(wanted: Format, media_type: str, content_type: str) -> Offer[Choice]:
    parsed = parse_media_type(wanted.content_type)
    assert parsed is not None
    return Offer(media_type, (wanted, content_type), {"charset": "utf-8", **parsed[1]})


def wants_page(accept: str | None) -> bool:
    """Whether the client is a browser: it names text/html and prefers it to JSON."""
    json = [Offer(media_type, False) for media_type in JSON_TYPES]
    best = choose(accept, [Offer("text/html", True), *json])
    return names(accept, "text/html") and best is not None and best.chosen


def choice(offered: Sequence[Offer[Choice]], accept: str | None, formats: tuple[str, ...], suffix: str = "") -> Choice:
    """What to send. A suffix of the address decides alone. ``format`` counts only where Accept leaves the choice open,
    or is a browser's: it names what a person typed or clicked. SPARQLWrapper sends it always, and means nothing by it.
    Raises Refusal (406) with the list.
    """
    ours = list(dict.fromkeys(offer.chosen[0] for offer in offered if offer.chosen[0] is not None))
    if suffix:
        named = by_name(suffix, ours)
        if named is None:
            raise Refusal(
                406,
                "not-acceptable",
                "The suffix does not fit",
                f"This answer cannot be sent as .{suffix}.",
                hint=f"It can be sent as {', '.join(offered.title for offered in ours)}.",
            )
        return named, named.content_type
    best = choose(accept, offered)
    if says_nothing(accept) or best is PAGE:
        for name in formats:
            named = by_name(name, ours)
            if named is not None:
                return named, named.content_type
            if name.strip().lower() in ("html", "text/html"):
                return PAGE.chosen
    if best is None:
        types = list(dict.fromkeys(offer.chosen[1].partition(";")[0] for offer in offered))
        raise Refusal(
            406,
            "not-acceptable",
            "No format that you accept",
            f"The header Accept: {accept} excludes all that this answer can be sent as.",
            hint=f"Accept one of: {', '.join(types)}.",
        )
    return best.chosen
