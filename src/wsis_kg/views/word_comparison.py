"""Two printed texts word by word: which words only one of them has, and which words of a text are meant."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

ALIKE: Final = 0.5
"""The share of words in common from which on it helps to mark the others; below it nearly all would be marked."""
_WORD: Final = re.compile(r"\S+")
_LIKE_A_HYPHEN: Final = re.compile("[\u2010-\u2015]")
_QUOTATION_MARK: Final = re.compile("[\u201c-\u201f\"]")
_LIKE_AN_APOSTROPHE: Final = re.compile("[\u2018-\u201b]")


@dataclass(frozen=True)
class Run:
    """A stretch of a text; ``marked`` where it is one of those the reader is to see."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Comparison:
    """Two texts, each cut into runs of which those that the other does not have are marked.

    ``share`` is the part of all words that both have, from 0 to 1.
    """

    here: list[Run]
    there: list[Run]
    share: float

    @property
    def same(self) -> bool:
        """Whether they have the same words in the same order."""
        return self.share == 1.0


def compare(here: str, there: str) -> Comparison:
    """The two texts side by side. Hyphens, quotation marks and spaces are not told apart, as the rule on wording does
    not tell them apart (``ontology/rules/difference-wording.rq``); case and all other signs are.
    """
    words_here, words_there = _words(here), _words(there)
    matcher = SequenceMatcher(None, [key for key, *_ in words_here], [key for key, *_ in words_there], autojunk=False)
    only_here, only_there = set(range(len(words_here))), set(range(len(words_there)))
    for block in matcher.get_matching_blocks():
        only_here -= set(range(block.a, block.a + block.size))
        only_there -= set(range(block.b, block.b + block.size))
    return Comparison(
        _runs(here, [words_here[at][1:] for at in sorted(only_here)]),
        _runs(there, [words_there[at][1:] for at in sorted(only_there)]),
        matcher.ratio(),
    )


def pick_out(text: str, printed: Iterable[str]) -> list[Run]:
    """The text with the first place marked at which each of the printed words stands, never within a word; what does
    not stand there is left.
    """
    found = (re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) for words in printed if words)
    return _runs(text, sorted(match.span() for match in found if match is not None))


def _words(text: str) -> list[tuple[str, int, int]]:
    found = []
    for match in _WORD.finditer(text):
        key = _LIKE_A_HYPHEN.sub("-", _QUOTATION_MARK.sub("", _LIKE_AN_APOSTROPHE.sub("'", match.group())))
        if key:
            found.append((key, match.start(), match.end()))
    return found


def _runs(text: str, spans: Sequence[tuple[int, int]]) -> list[Run]:
    """The text in runs; spans with nothing but white space between them become one."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    runs, at = [], 0
    for start, end in joined:
        runs += [Run(text[at:start]), Run(text[start:end], marked=True)]
        at = end
    return [run for run in (*runs, Run(text[at:])) if run.text]
