"""The rows of a query over all graphs as plain text, for the rooms of the workshop that only compare words."""

import pyoxigraph as ox

from wsis_kg.names import PREFIXES


def rows_of(store: ox.Store, query: str) -> list[dict[str, str]]:
    """Each row of a SELECT query as the lexical values of its IRIs and literals; what is unbound is absent."""
    found = store.query(query, prefixes=PREFIXES, use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    rows = []
    for row in found:
        terms = ((name, row[name]) for name in names)
        rows.append({name: t.value for name, t in terms if isinstance(t, ox.NamedNode | ox.Literal)})
    return rows
