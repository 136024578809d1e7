"""/lineage: which instrument recalls, cites, restates or revises which other, on an axis of time, as a table and as
files, all with the same filters.
"""

from collections import Counter
from typing import Any, Final
from urllib.parse import urlencode

import anyio.to_thread
from starlette.responses import Response

from wsis_kg.citation import LICENCE
from wsis_kg.engine.pool import Pool
from wsis_kg.views.diagram_png import CannotPaint
from wsis_kg.views.lineage import slug_of
from wsis_kg.views.lineage_diagram import brief, sentence

from .answers import Answers
from .diagram_files import DRAWN, PAGE_TYPES, drawn_file, not_drawn, paths, twins, wanted_kind, written_file
from .lineage_choice import SORTS, read_wanted
from .lineage_figure import MOST_NODES, QUESTIONS, WIDE, Lineages, placed
from .lineage_files import Told, sheet_of, svg_of, told
from .page import HEADERS, Pages
from .rate import Rate
from .rdf_resource import Asked, RdfResource
from .registers import Registers, page_questions

PATHS: Final = paths("lineage")


class LineagePage(RdfResource):
    """The page, the drawing and the rows. Filters choose among the rows of one query."""

    def __init__(
        self,
        pool: Pool,
        answers: Answers,
        pages: Pages,
        registers: Registers,
        lineages: Lineages,
        rate: Rate | None = None,
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers
        self._lineages = lineages

    async def answer(self, asked: Asked) -> Response:
        """What was chosen. Raises Refusal: 400 for a year that is none, a parameter that nothing here reads or a value
        that nothing here has, 406; 503 for a picture that cannot be made.
        """
        asked.only("document", "kind", "from", "to", "sort")
        kind = wanted_kind(asked)
        register, lineage = await self._registers.current(), await self._lineages.current()
        wanted = read_wanted(asked, lineage, register)
        one = await anyio.to_thread.run_sync(told, wanted, lineage, register, asked.edition.version)

        async def make() -> bytes:
            return await anyio.to_thread.run_sync(self._made, asked, one, kind)

        try:
            what = f"/lineage.{kind}{wanted.query()}&{one.diagram.day}"
            response = await self.kept(asked, what, PAGE_TYPES[kind], make)
        except CannotPaint as error:
            raise not_drawn(error) from error
        response.headers.update(HEADERS if kind == "html" else {"Vary": "Accept"})
        return response

    def _made(self, asked: Asked, one: Told, kind: str) -> bytes:
        root = asked.endpoint.removesuffix("sparql")
        if kind == "html":
            return self.pages.render("lineage/page.html", **_content(asked, one))
        if kind in DRAWN:
            return drawn_file(kind, one.diagram, svg_of(one, self.pages, root))
        return written_file(kind, sheet_of(one), root)


def _content(asked: Asked, one: Told) -> dict[str, Any]:
    wanted, lineage, register, diagram = one.wanted, one.lineage, one.register, one.diagram
    chosen, found, query = wanted.chosen, one.relations, wanted.query()
    ends = {node.key for node in diagram.nodes}
    counts = Counter(relation.kind for relation in lineage.relations)
    questions = [page_questions()[name] for name in QUESTIONS]
    return {
        "title": diagram.title,
        "r": register,
        "lineage": lineage,
        "found": found,
        "ends": len(ends),
        "dated": len(ends & lineage.made.keys()),
        "figure": placed(diagram, lineage, register, WIDE) if found and len(ends) <= MOST_NODES else None,
        "most": MOST_NODES,
        "chosen": chosen,
        "kinds": [(slug_of(iri), name, counts[iri], iri == chosen.kind) for iri, name in lineage.kinds.items()],
        "documents": [
            (iri.rpartition("/")[2], brief(iri, register), iri == chosen.document)
            for iri in sorted(lineage.documents(), key=lambda iri: brief(iri, register))
        ],
        "meanings": [
            (lineage.kinds[kind], lineage.meanings[kind])
            for kind in lineage.kinds
            if kind in lineage.meanings and any(relation.kind == kind for relation in found)
        ],
        "sort": wanted.sort,
        "heads": [(key, head, f"lineage{wanted.query(sort=key)}#rows") for key, (head, _) in SORTS.items()],
        "passed": wanted.fewer(lineage),
        "home": lambda iri: "#".join(filter(None, register.home(iri))),
        "brief": lambda iri: brief(iri, register),
        "sentence": lambda relation: sentence(relation, register),
        "filtered": bool(chosen),
        "twins": twins("lineage", query),
        "version": diagram.version,
        "licence": LICENCE,
        "address": f"{asked.endpoint.removesuffix('sparql')}lineage{query}",
        "queries": [(question.text, f"sparql?{urlencode({'query': question.text})}") for question in questions],
    }
