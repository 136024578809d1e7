"""Identifiers against their schemes: the form that each has, and the check digits that follow from the rest."""

import re
from collections.abc import Callable
from typing import Final

import pyoxigraph as ox

from wsis_kg.names import PREFIXES
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.places import Places
from wsis_kg.workshop.problems import Problem
from wsis_kg.workshop.rows import rows_of

_IDENTIFICATIONS: Final = """SELECT ?claim ?identifier ?kind WHERE {
  ?claim a :Identification ; :identifier ?identifier ; :kind ?kind
} ORDER BY ?claim ?identifier"""
_BASE_32: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's digits, https://www.crockford.com/base32.html: none of i, l, o and u."""


def _isni(identifier: str) -> bool:
    from stdnum import isni  # late: only the build needs it

    return bool(isni.is_valid(identifier))


def _lei(identifier: str) -> bool:
    from stdnum import lei

    return bool(lei.is_valid(identifier))


def _ror(identifier: str) -> bool:
    """The number behind its leading zero, with the last two digits, leaves 1 when divided by 97 (ISO/IEC 7064)."""
    from stdnum.iso7064 import mod_97_10

    number = 0
    for character in identifier[:-2]:
        number = number * 32 + _BASE_32.index(character)
    return bool(mod_97_10.is_valid(f"{number}{identifier[-2:]}"))


def _always(_: str) -> bool:
    return True


_SCHEMES: Final[dict[str, tuple[str, str, Callable[[str], bool]]]] = {
    "wikidata": (r"Q[1-9][0-9]*", "Q and a number, such as “Q1065”", _always),
    "ror": (rf"0[{_BASE_32}]{{6}}[0-9]{{2}}", "0, six letters or digits and two digits, such as “006kxhp52”", _ror),
    "isni": (r"([0-9]{4} ){3}[0-9]{3}[0-9X]", "four groups of four, such as “0000 0004 0441 2096”", _isni),
    "lei": (r"[0-9A-Z]{18}[0-9]{2}", "18 capital letters or digits and two digits", _lei),
    "riad": (r"[A-Z0-9$]+", "capital letters, digits and “$”, such as “N$0ECBM00495”", _always),
    "dac-channel": (r"[0-9]{5}", "five digits, such as “41304”", _always),
    "unbis": (r"[0-9]{7}", "seven digits, such as “1003202”", _always),
    "un-digital-library": (r"[1-9][0-9]*", "the number of the record, such as “4080263”", _always),
}
"""Of each scheme: the form, the form in words, and whether the check digits fit.

ISNI: ISO 27729, check digit by ISO/IEC 7064 MOD 11-2. LEI: ISO 17442, by MOD 97-10. ROR:
https://ror.readme.io/docs/identifier. The others have none.
"""


def faulty_identifiers(store: ox.Store, inputs: Inputs) -> list[Problem]:
    """Every identification whose identifier does not have the form of its scheme, or has wrong check digits."""
    places = Places(inputs)
    problems = []
    for row in rows_of(store, _IDENTIFICATIONS):
        scheme = row["kind"].removeprefix(PREFIXES["identifier-kind"])
        said = _fault(scheme, row["identifier"])
        if said:
            problems.append(places.problem(said, row["claim"], "Copy it again from its source, letter by letter."))
    return problems


def _fault(scheme: str, identifier: str) -> str:
    if scheme not in _SCHEMES:
        return f"Nothing here knows the form of identifiers of the scheme “{scheme}”."
    form, said, fits = _SCHEMES[scheme]
    if not re.fullmatch(form, identifier):
        return f"The identifier {identifier!r} does not have the form of {scheme}: {said}."
    return "" if fits(identifier) else f"The check digits of the {scheme} identifier {identifier!r} are wrong."
