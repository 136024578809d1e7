"""How much of the bodies of requests is held at once: each is bounded, and so are all of them together."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Final

from .problems import Refusal

MOST_AT_ONCE: Final = 100_000_000
_SECONDS: Final = 5

Take = Callable[[int], None]


class Bodies:
    """What the bodies of all requests take that are not answered yet."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self._left = most

    @contextlib.contextmanager
    def of_one_request(self) -> Iterator[Take]:
        """Gives what counts the bytes of one request, as they come; all of them are given back at its end.

        Counting raises Refusal (503) when there is no room.
        """
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
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
            taken += size

        try:
            yield take
        finally:
            self._left += taken
