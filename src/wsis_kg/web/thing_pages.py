"""The pages about things: each noun has a template of its own; all of them show a description and nothing else."""

import json
from collections import Counter
from typing import Any, Final
from urllib.parse import quote, urlencode

from markupsafe import Markup

from wsis_kg.engine.formats import DOCUMENT_FORMATS
from wsis_kg.names import GRAPH, NOUNS
from wsis_kg.views.register import ID, Register

from .descriptions import LICENCE, Description
from .page import Pages
from .shown import Shown

_TEMPLATES: Final = {
    "document": "document",
    "passage": "passage",
    "mandate": "claim",
    "line": "claim",
    "figure": "claim",
    "difference": "difference",
    "body": "actor",
    "constituency": "actor",
    "post": "actor",
    "person": "actor",
    "event": "event",
    "session": "event",
    "output": "output",
}
"""The template of each noun; all others are concepts."""
_NOUN_TITLES: Final = {"line": "Reporting line", "goal": "Goal", "scheme": "List of concepts"}
_PLURALS: Final = {"line": "Reporting lines", "person": "Persons"}
_SUFFIXES: Final = {"turtle": "ttl", "jsonld": "jsonld", "rdfxml": "rdf", "ntriples": "nt", "trig": "trig"}
_LONGEST_DESCRIPTION: Final = 200


_SCHEMA_ORG: Final = {
    "document": "CreativeWork",
    "passage": "CreativeWork",
    "body": "Organization",
    "person": "Person",
    "event": "Event",
    "session": "Event",
}
"""What schema.org has a class for; all others are a DefinedTerm of this graph."""


class ThingPages:
    """Renders descriptions as HTML."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def list(self, noun: str, register: Register) -> bytes:
        """Everything of one noun, by name; of documents, those whose passages are here come first."""
        encoded = {entry.document for entry in register.entries.values() if entry.document}
        things = sorted(
            (entry for entry in register.entries.values() if entry.noun == noun),
            key=lambda entry: (entry.iri not in encoded, register.name(entry.iri).lower(), entry.iri),
        )
        counts = Counter(entry.noun for entry in register.entries.values())
        return self._pages.render(
            "things/list.html",
            root="../",
            title=_plural(noun),
            things=[
                (register.name(entry.iri), register.home(entry.iri)[0], ", ".join(entry.abbreviations))
                for entry in things
            ],
            others=[(other, counts[other]) for other in NOUNS if other != noun and counts[other]],
        )

    def page(self, description: Description, query: str, root_address: str) -> bytes:
        """The page about a thing, with ``query`` as the SPARQL behind it; ``root_address`` is where the site stands.

        Links are relative, so that the page works on any host and under any path.
        """
        shown = Shown(description.neighbourhood, description.register)
        entry = description.entry
        content: dict[str, Any] = {
            "it": entry,
            "this": entry.iri,
            "n": description.neighbourhood,
            "r": description.register,
            "page": shown,
            "noun": _NOUN_TITLES.get(entry.noun, entry.noun.replace("-", " ").capitalize()),
            "name": description.register.name(entry.iri),
            "summary": _summary(description),
            "linked_data": _linked_data(description, root_address),
            "version": description.version,
            "licence": LICENCE,
            "query": query,
            "query_address": f"{shown.root}sparql?{urlencode({'query': query})}",
            "address": root_address + quote(f"doc/{entry.iri.removeprefix(ID)}"),
            "twins": [(one.title, f"{entry.slug}.{_SUFFIXES[one.name]}", one.media_type) for one in DOCUMENT_FORMATS],
            "graphs": [graph.removeprefix(GRAPH) for graph in sorted(description.neighbourhood.graphs)],
        }
        template = f"things/{_TEMPLATES.get(entry.noun, 'concept')}.html"
        return self._pages.render(template, root=shown.root, **content)


def _linked_data(description: Description, root_address: str) -> Markup:
    """The page for search engines: a WebPage about the thing, in the words of schema.org."""
    entry, register = description.entry, description.register
    thing: dict[str, Any] = {
        "@type": _SCHEMA_ORG.get(entry.noun, "DefinedTerm"),
        "@id": entry.iri,
        "name": register.name(entry.iri),
    }
    if entry.abbreviations or entry.also:
        thing["alternateName"] = [*entry.abbreviations, *entry.also]
    if entry.symbol:
        thing["identifier"] = entry.symbol
    if entry.document:
        thing["isPartOf"] = {"@type": "CreativeWork", "@id": entry.document, "name": register.name(entry.document)}
    page = {
        "@context": "https://schema.org/",
        "@type": "WebPage",
        "url": root_address + quote(f"doc/{entry.iri.removeprefix(ID)}"),
        "name": register.name(entry.iri),
        "license": LICENCE,
        "version": description.version,
        "about": thing,
    }
    # No "<" in it: no name can end the element that it stands in.
    return Markup(json.dumps(page, ensure_ascii=False).replace("<", "\\u003c"))


def _plural(noun: str) -> str:
    name = noun.replace("-", " ").capitalize()
    if noun in _PLURALS:
        return _PLURALS[noun]
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _summary(description: Description) -> str:
    """One sentence for search engines and link previews, from what the page holds."""
    around, register, entry = description.neighbourhood, description.register, description.entry
    quotation = around.one(entry.iri, "quotation")
    if quotation is not None:
        text = f"{register.name(entry.iri)}: {quotation.text}"
    else:
        own = around.one(entry.iri, "text")
        mandates = len({m for m in around.of_class("Mandate") if around.one(m, "isStatedIn")})
        lines = len(around.of_class("ReportingLine"))
        text = f"{register.name(entry.iri)}: " + (
            own.text
            if own is not None
            else f"{mandates} mandates and {lines} reporting lines of the World Summit on the Information Society, "
            "each with the words that state it."
        )
    return text if len(text) <= _LONGEST_DESCRIPTION else text[: _LONGEST_DESCRIPTION - 1].rstrip() + "…"


