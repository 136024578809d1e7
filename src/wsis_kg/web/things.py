"""Linked data: /id/<noun>/<slug> leads to /doc/<noun>/<slug>, which describes the thing as a page or as RDF.

Cool URIs for the Semantic Web, section 4.2 (303 to one document that negotiates); each format has an address of its
own besides, by extension. Signposting: https://signposting.org/FAIR/.
"""

from abc import abstractmethod
from typing import Final
from urllib.parse import quote

import anyio.to_thread
from starlette.responses import Response

from wsis_kg.citation import LICENCE
from wsis_kg.engine.formats import DOCUMENT_FORMATS, Format, by_name
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.table import Cell, Table
from wsis_kg.engine.wire import Edition
from wsis_kg.names import NOUNS
from wsis_kg.views.neighbourhood import Neighbourhood
from wsis_kg.views.register import Entry, Register

from .answers import Answers
from .descriptions import Description, statements
from .documents import Documents
from .history import History
from .offers import DOCUMENT_SUFFIXES, choice, offers, wants_page
from .page import HEADERS, Pages
from .problems import Refusal
from .rate import Rate
from .rdf_resource import Asked, RdfResource, see_other
from .reading_choice import NAMES
from .registers import Few, Registers, ask, page_questions
from .thing_figures import NONE, Figures, ThingFigures
from .thing_pages import ThingPages

_OFFERS: Final = offers(DOCUMENT_FORMATS)
_LONGEST_SLUG: Final = 300
_ANSWERS_KEPT: Final = 8


