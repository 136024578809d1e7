"""Brings the answer of a query to its client: buffered first, then streamed, and broken off where it breaks off.

The first bytes are held back until there are 256 KiB of them or all, so that whatever goes wrong before is told with a
status of its own. After that HTTP has one honest way to say that an answer is not whole: the chunked body ends without
its last chunk (RFC 9112, section 8).
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from tempfile import SpooledTemporaryFile
from typing import Final

from starlette.responses import Response

from wsis_kg.engine.asked import AskedQuery, ClientLeft, EngineFault
from wsis_kg.engine.cache import Copy, Kept
from wsis_kg.engine.problems import QueryProblem

from .coding import Coding, Compressor, coded
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


async def deliver(query: AskedQuery, scope: Scope, receive: Receive, wish: Coding, copy: Copy) -> Kept | Response:
    """The answer if it is whole already, or else the response that brings it, once it is certain enough; a copy is
    kept when it is whole.

    Raises what went wrong until then.
    """
    watch = Watch(query, receive)
    try:
        first = b"".join(await query.gather(HELD_BACK))
        if query.exhausted:
            await watch.end()
            kept = await coded(first, wish)
            copy.add(kept.body)
            _keep(copy, query, kept.coding)
            return kept
        body = _Body(query, watch, first, wish, copy)
        # A client of HTTP 1.0 (an old proxy in between, mostly) has no chunks, and would take a broken answer for a
        # whole.
        return await _spooled(body) if scope["http_version"] == "1.0" else _Streamed(body)
    except BaseException:
        copy.drop()
        await watch.end()
        raise


def length_and_coding(kept: Kept) -> dict[str, str]:
    """The headers that tell them."""
    length = {"Content-Length": str(len(kept.body))}
    return length if kept.coding == "identity" else {**length, "Content-Encoding": kept.coding}


class _Body:
    """A body whose end is not there yet when it begins, as it is sent. ``end`` must be awaited."""

    def __init__(self, query: AskedQuery, watch: Watch, first: bytes, wish: Coding, copy: Copy) -> None:
        self.query = query
        self._watch = watch
        self._first = first
        self._compressor = Compressor() if wish.applies_to(len(first)) else None
        self._copy = copy

    @property
    def headers(self) -> dict[str, str]:
        """What they say of it."""
        return {} if self._compressor is None else {"Content-Encoding": "gzip"}

    async def pieces(self) -> AsyncIterator[bytes]:
        """One after the other. Raises what breaks it off: then neither gzip nor the copy is completed."""
        piece, self._first = self._first, b""
        while True:
            if piece:
                if self._compressor is not None:
                    piece = await self._compressor.piece(piece)
                self._copy.add(piece)
                yield piece
            if self.query.exhausted:
                break
            piece = b"".join(await self.query.gather(_PIECE))
        if self._compressor is not None:
            last = self._compressor.end()
            self._copy.add(last)
            yield last
        _keep(self._copy, self.query, "identity" if self._compressor is None else "gzip")

    async def end(self) -> None:
        """Nothing more of it is wanted."""
        self._copy.drop()
        await self._watch.end()


class _Streamed(Response):
    """A response that is sent while it is being made."""

    def __init__(self, body: _Body) -> None:
        super().__init__(headers=body.headers)
        del self.headers["content-length"]
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends piece after piece, as fast as the client takes them, and no last one if the answer breaks off."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            if scope["method"] != "HEAD":
                async for piece in self._body.pieces():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (QueryProblem, EngineFault) as problem:
            _log.warning("The answer to query %s was broken off: %s", self._body.query.id, type(problem).__name__)
            let_go(problem)
        except ClientLeft as left:
            let_go(left)
        finally:
            await self._body.end()


class _Spooled(Response):
    """A whole body that was too large to be kept in memory."""

    def __init__(self, body: "SpooledTemporaryFile[bytes]", size: int, headers: Mapping[str, str]) -> None:
        super().__init__(headers={**headers, "Content-Length": str(size)})
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it piece by piece."""
        with self._body as body:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while piece := body.read(_PIECE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _spooled(body: _Body) -> Response:
    spool: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115 - closed once it is sent
    try:
        async for piece in body.pieces():
            spool.write(piece)
        size = spool.tell()
        spool.seek(0)
    except BaseException:
        spool.close()
        raise
    await body.end()
    return _Spooled(spool, size, body.headers)


def _keep(copy: Copy, query: AskedQuery, coding: str) -> None:
    assert query.edition is not None
    copy.keep(query.edition.version, coding)
