"""A diagram as a PNG picture: the drawing that stands for itself, in the one font it is given, and in the file what it
is (https://www.w3.org/TR/png-3/#11iTXt).
"""

import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, unescape

FAMILY: Final = "Source Sans 3"
SHARPNESS: Final = 2.0
"""Pixels for each unit of the drawing along a side, where there is room for so many."""
MOST_PIXELS: Final = 16_000_000
_LONGEST_SIDE: Final = 12_000
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KEYWORD: Final = 79
_STYLE: Final = re.compile(r"(<style>)(.*?)(</style>)", re.DOTALL)
_SIZE: Final = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"')


class CannotPaint(Exception):
    """There is no picture; the text is a sentence that says why."""


def png(svg: str, fonts: Sequence[Path], told: Mapping[str, str]) -> bytes:
    """The picture of an SVG file that begins with its width and height, on white paper; ``told`` is written into it by
    keyword.

    ``fonts`` are TrueType files of ``FAMILY``; no other font is used. It has at most ``MOST_PIXELS``: what is larger is
    drawn less sharply. Raises CannotPaint.
    """
    # Only now: a library of some megabytes that few requests need.
    import resvg_py

    width, height = _size(svg)
    zoom = min(SHARPNESS, (MOST_PIXELS / (width * height)) ** 0.5, _LONGEST_SIDE / max(width, height))
    if zoom * min(width, height) < 1:
        raise CannotPaint("The drawing is too long for a picture; take it as SVG.")
    missing = [path.name for path in fonts if not path.is_file()]
    if missing:
        raise CannotPaint(f"The font {missing[0]} is not installed; install wsis-kg again, or from a whole checkout.")
    drawing = _STYLE.sub(lambda found: found[1] + escape(plain_style(unescape(found[2]))) + found[3], svg, count=1)
    try:
        painted = resvg_py.svg_to_bytes(
            svg_string=drawing,
            zoom=zoom,
            skip_system_fonts=True,
            font_files=[str(path) for path in fonts],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
        )
    except ValueError as error:
        raise CannotPaint(f"The drawing cannot be painted: {error}") from error
    return with_texts(bytes(painted), told)


def plain_style(css: str) -> str:
    """The style sheet of a diagram for a reader without variables, schemes and media: light, on a screen."""
    css = re.sub(r"@font-face\s*\{[^}]*\}", "", css)
    css = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", css)
    css = re.sub(r"light-dark\(\s*([^,()]+?)\s*,[^()]*\)", r"\1", css)
    values: dict[str, str] = {}
    for name, value in re.findall(r"(--[\w-]+)\s*:\s*([^;}]+)", css):
        values.setdefault(name, value.strip())
    css = re.sub(r"--[\w-]+\s*:[^;}]*;?", "", css)
    css = re.sub(r"var\(\s*(--[\w-]+)\s*\)", lambda found: values.get(found[1], "inherit"), css)
    # What nothing but a pointer or a keyboard brings about is left out: not every reader knows such selectors.
    css = re.sub(r"[^{}]*:(?:hover|focus)[^{}]*\{[^}]*\}", "", css)
    return css.replace(f'"{FAMILY} Variable"', f'"{FAMILY}"')


def with_texts(picture: bytes, told: Mapping[str, str]) -> bytes:
    """The PNG with a chunk iTXt for each text, after its header. Raises ValueError for what is no PNG, or no keyword
    (1 to 79 characters of ASCII).
    """
    end = len(_SIGNATURE) + 4 + 4 + 13 + 4
    if not picture.startswith(_SIGNATURE) or picture[12:16] != b"IHDR":
        raise ValueError("This is no PNG.")
    return picture[:end] + b"".join(_itxt(*pair) for pair in told.items()) + picture[end:]


def _itxt(keyword: str, text: str) -> bytes:
    name = keyword.encode("ascii")
    if not 0 < len(name) <= _KEYWORD:
        raise ValueError(f"“{keyword}” is no keyword.")
    # Not compressed, of no stated language; no NUL may stand in the text.
    body = name + b"\0\0\0\0\0" + text.replace("\0", "\ufffd").encode("utf-8", "replace")
    return struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))


def _size(svg: str) -> tuple[float, float]:
    found = _SIZE.search(svg)
    width, height = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
    if width <= 0 or height <= 0:
        raise CannotPaint("The drawing has no size.")
    return width, height
