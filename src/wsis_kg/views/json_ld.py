"""JSON-LD as people write it: one node a subject, short names, and the context that explains them (JSON-LD 1.1)."""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final

from wsis_kg.names import BASE, NOUNS, ONTOLOGY, PREFIXES

from .neighbourhood import Value

_RDF_TYPE: Final = PREFIXES["rdf"] + "type"
_STRING: Final = PREFIXES["xsd"] + "string"
_LABELS: Final = {"prefLabel": PREFIXES["skos"] + "prefLabel", "altLabel": PREFIXES["skos"] + "altLabel"}
_THINGS: Final = BASE + "id/"
_NAMESPACES: Final = {prefix: iri for prefix, iri in PREFIXES.items() if prefix and prefix not in NOUNS}
"""Without those of our nouns: ``line`` and ``verb`` are also properties, and things are short by the base already."""
_INTEGER: Final = PREFIXES["xsd"] + "integer"
_NATIVE: Final = re.compile("0|-?[1-9][0-9]{0,14}")
"""What is the same integer to every reader of JSON; a longer number may be read as xsd:double."""


def context(links: Collection[str]) -> dict[str, Any]:
    """The context: our terms need no prefix, and those of our properties that lead to things (``links``, their local
    names) take an IRI as plain text.
    """
    return {
        "@version": 1.1,
        "@base": _THINGS,
        "@vocab": ONTOLOGY + "#",
        **_NAMESPACES,
        **{name: {"@id": iri} for name, iri in _LABELS.items()},
        **{name: {"@type": "@id"} for name in sorted(links)},
    }


def compact(triples: Iterable[tuple[str, str, Value]], links: Collection[str]) -> bytes:
    """A JSON-LD document of these triples, which hold no blank nodes; the first subject's node comes first."""
    nodes: dict[str, dict[str, list[Any]]] = {}
    for subject, predicate, value in triples:
        node = nodes.setdefault(subject, defaultdict(list))
        if predicate == _RDF_TYPE:
            node["@type"].append(_term(value.text))
        else:
            name = _property(predicate)
            node[name].append(_object(value, coerced=name in links))
    graph = [
        {"@id": _short(subject), **{name: values[0] if len(values) == 1 else values for name, values in node.items()}}
        for subject, node in nodes.items()
    ]
    document = {"@context": context(links), "@graph": graph}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _object(value: Value, *, coerced: bool) -> Any:
    if value.is_thing:
        return _short(value.text) if coerced else {"@id": _short(value.text)}
    if value.language:
        return {"@value": value.text, "@language": value.language}
    if value.datatype in ("", _STRING):
        return {"@value": value.text} if coerced else value.text
    if value.datatype == _INTEGER and _NATIVE.fullmatch(value.text):
        return int(value.text)
    return {"@value": value.text, "@type": _short(value.datatype)}


def _property(iri: str) -> str:
    labels = {iri: name for name, iri in _LABELS.items()}
    return labels.get(iri) or _term(iri)


def _term(iri: str) -> str:
    """A term of ours by its local name, any other IRI as a prefixed name."""
    return iri.removeprefix(ONTOLOGY + "#") if iri.startswith(ONTOLOGY + "#") else _short(iri)


def _short(iri: str) -> str:
    if iri.startswith(_THINGS):
        return iri.removeprefix(_THINGS)
    for prefix, namespace in _NAMESPACES.items():
        local = iri.removeprefix(namespace)
        if local and local != iri and "/" not in local:
            return f"{prefix}:{local}"
    return iri
