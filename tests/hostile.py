"""Diagrams whose words try to be more than words, for the tests of exports."""

from __future__ import annotations

from hypothesis import strategies as st

from wsis_kg.views.diagram import Diagram, Line, Node, Statement

FRAGMENTS = [
    '"', "'", "`", "\\", '\\"', '"]', '"] --> x["', "\n", "\r\n", "\t", "<b>", "</text><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>", "]]>", "-->", "<!--", "&lt;", "&amp;", "&", "#34;", "#quot;", "ﬂ°°34¶ß", "%%", "%%{init: {'securityLevel': 'loose'}}%%",
    "click n0 call alert(3)", "end", "---", "|", "||", "{", "}}", "[", "(", ";", "style x fill:#f00;", "classDef: #1;", "fa:fa-bell", "$$x$$",
    "1. ", "- ", "*a*", "_b_", "**c**", "https://example.org/", "www.example.org", "a@example.org", "\\n", "\\N", "\\G", "javascript:alert(4)",
    "\x00", "\x1b[31m", "\x7f", "\x85", "\u202e", "\u2066", "\u200f", "\u2028", "\ufeff", "\ufffe", "\ud800", "😀", "é", "مرحبا", "中文",
    "=1+1", "+1", "-1", "@x", ",", " ", "¶122", "A/RES/80/173", "{{7*7}}", "${x}", "//", "/*", "#", "//# x\n#include",
]  # fmt: skip

texts = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=6)), max_size=6).map("".join)
statements = st.builds(Statement, texts, texts, texts, texts, texts, texts, st.booleans(), st.booleans(), texts)
kinds = st.sampled_from(["periodic", "one-off", "transmits", "considers", "another"])
changes = st.sampled_from(["same", "added", "ended"])
LEGEND = {"periodic": "comes again", "one-off": "once"}


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    """Up to four nodes and five lines; whoever they join, every word in them is hostile."""
    keys = draw(st.lists(texts, min_size=1, max_size=4, unique=True))
    nouns = st.sampled_from(["body", "event", "constituency", "post", "open", '"]evil'])
    nodes = [Node(key, draw(texts), draw(texts), draw(nouns), draw(texts), draw(st.none() | texts), draw(changes), draw(st.just("") | texts)) for key in keys]
    ends = st.sampled_from(keys)
    lines = [
        Line(
            f"line-{number}", draw(ends), draw(ends), draw(kinds), draw(texts), draw(texts), draw(texts),
            tuple(draw(st.lists(statements, min_size=1, max_size=2))), draw(st.none() | texts), draw(st.none() | texts),
            draw(st.none() | st.integers(1990, 2100)), draw(changes), draw(texts), draw(st.sampled_from(["asked", "done"])),
        )
        for number in range(draw(st.integers(0, 5)))
    ]  # fmt: skip
    legend = {**LEGEND, draw(texts): draw(texts)}
    return Diagram(draw(texts), "2031-02-03", "0.1.0-abc", "https://licence.example/", draw(texts), tuple(nodes), tuple(lines), legend)
