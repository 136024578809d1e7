"""Who reports to whom: what is drawn is what passages say, no more; as a page, a drawing and rows, with one choice."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from drawings import LIBRARY, as_drawn, crossings
from harbour import serving_pool, wait_until

from wsis_kg.engine.layout import LayoutProcess
from wsis_kg.engine.store import Engine
from wsis_kg.names import BASE
from wsis_kg.views.diagram import Diagram, Node
from wsis_kg.views.diagram_marks import head
from wsis_kg.views.elk_graph import from_elk, to_elk
from wsis_kg.views.register import Register
from wsis_kg.views.reporting import KINDS, reporting
from wsis_kg.views.reports import Part, Report, standing
from wsis_kg.views.timing import Named, When
from wsis_kg.web.reporting import answered
from wsis_kg.web.reporting_choice import Wanted
from wsis_kg.web.reporting_files import address_of
from wsis_kg.web.reporting_rows import told_lines

ROOT = Path(__file__).resolve().parents[1]
BROWSER = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def world(built_world: Path) -> tuple[list[Report], Register]:
    return answered(Engine(built_world))


def drawn(reports: list[Report], register: Register, **settings: object) -> Diagram:
    return reporting(reports, register, title="Who reports to whom", day="2030-01-01", version="x", permalink="y", **settings)  # type: ignore[arg-type]


def short(key: str) -> str:
    return key.removeprefix(f"{BASE}id/")


def invented(slug: str, *parts: Part, **changed: object) -> Report:
    given: dict[str, object] = {
        "iri": f"x:{slug}", "output": Named("x:chart", "Chart"), "mood": "asked", "recurrence": None, "when": When(),
        "words": ("to report",), "passage": "x:passage", "document": Named("x:resolution", "Resolution"), "official": True,
        "begins": None, "ends": None, "supersedes": frozenset(), "parts": parts,
    }  # fmt: skip
    return Report(**(given | changed))  # type: ignore[arg-type]


def part(role: str, who: str, step: int = 0, *, inferred: bool = False) -> Part:
    return Part(role, Named(f"{BASE}id/body/{who}", who), step, inferred)


class Nothing(Register):
    """A register of nothing: everything is called by its slug."""

    def __init__(self) -> None:
        super().__init__([])

    def place(self, iri: str) -> str:
        return "¶7"


def ways(*reports: Report) -> list[tuple[str, str, str]]:
    diagram = drawn(list(reports), Nothing())
    names = {node.key: node.label for node in diagram.nodes}
    return [(names[line.source], line.kind, names[line.target]) for line in diagram.lines]


def test_the_invented_world_gives_these_lines(world: tuple[list[Report], Register]) -> None:
    diagram = drawn(*world)
    found = [["source", "kind", "target", "label", "detail", "sentence", "statements"]]
    for line in diagram.lines:
        said = [" ".join(part for part in (short(one.iri), "inferred" * one.inferred, one.otherwise) if part) for one in line.statements]
        found.append([short(line.source), line.kind, short(line.target), line.label, line.detail, line.sentence, "; ".join(said)])
    with (ROOT / "tests" / "world" / "reporting.csv").open(encoding="utf-8", newline="") as file:
        assert found == list(csv.reader(file))


def test_a_report_goes_from_stop_to_stop() -> None:
    through = invented(
        "a", part("reporter", "board"), part("through", "committee", 1), part("transmitted-by", "office", 2),
        part("considered-by", "council", 3), part("recipient", "assembly"),
    )  # fmt: skip
    assert ways(through) == [
        ("board", "unstated", "committee"), ("committee", "transmits", "office"), ("office", "transmits", "assembly"),
        ("assembly", "considers", "council"),
    ]  # fmt: skip
    assert ways(invented("a", part("reporter", "a"), part("reporter", "b"), part("recipient", "c"))) == [
        ("a", "unstated", "c"), ("b", "unstated", "c"),
    ]  # fmt: skip


def test_a_sentence_says_through_whom_and_to_whom_and_what_is_left_open() -> None:
    def sentences(*parts: Part, **changed: object) -> list[str]:
        return [line.sentence.replace("x:", "") for line in drawn([invented("a", *parts, **changed)], Nothing()).lines]

    through = part("reporter", "board"), part("through", "committee", 1)
    assert sentences(*through, part("recipient", "assembly")) == [
        "board submits the chart through committee to assembly, passage", "committee passes on the chart to assembly, passage",
    ]  # fmt: skip
    assert sentences(*through, part("considered-by", "council", 2)) == [
        "board submits the chart through committee, no recipient named, passage", "council considers the chart, given through committee, passage",
    ]  # fmt: skip
    assert sentences(part("recipient", "council")) == ["Nobody is named who submits the chart to council, passage"]
    assert sentences(part("reporter", "board")) == ["board submits the chart, no recipient named, passage"]
    assert sentences(part("reporter", "board"), part("event", "meeting")) == ["board submits the chart at the meeting, no recipient named, passage"]
    (line, _) = drawn([invented("a", *through, part("considered-by", "council", 2))], Nothing()).lines
    assert (line.relation, line.onward, line.detail) == ("through", "no recipient named", "through · no rhythm stated")


def test_a_passage_that_has_the_stop_in_another_part_is_told_so() -> None:
    says = invented("a", part("reporter", "board"), part("recipient", "council"))
    considers = invented("b", part("considered-by", "council", 1), official=False)
    passes = invented("c", part("reporter", "board"), part("through", "council", 1), official=False)
    first, second, _ = drawn([says, considers, passes], Nothing()).lines
    assert [one.otherwise for one in first.statements] == ["", "names no reporter; says that it is considered there"]
    assert (second.relation, len(second.statements)) == ("through", 1)


def test_without_rhythm_and_date_no_kind_is_made_up() -> None:
    says = part("reporter", "board"), part("recipient", "council")
    once = Named("x:recurrence/one-off", "one-off")
    kinds = [line.kind for line in drawn(
        [invented("a", *says), invented("b", *says, output=None, when=due(2031)), invented("c", *says, output=Named("x:o", "O"), recurrence=once)],
        Nothing(),
    ).lines]  # fmt: skip
    assert kinds == ["unstated", "one-off", "one-off"]
    assert len({head(kind, (0, 0), (0, 40)) for kind in KINDS}) == len(KINDS), "each has a head of its own"


def test_who_has_it_already_considers_it_there() -> None:
    one = invented("a", part("reporter", "board"), part("considered-by", "council", 1), part("recipient", "council"))
    assert ways(one) == [("board", "unstated", "council")]


def test_what_nobody_names_is_drawn_as_not_named() -> None:
    assert ways(invented("a", part("reporter", "board"))) == [("board", "unstated", "recipient not named")]
    assert ways(invented("a", part("recipient", "council"))) == [("reporter not named", "unstated", "council")]
    assert ways(invented("a")) == [("reporter not named", "unstated", "recipient not named")]
    nodes = drawn([invented("a"), invented("b", output=None)], Nothing()).nodes
    assert len(nodes) == 4, "two who are not named are not one"


def test_an_event_receives_where_nobody_else_does() -> None:
    assert ways(invented("a", part("reporter", "board"), part("event", "meeting"))) == [("board", "one-off", "meeting")]


def test_who_reports_to_itself_and_a_cycle_are_drawn() -> None:
    assert ways(invented("a", part("reporter", "board"), part("recipient", "board"))) == [("board", "unstated", "board")]
    assert len(ways(
        invented("a", part("reporter", "board"), part("recipient", "council")),
        invented("b", part("reporter", "council"), part("recipient", "board")),
    )) == 2  # fmt: skip


def test_passages_that_say_the_same_are_one_line_the_official_text_first() -> None:
    says = part("reporter", "board"), part("recipient", "council")
    silent = invented("silent", part("recipient", "council"), official=False)
    other = invented("other", part("reporter", "board"), part("recipient", "assembly"), official=False)
    diagram = drawn([silent, invented("page", *says, official=False), invented("resolution", *says), other], Nothing())
    first, second = diagram.lines
    assert [(one.iri, one.otherwise) for one in first.statements] == [
        ("x:resolution", ""), ("x:page", ""), ("x:silent", "names no reporter"),
    ]  # fmt: skip
    assert second.statements[0].iri == "x:other"
    assert [line.statements[0].iri for line in drawn([silent, other], Nothing(), told=lambda one: one.iri == "x:other").lines] == ["x:other"]


def due(year: int) -> When:
    """Some time in a year."""
    return When(f"in {year}", date(year, 1, 1), date(year, 12, 31), "year")


def test_other_years_and_rhythms_are_other_lines() -> None:
    says = part("reporter", "board"), part("recipient", "council")
    annual = Named("x:recurrence/annual", "annual")
    lines = drawn(
        [invented("a", *says, when=due(2030)), invented("b", *says, when=due(2031)), invented("c", *says), invented("d", *says, recurrence=annual)],
        Nothing(),
    ).lines
    assert [(line.detail, len(line.statements)) for line in lines] == [("2030", 2), ("2031", 1), ("every year", 1)]


def test_who_is_only_presumed_is_marked_and_left_out_of_what_is_asserted() -> None:
    presumed = invented("a", part("reporter", "board", inferred=True), part("recipient", "council"))
    (line,) = drawn([presumed], Nothing()).lines
    assert line.inferred and "inferred" in line.detail and "(presumed)" in line.sentence
    assert ways(presumed.without_inferred()) == [("reporter not named", "unstated", "council")]
    silent = invented("s", part("recipient", "council"), official=False)
    assert drawn([presumed, silent], Nothing()).lines[0].inferred
    named = invented("b", part("reporter", "board"), part("recipient", "council"), official=False)
    (line,) = drawn([presumed, named], Nothing()).lines
    # A table that names somebody makes nothing stated in the official text which leaves it open.
    assert line.inferred and "(presumed)" in line.sentence and [one.inferred for one in line.statements] == [True, False]
    quiet = invented("q", part("recipient", "council"))
    (line,) = drawn([presumed, quiet, named], Nothing()).lines
    assert line.inferred and [one.otherwise for one in line.statements] == ["", "", "names no reporter"]
    (line,) = drawn([presumed, replace(named, official=True)], Nothing()).lines
    assert not line.inferred and "(presumed)" not in line.sentence


def test_a_line_is_due_only_when_the_passage_beside_it_says_so() -> None:
    says = (part("reporter", "board"), part("recipient", "council"))
    reports = [invented("a", *says), invented("b", *says, when=due(2031), official=False)]
    diagram = drawn(reports, Nothing())
    (told,) = told_lines(diagram, reports, {}, "")
    assert len(told.line.statements) == 2 and told.due == "" and told.line.year is None


def test_what_stands_on_a_day() -> None:
    def slugs(day: date, *reports: Report) -> set[str]:
        return {one.iri.removeprefix("x:") for one in standing(reports, day)}

    day = date(2030, 6, 1)
    in_2029 = When("in 2029", date(2029, 1, 1), date(2029, 12, 31), "year")
    annual = Named("x:recurrence/annual", "annual")
    reports = [
        invented("undated"), invented("later", begins=date(2031, 1, 1)), invented("ended", ends=date(2030, 5, 31)),
        invented("over", when=in_2029), invented("again", when=in_2029, recurrence=annual), invented("old"),
        invented("new", supersedes=frozenset({"x:old"}), begins=date(2030, 1, 1)),
    ]  # fmt: skip
    assert slugs(day, *reports) == {"undated", "again", "new"}
    assert slugs(date(2029, 12, 31), *reports) == {"undated", "ended", "over", "again", "old"}


# The page, over the real data


@pytest.fixture(scope="module")
def http(real_site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real_site, timeout=60, headers=BROWSER) as client:
        yield client


def lines_of(http: httpx.Client, **chosen: str) -> list[dict[str, object]]:
    answer = http.get("/reporting.json", params=chosen)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["lines"]
    return found


def test_the_page_has_the_sentence_of_the_road_map_with_all_that_tell_it(http: httpx.Client) -> None:
    (one,) = [line for line in lines_of(http) if str(line["report"]).endswith("/joint-road-map")]
    assert str(one["sentence"]).startswith("UNGIS (presumed) reports the joint implementation road map of UNGIS to CSTD")
    assert str(one["sentence"]).endswith("A/RES/80/173, ¶122")
    statements = one["statements"]
    assert isinstance(statements, list)
    assert [said["official_text"] for said in statements] == [True, *[False] * (len(statements) - 1)]
    page = http.get("/reporting").text
    assert page.count(f'aria-label="{one["sentence"]}"'.replace("“", "“")) >= 1
    for said in statements:
        assert said["passage"].rpartition("/")[2] in page


def test_a_line_says_no_more_of_its_recipient_than_the_passage(http: httpx.Client) -> None:
    """124 says through CSTD and names no recipient; the preamble of 79/277 says through the Council to the Assembly."""
    rows = {(str(one["place"]), str(one["target"]).rpartition("/")[2]): one for one in lines_of(http)}
    report = rows["¶124", "cstd"]
    assert "through CSTD, no recipient named, biennial" in str(report["sentence"]) and " to CSTD" not in str(report["sentence"])
    assert (report["relation"], report["recipients"]) == ("through", [])
    assert (rows["¶124", "ecosoc"]["relation"], rows["¶124", "ecosoc"]["recipients"]) == ("for consideration by", [])
    onward = rows["preambular paragraph 7", "ecosoc"]
    assert "through ECOSOC to UNGA" in str(onward["sentence"]) and onward["recipient_names"] == ["United Nations General Assembly"]
    # All that the claim rests on is quoted, the words of its stages too.
    assert "through the Economic and Social Council" in str(onward["words"])
    assert "for consideration by Member States" in str(rows["¶67", "member-states"]["words"])
    (flat,) = [row for row in csv.DictReader(io.StringIO(http.get("/reporting.csv").text)) if row["sentence"] == report["sentence"]]
    assert (flat["relation"], flat["recipients"]) == ("through", "")
    page = http.get("/reporting").text
    assert '<span class="role">through</span> <a href="doc/body/cstd">CSTD</a>, <span class="kind">no recipient named</span>' in page
    assert "in 6 lines" in (body := http.get("/doc/body/cstd").text) and "In 4 more lines a report" in body
    # No rhythm and no date in 100: it is not called one-off, in any form, and its filter finds it.
    igf = rows["¶100", "relevant-un-entities"]
    assert (igf["kind"], igf["recurrence"], igf["due"]) == ("unstated", "", "")
    assert "<b>no rhythm stated</b>" in page and 'data-column="How">no rhythm stated<' in page
    assert igf["line"] in {one["line"] for one in lines_of(http, recurrence="none")} - {one["line"] for one in lines_of(http, recurrence="one-off")}
    stops = page.count('<a class="node ')
    assert f'<figure class="drawn" aria-label="Who reports to whom: {stops} stops, {len(lines_of(http))} lines"' in page


def test_only_differences_about_the_report_stand_below_it(http: httpx.Client) -> None:
    (one,) = [one for one in lines_of(http) if one["place"] == "¶67" and one["relation"] == "to"]
    listed = one["differences"]
    assert isinstance(listed, list) and {str(iri).rpartition("/")[2].rpartition("-A-RES")[0] for iri in listed} == {
        "session-left-out-desa-table-67", "session-left-out-itu-report-L27-2",
    }  # fmt: skip
    every = http.get("/differences.json?passage=A-RES-80-173-67").json()["count"]
    assert one["other_differences"] == every - len(listed) > 20
    page = http.get("/reporting").text
    # What the table added is told of the table, not of the resolution that it was added to.
    assert re.search(r"addressee added</a> \(UN agencies\): Table of the WSIS\+20 Secretariat, row 100<", page)
    assert f'¶67 has {every - len(listed)} other differences: <a href="differences?passage=A-RES-80-173-67"' in page
    for block in page.split("about this report between passages")[1:]:
        items = re.findall(r"<li>(.*?)</li>", block.partition("</ul>")[0])
        words = [re.sub("<[^>]+>", "", item) for item in items]
        assert len(words) == len(set(words)) > 0


def test_what_is_asked_for_as_inferred_is_what_is_marked_so(http: httpx.Client) -> None:
    for document in ("", "all"):
        marked = [one["sentence"] for one in lines_of(http, document=document) if one["stated"] == "inferred"]
        assert [one["sentence"] for one in lines_of(http, document=document, stated="inferred")] == marked != []


def test_drawing_table_and_files_have_the_same_lines(http: httpx.Client) -> None:
    for chosen in ({}, {"document": "all"}, {"body": "cstd"}, {"document": "desa-table"}):
        rows = lines_of(http, **chosen)
        page = http.get("/reporting", params=chosen).text
        flat = list(csv.DictReader(io.StringIO(http.get("/reporting.csv", params=chosen).text)))
        svg = ElementTree.fromstring(http.get("/reporting.svg", params=chosen).content)
        sentences = sorted(str(one["sentence"]) for one in rows)
        assert sorted(row["sentence"] for row in flat) == sentences
        assert sorted(name for name in as_drawn(svg) if name in set(sentences)) == sorted(sentences)
        assert page.count("<tr data-line=") == len(rows) == page.count('class="claim line rests"')
        # Each line leads to what it rests on, and there is no style in the page itself.
        for key in re.findall(r'<a class="line [^"]*" href="#([^"]+)"', page):
            assert f'id="{key}"' in page
        assert "style=" not in page and "<style" not in page


@pytest.mark.parametrize(
    ("chosen", "fits"),
    [
        ({"body": "CSTD"}, lambda one: True),
        ({"recipient": "unga", "document": "all"}, lambda one: True),
        ({"year": "2027"}, lambda one: one["year"] in (2027, "")),
        ({"recurrence": "annual"}, lambda one: one["recurrence"] == "annual"),
        ({"recurrence": "none"}, lambda one: one["recurrence"] == "" and one["due"] == ""),
        ({"recurrence": "one-off"}, lambda one: one["recurrence"] == "" and one["kind"] != "unstated"),
        ({"stated": "inferred"}, lambda one: one["stated"] == "inferred"),
        ({"stated": "asserted", "document": "all"}, lambda one: one["stated"] == "asserted"),
        ({"document": "A-RES-80-173"}, lambda one: one["document"].endswith("/A-RES-80-173")),
    ],
)
def test_a_filter_takes_what_fits_and_less_than_all(http: httpx.Client, chosen: dict[str, str], fits: object) -> None:
    assert callable(fits)
    found, all_lines = lines_of(http, **chosen), lines_of(http, document="all")
    assert found and all(fits(one) for one in found)
    assert chosen.get("stated") or len(found) < len(all_lines)


def test_two_days_are_compared(http: httpx.Client) -> None:
    found = lines_of(http, as_of="2026-11-01", compare="2024-01-01", document="all")
    changes = {str(one["change"]) for one in found}
    assert changes == {"same", "added", "ended"}
    assert any("road map" in str(one["sentence"]) for one in found if one["change"] == "added")
    page = http.get("/reporting", params={"as_of": "2026-11-01", "compare": "2024-01-01"}).text
    assert "(added)" in page and "1 November 2026 compared with 1 January 2024" in page
    assert "road map" not in str(lines_of(http, as_of="2024-01-01"))
    (ended,) = [one for one in lines_of(http, as_of="2026-11-01", compare="2024-01-01") if one["change"] == "ended"]
    assert "presumably replaced by another rhythm (inferred)" in str(ended["sentence"])


def test_nothing_stands_on_a_day_before_it_was_asked(http: httpx.Client) -> None:
    """Where nothing dates what says so, that is said; every official text that asks for a report is dated."""
    assert lines_of(http, as_of="1990-01-01") == []
    found = lines_of(http, as_of="1990-01-01", document="all")
    assert found and all("since when is not known" in str(one["sentence"]) for one in found)
    assert "since when" not in str(lines_of(http, as_of="2026-11-01"))


def test_what_another_replaces_is_told_so(http: httpx.Client) -> None:
    """Without a day of reference all lines are drawn, those too in whose place others stand."""
    told = {str(one["line"]).rpartition("/")[2]: one for one in lines_of(http, document="all")}
    yearly = told["E-RES-2023-3-110-cstd"]
    assert "every year · presumably replaced" in http.get("/reporting.graphml", params={"document": "all"}).text
    assert "annual, presumably replaced by another rhythm (inferred), " in str(yearly["sentence"])
    assert "replaced" not in str(told["A-RES-80-173-124-report"])
    listed = [said for one in told.values() for said in one["statements"] if said["line"].endswith("/desa-documents-L3-3-cstd")]
    assert listed and all(said["otherwise"].endswith("replaced by another rhythm") for said in listed)
    assert "replaced" not in str(lines_of(http, document="all", as_of="2025-12-16"))


def test_the_yearly_report_stands_until_the_biennial_one_is_adopted(http: httpx.Client) -> None:
    """No document names paragraph 110 as replaced: a rule presumes it from the words of the table."""
    of_the_report = {
        day: {one["recurrence"] for one in lines_of(http, as_of=day) if str(one["report"]).endswith("/sg-wsis-report")}
        for day in ("2025-12-16", "2025-12-17")
    }
    assert of_the_report == {"2025-12-16": {"annual"}, "2025-12-17": {"biennial"}}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("body=cstdd", "body: there is no body called “cstdd”."),
        ("document=desa-tabel", "document: there is no document called “desa-tabel”."),
        ("year=1066", "year: there is no year called “1066”."),
        ("recurrence=anual", "recurrence: there is no recurrence called “anual”."),
        ("as_of=tomorrow", "as_of: “tomorrow” is no day. A day is written such as 2027-01-31."),
        ("sort=colour", "sort: there is no such column called “colour”."),
        ("body=<script>", "body: there is no body called “&lt;script&gt;”."),
    ],
)
def test_an_unknown_value_is_said_with_what_there_is(http: httpx.Client, query: str, sentence: str) -> None:
    page = http.get(f"/reporting?{query}")
    assert page.status_code == 400 and sentence in page.text and '<option value="cstd">' in page.text
    for suffix in ("svg", "json", "csv"):
        answer = http.get(f"/reporting.{suffix}?{query}", headers={"Accept": "*/*"})
        assert answer.status_code == 400 and ("There is" in answer.text or "A day is written" in answer.text)
    assert http.get("/reporting?body=cstd&body=itu").status_code == 400


def test_an_empty_diagram_explains_itself(http: httpx.Client) -> None:
    page = http.get("/reporting?body=igf&year=2027").text
    assert "There is nothing to draw" in page and "Without “year”" in page
    assert http.get("/reporting.json?body=igf&year=2027").json()["count"] == 0
    assert http.get("/reporting.svg?body=igf&year=2027").status_code == 200


def test_the_table_is_sorted_by_links(http: httpx.Client) -> None:
    def order(sort: str) -> list[str]:
        return [str(one["target_name"]) for one in lines_of(http, sort=sort)]

    assert order("recipient") != order("-recipient")
    assert sorted(order("recipient")) == sorted(order("-recipient"))
    page = http.get("/reporting?sort=recipient").text
    assert 'aria-sort="ascending"' in page and 'href="reporting?sort=-recipient#table"' in page


def test_no_line_of_the_real_diagram_passes_through_anything(http: httpx.Client, real_site: str, built_world: Path) -> None:
    from wsis_kg.workshop.inputs import Inputs

    assert Inputs.packaged().data.is_dir()
    # What the page draws, read from the page itself: boxes and routes as they stand there.
    for query in ("", "?document=all"):
        svg = ElementTree.fromstring(http.get(f"/reporting.svg{query}").content)
        assert found_in_drawing(svg) == []


def found_in_drawing(svg: ElementTree.Element) -> list[str]:
    """Routes that pass through a box or a label, by the numbers that stand in the file."""
    space = "{http://www.w3.org/2000/svg}"
    boxes, pieces = [], []
    for link in svg.iter(f"{space}a"):
        for shape in link:
            if shape.get("class") in ("room", "box") and shape.tag == f"{space}rect":
                boxes.append(tuple(float(shape.get(name, "0")) for name in ("x", "y", "width", "height")))
            if shape.get("class") == "route":
                for piece in (shape.get("d") or "").split("M")[1:]:
                    points = [tuple(map(float, pair.split())) for pair in piece.strip().split("L")]
                    pieces += [(link.get("data-key"), one, other) for one, other in pairwise(points)]
    assert len(pieces) > 30 and len(boxes) > 20
    found = []
    for key, (x, y), (end_x, end_y) in pieces:
        for left, top, width, height in boxes:
            inside = left + 0.6 < max(x, end_x) and min(x, end_x) < left + width - 0.6
            if inside and top + 0.6 < max(y, end_y) and min(y, end_y) < top + height - 0.6:
                found.append(f"{key} at {left} {top}")
    return found


def test_the_world_is_drawn_without_crossing_anything(world: tuple[list[Report], Register]) -> None:
    diagram = drawn(*world)
    process = LayoutProcess(LIBRARY)
    try:
        assert crossings(diagram, from_elk(process.lay_out(to_elk(diagram)), diagram)) == []
    finally:
        process.close()


def test_without_a_layout_the_page_has_the_table_and_says_why(built_world: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "library.js"
    broken.write_text("self.onmessage = () => { throw new Error('out of order'); };", encoding="utf-8")
    monkeypatch.setattr("wsis_kg.web.layouts.UNSERVED", tmp_path)
    # It never answers, so that the whole patience with a new one is waited for, twice.
    monkeypatch.setattr("wsis_kg.engine.layout._START_SECONDS", 2.0)
    broken.rename(tmp_path / "elk-worker.min.js")
    with serving_pool(built_world.parent) as served:
        page = httpx.get(f"{served.address}/reporting", headers=BROWSER, timeout=60)
        assert page.status_code == 200 and "<tr data-line=" in page.text and 'class="canvas"' not in page.text
        assert "The layout" in page.text and "The table below has every line." in page.text
        assert httpx.get(f"{served.address}/reporting.svg", timeout=60).status_code == 503
        assert httpx.get(f"{served.address}/reporting.json", timeout=60).json()["count"] > 3


def test_the_layout_process_comes_with_the_first_diagram_and_goes_with_the_server(built_world: Path) -> None:
    import psutil

    def layouters() -> set[int]:
        found = set()
        for one in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                found |= {one.pid} if "wsis_kg.engine.layout_worker" in one.cmdline() else set()
        return found

    # Those of other servers may end meanwhile, for want of work.
    before = layouters()
    with serving_pool(built_world.parent) as served:
        assert httpx.get(f"{served.address}/reporting.json", timeout=60).status_code == 200
        assert layouters() <= before
        drawing = httpx.get(f"{served.address}/reporting.svg", timeout=60)
        assert drawing.headers["content-type"] == "image/svg+xml" and len(layouters() - before) == 1
        told = {"If-None-Match": drawing.headers["etag"]}
        assert httpx.get(f"{served.address}/reporting.svg", headers=told, timeout=60).status_code == 304
    wait_until(lambda: layouters() <= before, "The end of the layout process")


def test_a_group_leads_to_the_same_choice_with_it_open() -> None:
    wanted = Wanted(document="all", opened=("body.x",))
    group = Node("group:post.", "3 posts", "3 posts", "post", "post.")
    assert address_of(group, wanted) == "reporting?document=all&open=body.x&open=post."
    assert address_of(Node("x:a", "A", "A", "body", "doc/body/a"), wanted) == "doc/body/a"


def test_json_says_what_it_is(http: httpx.Client) -> None:
    told = json.loads(http.get("/reporting.json?body=igf").text)
    assert told["permalink"] == f"{BASE}reporting?body=igf" and told["title"] == "Who reports to whom: IGF"
    assert told["count"] == len(told["lines"]) and told["licence"].startswith("https://creativecommons.org/")


def test_what_a_document_recalls_stands_since_the_one_that_said_it(http: httpx.Client) -> None:
    """ECOSOC resolution 2023/3, paragraph 24, recalls that 70/125 called for annual reports: they stand since 2015."""
    days = {day: lines_of(http, as_of=day) for day in ("2006-06-01", "2014-06-01", "2016-06-01", "2026-06-01")}
    assert [len(lines) > 0 for lines in days.values()] == [True, False, True, True]
    assert {str(line["line"]).rpartition("/")[2] for line in days["2016-06-01"]} == {"E-RES-2023-3-24-annual"}
    assert {str(line["report"]).rpartition("/")[2] for line in days["2016-06-01"]} == {"annual-wsis-reports"}
