"""The language of a request: the one that somebody chose, else the first of ours that ``Accept-Language`` names.

RFC 9110, section 12.5.4. The choice is kept in a cookie that says nothing else.
"""

from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from markupsafe import Markup
from starlette.datastructures import Headers, MutableHeaders

from wsis_kg.views.languages import ENGLISH, OFFICIAL, direction, primary
from wsis_kg.views.register import Register

from .translations import words_in

COOKIE: Final = "language"
_VARIES_BY: Final = ("Accept-Language", "Cookie")
_MOST_RANGES: Final = 50
_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def spoken() -> str:
    """The tag of the language in which things are named in the answer that is being made."""
    return _spoken.get()


def language_mark(register: Register, iri: str) -> Markup:
    """The attributes that say in which language a thing is named by a register; none where English is spoken."""
    if spoken() == ENGLISH:
        return Markup("")
    tag = register.language_of(iri)
    return Markup(' lang="{}"{}').format(tag, Markup(' dir="rtl"') if direction(tag) == "rtl" else "")


def chosen(headers: Headers) -> str:
    """The tag of one of the six official languages; English where nothing else is asked for, or nothing we have."""
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(headers.get("cookie", ""))
    except CookieError:
        cookies.clear()
    if COOKIE in cookies and cookies[COOKIE].value in OFFICIAL:
        return cookies[COOKIE].value
    ranges = headers.get("accept-language", "").split(",")[:_MOST_RANGES]
    weighed = sorted(((_weight(one), -place, one) for place, one in enumerate(ranges)), reverse=True)
    for weight, _, one in weighed:
        language = primary(one.partition(";")[0].strip())
        if weight > 0 and language in OFFICIAL:
            return language
    return ENGLISH


def _weight(language_range: str) -> float:
    """What stands behind ``q=``; 1 where nothing does, 0 where it is no number."""
    for parameter in language_range.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0


class Speaking:
    """An ASGI application in the language of each request; pages say which it is, and that they vary with it."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Passes everything on."""
        language = chosen(Headers(scope=scope))
        token = _spoken.set(language)

        async def tell(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                if headers.get("content-type", "").startswith("text/html"):
                    for name in _VARIES_BY:
                        headers.add_vary_header(name)
                    headers.setdefault("content-language", words_in(language))
                message["headers"] = headers.raw
            await send(message)

        try:
            await self._application(scope, receive, tell)
        finally:
            _spoken.reset(token)
