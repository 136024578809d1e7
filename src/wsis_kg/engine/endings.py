"""How a process ended, and what that says about the query it worked at."""

import signal
from enum import Enum
from typing import Final


class Ending(Enum):
    """What ended a worker."""

    CRASHED = "crashed"
    """The engine overran its stack, or failed in a like way."""
    OUT_OF_MEMORY = "out of memory"
    OUT_OF_TIME = "out of time"
    """It computed longer than it may, and nobody stopped it before."""
    UNKNOWN = "unknown"
    """By itself, from outside, or nobody can tell."""


# Not every platform has all of these signals.
_BY_SIGNAL: Final = {
    **dict.fromkeys(("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE"), Ending.CRASHED),
    "SIGABRT": Ending.OUT_OF_MEMORY,
    "SIGXCPU": Ending.OUT_OF_TIME,
}
_ACCESS_VIOLATION: Final = 0xC0000005
_STACK_OVERFLOW: Final = 0xC00000FD
_NO_MEMORY: Final = 0xC0000017
_FAIL_FAST: Final = 0xC0000409
"""With it a program written in Rust ends itself when it gets no memory."""
_BY_EXIT_CODE: Final = {
    _ACCESS_VIOLATION: Ending.CRASHED,
    _STACK_OVERFLOW: Ending.CRASHED,
    _NO_MEMORY: Ending.OUT_OF_MEMORY,
    _FAIL_FAST: Ending.OUT_OF_MEMORY,
}


def ending_by_signal(number: int) -> Ending:
    """What this signal says; 0 is none."""
    names = {one.value: one.name for one in signal.Signals}
    return _BY_SIGNAL.get(names.get(number, ""), Ending.UNKNOWN)


def ending_by_exit_code(code: int) -> Ending:
    """What the exit code of ``subprocess`` says: a signal if it is negative, else a status code of Windows, or one of
    the program's own, which says nothing.
    """
    return ending_by_signal(-code) if code < 0 else _BY_EXIT_CODE.get(code, Ending.UNKNOWN)
