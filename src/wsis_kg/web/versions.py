"""/version/: the versions that are kept here, what changed between them, and the way to the documents of each.

The changes are a feed as well: /changes.atom for all versions that have a date, /version/<v>/changes/<before>.atom for
one step.
"""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby, pairwise
from typing import Any, Final
from urllib.parse import quote

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import Response

from wsis_kg.engine.formats import GRAPH_FORMATS, TRIG
from wsis_kg.engine.pool import Pool
from wsis_kg.engine.writing import write_graph
from wsis_kg.names import BASE
from wsis_kg.views import feed
from wsis_kg.views.catalogue import NAMESPACES
from wsis_kg.views.change_report import as_patch, as_trig, called, counts, property_in_words
from wsis_kg.views.changes import Changes, ThingChange, address, version_iri
from wsis_kg.views.register import ID
from wsis_kg.views.succession import describe
from wsis_kg.workshop.records import Kept

from .answers import Answers
from .delivery import Send
from .dump_files import dump_files
from .earlier import PARTS, EarlierDocuments
from .history import History, report_of
from .offers import choice, offers, wants_page
from .page import HEADERS, EarlierVersion, Pages
from .plan import accept_of
from .problems import Refusal
from .rate import Rate
from .rdf_resource import Asked, RdfResource, see_other
from .requests import Receive, Scope

_OFFERS: Final = offers(GRAPH_FORMATS)
_WRITTEN: Final = {
    "trig": (as_trig, TRIG.content_type),
    "patch": (as_patch, "application/rdf-patch; charset=utf-8"),
}
_MOST_NAMED: Final = 100
_MOMENT: Final = {"Cache-Control": "no-cache"}


@dataclass(frozen=True)
class Row:
    """A version as the list shows it."""

    name: str
    day: str
    quads: int | None
    size: int
    before: str


