"""The search index: names, words of the documents and our own words, in SQLite's full-text index, in memory.

Ranked by BM25 (https://sqlite.org/fts5.html, section 5.1.1), a name counting more than words, and words of a document
more than ours; what people look up by itself comes before what only mentions it.
"""

import re
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from wsis_kg.names import NOUNS, PREFIXES

from .register import ID, SHOWN_WITH_PASSAGE, Entry, Register

MARK_START: Final = "\x02"
MARK_END: Final = "\x03"
"""Around each word found in a snippet; they occur in no text of the data."""
_WEIGHTS: Final = "0.0, 0.0, 12.0, 3.0, 2.0"
_FIRST: Final = {
    "body": 3.0,
    "document": 3.0,
    "session": 2.0,
    "event": 2.0,
    "constituency": 2.0,
    "post": 2.0,
    "output": 2.0,
    "mandate": 0.7,
    "line": 0.7,
    # “road map” means one, and not the kind.
    **{noun: 0.2 for noun in NOUNS if noun.endswith("-kind")},
}
_WORD: Final = re.compile(r"\w+", re.UNICODE)
_PARAGRAPH: Final = re.compile(
    r"^(?P<symbol>.*?\d.*?|.*?[a-z].*?)[\s,]*(?:paragraphs?|paras?\.?|§|¶|row|op)\s*(?P<number>\d+)$", re.IGNORECASE
)
_SAID_BEFORE: Final = re.compile(
    r"^(?:the\s+)?(?:un\s+)?(?:general assembly\s+|ga\s+|economic and social council\s+|ecosoc\s+)?"
    r"(?:resolution|res\.?|document|doc\.?)\s+",
    re.IGNORECASE,
)
_SHORTEST_PREFIX: Final = 2


@dataclass(frozen=True)
class Found:
    """One thing that fits: its IRI, the snippet with the words found between marks, and its rank (higher is better)."""

    iri: str
    snippet: str
    score: float


