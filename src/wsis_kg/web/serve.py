"""Serves a data folder: builds what is missing in a process of its own, takes the port, prints the address, answers."""

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import uvicorn

from wsis_kg.engine.crew import CAN_FORK, StoreFailed
from wsis_kg.engine.limits import Limits
from wsis_kg.engine.live import LOADING, NoBuild, ServiceElsewhere
from wsis_kg.engine.pool import Pool

from .app import Application, create_app
from .connections import BoundedConnection
from .figures import QueryLog

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8000
_BACKLOG: Final = 2048
_LAST_SECONDS: Final = 5
_WATCH_SECONDS: Final = 1.0
_WATCH_SERVICE_SECONDS: Final = 5.0
"""How often we look for a new version: a file, or by a query to a service."""
_STALLED_MILLISECONDS: Final = 60_000
"""For so long a client may take nothing of what was sent to it before its connection is closed."""

Say = Callable[[str], None]


class CannotServe(Exception):
    """The server did not start; the text says in a sentence why, and what to do next."""


def serve(
    data_home: Path,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    *,
    limits: Limits | None = None,
    rate: float | None = None,
    query_log: QueryLog = "off",
    fork: bool = CAN_FORK,
    say: Say = print,
    build: bool = True,
    engine: str | None = None,
) -> None:
    """Serves the dataset in ``data_home`` until it is told to stop (SIGINT, SIGTERM), then returns.

    With ``engine``, the address of a SPARQL 1.1 service, that of the service, and nothing is built.

    The port is taken first, so that a busy one is said at once and not after a build. If no complete build of the
    inputs as they are now stands in ``data_home``, ``python -m wsis_kg build`` makes one (``build=False``: whatever
    ``current`` names is served). A version built later is picked up without a restart. Port 0 is any free one.
    Without ``fork`` workers are started as interpreters of their own.
    Raises CannotServe.
    """
    with _listen(host, port) as listener:
        build = build and engine is None
        if build and not _is_up_to_date(data_home):
            _build(data_home, say)
        try:
            pool = Pool(data_home, limits, fork, None if engine is None else ServiceElsewhere(engine))
        except (NoBuild, StoreFailed, ValueError) as error:
            what = "The dataset cannot be opened" if engine is None else "The service cannot be used"
            raise CannotServe(f"{what}: {error}") from error
        edition = pool.edition
        if engine is not None and edition.version.endswith(LOADING):
            say("The dataset in the service is not whole: wsis-kg publish has not come to its end.")
        say(f"Version {edition.version}: {edition.quads:,} statements in {len(edition.graphs)} graphs.")
        say(f"Serving {_address(host, listener.getsockname()[1])}/sparql (stop with Ctrl+C)")
        _log_to_standard_error(query_log)
        watch_seconds = _WATCH_SECONDS if engine is None else _WATCH_SERVICE_SECONDS
        app = create_app(pool, watch_seconds=watch_seconds, rate=rate, query_log=query_log)
        config = configuration(app, pool.limits)
        stop = threading.Event()
        if build:
            threading.Thread(target=build_when_changed, args=(data_home, stop, say), daemon=True).start()
        try:
            uvicorn.Server(config).run(sockets=[listener])
        except KeyboardInterrupt:
            # uvicorn has ended in good order, and raises the signal again for its caller.
            say("Stopped.")
        finally:
            stop.set()


def configuration(app: Application, limits: Limits, **settings: Any) -> uvicorn.Config:
    """How uvicorn runs the application."""
    return uvicorn.Config(
        app,
        http=BoundedConnection,
        # No page of ours uses them.
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        # Running queries may end before the server does; each has its own limit, and one may be waiting for it.
        timeout_graceful_shutdown=int(2 * limits.timeout_seconds) + _LAST_SECONDS,
        **settings,
    )


def _listen(host: str, port: int) -> socket.socket:
    """A socket that accepts connections already: whoever reads the address may connect, and is answered soon."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, OverflowError) as error:
        raise CannotServe(f"{host} is no address of this machine. Choose another with --host.") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # A port that was closed a moment ago may be taken again; one on which somebody listens may not. On Windows the
        # first goes without saying, and the option would allow the second.
        if not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Every connection inherits it. Without it, whoever stops reading holds memory here for as long as it likes.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _STALLED_MILLISECONDS)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except PermissionError as error:
        listener.close()
        raise CannotServe(f"Port {port} may not be taken by this user. Choose another with --port.") from error
    except OSError as error:
        listener.close()
        raise CannotServe(
            f"Port {port} on {host} cannot be taken ({error.strerror}). Choose another with --port, "
            "or end the program that uses it."
        ) from error
    return listener


def _log_to_standard_error(query_log: QueryLog) -> None:
    queries = logging.getLogger("wsis_kg.queries")
    if query_log != "off" and not queries.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        queries.addHandler(handler)
        queries.setLevel(logging.INFO)
        queries.propagate = False
    # What we break off on purpose is in the log already, by name.
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: "without completing response" not in record.getMessage()
    )


def _is_up_to_date(data_home: Path) -> bool:
    """Whether ``current`` names a complete build of the inputs as they are now."""
    from wsis_kg.workshop.build import current

    folder = current(data_home)
    if folder is None:
        return False
    try:
        return (data_home / "current").read_text(encoding="utf-8").strip() == folder.name
    except OSError:
        return False


def build_when_changed(data_home: Path, stop: threading.Event, say: Say, seconds: float = 2.0) -> None:
    """Until told to stop, builds again whenever an input was changed; the pool then takes the new version over.

    A build that fails is said once, and what was built last goes on being served.
    """
    seen = _trace_of_inputs()
    while not stop.wait(seconds):
        now = _trace_of_inputs()
        if now == seen:
            continue
        seen = now
        try:
            if not _is_up_to_date(data_home):
                _build(data_home, say)
        except (CannotServe, OSError) as error:
            say(f"{error} The version that was built last is still served.")


def _trace_of_inputs() -> list[tuple[str, int, int]]:
    """Name, time of change and size of each input: cheap to look at every other second, unlike the version's hash."""
    from wsis_kg.workshop.inputs import Inputs

    trace = []
    for name, path in Inputs.packaged().files():
        try:
            state = path.stat()
        except FileNotFoundError:
            continue  # it was removed while we looked: the next look sees that
        trace.append((name, state.st_mtime_ns, state.st_size))
    return trace


def _build(data_home: Path, say: Say) -> None:
    """Builds in a process of its own, so that this one never loads what only the build needs; its progress is shown."""
    say("The dataset is not built yet, or its files have changed: building it.")
    ended = subprocess.run([sys.executable, "-m", "wsis_kg", "build", "--data", str(data_home)], check=False)
    if ended.returncode != 0:
        raise CannotServe("The build failed, so there is nothing to serve: see what it says above.")


def _address(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
