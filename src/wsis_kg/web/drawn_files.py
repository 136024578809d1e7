"""A diagram as a file that stands for itself, with its style, font, title, day, version, licence and permalink."""

import json
from collections.abc import Callable
from functools import cache

from wsis_kg.views.diagram import Diagram, Layout, Line, Node
from wsis_kg.views.diagram_svg import stand_alone

from .layouts import UNSERVED
from .page import STATIC

_FONT = "source-sans-3-latin-wght-normal.woff2"


def as_svg(
    diagram: Diagram, layout: Layout, root: str, address: Callable[[Node | Line], str] = lambda part: part.address
) -> bytes:
    """The drawing as an SVG file; ``root`` is the address of the start page, and ``address`` where a part leads from
    there.
    """
    style, font = style_of("diagram.css")
    return stand_alone(diagram, layout, lambda part: root + address(part), style, font).encode()


@cache
def style_of(*sheets: str) -> tuple[str, bytes]:
    """What a drawing as a file carries: these style sheets of diagrams as one, and the font they name, in WOFF2."""
    name = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))["files"][_FONT]
    style = "".join((UNSERVED / sheet).read_text(encoding="utf-8") for sheet in sheets)
    return style, (STATIC / name).read_bytes()
