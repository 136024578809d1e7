"""Serves a data folder: builds what is missing in a process of its own, takes the port, prints the address, answers."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from wsis_kg.engine.crew import CAN_FORK, StoreFailed
from wsis_kg.engine.limits import CACHE_MEGABYTES, Limits
from wsis_kg.engine.live import LOADING, NoBuild, ServiceElsewhere
from wsis_kg.engine.pool import Pool

from .address import PublicAddress
from .listening import BACKLOG, CannotListen, address_of, listen, listen_on_file
from .logs import logging_to_standard_error
from .memory import give_back_large_blocks
from .patience import Patience
from .proxies import THIS_MACHINE

if TYPE_CHECKING:
    import uvicorn

    from .app import Application
    from .figures import QueryLog

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8000
_LAST_SECONDS: Final = 5
_WATCH_SECONDS: Final = 1.0
_WATCH_SERVICE_SECONDS: Final = 5.0
"""How often we look for a new version: a file, or by a query to a service."""

Say = Callable[[str], None]


class CannotServe(Exception):
    """The server did not start; the text says in a sentence why, and what to do next."""


def serve(
    data_home: Path,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    *,
    unix_socket: Path | None = None,
    limits: Limits | None = None,
    rate: float | None = None,
    query_log: QueryLog = "off",
    cache_megabytes: int = CACHE_MEGABYTES,
    fork: bool = CAN_FORK,
    public: PublicAddress | None = None,
    metrics_from: Sequence[str] = THIS_MACHINE,
    patience: Patience | None = None,
    contacts: Sequence[str] = (),
    say: Say = print,
    build: bool = True,
    engine: str | None = None,
) -> None:
    """Serves the dataset in ``data_home`` until it is told to stop (SIGINT, SIGTERM), then returns.

    With ``engine``, the address of a SPARQL 1.1 service, that of the service, and nothing is built.

    The port is taken first, so that a busy one is said at once and not after a build; port 0 is any free one. With
    ``unix_socket`` that file is listened on, and no port. If no complete build of the inputs as they are now stands in
    ``data_home``, ``python -m wsis_kg build`` makes one (``build=False``: whatever ``current`` names is served). A
    version built later is picked up without a restart. Without ``fork`` workers are started as interpreters of their
    own. Raises CannotServe.
    """
    give_back_large_blocks()
    patience = patience or Patience()
    try:
        listening = listen(host, port, patience) if unix_socket is None else listen_on_file(unix_socket)
    except CannotListen as error:
        raise CannotServe(str(error)) from error
    with listening as listener:
        build = build and engine is None
        if build and not _is_up_to_date(data_home):
            _build(data_home, say)
        with ThreadPoolExecutor(1) as aside:
            # The store process opens the dataset while this one imports the web framework: each takes about as long.
            opening = aside.submit(_open, data_home, limits, fork, engine)
            import uvicorn

            from .app import create_app

            try:
                pool = opening.result()
            except (NoBuild, StoreFailed, ValueError) as error:
                what = "The dataset cannot be opened" if engine is None else "The service cannot be used"
                raise CannotServe(f"{what}: {error}") from error
        try:
            app = create_app(
                pool,
                watch_seconds=_WATCH_SECONDS if engine is None else _WATCH_SERVICE_SECONDS,
                rate=rate,
                query_log=query_log,
                cache_megabytes=cache_megabytes,
                public=public,
                metrics_from=metrics_from,
                patience=patience,
                contacts=contacts,
            )
        except ValueError as error:
            pool.discard()
            raise CannotServe(str(error)) from error
        edition = pool.edition
        if engine is not None and edition.version.endswith(LOADING):
            say("The dataset in the service is not whole: wsis-kg publish has not come to its end.")
        say(f"Version {edition.version}: {edition.quads:,} statements in {len(edition.graphs)} graphs.")
        here = f"{address_of(listener, host)}/sparql" if unix_socket is None else f"on {unix_socket}"
        known_as = f" as {public.base}/sparql" if public is not None and public.base is not None else ""
        say(f"Serving {here}{known_as} (stop with Ctrl+C)")
        stop = threading.Event()
        if build:
            threading.Thread(target=build_when_changed, args=(data_home, stop, say), daemon=True).start()
        try:
            with logging_to_standard_error(queries=query_log != "off"):
                uvicorn.Server(configuration(app, pool.limits, patience)).run(sockets=[listener])
        except KeyboardInterrupt:
            # uvicorn has ended in good order, and raises the signal again for its caller.
            say("Stopped.")
        finally:
            stop.set()


def _open(data_home: Path, limits: Limits | None, fork: bool, engine: str | None) -> Pool:
    return Pool(data_home, limits, fork, None if engine is None else ServiceElsewhere(engine))


def configuration(
    app: Application, limits: Limits, patience: Patience | None = None, **settings: Any
) -> uvicorn.Config:
    """How uvicorn runs the application."""
    import uvicorn

    from .connections import BoundedConnection

    return uvicorn.Config(
        app,
        http=cast(type[BoundedConnection], partial(BoundedConnection, patience=patience or Patience())),
        # No page of ours uses them.
        ws="none",
        # Whom to believe about a client is decided in one place, see proxies.py; by default this would be decided here.
        proxy_headers=False,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        # Running queries may end before the server does; each has its own limit, and one may be waiting for it.
        timeout_graceful_shutdown=int(2 * limits.timeout_seconds) + _LAST_SECONDS,
        **settings,
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
