"""A passage and what another document makes of it, side by side: how far they can be compared, and by which words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wsis_kg.names import PREFIXES

from .word_comparison import ALIKE, Run, compare, pick_out

_RENDERING: Final = PREFIXES["rendering"]
_IN_ITS_WORDS: Final = frozenset({"", *(_RENDERING + name for name in ("verbatim", "excerpt", "own-text"))})
"""Renderings that keep the words of what they restate, or are what is restated."""


@dataclass(frozen=True)
class Printed:
    """One side: a passage, its rendering (an IRI, empty where none is told), its text where it is held, and what the
    differences between the two name of it.
    """

    passage: str
    rendering: str = ""
    text: str = ""
    named: tuple[str, ...] = ()

    @property
    def keeps_words(self) -> bool:
        """Whether it has the words of what it restates, or its own; a summary or a paraphrase has not."""
        return self.rendering in _IN_ITS_WORDS


@dataclass(frozen=True)
class Laid:
    """Two passages as they are laid side by side. ``how`` says what was done with their words: ``same`` (all alike),
    ``words`` (compared word by word), ``apart`` (too few in common to mark the others), ``retold`` (a summary or a
    paraphrase, whose words are its own) or ``unheld`` (the text of one is not held). But for ``words`` those are
    marked that differences name.
    """

    here: Printed
    there: Printed
    how: str
    here_runs: Sequence[Run]
    there_runs: Sequence[Run]

    @property
    def are_words_named(self) -> bool:
        """Whether anything is marked."""
        return any(run.marked for run in (*self.here_runs, *self.there_runs))


def lay(here: Printed, there: Printed) -> Laid:
    """The two side by side: word by word only where both are held, both keep words, and much of them is the same."""
    how = "unheld"
    if here.text and there.text:
        if not (here.keeps_words and there.keeps_words):
            how = "retold"
        else:
            found = compare(here.text, there.text)
            if found.same or found.share >= ALIKE:
                return Laid(here, there, "same" if found.same else "words", found.here, found.there)
            how = "apart"
    return Laid(here, there, how, pick_out(here.text, here.named), pick_out(there.text, there.named))
