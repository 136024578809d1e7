"""The engine that is being asked now: it is exchanged when a new version of the dataset has been built."""

import logging
from pathlib import Path
from typing import Self

from .store import Engine

_log = logging.getLogger(__name__)


class NoBuild(Exception):
    """The data folder holds no complete build; the text says which file is missing."""


class LiveEngine:
    """Follows ``<data_home>/current``, the file that names the version to serve (replaced atomically by a
    build).
    """

    def __init__(self, data_home: Path) -> None:
        """Opens the current build. Raises NoBuild if there is no complete one."""
        self._data_home: Path | None = data_home
        self._engine = Engine(_current_folder(data_home))
        self._refused: str | None = None

    @classmethod
    def fixed(cls, engine: Engine) -> Self:
        """One engine for good, following nothing."""
        live = cls.__new__(cls)
        live._data_home, live._engine, live._refused = None, engine, None
        return live

    @property
    def engine(self) -> Engine:
        """The engine to ask. Hold on to it for the length of one request: the next one may get another."""
        return self._engine

    def refresh(self) -> bool:
        """Opens the version that ``current`` now names and exchanges the engine; says whether it did.

        A build that cannot be opened is reported once in the log, and the engine stays as it is.
        """
        if self._data_home is None:
            return False
        try:
            folder = _current_folder(self._data_home)
            if folder.name in (self._engine.version, self._refused):
                return False
            self._engine = Engine(folder)
        except NoBuild:
            # Between two builds, or a folder being removed: the next look decides.
            return False
        except (OSError, SyntaxError) as error:
            self._refused = folder.name
            _log.error("Version %s cannot be opened and is not served: %s", folder.name, error)
            return False
        _log.info("Now serving version %s", folder.name)
        return True


def _current_folder(data_home: Path) -> Path:
    pointer = data_home / "current"
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NoBuild(
            f"There is no build in {data_home}: the file {pointer.name} is missing. Run wsis-kg build."
        ) from error
    folder = data_home / name
    if not name or folder.parent != data_home or not (folder / "complete").is_file():
        raise NoBuild(f"The build {name!r} in {data_home} is not complete. Run wsis-kg build.")
    return folder
