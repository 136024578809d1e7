"""What can be told from the text of a query without evaluating it: its tokens, its form, and whether it calls
a service.

The tokens are those of SPARQL 1.1 Query, section 19.8. pyoxigraph is not bound to them: its parser has no
separate lexer, so it reads ``1SERVICE<http://…>{}`` or ``FILTER(?a<?b)SERVICE?s#>`` as a federated call
although a lexer sees a number, or an IRI. Since the engine would then open a connection, ``find_service``
follows every reading that pyoxigraph could take.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from .formats import Form

_BASE_CHARACTERS: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_CHARACTERS: Final = _BASE_CHARACTERS + "_0-9\u00b7\u0300-\u036f\u203f-\u2040"
_ESCAPE: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_PREFIX: Final = f"(?:[{_BASE_CHARACTERS}](?:[{_CHARACTERS}.-]*[{_CHARACTERS}-])?)?:"
_LOCAL: Final = (
    f"(?:(?:[{_BASE_CHARACTERS}_:0-9]|{_ESCAPE})(?:(?:[{_CHARACTERS}.:-]|{_ESCAPE})*(?:[{_CHARACTERS}:-]|{_ESCAPE}))?)"
)
_IRI: Final = r"<(?:[^\x00-\x20<>\"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>"
_VARIABLE: Final = f"[?$][{_BASE_CHARACTERS}_0-9][{_CHARACTERS}]*"
_SPACE: Final = r"(?-i:[ \t\r\n]|\#[^\r\n]*+)*+"

_TOKEN: Final = "|".join(
    (
        r"(?P<space>[ \t\r\n]++)",
        r"(?P<comment>\#[^\r\n]*+)",
        r"(?P<string>'''(?:'{0,2}(?:[^'\\]|\\.))*+'''|\"\"\"(?:\"{0,2}(?:[^\"\\]|\\.))*+\"\"\""
        r"|'(?:[^'\\\r\n]|\\.)*+'|\"(?:[^\"\\\r\n]|\\.)*+\")",
        f"(?P<iri>{_IRI})",
        f"(?P<blank>_:[{_BASE_CHARACTERS}_0-9](?:[{_CHARACTERS}.-]*[{_CHARACTERS}-])?)",
        f"(?P<name>{_PREFIX}{_LOCAL}?)",
        f"(?P<variable>{_VARIABLE})",
        r"(?P<language>@[A-Za-z]++(?:-{1,2}[A-Za-z0-9]++)*+)",
        r"(?P<number>[0-9]++\.[0-9]*+[eE][+-]?[0-9]++|\.?[0-9]++[eE][+-]?[0-9]++|[0-9]*\.[0-9]++|[0-9]++)",
        r"(?P<word>[A-Za-z][A-Za-z0-9_]*+)",
        r"(?P<operator>\^\^|\|\||&&|<=|>=|!=|<<\(|\)>>|<<|>>|\{\||\|\}|.)",
    )
)
_ABSOLUTE_IRI: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")
_SERVICE: Final = re.compile("service", re.IGNORECASE)
_CALL: Final = rf"service{_SPACE}(?:silent{_SPACE})?(?:(?P<iri>{_IRI})|{_VARIABLE}|{_PREFIX}{_LOCAL}?){_SPACE}\{{"
_IN_IRI: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_TAKES_A_NAME_THEN_A_GROUP: Final = ("GRAPH", "FROM", "NAMED", "DESCRIBE")
_PLAIN_BEGINNING: Final = re.compile(
    rf"(?:[ \t\r\n]++|(?ai:PREFIX)[ \t\r\n]++{_PREFIX}[ \t\r\n]*+{_IRI}|(?ai:BASE)[ \t\r\n]*+{_IRI})*+"
    rf"(?P<form>(?ai:{'|'.join(form.value for form in Form)}))"
)
"""How nearly all queries begin; what does not match is read token by token."""
_MAY_BE_VOLATILE: Final = ("now", "rand", "uuid", "bnode", "service")
_VOLATILE: Final = re.compile(rf"(?:NOW|RAND|UUID|BNODE){_SPACE}\(", re.IGNORECASE)
UPDATES: Final = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")


@dataclass(frozen=True)
class Token:
    """One token of a query and where it starts (counted in characters from 0)."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The position after its last character."""
        return self.start + len(self.text)


@cache
def _token() -> re.Pattern[str]:
    # Compiled when first needed, as the next one: that takes longer than many a query, and few texts need them.
    return re.compile(_TOKEN, re.DOTALL)


@cache
def _call() -> re.Pattern[str]:
    return re.compile(_CALL, re.IGNORECASE)


