"""The dataset as files for whoever wants it whole: N-Quads and TriG with the named graphs, and their union as Turtle,
N-Triples, RDF/XML and JSON-LD; each also compressed. And each named graph for itself in these four, compressed.

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

from wsis_kg.names import GRAPH, PREFIXES
from wsis_kg.workshop.problems import Problem, WorkshopError

FOLDER: Final = "dumps"
"""Where they stand in the folder of a build, and under the base of all addresses."""
SUMS: Final = "SHA256SUMS"
"""The file beside them with the checksum of each, as ``sha256sum --check`` reads it."""
COMPRESSED: Final = "application/gzip"
MEDIA_TYPES: Final = {
    "nq": "application/n-quads",
    "trig": "application/trig",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
}
"""By the suffix of the file."""
_CALLED: Final = {
    "nq": "N-Quads",
    "trig": "TriG",
    "ttl": "Turtle",
    "nt": "N-Triples",
    "rdf": "RDF/XML",
    "jsonld": "JSON-LD",
}
_OF_TRIPLES: Final = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
_GRAPHS: Final = "graph"
"""The folder of the files of one graph each."""
_PREFIX_LINES: Final = re.compile(rb"(?:@prefix [^\n]*\n)*")
_XML_PREFIXES: Final = re.compile(rb'(?: xmlns(?::[\w-]+)?="[^"]*")+')
_NOT_XML: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


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
    def graph(self) -> str:
        """The IRI of the graph that it holds; empty if it holds all."""
        _, slash, name = self.name.partition("/")
        return f"{GRAPH}{name.partition('.')[0]}" if slash else ""

    @property
    def title(self) -> str:
        """What it holds, in words."""
        what = "All graphs as one" if self.suffix in _OF_TRIPLES else "All named graphs"
        if self.graph:
            what = f"The graph “{self.graph.removeprefix(GRAPH)}”"
        return f"{what}, as {_CALLED[self.suffix]}" + (", compressed" if self.compressed else "")

    @property
    def checksum(self) -> str:
        """The SHA-256 of its bytes, in hexadecimal digits."""
        return sha256(self.content).hexdigest()


def dumps_of(lines: Sequence[bytes]) -> list[Dump]:
    """The files of a dataset given as its sorted N-Quads lines (``lines_of``), all quads in named graphs of ours."""
    quads = b"".join(lines)
    dumps = [*_twice("wsis-kg.nq", quads)]
    parsed = list(ox.parse(quads, format=ox.RdfFormat.N_QUADS))
    by_graph: dict[str, list[ox.Triple]] = {}
    for quad in parsed:
        assert isinstance(quad.graph_name, ox.NamedNode)
        by_graph.setdefault(quad.graph_name.value, []).append(quad.triple)
    in_trig = sorted(parsed, key=lambda quad: str(quad.graph_name))
    dumps += _twice("wsis-kg.trig", _written(in_trig, ox.RdfFormat.TRIG))
    # The name of a graph is the last term of its line, and has no space in it.
    union = b"".join(sorted({line.rpartition(b" <")[0] + b" .\n" for line in lines}))
    for suffix, form in _OF_TRIPLES.items():
        dumps += _twice(f"wsis-kg.{suffix}", _written(ox.parse(union, format=ox.RdfFormat.N_TRIPLES), form))
    for graph, triples in sorted(by_graph.items()):
        # Uncompressed, a graph is at its own address in each of these formats.
        name = f"{_GRAPHS}/{graph.removeprefix(GRAPH)}"
        dumps += [_compressed(f"{name}.{suffix}", _written(triples, form)) for suffix, form in _OF_TRIPLES.items()]
    return dumps


def _twice(name: str, content: bytes) -> tuple[Dump, Dump]:
    return Dump(name, content), _compressed(name, content)


def _compressed(name: str, content: bytes) -> Dump:
    # Without the time of compressing, which gzip would note. A higher level takes twice as long for 3 % less.
    return Dump(f"{name}.gz", gzip.compress(content, compresslevel=6, mtime=0))


def _written(statements: Iterable[ox.Quad] | Iterable[ox.Triple], form: ox.RdfFormat) -> bytes:
    text = ox.serialize(statements, format=form, prefixes=PREFIXES)
    assert text is not None
    # The prefixes come in another order each time.
    if form in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG):
        head = _PREFIX_LINES.match(text)
        assert head is not None
        return b"".join(sorted(head.group().splitlines(keepends=True))) + text[head.end() :]
    if form == ox.RdfFormat.RDF_XML:
        if found := _NOT_XML.search(text.decode()):
            sentence = f"A text holds the character U+{ord(found.group()):04X}, which RDF/XML cannot carry."
            raise WorkshopError([Problem(sentence, next_action="Take it out of the data.")])
        return _XML_PREFIXES.sub(lambda found: b" " + b" ".join(sorted(found.group().split())), text, count=1)
    return text


def write_dumps(build_folder: Path, dumps: Sequence[Dump]) -> None:
    """Writes the files and their checksums into the folder of a build."""
    folder = build_folder / FOLDER
    folder.mkdir()
    for dump in dumps:
        path = folder / dump.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(dump.content)
    sums = "".join(f"{dump.checksum}  {dump.name}\n" for dump in dumps)
    (folder / SUMS).write_text(sums, encoding="ascii")


def checksums(build_folder: Path) -> dict[str, str]:
    """The SHA-256 of each file by its name; empty for a build that has none."""
    try:
        text = (build_folder / FOLDER / SUMS).read_text(encoding="ascii")
    except OSError:
        return {}
    return {name: checksum for checksum, _, name in (line.partition("  ") for line in text.splitlines())}
