"""SPARQL services of others, started for a test on a port and in a folder of its own: Oxigraph's server and Virtuoso."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

USER, PASSWORD = "publisher", "a secret with spaces & signs"
_START_SECONDS = 180
_VIRTUOSO_INI = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DisableUnixSocket = 1
DirsAllowed = {folder}
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
CaseMode = 2
# Without these two this version waits for ever for threads that it never starts.
ThreadsPerQuery = 1
AsyncQueueMaxThreads = 10
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {folder}
ServerThreads = 10
[SPARQL]
ResultSetMaxRows = {most_rows}
MaxQueryExecutionTime = 60
"""


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        assert process.poll() is None, f"{process.args} has ended"
        try:
            httpx.get(address, params={"query": "ASK {}"}, timeout=5, trust_env=False)
            return
        except httpx.HTTPError:
            assert time.monotonic() < deadline, f"{address} does not answer"
            time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@contextmanager
def oxigraph(*arguments: str, port: int | None = None) -> Iterator[str]:
    """The query address of Oxigraph's server, in memory unless the arguments say otherwise."""
    program = shutil.which("oxigraph", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        pytest.skip("Oxigraph's server is missing: pip install oxigraph")
    port = port or free_port()
    process = subprocess.Popen(
        [program, "serve", "--bind", f"127.0.0.1:{port}", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}/query"
        _wait_for(address, process)
        yield address
    finally:
        _end(process)


@contextmanager
def virtuoso(folder: Path, most_rows: int = 0) -> Iterator[str]:
    """The query address of a new Virtuoso, in which USER may write by digest authentication, and nobody else."""
    if shutil.which("virtuoso-t") is None or shutil.which("isql-vt") is None:
        pytest.skip("Virtuoso is missing: apt-get install virtuoso-opensource")
    folder.mkdir(parents=True, exist_ok=True)
    port, sql_port = free_port(), free_port()
    settings = folder / "virtuoso.ini"
    settings.write_text(
        _VIRTUOSO_INI.format(folder=folder, port=port, sql_port=sql_port, most_rows=most_rows), encoding="utf-8"
    )
    process = subprocess.Popen(
        ["virtuoso-t", "-c", str(settings), "+foreground"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}/sparql"
        _wait_for(address, process)
        told = subprocess.run(
            [
                "isql-vt",
                f"127.0.0.1:{sql_port}",
                "dba",
                "dba",
                f"exec=USER_CREATE('{USER}', '{PASSWORD}'); GRANT SPARQL_UPDATE TO {USER}; "
                f"DB.DBA.RDF_DEFAULT_USER_PERMS_SET('{USER}', 7);",
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=_START_SECONDS,
        )
        assert "Error" not in told.stdout + told.stderr, told.stdout + told.stderr
        yield address
    finally:
        _end(process)
