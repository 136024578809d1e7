"""The files of a diagram, on the site and from the command line: each opened by a reader of its own."""

from __future__ import annotations

import csv
import importlib
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
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
from wsis_kg.web.diagram_files import CONTENT_TYPES
from wsis_kg.web.drawn_files import as_svg
from wsis_kg.web.layouts import UNSERVED, laid_out

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


@dataclass(frozen=True)
class Shown:
    """A diagram of the site: a choice of it, and what its files have to say of that."""

    name: str
    choice: dict[str, str]
    title: str
    rows: str
    ends: tuple[str, ...]
    links: str
    least: int


SHOWN = [
    Shown("reporting", {"document": "all"}, "Who reports to whom: all documents", "lines", ("from", "target"), ".//{*}a[@data-from]", 16),
    Shown("lineage", {"document": "A-RES-70-125"}, "Lineage of instruments: A/RES/70/125", "relations", ("document", "to"), ".//{*}g[@class='lineage']/{*}a[@class='relation']", 6),
]


@pytest.mark.parametrize("shown", SHOWN, ids=lambda one: one.name)
def test_each_reader_counts_the_same_nodes_and_lines(http: httpx.Client, shown: Shown) -> None:
    files = {suffix: http.get(f"/{shown.name}.{suffix}", params=shown.choice) for suffix in CONTENT_TYPES}
    assert {answer.status_code for answer in files.values()} == {200}
    lines = files["json"].json()[shown.rows]
    assert len(lines) == files["json"].json()["count"] > shown.least
    nodes = {(line[end], line[f"{end}_name"]) for line in lines for end in shown.ends}
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
    links = drawn.findall(shown.links) + drawn.findall(shown.links.replace("'relation'", "'relation again'"))
    assert len({one.attrib["aria-label"] for one in links}) == len(lines)
    title, permalink = shown.title, f"https://w3id.org/wsis-kg/{shown.name}?{urlencode(shown.choice)}"
    told = picture(files["png"].content).text  # type: ignore[attr-defined]
    assert (told["Title"], told["Permalink"], told["Copyright"]) == (title, permalink, LICENCE)
    assert (rows[0]["title"], rows[0]["permalink"], rows[0]["licence"]) == (title, permalink, LICENCE)
    assert (graph.graph["title"], graph.graph["permalink"], graph.graph["licence"]) == (title, permalink, LICENCE)
    day = graph.graph["date"]
    for suffix in ("dot", "graphml", "mmd", "csv", "json", "svg"):
        for part in (title, permalink, LICENCE, day, "0.1.0-site"):
            assert part in files[suffix].text, (suffix, part)


@pytest.mark.parametrize("suffix", CONTENT_TYPES)
@pytest.mark.parametrize(("name", "choice"), [("reporting", {"body": "ungis"}), ("lineage", {"kind": "recall"})])
def test_a_file_has_its_type_its_tag_and_a_head(http: httpx.Client, name: str, choice: dict[str, str], suffix: str) -> None:
    page = http.get(f"/{name}", params=choice, headers={"Accept": "text/html"}).text
    assert page.count(f'href="{name}.{suffix}?{urlencode(choice)}"') == 2
    found = http.get(f"/{name}.{suffix}", params=choice)
    assert found.headers["Content-Type"] == CONTENT_TYPES[suffix]
    again = http.get(f"/{name}.{suffix}", params=choice, headers={"If-None-Match": found.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = http.head(f"/{name}.{suffix}", params=choice)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == found.headers["ETag"]
    asked = http.get(f"/{name}", params=choice, headers={"Accept": CONTENT_TYPES[suffix].partition(";")[0]})
    assert asked.content == found.content


@pytest.fixture(scope="module")
def site(built_world: Path) -> Iterator[str]:
    with serving_pool(built_world.parent) as served:
        yield served.address


@pytest.fixture
def of_the_world(built_world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "packaged_engine", lambda _: Engine(built_world))


@pytest.mark.parametrize("form", command.FORMATS)
@pytest.mark.parametrize(
    ("name", "choice"),
    [("reporting", {"document": "all", "stated": "asserted"}), ("lineage", {"document": "A-RES-99-1", "to": "2030", "sort": "made"})],
    ids=["reporting", "lineage"],
)
@pytest.mark.usefixtures("of_the_world")
def test_the_command_gives_what_the_site_gives(site: str, name: str, choice: dict[str, str], form: str, tmp_path: Path) -> None:
    suffix = {"mermaid": "mmd"}.get(form, form)
    there = httpx.get(f"{site}/{name}.{suffix}", params=choice, timeout=60).content
    place = tmp_path / "file"
    chosen = [word for option, value in choice.items() for word in (f"--{option}", value)]
    options = [*chosen, "--format", form, "--base-url", site, "--output", str(place)]
    done = CliRunner().invoke(main, ["diagram", name, *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert place.read_bytes() == there
    if form == "json":
        assert json.loads(there)["count"] > 0
    if name == "reporting":
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
        (["families"], "'families' is not one of 'reporting', 'lineage'"),
        (["lineage", "--document", "nothing"], "has the document “nothing”. There is: A-99-L3"),
        (["lineage", "--kind", "recal", "--format", "dot"], "has the kind “recal”. There is: "),
        (["lineage", "--from", "soon"], "from is a year such as 2015"),
        (["lineage", "--as-of", "2026-11-01"], "--as-of chooses nothing of lineage; it is an option of reporting."),
        (["--kind", "recall"], "--kind chooses nothing of reporting; it is an option of lineage."),
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
    css = plain_style("".join((UNSERVED / name).read_text(encoding="utf-8") for name in ("diagram.css", "lineage.css")))
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
