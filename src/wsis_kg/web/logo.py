"""The mark of the project, drawn with our own hands: a passage, and the claim that leads to it."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_DRAWING: Final = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64" role="img">
<title>wsis-kg</title>
<rect width="64" height="64" rx="10" fill="#0b4f7a"/>
<path d="M14 17h22M14 27h22M14 37h14" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round"/>
<path d="M30 37c8 0 12 2 15 8" fill="none" stroke="#e9b96b" stroke-width="4" stroke-linecap="round"/>
<circle cx="47" cy="49" r="6" fill="#e9b96b"/>
</svg>
"""


async def logo(request: Request) -> Response:
    """The drawing, which a day old is still right."""
    return Response(_DRAWING, headers={"Content-Type": "image/svg+xml", "Cache-Control": "max-age=86400"})
