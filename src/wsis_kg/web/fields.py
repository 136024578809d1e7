"""The header fields of a request that its answer can depend on, read once for all requests that send the same ones."""

from functools import lru_cache
from typing import Any, Final

from starlette.datastructures import Headers

Lines = tuple[tuple[bytes, bytes], ...]

LOOKED_AT: Final = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"access-control-request-method",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"host",
        b"if-none-match",
        b"transfer-encoding",
    }
)
"""What of a request to the endpoint an answer can depend on, beside the body; nothing else reaches who makes it."""
_SHORT: Final = 1000
"""Bytes of values; longer ones are rare, and not remembered."""


class Fields(Headers):
    """Starlette's headers, looked up by name and not by reading all of them each time."""

    def __init__(self, lines: Lines) -> None:
        super().__init__(raw=list(lines))
        self._values: dict[str, list[str]] = {}
        for name, value in lines:
            self._values.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))

    def __getitem__(self, key: str) -> str:
        return self._values[key.lower()][0]

    def __contains__(self, key: Any) -> bool:
        return key.lower() in self._values

    def get(self, key: str, default: Any = None) -> Any:
        """Of Mapping: the first value."""
        values = self._values.get(key.lower())
        return default if values is None else values[0]

    def getlist(self, key: str) -> list[str]:
        """Of Headers: all values, in order."""
        return [*self._values.get(key.lower(), ())]


def fields_of(lines: Lines) -> Fields:
    """The fields on these lines. Clients send few, and the same ones again and again."""
    short = sum([len(value) for _, value in lines]) <= _SHORT
    return _remembered(lines) if short else Fields(lines)


_remembered: Final = lru_cache(maxsize=256)(Fields)
