"""A diagram as a flowchart of Mermaid (https://mermaid.js.org/syntax/flowchart.html), for pages written in Markdown.

What Mermaid does not draw (passages, words, documents, whether inferred) stands in comments at each line. In labels
all but letters, digits, spaces, commas, brackets and strokes is written by number (``#34;``): no mark of Mermaid, of
Markdown or of HTML is left to be read as one.
"""

import json
import re
from typing import Final
from urllib.parse import quote

from .diagram import Diagram, Line, Node
from .diagram_records import about, caption, on_one_line, page_of, stated

_ARROWS: Final = {"periodic": "==>", "one-off": "-->", "transmits": "-.->", "considers": "--o"}
_SHAPES: Final = {
    "event": ("{{", "}}"),
    "session": ("{{", "}}"),
    "constituency": ("[[", "]]"),
    "post": ("([", "])"),
    "person": ("([", "])"),
}
_MARKS: Final = re.compile(r"[^\w ,()/]|_")


def mermaid(diagram: Diagram, root: str) -> str:
    """The diagram as a flowchart, its lines upward; ``root`` is the address of the start page."""
    keys = {node.key: f"n{number}" for number, node in enumerate(diagram.nodes)}
    parts = ["---", f"title: {json.dumps(on_one_line(diagram.title), ensure_ascii=False)}", "---"]
    parts += [_comment(f"{name}: {value}") for name, value in about(diagram).items()]
    parts += [_comment(f"{kind}: {words}") for kind, words in diagram.legend.items()]
    parts += ["flowchart BT", f"  accTitle: {text(diagram.title)}", f"  accDescr: {text(caption(diagram))}"]
    for node in diagram.nodes:
        before, after = _SHAPES.get(node.noun, ("[", "]"))
        label = text(_between(node.label, node.detail))
        parts.append(f'  {keys[node.key]}{before}"{label or " "}"{after}')
        tooltip = f' "{text(_named(node))}"' if text(_named(node)) else ""
        parts.append(f'  click {keys[node.key]} href "{address(page_of(node, root))}"{tooltip}')
    for line in diagram.lines:
        parts += [_comment(words) for words in _told(line)]
        label = text(_between(line.label, line.detail))
        arrow = _ARROWS.get(line.kind, "-->")
        between = f'|"{label}"|' if label else ""
        parts.append(f"  {keys[line.source]} {arrow}{between} {keys[line.target]}")
    return "\n".join((*parts, ""))


def text(words: str) -> str:
    """The words as they may stand between quotation marks. While it reads, Mermaid itself writes an entity as
    ``ﬂ°34¶ß``, and so takes what looks like one for one: these signs are parted.
    """
    apart = on_one_line(words).replace("ﬂ", "fl").replace("¶ß", "¶ ß")
    return _MARKS.sub(lambda found: f"#{ord(found.group())};", apart)


def address(url: str) -> str:
    """The address with nothing in it that ends a string or is read as a mark."""
    return quote(on_one_line(url), safe="/:?&=#%+,~!$'()*@").replace("%%", "%25%25")


def _between(label: str, detail: str) -> str:
    return " · ".join(part for part in (label, detail) if part)


def _named(node: Node) -> str:
    return node.name if node.change == "same" else f"{node.name} ({node.change})"


def _told(line: Line) -> list[str]:
    change = "" if line.change == "same" else f", {line.change}"
    told = [f"{line.key}: {line.sentence} ({line.kind}, {line.mood}, {stated(line)}{change})"]
    for one in line.statements:
        official = ", official" if one.official else ""
        otherwise = f"; {one.otherwise}" if one.otherwise else ""
        place = f"{one.document_name} {one.number} ({stated(one)}{official})"
        told.append(f"  {place}: “{one.words}”{otherwise} <{one.iri}> <{one.passage}> <{one.document}>")
    return told


def _comment(words: str) -> str:
    """A comment; curly brackets by number, as a directive (``%%{init …}%%``) is read even there."""
    return "%% " + on_one_line(words).replace("{", "#123;").replace("}", "#125;")
