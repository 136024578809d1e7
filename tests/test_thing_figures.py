"""The figures on pages about things: what surrounds an actor, and how a report travels in each document."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from conftest import WORLD
from drawings import LIBRARY, crossings
from test_lineage import rows_of
from whole_site import BROWSER, site

from wsis_kg.engine.layout import LayoutFailed, LayoutProcess
from wsis_kg.holdings import folder
from wsis_kg.names import BASE
from wsis_kg.views.diagram import Diagram
from wsis_kg.views.elk_graph import from_elk, to_elk
from wsis_kg.views.journeys import journeys
from wsis_kg.views.neighbourhood import Neighbourhood, Value
from wsis_kg.views.questions import read_questions
from wsis_kg.views.register import Register
from wsis_kg.views.reports import Report, read_reports
from wsis_kg.views.surroundings import MOST, surroundings
from wsis_kg.web.layouts import Layouts
from wsis_kg.workshop.dataset import load
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.rules import infer

ID = BASE + "id/"
BUSY = ("ungis", "itu", "unga", "cstd", "igf")


def reports_of(store: ox.Store) -> list[Report]:
    return read_reports(*(rows_of(store, name) for name in ("reporting", "reporting-parts", "deadline-dates")))


def around(store: ox.Store, iri: str) -> Neighbourhood:
    question = read_questions(folder("queries") / "pages")["thing"]
    found = store.query(question.bind({"this": iri}), use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    rows = [[row[name] for name in "gspo"] for row in found]
    return Neighbourhood(
        iri, ((g.value, s.value, p.value, Value(o.value, isinstance(o, ox.NamedNode))) for g, s, p, o in rows if g is not None)
    )


@pytest.fixture(scope="module")
def world_store(invented: Inputs) -> ox.Store:
    store = load(invented)
    infer(store, invented)
    return store


def slug(iri: str) -> str:
    return iri.rpartition("/")[2]


def test_what_surrounds_an_actor_of_the_invented_world_is_what_is_written_down(world_store: ox.Store) -> None:
    register = Register(rows_of(world_store, "register"))
    diagram, left_out = surroundings(around(world_store, f"{ID}body/board"), reports_of(world_store), register, "v", "l")
    with (WORLD.parent / "surroundings-of-the-board.csv").open(encoding="utf-8", newline="") as file:
        wanted = [tuple(row) for row in list(csv.reader(file))[1:]]
    found = [
        (slug(line.source), line.kind, line.label, slug(line.target), " ".join(dict.fromkeys(slug(said.passage) for said in line.statements)))
        for line in diagram.lines
    ]
    assert found == wanted and left_out == 0
    assert {line.kind for line in diagram.lines} == set(diagram.legend)
    assert diagram.nodes[0].key == f"{ID}body/board"


def test_a_report_travels_as_each_document_tells_it(world_store: ox.Store) -> None:
    register = Register(rows_of(world_store, "register"))
    told = journeys(f"{ID}output/light-report", reports_of(world_store), register, "v", "l")
    assert told[0].lines[0].statements[0].official and not told[-1].lines[0].statements[0].official
    ways = [[(slug(line.source), line.kind, slug(line.target), line.label) for line in one.lines] for one in told]
    assert ways[0] == [("ports-secretary", "periodic", "tide-committee", "¶6"), ("tide-committee", "transmits", "ports", "¶6")]
    assert len({one.title for one in told}) == len(told) > 1
    for one in told:
        assert {said.document_name for line in one.lines for said in line.statements} == {one.title}


def test_nothing_is_crossed_and_no_more_is_drawn_than_can_be_read(real_store: ox.Store) -> None:
    register, reports = Register(rows_of(real_store, "register")), reports_of(real_store)
    diagrams: list[Diagram] = []
    for actor in BUSY:
        diagram, left_out = surroundings(around(real_store, f"{ID}body/{actor}"), reports, register, "v", "l")
        reported = {end for line in diagram.lines if line.carries for end in (line.source, line.target)}
        assert len(diagram.nodes) <= max(MOST + 1, len(reported) + 1)
        assert all(f"{ID}body/{actor}" in (line.source, line.target) for line in diagram.lines if line.kind in ("asks", "together", "office", "within"))
        diagrams.append(diagram)
        assert left_out == 0 or len(diagram.nodes) > MOST
    diagrams += journeys(f"{ID}output/sg-wsis-report", reports, register, "v", "l")
    assert len(diagrams) > len(BUSY) + 2
    process = LayoutProcess(LIBRARY)
    try:
        for diagram in diagrams:
            assert crossings(diagram, from_elk(process.lay_out(to_elk(diagram)), diagram)) == []
    finally:
        process.close()


@pytest.fixture(scope="module")
def http(real_site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real_site, timeout=60, headers={"Accept": BROWSER}) as client:
        yield client


def section(text: str, key: str) -> str:
    return text.partition(f'aria-labelledby="{key}"')[2].partition(f'<h2 id="{key}"')[2].partition("<h2")[0]


def test_the_page_of_a_body_shows_its_surroundings_and_leads_on(http: httpx.Client) -> None:
    told = section(http.get("/doc/body/ungis").text, "around")
    lines = re.findall(r'<a class="line [^"]*" href="([^"]*)"[^>]*aria-label="([^"]*)"', told)
    assert len(lines) > 5 and all(address.startswith("../../doc/") for address, _ in lines)
    assert '<a href="../../reporting?body=ungis"' in told
    assert any("A/RES/80/173 asks UNGIS" in name for _, name in lines)
    for address, _ in lines:
        path, _, place = html.unescape(address).partition("#")
        page = http.get(f"/doc/body/{path}")
        assert page.status_code == 200 and (not place or f'id="{place}"' in page.text)
    assert "others that are asked together" in section(http.get("/doc/body/itu").text, "around")


def test_the_page_of_a_report_shows_its_ways_beside_each_other(http: httpx.Client) -> None:
    told = section(http.get("/doc/output/sg-wsis-report").text, "journeys")
    documents = re.findall(r'<h3 id="journey-\d">(.*?)</h3>', told)
    assert len(documents) > 2 and told.count('<svg class="diagram" width') >= len(documents)
    official = ["official" in one for one in documents]
    assert official == sorted(official, reverse=True) and official[0] and not official[-1]
    assert "every two years" in told and "every year" in told


def test_pages_answer_when_nothing_can_be_laid_out(
    real_store: ox.Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise LayoutFailed("The layout took more than 10 seconds or too much memory.")

    monkeypatch.setattr(Layouts, "of", fails)
    # A server of its own: on one that others ask, such a page may be kept already, with its figure.
    with site(real_store, tmp_path) as http:
        for path, words in (("body/iawg-ai", "What surrounds it"), ("output/ai-panel-first-report", "Who reports it to whom")):
            answer = http.get(f"/doc/{path}", headers={"Accept": BROWSER})
            assert answer.status_code == 200 and words in answer.text
            assert "The figure could not be drawn" in answer.text and '<figure class="drawn"' not in answer.text
