"""The whole site as static files, which any web host can serve: pages, data, files, feeds.

The application is asked in this process, beginning at the start page and following every link. Links become relative,
so that the files work under any address. What needs a server (queries, search) leads to a page that says so.
"""

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from wsis_kg.engine.crew import StoreFailed
from wsis_kg.engine.limits import Limits
from wsis_kg.engine.live import NoBuild
from wsis_kg.engine.pool import Pool
from wsis_kg.names import BASE, GRAPH
from wsis_kg.views.register import SHOWN_WITH_PASSAGE, Register

from .app import create_app
from .earlier import PARTS
from .host_rules import host_rules
from .in_process import Answer, InProcess
from .offers import GRAPH_SUFFIXES
from .page import STATIC, Pages
from .registers import Registers
from .static_files import (
    NEEDS_A_SERVER,
    broken_links,
    calendar_with_addresses,
    file_name,
    links_of,
    rewritten,
    with_addresses,
)

MARKER: Final = ".wsis-kg-export"
"""The file that says that a folder was made here, and may be replaced."""
_DYNAMIC: Final = frozenset(
    {"sparql", "search", "opensearch", "rdf-graph-store", "timemap", "reconcile", "healthz", "readyz", "metrics"}
)
_DATA: Final = ("graph/", ".well-known/")
_TEXT: Final = ("application/atom+xml", "application/xml", "text/calendar")
_AT_ONCE: Final = 4
_TOLD_EACH: Final = 1000
_MOST_SHOWN: Final = 20
_NEVER: Final = 86_400.0

Say = Callable[[str], None]


class CannotExport(Exception):
    """No site was written; the text says why in sentences, and what to do next."""


@dataclass(frozen=True)
class Exported:
    """What was written."""

    version: str
    files: int
    size: int
    """In bytes."""


