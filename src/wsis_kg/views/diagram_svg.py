"""A diagram as SVG (https://www.w3.org/TR/SVG2/): in a page, or as a file that stands for itself.

Nodes and lines are links, each with its title and its name for the accessibility tree, a whole sentence; what is
written on them stands beside them, and is not read twice. A node is followed by the lines that begin there. There is no
style in it but, in a file that stands for itself, the one it is given.
"""

import base64
import re
from collections.abc import Callable, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from .diagram import Box, Diagram, Layout, Line, Node
from .diagram_marks import HEAD, Point, head, number, outline, pattern, pieces, place, polyline, tail
from .diagram_text import LABEL_LINE, NODE_LINE, line_words, node_words

_UNPRINTABLE: Final = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]"
)
_RISE: Final = 0.7
"""Of the height of a line of text, where its baseline lies."""
_MARGIN: Final = 24.0
LEAST_WIDTH: Final = 560.0
"""Of what stands between the margins of a file."""
_TOP: Final = 64.0
_FOOT: Final = 22.0

Href = Callable[[Node | Line], str]


def draw(diagram: Diagram, layout: Layout, href: Href) -> str:
    """The drawing as an element of a page. ``href`` says where a node or line leads to."""
    size = f'width="{number(layout.width)}" height="{number(layout.height)}"'
    box = f'viewBox="0 0 {number(layout.width)} {number(layout.height)}"'
    drawn = _parts(diagram, layout, href)
    return f'<svg class="diagram" {size} {box} role="group" aria-label={_value(diagram.title)}>\n{drawn}</svg>'


def stand_alone(diagram: Diagram, layout: Layout, href: Href, style: str, font: bytes = b"") -> str:
    """The drawing as a file with its title, day, version, licence, permalink and legend, as text and metadata.
    ``style`` is the style sheet of diagrams, ``font`` the font it names, in WOFF2.
    """
    keys = [(sample(kind), f"{kind}: {words}") for kind, words in diagram.legend.items()]
    return framed(diagram, _parts(diagram, layout, href), (layout.width, layout.height), keys, style, font)


def framed(
    diagram: Diagram, drawn: str, size: tuple[float, float], keys: Sequence[tuple[str, str]], style: str, font: bytes
) -> str:
    """What is drawn, in elements of SVG and of such a width and height, as a file that tells what it is; ``keys`` stand
    below it, each a line of words with the mark that they explain, or without one.
    """
    width = max(size[0], LEAST_WIDTH) + 2 * _MARGIN
    bottom = _TOP + size[1] + 16
    height = bottom + _FOOT * (len(keys) + 3) + _MARGIN
    across, down = number(width), number(height)
    sheet = _face(font) if font else ""
    told = f"{diagram.day} · version {diagram.version} · {diagram.licence}"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" class="diagram file" role="group" aria-labelledby="title"'
        f' aria-describedby="told" width="{across}" height="{down}" viewBox="0 0 {across} {down}">',
        f'<title id="title">{_text(diagram.title)}</title>',
        f'<desc id="told">{_text(f"As of {told}. {diagram.permalink}")}</desc>',
        _metadata(diagram),
        f"<style>{escape(sheet + style)}</style>",
        f'<rect class="paper" width="{across}" height="{down}"/>',
        f'<text class="heading" x="{number(_MARGIN)}" y="{number(_TOP - 26)}">{_text(diagram.title)}</text>',
        f'<g transform="translate({number(_MARGIN)} {number(_TOP)})">',
        drawn + "</g>",
    ]
    for count, (mark, words) in enumerate(keys):
        y = bottom + _FOOT * (count + 0.5)
        if mark:
            lines.append(f'<g class="key" transform="translate({number(_MARGIN)} {number(y - 8)})">{mark}</g>')
        x = _MARGIN + (72 if mark else 0)
        lines.append(f'<text class="note" x="{number(x)}" y="{number(y + 5)}">{_text(words)}</text>')
    for count, words in enumerate((f"As of {told}", diagram.permalink)):
        y = bottom + _FOOT * (len(keys) + 1.3 + count)
        lines.append(f'<text class="note" x="{number(_MARGIN)}" y="{number(y)}">{_text(words)}</text>')
    return "\n".join((*lines, "</svg>", ""))


def _face(font: bytes) -> str:
    data = base64.b64encode(font).decode()
    source = f"src:url(data:font/woff2;base64,{data})"
    return f'@font-face{{font-family:"Source Sans 3 Variable";font-weight:200 900;{source}}}'


def sample(kind: str) -> str:
    """A short line of that kind, 60 wide and 16 high, for a legend."""
    return f'<g class="line {pattern(kind)}">{_route([(0.0, 8.0), (60.0, 8.0)], None, kind)}</g>'


