"""Which files a data folder holds to be given out, of which versions."""

from dataclasses import dataclass
from pathlib import Path

from wsis_kg.workshop.dumps import COMPRESSED, FOLDER, MEDIA_TYPES, checksums
from wsis_kg.workshop.records import VERSION


@dataclass(frozen=True)
class DumpFile:
    """A file that is given out."""

    name: str
    media_type: str
    size: int
    checksum: str
    """The SHA-256 in hexadecimal digits."""

    @property
    def graph(self) -> str:
        """The name of the graph that it holds; empty if it holds all."""
        return self.name.rpartition("/")[2].partition(".")[0] if "/" in self.name else ""


def dump_files(build_folder: Path) -> list[DumpFile]:
    """The files of a build; none for a build that has none, or is not complete."""
    if not (build_folder / "complete").is_file():
        return []
    found = []
    for name, checksum in checksums(build_folder).items():
        media_type = COMPRESSED if name.endswith(".gz") else MEDIA_TYPES[name.rpartition(".")[2]]
        try:
            size = (build_folder / FOLDER / name).stat().st_size
        except OSError:
            return []  # the folder is being removed
        found.append(DumpFile(name, media_type, size, checksum))
    return found


def versions(data_home: Path) -> list[str]:
    """The versions that have files here, in the order of their names."""
    folders = [folder for folder in data_home.iterdir() if VERSION.fullmatch(folder.name)]
    return sorted(folder.name for folder in folders if dump_files(folder))
