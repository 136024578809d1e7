"""The rule on skips in conftest.py, tried on a test suite made for the purpose."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = {
    "test_by_design.py": 'import pytest\ndef test_it(): pytest.skip("by design: only on Mars")\n',
    "test_expected.py": "import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n",
    "test_wanting.py": 'import pytest\ndef test_it(): pytest.skip("no Java here")\n',
    "test_wanting_mark.py": 'import pytest\n@pytest.mark.skip(reason="no browser")\ndef test_it(): pass\n',
    "test_wanting_module.py": 'import pytest\npytest.importorskip("no_such_module_anywhere")\n',
}


def run(folder: Path, in_ci: bool) -> str:
    """What pytest prints when it runs the suite."""
    shutil.copy(Path(__file__).with_name("conftest.py"), folder)
    for name, text in SUITE.items():
        (folder / name).write_text(text, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "WSIS_CI"}
    environment |= {"WSIS_CI": "1"} if in_ci else {}
    command = [sys.executable, "-m", "pytest", "-rsxfE", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    command += ["--continue-on-collection-errors"]
    outcome = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return outcome.stdout


@pytest.fixture(scope="module")
def in_ci(tmp_path_factory: pytest.TempPathFactory) -> str:
    return run(tmp_path_factory.mktemp("ci"), in_ci=True)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> str:
    return run(tmp_path_factory.mktemp("elsewhere"), in_ci=False)


@pytest.mark.parametrize("test", [name for name in SUITE if "wanting" in name])
def test_a_skip_for_want_of_something_fails_in_ci(in_ci: str, test: str) -> None:
    assert re.search(rf"^(FAILED|ERROR) {test}", in_ci, re.MULTILINE), in_ci
    assert re.search(rf"{test}\S* was skipped \(.+\), which WSIS_CI forbids", in_ci), in_ci


def test_a_skip_by_design_and_an_expected_failure_pass_in_ci(in_ci: str) -> None:
    assert re.search(r"^SKIPPED .*by design: only on Mars", in_ci, re.MULTILINE), in_ci
    assert "1 failed, 1 skipped, 1 xfailed, 2 errors" in in_ci, "a skip by mark is an error of the set-up"


def test_elsewhere_every_skip_passes_and_prints_its_reason(elsewhere: str) -> None:
    assert "4 skipped, 1 xfailed" in elsewhere
    for reason in ("only on Mars", "no Java here", "no browser", "no_such_module_anywhere"):
        assert re.search(rf"^SKIPPED .*{reason}", elsewhere, re.MULTILINE), elsewhere