def export_site(data_home: Path, target: Path, address: str = BASE, say: Say = lambda _: None) -> Exported:
    """Writes the site of the current version into the folder ``target``, whole or not at all.

    ``address`` is where the start page will stand, for what has to be absolute: feeds, the sitemap, descriptions. The
    folder must not be there, or be empty, or be an earlier export, which is then replaced. Raises CannotExport.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise CannotExport(f"“{address}” is no address of a site. Write one such as https://example.org/wsis/.")
    target = target.absolute()
    if target.exists() and not (target / MARKER).is_file() and (not target.is_dir() or any(target.iterdir())):
        raise CannotExport(f"{target} is there and is no earlier export: name a new or an empty folder.")
    work = target.parent / f".{target.name}.{os.getpid()}"
    try:
        pool = Pool(data_home, Limits(timeout_seconds=60, queue=1000))
    except (NoBuild, StoreFailed) as error:
        raise CannotExport(f"There is nothing to export: {error}") from error
    try:
        work.mkdir(parents=True)
        export = _Export(pool, work, address if address.endswith("/") else f"{address}/", say)
        asyncio.run(export.run())
        broken = broken_links(work)
        if broken:
            raise _faulty("links lead nowhere", broken)
        (work / MARKER).write_text(f"{pool.edition.version}\n", encoding="utf-8")
        files = [path for path in work.rglob("*") if path.is_file()]
        told = Exported(pool.edition.version, len(files), sum(path.stat().st_size for path in files))
        _put(work, target)
        return told
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _put(work: Path, target: Path) -> None:
    """Puts the new folder in the place of the old one, which is only then removed."""
    old = work.with_name(f"{work.name}.old")
    if target.exists():
        target.rename(old)
    work.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _faulty(what: str, sentences: list[str]) -> CannotExport:
    shown = "".join(f"\n  {sentence}" for sentence in sentences[:_MOST_SHOWN])
    more = f"\n  … and {len(sentences) - _MOST_SHOWN} more" if len(sentences) > _MOST_SHOWN else ""
    return CannotExport(f"Nothing was written, for {len(sentences)} {what}:{shown}{more}\nThis is a fault of ours.")


class _Export:
    """One walk over the site."""

    def __init__(self, pool: Pool, folder: Path, address: str, say: Say) -> None:
        self._pool = pool
        self._folder = folder
        self._address = address
        self._say = say
        self._pages = Pages(served=False)
        self._app = create_app(pool, watch_seconds=_NEVER, pages=self._pages)
        self._site = InProcess(self._app, address)
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._met: dict[str, str] = {}
        """Each path, and a page that links to it."""
        self._files: dict[str, str] = {}
        """The file of each path."""
        self._elsewhere: dict[str, str] = {}
        """Where a path leads on to: another path, with its fragment."""
        self._rewrite: dict[str, str] = {}
        """The path of each file that has links to be rewritten."""
        self._problems: list[str] = []

    async def run(self) -> None:
        """Writes everything. Raises CannotExport if a page is missing."""
        async with self._app.living():
            register = await Registers(self._pool).current()
            for path in self._begin(register):
                self._meet(path, "the list of what there is")
            walkers = [asyncio.ensure_future(self._walk()) for _ in range(_AT_ONCE)]
            try:
                await self._waiting.join()
            finally:
                for walker in walkers:
                    walker.cancel()
                await asyncio.gather(*walkers, return_exceptions=True)
        if self._problems:
            raise _faulty("pages are missing", sorted(self._problems))
        self._write(NEEDS_A_SERVER, self._pages.render("needs_a_server.html", version=self._pool.edition.version))
        self._rewrite[NEEDS_A_SERVER] = NEEDS_A_SERVER
        shutil.copytree(STATIC, self._folder / "static", dirs_exist_ok=True)
        self._say(f"{len(self._files):,} files are written; leading their links from file to file.")
        for file, path in self._rewrite.items():
            self._lead_on(file, path)
        self._write_claims(register)
        for name, text in host_rules(urlsplit(self._address).path).items():
            self._write(name, text.encode())

    def _begin(self, register: Register) -> list[str]:
        """What the site has, whether or not anything links to it."""
        graphs = [name.removeprefix(GRAPH) for name, _ in self._pool.edition.graphs]
        data = ["void", ".well-known/void", ".well-known/sparql-examples/", *(f"graph/{name}" for name in graphs)]
        twins = [f"{path}.{end}" for path in (data[0], *data[3:]) for end in GRAPH_SUFFIXES.values()]
        homes = {
            register.home(entry.iri)[0] for entry in register.entries.values() if entry.noun not in SHOWN_WITH_PASSAGE
        }
        ends = ("", *(f".{suffix}" for suffix in (*GRAPH_SUFFIXES.values(), "trig")))
        documents = [path + end for path in sorted(homes) for end in ends]
        return ["", "robots.txt", "sitemap.xml", "changes.atom", "version/", "problem", *data, *twins, *documents]

    def _meet(self, path: str, where: str) -> None:
        path = self._now(path)
        if path not in self._met and not self._needs_server(path) and not path.startswith("static/"):
            self._met[path] = where
            self._waiting.put_nowait(path)

    def _now(self, path: str) -> str:
        """Documents of the current version are kept once, under the addresses that have no version."""
        start = f"version/{self._pool.edition.version}/"
        rest = path.removeprefix(start)
        return rest if path.startswith(start) and rest.partition("/")[0].partition(".")[0] in PARTS else path

    def _needs_server(self, path: str) -> bool:
        if path == NEEDS_A_SERVER:
            return True
        first, _, rest = path.partition("/")
        if first == "version" and rest.partition("/")[2].partition("/")[0].partition(".")[0] in PARTS:
            return True
        return first.partition(".")[0] in _DYNAMIC

    async def _walk(self) -> None:
        while True:
            path = await self._waiting.get()
            try:
                await self._fetch(path)
            except Exception as error:
                self._problems.append(f"/{path}: {error or type(error).__name__} (linked from {self._met[path]})")
            finally:
                self._waiting.task_done()
            count = len(self._files)
            if count and count % _TOLD_EACH == 0:
                self._say(f"{count:,} files, {self._waiting.qsize():,} addresses waiting")

    async def _fetch(self, path: str) -> None:
        accept = "text/turtle" if path.startswith(_DATA) else "text/html,*/*;q=0.1"
        answer = await self._site.get(path, accept)
        with answer.body:
            if answer.status in (301, 302, 303, 307, 308):
                place = urlsplit(answer.headers["location"])
                if place.netloc or not place.path.startswith(self._site.root):
                    raise ConnectionError(f"leads to {answer.headers['location']}, which is not of the site.")
                leads_to = place.path.removeprefix(self._site.root)
                self._elsewhere[path] = leads_to + (f"#{place.fragment}" if place.fragment else "")
                self._meet(leads_to, f"/{path}")
                return
            if answer.status != 200:
                raise ConnectionError(f"answers with {answer.status}.")
            self._keep(path, answer)

    def _keep(self, path: str, answer: Answer) -> None:
        file = file_name(unquote(path), answer.media_type)
        self._files[path] = file
        place = self._folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        if answer.media_type == "text/html":
            content = answer.body.read()
            place.write_bytes(content)
            self._rewrite[file] = path
            for target in links_of(content.decode(), path, self._site.root):
                self._meet(target, f"/{path}")
            return
        if answer.media_type in _TEXT:
            self._rewrite[file] = path
        with place.open("wb") as output:
            shutil.copyfileobj(answer.body, output)

    def _find(self, path: str) -> tuple[str, str] | None:
        """The file of a path, and the fragment to which a redirection leads in it."""
        path = self._now(path)
        fragment = ""
        for _ in range(4):
            if self._needs_server(path):
                return NEEDS_A_SERVER, ""
            if path.startswith("static/"):
                return path, ""
            if path in self._files:
                return self._files[path], fragment
            if path not in self._elsewhere:
                return None
            path, _, fragment = self._elsewhere[path].partition("#")
        return None

    def _lead_on(self, file: str, path: str) -> None:
        place = self._folder / file
        if file.endswith(".ics"):
            if self._address != BASE:
                text = calendar_with_addresses(place.read_bytes().decode(), self._address, self._find)
                # In bytes: its lines end in CRLF.
                place.write_bytes(text.encode())
            return
        text = place.read_text(encoding="utf-8")
        try:
            if file.endswith(".html"):
                text = rewritten(text, path, file, self._find, self._site.root)
            elif self._address != BASE:
                # Permanent addresses lead to whatever serves the site; others, to the very file.
                text = with_addresses(text, self._address, self._find)
        except KeyError as error:
            raise _faulty("link leads nowhere", [f"{file}: {error.args[0]}"]) from error
        place.write_text(text, encoding="utf-8")

    def _write_claims(self, register: Register) -> None:
        """A claim that is shown with its passage has a page that leads there."""
        for entry in register.entries.values():
            path, place = register.home(entry.iri)
            if place:
                link = f"../../{self._files[path]}#{quote(place)}"
                page = self._pages.render(
                    "shown_elsewhere.html", name=register.name(entry.iri), link=link, iri=entry.iri
                )
                self._write(f"doc/{entry.noun}/{entry.slug}.html", page)

    def _write(self, name: str, content: bytes) -> None:
        place = self._folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
