"""Mermaid itself reads and draws what we write for it, in a browser; no word in it can be more than a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile import FRAGMENTS, diagrams
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Browser, Page

from wsis_kg.views.diagram import Diagram, Line, Node, Statement
from wsis_kg.views.diagram_mermaid import mermaid
from wsis_kg.views.diagram_records import on_one_line

ROOT = "https://site.example/"
READ = """async (text) => {
  const read = await mermaid.mermaidAPI.getDiagramFromText(text);
  const nodes = [...read.db.getVertices().values()].map((one) => [one.id, one.link ?? '']);
  const lines = read.db.getEdges().map((one) => [one.start, one.end]);
  return { kind: read.type, nodes, lines };
}"""
DRAW = """async (text) => {
  const { svg } = await mermaid.render('drawn', text);
  document.body.innerHTML = svg;
  const words = (selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent);
  const all = [...document.querySelectorAll('body *')];
  return {
    nodes: Object.fromEntries([...document.querySelectorAll('g.node')].map((one) => [one.id.match(/n\\d+/)[0], one.textContent])),
    labels: words('g.edgeLabel').filter((one) => one !== ''),
    title: words('svg > title').join(''),
    told: words('svg > desc').join(''),
    heading: words('.flowchartTitleText').join(''),
    elements: [...new Set(all.map((one) => one.localName))],
    handlers: all.flatMap((one) => one.getAttributeNames().filter((name) => name.startsWith('on'))),
    links: [...document.querySelectorAll('a')].map((one) => one.getAttribute('href') ?? one.getAttribute('xlink:href')),
  };
}"""
ELEMENTS = {
    "svg", "style", "g", "marker", "path", "circle", "rect", "polygon", "text", "tspan", "title", "desc", "a", "foreignObject", "div",
    "span", "p", "defs", "filter", "feDropShadow", "linearGradient", "stop", "line", "br",
}  # fmt: skip


@pytest.fixture(scope="module")
def page(browser: Browser, node_packages: Path) -> Page:
    opened = browser.new_page()
    opened.add_script_tag(path=str(node_packages / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"))
    opened.evaluate("mermaid.initialize({ startOnLoad: false, maxTextSize: 1e7, maxEdges: 10000 })")
    opened.route("**/*", lambda route: pytest.fail(f"Mermaid asked for {route.request.url}"))
    opened.on("dialog", lambda dialog: pytest.fail(f"A script said {dialog.message}"))
    return opened


def spaced(text: str) -> str:
    """Words as HTML shows them, runs of spaces as one; and with the marks of Mermaid's own parted."""
    return " ".join(text.replace("ﬂ", "fl").replace("¶ß", "¶ ß").split())


def as_drawn(line: Line) -> str:
    return spaced(on_one_line(" · ".join(part for part in (line.label, line.detail) if part)))


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(diagram=diagrams())
def test_mermaid_reads_nodes_and_lines_and_nothing_else(page: Page, diagram: Diagram) -> None:
    read = page.evaluate(READ, mermaid(diagram, ROOT))
    keys = {node.key: f"n{number}" for number, node in enumerate(diagram.nodes)}
    assert read["kind"].startswith("flowchart")
    assert [one[0] for one in read["nodes"]] == list(keys.values())
    assert read["lines"] == [[keys[line.source], keys[line.target]] for line in diagram.lines]
    assert all(one[1].startswith(ROOT) for one in read["nodes"])


def test_mermaid_draws_hostile_words_as_words(page: Page) -> None:
    words = [f"{fragment}x{fragment}" for fragment in FRAGMENTS]
    said = (Statement("claim", *["%%{init: {'theme': 'dark'}}%%\n"] * 5, official=True),)
    nodes = tuple(Node(f"key{number}", word, word, "body", f"doc/body/{word}") for number, word in enumerate(words))
    lines = tuple(
        Line(f"l{number}", "key0", f"key{number}", "periodic", word, word, "doc/line", said) for number, word in enumerate(words) if number
    )
    title = "Who <b>reports</b> \"to\" whom\n---\n%%{init: {'securityLevel': 'loose'}}%%"
    diagram = Diagram(title, "2031-02-03", "0.1.0-abc", "https://licence.example/", "https://site.example/reporting?a=1#x", nodes, lines, {})
    drawn = page.evaluate(DRAW, mermaid(diagram, ROOT))
    assert {key: spaced(text) for key, text in drawn["nodes"].items()} == {
        f"n{number}": spaced(on_one_line(word)) for number, word in enumerate(words)
    }
    assert sorted(map(spaced, drawn["labels"])) == sorted(as_drawn(line) for line in lines)
    assert spaced(drawn["title"]) == spaced(on_one_line(title))
    for told in ("2031-02-03", "0.1.0-abc", "https://licence.example/", "https://site.example/reporting?a=1#x"):
        assert told in drawn["told"]
    assert set(drawn["elements"]) <= ELEMENTS, set(drawn["elements"]) - ELEMENTS
    assert drawn["handlers"] == []
    assert all(link.startswith(f"{ROOT}doc/body/") for link in drawn["links"])
    assert page.evaluate("mermaid.mermaidAPI.getConfig().securityLevel") == "strict"
