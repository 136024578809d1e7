"""A SPARQL 1.1 service somewhere else: the connection to it, and what its failures are called.

Speaks the SPARQL 1.1 Protocol (queries by POST of a form, section 2.1.2) and the Graph Store HTTP Protocol. Follows no
redirection, so that neither a query nor a password goes to a place that nobody named.
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx

from .credentials import PASSWORD, TOKEN, USER, BadService, ByChallenge, Credentials
from .problems import EngineFailed, EngineRefused, EngineTimedOut, EngineUnreachable, IncompleteAnswer, QueryProblem

CONNECT_SECONDS: Final = 4.0
"""Shorter than any time limit that a server is likely to have, so that a dead service is told as what it is."""

_LONGEST_REASON: Final = 300
_MOST_OF_A_REASON: Final = 1 << 16
_RETRY_AFTER: Final = 5
_OUT_OF_TIME: Final = ("S1T00", "S1TAT", "exceeds the limit", "timed out", "timeout")
"""What services say when a query took them too long, the first three being Virtuoso's."""
_CANNOT: Final = re.compile(r"Virtuoso (?:37|22)")
"""Virtuoso answers 500 where its compiler or a function of its own gives up: SQL states of syntax and of data."""

T = TypeVar("T")


class Answer(io.RawIOBase):
    """The body of an answer, as a file that is read while it comes. What breaks it off is raised as EngineFailed."""

    def __init__(self, response: httpx.Response, clean: Callable[[Iterator[bytes]], Iterator[bytes]]) -> None:
        super().__init__()
        self._response = response
        self._pieces = clean(response.iter_bytes())
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Of io."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Of io."""
        try:
            while not self._rest:
                self._rest = memoryview(next(self._pieces))
        except StopIteration:
            return 0
        except httpx.TimeoutException as error:
            raise EngineTimedOut("The service behind this endpoint stopped sending its answer.") from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise EngineFailed(
                "The service behind this endpoint broke off its answer.", hint="Send the query again, or ask for less."
            ) from error
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        """Closes the connection if the answer was not read to its end."""
        if not self.closed:
            self._response.close()
        super().close()


class Service:
    """A service at one address. Not to be used by several threads or processes at once: ``close`` before a fork."""

    def __init__(
        self, address: str, credentials: Credentials | None = None, seconds: float | None = None
    ) -> None:
        """``seconds`` bounds the wait for each piece of an answer; None is no bound, for one whom a clock will kill.

        Raises BadService if that is no address.
        """
        self.address = checked_address(address)
        credentials = credentials or Credentials()
        headers = {"User-Agent": "wsis-kg", "Accept-Encoding": "identity"}
        if credentials.token is not None:
            headers["Authorization"] = f"Bearer {credentials.token}"
        auth = None
        if credentials.user is not None and credentials.password is not None:
            auth = ByChallenge(credentials.user, credentials.password)
        # Nothing comes from elsewhere: no proxies and no .netrc. Authorities come from where OpenSSL looks for them.
        self._open = partial(
            httpx.Client,
            headers=headers,
            auth=auth,
            timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )
        self._client: httpx.Client | None = None

    def close(self) -> None:
        """Closes the connection; the next question opens another."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def ask(
        self,
        text: str,
        accept: str,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        clean: Callable[[Iterator[bytes]], Iterator[bytes]] = iter,
    ) -> io.BufferedReader:
        """The answer to a query in that media type, while it comes; ``clean`` may change its pieces.

        Raises EngineUnreachable, EngineRefused, EngineTimedOut, IncompleteAnswer or EngineFailed; reading it raises
        EngineFailed if it breaks off.
        """
        form = {"query": text, "default-graph-uri": [*default_graphs], "named-graph-uri": [*named_graphs]}
        response = self._again(
            lambda client: client.send(
                client.build_request("POST", self.address, data=form, headers={"Accept": accept}), stream=True
            )
        )
        try:
            _refuse(response, self.address, "query")
            _refuse_partial(response)
            found = _media_type(response)
            if found != accept:
                raise EngineFailed(
                    f"The service behind this endpoint answered with {found or 'no media type'} "
                    f"where {accept} was asked for.",
                    hint="Tell whoever runs this server: is its engine a SPARQL service?",
                )
        except BaseException:
            response.close()
            raise
        return io.BufferedReader(Answer(response, clean), 1 << 16)

    def send(self, method: str, address: str, graph: str, turtle: bytes | None = None) -> None:
        """A change of one named graph: PUT or POST with Turtle, or DELETE (Graph Store Protocol, section 5).

        A graph that is not there counts as deleted. Raises what ``ask`` raises.
        """
        headers = {} if turtle is None else {"Content-Type": "text/turtle"}
        url = httpx.URL(address).copy_merge_params({"graph": graph})
        response = self._again(lambda client: client.request(method, url, content=turtle, headers=headers))
        if method == "DELETE" and response.status_code == httpx.codes.NOT_FOUND:
            return
        _refuse(response, address, "change")

    def _again(self, send: Callable[[httpx.Client], T]) -> T:
        """Sends once more where a connection that was kept had been closed meanwhile, or the service was not there."""
        for last in (False, True):
            client = self._client = self._client or self._open()
            try:
                return send(client)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise EngineUnreachable(
                    "The service behind this endpoint cannot be reached.",
                    hint="Send the query again in a moment.",
                    members={"retry_after": _RETRY_AFTER},
                ) from error
            except httpx.TimeoutException as error:
                raise EngineTimedOut("The service behind this endpoint did not answer in time.") from error
            except httpx.HTTPError as error:
                self.close()
                if last:
                    raise EngineFailed(
                        "The service behind this endpoint closed the connection without an answer."
                    ) from error
        raise AssertionError


def checked_address(address: str) -> str:
    """The address of a service, if it is one: http or https, a host, and no password in it. Raises BadService."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise BadService("This is not the address of a service: it begins with http:// or https:// and names a host.")
    if parts.username is not None or parts.password is not None:
        raise BadService(f"An address with a password in it can be seen by others: set {USER} and {PASSWORD} instead.")
    if parts.fragment or not address.isascii() or re.search(r"[\x00-\x20\x7f]", address):
        raise BadService("The address of the service holds “#”, a space or another character that no address has.")
    return address


