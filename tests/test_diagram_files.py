"""The files of a diagram, on the site and from the command line: each opened by a reader of its own."""

from __future__ import annotations

import csv
import importlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import httpx
import networkx
import pydot
import pytest
from click.testing import CliRunner
from drawings import diagram_of
from harbour import serving_pool
from PIL import Image

from wsis_kg.cli import main
from wsis_kg.engine.store import Engine
from wsis_kg.views import diagram_png
from wsis_kg.views.diagram_png import CannotPaint, plain_style, png, with_texts
from wsis_kg.web import painting
from wsis_kg.web.drawn_files import as_svg
from wsis_kg.web.layouts import UNSERVED, laid_out
from wsis_kg.web.reporting_files import CONTENT_TYPES

# The package knows the command by the same name as its module.
command = importlib.import_module("wsis_kg.cli.diagram")
FONTS = sorted(UNSERVED.glob("*.ttf"))
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


@pytest.fixture(scope="module")
def http(real_site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real_site, timeout=60) as client:
        yield client


def picture(content: bytes) -> Image.Image:
    opened = Image.open(io.BytesIO(content))
    opened.load()
    return opened


def test_each_reader_counts_the_same_nodes_and_lines(http: httpx.Client) -> None:
    files = {suffix: http.get(f"/reporting.{suffix}", params={"document": "all"}) for suffix in CONTENT_TYPES}
    assert {answer.status_code for answer in files.values()} == {200}
    lines = files["json"].json()["lines"]
    assert len(lines) > 16
    nodes = {end for line in lines for end in ((line["from"], line["from_name"]), (line["target"], line["target_name"]))}
    graphs = pydot.graph_from_dot_data(files["dot"].text)
    assert graphs is not None
    assert len(graphs[0].get_edges()) == len(lines)
    graph = networkx.read_graphml(io.BytesIO(files["graphml"].content), force_multigraph=True)
    assert graph.number_of_edges() == len(lines)
    assert graph.number_of_nodes() == len(graphs[0].get_nodes()) >= len(nodes)
    assert {told["sentence"] for _, _, told in graph.edges(data=True)} == {line["sentence"] for line in lines}
    assert files["mmd"].text.count("\n  click ") == graph.number_of_nodes()
    rows = list(csv.DictReader(io.StringIO(files["csv"].text)))
    assert len(rows) == len(lines)
    drawn = ElementTree.fromstring(files["svg"].content)
    assert len(drawn.findall(".//{*}a[@data-from]")) == len(lines)
    title, permalink = "Who reports to whom: all documents", "https://w3id.org/wsis-kg/reporting?document=all"
    told = picture(files["png"].content).text  # type: ignore[attr-defined]
    assert (told["Title"], told["Permalink"], told["Copyright"]) == (title, permalink, LICENCE)
    assert (rows[0]["title"], rows[0]["permalink"], rows[0]["licence"]) == (title, permalink, LICENCE)
    assert (graph.graph["title"], graph.graph["permalink"], graph.graph["licence"]) == (title, permalink, LICENCE)
    day = graph.graph["date"]
    for suffix in ("dot", "graphml", "mmd", "csv", "json", "svg"):
        for part in (title, permalink, LICENCE, day, "0.1.0-site"):
            assert part in files[suffix].text, (suffix, part)


