"""How strongly verbs ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

NO_VERB: Final = "no-verb"
"""Stands for the force of what is asked where no verb is printed, as in the rows of a table."""


@dataclass(frozen=True)
class Force:
    """How strongly a verb asks: a concept, its name and what it means."""

    iri: str
    name: str
    means: str = ""

    @property
    def slug(self) -> str:
        """The last part of its IRI."""
        return self.iri.rpartition("/")[2]


def read_forces(rows: Iterable[Mapping[str, str]]) -> dict[str, Force]:
    """The force of each verb, from the rows of ``queries/pages/forces.rq``."""
    return {row["verb"]: Force(row["force"], row["name"], row.get("means", "")) for row in rows}
