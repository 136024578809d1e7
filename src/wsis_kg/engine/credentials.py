"""Who we are at a service elsewhere: read from the environment, sent as the service asks, printed nowhere."""

import os
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import httpx

USER: Final = "WSIS_KG_ENGINE_USER"
PASSWORD: Final = "WSIS_KG_ENGINE_PASSWORD"
TOKEN: Final = "WSIS_KG_ENGINE_TOKEN"


class BadService(ValueError):
    """The address or the credentials of a service cannot be used as they were given; the text says why."""


@dataclass(frozen=True)
class Credentials:
    """Who we are at the service. Never printed: its ``repr`` is empty."""

    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Those of WSIS_KG_ENGINE_USER and WSIS_KG_ENGINE_PASSWORD, or of WSIS_KG_ENGINE_TOKEN; empty is absent.

        Raises BadService if they do not fit together.
        """
        user, password, token = (environment.get(name) or None for name in (USER, PASSWORD, TOKEN))
        if token is not None and (user is not None or password is not None):
            raise BadService(f"Both {TOKEN} and {USER} or {PASSWORD} are set. Unset what the service does not use.")
        if (user is None) != (password is None):
            missing = PASSWORD if password is None else USER
            raise BadService(f"{missing} is not set: a user needs a password, and a password a user.")
        if token is not None and not re.fullmatch(r"[\x21-\x7e]+", token):
            raise BadService(f"{TOKEN} holds characters that no token has.")
        return cls(user, password, token)


class ByChallenge(httpx.Auth):
    """Basic or Digest, whichever the service asks for (RFC 7617, RFC 7616); nothing is sent before it asks."""

    def __init__(self, user: str, password: str) -> None:
        self._kinds: Mapping[str, httpx.Auth] = {
            "digest": httpx.DigestAuth(user, password),
            "basic": httpx.BasicAuth(user, password),
        }
        self._kind: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Of httpx."""
        if self._kind is None:
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return
            offered = ", ".join(response.headers.get_list("www-authenticate")).lower()
            self._kind = next((kind for name, kind in self._kinds.items() if f"{name} " in f"{offered} "), None)
            if self._kind is None:
                return
        yield from self._kind.auth_flow(request)
