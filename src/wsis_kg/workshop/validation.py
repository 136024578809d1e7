"""What is wrong with the dataset: SHACL shapes node by node, and checks over the whole graph."""

import logging

import pyoxigraph as ox

from wsis_kg.names import PREFIXES
from wsis_kg.workshop.dataset import short
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.places import Places
from wsis_kg.workshop.problems import Problem, WorkshopError


def validate(store: ox.Store, inputs: Inputs) -> list[Problem]:
    """Every violation of ``shapes/*.ttl`` and every row of ``queries/checks/*.rq``, each as a sentence with
    file, line and subject.
    """
    found = [*shape_violations(store, inputs), *check_rows(store, inputs)]
    return sorted(set(found), key=lambda p: (p.file or "", p.line or 0, p.sentence))


def shape_violations(store: ox.Store, inputs: Inputs) -> list[Problem]:
    """SHACL validation (W3C Recommendation of 20 July 2017) of the asserted and inferred statements together.

    The ontology itself is data too here, for the shapes of the vocabulary. Raises :class:`WorkshopError` when a
    shapes file is no Turtle.
    """
    import rdflib  # both are slow to import and only needed here
    from pyshacl import validate as shacl
    from rdflib.namespace import RDF, SH

    shapes = rdflib.Graph()
    for path in sorted(inputs.shapes.glob("*.ttl")):
        try:
            shapes.parse(path)
        except Exception as error:  # rdflib raises a family of its own
            raise WorkshopError([Problem(f"This is not Turtle: {error}", file=f"shapes/{path.name}")]) from error
    if not len(shapes):
        return []
    data = rdflib.Graph()
    # rdflib logs a traceback for an ill-formed date; the shapes say it in a sentence.
    logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)
    triples = ox.serialize({ox.Triple(q.subject, q.predicate, q.object) for q in store}, format=ox.RdfFormat.N_TRIPLES)
    data.parse(data=triples or b"", format="nt")
    _, report, _ = shacl(data, shacl_graph=shapes, inference="none", inplace=True)
    assert isinstance(report, rdflib.Graph)
    problems = []
    places = Places(inputs)
    for result in report.subjects(RDF.type, SH.ValidationResult):
        focus = report.value(result, SH.focusNode)
        value, path_ = report.value(result, SH.value), report.value(result, SH.resultPath)
        message = str(report.value(result, SH.resultMessage) or "A shape is violated.")
        sentence = message if message.endswith((".", "?")) else message + "."
        if isinstance(path_, rdflib.URIRef):
            sentence += f" Property {short(str(path_))}" + (
                f", value {value.n3()[:100]}." if value is not None else "."
            )
        problems.append(places.problem(sentence, str(focus), "Correct the statement in the file."))
    return problems


def check_rows(store: ox.Store, inputs: Inputs) -> list[Problem]:
    """Each row of each check is a problem: ``?problem`` is the sentence, ``?subject`` and ``?next`` are optional.

    Raises :class:`WorkshopError` for a check that is no SELECT query with ``?problem``.
    """
    problems: list[Problem] = []
    places = Places(inputs)
    for path in sorted((inputs.queries / "checks").glob("*.rq")):
        name = f"queries/checks/{path.name}"
        try:
            rows = store.query(path.read_text(encoding="utf-8"), prefixes=PREFIXES, use_default_graph_as_union=True)
        except SyntaxError as error:
            raise WorkshopError(
                [Problem(f"This check is no SPARQL: {error.msg}", file=name, line=error.lineno)]
            ) from error
        if not isinstance(rows, ox.QuerySolutions) or "problem" not in {v.value for v in rows.variables}:
            raise WorkshopError([Problem("A check is a SELECT query that gives ?problem.", file=name)])
        variables = {v.value for v in rows.variables}
        for row in rows:
            subject = row["subject"] if "subject" in variables else None
            step = _text(row["next"]) if "next" in variables and row["next"] is not None else None
            sentence = _text(row["problem"])
            problems.append(
                Problem(sentence, next_action=step)
                if subject is None
                else places.problem(sentence, _text(subject), step)
            )
    return problems


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal | ox.BlankNode) else str(term)
