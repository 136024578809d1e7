"""Checks over the whole graph and the fixtures that trip them.

A fixture is ``tests/checks/<check>/valid.<why>.trig`` or ``invalid.<why>.trig``; it is added to the shared world of
``_context.trig`` and to the ontology. The first lines of an invalid one announce exactly which rows come,
``# fails: <check> <subject> <subject>``, and no other check may give a row. Every check must be tripped by a fixture
in its own folder: a check that cannot fail is a defect.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from wsis_kg.holdings import folder
from wsis_kg.names import GRAPH, PREFIXES

HERE = Path(__file__).parent / "checks"
FIXTURES = sorted(HERE.glob("*/*valid.*.trig"))
CHECKS = sorted((folder("queries") / "checks").glob("*.rq"))
SENTENCE = re.compile(r"\S.*\.")


@cache
def world() -> tuple[ox.Quad, ...]:
    """The ontology in its graph, and what all fixtures share."""
    store = ox.Store()
    store.load(path=folder("ontology") / "wsis.ttl", to_graph=ox.NamedNode(GRAPH + "wsis"))
    store.load(path=HERE / "_context.trig")
    return tuple(store)


def rows(check: Path, store: ox.Store) -> list[dict[str, str]]:
    """The rows of a check by variable, run as any engine runs it: with no prefix but its own."""
    found = store.query(check.read_text(encoding="utf-8"), use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [{name: row[name].value for name in names if row[name] is not None} for row in found]


def expanded(name: str) -> str:
    """The IRI that a fixture's first lines name, written with a prefix or in angle brackets."""
    if name.startswith("<"):
        return name.strip("<>")
    prefix, local = name.split(":", 1)
    return PREFIXES[prefix] + local


def announced(path: Path) -> Counter[tuple[str, str]]:
    """Check and subject of each row that the first lines of a fixture say must come."""
    said: Counter[tuple[str, str]] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("# fails: "):
            break
        check, *subjects = line.removeprefix("# fails: ").split()
        assert subjects, f"{path.name}: this line names no subject: {line}"
        said.update((check, expanded(subject)) for subject in subjects)
    return said


def test_the_shared_world_has_no_fault() -> None:
    store = ox.Store()
    store.extend(world())
    assert [(check.stem, row) for check in CHECKS for row in rows(check, store)] == []


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_exactly_what_is_announced_fails(path: Path) -> None:
    said = announced(path)
    assert bool(said) == path.name.startswith("invalid."), (
        "An invalid fixture announces what fails, a valid one nothing."
    )
    store = ox.Store()
    store.extend(world())
    store.load(path=path)
    found = [(check.stem, row) for check in CHECKS for row in rows(check, store)]
    assert Counter((name, row["subject"]) for name, row in found) == said
    for _, row in found:
        assert SENTENCE.fullmatch(row["problem"]), f"A problem is a sentence: {row['problem']}"
        assert SENTENCE.fullmatch(row["next"]), f"What to do next is a sentence: {row['next']}"


@pytest.mark.parametrize("check", CHECKS, ids=lambda path: path.stem)
def test_a_check_says_what_it_finds_and_can_fail(check: Path) -> None:
    first = check.read_text(encoding="utf-8").splitlines()[0]
    assert re.fullmatch(r"# [A-Z].+", first), "The first line of a check says what it finds."
    own = [path for path in FIXTURES if path.parent.name == check.stem and path.name.startswith("invalid.")]
    assert own, f"{check.stem} has no fixture that trips it."
    assert all(check.stem in {name for name, _ in announced(path)} for path in own)


def test_every_folder_of_fixtures_is_of_a_check() -> None:
    assert {path.parent.name for path in FIXTURES} <= {check.stem for check in CHECKS}


@pytest.mark.parametrize("check", CHECKS, ids=lambda path: path.stem)
def test_every_way_to_fail_that_a_check_lists_is_tripped(check: Path) -> None:
    """Each property or class that a list of values names, and each aspect that can be left open, stands in a fixture."""
    query = check.read_text(encoding="utf-8")
    # What stands in a FILTER is what is allowed, not what fails.
    failing = re.sub(r"FILTER NOT EXISTS \{.*?\n  \}", "", query, flags=re.DOTALL)
    lists = re.findall(r"VALUES \?(?:property|class) \{([^}]*)\}", failing)
    listed = {term for terms in lists for term in terms.split()} | set(re.findall(r"leavesOpen (aspect:\w+)", query))
    own = [path for path in FIXTURES if path.parent.name == check.stem and path.name.startswith("invalid.")]
    shown = "\n".join(path.read_text(encoding="utf-8") for path in own)
    assert sorted(term for term in listed if not re.search(rf"(?<![\w-]){term}\b", shown)) == []


def test_the_derived_properties_are_those_of_the_ontology() -> None:
    """Nothing that the last section of the ontology declares may be typed in."""
    ontology = (folder("ontology") / "wsis.ttl").read_text(encoding="utf-8")
    derived = set(re.findall(r"^(:\w+) a owl:", ontology[ontology.index("# Derived: never typed in") :], re.MULTILINE))
    query = (folder("queries") / "checks" / "derived-but-typed-in.rq").read_text(encoding="utf-8")
    assert derived == set(re.findall(r"(?<=\s)(:\w+)(?=[\s}])", query.split("FILTER")[0]))
