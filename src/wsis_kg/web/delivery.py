"""Brings the answer of a query to its client: buffered first, then streamed, and broken off where it breaks off.

The first bytes are held back until there are 256 KiB of them or all, so that whatever goes wrong before is told with a
status of its own. After that HTTP has one honest way to say that an answer is not whole: the chunked body ends without
its last chunk (RFC 9112, section 8).
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from tempfile import SpooledTemporaryFile
from typing import Final

from starlette.responses import Response

from wsis_kg.engine.asked import AskedQuery, ClientLeft, EngineFault
from wsis_kg.engine.problems import QueryProblem

from .problems import let_go
from .requests import Message, Receive, Scope

Send = Callable[[Message], Awaitable[None]]

HELD_BACK: Final = 1 << 18
_PIECE: Final = 1 << 16
_UNWATCHED_SECONDS: Final = 0.02
"""Most queries have ended by then, and nobody needs to have listened for their client's leaving."""

_log = logging.getLogger(__name__)


class Watch:
    """Abandons a query when its client closes the connection. ``end`` must be awaited."""

    def __init__(self, query: AskedQuery, receive: Receive) -> None:
        self._query = query
        self._receive = receive
        self._task: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(_UNWATCHED_SECONDS, self._begin)

    async def end(self) -> None:
        """Watches no longer, and abandons the query if it still runs: whoever watched has stopped reading it."""
        self._timer.cancel()
        self._query.abandon()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._query.abandon()


async def whole(query: AskedQuery, receive: Receive) -> bytes:
    """The whole body, for what is worked on before it is sent. Raises what went wrong, ClientLeft included."""
    watch = Watch(query, receive)
    try:
        parts: list[bytes] = []
        while not query.exhausted:
            parts += await query.gather(_PIECE)
        return b"".join(parts)
    finally:
        await watch.end()


async def deliver(query: AskedQuery, scope: Scope, receive: Receive) -> Response:
    """The response that carries the answer, once it is certain enough. Raises what went wrong until then."""
    watch = Watch(query, receive)
    try:
        first = b"".join(await query.gather(HELD_BACK))
        if query.exhausted:
            await watch.end()
            return Response(first)
        if scope["http_version"] == "1.0":
            # Such a client (an old proxy in between, mostly) has no chunks, and would take a broken answer for a whole.
            return await _spooled(query, watch, first)
        return _Streamed(query, watch, first)
    except BaseException:
        await watch.end()
        raise


class _Streamed(Response):
    """A response whose end is not there yet when it begins."""

    def __init__(self, query: AskedQuery, watch: Watch, first: bytes) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._query = query
        self._watch = watch
        self._first = first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends piece after piece, as fast as the client takes them, and no last one if the answer breaks off."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            if scope["method"] != "HEAD":
                await send({"type": "http.response.body", "body": self._first, "more_body": True})
                async for piece in _rest(self._query):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (QueryProblem, EngineFault) as problem:
            _log.warning("The answer to query %s was broken off: %s", self._query.id, type(problem).__name__)
            let_go(problem)
        except ClientLeft as left:
            let_go(left)
        finally:
            await self._watch.end()


class _Spooled(Response):
    """A whole body that was too large to be kept in memory."""

    def __init__(self, body: "SpooledTemporaryFile[bytes]", size: int) -> None:
        super().__init__(headers={"Content-Length": str(size)})
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it piece by piece."""
        with self._body as body:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while piece := body.read(_PIECE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _spooled(query: AskedQuery, watch: Watch, first: bytes) -> Response:
    body: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115 - closed once it is sent
    try:
        body.write(first)
        async for piece in _rest(query):
            body.write(piece)
        size = body.tell()
        body.seek(0)
    except BaseException:
        body.close()
        raise
    await watch.end()
    return _Spooled(body, size)


async def _rest(query: AskedQuery) -> AsyncIterator[bytes]:
    while not query.exhausted:
        pieces = await query.gather(_PIECE)
        if pieces:
            yield b"".join(pieces)
