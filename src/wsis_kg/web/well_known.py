"""What is looked for at known places: who is to be told of a weakness (RFC 9116), and which interfaces there are
(RFC 9727).
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.responses import Response

from wsis_kg.engine.pool import Pool

from .answers import Answers
from .page import Pages
from .problems import Refusal
from .rate import Rate
from .rdf_resource import Asked, RdfResource

_DAYS: Final = 90
_PROFILE: Final = "https://www.rfc-editor.org/info/rfc9727"
_RECONCILIATION: Final = "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/"


def check_contact(uri: str) -> str:
    """The URI, if somebody can be reached there: mailto, https or tel (RFC 9116, section 2.5.3). Raises ValueError with
    a sentence.
    """
    parts = urlsplit(uri)
    reached = (parts.scheme == "https" and parts.netloc) or (parts.scheme in ("mailto", "tel") and parts.path)
    if not reached or not uri.isascii() or not uri.isprintable() or " " in uri:
        raise ValueError(f"“{uri}” is no contact: give mailto:somebody@example.org, an https address, or tel:+41….")
    return uri


class WellKnown(RdfResource):
    """/.well-known/security.txt where a contact is known, and /.well-known/api-catalog."""

    def __init__(
        self, pool: Pool, answers: Answers, pages: Pages, contacts: Sequence[str] = (), rate: Rate | None = None
    ) -> None:
        super().__init__(pool, answers, pages, rate)
        self._contacts = [check_contact(contact) for contact in contacts]

    async def answer(self, asked: Asked) -> Response:
        """The file asked for. Raises Refusal (404) where nobody has said whom to tell."""
        root = asked.endpoint.removesuffix("sparql")
        if asked.path.endswith("api-catalog"):
            return _catalogue(root)
        if not self._contacts:
            detail = "Whoever runs this server has named no contact."
            raise Refusal(404, "http", "Not Found", detail, hint="It is named by: wsis-kg serve --contact URI")
        # It is true for as long as the server answers; who keeps a copy asks again in time.
        expires = datetime.combine(datetime.now(UTC).date() + timedelta(days=_DAYS), time(), UTC)
        lines = [
            *(f"Contact: {contact}" for contact in self._contacts),
            f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
            "Preferred-Languages: en",
            f"Canonical: {root}.well-known/security.txt",
        ]
        body = "\n".join(lines) + "\n"
        return Response(body, media_type="text/plain", headers={"Cache-Control": "max-age=86400"})


def _catalogue(root: str) -> Response:
    """The interfaces, each with where it is described for programs and for people (RFC 9264, section 4.2)."""

    def to(address: str, media_type: str) -> list[dict[str, str]]:
        return [{"href": address, "type": media_type}]

    told: list[dict[str, Any]] = [
        {
            "anchor": f"{root}.well-known/api-catalog",
            "item": [{"href": f"{root}{path}"} for path in ("sparql", "reconcile", "search.json")],
        },
        {
            "anchor": f"{root}sparql",
            "service-desc": to(f"{root}sparql.ttl", "text/turtle"),
            "service-doc": to(f"{root}sparql", "text/html"),
            "service-meta": to(f"{root}void.ttl", "text/turtle"),
            "status": to(f"{root}healthz", "text/plain"),
        },
        {
            "anchor": f"{root}reconcile",
            "service-desc": to(f"{root}reconcile", "application/json"),
            "service-doc": to(_RECONCILIATION, "text/html"),
        },
        {
            "anchor": f"{root}search.json",
            "service-desc": to(f"{root}opensearch.xml", "application/opensearchdescription+xml"),
            "service-doc": to(f"{root}search", "text/html"),
        },
    ]
    headers = {
        "Cache-Control": "max-age=3600",
        "Content-Type": f'application/linkset+json; profile="{_PROFILE}"',
        "Link": f'<{root}.well-known/api-catalog>; rel="api-catalog"',
    }
    return Response(json.dumps({"linkset": told}, indent=1).encode(), headers=headers)
