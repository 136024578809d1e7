"""The timeline of what falls due: a mark for each, by years, as places in a drawing that a template writes as SVG."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from wsis_kg.views.deadlines import SECTIONS, Due, Section

_COLUMN: Final = 86
_STEP: Final = 26
_IN_A_ROW: Final = 3
_MARGIN: Final = 12
_HEAD: Final = 24
_FOOT: Final = 30
_MOST_EMPTY: Final = 3
"""Years without anything that stand between two with something; a longer run of them is left out."""


@dataclass(frozen=True)
class Mark:
    """One thing that falls due, at a place in the drawing."""

    due: Due
    x: int
    y: int
    section: Section


@dataclass(frozen=True)
class Column:
    """One year; ``gap`` says that years without anything were left out before it."""

    year: int
    x: int
    marks: list[Mark]
    gap: bool

    @property
    def anchor(self) -> str:
        """The heading below which the first of its marks stand."""
        sections = [mark.section for mark in self.marks]
        first = next(one for one in SECTIONS if one in sections)
        return f"{first}-{self.year}" if first in ("coming", "past") else first


@dataclass(frozen=True)
class Timeline:
    """The drawing: its size, its years, and where the day of reference is."""

    width: int
    height: int
    base: int
    columns: list[Column]
    today: float


def timeline(found: Sequence[Due], today: date) -> Timeline | None:
    """The drawing of all that has a date; None where nothing has."""
    by_year: dict[int, list[Due]] = {}
    for due in found:
        if due.when.year is not None:
            by_year.setdefault(due.when.year, []).append(due)
    if not by_year:
        return None
    years = _shown(sorted({*by_year, today.year}))
    rows = max(-(-len(dues) // _IN_A_ROW) for dues in by_year.values())
    base = _HEAD + rows * _STEP + _MARGIN
    columns = []
    for number, year in enumerate(years):
        left = _MARGIN + number * _COLUMN
        dues = sorted(by_year.get(year, ()), key=lambda due: (due.when.first, due.when.last))
        marks = [
            Mark(
                due,
                left + 17 + place % _IN_A_ROW * _STEP,
                base - _STEP // 2 - 4 - place // _IN_A_ROW * _STEP,
                due.section(today),
            )
            for place, due in enumerate(dues)
        ]
        columns.append(Column(year, left, marks, bool(number) and years[number - 1] != year - 1))
    days = 366 if calendar.isleap(today.year) else 365
    part = (today.timetuple().tm_yday - 1) / days
    x = _MARGIN + years.index(today.year) * _COLUMN + part * (_COLUMN - 8)
    return Timeline(2 * _MARGIN + len(years) * _COLUMN, base + _FOOT, base, columns, round(x, 1))


def _shown(years: list[int]) -> list[int]:
    shown = years[:1]
    for before, year in pairwise(years):
        shown += range(before + 1 if year - before - 1 <= _MOST_EMPTY else year, year + 1)
    return shown
