"""What is said on standard error, by a thread of its own: whoever reads it slowly, or not at all, holds nobody up.

A pipe that is full makes its writer wait, and the event loop would wait with every client. So lines go through a queue
of bounded length; those that find it full are dropped, and the number of them is said as soon as there is room.
"""

import contextlib
import logging
import os
import queue
import threading
from collections.abc import Iterator
from typing import Final

_MOST_LINES: Final = 10_000
_LAST_SECONDS: Final = 2.0
_STANDARD_ERROR: Final = 2


class Outlet(logging.Handler):
    """Hands each line to the thread that writes it. ``dropped`` counts those for which there was no room."""

    def __init__(self, descriptor: int = _STANDARD_ERROR, most_lines: int = _MOST_LINES) -> None:
        super().__init__()
        self.dropped = 0
        self._descriptor = descriptor
        self._lines: queue.Queue[str | None] = queue.Queue(most_lines)
        # Of no account when the process ends: it may be waiting for a reader who never comes.
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Of logging; never waits, and never raises."""
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            self.dropped += 1
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Writes what is left, if it can be written soon."""
        with contextlib.suppress(queue.Full):
            self._lines.put(None, timeout=_LAST_SECONDS)
        self._thread.join(_LAST_SECONDS)
        super().close()

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            dropped, self.dropped = self.dropped, 0
            if dropped:
                line = f"{dropped} lines were dropped here: standard error is read too slowly.\n{line}"
            # Not through sys.stderr, whose lock would be waited for when the process ends.
            left = f"{line}\n".encode("utf-8", "backslashreplace")
            try:
                while left:
                    left = left[os.write(self._descriptor, left) :]
            except OSError:
                # Nobody can be told: it is this that tells.
                continue


@contextlib.contextmanager
def logging_to_standard_error(*, queries: bool) -> Iterator[Outlet]:
    """All that is logged goes through an outlet meanwhile; ``queries``: a line for each query, too."""
    outlet = Outlet()
    outlet.setFormatter(_Lines())
    root, told = logging.getLogger(), logging.getLogger("wsis_kg.queries")
    level = told.level
    root.addHandler(outlet)
    told.setLevel(logging.INFO if queries else logging.CRITICAL)
    # What we break off on purpose is in the log already, by name.
    broken_off = logging.getLogger("uvicorn.error")
    broken_off.addFilter(_expected)
    try:
        yield outlet
    finally:
        broken_off.removeFilter(_expected)
        told.setLevel(level)
        root.removeHandler(outlet)
        outlet.close()


class _Lines(logging.Formatter):
    """The line of a query as it is, JSON alone; of the rest who says it, and how grave it is."""

    def format(self, record: logging.LogRecord) -> str:
        """Of logging."""
        text = super().format(record)
        return text if record.name == "wsis_kg.queries" else f"{record.levelname} {record.name}: {text}"


def _expected(record: logging.LogRecord) -> bool:
    return "without completing response" not in record.getMessage()
