"""Small matters of English: how a role or a span of days is put where it stands."""

from calendar import monthrange
from datetime import date
from typing import Final

_READ_ON: Final = frozenset(
    {"across", "alongside", "between", "by", "including", "of", "particularly", "specifically", "through", "with"}
)
"""Last words of roles that are followed by a name: "in collaboration with", but "source of inputs: "."""


def reads_on(role: str) -> bool:
    """Whether a name can follow the role as the next word of a sentence."""
    return role.rpartition(" ")[2] in _READ_ON


def span(earliest: str, latest: str) -> str:
    """When it was, from its first possible day to its last (ISO 8601 dates, either may be empty): a whole year or month
    by its name, for no more was printed.
    """
    if not earliest or not latest:
        return " ".join(part for part in (earliest and f"from {earliest}", latest and f"to {latest}") if part)
    if earliest == latest:
        return f"on {earliest}"
    first, last = date.fromisoformat(earliest), date.fromisoformat(latest)
    if first.year == last.year and first.day == 1:
        if (first.month, last.month, last.day) == (1, 12, 31):
            return f"in {first.year}"
        if first.month == last.month and last.day == monthrange(last.year, last.month)[1]:
            return f"in {_MONTHS[first.month - 1]} {first.year}"
    return f"from {earliest} to {latest}"


_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

