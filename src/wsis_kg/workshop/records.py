"""What is written down of each version in a data folder beside its content: when it was published.

A build knows no clock, so that the same inputs give the same bytes. The date is what whoever publishes says it is
(``wsis-kg build --published``); nothing is taken from the times of files, which every copy changes. A version of which
nobody said it has no date.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from wsis_kg.workshop.problems import Problem, WorkshopError

RECORD: Final = "published"
"""The file in the folder of a build that holds its date."""
VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,99}")
"""What may be the name of a version, and of its folder."""


@dataclass(frozen=True)
class Kept:
    """A version that is kept in a data folder."""

    name: str
    folder: Path
    published: datetime | None
    """In UTC, to the second; None where nobody said it."""


def read_moment(text: str) -> datetime:
    """A day (its first second in UTC) or a time with its offset from UTC, as RFC 3339 writes them.

    Raises :class:`WorkshopError` for anything else.
    """
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        pass
    raise WorkshopError(
        [
            Problem(
                f"“{text}” is no date of publication.",
                next_action="Write a day such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z.",
            )
        ]
    )


def published(build_folder: Path) -> datetime | None:
    """When the version of that folder was published; None where nobody said it, or the record cannot be read."""
    try:
        return read_moment((build_folder / RECORD).read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError, WorkshopError):
        return None


def record(build_folder: Path, moment: datetime) -> None:
    """Writes down when a version was published. Raises :class:`WorkshopError` if another date is on record."""
    known = published(build_folder)
    if known is not None and known != moment:
        raise WorkshopError(
            [
                Problem(
                    f"Version {build_folder.name} was published on {known.isoformat()}, as its record says.",
                    file=str(build_folder / RECORD),
                    next_action="Give the same date, or remove the record first if it is wrong.",
                )
            ]
        )
    new = build_folder / f".{RECORD}.{os.getpid()}"
    new.write_text(moment.isoformat().replace("+00:00", "Z") + "\n", encoding="ascii")
    new.replace(build_folder / RECORD)


def kept(data_home: Path) -> list[Kept]:
    """The complete builds in a data folder: those with a date in its order, then the others by name."""
    found = [
        Kept(folder.name, folder, published(folder))
        for folder in data_home.iterdir()
        if VERSION.fullmatch(folder.name) and (folder / "complete").is_file()
    ]
    first = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda one: (one.published is None, one.published or first, one.name))


def succession(versions: Sequence[Kept], current: str) -> list[Kept]:
    """The versions that followed one another: those with a date, and last the current one if it has none.

    Whoever runs the server says which is current; of other versions without a date nobody knows where they belong.
    """
    return [one for one in versions if one.published is not None or one.name == current]
