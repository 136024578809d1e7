"""How much of the bodies of requests is held at once: each is bounded, and so are all of them together."""

from collections.abc import Callable
from typing import Final

from .problems import Refusal

MOST_AT_ONCE: Final = 100_000_000
_SECONDS: Final = 5

Take = Callable[[int], None]


class Bodies:
    """What the bodies of all requests take that are not answered yet."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self._left = most

    def of_one_request(self) -> "Share":
        """What counts the bytes of one request."""
        return Share(self)

    def take(self, size: int) -> None:
        """Takes so many bytes. Raises Refusal (503) when there is no room."""
        if size > self._left:
            raise Refusal(
                503,
                "overloaded",
                "The server is busy",
                "Too many large requests are being read or answered.",
                hint=f"Send it again after {_SECONDS} seconds.",
                headers={"Retry-After": str(_SECONDS), "Connection": "close"},
            )
        self._left -= size

    def give_back(self, size: int) -> None:
        """Nobody holds them any more."""
        self._left += size


class Share:
    """What one request takes, as its bytes come; all of them are given back at its end. A context manager by hand, for
    each request has one: a generator costs three times as much.
    """

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._taken = 0

    def __enter__(self) -> Take:
        return self._take

    def __exit__(self, *_: object) -> None:
        self._bodies.give_back(self._taken)

    def _take(self, size: int) -> None:
        self._bodies.take(size)
        self._taken += size
