"""The dataset as files for whoever wants it whole: N-Quads and TriG with the named graphs, Turtle of their union; each
also compressed.

They hold every graph but ``graph/description``, which names their sizes and checksums, and whose counts are theirs.
The same lines give the same bytes; the compressed ones, with the same zlib.
"""

import gzip
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from wsis_kg.names import PREFIXES

FOLDER: Final = "dumps"
"""Where they stand in the folder of a build, and under the base of all addresses."""
SUMS: Final = "SHA256SUMS"
"""The file beside them with the checksum of each, as ``sha256sum --check`` reads it."""
COMPRESSED: Final = "application/gzip"
MEDIA_TYPES: Final = {"nq": "application/n-quads", "trig": "application/trig", "ttl": "text/turtle"}
"""By the suffix of the file."""
_CONTENT: Final = {
    "nq": "All named graphs, as N-Quads",
    "trig": "All named graphs, as TriG",
    "ttl": "All graphs as one, as Turtle",
}
_PREFIX_LINES: Final = re.compile(rb"(?:@prefix [^\n]*\n)*")


@dataclass(frozen=True)
class Dump:
    """One of the files."""

    name: str
    content: bytes

    @property
    def suffix(self) -> str:
        """The suffix that says what it is, compressed or not."""
        return self.name.removesuffix(".gz").rpartition(".")[2]

    @property
    def media_type(self) -> str:
        """The media type of what it is, compressed or not."""
        return MEDIA_TYPES[self.suffix]

    @property
    def compressed(self) -> bool:
        """Whether it is compressed (gzip)."""
        return self.name.endswith(".gz")

    @property
    def title(self) -> str:
        """What it holds, in words."""
        return _CONTENT[self.suffix] + (", compressed" if self.compressed else "")

    @property
    def checksum(self) -> str:
        """The SHA-256 of its bytes, in hexadecimal digits."""
        return sha256(self.content).hexdigest()


def dumps_of(lines: Sequence[bytes]) -> list[Dump]:
    """The files of a dataset given as its sorted N-Quads lines (``lines_of``), all quads in named graphs."""
    quads = b"".join(lines)
    by_graph = sorted(ox.parse(quads, format=ox.RdfFormat.N_QUADS), key=lambda quad: str(quad.graph_name))
    # The name of a graph is the last term of its line, and has no space in it.
    union = b"".join(sorted({line.rpartition(b" <")[0] + b" .\n" for line in lines}))
    plain = {
        "nq": quads,
        "trig": _written(by_graph, ox.RdfFormat.TRIG),
        "ttl": _written(ox.parse(union, format=ox.RdfFormat.N_TRIPLES), ox.RdfFormat.TURTLE),
    }
    return [
        dump
        for suffix, content in plain.items()
        for dump in (
            Dump(f"wsis-kg.{suffix}", content),
            # Without the time of compressing, which gzip would note. A higher level takes twice as long for 3 % less.
            Dump(f"wsis-kg.{suffix}.gz", gzip.compress(content, compresslevel=6, mtime=0)),
        )
    ]


def _written(statements: Iterable[ox.Quad], form: ox.RdfFormat) -> bytes:
    text = ox.serialize(statements, format=form, prefixes=PREFIXES)
    assert text is not None
    # They come in another order each time.
    head = _PREFIX_LINES.match(text)
    assert head is not None
    return b"".join(sorted(head.group().splitlines(keepends=True))) + text[head.end() :]


def write_dumps(build_folder: Path, dumps: Sequence[Dump]) -> None:
    """Writes the files and their checksums into the folder of a build."""
    folder = build_folder / FOLDER
    folder.mkdir()
    for dump in dumps:
        (folder / dump.name).write_bytes(dump.content)
    sums = "".join(f"{dump.checksum}  {dump.name}\n" for dump in dumps)
    (folder / SUMS).write_text(sums, encoding="ascii")


def checksums(build_folder: Path) -> dict[str, str]:
    """The SHA-256 of each file by its name; empty for a build that has none."""
    try:
        text = (build_folder / FOLDER / SUMS).read_text(encoding="ascii")
    except OSError:
        return {}
    return {name: checksum for checksum, _, name in (line.partition("  ") for line in text.splitlines())}
