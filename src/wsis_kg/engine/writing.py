"""Writes results where pyoxigraph alone would not do: only the prefixes in use, well-formed XML, terms as JSON."""

import re
from collections.abc import Iterable, Mapping
from typing import IO, Any, Final

import pyoxigraph as ox

from wsis_kg.names import PREFIXES

from .formats import RDF_XML, TRIG, TURTLE, Format
from .problems import NotWritable

_NOT_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_NAMELESS_ELEMENT: Final = re.compile(rb"<[\w.-]*:[\s/>]")
_PREFIX_LINE: Final = re.compile(rb"@prefix ([^:]*): <[^>]*> \.\n")


def write_graph(
    triples: Iterable[ox.Triple] | Iterable[ox.Quad], wanted: Format, known: Mapping[str, str] = PREFIXES
) -> bytes:
    """Triples in one of the graph formats, Turtle with those of the known prefixes that it uses.

    Raises NotWritable.
    """
    assert isinstance(wanted.writer, ox.RdfFormat)
    prefixes = dict(known) if wanted in (TURTLE, TRIG, RDF_XML) else None
    try:
        written = ox.serialize(triples, format=wanted.writer, prefixes=prefixes)
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and "RDF 1.2" not in str(error):
            raise
        raise NotWritable(f"{wanted.title} cannot carry this result: {error}.", hint="Ask for Turtle.") from error
    finally:
        del triples
    assert written is not None
    if wanted in (TURTLE, TRIG):
        return _without_unused_prefixes(written)
    if wanted is RDF_XML:
        if _NAMELESS_ELEMENT.search(written):
            # RDF/XML writes a predicate as an element, and an IRI that ends in "/" or a digit gives it no name.
            raise NotWritable("RDF/XML cannot carry a predicate of this result.", hint="Ask for Turtle or N-Triples.")
        return _well_formed(written)
    return written


def _well_formed(xml: bytes) -> bytes:
    """Characters that XML 1.0 cannot hold in any form become U+FFFD; a carriage return, which a parser would
    turn into a line feed, becomes a reference. pyoxigraph writes both as they are.
    """
    return _NOT_XML.sub("\ufffd".encode(), xml).replace(b"\r", b"&#xD;")


class CleanXml:
    """Passes XML on as ``_well_formed`` makes it, though it comes in pieces that may cut a character."""

    def __init__(self, output: IO[bytes]) -> None:
        self._output = output
        self._rest = b""

    def write(self, piece: bytes) -> int:
        """Takes a piece; the beginning of a character of three bytes at its end waits for the next one."""
        text = self._rest + piece
        cut = next((length for length in (2, 1) if text[-length:] in (b"\xef\xbf", b"\xef")), 0)
        self._rest = text[len(text) - cut :]
        self._output.write(_well_formed(text[: len(text) - cut]))
        return len(piece)

    def flush(self) -> None:
        """Nothing: ``finish`` writes the rest."""

    def finish(self) -> None:
        """Writes what is left."""
        self._output.write(_well_formed(self._rest))


def json_term(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> dict[str, Any]:
    """A term in SPARQL 1.1 Query Results JSON Format, section 3.2.2."""
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = {name: json_term(getattr(term, name)) for name in ("subject", "predicate", "object")}
        return {"type": "triple", "value": parts}
    if term.language is not None:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    if term.datatype.value == "http://www.w3.org/2001/XMLSchema#string":
        return {"type": "literal", "value": term.value}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}


def _without_unused_prefixes(turtle: bytes) -> bytes:
    body_start = 0
    lines: list[tuple[bytes, bytes]] = []
    while match := _PREFIX_LINE.match(turtle, body_start):
        lines.append((match.group(1), match.group()))
        body_start = match.end()
    body = turtle[body_start:]
    used = [line for name, line in lines if re.search(rb"(?<![\w.-])" + re.escape(name) + rb":", body)]
    return b"".join((*used, b"\n" if used else b"", body))
