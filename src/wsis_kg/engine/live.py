"""Which build of the dataset is to be served: ``<data_home>/current`` names it, replaced atomically by a build."""

from pathlib import Path


class NoBuild(Exception):
    """The data folder holds no complete build; the text says which file is missing."""


def current_folder(data_home: Path) -> Path:
    """The folder of the build that ``current`` names. Raises NoBuild."""
    pointer = data_home / "current"
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NoBuild(
            f"There is no build in {data_home}: the file {pointer.name} is missing. Run wsis-kg build."
        ) from error
    return version_folder(data_home, name)


def version_folder(data_home: Path, name: str) -> Path:
    """The folder of the build of that version. Raises NoBuild."""
    folder = data_home / name
    if not name or folder.parent != data_home or not (folder / "complete").is_file():
        raise NoBuild(f"The build {name!r} in {data_home} is not complete. Run wsis-kg build.")
    return folder
