"""Build one version of the dataset into the user's data folder, or nothing at all."""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pyoxigraph as ox

from wsis_kg.names import DESCRIPTION
from wsis_kg.workshop.database import write_database
from wsis_kg.workshop.dataset import lines_of, load
from wsis_kg.workshop.description import add_description
from wsis_kg.workshop.dumps import Dump, checksums, dumps_of, write_dumps
from wsis_kg.workshop.identifiers import faulty_identifiers
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.problems import WorkshopError
from wsis_kg.workshop.quotations import words_in_quotations
from wsis_kg.workshop.records import record
from wsis_kg.workshop.rows import rows_of
from wsis_kg.workshop.rules import infer
from wsis_kg.workshop.validation import validate
from wsis_kg.workshop.values import values_against_words
from wsis_kg.workshop.versions import version

MARKER = "complete"
Progress = Callable[[str], None]

_CLAIMS_BY_DOCUMENT = """SELECT ?document ?noun (COUNT(DISTINCT ?thing) AS ?count) WHERE {
  { ?thing a :Passage ; :isPartOf ?document } UNION { ?thing :isStatedIn/:isPartOf ?document }
  GRAPH ?graph { ?thing a ?noun } FILTER(?graph != graph:inferred)
} GROUP BY ?document ?noun ORDER BY ?document ?noun"""


def current(data_home: Path, inputs: Inputs | None = None) -> Path | None:
    """The folder of a complete build of the inputs as they are now, or None when there is none yet."""
    place = data_home / version(inputs or Inputs.packaged())
    return place if is_whole(place) else None


def is_whole(place: Path) -> bool:
    """Whether a build was finished and ``dataset.nq`` still has the size that it was written with."""
    try:
        size = (place / MARKER).read_text(encoding="utf-8").split()[1]
        return (place / "dataset.nq").stat().st_size == int(size) and bool(checksums(place))
    except (OSError, IndexError, ValueError):
        return False


def assemble(inputs: Inputs, progress: Progress = lambda _: None) -> tuple[ox.Store, dict[str, int]]:
    """Load, infer and validate: the whole dataset in memory and what each rule gave.

    Raises :class:`WorkshopError` with every problem found.
    """
    progress("Reading the files")
    store = load(inputs)
    progress("Inferring")
    given = infer(store, inputs)
    progress("Validating")
    problems = [
        *validate(store, inputs),
        *words_in_quotations(store, inputs).problems,
        *values_against_words(store, inputs),
        *faulty_identifiers(store, inputs),
    ]
    if problems:
        raise WorkshopError(problems)
    return store, given


def build(
    data_home: Path,
    inputs: Inputs | None = None,
    progress: Progress = lambda _: None,
    moment: datetime | None = None,
) -> Path:
    """Build the inputs into ``data_home/<version>`` and point ``data_home/current`` at it; return the folder.

    The folder holds ``dataset.nq`` (sorted N-Quads, byte-identical for the same inputs), ``store`` (an Oxigraph
    database with the same named graphs, and their union in its default graph), ``dumps`` (the dataset as files to be
    given out), ``report.json``, and last of all the marker ``complete``. ``moment``, when the version was published,
    is written down beside them if it is given. Raises :class:`WorkshopError` on any problem; what was built before is
    then as it was.
    """
    inputs = inputs or Inputs.packaged()
    name = version(inputs)
    place = data_home / name
    if not is_whole(place):
        store, given = assemble(inputs, progress)
        progress("Describing")
        lines = lines_of(store)
        dumps = dumps_of(lines)
        add_description(store, inputs, name, dumps)
        progress("Writing")
        with work_folder(data_home, name) as work:
            write_build(work, store, lines, given, name, dumps)
            shutil.rmtree(place, ignore_errors=True)  # what is there is not whole: broken off or damaged
            work.rename(place)
    if moment is not None:
        record(place, moment)
    pointer = data_home / f".current.{os.getpid()}"
    pointer.write_text(name + "\n", encoding="utf-8")
    pointer.replace(data_home / "current")
    return place


@contextlib.contextmanager
def work_folder(data_home: Path, name: str) -> Iterator[Path]:
    """An empty folder beside the builds, in which one can be made before it gets its name; removed if it gets none."""
    work = data_home / f".{name}.{os.getpid()}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def write_build(
    work: Path, store: ox.Store, lines: Sequence[bytes], given: dict[str, int], name: str, dumps: Sequence[Dump]
) -> None:
    """Writes all that the folder of a build holds: the store, which describes itself already, and its files.

    ``lines`` are those of the dataset without its description; ``given``, what each rule gave.
    """
    _write(work, store, sorted([*lines, *_lines_of_description(store)]), given, name)
    write_dumps(work, dumps)
    _mark_complete(work, name)


def _lines_of_description(store: ox.Store) -> list[bytes]:
    # It has no blank nodes: the names that the others got stay as they are.
    quads = store.quads_for_pattern(None, None, None, ox.NamedNode(DESCRIPTION))
    text = ox.serialize(quads, format=ox.RdfFormat.N_QUADS)
    assert text is not None
    return text.splitlines(keepends=True)


def _write(work: Path, store: ox.Store, lines: list[bytes], given: dict[str, int], name: str) -> None:
    (work / "dataset.nq").write_bytes(b"".join(lines))
    write_database(work / "dataset.nq", work / "store")
    report = {
        "version": name,
        "quads": len(lines),
        "triples": len({quad.triple for quad in store}),
        "graphs": {
            g.value: _size(store, g)
            for g in sorted(store.named_graphs(), key=str)
            if isinstance(g, ox.NamedNode)
        },
        "inferred by rule": given,
        "claims by document": claims_by_document(store),
    }
    (work / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _mark_complete(work: Path, name: str) -> None:
    size = (work / "dataset.nq").stat().st_size
    (work / MARKER).write_text(f"{name}\n{size}\n", encoding="utf-8")


def _size(store: ox.Store, graph: ox.NamedNode) -> int:
    return sum(1 for _ in store.quads_for_pattern(None, None, None, graph))


def claims_by_document(store: ox.Store) -> dict[str, dict[str, int]]:
    """How many passages and claims of each noun each document states: ``{document: {noun: count}}``."""
    result: dict[str, dict[str, int]] = {}
    for row in rows_of(store, _CLAIMS_BY_DOCUMENT):
        by_noun = result.setdefault(row["document"].rsplit("/", 1)[-1], {})
        by_noun[row["noun"].rsplit("#", 1)[-1]] = int(row["count"])
    return result


__all__ = ["WorkshopError", "assemble", "build", "claims_by_document", "current"]
