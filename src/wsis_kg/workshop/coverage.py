"""What no claim covers: names, numbers and acts of a source that no node or value of the graph is tied to.

A line is covered when all its words stand in a quotation, when every name and number in it stands inside the
printed words of a claim of its passages,
and when every sentence holds the printed words of a claim that is more than a mention. The furniture of the pages
is not content.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from wsis_kg.workshop.passages import Passage, read_passages
from wsis_kg.workshop.words import levelled

#: Page furniture: what a web page prints around its content.
FURNITURE = ("Sorry, you need to enable JavaScript to visit this website.", "Bienvenue aux Nations Unies", "📌")

#: Words that open a sentence, a title or a row in capitals and name nothing.
# fmt: off
_FUNCTION_WORDS = frozenset(
    {"the", "a", "an", "in", "on", "through", "while", "for", "by", "of", "at", "this", "these", "we", "i",
     "our", "it", "both", "however", "furthermore", "building", "para", "only", "all", "no", "to", "as", "and",
     "or", "with", "from", "its", "their", "two", "notably", "key", "mainstream", "enhance"}
)
# fmt: on

_NAMING = frozenset({"Mention", "Participation", "Deadline", "Tenure", "Figure", "Dating", "ReportingLine", "Stage"})
_SILENT = frozenset({"heading", "title", "label", "rule", "header-row", "footnote"})


@dataclass
class Coverage:
    """The lines of one source that are not empty, those of spaces only, and what is uncovered, by line."""

    source: str
    lines: int = 0
    blank: int = 0
    furniture: int = 0
    uncovered: dict[int, list[str]] = field(default_factory=dict)


def coverage(store: ox.Store, sources: Path) -> list[Coverage]:
    """The coverage of every document that has a source file, in the order of the files.

    Raises :class:`OSError` for a source that is not in the folder.
    """
    by_source: dict[str, list[Passage]] = {}
    for passage in read_passages(store).values():
        if passage.source_file:
            by_source.setdefault(passage.source_file, []).append(passage)
    return [_of_source(name, sources / name, passages) for name, passages in sorted(by_source.items())]


def _of_source(name: str, path: Path, passages: list[Passage]) -> Coverage:
    result = Coverage(name)
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line:
            continue
        result.lines += 1
        if not line.strip():
            result.blank += 1
            continue
        content = line
        for words in FURNITURE:
            content = content.replace(words, " ")
        if not content.strip():
            result.furniture += 1
            continue
        missing = missing_from_line(content, [p for p in passages if p.line == number])
        if missing:
            result.uncovered[number] = missing
    return result


def missing_from_line(line: str, passages: list[Passage]) -> list[str]:
    """What of a line is in no quotation, which names and numbers no claim carries, and which sentences have no
    act.
    """
    text = levelled(line)
    quoted, named = bytearray(len(text)), bytearray(len(text))
    missing: list[str] = []
    for passage in passages:
        quotation = levelled(passage.quotation or "")
        start = text.find(quotation)
        if start < 0 or not quotation:
            continue
        end = start + len(quotation)
        quoted[start:end] = b"\1" * (end - start)
        if passage.number:
            _mark(text, passage.number, 0, start + len(passage.number) + 1, named)
        for words in passage.words:
            if words.property != "asPrinted" or words.noun in _NAMING:
                _mark(text, levelled(words.text), start, end, named)
        missing += [f"no act in: {sentence[:70]}" for sentence in _sentences_without_act(passage, quotation)]
    rest = "".join(c for c, inside in zip(text, quoted, strict=True) if not inside).strip(" -|•")
    if re.sub(r"[\d\s|.]", "", rest) or (rest and not any(p.number and p.number in rest for p in passages)):
        missing.insert(0, f"in no quotation: {rest[:70]}")
    return [*missing, *(f"name or number: {word}" for word in _bare_names(text, named))]


def _mark(text: str, words: str, start: int, end: int, marks: bytearray) -> None:
    at = text.find(words, start, end)
    while at >= 0 and words:
        marks[at : at + len(words)] = b"\1" * len(words)
        at = text.find(words, at + 1, end)


def _bare_names(text: str, named: bytearray) -> list[str]:
    bare = []
    for found in re.finditer(r"[A-Za-z0-9&@][\w&@/'.+-]*", text):
        word = found.group().strip(".'-")
        if not word or not (word[0].isupper() or re.search(r"\d", word)):
            continue
        before, after = text[: found.start()].rstrip(), text[found.end() :].lstrip()
        begins = not before or before[-1] in '.?!:|;-([]"' or bool(re.fullmatch(r"[IVXL]+|\d+", before))
        plain = all(part[1:].islower() or len(part) == 1 for part in word.split("-"))
        # A capitalised word that follows makes a name of two words, an abbreviation does not: "Strengthen UNGIS".
        ordinary = plain and not re.match(r"[A-Z](?![A-Z])", after)
        if word == "We" or (begins and (ordinary or word.lower() in _FUNCTION_WORDS)):
            continue
        if not all(named[found.start() : found.start() + len(word)]):
            bare.append(word)
    return bare


def _sentences_without_act(passage: Passage, quotation: str) -> list[str]:
    if passage.kind in _SILENT:
        return []
    acts = [levelled(w.text) for w in passage.words if w.noun != "Mention" and w.property == "asPrinted"]
    sentences = [s for s in re.split(r"(?<=[.;])\s+(?=[A-Z])", quotation) if len(s.split()) > 5]
    return [s for s in sentences if not any(a in s or s in a for a in acts)]
