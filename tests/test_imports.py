"""The order of the house, read from the import statements.

Imports go one way: names, then vocabulary and holdings; then workshop, views and engine, which do not know each other;
then web, client and mcp; then cli. A module names the noun or verb it owns, and can be read in one sitting.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import wsis_kg

PACKAGE = Path(wsis_kg.__file__).parent
# A room may import what stands on a lower floor, and itself.
FLOORS = [
    {"names", "citation"},
    {"vocabulary", "holdings"},
    {"workshop", "views", "engine"},
    {"web", "client", "mcp"},
    {"cli"},
    {"__main__"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
NAMES_THAT_SAY_NOTHING = {"common", "helper", "helpers", "misc", "shared", "tools", "util", "utils"}
LONGEST = 320


def imported_modules(path: Path, module: tuple[str, ...]) -> set[str]:
    """The dotted names of all our modules that the file imports, at its top or inside a function."""
    is_package = path.name == "__init__.py"
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                parents = module if is_package else module[:-1]
                start = parents[: len(parents) - (node.level - 1)]
            else:
                start = ()
            base = ".".join([*start, *([node.module] if node.module else [])])
            # `from wsis_kg import engine` imports the room, not only the package.
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "wsis_kg"}


def faults(package: Path) -> list[str]:
    """Everything in the package that breaks the order of the house, each as a sentence."""
    sentences = []
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        parts = (*place.parts[:-1], place.stem)
        if parts[-1] == "__init__":
            parts = parts[:-1]
        room = parts[0] if parts else ""
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST:
            sentences.append(
                f"{place} has {lines} lines, more than {LONGEST}: divide it by the nouns it owns."
            )
        if NAMES_THAT_SAY_NOTHING & set(parts):
            sentences.append(f"{place} does not name the noun or verb that it owns.")
        if room and room not in FLOOR:
            sentences.append(
                f"{place} stands on no floor of the house: give {room} a place in tests/test_imports.py."
            )
            continue
        for name in sorted(imported_modules(path, ("wsis_kg", *parts))):
            target = name.split(".")[1] if "." in name else ""
            if target not in FLOOR or target == room:
                continue
            if not room:
                sentences.append(f"{place} imports {name}: the package itself imports none of its rooms.")
            elif FLOOR[target] >= FLOOR[room]:
                sentences.append(f"{place} imports {name}: {room} must not know {target}.")
    return sentences


def test_the_package_keeps_the_order_of_the_house() -> None:
    assert faults(PACKAGE) == []


def test_the_rooms_that_exist_are_read() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} >= {"__init__.py", "holdings.py"}


@pytest.mark.parametrize(
    ("place", "text", "sentence"),
    [
        ("engine/store.py", "import wsis_kg.workshop.build", "engine must not know workshop"),
        ("engine/store.py", "from wsis_kg import views", "engine must not know views"),
        ("engine/store.py", "from ..workshop import build", "engine must not know workshop"),
        ("engine/__init__.py", "from ..web.app import create_app", "engine must not know web"),
        ("views/deep/rows.py", "from ...engine.store import Engine", "views must not know engine"),
        ("vocabulary.py", "from wsis_kg.workshop import rules", "vocabulary must not know workshop"),
        ("vocabulary.py", "from .holdings import folder", "vocabulary must not know holdings"),
        ("workshop/build.py", "def late():\n    from wsis_kg.cli import main", "workshop must not know cli"),
        ("client.py", "from .web import app", "client must not know web"),
        ("__init__.py", "from .vocabulary import WSIS", "imports none of its rooms"),
        ("workshop/utils.py", "", "does not name the noun or verb"),
        ("views/helpers/rows.py", "", "does not name the noun or verb"),
        ("attic.py", "", "stands on no floor"),
        ("cli.py", "\n" * (LONGEST + 1), "lines, more than"),
    ],
)
def test_what_breaks_the_order_is_found(tmp_path: Path, place: str, text: str, sentence: str) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    found = faults(tmp_path)
    assert len(found) == 1
    assert sentence in found[0]
    assert found[0].startswith(place)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (
            "workshop/build.py",
            "from wsis_kg import __version__\nfrom wsis_kg.holdings import folder\nfrom .rules import infer",
        ),
        ("web/app.py", "from ..engine.store import Engine\nfrom wsis_kg.views import questions\nimport json"),
        (
            "cli.py",
            "import wsis_kg\nfrom . import client\nfrom .web.app import create_app\n" + "\n" * (LONGEST - 3),
        ),
        ("engine/store.py", "import engine\nfrom web import something\nfrom wsis_kg_other.cli import main"),
    ],
)
def test_what_keeps_the_order_is_left_alone(tmp_path: Path, place: str, text: str) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    assert faults(tmp_path) == []
