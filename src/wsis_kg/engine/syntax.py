"""Turns pyoxigraph's syntax errors into a place, a token and a sentence.

pyoxigraph says where its parser got furthest, which is not where the mistake is: to try a keyword it reads as
many characters as the keyword has, whatever they are, so that ``FILTER(?x = )`` fails up to fourteen columns
behind the closing bracket. If the tokens stand further apart than the longest keyword, the furthest position
lies between the start of the wrong token and the next token, and so names it. Its messages list everything it
would have accepted, hundreds of characters; ours what helps.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import pyoxigraph as ox

from wsis_kg.names import PREFIXES

from .problems import QuerySyntaxError
from .query_text import UPDATES, Token, form_of, is_update, place, tokens

_APART: Final = " " * 40
_POSITION: Final = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_PUNCTUATION: Final = re.compile(r"\"([^\"\s]{1,3})\"")
_OPENING: Final = {"{": "}", "(": ")", "[": "]"}
_LONGEST_QUOTED: Final = 60
_RULES: Final = {
    "The SELECT contains a variable that is unbound": (
        "SELECT names a variable that the groups do not have.",
        "Name it in GROUP BY, or put it into an aggregate such as SAMPLE or COUNT.",
    ),
    "SELECT * is not authorized with GROUP BY": (
        "SELECT * cannot be used with GROUP BY.",
        "Name the variables and aggregates that you want.",
    ),
    "The SELECT overrides an existing variable": (
        "An expression in SELECT is named like a variable that exists already.",
        "Give it a name of its own after AS.",
    ),
    "The VALUES clause rows": (
        "A row of VALUES has more or fewer values than there are variables.",
        "Write UNDEF where a variable is to have no value.",
    ),
}
"""Rules that pyoxigraph states in words and reports at the end of the query or group: what we say, and what
to do.
"""
_BEGINNING: Final = "A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE."
_OPERATIONS: Final = f"An operation of an update begins with one of {', '.join(UPDATES)}."
_READ_ONLY: Final = "The data are built from reviewed files and cannot be changed here."

Mistake = tuple[str, int, str | None, str | None]
"""The sentence, the position, the token if one is at fault, the hint."""


Parse = Callable[[str], None]
"""Reads a text as the engine does; raises its SyntaxError, with the place in that text."""


def explain(text: str, error: SyntaxError, base: str | None) -> QuerySyntaxError:
    """The error to show for a query that pyoxigraph refused with ``error``: a place in the text as it was
    sent, and a sentence.
    """

    def parse(changed: str) -> None:
        # An empty store: nothing can be found, and the text was refused already.
        ox.Store().query(changed, base_iri=base)

    found = list(tokens(text))
    return _error(
        text, _no_query(text, found) or _mistake(text, found, error, parse, None if form_of(text) else _BEGINNING)
    )


def explain_update(text: str, error: SyntaxError, parse: Parse) -> QuerySyntaxError:
    """The same for an update."""
    found = list(tokens(text))
    return _error(
        text, _no_update(text, found) or _mistake(text, found, error, parse, None if is_update(text) else _OPERATIONS)
    )


def _error(text: str, mistake: Mistake) -> QuerySyntaxError:
    sentence, position, token, hint = mistake
    line, column = place(text, position)
    if token is not None and len(token) > _LONGEST_QUOTED:
        token = token[: _LONGEST_QUOTED - 1] + "…"
    return QuerySyntaxError(sentence, line=line, column=column, token=token, hint=hint)


def _mistake(text: str, found: Sequence[Token], error: SyntaxError, parse: Parse, beginning: str | None) -> Mistake:
    """``beginning`` says how such a text begins, if this one does not."""
    return (
        _unclosed_string(found)
        or _undeclared_prefix(found)
        or _refused_token(text, found, str(error), parse, beginning)
    )


def _no_query(text: str, found: Sequence[Token]) -> Mistake | None:
    if not found:
        return "The query is empty.", 0, None, "Write a SELECT, ASK, CONSTRUCT or DESCRIBE query."
    if is_update(text):
        return "This is an update, not a query.", found[0].start, found[0].text, _READ_ONLY
    return None


def _no_update(text: str, found: Sequence[Token]) -> Mistake | None:
    if form_of(text) is not None:
        return "This is a query, not an update.", found[0].start, found[0].text, "Send it as a query."
    return None


def _unclosed_string(found: Sequence[Token]) -> Mistake | None:
    for token in found:
        if token.kind == "operator" and token.text in ("'", '"'):
            hint = 'Close it on the same line, or use """ around text of several lines.'
            return "A quotation mark is opened here and not closed.", token.start, token.text, hint
    return None


