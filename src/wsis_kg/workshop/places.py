"""Where in the files a subject is described, for messages."""

import re
from functools import cached_property

from wsis_kg.names import PREFIXES
from wsis_kg.workshop.dataset import short
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.problems import Problem

_SUBJECT = re.compile(r"^(<[^>\s]+>|[A-Za-z-]*:[A-Za-z0-9-]+)(?=\s)", re.MULTILINE)


class Places:
    """The file and line of each subject, read from the files when first asked."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs

    @cached_property
    def _index(self) -> dict[str, tuple[str, int]]:
        index: dict[str, tuple[str, int]] = {}
        for name, path in self._inputs.graph_files():
            text = path.read_text(encoding="utf-8", errors="replace")
            line, position = 1, 0
            for found in _SUBJECT.finditer(text):
                line += text.count("\n", position, found.start())
                position = found.start()
                index.setdefault(_iri(found.group()), (name, line))
        return index

    def of(self, iri: str) -> tuple[str, int] | None:
        """The first place where a statement begins with the subject; None when no file does."""
        return self._index.get(iri)

    def problem(self, sentence: str, iri: str, step: str | None) -> Problem:
        """A problem with the place of its subject."""
        file, line = self.of(iri) or (None, None)
        return Problem(sentence, file=file, line=line, subject=short(iri), next_action=step)


def _iri(name: str) -> str:
    if name.startswith("<"):
        return name[1:-1]
    prefix, _, local = name.partition(":")
    return PREFIXES.get(prefix, prefix + ":") + local
