"""The questions that readers ask, read from their files once for all pages that offer them."""

from functools import cache

from wsis_kg.holdings import folder
from wsis_kg.views.questions import Question, read_questions


@cache
def saved_questions() -> dict[str, Question]:
    """Them by name. Nobody may change what is given: everybody gets the same."""
    return read_questions(folder("queries"))
