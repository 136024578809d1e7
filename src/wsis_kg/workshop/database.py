"""The dataset as a database on disk, for a server whose dataset is too large for memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

import pyoxigraph as ox

_PIECE: Final = 1 << 20


def write_database(dump: Path, place: Path) -> None:
    """Loads the N-Quads of ``dump`` into a new Oxigraph database in the folder ``place``: each named graph, and all of
    them as one set in the default graph (RDF merge, SPARQL 1.1 Query, section 13.1).

    The dump must have one statement a line, all in named graphs, as a build writes it. Raises SyntaxError where it is
    no N-Quads, OSError where it cannot be read or the folder not be written.
    """
    database = ox.Store(place)
    # In one go: a second load would give the blank nodes other names.
    database.bulk_load(cast(IO[bytes], _WithUnion(dump)), format=ox.RdfFormat.N_QUADS)
    database.optimize()
    database.flush()


class _WithUnion:
    """A file to be read: the lines of the dump, and then each of them again without its graph."""

    def __init__(self, dump: Path) -> None:
        self._pieces = _pieces(dump)
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """So many bytes or fewer; none at the end."""
        if not self._rest:
            self._rest = next(self._pieces, b"")
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def _pieces(dump: Path) -> Iterator[bytes]:
    with dump.open("rb") as lines:
        while piece := lines.read(_PIECE):
            yield piece
        lines.seek(0)
        while some := lines.readlines(_PIECE):
            # The name of a graph holds no space.
            yield b"".join(line.rsplit(b" ", 2)[0] + b" .\n" for line in some)
