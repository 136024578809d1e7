"""What is asked: the saved questions with their sample parameters, and small lookups that are all different."""

from pathlib import Path
from typing import Final

import pyoxigraph as ox

from wsis_kg.holdings import folder
from wsis_kg.names import ONTOLOGY, PREFIXES
from wsis_kg.views.questions import read_questions

_TYPE: Final = ox.NamedNode(PREFIXES["rdf"] + "type")
_PASSAGE: Final = ox.NamedNode(ONTOLOGY + "#Passage")
_SHAPES: Final = (
    "SELECT ?property ?value {{ {thing} ?property ?value }}",
    "SELECT ?claim ?class {{ ?claim <{ontology}#isStatedIn> {thing} ; a ?class }}",
    "SELECT ?document ?label {{ {thing} <{ontology}#isPartOf> ?document . "
    "?document <http://www.w3.org/2004/02/skos/core#prefLabel> ?label }}",
)

RUNAWAY: Final = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(14)) + " }"
"""A query that no engine ends in this world: the product of all statements with themselves, fourteen times."""


def questions() -> dict[str, str]:
    """The text of each saved question, by name; they run with the parameters that stand in their files."""
    return {name: question.text for name, question in read_questions(folder("queries")).items()}


def lookups(build_folder: Path, count: int) -> list[str]:
    """So many different small queries about passages from all over the dataset: what it is, what it states, where
    it stands. The same ones for the same dataset.
    """
    store = ox.Store.read_only(str(build_folder / "store"))
    things = sorted(str(quad.subject) for quad in store.quads_for_pattern(None, _TYPE, _PASSAGE, ox.DefaultGraph()))
    wanted = -(-count // len(_SHAPES))
    chosen = things[:: max(1, len(things) // wanted)][:wanted]
    return [shape.format(thing=thing, ontology=ONTOLOGY) for thing in chosen for shape in _SHAPES][:count]
