"""What is measured side by side: our server with and without its cache, and what people would otherwise use."""

import contextlib
import importlib.metadata
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any, ClassVar

import psutil

from .load import MissingTool, NoAnswer
from .peer import START_SECONDS, Peer, Server, Timed


class OurServer(Server):
    """``wsis-kg serve`` as it is by default, with all its limits."""

    name = "wsis-kg"
    options: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def version(cls) -> str:
        """Of the installed package."""
        return importlib.metadata.version("wsis-kg")

    def command(self) -> list[str]:
        """As the command line has it."""
        home = self.build_folder.parent
        serve = [sys.executable, "-m", "wsis_kg", "serve", "--no-build", "--port", str(self.port), "--data", str(home)]
        return [*serve, "--query-log", "off", *self.options]


class OurServerUncached(OurServer):
    """The same with its cache switched off, where it has one."""

    name = "wsis-kg uncached"

    def command(self) -> list[str]:
        """With the option that switches the cache off, unless this version has no cache."""
        return [*super().command(), *(("--cache-megabytes", "0") if has_cache() else ())]


def has_cache() -> bool:
    """Whether the installed ``wsis-kg serve`` has a cache of results."""
    told = subprocess.run(
        [sys.executable, "-m", "wsis_kg", "serve", "--help"], capture_output=True, text=True, check=False
    )
    return "--cache-megabytes" in told.stdout


class OxigraphServer(Server):
    """The ``oxigraph`` server of the PyPI package, over the same database on disk, without a time limit.

    The database's default graph is the union, as a set, so the server needs no flag to answer as ours does.
    """

    name = "oxigraph server"
    endpoint = "/query"

    @classmethod
    def version(cls) -> str:
        """Of the installed package."""
        _program("oxigraph", "pip install 'wsis-kg[bench]'")
        return importlib.metadata.version("oxigraph")

    def command(self) -> list[str]:
        """Read-only: several processes may hold the database open."""
        program = _program("oxigraph", "pip install 'wsis-kg[bench]'")
        store = str(self.build_folder / "store")
        return [program, "serve-read-only", "--location", store, "--bind", f"127.0.0.1:{self.port}"]

    def _recover(self) -> None:
        # It goes on with a query whose client has left.
        self.stop()
        self.start()


class RdflibEndpoint(Server):
    """rdflib-endpoint over rdflib's own memory, as its documentation shows it."""

    name = "rdflib-endpoint"

    @classmethod
    def version(cls) -> str:
        """Of the package and of rdflib."""
        try:
            versions = [importlib.metadata.version(package) for package in ("rdflib-endpoint", "rdflib")]
        except importlib.metadata.PackageNotFoundError as error:
            raise MissingTool("rdflib-endpoint is missing: pip install 'wsis-kg[bench]'.") from error
        return f"{versions[0]} with rdflib {versions[1]}"

    def command(self) -> list[str]:
        """Loads once; see ``bench.forking``."""
        return [sys.executable, "-m", "bench.rdflib_server", str(self.build_folder / "dataset.nq"), str(self.port)]

    def _recover(self) -> None:
        assert self.process is not None
        for child in self.family(self.process):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.send_signal(signal.SIGKILL)
        self._await_answer()


class Raw(Peer):
    """pyoxigraph in a process of its own, timed inside: evaluation and writing JSON, nothing else."""

    name = "raw pyoxigraph"

    @classmethod
    def version(cls) -> str:
        """Of the installed package."""
        return importlib.metadata.version("pyoxigraph")

    def start(self) -> None:
        """Opens the build as our engine does."""
        begin = time.monotonic()
        self._run(
            [sys.executable, "-m", "bench.raw", str(self.build_folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._worker = self._told()["process"]
        self.start_seconds = time.monotonic() - begin

    def time(self, query: str, times: int, patience: float, *, count: bool = False) -> Timed:
        """Evaluates and serialises it; the worker is killed if that takes too long."""
        assert self.process is not None and self.process.stdin is not None
        print(json.dumps({"query": query, "times": times, "count": count}), file=self.process.stdin, flush=True)
        try:
            told = self._told(patience * times + 1)
        except TimeoutError as error:
            os.kill(self._worker, signal.SIGKILL)
            self._worker = self._told()["process"]
            raise NoAnswer(f"more than {patience:g} s") from error
        if "failed" in told:
            raise NoAnswer(told["failed"])
        return Timed(told["seconds"], told["size"], told["rows"])

    def _told(self, seconds: float = START_SECONDS) -> dict[str, Any]:
        assert self.process is not None and self.process.stdout is not None
        if not _readable(self.process.stdout, seconds):
            raise TimeoutError
        line = self.process.stdout.readline()
        if not line:
            raise NoAnswer(f"{self.name} has ended.")
        told: dict[str, Any] = json.loads(line)
        return told


class RawWoken(Raw):
    """The same process, asked as a server is asked: it waits between one evaluation and the next until it is woken."""

    name = "raw pyoxigraph, woken for each"

    def time(self, query: str, times: int, patience: float, *, count: bool = False) -> Timed:
        """Each evaluation after a wait; what is timed is still the evaluation and nothing else."""
        each = [super(RawWoken, self).time(query, 1, patience, count=count) for _ in range(times)]
        return Timed([seconds for one in each for seconds in one.seconds], each[-1].size, each[-1].rows)


def _program(name: str, hint: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        raise MissingTool(f"{name} is missing: {hint}.")
    return found


def _readable(stream: IO[str], seconds: float) -> bool:
    return bool(select.select([stream], [], [], seconds)[0])
