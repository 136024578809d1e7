"""What browsers need beside pages, under names that change with the content: it may be kept for ever."""

from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles


class Assets(StaticFiles):
    """The files that the package build made, ``immutable`` (RFC 8246)."""

    def file_response(self, *arguments: Any, **settings: Any) -> Response:
        """As Starlette sends a file, with the time for which it may be kept."""
        response = super().file_response(*arguments, **settings)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
