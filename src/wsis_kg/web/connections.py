"""Connections that bound what a client may send before its request begins, and how long it may take to send and read.

uvicorn has no limit for any of these: a head that never ends would fill the memory, a client that sends nothing, or
takes nothing of its answer, would hold its connection for ever. The numbers are those of common servers in front of
us, or larger.
"""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .delivery import Send
from .patience import Patience
from .plan import Ready
from .repeats import HEAD, LONGEST, WHOLE, Repeats

LONGEST_URL: Final = 60_000
"""Bytes. The parser of URLs counts in 16 bits."""
LARGEST_HEAD: Final = 65_536
MOST_HEADERS: Final = 200
_LINGER_SECONDS: Final = 5.0

_REASONS: Final = {408: "Request Timeout", 414: "URI Too Long", 431: "Request Header Fields Too Large"}


class _Refused(Exception):
    """Raised inside the parser's callbacks, to end its work."""


class _Exit:
    """The transport of a request whose body may not be complete yet when it is answered: all the same but its end."""

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self.write = transport.write
        self.close = close
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class BoundedConnection(HttpToolsProtocol):
    """One connection. A head that is too long or too slow gets a status, a sentence, and the end of the connection."""

    def __init__(self, *arguments: Any, patience: Patience, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._patience = patience
        self._size = 0
        """Bytes that have come since the head began."""
        self._head_size = 0
        """Bytes of its fields."""
        self._in_head = False
        self._in_body = False
        self._begun = False
        self._refusal: tuple[int, str] | None = None
        self._over = False
        self._deadline: asyncio.TimerHandle | None = None
        self._between = True
        """Whether no request has begun that is not whole."""
        self._messages = 0
        self._repeats: Repeats = self.config.app.repeats  # type: ignore[union-attr]
        self._unread = 0
        self._stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Of asyncio."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Of asyncio."""
        self._cancel()
        self._reads_again()
        if self.scope is not None:
            # It leads back to us, and would keep us until the next collection of garbage.
            self.scope.pop(WHOLE, None)  # type: ignore[typeddict-item]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Of asyncio."""
        if self._over:
            # Read and thrown away.
            return
        may_be_repeated = self._between and len(data) <= LONGEST and data.startswith(b"GET ")
        if may_be_repeated and self._answer_again(data):
            return
        self._begun = True
        if self._in_head:
            self._size += len(data)
            if self._size > LARGEST_HEAD + LONGEST_URL:
                self._refuse(431, f"The head of a request may have {LARGEST_HEAD:,} bytes here.")
                return
        self._messages = 0
        super().data_received(data)
        if self._in_head and self._deadline is None and not self._over:
            self._expect_head()
        if may_be_repeated and self._messages == 1 and self._between and self.cycle.keep_alive and not self._over:
            # One request, the whole of it and nothing else; its application has not begun to run.
            self.cycle.scope[HEAD] = data  # type: ignore[typeddict-unknown-key]

    def on_message_begin(self) -> None:
        """Of the parser."""
        super().on_message_begin()
        self._in_head = True
        self._between = False
        self._messages += 1
        self._size = self._head_size = 0

    def on_url(self, url: bytes) -> None:
        """Of the parser."""
        super().on_url(url)
        if len(self.url) > LONGEST_URL:
            hint = "Send a long query by POST."
            self._refusal = (414, f"A URL may have {LONGEST_URL:,} bytes here. {hint}")
            raise _Refused

    def on_header(self, name: bytes, value: bytes) -> None:
        """Of the parser."""
        super().on_header(name, value)
        self._head_size += len(name) + len(value)
        if len(self.headers) > MOST_HEADERS or self._head_size > LARGEST_HEAD:
            self._refusal = (431, f"A request may have {MOST_HEADERS} headers with {LARGEST_HEAD:,} bytes here.")
            raise _Refused

    def on_headers_complete(self) -> None:
        """Of the parser."""
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            # RFC 9112, section 3.2: whoever stands in front may have read another one of them.
            self._refusal = (400, f"A request names its host once; this one has {hosts or 'no'} Host headers.")
            raise _Refused
        self._in_head = False
        self._in_body = True
        self._cancel()
        super().on_headers_complete()
        self.scope[WHOLE] = self._send_whole  # type: ignore[typeddict-unknown-key]
        if any(name in (b"content-length", b"transfer-encoding") for name, _ in self.headers):
            self.cycle.transport = cast(asyncio.Transport, _Exit(self.transport, self._end))

    def on_message_complete(self) -> None:
        """Of the parser."""
        self._in_body = False
        super().on_message_complete()
        self._between = True

    def pause_writing(self) -> None:
        """Of asyncio: more was written than the client has taken."""
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        """Of asyncio: the client has taken most of it."""
        super().resume_writing()
        self._reads_again()

    def on_response_complete(self) -> None:
        """Of uvicorn: nobody writes any more, and what is left is the client's to take."""
        super().on_response_complete()
        self._expect_reading()

    def send_400_response(self, msg: str) -> None:
        """Of uvicorn, when the parser has given up: for a reason of ours, or because this is no HTTP."""
        status, sentence = self._refusal or (400, msg)
        self._refuse(status, sentence)

    def _answer_again(self, head: bytes) -> bool:
        """Answers without parsing what was parsed before, if it is known and can be answered now."""
        cycle = self.cycle
        if (cycle is not None and not cycle.response_complete) or self.flow.write_paused or self.transport.is_closing():
            return False
        answer = self._repeats.answer(head, self.client[0] if self.client else "")
        if answer is None:
            return False
        self._begun = True
        self._cancel()
        self._write_whole(answer)
        self.on_response_complete()
        return True

    def _send_whole(self, send: Send, ready: Ready) -> bool:
        """As uvicorn's ``send`` does it, but with one write to the socket for head and body: each wakes the client."""
        cycle = self.cycle
        # Where requests are sent ahead of answers, it is the one before that is answered.
        usual = cycle.send == send and cycle.keep_alive and cycle.scope["method"] != "HEAD"
        gone = cycle.disconnected or self.transport.is_closing()
        if not usual or gone or cycle.response_started or self.flow.write_paused:
            return False
        cycle.response_started = cycle.response_complete = True
        self._write_whole(ready)
        cycle.message_event.set()
        cycle.on_response()
        return True

    def _write_whole(self, ready: Ready) -> None:
        own = [b"%b: %b\r\n" % line for line in self.server_state.default_headers]
        self.transport.write(b"".join((STATUS_LINE[ready.status], *own, ready.head, ready.body)))

    def _expect_head(self) -> None:
        self._deadline = asyncio.get_running_loop().call_later(self._patience.head_seconds, self._late)

    def _expect_reading(self) -> None:
        if self._stall is None and self.transport.get_write_buffer_size():
            self._unread = self._not_taken()
            self._stall = asyncio.get_running_loop().call_later(self._patience.stall_seconds, self._look_at_reading)

    def _look_at_reading(self) -> None:
        self._stall = None
        if self.transport.get_write_buffer_size() and self._not_taken() >= self._unread:
            self.transport.abort()
        else:
            self._expect_reading()

    def _not_taken(self) -> int:
        """Bytes that wait for the client here and in the kernel, which takes more from us only after much was taken
        from it.
        """
        waiting = bytes(4)
        # Windows has neither module, and asks its kernel otherwise.
        with contextlib.suppress(OSError, ImportError):
            import fcntl
            import termios

            waiting = fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, waiting)
        return self.transport.get_write_buffer_size() + int.from_bytes(waiting, sys.byteorder)

    def _reads_again(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _cancel(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if self._begun:
            self._refuse(
                408, f"The head of the request was not complete after {self._patience.head_seconds:g} seconds."
            )
        else:
            self.transport.close()

    def _refuse(self, status: int, sentence: str) -> None:
        self._over = True
        self._cancel()
        if self.cycle is not None and not self.cycle.response_complete:
            if not self._in_body or self.pipeline or self.cycle.response_started:
                # An answer to the request before is on its way, and another one in its midst would belie it.
                self.transport.close()
                return
            # It is the body of this very request that is no HTTP: whoever waits for it is told that nobody is there.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        body = (sentence + "\n").encode()
        self.transport.write(
            f"HTTP/1.1 {status} {_REASONS.get(status, 'Bad Request')}\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nAccess-Control-Allow-Origin: *\r\nCache-Control: no-store\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        self._linger()

    def _end(self) -> None:
        """The end of the connection, after an answer that may have come before the end of the request."""
        if self._in_body and not self.transport.is_closing():
            self._linger()
        else:
            self.transport.close()

    def _linger(self) -> None:
        """Closes our half, and reads what comes for a moment: closing with unread data would take our answer back."""
        self._over = True
        with contextlib.suppress(OSError, NotImplementedError, RuntimeError):
            self.transport.write_eof()
        self.flow.resume_reading()
        self._deadline = asyncio.get_running_loop().call_later(_LINGER_SECONDS, self.transport.close)
