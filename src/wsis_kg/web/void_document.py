"""The documents that describe the dataset: statistics and files at /void, for people as a page, and examples at
/.well-known/sparql-examples/.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

import anyio.to_thread
import pyoxigraph as ox
from starlette.responses import Response

from wsis_kg.citation import ABSTRACT, AUTHORS, LICENCE, RIGHTS
from wsis_kg.engine.formats import GRAPH_FORMATS, N_TRIPLES, Format
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.wire import Question
from wsis_kg.engine.writing import write_graph
from wsis_kg.names import BASE, DESCRIPTION, EXAMPLES, GRAPH, ONTOLOGY, PREFIXES, VOID
from wsis_kg.views.catalogue import NAMESPACES, dataset
from wsis_kg.views.inventory import read_inventory
from wsis_kg.views.register import Register
from wsis_kg.views.succession import Version, succession

from .answers import Answers
from .delivery import whole
from .graph_store import graph_page
from .history import History
from .offers import GRAPH_SUFFIXES
from .page import HEADERS, Pages, shortened
from .plan import matches
from .problems import Refusal
from .rate import Rate
from .rdf_resource import Asked, RdfResource, see_other, split_suffix, tag_of, twin_of
from .registers import Registers

_STATISTICS: Final = (
    f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{DESCRIPTION}> {{ ?s ?p ?o }}\n"
    f'  FILTER(!STRSTARTS(STR(?s), "{EXAMPLES}")) }}'
)
_EXAMPLES: Final = (
    f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{DESCRIPTION}> {{ ?s ?p ?o }}\n"
    f'  FILTER(STRSTARTS(STR(?s), "{EXAMPLES}")) }}'
)
_MOST_KEPT: Final = 16
_DCAT: Final = NAMESPACES["dcat"]
_ADDRESSES: Final = frozenset(
    {
        NAMESPACES["void"] + "sparqlEndpoint",
        NAMESPACES["void"] + "dataDump",
        *(_DCAT + name for name in ("accessURL", "downloadURL", "endpointURL", "endpointDescription")),
    }
)
"""What is said by these of an address under the permanent base is true of the same path on the host that serves."""
_SIZE: Final = ox.NamedNode(_DCAT + "byteSize")
_NOT_NEGATIVE: Final = ox.NamedNode(PREFIXES["xsd"] + "nonNegativeInteger")


class VoidDocument(RdfResource):
    """The description in VoID and DCAT, made when the dataset was built, and the addresses that it has here."""

    def __init__(
        self,
        pool: Pool,
        answers: Answers,
        pages: Pages,
        history: History,
        registers: Registers,
        rate: Rate | None = None,
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._history = history
        self._registers = registers
        self._kept: OrderedDict[tuple[str, str, tuple[Version, ...], str], bytes] = OrderedDict()

    async def answer(self, asked: Asked) -> Response:
        """The document, in memory after the first time; /.well-known/void leads to it (VoID, section 7.2)."""
        if asked.path.startswith(".well-known/"):
            return see_other(f"{asked.root}void")
        _, suffix = split_suffix(asked.path)
        wanted, content_type = self.wanted(asked, suffix)
        versions = await self._versions()
        if wanted is None:
            return await self._page(asked, versions)
        fresh = {"Cache-Control": "no-cache", "ETag": tag_of(asked, f"void {versions}", content_type)}
        if not suffix and content_type == wanted.content_type:
            fresh["Content-Location"] = twin_of(asked, wanted)
        if matches(asked.headers.get("if-none-match"), fresh["ETag"]):
            return Response(status_code=304, headers=fresh)
        return Response(await self._document(asked, wanted, versions), headers={**fresh, "Content-Type": content_type})

    async def _versions(self) -> tuple[Version, ...]:
        """The versions that followed one another; none where there is but one, of which no more is known."""
        found = tuple((one.name, one.published) for one in await self._history.succession())
        return found if len(found) > 1 or any(published for _, published in found) else ()

    async def _page(self, asked: Asked, versions: tuple[Version, ...]) -> Response:
        register = await self._registers.current()

        async def make() -> bytes:
            statistics = await whole(self.pool.ask(Question(_STATISTICS, N_TRIPLES.name, ours=True)), asked.receive)
            return await anyio.to_thread.run_sync(self._rendered, asked, register, statistics, versions)

        response = await self.kept(asked, f"/void {versions}", "text/html; charset=utf-8", make)
        links = [f'<{twin_of(asked, one)}>; rel="alternate"; type="{one.media_type}"' for one in GRAPH_FORMATS]
        response.headers.update({**HEADERS, "Link": ", ".join(links)})
        return response

    def _rendered(
        self, asked: Asked, register: Register, statistics: bytes, versions: tuple[Version, ...]
    ) -> bytes:
        version, graphs = asked.edition.version, asked.edition.graphs
        published = dict(versions).get(version)
        return self.pages.render(
            "void.html",
            held=read_inventory(_triples(asked, statistics, versions), graphs),
            version=version,
            endpoint=asked.endpoint,
            published=f"{published.day} {published:%B %Y}" if published is not None else "",
            quads=asked.edition.quads,
            abstract=ABSTRACT,
            rights=RIGHTS,
            authors=AUTHORS,
            licence=LICENCE,
            about=graph_page(register),
            named=lambda iri: register.name(iri),
            home=lambda iri: register.home(iri)[0],
            terms=ONTOLOGY + "#",
            base=GRAPH,
            shortened=shortened,
            twins=[(one.title, f"void.{GRAPH_SUFFIXES[one]}", one.media_type) for one in GRAPH_FORMATS],
        )

    async def _document(self, asked: Asked, wanted: Format, versions: tuple[Version, ...]) -> bytes:
        key = (asked.edition.version, asked.endpoint, versions, wanted.name)
        if key not in self._kept:
            statistics = await whole(self.pool.ask(Question(_STATISTICS, N_TRIPLES.name, ours=True)), asked.receive)
            document = await anyio.to_thread.run_sync(_write, asked, statistics, versions, wanted)
            # Bounded, for the name of the host, which stands in the document, is the client's to choose.
            while len(self._kept) >= _MOST_KEPT:
                self._kept.popitem(last=False)
            self._kept[key] = document
            return document
        return self._kept[key]


class Examples(RdfResource):
    """The saved questions as examples, all of them or one by its name."""

    async def answer(self, asked: Asked) -> Response:
        """The triples about them. Raises Refusal (404) for a name that is none."""
        name, suffix = split_suffix(asked.path.partition("sparql-examples/")[2])
        if not name:
            return await self.triples(asked, _EXAMPLES, suffix, has_twins=False)
        example = f"<{EXAMPLES}{name}>"
        is_one = f"ASK {{ GRAPH <{DESCRIPTION}> {{ {example} a <{PREFIXES['sh']}SPARQLExecutable> }} }}"
        plain = all(character.isascii() and (character.isalnum() or character == "-") for character in name)
        if not plain or b"true" not in await whole(self.pool.ask(Question(is_one, "csv", ours=True)), asked.receive):
            raise Refusal(404, "http", "Not Found", f"No example is called {name}.", hint="All are one level up.")
        construct = f"CONSTRUCT {{ {example} ?p ?o }} WHERE {{ GRAPH <{DESCRIPTION}> {{ {example} ?p ?o }} }}"
        return await self.triples(asked, construct, suffix)


def _write(asked: Asked, statistics: bytes, versions: tuple[Version, ...], wanted: Format) -> bytes:
    triples = _triples(asked, statistics, versions)
    # The document speaks of the whole first, then of its parts.
    ordered = sorted(triples, key=lambda triple: (f"<{VOID}" not in str(triple.subject), str(triple)))
    return write_graph(ordered, wanted, NAMESPACES)


def _triples(asked: Asked, statistics: bytes, versions: tuple[Version, ...]) -> set[ox.Triple]:
    edition = asked.edition
    here = dataset(asked.endpoint, edition.version, edition.graphs, counted=bool(statistics))
    found = {
        *(quad.triple for quad in ox.parse(statistics, format=ox.RdfFormat.N_TRIPLES)),
        *(quad.triple for quad in ox.parse(here, format=ox.RdfFormat.TURTLE)),
        *succession(versions, edition.version),
    }
    return {said for triple in found for said in _here(triple, asked.endpoint.removesuffix("sparql"))}


def _here(triple: ox.Triple, root: str) -> Iterator[ox.Triple]:
    """The triple, and what follows from it for the host whose start page is ``root``."""
    value = triple.object
    if isinstance(value, ox.NamedNode) and triple.predicate.value in _ADDRESSES and value.value.startswith(BASE):
        yield ox.Triple(triple.subject, triple.predicate, ox.NamedNode(root + value.value.removeprefix(BASE)))
    if isinstance(value, ox.Literal) and triple.predicate == _SIZE:
        # DCAT asks for this datatype; the engine, which keeps values, has forgotten it.
        yield ox.Triple(triple.subject, triple.predicate, ox.Literal(value.value, datatype=_NOT_NEGATIVE))
        return
    yield triple
