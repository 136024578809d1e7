"""A small invented dataset (harbours, a tide committee) as a build folder, and a server over it on a real socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from wsis_kg.engine.live import LiveEngine
from wsis_kg.web.app import create_app

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


def write_build(data_home: Path, version: str = "0.1.0-harbour", quads: str = QUADS) -> Path:
    """A complete build of that version, named by ``current``."""
    folder = data_home / version
    folder.mkdir(parents=True)
    (folder / "dataset.nq").write_text(quads, encoding="utf-8")
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


@contextmanager
def serving(data_home: Path, watch_seconds: float = 1.0) -> Iterator[str]:
    """The address of a server over the data folder, on a free port of this machine."""
    app = create_app(LiveEngine(data_home), watch_seconds=watch_seconds)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", server_header=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), "The start of the server")
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
