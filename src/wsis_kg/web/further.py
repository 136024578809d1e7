"""The saved questions that go further from a thing: asked of it, they are a link to the form."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from wsis_kg.names import NOUNS
from wsis_kg.views.questions import THINGS, Question

from .saved import saved_questions

_CLAIMS: Final = frozenset({"mandate", "line", "figure", "difference"})
_OF_CLAIMS: Final = frozenset({"words-of-a-claim", "what-is-stated-and-what-inferred"})
_OF_ANYTHING: Final = frozenset({"which-passages-name-a-thing", "what-is-stated-and-what-inferred"})


@dataclass(frozen=True)
class Further:
    """A question in words, and its address from the start page."""

    question: str
    address: str


class FurtherQuestions:
    """Which saved questions can be asked of things of each noun."""

    def __init__(self) -> None:
        questions = saved_questions()
        self._of = {noun: _fitting(noun, questions) for noun in NOUNS}

    def about(self, noun: str, iri: str) -> list[Further]:
        """The questions about this thing, those made for its noun first."""
        return [
            Further(one.question, f"sparql?{urlencode({'query': one.bind({name: iri}).strip()})}")
            for one, name in self._of[noun]
        ]


def _fitting(noun: str, questions: dict[str, Question]) -> list[tuple[Question, str]]:
    """Each question with the parameter that takes a thing of this noun."""
    general = _OF_CLAIMS if noun in _CLAIMS else _OF_ANYTHING
    own, others = [], []
    for key, question in questions.items():
        for parameter in question.parameters:
            if parameter.kind == "thing" and key in general:
                others.append((question, parameter.name))
            elif parameter.kind != "thing" and noun in THINGS.get(parameter.kind, ()):
                own.append((question, parameter.name))
                break
    return own + others
