"""The pages of documents, which can be read in more than one way: with filters, and with another document beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import anyio.to_thread

from wsis_kg.engine.pool import Pool
from wsis_kg.views.forces import Force, read_forces
from wsis_kg.views.neighbourhood import Neighbourhood
from wsis_kg.views.reading import Reading, Wanted
from wsis_kg.views.register import Entry, Register

from .descriptions import Description, statements
from .rdf_resource import Asked
from .reading_choice import NAMES, Choice, Choices
from .reading_page import ReadingPage
from .registers import Few, PerVersion, ask, page_questions, plain_rows
from .thing_figures import ThingFigures
from .thing_pages import ThingPages

_OPEN: Final = 3
"""Documents that are kept as they were read: the next choice of the same reader then costs only its page."""


@dataclass(frozen=True)
class _Opened:
    """A document as it was read from the graph."""

    description: Description
    reading: Reading
    choices: Choices
    query: str


class Documents:
    """Reads documents, and renders what of them was chosen."""

    def __init__(self, pool: Pool, thing_pages: ThingPages, figures: ThingFigures) -> None:
        self._pool = pool
        self._figures = figures
        self._thing_pages = thing_pages
        self._opened: Few[_Opened] = Few(_OPEN)
        self._forces = PerVersion(pool, self._read_forces)

    async def choice(self, asked: Asked, entry: Entry, register: Register) -> tuple[Choice, str]:
        """What is chosen in the URL, and the query that says the same. Raises Refusal (400) for one given twice."""
        if not any(asked.values(name) for name in NAMES):
            return Choice(Wanted()), ""
        opened = await self._open(asked, entry, register)
        choice = opened.choices.read(asked)
        return choice, opened.choices.query(choice.wanted, choice.beside)

    async def page(self, asked: Asked, entry: Entry, register: Register, choice: Choice, day: str) -> bytes:
        """The page of the document with what was chosen; ``day`` is the one on which the version was published."""
        opened = await self._open(asked, entry, register)
        rows: list[dict[str, str]] = []
        beside = ""
        if choice.beside and not choice.unknown:
            beside = page_questions()["restatements"].bind({"this": entry.iri, "other": choice.beside})
            rows = plain_rows((await ask(self._pool, beside))[0])
        forces = await self._forces.current()
        figures = await self._figures.of(entry, opened.description.neighbourhood)

        def render() -> bytes:
            shown = ReadingPage(opened.description, opened.reading, opened.choices, choice, forces, rows)
            root = asked.endpoint.removesuffix("sparql")
            about, query = opened.description, opened.query
            return self._thing_pages.page(
                about, query, root, day=day, figures=figures, reading=shown, query_beside=beside
            )

        return await anyio.to_thread.run_sync(render)

    async def _open(self, asked: Asked, entry: Entry, register: Register) -> _Opened:
        question = page_questions()["document"]
        query = question.bind({question.parameters[0].name: entry.iri})

        async def read() -> _Opened:
            forces = await self._forces.current()
            table, edition = await ask(self._pool, query)

            def make() -> _Opened:
                neighbourhood = Neighbourhood(entry.iri, statements(table.rows))
                reading = Reading(neighbourhood, register, forces)
                description = Description(entry, neighbourhood, register, edition.version)
                return _Opened(description, reading, Choices(reading, register), query)

            return await anyio.to_thread.run_sync(make)

        return await self._opened.get((asked.edition.version, query), read)

    async def _read_forces(self) -> Mapping[str, Force]:
        table, _ = await ask(self._pool, page_questions()["forces"].text)
        return read_forces(plain_rows(table))
