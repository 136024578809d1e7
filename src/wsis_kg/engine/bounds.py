"""Binds what a process may use, as far as the platform can: Linux in all, other Unix systems in part, Windows not.

Where a bound is missing, the front's clock is what remains.
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any, Final

resource: Any
try:
    resource = importlib.import_module("resource")
except ImportError:
    # Windows has no such thing.
    resource = None

_LIKELY_TO_BE_KILLED: Final = "700"


def forbid_core_files() -> None:
    """A worker that crashes is no news, and a core file of it would fill the disk."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def prefer_to_be_killed() -> None:
    """Where the machine runs out of memory, a worker is to go before the front or the store."""
    try:
        Path("/proc/self/oom_score_adj").write_text(_LIKELY_TO_BE_KILLED, encoding="ascii")
    except OSError:
        return


def bound_memory(more: int) -> None:
    """From now on the process may grow by so many bytes."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        # Only Linux says how large a process is.
        return
    if resource is not None:
        most = pages * os.sysconf("SC_PAGE_SIZE") + more
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def bound_processor_time(seconds: float) -> None:
    """A second guard behind the front's clock: the process may compute so much longer."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def peak_memory() -> int:
    """The most bytes of memory that the process has used, or 0 where nobody knows."""
    if resource is None:
        return 0
    try:
        # A program begins with the peak of whoever started it, as the other figure has it; this one is its own.
        status = Path("/proc/self/status").read_bytes()
        return int(status[status.index(b"VmHWM:") + 6 :].split(None, 1)[0]) * 1024
    except (OSError, ValueError):
        return _peak_with_ancestors()


def has_used_more(most: int) -> bool:
    """Whether the process has ever used more than so many bytes of memory. Asked after every query, so its own peak,
    which takes fifty times as long to find out, is looked for only where the other figure, never smaller, is too large.
    """
    return resource is not None and _peak_with_ancestors() > most and peak_memory() > most


def _peak_with_ancestors() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
