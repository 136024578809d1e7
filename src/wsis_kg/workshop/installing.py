"""Installs a published dump as a build of its own version, beside the others in a data folder.

A dump is ``wsis-kg.nq`` or ``wsis-kg.nq.gz`` as ``build`` wrote it. It names no version: the name comes from the folder
it was published in (``…/<version>/wsis-kg.nq.gz``), from its own (``wsis-kg-<version>.nq.gz``, as browsers save it), or
from whoever installs it.
"""

import gzip
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from wsis_kg.names import DESCRIPTION, GRAPH, ONTOLOGY, PREFIXES
from wsis_kg.workshop.build import is_whole, work_folder, write_build
from wsis_kg.workshop.description import add_description
from wsis_kg.workshop.dumps import FOLDER, SUMS, Dump, checksums, dumps_of
from wsis_kg.workshop.problems import Problem, WorkshopError
from wsis_kg.workshop.records import VERSION, record

_PLAIN: Final = "wsis-kg.nq"
_SAVED_AS: Final = re.compile(rf"wsis-kg-({VERSION.pattern})\.nq(?:\.gz)?")
_IS_OURS: Final = f"<{ONTOLOGY}> <{PREFIXES['rdf']}type> <{PREFIXES['owl']}Ontology> ".encode()
_OF_OUR_GRAPHS: Final = re.compile(rb" <" + re.escape(GRAPH.encode()) + rb"[A-Za-z0-9._-]+> \.\n\Z")


def install(
    data_home: Path,
    path: Path,
    *,
    name: str | None = None,
    moment: datetime | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Path, bool]:
    """Installs the dump at ``path``; returns the folder of the version, and whether it is new here.

    ``name`` is the version, where neither folder nor file tells it; ``moment``, when it was published. ``current`` is
    not touched. Raises :class:`WorkshopError` for what is no dump of ours, is broken or has another checksum than
    ``SHA256SUMS`` beside it says, for a version without a name, and for one that is here with other content or another
    date; nothing is then written. OSError where the file cannot be read.
    """
    progress(f"Reading {path.name}")
    given = path.read_bytes()
    published_sums = _sums_beside(path, given)
    content = read_dump(path, given)
    version = name or _version_of(path)
    place = data_home / version
    if not VERSION.fullmatch(version):
        raise _refused(path, f"“{version}” cannot be the name of a version.", "Letters, digits, dots and hyphens can.")
    if place.exists():
        if not is_whole(place) or checksums(place).get(_PLAIN) != sha256(content).hexdigest():
            raise _refused(
                path,
                f"Version {version} is here already, and with other content.",
                f"Give the version that this dump is of with --version, or remove {place} first.",
            )
        if moment is not None:
            record(place, moment)
        return place, False
    lines = content.splitlines(keepends=True)
    dumps = _as_published(dumps_of(lines), given, published_sums)
    progress("Describing")
    store = ox.Store()
    store.bulk_load(content, format=ox.RdfFormat.N_QUADS)
    add_description(store, None, version, dumps)
    progress("Writing")
    with work_folder(data_home, version) as work:
        write_build(work, store, lines, {}, version, dumps)
        if moment is not None:
            record(work, moment)
        work.rename(place)
    return place, True


def read_dump(path: Path, given: bytes | None = None) -> bytes:
    """The N-Quads of a dump, decompressed: sorted lines, in named graphs of ours, the ontology among them.

    ``given``: its bytes, if they were read before. Raises :class:`WorkshopError` for anything else, OSError where it
    cannot be read.
    """
    content = path.read_bytes() if given is None else given
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise _refused(path, "The compressed file is broken or not whole.", "Get it again.") from error
    lines = content.splitlines(keepends=True)
    other = next((number for number, line in enumerate(lines, 1) if not _OF_OUR_GRAPHS.search(line)), None)
    if other is not None and other == len(lines) > 1 and not lines[-1].endswith(b"\n"):
        raise _refused(path, "The file breaks off in its last line.", "Get it again.")
    if other is not None or not any(line.startswith(_IS_OURS) for line in lines):
        where = f"Line {other} is no statement in a graph of this dataset." if other else "It lacks the ontology."
        raise _refused(path, f"This is no dump of wsis-kg. {where}", "Give a file wsis-kg.nq or wsis-kg.nq.gz.")
    if sorted(set(lines)) != lines or any(line.endswith(f"<{DESCRIPTION}> .\n".encode()) for line in lines):
        raise _refused(
            path,
            "This is not as a dump has it: sorted, each statement once, without graph/description.",
            "Give the file as it was published.",
        )
    try:
        for _ in ox.parse(content, format=ox.RdfFormat.N_QUADS):
            pass
    except SyntaxError as error:
        raise _refused(
            path, f"The file is broken at line {error.lineno}: it is no N-Quads.", "Get it again."
        ) from error
    return content


def _version_of(path: Path) -> str:
    saved_as = _SAVED_AS.fullmatch(path.name)
    if saved_as is not None:
        return saved_as.group(1)
    folder = path.resolve().parent
    if folder.name == FOLDER:
        folder = folder.parent
    if path.name.startswith(_PLAIN) and re.fullmatch(r"\d+\.\d+\.\d+[A-Za-z0-9.+]*-[0-9a-f]{12}", folder.name):
        return folder.name
    raise _refused(
        path,
        "The name of the file does not tell which version it is of, nor does its folder.",
        "Say it with --version, or call the file wsis-kg-<version>.nq.gz.",
    )


def _sums_beside(path: Path, given: bytes) -> dict[str, str] | None:
    """The published checksums, if there are any, after comparing that of the file."""
    try:
        text = (path.parent / SUMS).read_text(encoding="ascii")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise _refused(path, f"{SUMS} beside it is no list of checksums.", "Get it again.") from error
    sums = {name: checksum for checksum, _, name in (line.partition("  ") for line in text.splitlines())}
    saved_as = _SAVED_AS.fullmatch(path.name)
    own = path.name if saved_as is None else path.name.replace(f"-{saved_as.group(1)}", "", 1)
    if own not in sums:
        raise _refused(path, f"{SUMS} beside it does not name {own}.", "Put each dump beside its own checksums.")
    if sums[own] != sha256(given).hexdigest():
        raise _refused(path, f"Its checksum is not the one that {SUMS} beside it gives.", "Get the file again.")
    return sums


def _as_published(dumps: list[Dump], given: bytes, sums: dict[str, str] | None) -> list[Dump]:
    """The files of the version: the one that was given as it is, and the others made again.

    An address once given out never gets other bytes: where the published checksums are known, what another release of
    a library would write in another way is left out.
    """
    own = _PLAIN + (".gz" if given.startswith(b"\x1f\x8b") else "")
    files = [replace(dump, content=given) if dump.name == own else dump for dump in dumps]
    return (
        files
        if sums is None
        else [dump for dump in files if dump.name == _PLAIN or sums.get(dump.name) == dump.checksum]
    )


def _refused(path: Path, sentence: str, next_action: str) -> WorkshopError:
    return WorkshopError([Problem(sentence, file=str(path), next_action=next_action)])
