"""Who reports to whom as files need it: what the page and the command line give, the same for the same choice."""

from dataclasses import dataclass, replace

from wsis_kg.views.diagram import Diagram, Layout, Line, Node
from wsis_kg.views.diagram_collapse import collapsed, is_collapsed
from wsis_kg.views.register import Register
from wsis_kg.views.reports import Report

from .diagram_files import Row, Sheet
from .drawn_files import as_svg
from .reporting_choice import Wanted
from .reporting_rows import COLUMNS, Differing, as_rows, flat, told_lines


@dataclass(frozen=True)
class Chosen:
    """A diagram, and what its rows are told from."""

    diagram: Diagram
    wanted: Wanted
    reports: list[Report]
    differing: dict[str, list[Differing]]
    register: Register


def drawn_of(chosen: Chosen) -> Diagram:
    """What is drawn: the diagram, collapsed where it is too large to be read."""
    return collapsed(chosen.diagram, chosen.wanted.opened)


def svg_of(chosen: Chosen, drawn: Diagram, layout: Layout, root: str) -> bytes:
    """The drawing; ``root`` is the address of the start page."""
    return as_svg(drawn, layout, root, lambda part: address_of(part, chosen.wanted))


def address_of(part: Node | Line, wanted: Wanted, here: bool = False) -> str:
    """Where a part of the drawing leads: a group to the same with it open, a line to what it rests on, on the page it
    is shown ``here``, and a node to its own page.
    """
    if is_collapsed(part):
        return f"reporting{replace(wanted, opened=(*wanted.opened, part.address)).query()}"
    return f"#{part.key}" if here and isinstance(part, Line) else part.address


def sheet_of(chosen: Chosen) -> Sheet:
    """The diagram with its rows, each line with what differs from it."""
    diagram, wanted = chosen.diagram, chosen.wanted

    def rows(root: str) -> list[Row]:
        return as_rows(told_lines(diagram, chosen.reports, chosen.differing, wanted.sort), chosen.register, root)

    return Sheet(diagram, f"reporting{wanted.query()}", "lines", COLUMNS, rows, flat)