class SearchIndex:
    """All that can be found in one version of the dataset. Safe to use from several threads."""

    def __init__(self, register: Register, texts: Iterable[Mapping[str, str]]) -> None:
        """``texts`` are the rows of ``queries/pages/texts.rq``. Claims without a page are found at their passage."""
        self._register = register
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute(
            "CREATE VIRTUAL TABLE things USING fts5(iri UNINDEXED, noun UNINDEXED, names, words, ours, "
            "tokenize='porter unicode61 remove_diacritics 2')"
        )
        words: dict[str, dict[str, None]] = {}
        ours: dict[str, dict[str, None]] = {}
        for row in texts:
            holder = self._holder(row["thing"])
            (words if row["whose"] == "document" else ours).setdefault(holder, {})[row["text"]] = None
        rows = [
            (entry.iri, entry.noun, self._names(entry), _joined(words, entry.iri), _joined(ours, entry.iri))
            for entry in register.entries.values()
            if entry.noun not in SHOWN_WITH_PASSAGE and entry.noun != "difference"
        ]
        self._database.executemany("INSERT INTO things VALUES (?, ?, ?, ?, ?)", rows)
        self._exact = self._exact_names()

    def _holder(self, iri: str) -> str:
        entry = self._register.entries.get(iri)
        return entry.passage if entry is not None and entry.noun in SHOWN_WITH_PASSAGE else iri

    def _names(self, entry: Entry) -> str:
        names = [self._register.name(entry.iri), *entry.every_name, entry.symbol]
        return " | ".join(dict.fromkeys(name for name in names if name))

    def _exact_names(self) -> dict[str, str]:
        """What leads straight to a thing: its IRI, ``noun:slug``, its symbol in full or without the organ."""
        exact: dict[str, str] = {}
        ambiguous: set[str] = set()
        for entry in self._register.entries.values():
            keys = [entry.iri, f"{entry.noun}:{entry.slug}"]
            if entry.symbol:
                keys += [entry.symbol, re.sub(r"^[AE]/RES/", "", entry.symbol)]
            if entry.noun == "document":
                keys.append(entry.slug)
            for key in keys:
                if exact.setdefault(key.lower(), entry.iri) != entry.iri:
                    ambiguous.add(key.lower())
        return {key: iri for key, iri in exact.items() if key not in ambiguous}

    def straight(self, text: str) -> str | None:
        """The thing that the text names beyond doubt: an IRI, a symbol, a symbol and a paragraph; else None."""
        key = text.strip().strip("<>").lower()
        key = re.sub(r"^https?://[^/]+/(?:.*/)?(?=(?:id|doc)/)(?:id|doc)/", ID, key).removesuffix(".html")
        found = self._exact.get(key) or self._exact.get(_SAID_BEFORE.sub("", key))
        if found is not None:
            return found
        document, number = self._paragraph(key)
        numbered = self._numbered(document, number)
        kinds = [PREFIXES["passage-kind"] + kind for kind in ("paragraph", "row")]
        best = [iri for iri in numbered if self._register.entries[iri].kind in kinds] or numbered
        return best[0] if len(best) == 1 else None

    def without(self, text: str) -> tuple[str, str] | None:
        """The document that the text names and the number of a passage that is not there; None where there is one, or
        no document is named with a number.
        """
        document, number = self._paragraph(text.strip().lower())
        return None if not document or self._numbered(document, number) else (document, number)

    def _paragraph(self, key: str) -> tuple[str, str]:
        """The document and the number that a text such as "80/173 para 67" names; both empty where it names none."""
        found = _PARAGRAPH.match(key)
        if found is None:
            return "", ""
        symbol = _SAID_BEFORE.sub("", found["symbol"].strip(" ,"))
        document = self._exact.get(symbol) or self._named(symbol)
        return (document, found["number"]) if document else ("", "")

    def _numbered(self, document: str, number: str) -> list[str]:
        return [
            entry.iri
            for entry in self._register.entries.values()
            if document and entry.document == document and entry.number == number and entry.noun == "passage"
        ]

    def _named(self, text: str) -> str | None:
        named = [
            entry.iri
            for entry in self._register.entries.values()
            if entry.noun == "document" and text in (name.lower() for name in (entry.label, *entry.abbreviations))
        ]
        return named[0] if len(named) == 1 else None

    def find(self, text: str, nouns: Iterable[str] = (), most: int = 50) -> list[Found]:
        """What fits all the words, the last as a beginning; if nothing does, what fits any of them. Best first.

        ``nouns`` restricts it to things of these nouns.
        """
        tokens = [token for token in _WORD.findall(text.lower()) if token][:16]
        if not tokens:
            return []
        wanted = [noun for noun in nouns if noun in NOUNS]
        quoted = [f'"{token}"' for token in tokens]
        if len(tokens[-1]) >= _SHORTEST_PREFIX:
            quoted[-1] = f"({quoted[-1]} OR {quoted[-1]}*)"
        for joint in (" AND ", " OR "):
            found = self._ranked(joint.join(quoted), wanted, most, text.strip().lower())
            if found:
                return found
        return []

    def _ranked(self, match: str, nouns: list[str], most: int, whole: str) -> list[Found]:
        among = f" AND noun IN ({', '.join('?' * len(nouns))})" if nouns else ""
        query = (
            f"SELECT iri, noun, -bm25(things, {_WEIGHTS}), "
            "snippet(things, -1, char(2), char(3), '…', 24) "
            f"FROM things WHERE things MATCH ?{among} ORDER BY bm25(things, {_WEIGHTS}) LIMIT 401"
        )
        with self._lock:
            rows = self._database.execute(query, [match, *nouns]).fetchall()
        found = [
            Found(iri, snippet, (score + self._lift(iri, whole)) * _FIRST.get(noun, 1.0))
            for iri, noun, score, snippet in rows
        ]
        return sorted(found, key=lambda one: (-one.score, one.iri))[:most]

    def _lift(self, iri: str, whole: str) -> float:
        """A name that is the whole text, or begins with it, is what was meant."""
        entry = self._register.entries[iri]
        names = [name.lower() for name in (entry.label, entry.symbol, *entry.every_name) if name]
        if whole in names:
            return 60.0
        return 12.0 if any(name.startswith(whole) for name in names) else 0.0


def _joined(texts: Mapping[str, Mapping[str, None]], iri: str) -> str:
    return " … ".join(texts.get(iri, ()))