class Thing(RdfResource):
    """What both addresses of a thing share: finding it, and saying so where it is not there."""

    def __init__(
        self, pool: Pool, answers: Answers, pages: Pages, registers: Registers, rate: Rate | None = None
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers

    async def answer(self, asked: Asked) -> Response:
        """What stands at the address; one that ends in a slash is another name of the one that does not."""
        if asked.path.endswith("/"):
            return Response(status_code=301, headers={"Location": asked.root + quote(asked.path.rstrip("/"))})
        return await self.describe(asked)

    @abstractmethod
    async def describe(self, asked: Asked) -> Response:
        """What stands at the address."""

    async def find(self, asked: Asked, noun: str, slug: str) -> tuple[Register, Entry]:
        """The thing. Raises Refusal (404) with the nearest names."""
        register = await self._registers.current()
        entry = register.find(noun, slug)
        if entry is None:
            raise await anyio.to_thread.run_sync(_unknown, register, noun, slug)
        return register, entry


class ThingIdentity(Thing):
    """/id/<noun>/<slug>: the thing itself, which cannot be sent; 303 to the document about it."""

    async def describe(self, asked: Asked) -> Response:
        """One redirection, whichever format is wanted; the document negotiates."""
        noun, slug = _divided(asked, "id/")
        if noun in NOUNS and not slug:
            # The namespace of these things, as prefixes name it: the list of what is in it.
            return see_other(f"{asked.root}doc/{noun}")
        register, entry = await self.find(asked, noun, slug)
        path, place = register.home(entry.iri)
        return see_other(f"{asked.root}{path}{'#' + place if place else ''}")


class ThingDocument(Thing):
    """/doc/<noun>/<slug>: the document about a thing; negotiates, and has a twin for each format."""

    def __init__(
        self,
        pool: Pool,
        answers: Answers,
        pages: Pages,
        registers: Registers,
        history: History,
        figures: ThingFigures | None = None,
        rate: Rate | None = None,
    ) -> None:
        super().__init__(pool, answers, pages, registers, rate)
        self._history = history
        self._figures = figures or ThingFigures(pool, registers)
        self._rows: Few[tuple[Table, Edition]] = Few(_ANSWERS_KEPT)
        self._thing_pages = ThingPages(pages)
        self._documents = Documents(pool, self._thing_pages, self._figures)

    async def describe(self, asked: Asked) -> Response:
        """The page or the data. Raises Refusal: 404 where there is no such thing, 406 where no format fits."""
        noun, slug = _divided(asked, "doc/")
        if noun in NOUNS and not slug:
            asked.only()
            register = await self._registers.current()

            async def make_list() -> bytes:
                return await anyio.to_thread.run_sync(self._thing_pages.list, noun, register)

            response = await self.kept(asked, f"/doc/{noun}", "text/html; charset=utf-8", make_list)
            response.headers.update(HEADERS)
            return response
        if asked.path == "doc":
            asked.only()
            register = await self._registers.current()

            async def make_kinds() -> bytes:
                return await anyio.to_thread.run_sync(self._thing_pages.kinds, register)

            response = await self.kept(asked, "/doc", "text/html; charset=utf-8", make_kinds)
            response.headers.update(HEADERS)
            return response
        slug, suffix = _split(slug)
        register, entry = await self.find(asked, noun, slug)
        path, place = register.home(entry.iri)
        if path != f"doc/{noun}/{slug}":
            return see_other(f"{asked.root}{path}{'.' + suffix if suffix else ''}{'#' + place if place else ''}")
        if noun == "document":
            asked.only(*NAMES, "format", "output")
        wanted, content_type = self._choice(asked, suffix)
        # When it was published may come to be known while it is served.
        day = await self._history.day_of(asked.edition.version) if wanted is None else ""
        if wanted is None and noun == "document":
            response = await self._document(asked, entry, register, path, content_type, day)
            response.headers.update({**HEADERS, **_headers(asked, path, None, entry)})
            return response

        async def make() -> bytes:
            question = page_questions().get(noun) or page_questions()["thing"]
            query = question.bind({question.parameters[0].name: entry.iri})
            # One thing is often asked for in several formats, one after the other.
            table, edition = await self._rows.get((asked.edition.version, query), lambda: ask(self.pool, query))
            around = await anyio.to_thread.run_sync(_around, entry.iri, table.rows)
            figures = await self._figures.of(entry, around) if wanted is None else NONE
            description = Description(entry, around, register, edition.version)
            return await anyio.to_thread.run_sync(self._write, asked, description, query, wanted, figures, day)

        response = await self.kept(asked, f"/{path}|{day}", content_type, make)
        response.headers.update({**(HEADERS if wanted is None else {}), **_headers(asked, path, wanted, entry)})
        return response

    async def _document(
        self, asked: Asked, entry: Entry, register: Register, path: str, content_type: str, day: str
    ) -> Response:
        """The page of a document with what is chosen in the URL; 400 where a value is unknown."""
        choice, query = await self._documents.choice(asked, entry, register)
        if choice.unknown:
            body = await self._documents.page(asked, entry, register, choice, day)
            return Response(body, 400, {"Cache-Control": "no-store"}, content_type)

        async def make() -> bytes:
            return await self._documents.page(asked, entry, register, choice, day)

        return await self.kept(asked, f"/{path}{query}|{day}", content_type, make)

    def _choice(self, asked: Asked, suffix: str) -> tuple[Format | None, str]:
        formats = tuple(value for name, value in asked.parameters if name in ("format", "output"))
        if suffix == "html" or (not suffix and not formats and wants_page(asked.accept)):
            return None, "text/html; charset=utf-8"
        wanted, content_type = choice(_OFFERS, asked.accept, formats, suffix)
        return wanted, content_type

    def _write(
        self, asked: Asked, description: Description, query: str, wanted: Format | None, figures: Figures, day: str
    ) -> bytes:
        if wanted is None:
            root = asked.endpoint.removesuffix("sparql")
            return self._thing_pages.page(description, query, root, day=day, figures=figures)
        return description.write(wanted)


def _divided(asked: Asked, start: str) -> tuple[str, str]:
    noun, _, slug = asked.path.removeprefix(start).partition("/")
    if len(slug) > _LONGEST_SLUG:
        raise Refusal(404, "unknown", "There is nothing here", "No name is as long as that.")
    return noun, slug


def _split(slug: str) -> tuple[str, str]:
    """A slug and the extension behind it; slugs themselves have no dots."""
    stem, dot, suffix = slug.rpartition(".")
    known = dot and (suffix == "html" or by_name(suffix, DOCUMENT_FORMATS) is not None)
    return (stem, suffix) if known else (slug, "")


def _unknown(register: Register, noun: str, slug: str) -> Refusal:
    near = register.near(noun, slug)
    shown = f"{noun}/{slug}"[:120]
    if noun not in NOUNS:
        detail = f"“{shown}” begins with no kind of thing of this graph."
    else:
        detail = f"This graph has no {noun.replace('-', ' ')} with the name “{slug[:100]}”."
    return Refusal(
        404,
        "unknown",
        "There is nothing with this name",
        detail,
        hint="Look for it by other words in the search." if not near else "You may have meant one of these.",
        members={"near": [{"name": register.name(entry.iri), "path": register.home(entry.iri)[0]} for entry in near]},
    )


def _headers(asked: Asked, path: str, wanted: Format | None, entry: Entry) -> dict[str, str]:
    root = asked.endpoint.removesuffix("sparql")
    here = root + quote(path)
    links = [f'<{entry.iri}>; rel="cite-as"', f'<{LICENCE}>; rel="license"', f'<{root}void>; rel="describedby"']
    # https://signposting.org/FAIR/: what the page is, and the dataset that the thing is a part of.
    links += ['<https://schema.org/AboutPage>; rel="type"', f'<{root}>; rel="collection"; type="text/html"']
    links += [f'<{here}>; rel="canonical"', f'<{here}.html>; rel="alternate"; type="text/html"']
    links += [
        f'<{here}.{DOCUMENT_SUFFIXES[one]}>; rel="alternate"; type="{one.media_type}"' for one in DOCUMENT_FORMATS
    ]
    suffix = "html" if wanted is None else DOCUMENT_SUFFIXES[wanted]
    return {
        "Link": ", ".join(links),
        "Content-Location": f"{asked.root}{path}.{suffix}",
        "Vary": "Accept",
    }


def _around(iri: str, rows: tuple[dict[str, Cell], ...]) -> Neighbourhood:
    return Neighbourhood(iri, statements(rows))
