"""Content codings (RFC 9110, section 12.5.3): whether a body goes out as it is or compressed by gzip.

All data here is public and no answer holds a secret, so that its length may tell what it likes (BREACH).
"""

import gzip
import re
import zlib
from enum import Enum
from functools import lru_cache
from typing import Final

import anyio.to_thread

from wsis_kg.engine.cache import Kept

SMALLEST: Final = 1024
"""Bytes. What is smaller fits into one packet as it is."""
_INLINE: Final = 1 << 15
"""Bytes that are compressed in a fraction of a millisecond; a thread would cost more."""
_MOST_REMEMBERED: Final = 1 << 18
_SHORT_HEADER: Final = 200
_LEVEL: Final = 6
_GZIP_WINDOW: Final = 31
"""How zlib calls the format of gzip with the largest window."""
_ELEMENT: Final = re.compile(
    r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?", re.IGNORECASE
)


class Coding(Enum):
    """What a client takes, or likes better where it takes both."""

    IDENTITY = "identity"
    GZIP = "gzip"
    """Where it pays: not for small bodies."""
    ONLY_GZIP = "gzip, whatever it costs"
    NONE = "none of ours"

    def applies_to(self, size: int) -> bool:
        """Whether a body of so many bytes is to be compressed."""
        return self is Coding.ONLY_GZIP or (self is Coding.GZIP and size >= SMALLEST)


def accepted(header: str | None) -> Coding:
    """The coding that an Accept-Encoding header asks for; malformed elements are passed over.

    Compressed where gzip is named, or meant by ``*``, and not liked less than ``identity`` where that is named too.
    """
    if header is None:
        return Coding.IDENTITY
    return (_accepted if len(header) <= _SHORT_HEADER else _accepted.__wrapped__)(header)


@lru_cache(maxsize=64)
def _accepted(header: str) -> Coding:
    weights: dict[str, float] = {}
    for element in header.split(","):
        match = _ELEMENT.fullmatch(element)
        if match is not None:
            name = match.group(1).lower()
            weights.setdefault("gzip" if name == "x-gzip" else name, float(match.group(2) or 1))
    other = weights.get("*")
    compressed = weights.get("gzip", other or 0.0)
    plain = weights.get("identity", other)
    if plain == 0:
        return Coding.ONLY_GZIP if compressed else Coding.NONE
    # Not named, it is accepted, but nobody has asked for it.
    return Coding.GZIP if compressed and compressed >= (plain or 0.0) else Coding.IDENTITY


async def compressed(body: bytes, *, once: bool = False) -> bytes:
    """The body in gzip, made in a thread where it is large.

    ``once`` is for what hardly ever changes (pages, descriptions, the style sheet): it is remembered.
    """
    # A larger one is never remembered: nobody's query is to fill the memory with pages about itself.
    how = _compress_once if once and len(body) <= _MOST_REMEMBERED else _compress
    return how(body) if len(body) <= _INLINE else await anyio.to_thread.run_sync(how, body)


async def coded(body: bytes, wish: Coding) -> Kept:
    """A whole body as it is to be sent."""
    return Kept(await compressed(body), "gzip") if wish.applies_to(len(body)) else Kept(body, "identity")


async def recoded(kept: Kept, wish: Coding) -> Kept:
    """The same for another wish."""
    if kept.coding == "identity":
        return await coded(kept.body, wish)
    if wish is not Coding.IDENTITY:
        return kept
    return Kept(await anyio.to_thread.run_sync(gzip.decompress, kept.body), "identity")


class Compressor:
    """Compresses piece by piece; each piece can be read as soon as it has arrived."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)

    async def piece(self, body: bytes) -> bytes:
        """The next piece."""
        return self._piece(body) if len(body) <= _INLINE else await anyio.to_thread.run_sync(self._piece, body)

    def end(self) -> bytes:
        """What makes the body whole: length and checksum."""
        return self._stream.flush(zlib.Z_FINISH)

    def _piece(self, body: bytes) -> bytes:
        return self._stream.compress(body) + self._stream.flush(zlib.Z_SYNC_FLUSH)


def _compress(body: bytes) -> bytes:
    # Without the time, so that equal bodies stay equal.
    return gzip.compress(body, _LEVEL, mtime=0)


@lru_cache(maxsize=32)
def _compress_once(body: bytes) -> bytes:
    return _compress(body)
