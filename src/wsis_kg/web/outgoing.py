"""What every answer gets on its way out, errors included: headers for other origins, ``Vary``, and gzip for bodies that
are whole and still plain.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from .coding import accepted, compressed
from .delivery import Send
from .requests import METHODS, Message, Scope

Lines = list[tuple[bytes, bytes]]

_PLAIN_TEXT: Final = re.compile(rb"text/|application/.*(?:json|xml|javascript|triples)|image/svg")


def lines(headers: Mapping[str, str]) -> Lines:
    """Headers as ASGI wants them."""
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


CROSS_ORIGIN: Final = lines(
    {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": (
            "Link, Location, Content-Location, ETag, Last-Modified, Retry-After, Memento-Datetime, Dataset-Version, "
            "Accept-Ranges, Content-Range, Content-Disposition"
        ),
        "X-Content-Type-Options": "nosniff",
    }
)
PREFLIGHT: Final = [
    *CROSS_ORIGIN,
    *lines(
        {
            "Access-Control-Allow-Methods": ", ".join(METHODS),
            "Access-Control-Allow-Headers": (
                "Content-Type, Accept, Accept-Language, Accept-Datetime, Accept-Profile, Authorization, "
                "If-None-Match, If-Range, Range, X-Request-Id"
            ),
            "Access-Control-Max-Age": "86400",
        }
    ),
]


def outgoing(scope: Scope, send: Send) -> Send:
    """``send`` for the answer to this request."""
    added = PREFLIGHT if scope["method"] == "OPTIONS" else CROSS_ORIGIN
    begun: Message | None = None

    async def send_more(message: Message) -> None:
        nonlocal begun
        if message["type"] == "http.response.start":
            # It waits for the body, which says how long it is.
            begun = {**message, "headers": [*_varying(message.get("headers", ())), *added]}
            return
        if begun is not None:
            start, begun = begun, None
            if not message.get("more_body", False):
                message = {**message, "body": await _coded(scope, start, message.get("body", b""))}
            await send(start)
        await send(message)

    return send_more


async def _coded(scope: Scope, start: Message, body: bytes) -> bytes:
    """The body as it is to be sent; ``start`` gets the headers that say so."""
    given = ", ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-encoding")
    if not body or not given or not accepted(given).applies_to(len(body)):
        return body
    headers = dict(start["headers"])
    if b"accept-ranges" in headers or b"content-range" in headers:
        # A file, whose parts are counted in its own bytes.
        return body
    if b"content-encoding" in headers or not _PLAIN_TEXT.match(headers.get(b"content-type", b"")):
        return body
    coded = await compressed(body, once=start["status"] == 200)
    start["headers"] = [
        *((name, value) for name, value in start["headers"] if name != b"content-length"),
        (b"content-length", str(len(coded)).encode()),
        (b"content-encoding", b"gzip"),
    ]
    return coded


def _varying(headers: Sequence[tuple[bytes, bytes]]) -> Lines:
    """Every answer depends on Accept-Encoding, an error too; on what else it depends, whoever made it has said."""
    others = [line for line in headers if line[0] != b"vary"]
    given = b", ".join(value for name, value in headers if name == b"vary")
    if b"accept-encoding" not in given.lower():
        given = given + b", Accept-Encoding" if given else b"Accept-Encoding"
    return [*others, (b"vary", given)]
