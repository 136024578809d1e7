"""How far we are FAIR: the tables of ``ontology/FAIR.md`` as the page on quality shows them."""

import re
from dataclasses import dataclass
from typing import Final

_SECTION: Final = re.compile(r"^## (?P<title>.+)\n+(?P<text>(?:(?!\|).+\n)+)\n+(?P<table>(?:\|.+\n?)+)", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]+\)")


@dataclass(frozen=True)
class Requirement:
    """One line: what is asked, whether it is met, in a word and in full, and the tests and paths that show it."""

    name: str
    asks: str
    state: str
    tests: tuple[str, ...]
    paths: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """``met``, ``not met`` or ``needs registering``."""
        found = [one for one in ("needs registering", "not met", "met") if one in self.state]
        return found[0]


@dataclass(frozen=True)
class Assessment:
    """One list of requirements, with a sentence about it."""

    title: str
    text: str
    requirements: tuple[Requirement, ...]


def read_fair(text: str) -> list[Assessment]:
    """The tables of the file, given as text. Raises ValueError for a line that says neither met nor not."""
    return [
        Assessment(
            match["title"],
            _LINK.sub(r"\1", " ".join(match["text"].split())).replace("`", ""),
            tuple(_requirement(line) for line in match["table"].splitlines()[2:]),
        )
        for match in _SECTION.finditer(text)
    ]


def _requirement(line: str) -> Requirement:
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    if len(cells) != 4 or ("met" not in cells[2] and "needs registering" not in cells[2]):
        raise ValueError(f"No requirement with its state and what shows it: {line}")
    shown = [one.strip() for one in cells[3].split(",")]
    tests = tuple(one.strip("`") for one in shown if one.startswith("`"))
    return Requirement(cells[0], cells[1], cells[2], tests, tuple(one for one in shown if one.startswith("/")))
