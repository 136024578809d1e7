"""The words of a diagram as they are drawn: in which lines, in which size, and how much room they take."""

from dataclasses import dataclass
from typing import Final

from .diagram import Line, Node
from .text_width import width_of, wrapped

NODE_SIZE: Final = 16.0
LABEL_SIZE: Final = 13.0
NODE_LINE: Final = 20.0
LABEL_LINE: Final = 16.0
"""From one line of text to the next, in CSS pixels."""
_NODE_WIDTH: Final = 190.0
_LABEL_WIDTH: Final = 104.0
_MOST_IN_NODE: Final = 4
_MOST_IN_LABEL: Final = 5
_NODE_PADDING: Final = (28.0, 20.0)
_LABEL_PADDING: Final = (8.0, 6.0)
_FOR_EACH_END: Final = 26.0
"""How much of its side a node gives to each line that ends there."""


@dataclass(frozen=True)
class Words:
    """Lines of text and the size of the box around them; ``detail`` stands below them and is told apart."""

    lines: tuple[str, ...]
    detail: tuple[str, ...]
    width: float
    height: float


def node_words(node: Node, ends: int = 1) -> Words:
    """What stands in a node, and its size; ``ends`` is the number of lines at the busier of its sides."""
    lines = wrapped(node.label, NODE_SIZE, _NODE_WIDTH, _MOST_IN_NODE)
    text = max((width_of(line, NODE_SIZE) for line in lines), default=0.0)
    across, down = _NODE_PADDING
    return Words(lines, (), max(text + across, ends * _FOR_EACH_END, 64.0), len(lines) * NODE_LINE + down)


def line_words(line: Line) -> Words:
    """What stands on a line, and the size of its box."""
    lines = wrapped(line.label, LABEL_SIZE, _LABEL_WIDTH, _MOST_IN_LABEL)
    detail = wrapped(line.detail, LABEL_SIZE, _LABEL_WIDTH, _MOST_IN_LABEL) if line.detail else ()
    text = max((width_of(one, LABEL_SIZE) for one in (*lines, *detail)), default=0.0)
    across, down = _LABEL_PADDING
    return Words(lines, detail, text + across, (len(lines) + len(detail)) * LABEL_LINE + down)
