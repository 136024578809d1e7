"""What crawlers ask for: /robots.txt (RFC 9309), and /sitemap.xml (sitemaps.org, protocol 0.9)."""

from collections.abc import Sequence
from html import escape
from typing import Final
from urllib.parse import quote

import anyio.to_thread
from starlette.responses import Response

from wsis_kg.engine.pool import Pool
from wsis_kg.views.register import SHOWN_WITH_PASSAGE, Register

from .answers import Answers
from .dump_files import dump_files
from .page import Pages
from .rate import Rate
from .rdf_resource import Asked, RdfResource
from .registers import Registers

_ROBOTS: Final = """User-agent: *
Disallow: {path}sparql
Disallow: {path}search
Disallow: {path}rdf-graph-store
Disallow: {path}timemap
Disallow: {path}version/*/
Disallow: {path}reconcile
Disallow: {path}language
Allow: {path}

Sitemap: {root}sitemap.xml
"""
_PAGES: Final = (
    "", "deadlines", "differences", "lineage", "reporting", "ontology", "shapes", "quality", "problem", "version/",
)


class Crawlers(RdfResource):
    """The pages that may be read by machines that read everything, and those that would cost much and say nothing."""

    def __init__(
        self, pool: Pool, answers: Answers, pages: Pages, registers: Registers, rate: Rate | None = None
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers

    async def answer(self, asked: Asked) -> Response:
        """The file asked for."""
        root = asked.endpoint.removesuffix("sparql")
        content_type = "text/plain; charset=utf-8" if asked.path == "robots.txt" else "application/xml"

        async def make() -> bytes:
            if asked.path == "robots.txt":
                return _ROBOTS.format(root=root, path=asked.root).encode()
            version = asked.edition.version
            files = await anyio.to_thread.run_sync(dump_files, self.pool.data_home / version)
            pages = (*_PAGES, f"dumps/{version}/") if files else _PAGES
            return await anyio.to_thread.run_sync(_sitemap, await self._registers.current(), root, pages)

        return await self.kept(asked, f"/{asked.path}", content_type, make)


def _sitemap(register: Register, root: str, pages: Sequence[str]) -> bytes:
    shown = [entry for entry in register.entries.values() if entry.noun not in SHOWN_WITH_PASSAGE]
    lists = sorted({f"doc/{entry.noun}" for entry in shown})
    own = sorted(register.home(entry.iri)[0] for entry in shown)
    places = "".join(f"<url><loc>{escape(root + quote(path))}</loc></url>\n" for path in (*pages, *lists, *own))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{head}{places}</urlset>\n".encode()
