"""/language/<tag>: chooses the language of the pages, and leads back to where somebody came from."""

from typing import Final
from urllib.parse import urlsplit

from starlette.responses import Response

from wsis_kg.views.languages import OFFICIAL

from .problems import Refusal
from .rdf_resource import Asked, RdfResource, see_other
from .speaking import COOKIE

_YEAR: Final = 365 * 24 * 60 * 60


class LanguageSwitch(RdfResource):
    """Sets the cookie that ``speaking`` reads; whoever sends no ``Referer`` of this site is led to the start page."""

    async def answer(self, asked: Asked) -> Response:
        """303. Raises Refusal (404) for a language that is none of the six."""
        tag = asked.path.removeprefix("language/")
        asked.only()
        if tag not in OFFICIAL:
            names = ", ".join(f"{name} ({code})" for code, (name, _) in OFFICIAL.items())
            detail = "Things are named here in the official languages of the United Nations."
            raise Refusal(404, "unknown", "This language is none of ours", detail, hint=f"They are {names}.")
        root = asked.endpoint.removesuffix("sparql")
        came_from = asked.headers.get("referer", "")
        response = see_other(came_from if came_from.startswith(root) else root)
        site = urlsplit(root)
        response.set_cookie(
            COOKIE, tag, max_age=_YEAR, path=site.path, secure=site.scheme == "https", httponly=True, samesite="lax"
        )
        response.headers["Cache-Control"] = "no-store"
        return response
