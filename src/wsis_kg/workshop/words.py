"""Words compared as people compare them: spaces, hyphens and quotation marks are levelled, and nothing else."""

import re

_HYPHENS = re.compile("[\u00ad\u2010-\u2015\u2212]")
_APOSTROPHES = re.compile("[\u2018\u2019\u201a\u201b]")
_QUOTES = re.compile("[\u201c-\u201f]")
_SPACES = re.compile(r"[\s\u00a0\u200b]+")


def levelled(text: str) -> str:
    """The text with every run of white space as one space, and every hyphen, apostrophe and quotation mark in
    its plain form.
    """
    text = _QUOTES.sub('"', _APOSTROPHES.sub("'", _HYPHENS.sub("-", text)))
    return _SPACES.sub(" ", text).strip()


def holds(text: str, words: str) -> bool:
    """Whether the words stand in the text, both levelled."""
    return levelled(words) in levelled(text)
