"""Which other endpoints a query may call with SERVICE: those that whoever runs the server has listed, and no other.

pyoxigraph calls them by POST, follows no redirection, reads no proxy from the environment, and takes no user name in
an IRI [tried with 0.5.13]; what it does not bound, the time, is bounded by the worker that can be killed.
"""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import pyoxigraph as ox

from .problems import EvaluationFailed, ServiceFailed, ServiceForbidden, UnknownFunction
from .query_text import find_service, place

_DOTS: Final = re.compile(r"/\.{1,2}(?:/|$)")
_LONGEST_REASON: Final = 200


def check_endpoint(iri: str) -> str:
    """The IRI itself, if it can stand in the list: absolute, http or https, and the same after resolving it.

    Raises ValueError with a sentence.
    """
    try:
        parts = urlsplit(ox.NamedNode(iri).value)
        known = iri.startswith(("http://", "https://")) and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ValueError(f"“{iri}” is not the absolute IRI of an endpoint, such as https://example.org/sparql.")
    if parts.username is not None or parts.fragment or _DOTS.search(parts.path):
        raise ValueError(f"“{iri}” has a user name, a fragment, or “.” or “..” in its path, which is never called.")
    return iri


def refuse_services(text: str, allowed: Sequence[str]) -> None:
    """Raises ServiceForbidden if pyoxigraph could read a call in the text of any endpoint that is not allowed."""
    position = find_service(text, allowed)
    if position is None:
        return
    line, column = place(text, position)
    if allowed:
        listed = ", ".join(f"<{iri}>" for iri in allowed)
        sentence = f"SERVICE is refused here but for {listed}."
        hint = "Write the endpoint out as it stands in this list, in angle brackets: no variable, no prefix."
    else:
        sentence = "SERVICE is refused: this endpoint asks no other one."
        hint = "Ask the other endpoint yourself, and join the results; or call this one from there."
    raise ServiceForbidden(
        sentence,
        line=line,
        column=column,
        token=text[position : position + len("service")],
        hint=hint,
        members={"allowed_services": list(allowed)} if allowed else None,
    )


def evaluation_problem(error: Exception, *, calls: bool) -> UnknownFunction | ServiceFailed | EvaluationFailed:
    """What went wrong while pyoxigraph evaluated a query; ``calls``: it calls services, so that is the cause."""
    if "custom function" in str(error) or "custom aggregate" in str(error):
        return UnknownFunction(f"{error}.", hint="Only the functions of SPARQL and GeoSPARQL are known here.")
    if not calls:
        return EvaluationFailed(f"The engine could not finish this query: {error}.")
    # The rest may be a whole page of the other server.
    reason = (str(error).splitlines() or [""])[0].removesuffix(" with payload:").removesuffix(".")[:_LONGEST_REASON]
    return ServiceFailed(
        f"A service that this query calls did not answer as it should: {reason}.",
        hint="Try it again later; with SERVICE SILENT the query goes on without the answer.",
    )
