"""The title and the one sentence by which search engines and link previews show the page about a thing."""

from typing import Final

from .brief import Brief
from .descriptions import Description
from .shown import Shown

_LONGEST_TITLE: Final = 90
_LONGEST_SENTENCE: Final = 200
_SUMMIT: Final = "the World Summit on the Information Society"


def title(description: Description, noun: str) -> str:
    """What the page is about, with a word more where the name alone would not say it. ``noun`` as people read it."""
    entry, register = description.entry, description.register
    name = register.name(entry.iri)
    if entry.noun == "document" and entry.symbol and entry.symbol not in name:
        name = f"{entry.symbol}: {name.partition(': ')[2] or name}"
    elif entry.noun == "passage":
        above = description.neighbourhood.one(entry.iri, "isUnder")
        heading = register.entries[above.text].label if above is not None and above.text in register.entries else ""
        name = f"{name}: {heading}" if heading and not entry.label else name
    elif entry.noun in ("body", "constituency", "post", "person"):
        short = [one for one in entry.abbreviations if one not in name]
        name = f"{name} ({short[0]})" if short else name
        name = f"{name}: what it is asked and reports" if entry.noun in ("body", "constituency") else f"{name}: {noun}"
    elif entry.noun not in ("document", "mandate", "line", "figure", "output", "event", "session"):
        name = f"{name}: {noun.lower()}"
    return shortened_to(name, _LONGEST_TITLE)


def sentence(description: Description, noun: str, page: Shown, brief: Brief | None) -> str:
    """What the page holds, from what it holds."""
    around, register, entry = description.neighbourhood, description.register, description.entry
    name = register.name(entry.iri)
    quotation = around.one(entry.iri, "quotation")
    definition = around.one(entry.iri, "skos:definition") or around.one(entry.iri, "text")
    passages = len(around.those("isPartOf"))
    if quotation is not None:
        said = f"{name}: {quotation.text}"
    elif definition is not None:
        said = f"{name}, {noun.lower()}: {definition.text} Where documents of {_SUMMIT} use it."
    elif brief is not None:
        presumed = page.presumed(brief.reports)
        counts = [
            _counted(len(brief.asked), "mandate asks it", "mandates ask it"),
            _counted(len(brief.reports) - len(presumed), "report is due from it", "reports are due from it"),
            _counted(len(presumed), "report is inferred to be due from it", "reports are inferred to be due from it"),
            _counted(len(brief.reported), "report is made to it", "reports are made to it"),
        ]
        told = ", ".join(one for one in counts if one) or "what the documents say of it"
        said = f"{name} in the documents of {_SUMMIT}: {told}; each with its words."
    elif passages:
        mandates = sum(len(around.stated_in(one, "Mandate")) for one in around.those("isPartOf"))
        asks = _counted(mandates, "mandate", "mandates")
        told = f"{asks}, with whom each asks and by when" if asks else "what it says, one by one"
        said = f"{shortened_to(name, 100)}, {_counted(passages, 'passage', 'passages')}: {told}."
    elif entry.passage:
        said = f"{name}: {page.in_one_line(entry.iri)}"
    elif entry.noun == "passage":
        own = [one.text for claim in page.as_printed(around.stated_in(entry.iri)) for one in around.all(claim, "text")]
        said = f"{name}, in our words: {'; '.join(own)}" if own else f"{name}: where it stands, and what it names."
    else:
        said = f"{name}: {noun.lower()} in the documents of {_SUMMIT}; where they say so, and in which words."
    return shortened_to(" ".join(said.split()), _LONGEST_SENTENCE)


def shortened_to(text: str, most: int) -> str:
    """The text, cut at a word where it is longer than ``most`` characters."""
    if len(text) <= most:
        return text
    return text[: most - 1].rpartition(" ")[0].rstrip(" ,;:") + "…"


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}" if count else ""
