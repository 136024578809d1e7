"""The lineage of instruments: its relations in the invented world, its geometry over the real data, and /lineage."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pyoxigraph as ox
import pytest
from conftest import WORLD
from hostile import FRAGMENTS
from playwright.sync_api import Browser
from whole_site import BROWSER, site

from wsis_kg.holdings import folder
from wsis_kg.names import BASE
from wsis_kg.views.diagram import Box, Diagram, Layout, Line, Node
from wsis_kg.views.lineage import Chosen, Lineage, Made, read_lineage, series_of
from wsis_kg.views.lineage_diagram import draw, lanes
from wsis_kg.views.lineage_layout import UNDATED, TimeLayout, lay_out
from wsis_kg.views.register import Register
from wsis_kg.views.verbs import begins_with_verb
from wsis_kg.web.diagram_files import written_file
from wsis_kg.web.lineage_choice import read_wanted
from wsis_kg.web.lineage_figure import WIDE, figure, placed
from wsis_kg.web.lineage_files import sheet_of, svg_of, told
from wsis_kg.web.page import Pages
from wsis_kg.workshop.dataset import load
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.rules import infer

ID = BASE + "id/"
HOSTILE = "</text></svg><script>alert(1)</script> & \"quoted\" 'so' ]]> {{ 7 * 7 }}"


class Nothing:
    """No choice at all."""

    def value(self, _: str) -> str:
        return ""

    def values(self, _: str) -> list[str]:
        return []


def rows_of(store: ox.Store, name: str) -> list[dict[str, str]]:
    found = store.query((folder("queries") / "pages" / f"{name}.rq").read_text(encoding="utf-8"), use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [{name: row[name].value for name in names if row[name] is not None} for row in found]


def lineage_of(store: ox.Store) -> tuple[Lineage, Register]:
    register = Register(rows_of(store, "register"))
    return read_lineage(rows_of(store, "lineage"), rows_of(store, "lineage-dates"), register), register


@pytest.fixture(scope="module")
def of_world(invented: Inputs) -> tuple[Lineage, Register]:
    store = load(invented)
    infer(store, invented)
    return lineage_of(store)


@pytest.fixture(scope="module")
def real(real_store: ox.Store) -> tuple[Lineage, Register]:
    return lineage_of(real_store)


def laid_out(lineage: Lineage, register: Register, chosen: Chosen | None = None) -> tuple[Diagram, TimeLayout]:
    diagram = draw(lineage.chosen(chosen or Chosen()), lineage, register, "Lineage", "", "0", "x")
    return diagram, lay_out(diagram, lineage.made, lanes(diagram, lineage, register))


def slug(iri: str) -> str:
    return iri.rpartition("/")[2]


def test_the_relations_of_the_invented_world_are_those_written_down(of_world: tuple[Lineage, Register]) -> None:
    with (WORLD.parent / "lineage-of-the-world.csv").open(encoding="utf-8", newline="") as file:
        wanted = sorted(tuple(row) for row in list(csv.reader(file))[1:])
    found = sorted(
        (slug(one.source), one.kind_name, slug(one.target), " ".join(slug(said.passage) for said in one.statements))
        for one in of_world[0].relations
    )
    assert found == wanted
    assert all(one.asserted for one in of_world[0].relations)


def test_dates_are_as_exact_as_the_passages_and_disagreement_stays(of_world: tuple[Lineage, Register]) -> None:
    made = {slug(iri): one for iri, one in of_world[0].made.items()}
    assert {key: one.in_words() for key, one in made.items()} == {
        "A-RES-98-4": "3 Mar 2029",
        "A-RES-99-1": "4 May 2030 or 5 May 2030",
        "ports-11": "2–6 May 2030",
        "ports-12": "2–6 Jun 2031",
    }
    assert made["A-RES-99-1"].disputed and len(made["A-RES-99-1"].passages) == 2


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2025-12-17", "2025-12-17", "17 Dec 2025"),
        ("2003-01-01", "2003-12-31", "2003"),
        ("2003-01-01", "2005-12-31", "2003 to 2005"),
        ("2024-04-01", "2024-04-30", "Apr 2024"),
        ("2025-12-01", "2025-12-31", "Dec 2025"),
        ("2024-09-22", "2024-09-23", "22–23 Sep 2024"),
        ("2024-12-30", "2025-01-02", "30 Dec 2024 to 2 Jan 2025"),
    ],
)
def test_no_date_is_said_more_exactly_than_it_is_printed(first: str, last: str, said: str) -> None:
    assert Made(date.fromisoformat(first), date.fromisoformat(last), "adopted", ()).in_words() == said


def test_who_does_it_is_told_apart_from_who_tells_it(real: tuple[Lineage, Register]) -> None:
    found = {(slug(one.source), one.kind_name, slug(one.target)) for one in real[0].relations}
    assert ("A-RES-80-173", "recall", "A-RES-70-125") in found
    assert ("A-80-L41", "is the draft of", "A-RES-80-173") in found
    assert ("A-RES-70-125", "establish", "wsis20-review") in found
    assert ("A-RES-80-173", "cite", "A-RES-2200-A-XXI") in found
    assert ("desa-table", "restates", "A-RES-80-173") in found
    # Passages that only name it do not hide behind those that say more.
    assert ("A-RES-80-173", "mention", "A-RES-70-125") in found
    # The General Assembly adopted it; the resolution only says so.
    assert ("A-RES-80-173", "adopt", "GDC") not in found and ("A-RES-80-173", "remark", "GDC") in found
    # What a report quotes from the resolution it does not say itself.
    assert not any(source == "itu-report" and kind == "reaffirm" and target == "geneva-plan-of-action" for source, kind, target in found)
    assert begins_with_verb("cites the annex", "cite") and not begins_with_verb("it cites", "cite") and not begins_with_verb("", "cite")


def test_every_kind_of_relation_comes_from_the_data(real: tuple[Lineage, Register], real_store: ox.Store) -> None:
    for iri, name in real[0].kinds.items():
        label = "http://www.w3.org/2000/01/rdf-schema#label" if "#" in iri else "http://www.w3.org/2004/02/skos/core#prefLabel"
        assert name in {quad.object.value for quad in real_store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(label), None)}


def test_filters_choose_and_leave_out_what_lies_outside_the_years(real: tuple[Lineage, Register]) -> None:
    lineage = real[0]
    document = f"{ID}document/A-RES-70-125"
    own = lineage.chosen(Chosen(document=document))
    assert own and all(document in (one.source, one.target) for one in own)
    late = lineage.chosen(Chosen(first_year=2015, last_year=2025))
    assert late and not any(slug(one.target) == "tunis-agenda" for one in late)
    assert not any(one.source not in lineage.made and one.target not in lineage.made for one in late)
    kind = next(iter(lineage.kinds))
    assert {one.kind for one in lineage.chosen(Chosen(kind=kind))} == {kind}


def test_a_series_is_what_a_symbol_begins_with() -> None:
    symbols = {"A/RES/80/173": "A/RES", "A/C.2/59/3": "A/C.2", "A/80/L.41": "A", "Resolution 1332": "", "42 C/Res. 40": "", "": ""}
    assert {symbol: series_of(symbol) for symbol in symbols} == symbols


# Geometry


def crosses(one: tuple[float, float], other: tuple[float, float], box: Box) -> bool:
    """Whether a horizontal or vertical stretch has a point strictly within the box."""
    (x0, x1), (y0, y1) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    return x1 > box.x and x0 < box.x + box.width and y1 > box.y and y0 < box.y + box.height


def overlap(one: Box, other: Box) -> bool:
    return one.x < other.x + other.width and other.x < one.x + one.width and one.y < other.y + other.height and other.y < one.y + one.height


def is_clean(diagram: Diagram, places: TimeLayout) -> None:
    layout: Layout = places.layout
    assert set(layout.nodes) == {node.key for node in diagram.nodes}
    assert set(layout.routes) == set(layout.labels) == {line.key for line in diagram.lines}
    boxes = [*layout.nodes.values(), *layout.labels.values(), *(head.box for head in places.heads)]
    assert not [pair for pair in combinations(boxes, 2) if overlap(*pair)]
    assert all(box.x >= 0 and box.y >= 0 and box.x + box.width <= layout.width and box.y + box.height <= layout.height for box in boxes)
    for line in diagram.lines:
        route = layout.routes[line.key]
        start, end = layout.nodes[line.source], layout.nodes[line.target]
        assert route[0][0] == start.x + start.width and start.y <= route[0][1] <= start.y + start.height
        assert route[-1][0] == end.x + end.width and end.y <= route[-1][1] <= end.y + end.height
        for here, there in pairwise(route):
            assert here[0] == there[0] or here[1] == there[1]
            assert not [box for box in boxes if crosses(here, there, box)], line.sentence


def test_no_line_runs_through_a_node_or_a_label(real: tuple[Lineage, Register], of_world: tuple[Lineage, Register]) -> None:
    for lineage, register in (real, of_world):
        is_clean(*laid_out(lineage, register))
        for document in lineage.documents():
            is_clean(*laid_out(lineage, register, Chosen(document=document)))


def test_on_paper_a_figure_is_cut_between_its_rows(real: tuple[Lineage, Register]) -> None:
    lineage, register = real
    whole = placed(laid_out(lineage, register)[0], lineage, register, WIDE)
    layout = whole.places.layout
    assert len(whole.parts) > 2
    assert [top for top, _ in whole.parts] == [0, *(end for _, end in whole.parts[:-1])] and whole.parts[-1][1] == layout.height
    shown = [*layout.nodes.values(), *layout.labels.values(), *(head.box for head in whole.places.heads)]
    for _, end in whole.parts[:-1]:
        # With the bar above a box, and the name above a lane.
        assert not [box for box in shown if box.y - 6 < end < box.y + box.height]
        assert not [lane for lane in whole.places.lanes if lane.y < end < lane.y + 28]
    assert all(0 < end - top <= 1000 for top, end in whole.parts)
    small = placed(laid_out(lineage, register, Chosen(document=f"{ID}document/A-RES-70-125"))[0], lineage, register, 900)
    assert small.parts == [(0, small.places.layout.height)]


def test_time_runs_to_the_right_and_what_is_undated_stands_apart(real: tuple[Lineage, Register]) -> None:
    lineage, register = real
    diagram, places = laid_out(lineage, register)
    dated = sorted((lineage.made[node.key].first, places.layout.nodes[node.key].x) for node in diagram.nodes if node.key in lineage.made)
    assert [x for _, x in dated] == sorted(x for _, x in dated) and len(dated) > 10
    (lane,) = [lane for lane in places.lanes if not lane.dated]
    assert lane.name == UNDATED
    for node in diagram.nodes:
        box = places.layout.nodes[node.key]
        assert (box.y >= lane.y) == (node.key not in lineage.made)
        assert (node.key in places.words) == (node.key in lineage.made)
    assert all(one.first > 2005 for one in places.years if one.folded)
    assert {one.first for one in places.years if not one.folded} >= {2003, 2005, 2015, 2023, 2024, 2025}


def test_five_hundred_documents_with_circles_are_laid_out(of_world: tuple[Lineage, Register]) -> None:
    nodes = tuple(Node(f"n{count}", f"Document {count}", "", "document", "") for count in range(500))
    lines = tuple(
        Line(f"{source} {step}", f"n{source}", f"n{(source * step) % 500}", "k", "recall", "s", "a", ())
        for source in range(500) for step in (3, 7) if (source * step) % 500 != source
    )
    made = {f"n{count}": Made(date(1900 + count % 130, 1 + count % 12, 1), date(1900 + count % 130, 1 + count % 12, 1), "adopted", ()) for count in range(0, 500, 2)}
    diagram = Diagram("t", "", "v", "l", "p", nodes, lines, {})
    places = lay_out(diagram, made, {node.key: f"lane {len(node.key)}" for node in nodes})
    assert len(places.layout.routes) == len(lines)
    small = replace(diagram, nodes=nodes[:12], lines=tuple(line for line in lines if {line.source, line.target} <= {node.key for node in nodes[:12]}))
    assert small.lines
    is_clean(small, lay_out(small, made, {node.key: "one" for node in nodes}))


# Pages


@pytest.fixture(scope="module")
def http(real_site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real_site, timeout=60, headers={"Accept": BROWSER}) as client:
        yield client


def test_the_page_has_a_line_for_each_row_of_its_table(http: httpx.Client, real: tuple[Lineage, Register]) -> None:
    text = http.get("/lineage").text
    count = len(real[0].relations)
    assert len(re.findall('<a class="relation', text)) == len(re.findall('<tr id="', text)) == count
    assert f"{count} relations, " in text
    for address, name in re.findall('<a class="relation[^"]*" href="([^"]*)" aria-label="([^"]*)"', text):
        assert address.startswith(("doc/passage/", "doc/document/"))
        assert address.startswith("doc/passage/") or name.endswith("stated in no passage")


def test_each_line_leads_to_the_words_it_is_named_by(http: httpx.Client) -> None:
    text = http.get("/lineage?kind=recall").text
    found = re.findall('<a class="relation[^"]*" href="([^"]*)" aria-label="([^"]*)"', text)
    assert found
    for address, name in found:
        path, _, place = address.partition("#")
        told = http.get(f"/{path}").text
        assert f'id="{place}"' in told
        words = re.search(": “(.*)”", html.unescape(name))
        assert words is not None and words.group(1) in html.unescape(told)


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("document=nothing", 400, "Nothing in the lineage has the document “nothing”."),
        ("kind=recal", 400, "Nothing in the lineage has the kind “recal”."),
        ("sort=size", 400, "Nothing in the lineage has the sort “size”."),
        ("from=soon", 400, "from is a year such as 2015, not “soon”."),
        ("from=2015&to=2006", 400, "from is 2015 and to is 2006."),
        ("kind=recall&kind=cite", 400, "The parameter kind is given twice."),
        ("from=1900&to=1901", 200, "No relation fits these filters."),
        ("kind=recall&document=A-80-L41", 200, "Without “kind” there are"),
    ],
)
def test_what_is_unknown_or_empty_is_said(http: httpx.Client, query: str, status: int, said: str) -> None:
    answer = http.get(f"/lineage?{query}")
    assert answer.status_code == status and said in html.unescape(re.sub("<[^>]*>", "", answer.text))
    if said.startswith("Nothing"):
        near = re.findall(r'href="(/lineage\?[^"]*)"', answer.text)
        assert near and http.get(html.unescape(near[0])).status_code == 200


def test_the_table_is_sorted_without_javascript(http: httpx.Client) -> None:
    def column(sort: str, place: int) -> list[str]:
        text = http.get(f"/lineage?sort={sort}").text.partition("<tbody>")[2].partition("</tbody>")[0]
        return [html.unescape(re.sub("<[^>]*>", "", re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)[place])).strip() for row in text.split("</tr>")[:-1]]

    assert column("kind", 2) == sorted(column("what", 2), key=lambda one: one.strip("“”"))
    passages = [0 if one == "none" else int(one) for one in column("passages", 5)]
    assert passages == sorted(passages, reverse=True)
    assert 'aria-sort="ascending"' in http.get("/lineage?sort=made").text
    # The day beside a document is its own, not that of what it does something to.
    days = dict(zip(column("made", 0), column("made", 1), strict=True))
    assert (days["A/80/L.41"], days["A/RES/80/173"]) == ("16 Dec 2025", "17 Dec 2025")
    assert dict(zip(column("to-made", 3), column("to-made", 4), strict=True))["A/RES/80/173"] == "17 Dec 2025"


def test_the_page_of_a_document_has_its_part(http: httpx.Client, real: tuple[Lineage, Register]) -> None:
    own = real[0].chosen(Chosen(document=f"{ID}document/A-RES-70-125"))
    text = http.get("/doc/document/A-RES-70-125").text
    assert len(re.findall('<a class="relation', text)) == len(own)
    assert '<a href="../../lineage?document=A-RES-70-125"' in text
    for address in re.findall('<a class="(?:relation|thing)[^"]*" href="([^"]*)"', text):
        assert address.startswith("../../doc/")


def test_a_page_without_its_figure_says_so_and_shows_all_else(
    real_store: ox.Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("no figure today")

    monkeypatch.setattr("wsis_kg.web.thing_figures.of_document", fails)
    # A server of its own: on one that others ask, the page may be kept already, with its figure.
    with site(real_store, tmp_path) as http:
        answer = http.get("/doc/document/A-CONF-157-24", headers={"Accept": BROWSER})
    assert answer.status_code == 200
    assert "The figure could not be drawn" in answer.text and "<svg class=" not in answer.text
    assert "A/CONF.157/24 (Part I), chap. III" in answer.text


def test_a_hostile_name_stays_in_its_text(of_world: tuple[Lineage, Register]) -> None:
    lineage, register = of_world
    relations = [replace(one, kind_name=HOSTILE) for one in lineage.relations[:1]]
    about = {"title": HOSTILE, "day": "", "version": "", "link": ""}
    drawn = figure(relations, lineage, register, about, 900)
    pages = Pages()
    text = str(pages._templates.get_template("lineage/figure.html").module.drawn(drawn, "", "k"))  # type: ignore[attr-defined]
    assert "<script" not in text and "{{ 7" in text and "49" not in re.sub("<[^>]*>", "", text)
    assert html.escape("</text></svg>") in text


def test_no_word_of_a_lineage_is_more_than_a_word_in_its_files(of_world: tuple[Lineage, Register]) -> None:
    lineage, register = of_world
    words = "".join(FRAGMENTS)
    one = told(read_wanted(Nothing(), lineage, register), lineage, register, "0")
    nodes = tuple(replace(node, label=words, name=words, detail=words) for node in one.diagram.nodes)
    said = tuple(replace(line, label=words, sentence=words, kind=words) for line in one.diagram.lines)
    hostile = replace(one, diagram=replace(one.diagram, title=words, permalink=words, nodes=nodes, lines=said, legend={words: words}))
    svg = svg_of(hostile, Pages(), "https://site.example/").decode()
    read = ElementTree.fromstring(svg)
    plain = svg_of(one, Pages(), "https://site.example/").decode()
    assert {part.tag for part in read.iter()} <= {part.tag for part in ElementTree.fromstring(plain).iter()}
    assert {name for part in read.iter() for name in part.attrib} == {name for part in ElementTree.fromstring(plain).iter() for name in part.attrib}
    assert "<script>alert(1)</script>" in "".join(read.itertext()) and "{{7*7}}" in svg
    assert not set("\x00\x1b\u202e\u2066\ufffe") & set(svg)
    assert svg.count("<text class=\"name\"") == len(nodes)
    # The others are proved over any diagram by test_diagram_exports.py; the rows are those of this one.
    rows = list(csv.DictReader(io.StringIO(written_file("csv", sheet_of(hostile), "=x/").decode(), newline="")))
    assert len(rows) == len(said) == json.loads(written_file("json", sheet_of(hostile), ""))["count"]
    assert {row["page"][:4] for row in rows} == {"'=x/"} and not "".join(row["sentence"] for row in rows).count("\u202e")


def test_what_no_passage_states_is_said_to_be_asserted_where_it_is(real: tuple[Lineage, Register]) -> None:
    diagram = draw(real[0].relations, *real, "Lineage", "", "0", "x")
    unstated = [line for line in diagram.lines if not line.statements]
    assert unstated and not any(line.inferred for line in unstated)
    (line,) = draw([replace(real[0].relations[0], statements=(), asserted=False)], *real, "Lineage", "", "0", "x").lines
    assert line.inferred and line.label.endswith("(inferred)")


def test_words_fit_their_places_and_lines_can_be_reached(browser: Browser, real_site: str) -> None:
    """What the layout takes a text to be wide is what the browser makes of it, or less; each link has a name."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=True).new_page()
    page.goto(f"{real_site}/lineage")
    page.evaluate("document.fonts.ready")
    outside = page.evaluate(
        """[...document.querySelectorAll('svg.lineage a')].flatMap(one => {
             const box = one.querySelector('rect').getBBox();
             return [...one.querySelectorAll('text')].filter(text => {
               const own = text.getBBox();
               return own.x < box.x || own.x + own.width > box.x + box.width;
             }).map(text => text.textContent)})"""
    )
    assert outside == []
    together = page.evaluate(
        """[...document.querySelectorAll('svg.lineage .thing')].filter(one => {
             const [name, when] = [...one.querySelectorAll('text')].map(text => text.getBBox());
             return when && name.x + name.width + 4 > when.x;
           }).length"""
    )
    assert together == 0
    page.locator("figure.lineage-figure").focus()
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.getAttribute('aria-label')")
    second = ""
    for _ in range(12):
        page.keyboard.press("Tab")
        second = page.evaluate("document.activeElement.getAttribute('aria-label')")
        if second.startswith("“recall”"):
            break
    assert first == "Resolution 73 1998: Resolution 73 of the Plenipotentiary Conference"
    assert second == "“recall”: A/RES/60/252 – “recall” – Geneva Declaration of Principles: “Recalling also the Declaration of Principles and the Plan of Action”, A/RES/60/252 preambular paragraph 2"
    page.keyboard.press("Enter")
    page.wait_for_url("**/doc/passage/A-RES-60-252-pp2#*")
    page.context.close()
