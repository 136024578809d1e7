"""A graph of the shape of ours and of any size, as a build folder that ``wsis-kg serve --no-build`` serves.

The packaged dataset is copied again and again under other names. The first copy keeps its names, so that the saved
questions find what they ask for. Documents and all they state are new in every copy, and so are their named graphs;
actors, outputs and events are shared by ten copies, as bodies are by documents; the vocabulary is there once. Dates,
figures and words differ from copy to copy. The clock and chance play no part: the same data give the same graph.
"""

import argparse
import json
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from wsis_kg.holdings import package_version
from wsis_kg.names import BASE, DESCRIPTION, GRAPH, INFERRED, ONTOLOGY
from wsis_kg.workshop.build import MARKER, build
from wsis_kg.workshop.database import write_database

COPIES_OF_A_WORLD: Final = 10
"""So many copies share their actors, outputs and events."""
SIZES: Final = {"1M": 1_000_000, "10M": 10_000_000}

_SHARED_BY_ALL: Final = (GRAPH + "wsis", GRAPH + "concepts", INFERRED)
_SHARED_BY_WORLD: Final = (GRAPH + "actors", GRAPH + "outputs", GRAPH + "events")
_OF_A_COPY: Final = (
    "document|passage|mention|mandate|task|participation|line|stage|deadline|tenure|remark|figure|dating|difference"
)
_OF_A_WORLD: Final = "collection|body|constituency|post|person|output|event|session"
_YEARS: Final = 25

# Three bytes that N-Quads cannot hold stand in a template for what differs: the copy, the world, the words.
_COPY, _WORLD, _WORDS = b"\x01", b"\x02", b"\x03"
_THING_OF_COPY: Final = re.compile(rf"(<{re.escape(BASE)}id/(?:{_OF_A_COPY})/[^>]+)>".encode())
_THING_OF_WORLD: Final = re.compile(rf"(<{re.escape(BASE)}id/(?:{_OF_A_WORLD})/[^>]+)>".encode())
_TEXT: Final = re.compile(rb'"((?:[^"\\]|\\.)*)"(?=(?:@[\w-]+)? <)')
_WORD: Final = re.compile(rb"\b(the|of|and|to)\b")
_NAME: Final = re.compile(rb"#(?:prefLabel|altLabel|symbol|abbreviation)> $")
_DATED: Final = re.compile(rb'"(\d{4})((?:-\d\d){0,2}"\^\^<[^>]*#(?:date|gYear|gYearMonth)>)')
_YEAR: Final = re.compile(rf'(<{ONTOLOGY}#(?:dueYear|year)> ")(\d{{4}})"'.encode())
_VALUE: Final = re.compile(rf'(<{ONTOLOGY}#value> ")(\d+)'.encode())
_VARYING: Final = (_DATED, _YEAR, _VALUE)

Progress = Callable[[str], None]