def _media_type(response: httpx.Response) -> str:
    found: str = response.headers.get("content-type", "")
    return found.partition(";")[0].strip().lower()


def _refuse_partial(response: httpx.Response) -> None:
    """Virtuoso tells in a header, and with status 200, that rows are missing."""
    if response.headers.get("x-sql-state"):
        raise IncompleteAnswer("The service behind this endpoint ran out of time and sent a part of the answer only.")
    if most := response.headers.get("x-sparql-maxrows"):
        raise IncompleteAnswer(
            f"The service behind this endpoint sends no more than {most[:12]} rows, so some may be missing.",
            hint=f"Ask for fewer than {most[:12]} rows with LIMIT and OFFSET.",
        )


def _refuse(response: httpx.Response, address: str, what: str) -> None:
    """Raises the problem that a status other than of success stands for."""
    status = response.status_code
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise EngineFailed(
            f"The service behind this endpoint redirects to {_without_query(response.headers.get('location', ''))}.",
            hint="Redirections are not followed: whoever runs this server has to name that address itself.",
        )
    if status in (401, 403, 407):
        raise EngineFailed(
            f"The service behind this endpoint refuses our credentials for this {what} (status {status}).",
            hint=f"Whoever runs this server has to set {USER} and {PASSWORD}, or {TOKEN}.",
        )
    if status in (404, 405, 410):
        raise EngineFailed(f"There is no SPARQL service at {_without_query(address)} (status {status}).")
    reason = _reason(response)
    if status in (408, 504) or any(sign in reason for sign in _OUT_OF_TIME):
        raise EngineTimedOut(
            f"The service behind this endpoint gave up: {reason}", hint="Ask for less, or take the parts one by one."
        )
    if status in (429, 502, 503):
        raise EngineUnreachable(
            f"The service behind this endpoint is busy or down (status {status}).",
            hint="Send the query again in a moment.",
            members={"retry_after": _RETRY_AFTER},
        )
    if status in (400, 413, 414, 422, 501) or _CANNOT.match(reason):
        raise EngineRefused(
            f"The service behind this endpoint does not take this {what}, though it is correct: {reason}",
            hint="Write it in another way: not all services know all of SPARQL.",
        )
    raise EngineFailed(f"The service behind this endpoint failed over this {what} (status {status}): {reason}")


def _reason(response: httpx.Response) -> str:
    """The first line of what a service says, without the markup of a page and without the query."""
    body = b""
    try:
        for piece in response.iter_bytes():
            body += piece
            if len(body) > _MOST_OF_A_REASON:
                break
    except (httpx.HTTPError, httpx.StreamError):
        pass
    text = body.decode("utf-8", "replace").strip()
    if "html" in _media_type(response) or text.startswith("<"):
        return "It sent a page instead of a reason."
    line = re.sub(r"\s+", " ", text.partition("\n")[0]).strip()
    line = line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"
    return line or "It gave no reason."


def _without_query(address: str) -> str:
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else parts.path or "nowhere"


def told(problem: QueryProblem) -> str:
    """A problem with the service, in words for whoever named it."""
    return str(problem).replace("The service behind this endpoint", "The service")
