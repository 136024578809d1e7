"""What is freed goes back to the machine: the front holds a large body or answer for a moment only."""

import ctypes
from typing import Final

_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
"""Names of glibc's malloc.h."""
_LARGE: Final = 1 << 18


def give_back_large_blocks() -> None:
    """Tells glibc to keep blocks of 256 KiB and more apart, each given back as soon as it is freed.

    By itself it raises that bound with the first such block, up to 32 MiB, and what has been cut from its heap since
    then mostly stays. With another C library nothing happens.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    set_option(_MMAP_THRESHOLD, _LARGE)
    set_option(_ARENA_MAX, 2)
