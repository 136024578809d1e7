"""The words of the pages in other languages: a catalogue of messages for each, in ``locale``, read by Babel.

A language has a catalogue or its pages keep English words, and name things in it all the same.
"""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from wsis_kg.views.languages import ENGLISH

_LOCALE: Final = Path(__file__).parent / "locale"
_UNREVIEWED: Final = "X-Reviewed"
"""The header of a catalogue that says who has read it; ``nobody`` until somebody has."""


@cache
def with_words() -> frozenset[str]:
    """The tags of the languages in which the pages have words of their own; English needs no catalogue."""
    return frozenset({ENGLISH, *(file.stem for file in _LOCALE.glob("*.po"))})


def words_in(language: str) -> str:
    """The language of the words of pages for somebody who asked for this one: itself, or English."""
    return language if language in with_words() else ENGLISH


def is_reviewed(language: str) -> bool:
    """Whether somebody who speaks the language has read the words in it."""
    if words_in(language) == ENGLISH:
        return True
    return catalogue(language).info().get(_UNREVIEWED.lower(), "nobody") != "nobody"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The messages of a language; those of English are what stands in the templates."""
    if words_in(language) == ENGLISH:
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo  # late: only for whoever does not read English
    from babel.messages.pofile import read_po

    with (_LOCALE / f"{language}.po").open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
