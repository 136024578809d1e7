"""How often one client may ask: a bucket of tokens for each address, filled again as time goes by."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

from .problems import Refusal

_BURST_SECONDS: Final = 5.0
_MOST_CLIENTS: Final = 10_000
_NETWORK: Final = (1 << 128) - (1 << 64)


class Rate:
    """At most so many requests a second from one client, on the average; five seconds' worth at once.

    Kept in memory only, and only while the bucket is not full again: no list of who asked is ever made.
    """

    def __init__(self, per_second: float, now: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self.burst = max(1.0, per_second * _BURST_SECONDS)
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """The tokens of a client and when they were counted; who asked last stands last."""

    def take(self, client: str) -> None:
        """Takes a token for one request. Raises Refusal (429) with the seconds to wait if there is none."""
        now = self._now()
        key = _network(client)
        tokens, counted = self._buckets.pop(key, (self.burst, now))
        tokens = min(self.burst, tokens + (now - counted) * self.per_second)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        self._forget(now)
        if allowed:
            return
        seconds = max(1, math.ceil((1 - tokens) / self.per_second))
        raise Refusal(
            429,
            "rate-limited",
            "Too many requests",
            f"One client may send {self.per_second:g} requests a second here, on the average.",
            hint=f"Wait {seconds} second{'s' if seconds != 1 else ''}, then send it again.",
            headers={"Retry-After": str(seconds)},
            members={"limit_requests_per_second": self.per_second},
        )

    def _forget(self, now: float) -> None:
        """Buckets that are full again say nothing; and there are never more than can be kept."""
        while self._buckets:
            key, (tokens, counted) = next(iter(self._buckets.items()))
            if tokens + (now - counted) * self.per_second < self.burst and len(self._buckets) <= _MOST_CLIENTS:
                return
            del self._buckets[key]


def _network(client: str) -> str:
    """One customer of IPv6 has a whole network of 64 bits, and counts as one client."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) & _NETWORK))
    return client
