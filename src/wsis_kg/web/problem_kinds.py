"""/problem/<kind>: what each kind of problem means, for its IRI is the ``type`` of the errors that we send (RFC 9457,
section 3.1.1, which wants it to lead to words for people).
"""

import json
from dataclasses import asdict, dataclass
from typing import Final

from starlette.responses import Response

from .negotiation import Offer, choose
from .offers import wants_page
from .page import HEADERS
from .problems import PROBLEMS, Refusal
from .rdf_resource import Asked, RdfResource, see_other


@dataclass(frozen=True)
class Kind:
    """One kind: the statuses that it comes with, what it means, and what to do next."""

    statuses: tuple[int, ...]
    meaning: str
    next_action: str


KINDS: Final = {
    "syntax": Kind((400,), "The text is no SPARQL 1.1 query, or no update.", "Mend it at the line and column told."),
    "request": Kind((400,), "A parameter is missing, is there twice, or has no such value.", "Read the sentence."),
    "bad-graph-name": Kind((400,), "A graph is named by something that is no absolute IRI.", "Write its whole IRI."),
    "graphs-named-twice": Kind(
        (400,), "An update names its graphs in the request and in its text.", "Nothing: updates are refused here."
    ),
    "unknown-function": Kind((400,), "The query calls a function that is not here.", "Use those of SPARQL 1.1."),
    "too-complex": Kind((400,), "The text is nested too deeply, or too long, for the engine.", "Divide it."),
    "memory": Kind((400,), "The query needs more memory than one may use.", "Join or sort less."),
    "too-large": Kind(
        (400, 413, 503), "The result, or what was sent, is larger than one may be.", "Ask for fewer rows, or send less."
    ),
    "read-only": Kind(
        (403, 405),
        "The data cannot be changed here: the graph is built from files that people have read against the documents.",
        "Propose a change to the files of the repository.",
    ),
    "service-forbidden": Kind((403,), "The query calls an endpoint (SERVICE) that is not allowed.", "Ask it there."),
    "http": Kind((403, 404, 405), "Nothing is here, or not for this method or client.", "Begin at the start page."),
    "unknown": Kind((404,), "There is no thing or version of this name.", "Search for it, or try a near name."),
    "unknown-graph": Kind((404,), "There is no such named graph.", "Take one of those listed."),
    "method": Kind((405,), "This method means nothing here.", "Use one of those in the header Allow."),
    "not-acceptable": Kind((406,), "The header Accept excludes all that can be sent.", "Accept one of those listed."),
    "not-writable": Kind((406,), "The result holds what this format cannot carry.", "Ask for another format."),
    "slow": Kind((408,), "The request did not come in time.", "Send it again."),
    "media-type": Kind((415,), "A body of this media type is not read.", "Send application/sparql-query or a form."),
    "charset": Kind((415,), "A body in this charset is not read.", "Send UTF-8."),
    "coding": Kind((415,), "A body that is compressed is not read.", "Send it plain."),
    "range": Kind((416,), "The file has no such part.", "Ask for a part that it has."),
    "rate-limited": Kind((429,), "The client sends more requests than one may.", "Wait as long as Retry-After says."),
    "internal": Kind((500, 503), "Something went wrong here; the fault is ours, and it is in the log.", "Try again."),
    "evaluation": Kind((500,), "The engine failed on a correct query; the fault is ours.", "Report the query."),
    "service-failed": Kind((502,), "An endpoint that the query calls did not answer.", "Try again, or without it."),
    "engine-failed": Kind((502,), "The service that evaluates the queries did not answer properly.", "Try again."),
    "engine-refused": Kind((502,), "The service that evaluates the queries refuses this one.", "Write it otherwise."),
    "incomplete": Kind((502,), "The service sent a part of the answer as the whole.", "Ask for fewer rows."),
    "timeout": Kind((503,), "The query was not done when its time was over.", "Ask for less, or more exactly."),
    "overloaded": Kind((503,), "All workers are busy.", "Wait as long as Retry-After says."),
    "cancelled": Kind((503,), "Whoever runs the server stopped the query.", "Ask for less."),
    "interrupted": Kind((503,), "The query was interrupted, and not by what it asks.", "Ask again."),
    "not-drawn": Kind((503,), "A diagram could not be laid out or painted in time.", "Take its rows, or choose less."),
    "engine-unreachable": Kind((503,), "The service that evaluates the queries cannot be reached.", "Try again later."),
    "engine-timeout": Kind((504,), "The service that evaluates the queries ran out of time.", "Ask for less."),
}
"""By the last part of the IRI, in the order of the statuses."""


class ProblemKinds(RdfResource):
    """The list of all kinds, and each of them: a page, or JSON."""

    async def answer(self, asked: Asked) -> Response:
        """Raises Refusal: 404 for no kind of ours, 406 where neither fits."""
        if asked.path.endswith("/"):
            return see_other(asked.root + asked.path.rstrip("/"))
        name = asked.path.removeprefix("problem").removeprefix("/")
        if name and name not in KINDS:
            sentence = f"No error of ours is of the kind “{name[:60]}”."
            raise Refusal(404, "unknown", "There is no such problem", sentence, hint=f"All are at {asked.root}problem.")
        shown = {name: KINDS[name]} if name else KINDS
        if wants_page(asked.accept):
            root = "../" if name else ""
            page = self.pages.render("problems.html", root=root, kinds=shown, name=name, iri=PROBLEMS + name)
            return Response(page, media_type="text/html", headers=HEADERS)
        if choose(asked.accept, [Offer("application/json", True)]) is None:
            raise Refusal(406, "not-acceptable", "Not in this format", "It is a page or JSON.")
        told = [{"type": PROBLEMS + one, **asdict(kind)} for one, kind in shown.items()]
        return Response(json.dumps(told[0] if name else told, indent=1), media_type="application/json")
