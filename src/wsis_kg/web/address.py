"""Where this service stands for its clients, which behind a proxy is not where it listens.

All links, the base of relative IRIs, the service description and the tags are made from the scheme, host and path of
the request as ASGI tells them; so these are put right once, before anything else reads them.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from .proxies import HOST, PREFIX, Proxies

Scope = MutableMapping[str, Any]


@dataclass(frozen=True)
class Address:
    """A public address: https://example.org:8443/graph has the prefix /graph."""

    scheme: str
    host: str
    prefix: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """The address that a URL names. Raises ValueError with a sentence."""
        try:
            parts = urlsplit(url)
            known = bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        prefix = parts.path.rstrip("/") if known else ""
        if (
            not known
            or parts.scheme not in ("http", "https")
            or not HOST.fullmatch(parts.netloc)
            or not PREFIX.fullmatch(prefix)
            or url != f"{parts.scheme}://{parts.netloc}{parts.path}"
        ):
            raise ValueError(
                f"“{url}” is not the address of a site, such as https://example.org/wsis: http or https, a host in "
                "ASCII, and a path of letters, digits, “.”, “_”, “~” and “-” if any."
            )
        return cls(parts.scheme, parts.netloc, prefix)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{self.prefix}"


@dataclass(frozen=True)
class PublicAddress:
    """What is known of the public address beforehand, and whose word is taken for the rest."""

    base: Address | None = None
    """The whole of it: nothing that a request says changes it."""
    root_path: str = ""
    """The prefix alone, where no proxy tells one."""
    proxies: Proxies = field(default_factory=Proxies)

    def __post_init__(self) -> None:
        """Raises ValueError with a sentence for a root path that is none."""
        if not PREFIX.fullmatch(self.root_path):
            raise ValueError(f"“{self.root_path}” is not a path such as /wsis, without a slash at its end.")

    @property
    def prefix(self) -> str:
        """The prefix that is known beforehand."""
        return self.root_path if self.base is None else self.base.prefix

    def put_right(self, scope: Scope) -> Scope:
        """The scope of a request as its client means it: client, scheme, host, and the path with its prefix, whether
        the proxy has taken that away or not.
        """
        peer = scope["client"][0] if scope.get("client") else None
        trusted = self.proxies.trusts(peer)
        if not trusted and self.base is None and not self.root_path:
            return scope
        scheme, host, prefix = scope["scheme"], None, self.root_path
        changed: dict[str, Any] = {}
        if trusted:
            told = self.proxies.told(peer, scope["headers"])
            scheme, host, prefix = told.scheme or scheme, told.host, told.prefix or prefix
            changed["client"] = None if told.client is None else (told.client, 0)
        if self.base is not None:
            scheme, host, prefix = self.base.scheme, self.base.host, self.base.prefix
        if host is not None:
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            changed["headers"] = [(b"host", host.encode("ascii")), *others]
        path = scope["path"]
        if path != prefix and not path.startswith(prefix + "/"):
            path = prefix + path
        return {**scope, **changed, "scheme": scheme, "root_path": prefix, "path": path}
