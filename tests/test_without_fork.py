"""The whole server where there is no fork, and on a platform that lacks what Windows lacks.

The same attacks as in test_unbreakable and test_workers run over workers that are started anew, too; here is what only
a server that was started so, by its own command, can show.
"""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from harbour import EX, TRIPLES, wait_until, write_build
from test_unbreakable import PROBLEM, QUERY, Running, counted, running_server
from test_workers import COUNT, CRASHES, ENDLESS, alive

from wsis_kg.cli import main

LIKE_WINDOWS = """
import asyncio, os, select, signal, socket, sys
# The event loop wakes itself by one; on Windows Python makes it of two ports.
pair, family = socket.socketpair, socket.AF_UNIX
socket.socketpair = lambda *_: pair(family)
for place, names in (
    (os, ("fork", "forkpty", "pidfd_open", "sysconf")),
    (signal, ("SIGBUS", "SIGXCPU", "pidfd_send_signal", "set_wakeup_fd")),
    (select, ("poll", "epoll")),
    (socket, ("AF_UNIX", "send_fds", "recv_fds", "TCP_USER_TIMEOUT")),
    (asyncio, ("start_unix_server", "open_unix_connection")),
    # The event loop of Windows does not watch sockets for others, nor signals.
    (asyncio.SelectorEventLoop, ("create_unix_connection", "create_unix_server")),
):
    for name in names:
        if name in vars(place):
            delattr(place, name)
def missing(*_, **__):
    raise NotImplementedError
for name in ("add_reader", "add_writer", "add_signal_handler"):
    setattr(asyncio.SelectorEventLoop, name, missing)
for name in ("resource", "uvloop", "fcntl", "pwd"):
    sys.modules[name] = None
"""
"""Takes away what Windows has not and our side might use; read by every interpreter that is started."""


def ask(running: Running, query: str) -> httpx.Response:
    return httpx.post(running.address + "/sparql", content=query, headers=QUERY, timeout=30)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_build(tmp_path / "home")
    return tmp_path / "home"


def test_a_server_without_what_windows_lacks(home: Path, tmp_path: Path) -> None:
    place = tmp_path / "like windows"
    place.mkdir()
    (place / "sitecustomize.py").write_text(LIKE_WINDOWS, encoding="utf-8")
    options = ("--timeout", "3", "--workers", "1")
    with running_server(home, *options, PYTHONPATH=str(place)) as running:
        assert counted(ask(running, COUNT)) == TRIPLES
        # One that works and one that is kept ready.
        wait_until(lambda: len(running.family()) == 2, "The spare worker")
        hung = ask(running, ENDLESS)
        assert hung.status_code == 503 and hung.json()["type"] == PROBLEM + "timeout"
        crash = ask(running, CRASHES["nested"])
        assert crash.status_code == 400 and crash.json()["type"] == PROBLEM + "too-complex"
        assert counted(ask(running, COUNT)) == TRIPLES
        answers: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: answers.append(ask(running, ENDLESS)))
        asking.start()
        runner = CliRunner()
        wait_until(lambda: "running" in runner.invoke(main, ["queries", "--data", str(home)]).stdout, "The query")
        listed = runner.invoke(main, ["queries", "--data", str(home)]).stdout
        assert runner.invoke(main, ["queries", "--stop", listed.split()[0], "--data", str(home)]).exit_code == 0
        asking.join(30)
        assert answers[0].json()["type"] == PROBLEM + "cancelled"
        write_build(home, "1-b", f"<{EX}a> <{EX}b> <{EX}c> <{EX}g> .\n")
        wait_until(lambda: httpx.get(running.address + "/readyz").json()["version"] == "1-b", "The new version")
        assert counted(ask(running, COUNT)) == 1
        assert httpx.get(running.address + "/metrics").status_code == 200
        family = running.family()
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(20)
        wait_until(lambda: not any(alive(one.pid) for one in family), "The end of all processes")
        running.told.seek(0)
        assert "Traceback" not in running.told.read()
