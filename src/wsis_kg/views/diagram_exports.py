"""What a diagram can be written as without being drawn: one table for the site and for the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .diagram import Diagram
from .diagram_dot import dot
from .diagram_graphml import graphml
from .diagram_mermaid import mermaid


@dataclass(frozen=True)
class Export:
    """A format: its name on the command line, as people call it, as a media type, and as the end of a file's name.

    ``write`` is given the diagram and the address of the start page, to which links are absolute.
    """

    name: str
    title: str
    content_type: str
    suffix: str
    write: Callable[[Diagram, str], str]


EXPORTS: Final = (
    Export("dot", "DOT", "text/vnd.graphviz; charset=utf-8", "dot", dot),
    # GraphML has no registered media type: it is sent as the XML that it is.
    Export("graphml", "GraphML", "application/xml", "graphml", graphml),
    Export("mermaid", "Mermaid", "application/vnd.mermaid", "mmd", mermaid),
)