class Versions(RdfResource):
    """The pages and feeds about versions, and the door to the documents of each."""

    def __init__(
        self,
        pool: Pool,
        answers: Answers,
        pages: Pages,
        history: History,
        documents: EarlierDocuments,
        rate: Rate | None = None,
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._history = history
        self._documents = documents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Documents of a version are answered for by an application over that version."""
        path = scope["path"].removeprefix(f"{scope.get('root_path', '')}/version/")
        version, _, rest = path.partition("/")
        if rest.partition("/")[0].partition(".")[0] not in PARTS:
            await super().__call__(scope, receive, send)
            return
        try:
            await self._documents(scope, receive, send, version, rest)
        except Refusal as refusal:
            told = self.pages.told(refusal, accept_of(Headers(scope=scope)), scope.get("root_path", ""))
            await told(scope, receive, send)

    async def answer(self, asked: Asked) -> Response:
        """The list, a version, what changed, or a feed. Raises Refusal (404, 406)."""
        if asked.path == "changes.atom":
            return _atom(await self._feed(asked))
        version, slash, rest = asked.path.removeprefix("version").removeprefix("/").partition("/")
        if not version:
            if not asked.path.endswith("/"):
                return see_other(f"{asked.root}version/")
            return await self._list()
        kept = await self._history.find(version)
        if not slash:
            return see_other(f"{asked.root}version/{quote(version)}/")
        if not rest:
            return await self._version(asked, kept)
        if rest.startswith("changes/"):
            return await self._changed(asked, kept, rest.removeprefix("changes/"))
        if rest.startswith("dumps"):
            return see_other(f"{asked.root}dumps/{quote(version)}/")
        # Of everything else there is one for all versions.
        # (Not //…, which would be another host.)
        query = asked.scope["query_string"].decode("ascii", "replace")
        return see_other(asked.root + quote(rest.lstrip("/")) + ("?" + query if query else ""))

    async def _list(self) -> Response:
        succession = await self._history.succession()
        before = {one.name: two.name for two, one in pairwise(succession)}
        rows = await anyio.to_thread.run_sync(lambda: [_row(one, before) for one in reversed(succession)])
        current = self._history.current
        others = [
            one.name for one in await self._history.versions() if one.published is None and one.name != current
        ]
        return self._page("versions/list.html", "../", rows=rows, others=others, current=current)

    async def _version(self, asked: Asked, kept: Kept) -> Response:
        before = await self._history.before(kept.name)
        if not wants_page(asked.accept):
            wanted, content_type = choice(_OFFERS, asked.accept, tuple(asked.values("format")))
            if wanted is not None:
                triples = list(describe((kept.name, kept.published), before.name if before else None))
                body = write_graph(triples, wanted, NAMESPACES)
                return Response(body, headers={**_MOMENT, "Content-Type": content_type, "Dataset-Version": kept.name})
        report, files = await anyio.to_thread.run_sync(lambda: (report_of(kept.folder), dump_files(kept.folder)))
        found = await self._history.changes(before, kept) if before is not None else None
        return self._page(
            "versions/version.html",
            "../../",
            version=kept.name,
            day=_day(kept),
            iri=version_iri(kept.name),
            report=report,
            files=files,
            is_current=kept.name == self._history.current,
            current=self._history.current,
            placed=kept in await self._history.succession(),
            before=before.name if before is not None else "",
            counts=counts(found) if found is not None else "",
        )

    async def _changed(self, asked: Asked, after: Kept, rest: str) -> Response:
        """The changes from another version, as a page or as its suffix says."""
        name, dot, suffix = rest.rpartition(".")
        if not dot or suffix not in ("html", "atom", *_WRITTEN):
            name, suffix = rest, ""
        before = await self._history.find(name)
        found = await self._history.changes(before, after)
        if suffix == "atom":
            return _atom(self._feed_of(asked, found, after.published))
        if not suffix and not wants_page(asked.accept):
            suffix = "trig"
        if suffix in _WRITTEN:
            write, content_type = _WRITTEN[suffix]
            body = await anyio.to_thread.run_sync(write, found)
            return Response(body, headers={**_MOMENT, "Content-Type": content_type})
        page = await anyio.to_thread.run_sync(self._changes_page, found, bool(after.published))
        return Response(page, headers={**HEADERS, **_MOMENT}, media_type="text/html")

    def _changes_page(self, found: Changes, has_feed: bool) -> bytes:
        groups = [
            (group.replace("-", " ").capitalize(), [_thing(found, thing) for thing in things])
            for group, things in groupby(found.things, key=lambda thing: thing.group)
        ]
        return self.pages.render(
            "versions/changes.html",
            root="../../../",
            found=found,
            counts=counts(found),
            groups=groups,
            has_feed=has_feed,
            moved=len(found.moved),
        )

    def _page(self, template: str, root: str, **content: Any) -> Response:
        body = self.pages.render(template, root=root, **content)
        return Response(body, headers={**HEADERS, **_MOMENT}, media_type="text/html")

    async def _feed(self, asked: Asked) -> feed.Feed:
        """An entry for each version that has a date, the latest first: what changed since the one before."""
        root = asked.endpoint.removesuffix("sparql")
        entries = []
        for kept in reversed(await self._history.dated()):
            before = await self._history.before(kept.name)
            page = f"{root}version/{quote(kept.name)}/"
            text = "<p>The first version that is kept here.</p>"
            if before is not None:
                found = await self._history.changes(before, kept)
                page = f"{page}changes/{quote(before.name)}"
                text = _summary(found, page)
            assert kept.published is not None
            entries.append(feed.Entry(version_iri(kept.name), f"Version {kept.name}", kept.published, page, text))
        current = self._history.current
        subtitle = "What changed from version to version."
        if self._history.date_of(current) is None:
            subtitle += f" The version that is served, {current}, has no date of publication on record, and no entry."
        updated = entries[0].updated if entries else await self._history.served_since()
        title = "wsis-kg: changes of the dataset"
        return feed.Feed(
            BASE + "changes.atom", title, subtitle, updated, f"{root}changes.atom", f"{root}version/", entries
        )

    def _feed_of(self, asked: Asked, found: Changes, published: datetime | None) -> feed.Feed:
        """An entry for each thing that changed. Raises Refusal (404) where the later version has no date."""
        if published is None:
            raise Refusal(
                404,
                "unknown",
                "There is no such feed",
                f"Nobody said when version {found.after} was published, and an entry of a feed needs a date.",
                hint="The same without .atom is a page.",
            )
        here = address(found.before, found.after)
        page = asked.endpoint.removesuffix("sparql") + here.removeprefix(BASE)
        entries = [
            feed.Entry(
                f"{here}#{anchor(thing.iri)}",
                f"{thing.kind.capitalize()}: {called(found, thing.iri)}",
                published,
                f"{page}#{anchor(thing.iri)}",
                "<ul>"
                + "".join(f"<li>{escape(property_in_words(found, part))}</li>" for part in thing.properties)
                + "</ul>",
            )
            for thing in found.things
        ]
        title = f"wsis-kg: changes from {found.before} to {found.after}"
        return feed.Feed(f"{here}.atom", title, counts(found), published, f"{page}.atom", page, entries)


@dataclass(frozen=True)
class ShownThing:
    """A changed thing as the page shows it."""

    anchor: str
    kind: str
    name: str
    path: str
    lines: list[tuple[bool, str]]


def _thing(found: Changes, thing: ThingChange) -> ShownThing:
    version = found.before if thing.kind == "removed" else found.after
    own = thing.iri.startswith(ID)
    path = f"version/{version}/doc/{thing.iri.removeprefix(ID)}" if own else ""
    lines = [(part.inferred, property_in_words(found, part).removeprefix("inferred ")) for part in thing.properties]
    return ShownThing(anchor(thing.iri), thing.kind, called(found, thing.iri), path, lines)


def anchor(iri: str) -> str:
    """The place of a thing on the page of changes."""
    return iri.removeprefix(ID).removeprefix(BASE).replace("/", "-").replace("#", "-").replace(":", "-")


def _summary(found: Changes, page: str) -> str:
    """The changes as an entry holds them: the counts, and the first things by name."""
    shown = [f"<li>{thing.kind}: {escape(called(found, thing.iri))}</li>" for thing in found.things[:_MOST_NAMED]]
    more = len(found.things) - len(shown)
    rest = f"<p>And {more} more.</p>" if more else ""
    link = f'<p><a href="{escape(page)}">All of it, property by property</a></p>'
    return f"<p>{escape(counts(found))}</p><ul>{''.join(shown)}</ul>{rest}{link}"


def _row(kept: Kept, before: dict[str, str]) -> Row:
    report = report_of(kept.folder)
    size = sum(file.size for file in dump_files(kept.folder) if file.name.endswith(".nq.gz"))
    return Row(kept.name, _day(kept), report.quads if report else None, size, before.get(kept.name, ""))


def _day(kept: Kept) -> str:
    return EarlierVersion(kept.name, "", kept.published).day


def _atom(written: feed.Feed) -> Response:
    return Response(feed.atom(written), headers={**_MOMENT, "Content-Type": feed.MEDIA_TYPE})
