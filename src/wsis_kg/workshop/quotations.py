"""No claim without its words: every quotation in its source, every printed word in its passage."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from wsis_kg.workshop.corpus import ResolutionText, read_resolution
from wsis_kg.workshop.dataset import short
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.passages import Passage, read_passages
from wsis_kg.workshop.places import Places
from wsis_kg.workshop.problems import Problem
from wsis_kg.workshop.words import holds, levelled

CHECKSUMS = "quotations.sha256"


@dataclass
class Findings:
    """What a check looked at, by name, and what it found wrong."""

    places: Places
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)  # what -> (found, looked for)
    problems: list[Problem] = field(default_factory=list)

    def count(self, what: str, found: bool, sentence: str, iri: str, step: str) -> None:
        """Count one thing looked for; when it was not found, keep the sentence with the place of its subject."""
        good, all_ = self.counts.get(what, (0, 0))
        self.counts[what] = (good + int(found), all_ + 1)
        if not found:
            self.problems.append(self.places.problem(sentence, iri, step))


def checksum(quotation: str) -> str:
    """The SHA-256 of a quotation as levelled words, in hexadecimal."""
    return hashlib.sha256(levelled(quotation).encode()).hexdigest()


def record_checksums(store: ox.Store, inputs: Inputs) -> int:
    """Write ``data/quotations.sha256`` anew, one line a quotation; to be done only after the quotations were
    found in their sources.
    """
    passages = read_passages(store)
    lines = sorted(f"{checksum(p.quotation)}  {short(iri)}\n" for iri, p in passages.items() if p.quotation)
    (inputs.data / CHECKSUMS).write_text("".join(lines), encoding="utf-8")
    return len(lines)


def words_in_quotations(store: ox.Store, inputs: Inputs) -> Findings:
    """What can be checked from the files alone: printed words inside quotations, and quotations against checksums.

    A folder of data without a file of checksums has none to compare; a checksum without a quotation, or the other
    way round, is a problem.
    """
    findings = Findings(Places(inputs))
    passages = read_passages(store)
    for passage in passages.values():
        if passage.quotation is None:
            continue
        _words_inside(findings, passage, passage.quotation, "words inside quotations")
        for words in passage.adds:
            findings.count(
                "recorded differences",
                holds(passage.quotation, words),
                f"The words said to be added are not in the passage: {words!r}.",
                passage.iri,
                "Quote them exactly.",
            )
        for words in passage.omits:
            findings.count(
                "recorded differences",
                not holds(passage.quotation, words),
                f"The words said to be left out are in the passage: {words!r}.",
                passage.iri,
                "Remove the record.",
            )
        _against_restated(findings, passage, [passages[r].quotation for r in passage.restates if r in passages])
    _against_checksums(findings, inputs.data / CHECKSUMS, passages)
    return findings


def _words_inside(findings: Findings, passage: Passage, text: str, what: str) -> None:
    for words in passage.words:
        findings.count(
            what,
            holds(text, words.text),
            f"{words.noun}.{words.property}: the words {words.text!r} are not in {short(passage.iri)}.",
            words.claim,
            "Give the words exactly as the passage prints them.",
        )
    for claim, label, text_of_verb in passage.verbs:
        stems = [word for word in levelled(label).replace("…", "").split() if len(word) > 2]
        said = [w.text for w in passage.words if w.claim == claim and w.property == "asPrinted"]
        fits = all(
            any(_stem(stem) in levelled(text).lower() for text in [text_of_verb, *said, passage.heading or ""])
            for stem in stems
        )
        findings.count(
            "verbs in their words",
            fits,
            f"The verb is “{label}”, the words are {text_of_verb!r}.",
            claim,
            "Give the verb that is printed.",
        )


def _stem(word: str) -> str:
    """Enough of a verb to be found in its inflected forms: request, requests, requested, requesting."""
    word = word.lower()
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def _against_restated(findings: Findings, passage: Passage, texts: list[str | None]) -> None:
    known = [text for text in texts if text]
    if not texts or len(known) < len(texts):
        return  # a restated passage that is not quoted here is compared with the corpus instead
    for words in passage.adds:
        findings.count(
            "recorded differences",
            not any(holds(text, words) for text in known),
            f"The words said to be added are in the restated passage too: {words!r}.",
            passage.iri,
            "Remove the record.",
        )
    for words in passage.omits:
        findings.count(
            "recorded differences",
            any(holds(text, words) for text in known),
            f"The words said to be left out are not in a restated passage: {words!r}.",
            passage.iri,
            "Quote them exactly.",
        )


def _against_checksums(findings: Findings, path: Path, passages: dict[str, Passage]) -> None:
    if not path.is_file():
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    recorded = {name: digest for digest, name in (line.split(None, 1) for line in lines if line.strip())}
    step = "Find it in its source with `wsis-kg check --sources DIR --corpus DIR --record`, which records it."
    for iri, passage in passages.items():
        if passage.quotation:
            same = recorded.pop(short(iri), None) == checksum(passage.quotation)
            findings.count(
                "quotations as recorded",
                same,
                "The quotation is not the one that was last found in its source.",
                iri,
                step,
            )
    for name in sorted(recorded):
        findings.count(
            "quotations as recorded",
            False,
            f"A checksum is recorded for {name}, whose quotation is no longer there.",
            f"data/{CHECKSUMS}",
            step,
        )


def check_sources(store: ox.Store, inputs: Inputs, sources: Path) -> Findings:
    """Each quotation of a document with a source file stands on its line of that file (levelled, see :mod:`.words`).

    A source that is not in the folder is a problem of its own, and the others are checked all the same.
    """
    findings = Findings(Places(inputs))
    texts: dict[str, list[str] | None] = {}
    for passage in read_passages(store).values():
        name = passage.source_file
        if not name or passage.quotation is None:
            continue
        if name not in texts:
            texts[name] = _lines(sources / name)
            findings.count(
                "source files",
                texts[name] is not None,
                f"The source {name} is not in {sources}, or cannot be read.",
                passage.document,
                "Name the folder that holds it with --sources.",
            )
        lines = texts[name]
        if lines is None:
            continue
        line = passage.line or 0
        if passage.number and 0 < line <= len(lines):
            printed = re.findall(r"\d+", f"{lines[line - 1]} {passage.heading or ''}")
            findings.count(
                "numbers as printed",
                passage.number in printed or not passage.number.isdigit(),
                f"The number {passage.number} is not printed on line {line} of {name}, nor in the heading above.",
                passage.iri,
                "Give the number that is printed.",
            )
        findings.count(
            f"quotations in {name}",
            0 < line <= len(lines) and holds(lines[line - 1], passage.quotation),
            f"The quotation is not on line {passage.line} of {name}: {passage.quotation[:80]!r}.",
            passage.iri,
            "Correct the quotation or its line.",
        )
    return findings


def _lines(path: Path) -> list[str] | None:
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return None


def official_file(corpus: Path, symbol: str) -> Path:
    """Where the folder of official texts keeps a symbol: ``A/RES/80/173`` is ``A_RES_80_173.txt``."""
    return corpus / (symbol.replace("/", "_") + ".txt")


def check_corpus(store: ox.Store, inputs: Inputs, corpus: Path) -> Findings:
    """Numbers, headings, quotations, verbs and printed words of official documents against their text.

    Also the recorded differences of passages that restate them. Only documents whose symbol has a file in the
    folder are compared.
    """
    findings = Findings(Places(inputs))
    texts: dict[str, ResolutionText] = {}
    passages = read_passages(store)
    for passage in passages.values():
        if passage.symbol and passage.symbol not in texts and official_file(corpus, passage.symbol).is_file():
            texts[passage.symbol] = read_resolution(official_file(corpus, passage.symbol), passage.symbol)
    if not texts:
        symbols = sorted({p.symbol for p in passages.values() if p.symbol})
        step = (
            f"Name the folder that holds {official_file(corpus, symbols[0]).name} with --corpus." if symbols else None
        )
        findings.problems.append(Problem(f"No official text was found in {corpus}.", next_action=step))
    for passage in passages.values():
        official = texts.get(passage.symbol or "")
        if official:
            _against_official(findings, passage, official)
        restated = [passages[r] for r in passage.restates if r in passages and passages[r].symbol in texts]
        if restated and len(restated) == len(passage.restates):
            words = [official_words(p, texts[p.symbol or ""]) for p in restated]
            _against_restated(findings, passage, list(words))
    return findings


def official_words(passage: Passage, official: ResolutionText) -> str | None:
    """The words of a passage in the official text, found by its kind and number; None where the text has no
    such passage.
    """
    ordinal = int(passage.key[2:]) if passage.key[:2] in {"pp", "fn"} and passage.key[2:].isdigit() else 0
    match passage.kind:
        case "paragraph":
            return official.paragraphs.get(passage.number or "")
        case "preambular-paragraph":
            return official.preamble[ordinal - 1] if 0 < ordinal <= len(official.preamble) else None
        case "footnote":
            return official.footnotes.get(passage.number or str(ordinal))
        case "heading":
            return next(
                (h for h in official.headings if passage.quotation and levelled(h) == levelled(passage.quotation)), None
            )
        case "closing-line":
            return official.closing
        case _:
            return official.masthead


def _against_official(findings: Findings, passage: Passage, official: ResolutionText) -> None:
    text = official_words(passage, official)
    name = passage.symbol
    findings.count(
        f"{passage.kind}s of {name}",
        text is not None,
        f"{name} has no such {passage.kind}.",
        passage.iri,
        "Correct its number or its kind.",
    )
    if text is None:
        return
    if passage.quotation is not None:
        findings.count(
            f"quotations from {name}",
            holds(text, passage.quotation),
            f"The quotation is not in the official text of {name}.",
            passage.iri,
            "Correct the quotation.",
        )
    if passage.kind == "paragraph":
        place = official.heading_of.get(passage.number or "", 0)
        heading = official.headings[place - 1] if place else None
        findings.count(
            f"headings over paragraphs of {name}",
            passage.heading == heading,
            f"The paragraph stands under {heading!r}, not under {passage.heading!r}.",
            passage.iri,
            "Correct isUnder.",
        )
    _words_inside(findings, passage, text, f"words inside {name}")
