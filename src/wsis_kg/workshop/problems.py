"""What is wrong with the files, in sentences a curator can act on."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: what, where, and what to do next.

    ``line`` and ``column`` count from one. ``str()`` gives the form people read: ``file:line:column: sentence
    (subject) Next: action``.
    """

    sentence: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    subject: str | None = None
    next_action: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        text = f"{place}: {self.sentence}" if place else self.sentence
        if self.subject:
            text += f" ({self.subject})"
        if self.next_action:
            text += f" Next: {self.next_action}"
        return text


class WorkshopError(Exception):
    """Something is wrong with the input; ``problems`` says what, and nothing was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
