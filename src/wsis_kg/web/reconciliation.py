"""/reconcile: the Reconciliation Service API 0.2 for OpenRefine and its kin
(https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/).

JSONP is not offered: every answer of ours may be read from any origin (section 3.3), and JSONP is a script of ours that
runs in the page of another.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import Response

from wsis_kg.engine.pool import Pool
from wsis_kg.engine.wire import Edition
from wsis_kg.holdings import folder, package_version
from wsis_kg.views.reconciliation import DEFAULT_TYPES, IDENTIFIERS, PROPERTIES, SCHEMA, Named, Reconciler
from wsis_kg.views.reconciliation_query import (
    MOST_QUERIES,
    BadReconciliation,
    TooMany,
    read_batch,
    read_extension,
    read_single,
)
from wsis_kg.views.register import Register
from wsis_kg.views.terms import read_layers

from .answers import Answers
from .page import HEADERS, Pages
from .plan import matches
from .problems import Refusal
from .rate import Rate
from .rdf_resource import Asked, RdfResource, see_other, tag_of
from .registers import PerVersion, Registers
from .requests import FORM, Parameters, Receive, Scope, read_body, read_parameters

PATHS: Final = (
    "/reconcile",
    *(f"/reconcile/suggest/{what}" for what in ("entity", "type", "property")),
    "/reconcile/properties",
    "/reconcile/preview",
    "/reconcile/view",
)
_METHODS: Final = "GET, HEAD, POST, OPTIONS"
_LARGEST: Final = 1_000_000
_SUGGESTED: Final = 20
_FURTHEST: Final = 200
_LONGEST_PREFIX: Final = 200
_PREVIEW: Final = (400, 160)
_FRAMED: Final = {
    # Pages of others show it in a frame, as the API has it; it holds nothing that a click could change.
    **HEADERS,
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
        "frame-ancestors 'none'", "frame-ancestors *"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Reconciliation(RdfResource):
    """The manifest, queries, properties of things, suggestions, and the small pages that OpenRefine shows."""

    def __init__(
        self, pool: Pool, answers: Answers, pages: Pages, registers: Registers, rate: Rate | None = None
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._registers = registers
        self._per_client = rate
        self._reconciler = PerVersion(pool, self._make)

    async def _make(self) -> Reconciler:
        register, index = await self._registers.current(), await self._registers.index()
        layers = read_layers((folder("ontology") / "wsis.ttl").read_text(encoding="utf-8"))
        return await anyio.to_thread.run_sync(Reconciler, register, index, layers)

    async def _respond(
        self, edition: Edition, scope: Scope, receive: Receive, headers: Headers, accept: str | None
    ) -> Response:
        """As for everything that is read; and queries may come by POST, in a form."""
        is_service = scope["path"] == f"{scope.get('root_path', '')}/reconcile"
        if is_service and scope["method"] == "OPTIONS":
            return Response(status_code=204, headers={"Allow": _METHODS})
        if not is_service or scope["method"] != "POST":
            return await super()._respond(edition, scope, receive, headers, accept)
        if self._per_client is not None:
            self._per_client.take(scope["client"][0] if scope.get("client") else "")
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != FORM:
            detail = f"A query is sent as a form ({FORM}), and not as {media_type or 'something that is not named'}."
            raise Refusal(415, "media-type", "This type of body is not understood", detail)
        form = read_parameters(await read_body(headers, receive, _LARGEST), "form")
        told = await self._told(Asked(edition, scope, receive, headers, accept, form), form)
        return _json(told, {"Cache-Control": "no-store"})

    async def answer(self, asked: Asked) -> Response:
        """What a GET asks. Raises Refusal: 400 with what is wrong, 404 for a thing that is not there, 413."""
        path = asked.path.removeprefix("reconcile").lstrip("/")
        if path in ("preview", "view"):
            return await self._shown(asked, path)
        tag = tag_of(asked, f"{asked.path}?{urlencode(asked.parameters)}", "application/json")
        fresh = {"Cache-Control": "no-cache", "ETag": tag}
        if matches(asked.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=fresh)
        if path.startswith("suggest/"):
            return _json({"result": await self._suggested(asked, path.removeprefix("suggest/"))}, fresh)
        if path == "properties":
            return _json(await self._proposed(asked), fresh)
        return _json(await self._told(asked, asked.parameters), fresh)

    async def _told(self, asked: Asked, parameters: Parameters) -> Any:
        given = [(name, value) for name, value in parameters if name in ("queries", "query", "extend")]
        if any(name == "callback" for name, _ in parameters):
            raise _bad("JSONP is not offered: leave callback out, for every origin may read the answers (CORS).")
        if len(given) > 1:
            raise _bad("Send one of queries, query and extend, and send it once.")
        reconciler = await self._reconciler.current()
        if not given:
            return _manifest(asked, reconciler)
        name, value = given[0]
        try:
            if name == "extend":
                extension = read_extension(value)
                page = _page_address(asked, await self._registers.current())
                return await anyio.to_thread.run_sync(reconciler.extend, extension, page)
            if name == "query":
                return {"result": await anyio.to_thread.run_sync(reconciler.candidates, read_single(value))}
            batch = read_batch(value)
        except BadReconciliation as error:
            raise _bad(str(error), 413 if isinstance(error, TooMany) else 400) from error
        # Query by query, so that a batch does not keep a thread from all others.
        return {
            key: {"result": await anyio.to_thread.run_sync(reconciler.candidates, wanted)}
            for key, wanted in batch.items()
        }

    async def _suggested(self, asked: Asked, what: str) -> list[dict[str, Any]]:
        prefix = _one(asked, "prefix")
        start = _number(asked, "cursor", 0, _FURTHEST)
        reconciler = await self._reconciler.current()
        if what == "entity":
            return await anyio.to_thread.run_sync(reconciler.suggest, prefix, start, _SUGGESTED)
        pool: Sequence[Named] = reconciler.types if what == "type" else PROPERTIES
        key = prefix.casefold()
        fits = [one for one in pool if any(key in name.casefold() for name in (one.id, one.name))]
        # What begins so comes before what only holds it.
        fits.sort(key=lambda one: not any(name.casefold().startswith(key) for name in (one.id, one.name)))
        return [one.told() for one in fits[start : start + _SUGGESTED]]

    async def _proposed(self, asked: Asked) -> dict[str, Any]:
        type_ = _one(asked, "type")
        limit = _number(asked, "limit", len(PROPERTIES), len(PROPERTIES))
        reconciler = await self._reconciler.current()
        told = {"properties": [one.told() for one in reconciler.properties_of(type_)[:limit]]}
        return {"type": type_, "limit": limit, **told} if type_ else {"limit": limit, **told}

    async def _shown(self, asked: Asked, path: str) -> Response:
        """The small page about a thing, or the way to its page."""
        reconciler, register = await self._reconciler.current(), await self._registers.current()
        identifier = _one(asked, "id")
        entry = reconciler.entry(identifier)
        if entry is None:
            detail = f"There is no thing with the identifier “{identifier[:100]}”."
            raise Refusal(404, "unknown", "There is nothing with this identifier", detail, hint="One is body/cstd.")
        home, place = register.home(entry.iri)
        if path == "view":
            return see_other(f"{asked.root}{home}{'#' + place if place else ''}")

        async def make() -> bytes:
            return self.pages.render(
                "preview.html",
                root=asked.endpoint.removesuffix("sparql"),
                name=reconciler.name(entry),
                described=reconciler.described(entry),
                also=entry.also,
                document=register.name(entry.document) if entry.document else "",
                path=home,
                iri=entry.iri,
            )

        response = await self.kept(asked, f"/reconcile/preview/{entry.iri}", "text/html; charset=utf-8", make)
        response.headers.update(_FRAMED)
        return response


def _manifest(asked: Asked, reconciler: Reconciler) -> dict[str, Any]:
    """What the service offers, and where (section 3.1)."""
    root = asked.endpoint.removesuffix("/sparql")
    defaults = [one for one in reconciler.types if one.id in DEFAULT_TYPES]
    return {
        "versions": ["0.2"],
        "name": "wsis-kg: institutions and mandates of the World Summit on the Information Society",
        "identifierSpace": IDENTIFIERS,
        "schemaSpace": SCHEMA,
        "documentation": f"{root}/",
        "logo": f"{root}/logo.svg",
        "serviceVersion": package_version(),
        "defaultTypes": [{"id": one.id, "name": one.name} for one in defaults],
        "view": {"url": f"{root}/reconcile/view?id={{{{id}}}}"},
        "preview": {
            "url": f"{root}/reconcile/preview?id={{{{id}}}}",
            "width": _PREVIEW[0],
            "height": _PREVIEW[1],
        },
        "suggest": {
            what: {"service_url": root, "service_path": f"/reconcile/suggest/{what}"}
            for what in ("entity", "type", "property")
        },
        "extend": {
            "propose_properties": {"service_url": root, "service_path": "/reconcile/properties"},
            "property_settings": [],
        },
        "batchSize": MOST_QUERIES,
    }


def _page_address(asked: Asked, register: Register) -> Callable[[str], str]:
    root = asked.endpoint.removesuffix("sparql")
    return lambda iri: root + register.home(iri)[0]


def _one(asked: Asked, name: str) -> str:
    values = asked.values(name)
    if len(values) > 1:
        raise _bad(f"The parameter {name} is given twice.")
    text = values[0].strip() if values else ""
    if len(text) > _LONGEST_PREFIX:
        raise _bad(f"The parameter {name} may have {_LONGEST_PREFIX} characters.")
    return text


def _number(asked: Asked, name: str, default: int, most: int) -> int:
    text = _one(asked, name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise _bad(f"The parameter {name} is a whole number, and not “{text[:40]}”.")
    return min(int(text), most)


def _bad(detail: str, status: int = 400) -> Refusal:
    return Refusal(
        status,
        "request",
        "The request is not one of the reconciliation API",
        detail,
        hint="It is described at https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/.",
    )


def _json(body: Any, headers: dict[str, str]) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    return Response(text.encode(errors="replace"), headers={**headers, "Content-Type": "application/json"})
