"""The store process: opens one build of the dataset, and forks workers over it.

It never computes anything for a client, has one thread, and imports neither a web framework nor rdflib, so that a
fork is cheap and safe. ``python -m wsis_kg.engine.storekeeper <descriptor of its socket> <place> <limits>``, the place
being a build folder, or the address of a service elsewhere that then is the store.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from .bounds import forbid_core_files
from .limits import Limits
from .opening import is_elsewhere, open_engine
from .problems import QueryProblem
from .query_text import prepare
from .store import Engine, Evaluator, is_kept_on_disk
from .workers import run


class Storekeeper:
    """Holds the store. Does what the front says, a line each: ``fork``; and tells it which workers have ended."""

    def __init__(self, control: socket.socket, place: str, limits: Limits) -> None:
        self._control = control
        self._place = place
        self._build_folder = Path(place)
        self._limits = limits
        self._engine: Evaluator | None = None
        self._children: set[int] = set()

    def open(self) -> bool:
        """Opens the build and tells the front which edition it is, or why it cannot be opened."""
        told: dict[str, Any] = {}

        def load() -> None:
            try:
                if not is_elsewhere(self._place) and is_kept_on_disk(
                    self._build_folder, self._limits.largest_in_memory
                ):
                    # RocksDB has threads of its own and would not survive a fork: each worker opens it.
                    told.update(_count_in_child(self._build_folder, self._limits), on_disk=True)
                    return
                self._engine = open_engine(self._place, self._limits)
                told.update(self._engine.edition.members())
            except (OSError, RuntimeError, SyntaxError, ValueError, QueryProblem) as error:
                told.update(failed=str(error))

        # pyoxigraph's random numbers (UUID, RAND, BNODE) have their state in the thread that first needs them. Were it
        # this one, every worker would inherit it, and all would give the same UUIDs.
        loading = threading.Thread(target=load)
        loading.start()
        # Meanwhile, for all workers.
        prepare()
        loading.join()
        self._tell(told or {"failed": "The build could not be opened."})
        return "failed" not in told

    def serve(self) -> None:
        """Forks and reaps until the front closes the connection, then kills what still runs."""
        awake, wake = os.pipe()
        for end in (awake, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        gc.freeze()
        waiting = select.poll()
        waiting.register(self._control, select.POLLIN)
        waiting.register(awake, select.POLLIN)
        try:
            while True:
                ready = [descriptor for descriptor, _ in waiting.poll()]
                if awake in ready:
                    with contextlib.suppress(BlockingIOError):
                        os.read(awake, 4096)
                    self._reap()
                if self._control.fileno() in ready:
                    commands = self._control.recv(4096)
                    if not commands:
                        return
                    for _ in range(commands.count(b"\n")):
                        self._fork((awake, wake))
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            for child in self._children:
                os.kill(child, signal.SIGKILL)

    def _fork(self, not_theirs: tuple[int, ...]) -> None:
        for_front, for_worker = socket.socketpair()
        try:
            child = os.fork()
        except OSError as error:
            for_front.close()
            for_worker.close()
            self._tell({"unborn": error.strerror or str(error)})
            return
        if child == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (*not_theirs, self._control.detach(), for_front.detach()):
                os.close(descriptor)
            run(for_worker, self._engine, self._place, self._limits)
        self._children.add(child)
        for_worker.close()
        with for_front:
            self._tell({"worker": child}, for_front.fileno())

    def _reap(self) -> None:
        while self._children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            self._children.discard(child)
            self._tell({"gone": child, "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0})

    def _tell(self, members: dict[str, Any], *descriptors: int) -> None:
        line = json.dumps(members).encode() + b"\n"
        if descriptors:
            # A line is far smaller than the buffer of a socket: it goes out whole, or not at all.
            socket.send_fds(self._control, [line], list(descriptors))
        else:
            self._control.sendall(line)


def _count_in_child(build_folder: Path, limits: Limits) -> dict[str, Any]:
    """The edition of a store on disk, read by a process that ends at once."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            told = Engine(build_folder, limits.largest_in_memory).edition.members()
        except (OSError, RuntimeError, ValueError) as error:
            told = {"failed": str(error)}
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(told, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    found: dict[str, Any] = json.loads(text)
    return found


def main(arguments: list[str]) -> None:
    """Runs the store process with the arguments of its command line."""
    descriptor, place, limits = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    forbid_core_files()
    with socket.socket(fileno=int(descriptor)) as control:
        keeper = Storekeeper(control, place, Limits.decode(limits))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if keeper.open():
                keeper.serve()


if __name__ == "__main__":
    main(sys.argv[1:])
