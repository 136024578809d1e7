"""What changed from one version to another: found by thing and property, told in words, as RDF, and as a patch."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result
from conftest import TwoVersions

from wsis_kg.cli import main
from wsis_kg.names import BASE, DESCRIPTION, GRAPH, INFERRED, ONTOLOGY, PREFIXES
from wsis_kg.views.change_report import as_patch, as_trig, counts, in_words
from wsis_kg.views.changes import Changes, changes

BODY = PREFIXES["body"]
LABEL = PREFIXES["skos"] + "prefLabel"


def lines(*statements: str, graph: str = "actors") -> list[bytes]:
    """N-Quads lines from Turtle-like triples of whole terms, in a graph of ours."""
    return [f"{statement} <{GRAPH}{graph}> .\n".encode() for statement in statements]


def label(slug: str, text: str) -> str:
    return f'<{BODY}{slug}> <{LABEL}> "{text}"@en'


def of(folder: Path) -> list[bytes]:
    return (folder / "dataset.nq").read_bytes().splitlines(keepends=True)


@pytest.fixture(scope="module")
def found(two_versions: TwoVersions) -> Changes:
    home = two_versions.home
    return changes(two_versions.before, of(home / two_versions.before), two_versions.after, of(home / two_versions.after))


def test_things_are_added_removed_and_changed(found: Changes) -> None:
    assert {(thing.iri.removeprefix(BASE + "id/"), thing.kind) for thing in found.things if thing.group == "body"} >= {
        ("body/buoy-office", "added"),
        ("body/board", "changed"),
    }
    kinds = {thing.iri: thing.kind for thing in found.things}
    assert kinds[PREFIXES["constituency"] + "tug-owners"] == "removed"
    assert kinds[PREFIXES["output"] + "chart"] == "changed"
    assert BODY + "tide-committee" not in kinds, "It is said in another file, and that is all"
    assert {value.text for (subject, _, value), _, _ in found.moved if subject == BODY + "tide-committee"} >= {"TC"}


def test_what_rules_infer_is_told_apart(found: Changes) -> None:
    office = next(thing for thing in found.things if thing.iri == BODY + "buoy-office")
    by_property = {(part.predicate, part.inferred): [said.value.text for said in part.added] for part in office.properties}
    assert by_property[LABEL, False] == ["Buoy Office"]
    assert by_property[PREFIXES["rdf"] + "type", False] == [ONTOLOGY + "#Body"]
    inferred = by_property[PREFIXES["rdf"] + "type", True]
    assert ONTOLOGY + "#Actor" in inferred and ONTOLOGY + "#Body" not in inferred
    # Asserted comes first.
    assert [part.inferred for part in office.properties] == sorted(part.inferred for part in office.properties)


def test_words_name_thing_and_property_with_their_labels(found: Changes) -> None:
    text = list(in_words(found))
    assert text[0].startswith(f"From {found.before} to {found.after}: ")
    assert "  + body:buoy-office “Buoy Office”" in text and "  - constituency:tug-owners “tug owners”" in text
    chart = text.index("  ~ output:chart “Chart of the northern waters”")
    assert text[chart + 1] == "      skos:prefLabel: “Chart of the northern approaches” -> “Chart of the northern waters”"
    board = text.index("  ~ body:board “Board of Charts”")
    assert text[board + 1] == "      skos:altLabel: + “Board of Sea Charts”"
    assert "      kind: + body-kind:office “office”" in text
    assert any(line.endswith("body:tide-committee abbreviation “TC”: actors -> outputs") for line in text) or any(
        "body:tide-committee" in line and line.endswith("actors -> outputs") for line in text
    )
    short = list(in_words(found, summary=True))
    assert "body: 1 added, 1 changed" in short and len(short) < len(text)


def test_the_same_content_is_no_change(two_versions: TwoVersions, built_world: Path) -> None:
    before = two_versions.home / two_versions.before
    same = changes("a", of(built_world), "b", of(before))
    assert same.none and counts(same) == "nothing has changed." and not same.added
    assert [line for line in of(before) if DESCRIPTION.encode() in line] != [
        line for line in of(built_world) if DESCRIPTION.encode() in line
    ]


def test_a_statement_that_becomes_asserted_or_only_inferred_says_so() -> None:
    said = f"<{BODY}a> <{ONTOLOGY}#involves> <{BODY}b>"
    asserted, inferred = lines(said), lines(said, graph=INFERRED.removeprefix(GRAPH))
    (gone,) = changes("1", [*asserted, *inferred], "2", inferred).things[0].properties
    assert gone.removed[0].note == "is still inferred" and not gone.added and not gone.inferred
    (come,) = changes("1", inferred, "2", asserted).things[0].properties
    assert come.added[0].note == "was inferred before" and not come.inferred
    # That a rule gives what is asserted anyway is no change for a reader.
    assert changes("1", asserted, "2", [*asserted, *inferred]).things == []


def test_blank_nodes_are_compared_by_what_they_hold() -> None:
    def listed(name: str, members: Iterable[str]) -> list[bytes]:
        rdf, owl = PREFIXES["rdf"], PREFIXES["owl"]
        statements = [f"_:{name}0 <{owl}members> _:{name}1"]
        for number, member in enumerate(members, 1):
            statements += [f"_:{name}{number} <{rdf}first> <{ONTOLOGY}#{member}>", f"_:{name}{number} <{rdf}rest> _:{name}{number + 1}"]
        return lines(*statements, graph="wsis")

    assert changes("1", listed("x", ["A", "B"]), "2", listed("y", ["A", "B"])).none
    other = changes("1", listed("x", ["A", "B"]), "2", listed("x", ["A", "C"]))
    assert not other.none and other.unnamed[0] and other.unnamed[1]
    circle = lines(f"_:a <{ONTOLOGY}#p> _:b", f"_:b <{ONTOLOGY}#p> _:a", graph="wsis")
    assert changes("1", circle, "2", circle).none


def test_values_keep_their_language_and_datatype() -> None:
    text = "\n".join(
        in_words(
            changes(
                "1",
                lines(label("a", "Port\\nOffice"), f'<{BODY}a> <{LABEL}> "Bureau"@fr', f'<{BODY}a> <{ONTOLOGY}#order> "7"^^<{PREFIXES["xsd"]}integer>'),
                "2",
                lines(label("a", "Port Office")),
            )
        )
    )  # fmt: skip
    assert "“Bureau” (fr)" in text and "order: - 7" in text and "+ “Port Office”" in text


def test_trig_holds_what_was_added_and_removed_in_named_graphs(found: Changes) -> None:
    store = ox.Store()
    store.load(as_trig(found), format=ox.RdfFormat.TRIG)
    here = f"{BASE}version/{found.after}/changes/{found.before}#"
    names = {"added", "removed", "inferred-added", "inferred-removed"}
    assert {str(graph) for graph in store.named_graphs()} <= {f"<{here}{name}>" for name in names}
    removed, added = found.statements(inferred=False)
    assert len(list(store.quads_for_pattern(None, None, None, ox.NamedNode(here + "added")))) == added > 0
    assert len(list(store.quads_for_pattern(None, None, None, ox.NamedNode(here + "removed")))) == removed > 0
    new_bodies = store.query(f"SELECT ?b {{ GRAPH <{here}added> {{ ?b a <{ONTOLOGY}#Body> }} }}")
    assert isinstance(new_bodies, ox.QuerySolutions)
    assert [row["b"] for row in new_bodies] == [ox.NamedNode(BODY + "buoy-office")]
    described = list(store.quads_for_pattern(None, ox.NamedNode(PREFIXES["dcterms"] + "description"), None, None))
    assert {str(quad.subject) for quad in described} == {f"<{here}{name}>" for name in names}


def test_the_patch_applied_to_one_version_gives_the_other(found: Changes, two_versions: TwoVersions) -> None:
    dumps = [two_versions.home / version / "dumps" / "wsis-kg.nq" for version in (found.before, found.after)]
    patched = set(dumps[0].read_bytes().splitlines(keepends=True))
    rows = as_patch(found).splitlines(keepends=True)
    assert rows[0].startswith(b"H id ") and rows[1] == b"TX .\n" and rows[-1] == b"TC .\n"
    for row in rows[2:-1]:
        line = row[2:]
        if row.startswith(b"D "):
            patched.remove(line)
        else:
            assert row.startswith(b"A ") and line not in patched
            patched.add(line)
    assert b"".join(sorted(patched)) == dumps[1].read_bytes()


# As people type it


@pytest.fixture
def run(two_versions: TwoVersions, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("WSIS_KG_DATA", str(two_versions.home))
    return lambda *words: CliRunner().invoke(main, ["diff", *words], catch_exceptions=False)


def test_diff_ends_as_diff_does(run: Callable[..., Result], two_versions: TwoVersions, tmp_path: Path) -> None:
    assert run(two_versions.before, two_versions.before).exit_code == 0
    assert run(two_versions.before, two_versions.before, "--format", "patch").stdout.count("\n") == 3
    told = run(two_versions.before)
    assert told.exit_code == 1 and f"to {two_versions.after}" in told.stdout
    unknown = run("0.0.0-nowhere")
    assert unknown.exit_code == 2 and "neither a version" in unknown.stderr and two_versions.after in unknown.stderr
    (tmp_path / "no.nq").write_text("no", encoding="utf-8")
    assert run(str(tmp_path / "no.nq")).exit_code == 2
    assert run().exit_code == 2


def test_diff_takes_files_as_well(run: Callable[..., Result], two_versions: TwoVersions, tmp_path: Path) -> None:
    home = two_versions.home
    before = tmp_path / "before.nq.gz"
    shutil.copy(home / two_versions.before / "dumps" / "wsis-kg.nq.gz", before)
    by_file = run(str(before), str(home / two_versions.after / "dumps" / "wsis-kg.nq"), "--format", "summary")
    by_name = run(two_versions.before, two_versions.after, "--format", "summary")
    assert by_file.exit_code == by_name.exit_code == 1
    assert by_file.stdout.splitlines()[1:] == by_name.stdout.splitlines()[1:]
    before.write_bytes(gzip.compress(b"<a> <b> <c> .\n"))
    assert "no dump of wsis-kg" in run(str(before)).stderr
