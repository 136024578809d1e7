"""Takes the port, or the file of a Unix socket, on which the server listens."""

import contextlib
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from .patience import Patience

BACKLOG: Final = 2048
_RIGHTS: Final = 0o660
"""Whoever may write to the file may connect, and is believed as a proxy is."""


class CannotListen(Exception):
    """Nobody can connect here; the text says in a sentence why, and what to do next."""


def listen(host: str, port: int, patience: Patience) -> socket.socket:
    """A socket that accepts connections already: whoever reads the address may connect, and is answered soon.

    Raises CannotListen.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, OverflowError) as error:
        raise CannotListen(f"{host} is no address of this machine. Choose another with --host.") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # A port that was closed a moment ago may be taken again; one on which somebody listens may not. On Windows the
        # first goes without saying, and the option would allow the second.
        if not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Every connection inherits it. The connection itself sees only what has not reached the kernel yet.
            milliseconds = int(1000 * patience.stall_seconds)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        listener.bind(address)
        listener.listen(BACKLOG)
    except PermissionError as error:
        listener.close()
        raise CannotListen(f"Port {port} may not be taken by this user. Choose another with --port.") from error
    except OSError as error:
        listener.close()
        raise CannotListen(
            f"Port {port} on {host} cannot be taken ({error.strerror}). Choose another with --port, "
            "or end the program that uses it."
        ) from error
    return listener


def listen_on_file(path: Path) -> AbstractContextManager[socket.socket]:
    """A Unix socket that accepts connections already; its file goes with it. Raises CannotListen."""
    # Of a socket that nobody listens on any more only the file is left, and it would be in the way.
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as another:
        if stat.S_ISSOCK(path.stat().st_mode):
            try:
                another.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
    listener = socket.socket(socket.AF_UNIX)
    try:
        before = os.umask(0o777)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        path.chmod(_RIGHTS)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotListen(
            f"{path} cannot be listened on ({error.strerror or error}). Choose another file with --unix-socket, "
            "or end the program that uses it."
        ) from error
    return _until_closed(path, listener)


@contextlib.contextmanager
def _until_closed(path: Path, listener: socket.socket) -> Iterator[socket.socket]:
    try:
        with listener:
            yield listener
    finally:
        path.unlink(missing_ok=True)


def address_of(listener: socket.socket, host: str) -> str:
    """The address of a listening port, as a client writes it."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"
