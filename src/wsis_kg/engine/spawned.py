"""A worker that was started as an interpreter of its own: ``python -m wsis_kg.engine.spawned <place> <limits>``.

Its standard input tells it in a line where to connect, and then tells nothing more: when it ends, the front is no more.
"""

import json
import os
import signal
import socket
import sys
import threading

from .bounds import forbid_core_files
from .limits import Limits
from .workers import run


def main(arguments: list[str]) -> None:
    """Runs the worker with the arguments of its command line."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Both come to the whole group of processes; the front decides.
        signal.signal(number, signal.SIG_IGN)
    place, limits = arguments
    told = json.loads(sys.stdin.readline())
    lifeline = os.dup(sys.stdin.fileno())
    threading.Thread(target=_end_with_the_front, args=(lifeline,), daemon=True).start()
    forbid_core_files()
    connection = socket.create_connection(("127.0.0.1", told["port"]))
    # A question and its answer are small, and each waits for the other.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(bytes.fromhex(told["secret"]))
    run(connection, None, place, Limits.decode(limits), tell_edition=told["tell_edition"])


def _end_with_the_front(lifeline: int) -> None:
    """Ends this process, whatever it does, when the front is no more: nobody else would."""
    while os.read(lifeline, 1):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
