"""The pages about things: each noun has a template of its own; all of them show a description and nothing else."""

import json
import re
from collections import Counter
from typing import Any, Final
from urllib.parse import quote, urlencode

from markupsafe import Markup

from wsis_kg.citation import LICENCE
from wsis_kg.engine.formats import DOCUMENT_FORMATS
from wsis_kg.names import BASE, GRAPH, NOUNS, VOID
from wsis_kg.views.register import ID, Entry, Register

from .brief import Brief
from .descriptions import Description
from .further import FurtherQuestions
from .headlines import sentence, title
from .offers import DOCUMENT_SUFFIXES
from .page import Pages
from .shown import Shown
from .speaking import language_mark, spoken
from .thing_figures import NONE, Figures

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
_ACTORS: Final = ("body", "constituency", "post", "person")
_NOUN_TITLES: Final = {"line": "Reporting line", "goal": "Goal", "scheme": "List of concepts"}
_NUMBER: Final = re.compile(r"(\d+)")
_PLURALS: Final = {"line": "Reporting lines", "person": "Persons"}


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
        self._further = FurtherQuestions()

    def list(self, noun: str, register: Register) -> bytes:
        """Everything of one noun, by name; of documents, those whose passages are here stand apart and first."""
        register = register.in_language(spoken())
        encoded = {entry.document for entry in register.entries.values() if entry.document}
        things = sorted(
            (entry for entry in register.entries.values() if entry.noun == noun),
            key=lambda entry: _place(entry, register),
        )
        parts = [("", things)]
        if noun == "document":
            here = [entry for entry in things if entry.iri in encoded]
            cited = [entry for entry in things if entry.iri not in encoded]
            parts = [("Read paragraph by paragraph", here), ("Named by these, and not read yet", cited)]
        return self._pages.render(
            "things/list.html",
            root="../",
            title=_plural(noun),
            count=len(things),
            parts=[
                (
                    title,
                    [
                        (
                            register.name(entry.iri),
                            "#".join(filter(None, register.home(entry.iri))),
                            _short(entry),
                            language_mark(register, entry.iri),
                        )
                        for entry in some
                    ],
                )
                for title, some in parts
                if some
            ],
            others=[one for one in _kinds(register) if one[0] != noun],
        )

    def kinds(self, register: Register) -> bytes:
        """All kinds of things, with how many there are."""
        return self._pages.render(
            "things/kinds.html", kinds=[(noun, _plural(noun), count) for noun, count in _kinds(register)]
        )

    def page(
        self,
        description: Description,
        query: str,
        root_address: str,
        *,
        day: str,
        figures: Figures = NONE,
        **more: Any,
    ) -> bytes:
        """The page about a thing, with ``query`` as the SPARQL behind it; ``root_address`` is where the site stands,
        ``day`` the one on which the version was published, empty where nobody said it; ``more`` is what its template
        needs besides.

        ``figures`` are those that it has. Links are relative, so that the page works on any host and under any path.
        """
        shown = Shown(description.neighbourhood, description.register.in_language(spoken()))
        entry = description.entry
        shown.anchors_claims = entry.noun != "document"
        noun = _NOUN_TITLES.get(entry.noun, entry.noun.replace("-", " ").capitalize())
        brief = Brief(description.neighbourhood, description.register, shown) if entry.noun in _ACTORS else None
        summary = sentence(description, noun, shown, brief)
        crumbs = _crumbs(description)
        content: dict[str, Any] = {
            "brief": brief,
            "figures": figures,
            "further": self._further.about(entry.noun, entry.iri),
            "crumbs": crumbs,
            "it": entry,
            "this": entry.iri,
            "n": description.neighbourhood,
            "r": description.register,
            "page": shown,
            "noun": noun,
            "title": title(description, noun),
            "name": description.register.in_language(spoken()).name(entry.iri),
            "english": description.register.name(entry.iri),
            "summary": summary,
            "linked_data": _linked_data(description, root_address, summary, crumbs),
            "version": description.version,
            "day": day,
            "versioned": f"{BASE}version/{description.version}/doc/{entry.iri.removeprefix(ID)}",
            "licence": LICENCE,
            "query": query,
            "query_address": f"{shown.root}sparql?{urlencode({'query': query})}",
            "answers": [
                (title, f"{shown.root}sparql?{urlencode({'query': query, 'format': name})}")
                for title, name in (("JSON", "json"), ("CSV", "csv"))
            ],
            "address": root_address + quote(f"doc/{entry.iri.removeprefix(ID)}"),
            "twins": [
                (one.title, f"{entry.slug}.{DOCUMENT_SUFFIXES[one]}", one.media_type) for one in DOCUMENT_FORMATS
            ],
            "graphs": [
                (graph.removeprefix(GRAPH), _source(graph, description.register))
                for graph in sorted(description.neighbourhood.graphs)
            ],
        }
        template = f"things/{_TEMPLATES.get(entry.noun, 'concept')}.html"
        return self._pages.render(template, root=shown.root, **content, **more)


def _crumbs(description: Description) -> list[tuple[str, str]]:
    """What the page stands under, from the start page down: names, and paths from there."""
    entry, register = description.entry, description.register
    above = [entry.passage, entry.document or entry.body]
    if entry.passage and entry.passage in register.entries:
        above[1] = register.entries[entry.passage].document
    noun = "document" if above[1].startswith(f"{ID}document/") else "body" if above[1] else entry.noun
    steps = [("wsis-kg", ""), (_plural(noun), f"doc/{noun}")]
    return [*steps, *((register.short(iri), register.home(iri)[0]) for iri in reversed(above) if iri)]


def _linked_data(
    description: Description, root_address: str, summary: str, crumbs: list[tuple[str, str]]
) -> Markup:
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
        "description": summary,
        "inLanguage": "en",
        "license": LICENCE,
        "version": description.version,
        "isPartOf": {"@type": "Dataset", "@id": f"{VOID}#dataset", "name": "wsis-kg", "url": root_address},
        "breadcrumb": {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "name": name, "item": root_address + quote(path)}
                for place, (name, path) in enumerate(crumbs, 1)
            ],
        },
        "about": thing,
    }
    # No "<" in it: no name can end the element that it stands in.
    return Markup(json.dumps(page, ensure_ascii=False).replace("<", "\\u003c"))


def _plural(noun: str) -> str:
    name = noun.replace("-", " ").capitalize()
    if noun in _PLURALS:
        return _PLURALS[noun]
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _kinds(register: Register) -> list[tuple[str, int]]:
    counts = Counter(entry.noun for entry in register.entries.values())
    return [(noun, counts[noun]) for noun in NOUNS if counts[noun]]


def _short(entry: Entry) -> str:
    return ", ".join(entry.abbreviations)


def _place(entry: Entry, register: Register) -> tuple[Any, ...]:
    """What is said in a document stands as it does there, all else by name."""
    passage = register.entries.get(entry.passage, entry)
    where = (register.short(passage.document), int(passage.order or 0)) if passage.document else ("", 0)
    return (*where, _by_number(register.name(entry.iri)), entry.iri)


def _by_number(name: str) -> list[tuple[int, str]]:
    """Orders names as people do: ¶37 before ¶100."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBER.split(name.lower())]


def _source(graph: str, register: Register) -> str:
    """What a named graph is called: a document, or one of our own files."""
    document = register.find("document", graph.removeprefix(GRAPH))
    return f"graph “{graph.removeprefix(GRAPH)}”" if document is None else register.short(document.iri)
