"""Files in, dataset out: each Turtle file becomes one named graph."""

import pyoxigraph as ox

from wsis_kg.names import GRAPH, PREFIXES
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.problems import Problem, WorkshopError


def graph_name(file: str) -> ox.NamedNode:
    """The named graph of a file: the base of graphs and the file's stem."""
    return ox.NamedNode(GRAPH + file.rsplit("/", 1)[-1].removesuffix(".ttl"))


def load(inputs: Inputs) -> ox.Store:
    """Load ontology and data, one named graph per file.

    Raises :class:`WorkshopError` with every file that is no Turtle (file, line, column and the offending text),
    that holds a blank node,
    or that shares its stem with another, so that two sources would run into one graph.
    """
    store = ox.Store()
    problems: list[Problem] = []
    stems: dict[str, str] = {}
    for name, path in inputs.graph_files():
        graph = graph_name(name)
        if graph.value in stems:
            problems.append(
                Problem(
                    f"This file and {stems[graph.value]} would become the same named graph.",
                    file=name,
                    next_action="Rename one of the two.",
                )
            )
            continue
        stems[graph.value] = name
        text = path.read_bytes()
        try:
            quads = [
                ox.Quad(t.subject, t.predicate, t.object, graph) for t in ox.parse(text, format=ox.RdfFormat.TURTLE)
            ]
        except SyntaxError as error:
            problems.append(_syntax_problem(name, text, error))
            continue
        problems += _blank_nodes(name, quads) if name.startswith("data/") else []
        store.bulk_extend(quads)
    if problems:
        raise WorkshopError(problems)
    if not len(store):
        raise WorkshopError([Problem("There is no Turtle file to build from.", file=str(inputs.data))])
    return store


def _syntax_problem(name: str, text: bytes, error: SyntaxError) -> Problem:
    lines = text.decode("utf-8", errors="replace").split("\n")
    line, column = error.lineno or 1, error.offset or 1
    offending = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    reason = str(error.msg).split(": ", 1)[-1]
    return Problem(
        f"This is not Turtle: {reason} Here: {offending[:120]!r}",
        file=name,
        line=line,
        column=column,
        next_action="Correct the line and run the command again.",
    )


def _blank_nodes(name: str, quads: list[ox.Quad]) -> list[Problem]:
    for quad in quads:
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode):
            return [
                Problem(
                    "Data has no blank nodes, because nobody could cite them.",
                    file=name,
                    subject=str(quad.predicate),
                    next_action="Give the thing an IRI.",
                )
            ]
    return []


def short(iri: str) -> str:
    """An IRI as people write it, with a prefix where there is one."""
    best = max(
        ((p, ns) for p, ns in PREFIXES.items() if iri.startswith(ns)), key=lambda pair: len(pair[1]), default=None
    )
    return f"{best[0]}:{iri[len(best[1]) :]}" if best else f"<{iri}>"


def lines_of(store: ox.Store) -> list[bytes]:
    """The dataset as sorted N-Quads lines: the same statements always give the same bytes.

    The ontology's lists of disjoint classes are blank nodes; they are named by RDFC-1.0 (RDF Dataset Canonicalization),
    because a parser names them by chance.
    """
    dataset = ox.Dataset(iter(store))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    text = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS)
    assert text is not None
    return sorted(text.splitlines(keepends=True))
