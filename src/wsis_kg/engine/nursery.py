"""What a crew needs of the place where its workers are born, whether they are forked there or started anew."""

import socket
from typing import Protocol

from .endings import Ending
from .wire import Edition


class StoreFailed(Exception):
    """The build could not be opened; the text says why."""


class Process(Protocol):
    """A handle on the process of a worker."""

    @property
    def pid(self) -> int:
        """Its number."""

    @property
    def ended(self) -> bool:
        """Whether it is no more."""

    def kill(self) -> None:
        """Ends it at once, whatever it does; nothing if it is no more."""

    def release(self) -> None:
        """Gives the handle back: the process is no more."""


class Parent(Protocol):
    """The crew, as a nursery sees it. Belongs to the event loop."""

    def welcome(self, process: Process, connection: socket.socket) -> None:
        """A worker that was ordered has been born; this is the front's end of its connection."""

    def unborn(self, reason: str) -> None:
        """A worker that was ordered cannot be had now."""

    def bury(self, pid: int, ending: Ending) -> None:
        """The worker with this number has ended, and how."""

    def orphaned(self) -> None:
        """No worker will be born here any more, and nobody will tell how those that live end."""


class Nursery(Protocol):
    """Where the workers of one edition of the dataset are born. Made in any thread, then used in the event loop."""

    edition: Edition
    store_process: int | None
    """The number of the process that holds the store for all, if there is one."""
    spares: int
    """Workers to be kept ready beyond those that are asked, because a birth takes long."""

    def attach(self, parent: Parent) -> None:
        """Brings it into the running event loop."""

    def order(self, count: int) -> None:
        """Asks for that many workers: each will be welcomed, or told as unborn."""

    def lost(self, process: Process) -> None:
        """The connection of this worker has ended: it will be told as buried."""

    def leave(self) -> None:
        """Out of the event loop: nothing is told any more."""

    def end(self) -> None:
        """Ends all processes that still live. Blocks; called in any thread."""
