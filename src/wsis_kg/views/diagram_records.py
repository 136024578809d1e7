"""What the exports of a diagram say of it and of its parts, and in which characters."""

import re
from typing import Any, Final

from .diagram import Diagram, Line, Node, Statement

_NO_TEXT: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


def plain(text: str) -> str:
    """The text with U+FFFD for each character that no text node can hold everywhere, or that turns about the direction
    of what follows: controls, lone surrogates, bidirectional overrides and isolates.
    """
    return _NO_TEXT.sub("\ufffd", text)


def on_one_line(text: str) -> str:
    """As :func:`plain`, each run of spaces and line ends as one space."""
    return re.sub(r"[ \t\n\r]+", " ", plain(text)).strip(" ")


def page_of(part: Node | Line, root: str) -> str:
    """The address of the page about a part; ``root`` is that of the start page."""
    return root + part.address


def about(diagram: Diagram) -> dict[str, str]:
    """What every export carries."""
    return {
        "title": diagram.title,
        "date": diagram.day,
        "version": diagram.version,
        "licence": diagram.licence,
        "permalink": diagram.permalink,
    }


def caption(diagram: Diagram) -> str:
    """The same below the title, in words."""
    return f"As of {diagram.day} · version {diagram.version} · {diagram.licence} · {diagram.permalink}"


def stated(part: Line | Statement) -> str:
    """Whether a passage says it, or only a rule gives it."""
    return "inferred" if part.inferred else "asserted"


def statement_record(statement: Statement) -> dict[str, Any]:
    """A statement. ``place`` is where in the document it stands; ``otherwise`` what it says less, or
    else.
    """
    return {
        "iri": statement.iri,
        "passage": statement.passage,
        "place": statement.number,
        "document": statement.document,
        "document_name": statement.document_name,
        "official": statement.official,
        "stated": stated(statement),
        "words": statement.words,
        "otherwise": statement.otherwise,
    }


def line_record(line: Line, root: str) -> dict[str, Any]:
    """A line: what it joins, as keys of nodes, what it says and which statements say so."""
    return {
        "key": line.key,
        "source": line.source,
        "target": line.target,
        "kind": line.kind,
        "relation": line.relation,
        "onward": line.onward,
        "label": line.label,
        "detail": line.detail,
        "sentence": line.sentence,
        "page": page_of(line, root),
        "carries": line.carries,
        "journey": line.journey,
        "year": line.year,
        "mood": line.mood,
        "change": line.change,
        "stated": stated(line),
        "statements": [statement_record(one) for one in line.statements],
    }


def node_record(node: Node, root: str) -> dict[str, Any]:
    """A node."""
    return {
        "key": node.key,
        "label": node.label,
        "detail": node.detail,
        "name": node.name,
        "noun": node.noun,
        "page": page_of(node, root),
        "within": node.within,
        "change": node.change,
    }
