"""Which dataset is to be served: that of a data folder, where ``<data_home>/current`` names a build and is replaced
atomically by the next one; or that which a service elsewhere holds.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

LOADING: Final = "-loading"
"""How the version in a service ends while a publication is under way, or after one that was broken off."""
_LOOKS_APART: Final = 60.0
"""Seconds between two looks at a service in which no version was published, for each counts all that is there."""


class NoBuild(Exception):
    """There is no complete build; the text says which file is missing."""


@dataclass(frozen=True)
class Build:
    """What a store process opens: a folder or the address of a service, and the version in it."""

    place: str
    version: str


class Source(Protocol):
    """Where builds come from."""

    may_recover: bool
    """Whether a build that cannot be opened now may be opened later."""

    def current(self) -> Build:
        """The build to be served now. May block. Raises NoBuild."""


class DataFolder:
    """The folder in which ``wsis-kg build`` keeps its builds."""

    may_recover = False

    def __init__(self, data_home: Path) -> None:
        self._data_home = data_home

    def current(self) -> Build:
        """The build that ``current`` names. Raises NoBuild."""
        folder = current_folder(self._data_home)
        return Build(str(folder), folder.name)


class OneVersion:
    """One version of those in a data folder, for good."""

    may_recover = False

    def __init__(self, data_home: Path, version: str) -> None:
        self._data_home = data_home
        self._version = version

    def current(self) -> Build:
        """That version. Raises NoBuild if it is not there."""
        return Build(str(version_folder(self._data_home, self._version)), self._version)


class ServiceElsewhere:
    """A SPARQL 1.1 service, with the credentials of the environment."""

    may_recover = True

    def __init__(self, address: str) -> None:
        """Raises credentials.BadService if that is no address, or the credentials do not fit together."""
        # httpx is for those who serve from elsewhere.
        from .credentials import Credentials
        from .remote_service import Service

        self.address = address
        self._service = Service(address, Credentials.from_environment(), seconds=_LOOKS_APART)
        self._seen: tuple[float, Build] | None = None

    def current(self) -> Build:
        """What the service holds now. Raises NoBuild if it does not tell."""
        from .problems import QueryProblem
        from .remote import edition_of, version_of

        try:
            version = version_of(self._service)
            if version is None:
                if self._seen is not None and time.monotonic() - self._seen[0] < _LOOKS_APART:
                    return self._seen[1]
                version = edition_of(self._service).version
                self._seen = time.monotonic(), Build(self.address, version)
            return Build(self.address, version)
        except QueryProblem as problem:
            raise NoBuild(str(problem)) from problem
        finally:
            self._service.close()


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
