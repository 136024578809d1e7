"""Verbs as passages print them: the forms in which a statement says them."""

from typing import Final

_SHORTEST_VERB: Final = 4


def has_verb(text: str, verb: str) -> bool:
    """Whether a sentence says its verb itself (“cites once more”, for the verb “cite”), so that with the verb before it
    it would be said twice.
    """
    said = set(text.replace(",", "").split())
    return any(said & _forms(word) for word in verb.split() if len(word) >= _SHORTEST_VERB)


def _forms(verb: str) -> set[str]:
    """A verb in the forms of a statement: cite, cites, cited; plan, plans, planned; heading, heads, headed."""
    stem = verb.removesuffix("ing")
    without_e = stem.removesuffix("e")
    return {verb, stem, f"{stem}s", f"{stem}es", f"{without_e}ed", f"{stem}{stem[-1]}ed"}
