"""What others call a thing, and the identifiers they give it: each with the sources that say so."""

from dataclasses import dataclass, field
from typing import Final

from wsis_kg.names import PREFIXES
from wsis_kg.views.languages import OFFICIAL, direction, primary, title

from .naming import Named

_SCHEMES: Final = PREFIXES["identifier-kind"]
_ABBREVIATED: Final = PREFIXES["naming-kind"] + "abbreviated"
_ADDRESSES: Final = {
    "wikidata": "https://www.wikidata.org/wiki/",
    "ror": "https://ror.org/",
    "un-digital-library": "https://digitallibrary.un.org/record/",
    "unbis": "http://metadata.un.org/thesaurus/",
}
"""Where a scheme has a page for each identifier."""


@dataclass
class OtherName:
    """A name in one language, and the claims that give it."""

    text: str
    tag: str
    claims: list[str] = field(default_factory=list)

    @property
    def language(self) -> str:
        """The language, in English."""
        return title(self.tag)

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``."""
        return direction(self.tag)


@dataclass
class Identifier:
    """An identifier in one scheme, where it leads (empty: nowhere), and the claims that give it; ``disputed`` where
    another source gives another.
    """

    scheme: str
    text: str
    address: str
    claims: list[str] = field(default_factory=list)
    disputed: bool = False


class KnownAs(Named):
    """The names and identifiers that sources give the thing of a page."""

    def language(self, tag: str) -> str:
        """What the language of a tag is called."""
        return title(tag)

    def direction(self, tag: str) -> str:
        """The direction in which the language of a tag is written."""
        return direction(tag)

    def other_names(self) -> list[OtherName]:
        """Its names in the order of the languages, in full before short ones; a name of several sources stands once."""
        found: dict[tuple[int, str, bool, str], OtherName] = {}
        around = self._around
        order = list(OFFICIAL)
        for claim in around.those("isNameOf"):
            name, kind = around.one(claim, "name"), around.one(claim, "kind")
            if name is None:
                continue
            language = primary(name.language)
            place = order.index(language) if language in order else len(order)
            key = (place, name.language, kind is not None and kind.text == _ABBREVIATED, name.text)
            found.setdefault(key, OtherName(name.text, name.language)).claims.append(claim)
        return [found[key] for key in sorted(found)]

    def identifiers(self) -> list[Identifier]:
        """Its identifiers by scheme; one that several sources give stands once."""
        found: dict[tuple[str, str], Identifier] = {}
        around = self._around
        for claim in around.those("identifies"):
            kind, text = around.one(claim, "kind"), around.one(claim, "identifier")
            if kind is None or text is None:
                continue
            start = _ADDRESSES.get(kind.text.removeprefix(_SCHEMES), "")
            one = Identifier(kind.text, text.text, start and start + text.text)
            found.setdefault((kind.text, text.text), one).claims.append(claim)
        for one in found.values():
            # Two codes of one source are two codes; two sources that each give another disagree.
            rivals = [other for other in found.values() if other.scheme == one.scheme and other is not one]
            one.disputed = any(set(self._documents(other)) - set(self._documents(one)) for other in rivals)
        return [found[key] for key in sorted(found, key=lambda key: (self.name(key[0]).lower(), key[1]))]

    def _documents(self, identifier: Identifier) -> list[str]:
        return [self.document_of(claim) for claim in identifier.claims]
