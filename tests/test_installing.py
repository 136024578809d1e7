"""Earlier versions beside the current one: what ``build --also`` takes, what it refuses, and what it never touches."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result
from conftest import AFTER_PUBLISHED, BEFORE_PUBLISHED, TwoVersions

from wsis_kg.cli import main
from wsis_kg.names import DESCRIPTION, GRAPH
from wsis_kg.workshop.build import build, is_whole
from wsis_kg.workshop.dumps import checksums
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.installing import install, read_dump
from wsis_kg.workshop.problems import WorkshopError
from wsis_kg.workshop.records import kept, published, read_moment, succession


@pytest.fixture
def dump(built_world: Path, tmp_path: Path) -> Path:
    """A dump as it is published, with its checksums, in a folder of its version."""
    folder = tmp_path / "published" / built_world.name
    shutil.copytree(built_world / "dumps", folder)
    return folder / "wsis-kg.nq.gz"


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_dump_becomes_a_version_beside_the_current_one(two_versions: TwoVersions, built_world: Path) -> None:
    home, before = two_versions.home, two_versions.home / two_versions.before
    assert (home / "current").read_text().strip() == two_versions.after
    assert is_whole(before) and is_whole(home / two_versions.after)
    original = {line for line in (built_world / "dataset.nq").read_bytes().splitlines() if DESCRIPTION.encode() not in line}
    installed = {line for line in (before / "dataset.nq").read_bytes().splitlines() if DESCRIPTION.encode() not in line}
    assert original == installed
    # What it says of itself is made again, without the questions of today.
    described = ox.Store()
    described.bulk_load(path=before / "dataset.nq", format=ox.RdfFormat.N_QUADS)
    assert described.query(f"ASK {{ GRAPH <{DESCRIPTION}> {{ ?d <http://www.w3.org/ns/dcat#version> '{before.name}' }} }}")
    assert not described.query(f"ASK {{ GRAPH <{DESCRIPTION}> {{ ?q <http://www.w3.org/ns/shacl#select> ?t }} }}")
    on_disk = ox.Store.read_only(str(before / "store"))
    assert sum(isinstance(quad.graph_name, ox.NamedNode) for quad in on_disk) == len(described)


def test_the_files_of_an_installed_version_are_those_that_were_published(
    two_versions: TwoVersions, built_world: Path
) -> None:
    before = two_versions.home / two_versions.before
    assert checksums(before) == checksums(built_world)
    for name in checksums(before):
        assert (before / "dumps" / name).read_bytes() == (built_world / "dumps" / name).read_bytes()


def test_dates_are_those_that_were_given_and_no_others(two_versions: TwoVersions, built_world: Path) -> None:
    found = {one.name: one.published for one in kept(two_versions.home)}
    assert found == {
        two_versions.before: datetime(2026, 12, 1, tzinfo=UTC),
        two_versions.after: datetime(2027, 3, 1, 12, 30, tzinfo=UTC),
    }
    assert [one.name for one in kept(two_versions.home)] == [two_versions.before, two_versions.after]
    assert published(built_world) is None


def test_a_version_without_a_date_has_no_place_among_the_others(two_versions: TwoVersions, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(two_versions.home, home)
    (home / two_versions.before / "published").unlink()
    assert [one.name for one in succession(kept(home), two_versions.after)] == [two_versions.after]
    (home / two_versions.after / "published").unlink()
    (home / two_versions.before / "published").write_text(BEFORE_PUBLISHED, encoding="ascii")
    assert [one.name for one in succession(kept(home), two_versions.after)] == [two_versions.before, two_versions.after]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01", "2026-12-01T00:00:00+00:00"),
        (AFTER_PUBLISHED, "2027-03-01T12:30:00+00:00"),
        ("2026-12-01T01:30:00.5+02:00", "2026-11-30T23:30:00+00:00"),
    ],
)
def test_a_date_is_a_day_or_a_time(text: str, moment: str) -> None:
    assert read_moment(text).isoformat() == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "20261201", "2026-12-01T12:00:00", "2026-W01-1"])
def test_anything_else_is_no_date(text: str) -> None:
    with pytest.raises(WorkshopError, match="no date of publication"):
        read_moment(text)


def test_the_name_of_a_saved_file_tells_its_version(dump: Path, tmp_path: Path) -> None:
    version = dump.parent.name
    saved = tmp_path / f"wsis-kg-{version}.nq.gz"
    shutil.copy(dump, saved)
    place, new = install(tmp_path / "home", saved)
    assert new and place.name == version and not (tmp_path / "home" / "current").exists()
    shutil.copy(dump.with_name("wsis-kg.nq"), tmp_path / "some.nq")
    with pytest.raises(WorkshopError, match="does not tell which version"):
        install(tmp_path / "home", tmp_path / "some.nq")
    place, new = install(tmp_path / "home", tmp_path / "some.nq", name="0.0.9-trial")
    assert new and place.name == "0.0.9-trial"


def test_installing_again_changes_nothing_but_may_add_the_date(dump: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    place, _ = install(home, dump)
    found = tree(home)
    assert install(home, dump) == (place, False) and tree(home) == found
    install(home, dump, moment=read_moment("2026-12-01"))
    assert published(place) == datetime(2026, 12, 1, tzinfo=UTC)
    with pytest.raises(WorkshopError, match="was published on 2026-12-01"):
        install(home, dump, moment=read_moment("2026-12-02"))


def _without_end(content: bytes) -> bytes:
    return content[:-40]


def _one_byte_other(content: bytes) -> bytes:
    return content.replace(b'"Tide Committee"', b'"Tide Commitee"')


REFUSED = [
    ("wsis-kg.nq", _without_end, False, "breaks off in its last line"),
    ("wsis-kg.nq", _one_byte_other, True, "checksum is not the one"),
    ("wsis-kg.nq.gz", _without_end, False, "broken or not whole"),
    ("wsis-kg.nq.gz", lambda content: content[:200] + b"\0" * 50 + content[250:], False, "broken or not whole"),
    ("wsis-kg.nq", lambda _: b"", False, "no dump of wsis-kg"),
    ("wsis-kg.nq", lambda _: b"\x89PNG\r\n\x1a\n", False, "no dump of wsis-kg"),
    ("wsis-kg.nq", lambda _: b'<http://a.example/> <http://a.example/> "a" .\n', False, "no dump of wsis-kg"),
    ("wsis-kg.nq", lambda _: f'<http://a.example/> <http://a.example/> "a" <{GRAPH}actors> .\n'.encode(), False, "lacks the ontology"),
    ("wsis-kg.nq", lambda content: b"".join(reversed(content.splitlines(keepends=True))), False, "not as a dump has it"),
    ("wsis-kg.nq", lambda content: content.replace(b"<http", b"<ht tp", 1), False, "no N-Quads"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "spoil", "with_sums", "sentence"), REFUSED)
def test_what_is_no_whole_dump_of_ours_is_refused_in_a_sentence(
    dump: Path, tmp_path: Path, name: str, spoil: Callable[[bytes], bytes], with_sums: bool, sentence: str
) -> None:
    file = dump.with_name(name)
    file.write_bytes(spoil(file.read_bytes()))
    if not with_sums:
        file.with_name("SHA256SUMS").unlink()
    home = tmp_path / "home"
    home.mkdir()
    with pytest.raises(WorkshopError, match=sentence) as told:
        install(home, file)
    assert len(told.value.problems) == 1 and told.value.problems[0].next_action
    assert tree(home) == {}


def test_checksums_that_do_not_name_the_file_are_no_proof(dump: Path, tmp_path: Path) -> None:
    dump.with_name("SHA256SUMS").write_text("0  wsis-kg.ttl\n", encoding="ascii")
    with pytest.raises(WorkshopError, match=r"does not name wsis-kg\.nq\.gz"):
        install(tmp_path / "home", dump)


def test_a_version_that_is_here_with_other_content_stays_as_it_is(
    two_versions: TwoVersions, dump: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(two_versions.home, home)
    found = tree(home)
    with pytest.raises(WorkshopError, match="here already, and with other content"):
        install(home, dump, name=two_versions.after)
    assert tree(home) == found


def test_a_bad_name_leads_nowhere(dump: Path, tmp_path: Path) -> None:
    for name in ("../elsewhere", ".hidden", "a/b", "", "x" * 200):
        with pytest.raises(WorkshopError):
            install(tmp_path / "home", dump, name=name or " ")
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_another_release_writes_in_another_way_is_left_out(dump: Path, tmp_path: Path) -> None:
    """Its published checksum cannot be met, and an address once given out never gets other bytes."""
    sums = dump.with_name("SHA256SUMS")
    lines = [line.replace(line[:64], "0" * 64) if "trig" in line else line for line in sums.read_text().splitlines()]
    sums.write_text("\n".join(lines) + "\n", encoding="ascii")
    place, _ = install(tmp_path / "home", dump)
    assert set(checksums(place)) == {line[66:] for line in lines if "trig" not in line}


def test_a_dump_compressed_otherwise_is_given_out_as_it_came(dump: Path, tmp_path: Path) -> None:
    content = gzip.decompress(dump.read_bytes())
    other = tmp_path / f"wsis-kg-{dump.parent.name}.nq.gz"
    other.write_bytes(gzip.compress(content, compresslevel=1, mtime=7))
    assert read_dump(other) == content
    place, _ = install(tmp_path / "home", other)
    assert (place / "dumps" / "wsis-kg.nq.gz").read_bytes() == other.read_bytes()
    assert is_whole(place)


# As people type it


@pytest.fixture
def run(two_versions: TwoVersions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs ``wsis-kg`` over the second version of the invented world, with a data folder of its own."""
    monkeypatch.setattr(Inputs, "packaged", classmethod(lambda cls: two_versions.inputs))
    monkeypatch.setenv("WSIS_KG_DATA", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(main, list(words), catch_exceptions=False)


def test_build_also_installs_the_dump_and_builds(
    run: Callable[..., Result], dump: Path, two_versions: TwoVersions, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(two_versions.home / two_versions.after, home / two_versions.after)
    result = run("build", "--also", str(dump), "--published", BEFORE_PUBLISHED)
    assert result.exit_code == 0, result.output
    assert f"Installed {two_versions.before}" in result.stdout and f"Built {two_versions.after}" in result.stdout
    assert (home / "current").read_text().strip() == two_versions.after
    assert published(home / two_versions.before) is not None
    assert "is here already" in run("build", "--also", str(dump)).stdout
    dump.write_bytes(b"")
    result = run("build", "--also", str(dump))
    assert result.exit_code == 1 and "nothing was written" in result.stderr and "Traceback" not in result.output
    assert run("build", "--version", "0.1.0-x").exit_code == 2
    assert "no date" in run("build", "--published", "soon").stderr


def test_the_date_of_the_version_that_is_built_is_written_down_once(two_versions: TwoVersions, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(two_versions.home, home)
    place = build(home, two_versions.inputs, moment=read_moment(AFTER_PUBLISHED))
    assert place.name == two_versions.after
    with pytest.raises(WorkshopError, match="was published on 2027-03-01T12:30:00"):
        build(home, two_versions.inputs, moment=read_moment("2027-04-01"))
