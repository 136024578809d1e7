"""What follows from what was stated: one CONSTRUCT per inferred claim, run to a fixed point into a graph of its
own.
"""

from pathlib import Path

import pyoxigraph as ox

from wsis_kg.names import INFERRED, PREFIXES
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.problems import Problem, WorkshopError

_ROUNDS = 20


def infer(store: ox.Store, inputs: Inputs) -> dict[str, int]:
    """Add to ``graph/inferred`` all that ``ontology/rules/*.rq`` construct from the rest, until nothing new comes.

    A rule sees all graphs as one; what is already asserted is not inferred again, so that the two never mix. The
    rules named
    ``owl-*.rq`` are the OWL 2 RL rules whose consequences use our terms. Returns the number of statements that each
    rule was the first to
    give. Raises :class:`WorkshopError` for a rule that is no CONSTRUCT or does not come to rest.
    """
    graph = ox.NamedNode(INFERRED)
    rules = sorted((inputs.ontology / "rules").glob("*.rq"))
    given = dict.fromkeys((rule.stem for rule in rules), 0)
    # No rule reads a difference, so those rules run once, after the others have come to rest.
    last = [rule for rule in rules if rule.stem.startswith("difference-")]
    for _ in range(_ROUNDS):
        before = len(store)
        for rule in rules:
            if rule not in last:
                given[rule.stem] += _apply(rule, store, graph)
        if len(store) == before:
            for rule in last:
                given[rule.stem] += _apply(rule, store, graph)
            return given
    raise WorkshopError(
        [
            Problem(
                f"The rules give new statements after {_ROUNDS} rounds still.",
                file="ontology/rules",
                next_action="Look for a rule that makes new IRIs from what it made.",
            )
        ]
    )


def _apply(rule: Path, store: ox.Store, graph: ox.NamedNode) -> int:
    name = f"ontology/rules/{rule.name}"
    try:
        found = store.query(rule.read_text(encoding="utf-8"), prefixes=PREFIXES, use_default_graph_as_union=True)
    except SyntaxError as error:
        raise WorkshopError([Problem(f"This rule is no SPARQL: {error.msg}", file=name, line=error.lineno)]) from error
    if not isinstance(found, ox.QueryTriples):
        raise WorkshopError(
            [Problem("A rule is a CONSTRUCT query.", file=name, next_action="Begin it with CONSTRUCT.")]
        )
    new = [t for t in set(found) if not any(True for _ in store.quads_for_pattern(t.subject, t.predicate, t.object))]
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object, graph) for t in new)
    return len(new)
