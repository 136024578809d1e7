"""What a difference says of the side that has nothing to print: what its rule established there, and no more.

That no words are compared does not mean that a passage prints none: it may name the actor elsewhere, in another role.
"""

from typing import Final, Literal

Side = Literal["here", "there"]

_NOR_ELSEWHERE: Final = "nor by any other passage of this document that renders it in the same way"
_SAID: Final[dict[tuple[str, Side], str]] = {
    ("addressee-added", "there"): "This actor is not asked here.",
    ("addressee-left-out", "here"): f"This actor is not asked here, {_NOR_ELSEWHERE}.",
    ("partner-added", "there"): "This actor takes no part in what is asked here.",
    ("partner-left-out", "here"): "This actor takes no part in what is asked here, nor in what is asked by any other "
    "passage of this document that renders it in the same way.",
    ("beneficiary-left-out", "here"): f"For whose good it is is not said here, {_NOR_ELSEWHERE}.",
    ("beneficiary-left-out", "there"): "It says here for whose good it is.",
    ("capacity-left-out", "here"): f"In which capacity is not said here, {_NOR_ELSEWHERE}.",
    ("constraint-left-out", "here"): f"No limit is set here to what is asked, {_NOR_ELSEWHERE}.",
    ("verb-lost", "here"): "What is asked here is asked without a verb.",
    ("words-added", "there"): "These words do not stand here.",
    ("words-left-out", "here"): "These words do not stand here.",
    ("one-direction", "here"): "This passage does not link the two.",
    ("one-direction", "there"): "This passage links the two.",
    ("provision-left-out", "here"): "This document restates nothing of the paragraph.",
    ("unsupported", "there"): "The passage restates nothing of this document.",
}


def counterpart(kind: str, side: Side) -> str:
    """The sentence about a side for which a difference of this kind (its slug) has no words; empty where none is known:
    then nothing is to be said of that side.
    """
    return _SAID.get((kind, side), "")
