"""Answers that are kept: by version of the dataset, question and coding, bounded in bytes, the least used go first.

Pure data structure. What may be kept is decided by whoever puts it in: never an error, never the answer to a query
whose next evaluation may differ.
"""

import sys
from collections import OrderedDict
from typing import Final, NamedTuple

from .wire import Question

MEGABYTE: Final = 1_000_000
_LARGEST_SHARE: Final = 8
_OVERHEAD: Final = 600
"""Bytes that an entry costs beside its texts, about."""


class Key(NamedTuple):
    """What an answer depends on. The question holds the text, the format, the base and the dataset's parameters."""

    version: str
    question: Question
    wish: str
    """What the client takes of codings."""


class Kept(NamedTuple):
    """A body as it is sent, and its coding."""

    body: bytes
    coding: str


class Cache:
    """Answers by their keys. Bodies and keys together never have more than ``capacity`` bytes; 0 keeps nothing.

    One entry has at most an eighth of it, and so have all copies together that are being made meanwhile.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.largest = capacity // _LARGEST_SHARE
        self.size = 0
        """Bytes, those set aside for copies included."""
        self.version = ""
        """Of the dataset, to which all that is kept belongs."""
        self.evictions = 0
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._set_aside = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Kept | None:
        """What is kept under this key, which is thereby the one used last; None if nothing is."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def put(self, key: Key, kept: Kept) -> None:
        """Keeps an answer, and lets go those not used for longest until there is room.

        One that is too large is not kept, nor one of another version: it comes from a query that began before.
        """
        cost = _cost(key, kept)
        if cost > self.largest or key.version != self.version:
            return
        before = self._kept.pop(key, None)
        if before is not None:
            self.size -= _cost(key, before)
        self._kept[key] = kept
        self.size += cost
        self._make_room()

    def turn_to(self, version: str) -> None:
        """From now on answers are of this version: lets all others go."""
        if version == self.version:
            return
        self.version = version
        for key, kept in self._kept.items():
            self.size -= _cost(key, kept)
        self._kept.clear()

    def set_aside(self, size: int) -> bool:
        """Takes so many bytes for a copy that is being made, if so much may be; ``give_back`` must follow."""
        if self._set_aside + size > self.largest:
            return False
        self._set_aside += size
        self.size += size
        self._make_room()
        return True

    def give_back(self, size: int) -> None:
        """The copy is kept now, or was given up."""
        self._set_aside -= size
        self.size -= size

    def _make_room(self) -> None:
        while self.size > self.capacity:
            key, kept = self._kept.popitem(last=False)
            self.size -= _cost(key, kept)
            self.evictions += 1


class Copy:
    """A copy of an answer on its way to the client: kept once it is whole, given up if it grows too large."""

    def __init__(self, cache: Cache, question: Question, wish: str) -> None:
        self._cache = cache
        self._question = question
        self._wish = wish
        self._pieces: list[bytes] | None = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        """Takes the next piece."""
        if self._pieces is None:
            return
        if self._cache.set_aside(len(piece)):
            self._pieces.append(piece)
            self._size += len(piece)
        else:
            self.drop()

    def keep(self, version: str, coding: str) -> None:
        """The answer is whole, and of this version."""
        pieces = self._pieces
        self.drop()
        if pieces is not None:
            self._cache.put(Key(version, self._question, self._wish), Kept(b"".join(pieces), coding))

    def drop(self) -> None:
        """Gives the copy up, unless it is kept already."""
        self._cache.give_back(self._size)
        self._pieces, self._size = None, 0


def _cost(key: Key, kept: Kept) -> int:
    question = key.question
    graphs = (*(question.default_graphs or ()), *(question.named_graphs or ()))
    # In memory, not in UTF-8: one character beyond Latin makes every other one two bytes long, or four.
    texts = sum(map(sys.getsizeof, (question.text, question.base or "", *graphs)))
    return len(kept.body) + texts + _OVERHEAD
