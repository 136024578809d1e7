"""/quality: what shapes and checks say of the data, what each source gives, and what is not known."""

from functools import cached_property
from pathlib import Path
from typing import Any

import anyio.to_thread
from markupsafe import Markup, escape
from starlette.responses import Response

from wsis_kg.engine.pool import Pool
from wsis_kg.engine.table import Cell
from wsis_kg.holdings import folder
from wsis_kg.names import GRAPH
from wsis_kg.views.fair import read_fair
from wsis_kg.views.quality import Check, read_checks, read_not_known
from wsis_kg.views.register import Register
from wsis_kg.views.terms import Shape, read_shapes

from .answers import Answers
from .page import HEADERS, Pages
from .rate import Rate
from .rdf_resource import Asked, RdfResource
from .registers import Registers, ask, page_questions


class Quality(RdfResource):
    """A page, whoever asks; the questions behind it are shown."""

    def __init__(
        self, pool: Pool, answers: Answers, pages: Pages, registers: Registers, rate: Rate | None = None
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers

    @cached_property
    def _checks(self) -> list[Check]:
        return read_checks(_texts(folder("queries") / "checks", "*.rq"))

    @cached_property
    def _shapes(self) -> list[Shape]:
        return [shape for group in read_shapes(_texts(folder("shapes"), "*.ttl")).values() for shape in group]

    async def answer(self, asked: Asked) -> Response:
        """The page of the version that is served."""

        async def make() -> bytes:
            return await self._page(asked)

        response = await self.kept(asked, "/quality", "text/html; charset=utf-8", make)
        response.headers.update(HEADERS)
        return response

    async def _page(self, asked: Asked) -> bytes:
        register = await self._registers.current()
        usage, _ = await ask(self.pool, page_questions()["usage"].text)
        left_open, _ = await ask(self.pool, page_questions()["left-open"].text)
        undated, _ = await ask(self.pool, page_questions()["undated"].text)
        used = {row["term"].value: int(row["count"].value) for row in usage.rows}
        content: dict[str, Any] = {
            "version": asked.edition.version,
            "graphs": [(name.removeprefix(GRAPH), count) for name, count in asked.edition.graphs],
            "quads": asked.edition.quads,
            "checks": self._checks,
            "shapes": [
                (shape, sum(used.get(target, 0) for target in shape.targets)) for shape in self._shapes if shape.targets
            ],
            "demands": sum(len(shape.constraints) for shape in self._shapes),
            "not_known": [
                _linked(sentence, register)
                for sentence in read_not_known((folder("data") / "README.md").read_text(encoding="utf-8"))
            ],
            "fair": read_fair((folder("ontology") / "FAIR.md").read_text(encoding="utf-8")),
            "left_open": _by_aspect(left_open.rows),
            "undated": [
                (register.name(row["document"].value), register.home(row["document"].value)[0], row["passages"].value)
                for row in undated.rows
                if "document" in row
            ],
            "questions": [page_questions()[name] for name in ("left-open", "undated", "usage")],
            "sources": _sources(register),
        }
        return await anyio.to_thread.run_sync(lambda: self.pages.render("quality.html", **content))


def _texts(place: Path, pattern: str) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(place.glob(pattern))}


def _linked(sentence: str, register: Register) -> Markup:
    """The sentence with what stands in backticks as a link to the thing of that prefixed name, if there is one."""
    parts = []
    for place, part in enumerate(sentence.split("`")):
        noun, _, slug = part.partition(":")
        entry = register.find(noun, slug) if place % 2 else None
        if entry is not None:
            link = '<a href="{}" title="{}">{}</a>'
            path, _ = register.home(entry.iri)
            parts.append(Markup(link).format(path, register.name(entry.iri), register.short(entry.iri)))
        else:
            parts.append(Markup("<code>{}</code>").format(part) if place % 2 else escape(part))
    return Markup().join(parts)


def _by_aspect(rows: tuple[dict[str, Cell], ...]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for row in rows:
        name = row["aspect_name"].value
        counts[name] = counts.get(name, 0) + int(row["claims"].value)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _sources(register: Register) -> list[tuple[str, str, int, int]]:
    """Each document whose passages are encoded: its name, path, and the number of its passages and claims."""
    passages: dict[str, int] = {}
    claims: dict[str, int] = {}
    for entry in register.entries.values():
        if entry.noun == "passage":
            passages[entry.document] = passages.get(entry.document, 0) + 1
        elif entry.passage and entry.noun != "difference":
            document = register.entries[entry.passage].document
            claims[document] = claims.get(document, 0) + 1
    return [
        (register.name(document), register.home(document)[0], count, claims.get(document, 0))
        for document, count in sorted(passages.items(), key=lambda pair: -pair[1])
    ]
