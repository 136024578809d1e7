"""Asks an ASGI application in this process, without a socket."""

import asyncio
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import Headers

from .requests import Message, Receive, Scope

_IN_MEMORY: Final = 1 << 22


@dataclass
class Answer:
    """What came back: the body stands in ``body``, which is in memory unless it is large, and is to be closed."""

    status: int
    headers: Headers
    body: IO[bytes]

    @property
    def media_type(self) -> str:
        """Without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class InProcess:
    """An application as a client sees it that stands at ``address``, the address of its start page."""

    def __init__(self, application: Any, address: str) -> None:
        self._application = application
        parts = urlsplit(address)
        self._scheme = parts.scheme
        self._host = parts.netloc
        self.root = parts.path.rstrip("/") + "/"
        """The path of the start page."""

    async def get(self, path: str, accept: str) -> Answer:
        """The answer to a GET of the path, which is percent-encoded and begins at the start page."""
        whole = self.root + path
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": self._scheme,
            "path": unquote(whole),
            "raw_path": quote(whole, safe="/%").encode(),
            "query_string": b"",
            "root_path": self.root.rstrip("/"),
            "headers": [(b"host", self._host.encode()), (b"accept", accept.encode())],
            # Nobody whose word on another address would be taken.
            "client": ("192.0.2.1", 0),
            "server": None,
        }
        body: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - handed over
        started: list[Message] = []
        ended = False

        async def send(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                started.append(message)
            else:
                body.write(message.get("body", b""))
                ended = not message.get("more_body", False)

        try:
            await self._application(scope, _nothing_more(), send)
            if not started or not ended:
                raise ConnectionError(f"The answer at /{path} broke off.")
        except BaseException:
            body.close()
            raise
        body.seek(0)
        return Answer(started[0]["status"], Headers(raw=list(started[0]["headers"])), body)


def _nothing_more() -> Receive:
    """A client that has sent all it had, and stays."""
    first = True

    async def receive() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.Event().wait()
        raise AssertionError("Nobody sets it.")

    return receive
