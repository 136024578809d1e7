"""A small invented dataset (harbours, a tide committee) as a build folder, and a server over it on a real socket."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import psutil
import uvicorn

from wsis_kg.engine.limits import LARGEST_IN_MEMORY, Limits
from wsis_kg.engine.live import Source
from wsis_kg.engine.pool import Pool
from wsis_kg.web.app import create_app
from wsis_kg.web.listening import address_of, listen, listen_on_file
from wsis_kg.web.patience import Patience
from wsis_kg.web.serve import configuration
from wsis_kg.workshop.database import write_database

EX = "http://harbour.example/"
PORTS = EX + "graph/ports"
TIDES = EX + "graph/tides"
XSD = "http://www.w3.org/2001/XMLSchema#"

# One triple (the committee's name) stands in both graphs; one literal holds what XML cannot.
QUADS = f"""\
<{EX}north> <{EX}name> "North Harbour"@en <{PORTS}> .
<{EX}north> <{EX}name> "Port du Nord"@fr <{PORTS}> .
<{EX}north> <{EX}berths> "12"^^<{XSD}integer> <{PORTS}> .
<{EX}north> <{EX}note> "a \\"quoted\\" word, a comma\\nand a line" <{PORTS}> .
<{EX}north> <{EX}signal> "bell\\u0007 and\\rreturn <&> \\uFFFE" <{PORTS}> .
<{EX}committee> <{EX}name> "Tide Committee" <{PORTS}> .
<{EX}committee> <{EX}name> "Tide Committee" <{TIDES}> .
<{EX}committee> <{EX}reportsTo> <{EX}north> <{TIDES}> .
<{EX}committee> <{EX}2031> "a predicate without a name in XML" <{TIDES}> .
"""
TRIPLES = 8
"""Distinct triples: what the union default graph holds."""


@dataclass(frozen=True)
class Way:
    """How a server comes by its workers, and the largest dataset that it keeps in memory."""

    name: str
    fork: bool
    largest_in_memory: int = LARGEST_IN_MEMORY


FORKED = Way("forked", True)
SPAWNED = Way("spawned", False)
"""The way where there is no fork; what a client gets is the same."""


def write_build(data_home: Path, version: str = "0.1.0-harbour", quads: str = QUADS, database: bool = False) -> Path:
    """A complete build of that version, named by ``current``; where it is asked for, with its database on disk."""
    folder = data_home / version
    folder.mkdir(parents=True)
    (folder / "dataset.nq").write_text(quads, encoding="utf-8")
    if database:
        write_database(folder / "dataset.nq", folder / "store")
    (folder / "complete").write_text("", encoding="utf-8")
    point_to(data_home, version)
    return folder


def point_to(data_home: Path, version: str) -> None:
    """Replaces ``current`` atomically, as a build does."""
    new = data_home / "current.new"
    new.write_text(version + "\n", encoding="utf-8")
    new.replace(data_home / "current")


def wait_until(condition: object, what: str, seconds: float = 20) -> None:
    """Looks again and again until the condition holds; fails by name if it never does."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} seconds"
        time.sleep(0.01)


@dataclass
class Served:
    """A server in a thread: where it is, and its pool, which belongs to the thread's event loop."""

    address: str
    pool: Pool
    server: uvicorn.Server


@contextmanager
def serving_pool(
    data_home: Path,
    limits: Limits | None = None,
    watch_seconds: float = 1.0,
    fork: bool = True,
    patience: Patience | None = None,
    unix_socket: Path | None = None,
    source: Source | None = None,
    **settings: Any,
) -> Iterator[Served]:
    """A server over the data folder, or over another source, on a free port of this machine or on a Unix socket."""
    pool = Pool(data_home, limits, fork, source)
    patience = patience or Patience()
    app = create_app(pool, watch_seconds=watch_seconds, patience=patience, **settings)
    listening = listen("127.0.0.1", 0, patience) if unix_socket is None else listen_on_file(unix_socket)
    with listening as listener:
        address = address_of(listener, "127.0.0.1") if unix_socket is None else str(unix_socket)
        server = uvicorn.Server(configuration(app, pool.limits, patience))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive(), "The start of the server")
            wait_until(lambda: pool.ready, "The first worker")
            yield Served(address, pool, server)
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


@contextmanager
def serving(data_home: Path, watch_seconds: float = 1.0) -> Iterator[str]:
    """The address of such a server."""
    with serving_pool(data_home, watch_seconds=watch_seconds) as served:
        yield served.address


LASTING: set[int] = set()
"""The processes that hold the store of a server which lasts as long as the tests do."""


def descendants() -> list[psutil.Process]:
    """The processes that this one has started, and that theirs have, apart from those of lasting servers."""
    found = []
    for child in psutil.Process().children():
        if child.pid not in LASTING:
            with suppress(psutil.NoSuchProcess):
                # One may belong to a lasting server; that it goes with its server is tried by test_reporting.py.
                if "wsis_kg.engine.layout_worker" not in child.cmdline():
                    found += [child, *child.children(recursive=True)]
    return found


class Running:
    """``wsis-kg serve`` in a process of its own, on a free port. What it says on standard error is in ``told``."""

    def __init__(
        self,
        home: Path,
        *options: str,
        first: str = "",
        ready: bool = True,
        told: IO[str] | None = None,
        **environment: str,
    ) -> None:
        """``first`` is run before all else, in this environment and ours. Without ``ready`` nobody waits, and ``address`` says nothing."""
        script = f"{first}\nimport sys; from wsis_kg.web import serve; serve._is_up_to_date = lambda _: True; "
        script += "from wsis_kg.cli import main; main(sys.argv[1:])"
        # A file: a pipe that nobody reads would fill up, and hold the server up at its next line.
        self.told = told or tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed with the process
        command = [sys.executable, "-c", script, "serve", "--port", "0", "--data", str(home), *options]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=self.told,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
        assert self.process.stdout is not None
        self.process.stdout.readline()
        self.address = self.process.stdout.readline().removeprefix("Serving ").partition("/sparql")[0]
        if ready:
            wait_until(lambda: httpx.get(self.address + "/readyz").status_code == 200, "Being ready")

    def end(self) -> None:
        """Kills it; its store process and workers see that and end."""
        self.process.kill()
        self.process.communicate()
        self.told.close()

    def family(self) -> list[psutil.Process]:
        """The store process and its workers."""
        return psutil.Process(self.process.pid).children(recursive=True)
