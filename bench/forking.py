"""A process that loads something once and lets children work with it, so that one that hangs can be killed."""

import gc
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn


def serve_in_children(work: Callable[[], None]) -> NoReturn:
    """Runs ``work`` in a child, and again in another one whenever that has ended; ends when its parent is gone."""
    gc.collect()
    gc.freeze()
    parent = os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    child = 0
    try:
        while os.getppid() == parent:
            child = os.fork()
            if child == 0:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                try:
                    work()
                finally:
                    os._exit(0)
            _, status = os.waitpid(child, 0)
            child = 0
            if not os.WIFSIGNALED(status):
                break
    finally:
        if child:
            os.kill(child, signal.SIGKILL)
    sys.exit()
