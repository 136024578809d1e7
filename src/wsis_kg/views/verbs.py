"""A verb and the sentence it stands in: whether the sentence says it, and whether it begins with it."""

from typing import Final

_SHORTEST_VERB: Final = 4


def has_verb(text: str, verb: str) -> bool:
    """Whether a sentence says its verb itself (“cites once more”, for the verb “cite”), so that with the verb before it
    it would be said twice.
    """
    said = set(text.replace(",", "").split())
    return any(said & _forms(word) for word in verb.split() if len(word) >= _SHORTEST_VERB)


def begins_with_verb(text: str, verb: str) -> bool:
    """Whether the verb is the first word: then who does it is not named, and is the document in which it stands."""
    return bool(text) and has_verb(text.split(maxsplit=1)[0], verb)


def _forms(verb: str) -> set[str]:
    """A verb in the forms of a statement: cite, cites, cited; plan, plans, planned; heading, heads, headed."""
    stem = verb.removesuffix("ing")
    without_e = stem.removesuffix("e")
    return {verb, stem, f"{stem}s", f"{stem}es", f"{without_e}ed", f"{stem}{stem[-1]}ed"}
