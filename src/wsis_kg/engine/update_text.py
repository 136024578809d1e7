"""Reads a SPARQL update without carrying any of it out: is it correct, and does it name graphs itself?

pyoxigraph parses an update only in order to carry it out, but it reads all of a request before it begins, and stops at
the first operation that fails. So each text is read behind an operation that always fails, over a store that is empty
and thrown away: a syntax error says that the text is wrong, the failure of that operation that it is right, and nothing
behind it is ever begun, neither a change nor a LOAD that would open a connection.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import pyoxigraph as ox

from .problems import GraphsNamedTwice, QuerySyntaxError
from .query_text import Token, place, tokens
from .syntax import explain_update

_GUARD: Final = "DROP GRAPH <urn:uuid:00000000-0000-0000-0000-000000000000>;"
_DECLARATIONS: Final = {"BASE": ("iri",), "PREFIX": ("name", "iri"), "VERSION": ("string",)}
_POSITION: Final = re.compile(r"error at (\d+):(\d+)")
_NAMES_GRAPHS: Final = re.compile("using|with", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class _Part:
    """Operations up to the next declarations, and the declarations in force: pyoxigraph takes these only once."""

    declared: Sequence[Token]
    start: int
    end: int


def check_update(text: str, base: str | None = None, *, graphs_given: bool = False) -> None:
    """Returns if the text is a correct update (SPARQL 1.1 Query, section 19.8, production 29).

    ``graphs_given``: the request names the graphs of the update, and then the text must not (SPARQL 1.1 Protocol,
    section 2.2.3). Raises QuerySyntaxError or GraphsNamedTwice.
    """
    try:
        _parse(text, base)
    except SyntaxError as error:
        raise explain_update(text, error, lambda changed: _parse(changed, base)) from error
    except UnicodeEncodeError as error:
        raise QuerySyntaxError("The update holds half of a surrogate pair, which is no character.") from error
    if graphs_given and _names_graphs(text, base):
        raise GraphsNamedTwice(
            "The graphs of the update are named in the request and in its text (USING or WITH).",
            hint="Name them in one place.",
        )


def _names_graphs(text: str, base: str | None) -> bool:
    """Whether USING or WITH stands there as a keyword.

    Everywhere else (in names, IRIs, strings, comments) a word may be exchanged for another that does not occur yet,
    and what was correct stays so; a keyword may not.
    """
    if _NAMES_GRAPHS.search(text) is None:
        return False
    # Letters only: the word may stand in a language tag.
    other = next(word for number in count() if (word := f"q{'z' * number}q") not in text.lower())
    try:
        _parse(_NAMES_GRAPHS.sub(other, text), base)
    except SyntaxError:
        return True
    return False


def _parse(text: str, base: str | None) -> None:
    """Raises SyntaxError, as the engine does, with the place in this text."""
    for part in _parts(text):
        before = _only(text[: part.start], part.declared)
        line, column = place(text, part.start)
        try:
            ox.Store().update(before + _GUARD + text[part.start : part.end], base_iri=base)
        except RuntimeError:
            continue
        except SyntaxError as error:
            raise SyntaxError(_without_guard(str(error), line, column)) from error
        raise AssertionError("An update was carried out that was only to be read.")


def _parts(text: str) -> Iterator[_Part]:
    found = list(tokens(text))
    declared: list[Token] = []
    index = 0
    while True:
        while (length := _declaration(found, index)) > 0:
            declared += found[index : index + length]
            index += length
        start = found[index].start if index < len(found) else len(text)
        depth = 0
        end = len(text)
        while index < len(found):
            token = found[index]
            depth += (token.text == "{") - (token.text == "}")
            index += 1
            if token.text == ";" and depth == 0 and _declaration(found, index):
                end = token.end
                break
        yield _Part(tuple(declared), start, end)
        if index == len(found):
            return


def _declaration(found: Sequence[Token], index: int) -> int:
    """The number of tokens of the declaration that begins there; 0 if none does, or a malformed one.

    What is taken for a declaration stands before the guard, so it must be one in every reading.
    """
    kinds = _DECLARATIONS.get(found[index].text.upper()) if index < len(found) else None
    if kinds is None or found[index].kind != "word":
        return 0
    following = found[index + 1 : index + 1 + len(kinds)]
    if tuple(token.kind for token in following) != kinds:
        return 0
    if kinds[0] == "name" and following[0].text.find(":") != len(following[0].text) - 1:
        return 0
    return 1 + len(kinds)


def _only(text: str, kept: Sequence[Token]) -> str:
    """The text with spaces for all but these tokens, so that every place stays what it is."""
    pieces = []
    position = 0
    for token in kept:
        pieces += [_blank(text[position : token.start]), token.text]
        position = token.end
    return "".join((*pieces, _blank(text[position:])))


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)


def _without_guard(message: str, line: int, column: int) -> str:
    def moved(found: re.Match[str]) -> str:
        at_line, at_column = int(found[1]), int(found[2])
        if at_line == line and at_column >= column:
            at_column = max(column, at_column - len(_GUARD))
        return f"error at {at_line}:{at_column}"

    return _POSITION.sub(moved, message, count=1)
