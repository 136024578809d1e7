"""Which peers are our own proxies, and what is believed of what they say about a client.

Only the X-Forwarded headers are read. ``Forwarded`` (RFC 7239) is not: common proxies pass it on as the client wrote
it, and one that sets X-Forwarded-For would then vouch for whatever a client claims.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Headers = Iterable[tuple[bytes, bytes]]

EVERYBODY: Final = "*"
THIS_MACHINE: Final = ("127.0.0.0/8", "::1")
HOST: Final = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""A host as a URL or the header Host may name it: ASCII only, with its port."""
PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
"""A path under which all of ours stand; without the slash at its end, without anything that is percent-encoded."""
_PORT: Final = re.compile(r"\[(?P<six>[^\]]+)\](?::[0-9]+)?|(?P<four>[0-9.]+):[0-9]+")
_OF_PROXIES: Final = (b"x-forwarded-", b"x-real-ip", b"forwarded", b"via")


class Networks:
    """Some addresses of the internet: each alone, or a whole network of them in CIDR notation, or ``*`` for all."""

    def __init__(self, names: Sequence[str]) -> None:
        """Raises ValueError with a sentence for a name that is none of these."""
        self._all = EVERYBODY in names
        self._networks: list[IPv4Network | IPv6Network] = []
        for name in names:
            if name == EVERYBODY:
                continue
            try:
                self._networks.append(ip_network(name))
            except ValueError as error:
                known = "an address (10.0.0.7, fd00::7) or a network without bits of a host (10.0.0.0/8)"
                raise ValueError(f"“{name}” is not {known}.") from error

    def __contains__(self, address: str) -> bool:
        """Whether this address is one of them. What is no address is in no network, not even in all."""
        if not self._all and not self._networks:
            return False
        try:
            found = ip_address(address)
        except ValueError:
            return False
        if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return self._all or any(found in network for network in self._networks)


@dataclass(frozen=True)
class Told:
    """What a trusted proxy says of a request; None where it says nothing, or nothing that can be."""

    client: str | None = None
    scheme: str | None = None
    host: str | None = None
    prefix: str | None = None


class Proxies:
    """The proxies that are trusted."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        """Raises ValueError with a sentence for a name that is neither an address, nor a network, nor ``*``."""
        self._networks = Networks(names)

    def trusts(self, peer: str | None) -> bool:
        """Whether the peer's word counts. None is the peer of a Unix socket: the rights on its file say who may be."""
        return peer is None or peer in self._networks

    def told(self, peer: str | None, headers: Headers) -> Told:
        """What the headers say that a trusted peer has sent: of each the last value, which is that of the nearest
        proxy; of the chain of X-Forwarded-For the last address that is no trusted proxy.
        """
        last: dict[bytes, str] = {}
        chain: list[str] = []
        for name, value in headers:
            if not name.startswith(b"x-forwarded-"):
                continue
            values = [one.strip() for one in value.decode("latin-1").split(",")]
            last[name] = values[-1]
            if name == b"x-forwarded-for":
                chain += values
        client = peer
        for hop in reversed(chain):
            address = _address(hop)
            if address is None:
                break
            client = address
            if address not in self._networks:
                break
        scheme = last.get(b"x-forwarded-proto", "").lower()
        host = last.get(b"x-forwarded-host", "")
        prefix = last.get(b"x-forwarded-prefix", "").rstrip("/")
        return Told(
            client,
            scheme if scheme in ("http", "https") else None,
            host if HOST.fullmatch(host) else None,
            prefix if prefix and PREFIX.fullmatch(prefix) else None,
        )


def came_through_proxy(headers: Headers) -> bool:
    """Whether a request says of itself that somebody has passed it on."""
    return any(name.startswith(_OF_PROXIES) for name, _ in headers)


def _address(hop: str) -> str | None:
    """The address of a hop, without the port that some proxies add; None for ``unknown`` and what else is none."""
    with_port = _PORT.fullmatch(hop)
    if with_port is not None:
        hop = with_port["six"] or with_port["four"]
    try:
        return str(ip_address(hop))
    except ValueError:
        return None
