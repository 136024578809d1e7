"""Identifiers: a wrong form or check digit is named with its file and line, and the right ones pass."""

from __future__ import annotations

import httpx
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsis_kg.names import PREFIXES
from wsis_kg.workshop.dataset import load
from wsis_kg.workshop.identifiers import _fault, faulty_identifiers
from wsis_kg.workshop.inputs import Inputs

REGISTER = "documents/ports-register.ttl"
ROR = "0p0rts055"
ISNI = "0000 0000 0000 001X"


def faults(inputs: Inputs) -> list[str]:
    return [str(problem) for problem in faulty_identifiers(load(inputs), inputs)]


def spoil(world: Inputs, old: str, new: str) -> None:
    file = world.data / REGISTER
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_identifiers_of_the_world_are_right(world: Inputs) -> None:
    """The two of the world have check digits, and those fit."""
    assert faults(world) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (ROR, "0p0rts056", "The check digits of the ror identifier '0p0rts056' are wrong."),
        (ROR, "0p0rst055", "The check digits of the ror identifier '0p0rst055' are wrong."),
        (ROR, "https://ror.org/0p0rts055", "does not have the form of ror: 0, six letters or digits and two digits"),
        (ROR, "0p0rto055", "does not have the form of ror"),
        (ISNI, "0000 0000 0000 0019", "The check digits of the isni identifier '0000 0000 0000 0019' are wrong."),
        (ISNI, "000000000000001X", "does not have the form of isni: four groups of four"),
        ("identifier-kind:isni", "identifier-kind:lei", "does not have the form of lei"),
        ("identifier-kind:isni", "identifier-kind:viaf", "Nothing here knows the form of identifiers of the scheme"),
    ],
)
def test_a_fault_is_named_with_its_place(world: Inputs, old: str, new: str, said: str) -> None:
    """File, line and claim stand with the fault, and what to do."""
    spoil(world, old, new)
    (fault,) = faults(world)
    assert said in fault
    assert f"data/{REGISTER}:" in fault and "identification:ports-register-ports-" in fault
    assert "Copy it again from its source" in fault


@given(digit=st.integers(0, 9), place=st.integers(0, 8))
def test_no_single_wrong_digit_passes_as_a_ror(digit: int, place: int) -> None:
    """MOD 97-10 finds every error of one character."""
    changed = ROR[:place] + str(digit) + ROR[place + 1 :]
    assert (not _fault("ror", changed)) == (changed == ROR)


def test_all_identifiers_of_the_data_are_right() -> None:
    """None of the sources was copied wrongly, as far as check digits tell."""
    inputs = Inputs.packaged()
    store = load(inputs)
    assert [str(problem) for problem in faulty_identifiers(store, inputs)] == []


def test_both_items_of_a_disputed_body_stay_and_neither_is_the_same(real_store: ox.Store) -> None:
    """Two sources give UNHCR different Wikidata items: both are kept as claims, and no exact match is inferred."""

    def rows(query: str) -> list[str]:
        return sorted(row[0].value for row in real_store.query(query, prefixes=PREFIXES, use_default_graph_as_union=True))

    assert rows("SELECT ?i { ?c :identifies body:unhcr ; :identifier ?i }") == ["Q132551", "Q28606331"]
    assert rows("SELECT ?x { body:unhcr skos:exactMatch ?x }") == []
    assert rows("SELECT ?x { body:unesco skos:exactMatch ?x }") == [
        "http://www.wikidata.org/entity/Q7809",
        "https://ror.org/04h4z8k05",
    ]


def test_a_page_shows_identifiers_with_their_sources(real_site: str) -> None:
    """Each with where it leads and who gives it; where two sources disagree, both stand and the page says so."""
    disputed = httpx.get(f"{real_site}/doc/body/unhcr.html").text
    assert disputed.count("the sources disagree") == 2
    for item in ("Q132551", "Q28606331"):
        assert f'<a href="https://www.wikidata.org/wiki/{item}"><code>{item}</code></a>' in disputed
    agreed = httpx.get(f"{real_site}/doc/body/unesco.html").text
    section = agreed[agreed.index('<h2 id="identifiers">') :].partition("</section>")[0]
    assert "the sources disagree" not in section
    assert section.count("<dt>") == 5, "channel, ISNI, LEI, ROR, Wikidata"
    assert section.count("third party") == 6, "two sources give the Wikidata item"
