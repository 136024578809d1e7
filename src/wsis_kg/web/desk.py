"""/desk.json: what the desk at /sparql completes, labels and offers, in one text for each version of the dataset."""

from functools import cached_property
from typing import Final

import anyio.to_thread
from starlette.responses import Response

from wsis_kg.engine.pool import Pool
from wsis_kg.holdings import folder
from wsis_kg.views.desk import knowledge
from wsis_kg.views.terms import Layer, read_layers

from .answers import Answers
from .page import Pages
from .rate import Rate
from .rdf_resource import Asked, RdfResource
from .registers import Registers
from .saved import saved_questions

_FOR_EVER: Final = "public, max-age=31536000, immutable"


class Desk(RdfResource):
    """The names, questions and limits of the version that is served. Where the address names that version, the answer
    may be kept for ever: another version stands at another address.
    """

    def __init__(
        self, pool: Pool, answers: Answers, pages: Pages, registers: Registers, rate: Rate | None = None
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers

    @cached_property
    def _layers(self) -> list[Layer]:
        return read_layers((folder("ontology") / "wsis.ttl").read_text(encoding="utf-8"))

    async def answer(self, asked: Asked) -> Response:
        """The text. Raises Refusal (400) for two versions in one address."""

        async def make() -> bytes:
            register, limits = await self._registers.current(), self.pool.limits
            bounds = {"seconds": limits.timeout_seconds, "rows": limits.most_rows, "bytes": limits.most_bytes}
            return await anyio.to_thread.run_sync(
                lambda: knowledge(register, self._layers, saved_questions().values(), bounds)
            )

        response = await self.kept(asked, "/desk.json", "application/json", make)
        if asked.value("version") == asked.edition.version == self.pool.edition.version:
            response.headers["Cache-Control"] = _FOR_EVER
        return response
