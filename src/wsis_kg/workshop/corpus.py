"""Official resolutions as extracted text, read back into headings, paragraphs and footnotes.

The text itself never enters the repository: it is read from a folder the user names, so that numbers, headings, verbs
and words in the graph can be compared with it. The reader knows the layout of United Nations resolutions as they
come out of their
PDF: a masthead, page headers and footers between lines, footnotes below a rule, paragraph numbers on lines of their
own or before the text.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from wsis_kg.workshop.problems import Problem, WorkshopError

_FOOTNOTE_RULE = re.compile(r"^_{5,}\s*$")
_OPENING = re.compile(r"(?:We|The [A-Z][A-Za-z ]+),")
_NUMBER = re.compile(r"^(\d{1,3})\.\s*(.*)$")


@dataclass
class ResolutionText:
    """The words of one resolution: ``paragraphs`` by printed number, ``preamble`` in order, the rest by kind."""

    symbol: str
    masthead: str = ""
    preamble: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    heading_of: dict[str, int] = field(default_factory=dict)  # paragraph number -> place of its heading, from 1
    paragraphs: dict[str, str] = field(default_factory=dict)
    footnotes: dict[str, str] = field(default_factory=dict)
    closing: str = ""


def _join(lines: list[str]) -> str:
    """Lines of one paragraph as one line; a hyphen at a line's end is part of the word (``High-`` / ``level``)."""
    text = ""
    for line in (line.strip() for line in lines):
        if not line:
            continue
        text = text + line if text.endswith("-") or not text else f"{text} {line}"
    return re.sub(r"\s+", " ", text).strip()


def _is_page_furniture(line: str, symbol: str) -> bool:
    text = line.strip()
    return text == symbol or bool(re.fullmatch(r"\d\d-\d{5}(\s\(E\))?|\d{1,3}/\d{1,3}|\*\d+\*", text))


def _page_headers(lines: list[str]) -> set[int]:
    """The places of the title in page headers: lines shortly before a page number that recur before another.

    The same words on the first page are the title of the text itself.
    """
    headers = [
        range(max(0, index - 7), index)
        for index, line in enumerate(lines)
        if re.fullmatch(r"\d{1,3}/\d{1,3}", line.strip())
    ]
    pages = Counter(text for header in headers for text in {lines[index].strip() for index in header})
    return {index for header in headers for index in header if lines[index].strip() and pages[lines[index].strip()] > 1}


def _without_pages(lines: list[str], symbol: str) -> tuple[list[str], dict[str, str]]:
    """The running text without page headers, and the footnotes by number."""
    headers = _page_headers(lines)
    text: list[str] = []
    footnotes: dict[str, str] = {}
    current: str | None = None
    in_footnotes = False
    for index, line in enumerate(lines):
        if _FOOTNOTE_RULE.match(line):
            in_footnotes, current = True, None
        elif index in headers or _is_page_furniture(line, symbol):
            in_footnotes = False
        elif in_footnotes:
            started = re.match(r"^\s*(\d{1,3})\s+(\S.*)$", line)
            if started:
                current = started.group(1)
                footnotes[current] = started.group(2).strip()
            elif current and line.strip():
                footnotes[current] += " " + line.strip()
        else:
            text.append(line)
    return text, footnotes


def _without_footnote_marks(text: str, footnotes: dict[str, str]) -> str:
    """The text without the raised footnote numbers, which the extraction left as plain digits."""
    position = 0
    for number in sorted(footnotes, key=int):
        mark = re.compile(rf"(?<=[A-Za-z,.;”)])[ ]?{number}(?=\s)")
        found = mark.search(text, position)
        if found:
            text = text[: found.start()] + text[found.end() :]
            position = found.start()
    return text


def read_resolution(path: Path, symbol: str) -> ResolutionText:
    """Read one extracted resolution.

    Raises :class:`WorkshopError` when the file cannot be read or holds no numbered paragraph.
    """
    try:
        raw = path.read_text(encoding="utf-8")
    except OSError as error:
        raise WorkshopError(
            [
                Problem(
                    f"The official text of {symbol} cannot be read: {error.strerror}.",
                    file=str(path),
                    next_action="Name the folder of official texts with --corpus.",
                )
            ]
        ) from error
    lines, footnotes = _without_pages(raw.replace("\f", "\n").split("\n"), symbol)
    blocks = _blocks(_without_footnote_marks("\n".join(lines), footnotes).split("\n"))
    result = ResolutionText(symbol=symbol, footnotes={n: _join([t]) for n, t in footnotes.items()})
    _sort_blocks(blocks, result)
    if not result.paragraphs:
        raise WorkshopError([Problem(f"No numbered paragraph of {symbol} was found.", file=str(path))])
    return result


def _blocks(lines: list[str]) -> list[list[str]]:
    """Runs of lines between blank lines; a number on a line of its own opens a run with what follows it."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if not line.strip():
            if blocks[-1] and not re.fullmatch(r"\d{1,3}\.", blocks[-1][-1].strip()):
                blocks.append([])
        elif _NUMBER.match(line.strip()) and blocks[-1]:
            blocks.append([line])
        else:
            blocks[-1].append(line)
    return [block for block in blocks if block]


def _sort_blocks(blocks: list[list[str]], result: ResolutionText) -> None:
    """Tell masthead, preamble, headings, paragraphs and closing line apart by order and form."""
    expected, seen_we, current = 1, False, ""
    masthead: list[str] = []
    for block in blocks:
        started = _NUMBER.match(block[0].strip())
        text = _join(block)
        if started and int(started.group(1)) == expected:
            current = str(expected)
            result.paragraphs[current] = _join([started.group(2), *block[1:]])
            result.heading_of[current] = len(result.headings)
            expected += 1
        elif not seen_we and not current:
            seen_we = bool(_OPENING.match(text))
            if seen_we and not _OPENING.fullmatch(text):
                result.preamble.append(text)
            else:
                masthead.append(text)
        elif re.fullmatch(r"\d+(st|nd|rd|th) plenary meeting .*", text):
            result.closing = text
        elif text.endswith(","):
            result.preamble.append(text)
        elif (current and not result.paragraphs[current].endswith((".", ";", "”", ":"))) or (
            current and not text[0].isupper()
        ):
            result.paragraphs[current] = _join([result.paragraphs[current], text])  # a page break split the paragraph
        elif len(text) < 160 and not text.endswith((".", ";", ":")):
            result.headings.append(text)
        elif current:
            result.paragraphs[current] = _join([result.paragraphs[current], text])
    result.masthead = " ".join(masthead)