def _parts(diagram: Diagram, layout: Layout, href: Href) -> str:
    leaving: dict[str, list[Line]] = {}
    for line in diagram.lines:
        leaving.setdefault(line.source, []).append(line)
    ends: dict[tuple[str, str], int] = {}
    for line in diagram.lines:
        for end in (("from", line.source), ("to", line.target)):
            ends[end] = ends.get(end, 0) + 1
    drawn = []
    for node in sorted(diagram.nodes, key=lambda one: (-round(layout.nodes[one.key].y), layout.nodes[one.key].x)):
        busier = max(ends.get(("from", node.key), 0), ends.get(("to", node.key), 0))
        drawn.append(_node(node, layout.nodes[node.key], busier, href(node)))
        for line in sorted(leaving.get(node.key, ()), key=lambda one: layout.routes[one.key][0][0]):
            drawn.append(_line(line, layout, href(line)))
    return "".join(f"{one}\n" for one in drawn)


def _node(node: Node, box: Box, ends: int, address: str) -> str:
    words = node_words(node, ends)
    first = box.y + (box.height - len(words.lines) * NODE_LINE) / 2
    text = _lines(words.lines, box.x + box.width / 2, first, NODE_LINE)
    change = "" if node.change == "same" else f" ({node.change})"
    # Who speaks to a browser says what is written; who only hears it needs the whole name.
    named = f"{node.name if node.label in node.name else f'{node.label}: {node.name}'}{change}"
    return (
        f'<a class="node a-{_class(node.noun)} is-{node.change}" href={_value(address)} data-key={_value(node.key)}'
        f" aria-label={_value(named)}><title>{_text(named)}</title>{outline(node.noun, box)}</a>"
        f'<g class="written a-{_class(node.noun)} is-{node.change}" aria-hidden="true">'
        f'<text class="name">{text}</text></g>'
    )


def _line(line: Line, layout: Layout, address: str) -> str:
    words = line_words(line)
    label = layout.labels.get(line.key)
    room = text = ""
    if label is not None:
        first = label.y + (label.height - (len(words.lines) + len(words.detail)) * LABEL_LINE) / 2
        middle = label.x + label.width / 2
        room = f'<rect class="room" {place(label)} rx="3"/>'
        text = f'<text class="label">{_lines(words.lines, middle, first, LABEL_LINE)}</text>'
        if words.detail:
            below = first + len(words.lines) * LABEL_LINE
            text += f'<text class="detail">{_lines(words.detail, middle, below, LABEL_LINE)}</text>'
    named = line.sentence if line.change == "same" else f"{line.sentence} ({line.change})"
    inferred = " is-inferred" if line.inferred else ""
    data = f"data-key={_value(line.key)} data-from={_value(line.source)} data-to={_value(line.target)}"
    data += f" data-journey={_value(line.journey or '')}"
    return (
        f'<a class="line {pattern(line.kind)} is-{line.change}{inferred}" href={_value(address)} {data}'
        f" aria-label={_value(named)}><title>{_text(named)}</title>"
        f"{_route(list(layout.routes[line.key]), label, line.kind)}{tail(line, *layout.routes[line.key][:2])}{room}</a>"
        f'<g class="written is-{line.change}" aria-hidden="true">{text}</g>'
    )


def _route(points: list[Point], label: Box | None, kind: str) -> str:
    """The line without what its label covers, its head, and a broader one that is easier to point at."""
    before, end = points[-2], points[-1]
    shown = pieces(_shortened(points), label)
    path = " ".join(polyline(piece) for piece in shown)
    return f'<path class="near" d="{path}"/><path class="route" d="{path}"/>{head(pattern(kind), before, end)}'


def _shortened(points: list[Point]) -> list[Point]:
    """The line up to its head."""
    (x, y), (before_x, before_y) = points[-1], points[-2]
    length = abs(x - before_x) + abs(y - before_y)
    if length <= HEAD:
        return points
    share = (length - HEAD + 1) / length
    return [*points[:-1], (before_x + (x - before_x) * share, before_y + (y - before_y) * share)]


def _lines(lines: tuple[str, ...], x: float, first: float, step: float) -> str:
    return "".join(
        f'<tspan x="{number(x)}" y="{number(first + (count + _RISE) * step)}">{_text(line)}</tspan>'
        for count, line in enumerate(lines)
    )


def _metadata(diagram: Diagram) -> str:
    told = {
        "title": diagram.title,
        "date": diagram.day,
        "license": diagram.licence,
        "identifier": diagram.permalink,
        "hasVersion": diagram.version,
    }
    facts = "".join(f"<dcterms:{name}>{_text(value)}</dcterms:{name}>" for name, value in told.items())
    return (
        '<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcterms="http://purl.org/dc/terms/">'
        f'<rdf:Description rdf:about="">{facts}</rdf:Description></rdf:RDF></metadata>'
    )


def printable(text: str) -> str:
    """The text with U+FFFD for what XML cannot hold, and for what turns the direction of what follows about."""
    return _UNPRINTABLE.sub("\ufffd", text)


def _text(text: str) -> str:
    return escape(printable(text))


def _value(text: str) -> str:
    return quoteattr(printable(text))


def _class(word: str) -> str:
    """A word of the data as the name of a class."""
    return re.sub(r"[^a-z-]", "", word.lower())