@pytest.mark.parametrize("suffix", CONTENT_TYPES)
def test_a_file_has_its_type_its_tag_and_a_head(http: httpx.Client, suffix: str) -> None:
    page = http.get("/reporting", params={"body": "ungis"}, headers={"Accept": "text/html"}).text
    assert f'href="reporting.{suffix}?body=ungis"' in page
    found = http.get(f"/reporting.{suffix}", params={"body": "ungis"})
    assert found.headers["Content-Type"] == CONTENT_TYPES[suffix]
    again = http.get(f"/reporting.{suffix}", params={"body": "ungis"}, headers={"If-None-Match": found.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = http.head(f"/reporting.{suffix}", params={"body": "ungis"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == found.headers["ETag"]
    asked = http.get("/reporting", params={"body": "ungis"}, headers={"Accept": CONTENT_TYPES[suffix].partition(";")[0]})
    assert asked.content == found.content


@pytest.fixture(scope="module")
def site(built_world: Path) -> Iterator[str]:
    with serving_pool(built_world.parent) as served:
        yield served.address


@pytest.fixture
def of_the_world(built_world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "packaged_engine", lambda _: Engine(built_world))


@pytest.mark.parametrize("form", command.FORMATS)
@pytest.mark.usefixtures("of_the_world")
def test_the_command_gives_what_the_site_gives(site: str, form: str, tmp_path: Path) -> None:
    suffix = {"mermaid": "mmd"}.get(form, form)
    there = httpx.get(f"{site}/reporting.{suffix}", params={"document": "all", "stated": "asserted"}, timeout=60).content
    place = tmp_path / "file"
    options = ["--document", "all", "--stated", "asserted", "--format", form, "--base-url", site, "--output", str(place)]
    done = CliRunner().invoke(main, ["diagram", "reporting", *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert place.read_bytes() == there
    if form == "json":
        assert json.loads(there)["count"] > 0
    done = CliRunner().invoke(main, ["diagram", *options[:-2]], catch_exceptions=False)
    assert done.stdout_bytes == there


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--body", "nobody"], "there is no body called “nobody”. There is:"),
        (["--year", "1800"], "There is: 20"),
        (["--as-of", "soon"], "A day is written such as 2027-01-31."),
        (["--sort", "colour", "--format", "csv"], "There is: reporter, report"),
        (["--base-url", "ftp://x"], "is not the address of a site"),
        (["--format", "gif"], "'gif' is not one of 'svg', 'png'"),
        (["families"], "'families' is not 'reporting'"),
    ],
)
@pytest.mark.usefixtures("of_the_world")
def test_what_the_command_refuses_it_says_in_a_sentence(words: list[str], sentence: str) -> None:
    done = CliRunner().invoke(main, ["diagram", *words])
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert done.stdout == ""


@pytest.mark.usefixtures("of_the_world")
def test_a_picture_is_not_written_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    with pytest.raises(command.click.UsageError, match="--output"):
        command.diagram.main(["--format", "png"], standalone_mode=False)


def drawing(label: str = "an annual report") -> tuple[object, str]:
    diagram = diagram_of([("a", "b"), ("b", "c")], label)
    return diagram, as_svg(diagram, laid_out(diagram), "https://site.example/").decode()


def test_a_picture_is_painted_in_its_own_font_and_says_what_it_is() -> None:
    hostile = "</text><script>\x00\u202e]]>-->&lt;"
    diagram, svg = drawing(hostile)
    painted = picture(painting.painted(diagram, svg))  # type: ignore[arg-type]
    assert painted.text["Description"].startswith("Who reports to whom. As of 2031-01-01 · version 0.1.0-x · CC BY · https://")  # type: ignore[attr-defined]
    told = {"Title": "Wer berichtet wem? 谁"}
    with_font = picture(png(svg, FONTS, told))
    assert with_font.text == told  # type: ignore[attr-defined]
    assert len(with_font.convert("L").histogram()) == 256
    dark = sum(with_font.convert("L").histogram()[:60])
    without = picture(png(svg, FONTS[:0], told))
    # Where no font is given none of the machine's is taken: there are no words.
    assert sum(without.convert("L").histogram()[:60]) < dark / 4


def test_a_picture_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagram_png, "MOST_PIXELS", 40_000)
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="3000" height="1000"><style></style><rect width="9" height="9"/></svg>'
    width, height = picture(png(svg, [], {})).size
    assert 30_000 < width * height <= 40_600
    with pytest.raises(CannotPaint, match="too long"):
        png('<svg width="900000" height="10"></svg>', [], {})
    with pytest.raises(CannotPaint, match="no size"):
        png("<svg></svg>", [], {})
    with pytest.raises(CannotPaint, match=r"font x\.ttf"):
        png(svg, [Path("x.ttf")], {})


def test_a_picture_that_takes_too_long_or_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    diagram, svg = drawing()
    with pytest.raises(CannotPaint, match=r"more than 0\.01 seconds"):
        painting.painted(diagram, svg, 0.01)  # type: ignore[arg-type]
    with pytest.raises(CannotPaint, match="cannot be painted"):
        painting.painted(diagram, '<svg width="9" height="9"><')  # type: ignore[arg-type]


def test_the_style_of_a_picture_needs_no_variables() -> None:
    css = plain_style((UNSERVED / "diagram.css").read_text(encoding="utf-8"))
    assert not any(word in css for word in ("var(", "light-dark", "@media", "@font-face", ":hover", ":focus", "inherit"))
    assert css.count("{") == css.count("}") > 10
    assert '"Source Sans 3"' in css


def test_a_chunk_has_a_keyword_of_png() -> None:
    empty = png('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>', [], {})
    for keyword in ("", "k" * 80, "ключ"):
        with pytest.raises(ValueError):
            with_texts(empty, {keyword: "text"})
    with pytest.raises(ValueError, match="no PNG"):
        with_texts(b"GIF89a", {})