def prepare() -> None:
    """Compiles all patterns now, for a process whose children are to have them."""
    _token()
    _call()


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a query, without white space and comments. Never fails: a stray character is an operator."""
    for match in _token().finditer(text):
        kind = match.lastgroup
        if kind is not None and kind not in ("space", "comment"):
            yield Token(kind, match.group(), match.start())


def place(text: str, position: int) -> tuple[int, int]:
    """Line and column of a position, both counted from 1, as editors do."""
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def first_keyword(text: str) -> Token | None:
    """The token after the prologue (BASE, PREFIX and VERSION declarations): the one that says what the text
    is.
    """
    skip = 0
    for token in tokens(text):
        if skip:
            skip -= 1
            continue
        skip = {"BASE": 1, "PREFIX": 2, "VERSION": 1}.get(token.text.upper(), 0) if token.kind == "word" else 0
        if not skip:
            return token
    return None


def form_of(text: str) -> Form | None:
    """The form of a query, or None if it begins like none: then it is no query, and the parser says why."""
    plain = _PLAIN_BEGINNING.match(text)
    return Form(plain["form"].upper()) if plain is not None else form_by_tokens(text)


def form_by_tokens(text: str) -> Form | None:
    """The same, found by reading the prologue token by token."""
    keyword = first_keyword(text)
    if keyword is None:
        return None
    # pyoxigraph needs no space after a keyword: SELECTDISTINCT is a SELECT.
    return next((form for form in Form if keyword.text.upper().startswith(form.value)), None)


def is_update(text: str) -> bool:
    """Whether the text begins like a SPARQL update (LOAD among them), so that an error can say so."""
    keyword = first_keyword(text)
    return keyword is not None and keyword.kind == "word" and keyword.text.upper() in UPDATES


def is_volatile(text: str) -> bool:
    """Whether two evaluations over the same data may differ: NOW, RAND, UUID, STRUUID, BNODE; or SERVICE, whose
    data are elsewhere.

    Errs on the side of yes.
    """
    if text.isascii():
        # Beyond ASCII a letter may count as another one in the patterns below: "ſervice".
        lower = text.lower()
        if not any(word in lower for word in _MAY_BE_VOLATILE):
            return False
    return _VOLATILE.search(text) is not None or _call().search(text) is not None


def find_service(text: str, allowed: Collection[str] = ()) -> int | None:
    """The position of a SERVICE call if pyoxigraph could read one anywhere in the text, also in subqueries;
    else None. No matter are calls whose endpoint is written out as one of the ``allowed`` IRIs, which must be such
    that resolving them against a base changes nothing.

    The word in strings, comments, IRIs and names is no call. Where ``<`` can begin an IRI or be the operator,
    both readings are followed: a quotation mark or ``#`` inside one is text in the first and opens a string
    or a comment in the second.
    """
    if "service" not in text.lower():
        return None
    pattern = _token()
    pending = [(0, False)]
    seen: set[tuple[int, bool]] = set()
    while pending:
        position, after_name_taker = pending.pop()
        while position < len(text) and (position, after_name_taker) not in seen:
            seen.add((position, after_name_taker))
            match = pattern.match(text, position)
            if match is None:
                break
            kind, token = match.lastgroup, match.group()
            if kind == "word" or (kind == "name" and not after_name_taker):
                call = _call_within(text, position, match.end(), allowed)
                if call is not None:
                    return call
            if kind == "iri" and not _ABSOLUTE_IRI.match(token):
                # "//" cannot follow a name in an expression, so an absolute IRI has one reading only.
                pending.append((position + 1, False))
            if kind not in ("space", "comment"):
                after_name_taker = kind == "word" and token.upper() in _TAKES_A_NAME_THEN_A_GROUP
            position = position + 1 if kind == "operator" else match.end()
    return None


def _call_within(text: str, start: int, end: int, allowed: Collection[str]) -> int | None:
    """Where a call that is not allowed begins inside the word or name between two positions.

    Not only a whole word: pyoxigraph reads ``SERVICEex:a {`` as a call, and even ``ex:SERVICE <http://…> {``
    when the prefix cannot take the local part (one that ends in a port), for then it falls back to ``ex:``.
    """
    for word in _SERVICE.finditer(text, start, end):
        call = _call().match(text, word.start())
        if call is not None and (call["iri"] is None or _unescaped(call["iri"][1:-1]) not in allowed):
            return word.start()
    return None


def _unescaped(iri: str) -> str | None:
    """The IRI with its ``\\u`` and ``\\U`` read as pyoxigraph reads them; None if one of them is no character."""
    try:
        return _IN_IRI.sub(lambda match: chr(int(match[1] or match[2], 16)), iri)
    except (ValueError, OverflowError):
        return None
