"""``vocabulary.py`` equals the ontology both ways, and no file of the project uses a term that is not defined."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import OWL, RDF

from wsis_kg.names import BASE, NOUNS, ONTOLOGY, PREFIXES
from wsis_kg.vocabulary import WSIS
from wsis_kg.workshop.inputs import Inputs

INPUTS = Inputs.packaged()
SOURCE = Path(__file__).resolve().parent.parent
FILES = [path for name, path in INPUTS.files() if path.suffix in (".ttl", ".rq")]


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    return rdflib.Graph().parse(INPUTS.ontology / "wsis.ttl")


def defined(ontology: rdflib.Graph) -> set[str]:
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
    subjects = {s for kind in kinds for s in ontology.subjects(RDF.type, kind)}
    return {str(s).removeprefix(ONTOLOGY + "#") for s in subjects if str(s).startswith(ONTOLOGY + "#")}


def test_the_vocabulary_in_code_is_the_ontology(ontology: rdflib.Graph) -> None:
    assert set(WSIS.__annotations__) == defined(ontology)


def test_a_term_that_is_not_defined_cannot_be_named() -> None:
    with pytest.raises(AttributeError):
        WSIS.isStatedOn  # noqa: B018


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_uses_an_undefined_term(path: Path, ontology: rdflib.Graph) -> None:
    text = re.sub(r'"(?:[^"\\\n]|\\.)*"|<[^>\s]*>|#[^\n]*', " ", path.read_text(encoding="utf-8"))
    used = set(re.findall(r"(?<![\w:.\-])(?<!\?):([A-Za-z]\w*)", text))
    assert used <= defined(ontology)


def test_prefixes_are_declared_as_they_are_everywhere(ontology: rdflib.Graph) -> None:
    for path in FILES:
        for name, iri in re.findall(
            r"^@?(?:prefix|PREFIX)\s+([\w-]*):\s*<([^>]+)>", path.read_text(encoding="utf-8"), re.M
        ):
            assert PREFIXES.get(name) == iri, f"{path.name}: {name}"


def test_each_noun_has_a_prefix_of_its_own() -> None:
    assert len({PREFIXES[noun] for noun in NOUNS}) == len(NOUNS)
    assert all(PREFIXES[noun] == f"{BASE}id/{noun}/" for noun in NOUNS)