def _undeclared_prefix(found: Sequence[Token]) -> Mistake | None:
    declared: set[str] = set()
    before = ""
    for token in found:
        if token.kind == "name":
            prefix = token.text.partition(":")[0]
            if before == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared:
                known = PREFIXES.get(prefix)
                hint = f"Add PREFIX {prefix}: <{known or '…'}> at the top of the query."
                return f"The prefix “{prefix}:” is not declared.", token.start, token.text, hint
        before = token.text.upper() if token.kind == "word" else ""
    return None


def _refused_token(text: str, found: Sequence[Token], message: str, parse: Parse, beginning: str | None) -> Mistake:
    position, message = _furthest(found, message, parse)
    wrong = next((token for token in reversed(found) if token.start <= position < token.end), None)
    told = _POSITION.match(message)
    expected = told.group(3) if told else message
    for words, (sentence, advice) in _RULES.items():
        if words in expected:
            keyword = "VALUES" if "VALUES" in words else "SELECT"
            at = next((token for token in found if token.text.upper() == keyword), None)
            return sentence, at.start if at else position, None, advice
    if "IRI parsing failed" in expected:
        return _bad_iri(text, found, position)
    if wrong is None:
        unclosed = _unclosed_bracket(found)
        if unclosed is not None:
            line, column = place(text, unclosed.start)
            return (
                f"The text ends although the “{unclosed.text}” of line {line}, column {column} is still open.",
                position,
                None,
                f"Close it with “{_OPENING[unclosed.text]}”.",
            )
        if beginning is not None:
            return _not_expected(found[0], beginning)
        return (
            "The text ends too early, or breaks a rule that shows only at its end.",
            position,
            None,
            _SCOPE_HINT,
        )
    if beginning is not None:
        return _not_expected(wrong, beginning)
    marks = list(dict.fromkeys(_PUNCTUATION.findall(expected)))
    hint = "Here could stand " + ", ".join(f"“{mark}”" for mark in marks) + "." if 0 < len(marks) <= 6 else None
    if wrong.kind == "blank":
        hint = "A blank node label can be used in one group only; use a variable to join groups."
    elif wrong.text in _OPENING.values() and _opened_by(found, wrong) is None:
        hint = "It closes nothing that is open."
    elif wrong.text == "}" and not marks:
        hint = "Something is missing before it, or a variable is bound twice in this group."
    return _not_expected(wrong, hint)


_SCOPE_HINT: Final = (
    "Look for a variable bound twice, a variable in SELECT that GROUP BY leaves out, "
    "or a blank node label used in two groups."
)


def _not_expected(token: Token, hint: str | None) -> Mistake:
    shown = token.text if len(token.text) <= _LONGEST_QUOTED else token.text[: _LONGEST_QUOTED - 1] + "…"
    return f"“{shown}” is not expected here.", token.start, token.text, hint


def _bad_iri(text: str, found: Sequence[Token], position: int) -> Mistake:
    opened = next((token for token in reversed(found) if token.start <= position and token.text.startswith("<")), None)
    start = opened.start if opened else position
    shown = text[start:].partition(">")[0] + ">" if opened else None
    hint = "IRIs hold no spaces, quotation marks or brackets, and “%” only before two hexadecimal digits."
    return "This is not a valid IRI.", start, shown, hint


def _opened_by(found: Sequence[Token], closing: Token) -> Token | None:
    """The bracket that a closing one closes, if there is one of its kind."""
    before = _unclosed_bracket([token for token in found if token.start < closing.start])
    return before if before is not None and _OPENING[before.text] == closing.text else None


def _unclosed_bracket(found: Sequence[Token]) -> Token | None:
    opened: list[Token] = []
    for token in found:
        if token.text in _OPENING:
            opened.append(token)
        elif opened and token.text == _OPENING[opened[-1].text]:
            opened.pop()
    return opened[-1] if opened else None


def _furthest(found: Sequence[Token], message: str, parse: Parse) -> tuple[int, str]:
    """The position of the token at which the parser stopped (the end of the last one if it wanted more), and
    what it said.
    """
    spread: list[str] = []
    starts: list[int] = []
    length = 0
    previous: Token | None = None
    for token in found:
        # A language tag, a datatype mark and the digits behind a sign belong to the token before them.
        glued = previous is not None and (
            token.kind == "language"
            or "^^" in (token.text, previous.text)
            or (token.kind == "number" and previous.text in ("+", "-") and previous.end == token.start)
        )
        gap = "" if glued else _APART
        starts.append(length + len(gap))
        spread.append(gap + token.text.replace("\r", " ").replace("\n", " "))
        length = starts[-1] + len(token.text)
        previous = token
    end = found[-1].end
    starts.append(length + len(_APART))
    try:
        parse("".join(spread) + 2 * _APART)
    except SyntaxError as error:
        told = _POSITION.match(str(error))
        if told is not None:
            column = int(told.group(2)) - 1
            reached = max((index for index, start in enumerate(starts) if start <= column), default=0)
            return (found[reached].start if reached < len(found) else end), str(error)
    return end, message