class Template:
    """The lines of a dataset, cut into what comes once, once in a world, and once in a copy."""

    def __init__(self, dataset: Path) -> None:
        self.once = bytearray()
        self.of_world = bytearray()
        self.of_copy = bytearray()
        self.varying: list[bytes] = []
        """Lines of a copy with a date or a figure."""
        self.quads: Counter[str] = Counter()
        self._graphs: dict[str, Counter[bytes]] = {"once": Counter(), "of world": Counter(), "of copy": Counter()}
        with dataset.open("rb") as lines:
            for line in lines:
                self._add(line)

    def _add(self, line: bytes) -> None:
        triple, _, graph = line.removesuffix(b"> .\n").rpartition(b" <")
        name = graph.decode()
        if name == DESCRIPTION:
            return  # statistics, which would be wrong, and questions, with which the graph would change
        renamed = _THING_OF_COPY.sub(rb"\1" + _COPY + b">", triple)
        by_copy = renamed != triple
        renamed = _THING_OF_WORLD.sub(rb"\1" + _WORLD + b">", renamed)
        if renamed == triple:
            self.once += triple + b" <" + graph + b"> .\n"
            self._count("once", graph)
            return
        if name not in _SHARED_BY_ALL:
            graph += _WORLD if name in _SHARED_BY_WORLD else _COPY
        self._count("of copy" if by_copy else "of world", graph if by_copy else graph.replace(_COPY, _WORLD))
        line = _TEXT.sub(_vary_words, renamed + b" <") + graph + b"> .\n"
        if not by_copy:
            # It says the same in every copy of the world, whichever document it was read in.
            self.of_world += line.replace(_COPY, _WORLD)
        elif any(pattern.search(line) for pattern in _VARYING):
            self.varying.append(line)
        else:
            self.of_copy += line

    def _count(self, part: str, graph: bytes) -> None:
        self.quads[part] += 1
        self._graphs[part][graph] += 1

    @property
    def hash(self) -> str:
        """A name for what every copy is made from."""
        digest = sha256(f"{COPIES_OF_A_WORLD} {_YEARS} ".encode())
        digest.update(self.once + b"\0" + self.of_world + b"\0" + self.of_copy + b"\0" + b"".join(self.varying))
        return digest.hexdigest()[:12]

    def size(self, copies: int) -> int:
        """The number of quads that so many copies have."""
        worlds = -(-copies // COPIES_OF_A_WORLD)
        return self.quads["once"] + worlds * self.quads["of world"] + copies * self.quads["of copy"]

    def graphs(self, copies: int) -> dict[str, int]:
        """The number of quads of each named graph of so many copies."""
        counted: Counter[str] = Counter()
        for copy in range(copies):
            in_copy, in_world = _suffix(b"x", copy), _suffix(b"w", copy // COPIES_OF_A_WORLD)
            parts = [
                *(["once"] if copy == 0 else []),
                *(["of world"] if copy % COPIES_OF_A_WORLD == 0 else []),
                "of copy",
            ]
            for part in parts:
                for graph, quads in self._graphs[part].items():
                    counted[_fill(graph, in_copy, in_world, b"").decode()] += quads
        return dict(sorted(counted.items()))

    def copies_for(self, quads: int) -> int:
        """The number of whole copies that comes nearest to so many quads."""
        copies = 1
        while self.size(copies + 1) <= quads:
            copies += 1
        return copies if quads - self.size(copies) <= self.size(copies + 1) - quads else copies + 1

    def pieces(self, copies: int) -> Iterator[bytes]:
        """The N-Quads of so many copies, piece after piece."""
        yield bytes(self.once)
        for copy in range(copies):
            world = copy // COPIES_OF_A_WORLD
            in_copy, in_world = _suffix(b"x", copy), _suffix(b"w", world)
            if copy % COPIES_OF_A_WORLD == 0:
                yield _fill(bytes(self.of_world), in_world, in_world, in_world)
            yield _fill(bytes(self.of_copy), in_copy, in_world, in_copy)
            yield _fill(b"".join(_vary(line, copy) for line in self.varying), in_copy, in_world, in_copy)


def _vary_words(match: re.Match[bytes]) -> bytes:
    """Frequent words get the mark of the copy, so that words taken from a text are still found in it; names get one
    at their end.
    """
    if _NAME.search(match.string, 0, match.start()):
        return b'"' + match.group(1) + _WORDS + b'"'
    return b'"' + _WORD.sub(rb"\1" + _WORDS, match.group(1)) + b'"'


def _suffix(letter: bytes, number: int) -> bytes:
    return b"-%s%d" % (letter, number) if number else b""


def _fill(template: bytes, in_copy: bytes, in_world: bytes, words: bytes) -> bytes:
    return template.replace(_COPY, in_copy).replace(_WORLD, in_world).replace(_WORDS, words)


def _vary(line: bytes, copy: int) -> bytes:
    years = copy % _YEARS

    def later(year: bytes) -> bytes:
        return b"%04d" % (int(year) + years)

    line = _DATED.sub(lambda m: b'"' + later(m.group(1)) + (m.group(2).replace(b"-02-29", b"-02-28")), line)
    line = _YEAR.sub(lambda m: m.group(1) + later(m.group(2)) + b'"', line)
    return _VALUE.sub(lambda m: b"%s%d" % (m.group(1), int(m.group(2)) + copy), line)


def packaged(cache: Path, say: Progress = lambda _: None) -> Path:
    """The data folder of the packaged dataset, built if that has not been done."""
    home = cache / "questions"
    home.mkdir(parents=True, exist_ok=True)
    build(home, progress=say)
    return home


def generate(cache: Path, quads: int, say: Progress = lambda _: None) -> Path:
    """A data folder with a complete build of about so many quads (whole copies), made unless it is there already.

    Needs some 600 bytes of disk for each quad, and a minute or two for a million.
    """
    source = packaged(cache, say)
    base = source / (source / "current").read_text(encoding="utf-8").strip()
    template = Template(base / "dataset.nq")
    copies = template.copies_for(quads)
    home = cache / f"generated-{quads}"
    # Changed whenever the data or the way of copying them are: another dataset has another name.
    place = home / f"{package_version()}-x{copies}-{template.hash}"
    if not _is_there(place):
        shutil.rmtree(home, ignore_errors=True)
        work = home / f".{place.name}"
        work.mkdir(parents=True)
        say(f"Writing {copies} copies, {template.size(copies):,} quads")
        begin = time.monotonic()
        with (work / "dataset.nq").open("wb") as dataset:
            for piece in template.pieces(copies):
                dataset.write(piece)
        written = time.monotonic()
        say(f"Loading them into a database ({written - begin:.0f} s so far)")
        write_database(work / "dataset.nq", work / "store")
        loaded = time.monotonic()
        made = template.size(copies)
        report = {
            "version": place.name,
            "quads": made,
            # The store holds the union as well.
            "triples": len(ox.Store.read_only(str(work / "store"))) - made,
            "copies": copies,
            "graphs": template.graphs(copies),
            "seconds": {"writing": round(written - begin, 1), "database": round(loaded - written, 1)},
        }
        (work / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        size = (work / "dataset.nq").stat().st_size
        (work / MARKER).write_text(f"{place.name}\n{size}\n", encoding="utf-8")
        work.rename(place)
        say(f"Done after {loaded - begin:.0f} s")
    (home / "current").write_text(place.name + "\n", encoding="utf-8")
    return home


def _is_there(place: Path) -> bool:
    try:
        told = (place / MARKER).read_text(encoding="utf-8").split()
        return told == [place.name, str((place / "dataset.nq").stat().st_size)]
    except OSError:
        return False


def main() -> None:
    """``python -m bench.generate --quads 1000000 --cache FOLDER`` prints the data folder to be served."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--quads", type=int, default=SIZES["1M"])
    parser.add_argument("--cache", type=Path, required=True)
    chosen = parser.parse_args()
    print(generate(chosen.cache, chosen.quads, lambda step: print(f"{step} …", flush=True)))


if __name__ == "__main__":
    main()
