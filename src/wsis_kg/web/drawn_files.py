"""A diagram as a file that stands for itself, with its style, font, title, day, version, licence and permalink."""

import json
from functools import cache

from wsis_kg.views.diagram import Diagram, Layout
from wsis_kg.views.diagram_svg import stand_alone

from .layouts import UNSERVED
from .page import STATIC

_FONT = "source-sans-3-latin-wght-normal.woff2"


def as_svg(diagram: Diagram, layout: Layout, root: str) -> bytes:
    """The drawing as an SVG file; ``root`` is the address of the start page, to which its links are absolute."""
    style, font = _style()
    return stand_alone(diagram, layout, lambda part: root + part.address, style, font).encode()


@cache
def _style() -> tuple[str, bytes]:
    name = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))["files"][_FONT]
    return (UNSERVED / "diagram.css").read_text(encoding="utf-8"), (STATIC / name).read_bytes()
