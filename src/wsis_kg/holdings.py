"""Finds what the package holds: ontology, data, shapes and queries.

They are top-level folders of the repository. A wheel carries them as ``wsis_kg/holdings/<name>`` (packed by
``hatch_build.py``); an editable checkout has no copy, and the folders of the checkout itself are read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from wsis_kg import __version__

HoldingName = Literal["ontology", "data", "shapes", "queries"]
NAMES: tuple[HoldingName, ...] = get_args(HoldingName)

_PACKAGE = Path(__file__).resolve().parent


class MissingHolding(Exception):
    """A folder that the package cannot work without is not there; the text says where and what to do."""


def folder(name: HoldingName) -> Path:
    """The folder of that name: the packed one in a wheel, the top-level one in an editable checkout.

    Raises MissingHolding when neither is there.
    """
    return _find(name, _PACKAGE)


def package_version() -> str:
    """The version of this package, without the hash that a build of the dataset adds."""
    return __version__


def _find(name: HoldingName, package: Path) -> Path:
    packed = package / "holdings" / name
    if packed.is_dir():
        return packed
    checkout = package.parent.parent
    # A folder called "data" may stand two levels above any package; only beside our build file is it ours.
    if (checkout / "hatch_build.py").is_file() and (checkout / name).is_dir():
        return checkout / name
    raise MissingHolding(
        f"The folder {name} is missing: it is neither at {packed}, where a wheel carries it, nor at "
        f"{checkout / name}, where a checkout has it; install wsis-kg again, or from a whole checkout."
    )
