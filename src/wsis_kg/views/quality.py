"""What is known of the quality of the dataset: what was checked, in sentences, and what is not known."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_NOT_KNOWN: Final = re.compile(r"^## What is not known\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BULLET: Final = re.compile(r"^- (?P<text>.+(?:\n  .+)*)", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """A question over the whole graph of which any row stops a build: its name, and what it looks for."""

    name: str
    sentence: str


def read_checks(files: Mapping[str, str]) -> list[Check]:
    """The checks by name; what each looks for stands in the comment it begins with."""
    found = []
    for name, text in sorted(files.items()):
        comment = re.match(r"(?:#.*\n)+", text)
        sentence = " ".join(line.lstrip("#+ ") for line in comment.group().splitlines()) if comment else name
        found.append(Check(name, _typeset(sentence)))
    return found


def read_not_known(readme: str) -> list[str]:
    """The list under “What is not known” of ``data/README.md``, as sentences; a name in backticks stays in them."""
    section = _NOT_KNOWN.search(readme)
    if section is None:
        return []
    bullets = (" ".join(match["text"].split()) for match in _BULLET.finditer(section["text"]))
    return [_typeset(bullet) for bullet in bullets]


def _typeset(sentence: str) -> str:
    """With the quotation marks and apostrophes of print, as on every page."""
    paired = re.sub(r'"([^"]*)"', r"“\1”", sentence)
    return re.sub(r"(?<=\w)'", "’", paired)
