"""Diagrams are laid out in a process of their own, which can be killed; what comes of it crosses nothing it must not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawings import LIBRARY, as_drawn, bodies, crossings, diagram_of
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from harbour import wait_until

from wsis_kg.engine.layout import LayoutFailed, LayoutProcess
from wsis_kg.views.diagram import Diagram, Layout
from wsis_kg.views.diagram_svg import draw, stand_alone
from wsis_kg.views.elk_graph import from_elk, to_elk
from wsis_kg.views.text_width import width_of, wrapped

HOSTILE = '</text><script>alert(1)</script>" onload="alert(2)" \u202e]]>--><!-- &lt; \x00\x1b'


@pytest.fixture(scope="module")
def process() -> object:
    made = LayoutProcess(LIBRARY)
    yield made
    made.close()


def lay_out(process: LayoutProcess, diagram: Diagram) -> Layout:
    return from_elk(process.lay_out(to_elk(diagram)), diagram)


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "b")],
        [("a", "a")],
        [("a", "a"), ("a", "a"), ("a", "b")],
        [("a", "a")] * 5 + [("b", "a"), ("a", "c")],
        [("a", "b"), ("b", "c"), ("c", "a")],
        [("a", "b"), ("b", "a")],
        [("a", "b"), ("a", "b"), ("a", "b"), ("c", "d")],
        [(f"n{one}", f"n{other}") for one in range(6) for other in range(6)],
    ],
    ids=["one", "itself", "itself twice", "itself again and again", "a cycle", "both ways", "many at once", "everybody to everybody"],
)
def test_every_line_is_routed_through_nothing(process: LayoutProcess, pairs: list[tuple[str, str]]) -> None:
    diagram = diagram_of(pairs)
    layout = lay_out(process, diagram)
    assert set(layout.routes) == set(layout.labels) == {line.key for line in diagram.lines}
    assert crossings(diagram, layout) == []


def test_who_reports_stands_below_who_receives(process: LayoutProcess) -> None:
    layout = lay_out(process, diagram_of([("low", "middle"), ("middle", "high")]))
    assert layout.nodes["low"].y > layout.nodes["middle"].y > layout.nodes["high"].y


def test_nothing_to_draw_is_laid_out_too(process: LayoutProcess) -> None:
    assert lay_out(process, diagram_of([])).nodes == {}


def test_no_word_of_the_data_reaches_the_library_and_none_leaves_its_text(process: LayoutProcess) -> None:
    diagram = diagram_of([(HOSTILE, HOSTILE)], label=HOSTILE)
    assert "script" not in json.dumps(to_elk(diagram))
    layout = lay_out(process, diagram)
    for drawn in (draw(diagram, layout, lambda one: "#x"), stand_alone(diagram, layout, lambda one: HOSTILE, "a{}")):
        root = ElementTree.fromstring(drawn)
        assert not [one for one in root.iter() if one.tag.endswith("script")]
        assert not [name for one in root.iter() for name in one.attrib if name.startswith("on")]


def test_a_graph_that_is_none_is_refused_and_the_next_one_is_laid_out(process: LayoutProcess) -> None:
    with pytest.raises(LayoutFailed, match="The layout failed"):
        process.lay_out({"id": "root", "children": [{"id": "a"}], "edges": [{"id": "e", "sources": ["a"], "targets": ["b"]}]})
    assert lay_out(process, diagram_of([("a", "b")])).routes


def test_a_layout_that_takes_too_long_is_given_up_and_the_next_one_is_made(tmp_path: Path) -> None:
    process = LayoutProcess(patient_library(tmp_path), seconds=1)
    try:
        with pytest.raises(LayoutFailed):
            process.lay_out({"id": "for ever"})
        assert process.lay_out({"id": "at once"})
    finally:
        process.close()
    assert process.number is None


def patient_library(place: Path) -> Path:
    """A library that never comes to an end with one graph, and takes all memory with another."""
    path = place / "library.js"
    path.write_text(
        """
        self.onmessage = event => {
          const graph = event.data.graph || {};
          while (graph.id === 'for ever') {}
          const all = [];
          while (graph.id === 'too much') all.push(new Array(100000).fill(all.length));
          self.postMessage({ id: 1, data: { graph } });
        };
        """,
        encoding="utf-8",
    )
    return path


def test_a_layout_that_takes_too_much_memory_is_given_up(tmp_path: Path) -> None:
    process = LayoutProcess(patient_library(tmp_path), seconds=60, megabytes=64)
    try:
        with pytest.raises(LayoutFailed):
            process.lay_out({"id": "too much"})
        assert process.lay_out({"id": "at once"})
    finally:
        process.close()


def test_a_killed_process_is_started_again_and_a_closed_one_is_not(tmp_path: Path) -> None:
    process = LayoutProcess(patient_library(tmp_path))
    process.lay_out({"id": "at once"})
    first = process.number
    assert first is not None
    os.kill(first, 9)
    wait_until(lambda: process.number is None, "The end of the process")
    with_another = process.lay_out({"id": "at once"})
    assert with_another and process.number not in (None, first)
    process.close()
    assert process.number is None
    with pytest.raises(LayoutFailed, match="stopping"):
        process.lay_out({"id": "at once"})


def test_closing_ends_what_is_being_laid_out(tmp_path: Path) -> None:
    process = LayoutProcess(patient_library(tmp_path), seconds=60)
    told: list[str] = []

    def ask() -> None:
        try:
            process.lay_out({"id": "for ever"})
        except LayoutFailed as error:
            told.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: process.number is not None, "The start of the process")
    process.close()
    asking.join(30)
    assert told and process.number is None


def test_the_front_never_loads_the_engine() -> None:
    code = "import sys, wsis_kg.engine.layout, wsis_kg.web.app, wsis_kg.web.site; print([n for n in sys.modules if 'racer' in n])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_five_hundred_nodes_are_laid_out_in_time(process: LayoutProcess) -> None:
    diagram = bodies(500)
    layout = lay_out(process, diagram)
    assert len(layout.nodes) == 500
    assert crossings(diagram, layout) == []


def test_words_are_not_wider_than_they_are_taken_to_be() -> None:
    """The font is the one that is shipped."""
    (path,) = (LIBRARY.parent.parent / "static").glob("source-sans-3-latin-wght-normal-*.woff2")
    for weight in (400, 600):
        font = instantiateVariableFont(TTFont(path), {"wght": weight})
        advances, characters = font["hmtx"], font.getBestCmap()
        size = font["head"].unitsPerEm
        for text in ("Commission on Science and Technology", "A/RES/80/173 ¶122 · 2027", "WSIS+20 “Wm” – ’…"):
            real = sum(advances[characters[ord(one)]][0] for one in text) / size
            assert real * 16 <= width_of(text, 16) <= real * 16 * 1.15


def test_words_are_cut_into_lines_that_fit() -> None:
    assert wrapped("one two three", 10, 1000, 3) == ("one two three",)
    lines = wrapped("Report of the Secretary-General on progress in the implementation", 13, 90, 3)
    assert len(lines) == 3 and lines[-1].endswith("…")
    assert all(width_of(line, 13) <= 90 for line in lines)
    assert all(width_of(line, 13) <= 90 for line in wrapped("x" * 200, 13, 90, 9))


def test_what_a_file_carries_is_told_in_it(process: LayoutProcess) -> None:
    diagram = diagram_of([("a", "b")])
    root = ElementTree.fromstring(stand_alone(diagram, lay_out(process, diagram), lambda one: one.address, "a{}"))
    text = " ".join(root.itertext())
    for told in (diagram.title, diagram.day, diagram.version, diagram.licence, diagram.permalink, *diagram.legend.values()):
        assert told in text
    assert as_drawn(root) == ["a", "a reports to b", "b"]
