"""A door for whoever runs the server, and nobody else: which queries run, and stop that one.

A Unix socket in a folder that only this user can enter, or a port of this machine where the platform has no such
sockets. ``<data_home>/serving/<process>`` names it, so that the command line finds it, and a key that must be told, for
a port can be reached by anybody on the machine. One line of JSON in, one line out.
"""

import asyncio
import contextlib
import hmac
import json
import logging
import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from wsis_kg.engine.asked import AskedQuery
from wsis_kg.engine.pool import Pool

from .shelf import Shelf

_log = logging.getLogger(__name__)
_FOLDER: Final = "serving"
_SECONDS: Final = 5.0


@contextlib.asynccontextmanager
async def admin_door(pool: Pool, shelf: Shelf) -> AsyncIterator[None]:
    """Keeps the door open meanwhile, to the queries over the current version and over earlier ones.

    Where the data folder cannot be written to, there is none, and the log says so.
    """
    pointer = pool.data_home / _FOLDER / str(os.getpid())
    # Not in the data folder itself: the path of a Unix socket may have some hundred bytes only.
    # Under systemd not in /tmp either, which is the service's own.
    runtime = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0] or None
    room = Path(tempfile.mkdtemp(prefix="wsis-kg-", dir=runtime))
    try:
        key = secrets.token_hex()
        address: str | list[str | int]

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _serve(pool, shelf, key, reader, writer)

        if hasattr(asyncio, "start_unix_server"):
            address = str(room / "queries")
            server = await asyncio.start_unix_server(answer, address)
        else:
            server = await asyncio.start_server(answer, "127.0.0.1", 0)
            address = [*server.sockets[0].getsockname()]
        try:
            pointer.parent.mkdir(exist_ok=True)
            pointer.touch(mode=0o600)
            pointer.write_text(json.dumps({"address": address, "key": key}), encoding="utf-8")
        except OSError as error:
            _log.warning("Running queries cannot be listed, for %s cannot be written: %s", pointer, error.strerror)
        try:
            yield
        finally:
            server.close()
            with contextlib.suppress(OSError):
                pointer.unlink(missing_ok=True)
    finally:
        shutil.rmtree(room, ignore_errors=True)


async def _serve(
    pool: Pool, shelf: Shelf, key: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        async with asyncio.timeout(_SECONDS):
            asked = json.loads(await reader.readline())
            if not hmac.compare_digest(asked["key"], key):
                raise ValueError("its key is not the one of this server")
            if "stop" in asked:
                told: Any = {"stopped": pool.stop(asked["stop"]) or shelf.stop(asked["stop"])}
            else:
                told = {"queries": [_shown(query) for query in (*pool.queries, *shelf.queries)]}
            writer.write(json.dumps(told).encode() + b"\n")
            await writer.drain()
    except (TimeoutError, ValueError, TypeError, KeyError, OSError) as error:
        _log.warning("A request at the admin door was not understood: %s", error)
    finally:
        writer.close()


def _shown(query: AskedQuery) -> dict[str, Any]:
    now = time.monotonic()
    return {
        "id": query.id,
        "state": "waiting" if query.started_at is None else "running",
        "seconds": round(now - (query.started_at or query.asked_at), 1),
        "worker": query.worker.pid if query.worker is not None else None,
        "hash": query.hash,
        "text": query.question.text,
    }


def ask_servers(data_home: Path, question: dict[str, str]) -> list[tuple[int, dict[str, Any]]]:
    """The answers of all servers of this data folder on this machine, each with its process number.

    What a server that is no more has left behind is tidied away.
    """
    answers = []
    for pointer in sorted((data_home / _FOLDER).glob("*")):
        try:
            door = json.loads(pointer.read_text(encoding="utf-8"))
            with _connect(door["address"]) as connection:
                connection.sendall(json.dumps({**question, "key": door["key"]}).encode() + b"\n")
                with connection.makefile("rb") as told:
                    answers.append((int(pointer.name), json.loads(told.readline())))
        except ValueError:
            # It is being written just now: its server does not answer yet.
            continue
        except (FileNotFoundError, ConnectionRefusedError):
            with contextlib.suppress(OSError):
                pointer.unlink(missing_ok=True)
    return answers


def _connect(address: Any) -> socket.socket:
    if not isinstance(address, str):
        return socket.create_connection(tuple(address), timeout=_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(_SECONDS)
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection
