"""Where the parts of diagrams lie: found by a process of its own, kept for the last few that were asked for."""

import json
from typing import Final

import anyio.to_thread

from wsis_kg.engine.layout import LayoutFailed, LayoutProcess
from wsis_kg.views.diagram import Diagram, Layout
from wsis_kg.views.elk_graph import from_elk, to_elk

from .page import STATIC
from .registers import Few

UNSERVED: Final = STATIC.with_name("unserved")
"""What the build puts beside the browser assets, for the server itself."""
_KEPT: Final = 64
"""Layouts: a few dozen kilobytes each."""


class Layouts:
    """The layouts of diagrams. To be closed with the server."""

    def __init__(self, process: LayoutProcess | None = None) -> None:
        """``process`` lays out, where it is not the usual one."""
        self._process = process or LayoutProcess(UNSERVED / "elk-worker.min.js")
        self._kept: Few[Layout] = Few(_KEPT)

    async def of(self, diagram: Diagram) -> Layout:
        """Where its parts lie. Diagrams that differ in nothing that is drawn share a layout. Raises LayoutFailed."""
        graph = await anyio.to_thread.run_sync(to_elk, diagram)
        keys = [*(node.key for node in diagram.nodes), *(line.key for line in diagram.lines)]

        async def make() -> Layout:
            return await anyio.to_thread.run_sync(self._lay_out, graph, diagram)

        return await self._kept.get(json.dumps([graph, keys]), make)

    def close(self) -> None:
        """Ends the process."""
        self._process.close()

    def _lay_out(self, graph: dict[str, object], diagram: Diagram) -> Layout:
        answer = self._process.lay_out(graph)
        try:
            return from_elk(answer, diagram)
        except (KeyError, TypeError, ValueError) as error:
            raise LayoutFailed("The layout leaves out a part of the diagram.") from error
