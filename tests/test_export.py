"""The site as static files: written whole or not at all, every link leads somewhere, and any web host can serve it."""

from __future__ import annotations

import functools
import http.server
import json
import re
import shutil
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from conftest import TwoVersions
from icalendar import Calendar

from wsis_kg.cli import main
from wsis_kg.names import BASE, PREFIXES
from wsis_kg.web import export as exporting
from wsis_kg.web.diagram_files import CONTENT_TYPES
from wsis_kg.web.export import CannotExport, export_site
from wsis_kg.web.static_files import broken_links, file_name, inner_path, rewritten, with_addresses

FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".trig": ox.RdfFormat.TRIG,
    ".jsonld": ox.RdfFormat.JSON_LD,
}
ADDRESS = "https://files.example/wsis/"


@pytest.fixture(scope="module")
def home(two_versions: TwoVersions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("exported") / "home"
    shutil.copytree(two_versions.home, home)
    return home


def write_earlier_export(target: Path) -> None:
    """A folder in which an export stood before."""
    target.mkdir(parents=True)
    for name in (exporting.MARKER, "old.html"):
        (target / name).write_text("old", encoding="utf-8")


@pytest.fixture(scope="module")
def site(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, written by the command over an earlier export."""
    target = tmp_path_factory.mktemp("site") / "deep" / "wsis"
    write_earlier_export(target)
    words = ["export", "--site", str(target), "--address", ADDRESS]
    result = CliRunner().invoke(main, words, env={"WSIS_KG_DATA": str(home)}, catch_exceptions=False)
    assert result.exit_code == 0 and result.stderr
    told = re.search(r"Wrote version \S+ as ([\d,]+) files, ([\d,.]+) MB", result.stdout)
    assert told is not None, result.stdout
    files = [path for path in target.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    assert told.groups() == (f"{len(files):,}", f"{size / 1e6:,.1f}")
    return target


@pytest.fixture(scope="module")
def static_host(site: Path) -> Iterator[str]:
    """A plain host of static files, the site two folders below its root."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(site.parent.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/deep/wsis/"
        server.shutdown()
        thread.join()


def test_a_crawler_finds_every_page_and_every_file_by_links(static_host: str, site: Path) -> None:
    """From the start page, over HTTP: nothing is missing, and nothing leads outside of the folder."""
    waiting, seen = [static_host], set()
    with httpx.Client() as http_client:
        while waiting:
            address = waiting.pop()
            answer = http_client.get(address)
            assert answer.status_code == 200, address
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            for link in re.findall(r'\s(?:href|src|action)="([^"#]*)', answer.text):
                if link and not re.match(r"[a-z]+:", link):
                    target = str(httpx.URL(address).join(link.replace("&amp;", "&")))
                    assert target.startswith(static_host), f"{link} on {address}"
                    if target not in seen:
                        seen.add(target)
                        waiting.append(target)
    found = {target.removeprefix(static_host) for target in seen} | {"index.html"}
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    by_address_only = {page for page in pages - found if "shown with the passage" in (site / page).read_text(encoding="utf-8")}
    assert pages - found == by_address_only
    assert len(found) > 500


def test_the_differences_are_among_the_files_as_page_and_as_rows(site: Path) -> None:
    told = json.loads((site / "differences.json").read_text(encoding="utf-8"))
    page = (site / "differences.html").read_text(encoding="utf-8")
    assert page.count('<article class="claim difference"') == told["count"] == len(told["differences"])
    assert len((site / "differences.csv").read_text(encoding="utf-8").splitlines()) > told["count"]


def test_who_reports_to_whom_is_among_the_files_drawn_and_as_rows(site: Path) -> None:
    told = json.loads((site / "reporting.json").read_text(encoding="utf-8"))
    page = (site / "reporting.html").read_text(encoding="utf-8")
    assert page.count("<tr data-line=") == told["count"] > 3 and '<svg class="diagram"' in page
    assert "<form class=\"filters" not in page
    assert "<svg" in (site / "reporting.svg").read_text(encoding="utf-8")
    relations = json.loads((site / "lineage.json").read_text(encoding="utf-8"))
    assert (site / "lineage.html").read_text(encoding="utf-8").count('<a class="relation') == relations["count"] > 3
    assert all((site / f"lineage.{suffix}").stat().st_size > 400 for suffix in CONTENT_TYPES)


def test_the_checker_agrees_and_notices(site: Path, tmp_path: Path) -> None:
    assert broken_links(site) == []
    (tmp_path / "a.html").write_text('<a href="b.html">b</a><a href="c.html#x">c</a><a href="/d.html">d</a><p id="here"><a href="#there">t</a><a href="#here">h</a><a href="https://e.example/">e</a>', encoding="utf-8")
    (tmp_path / "c.html").write_text("<p id='y'>", encoding="utf-8")
    (tmp_path / "s.css").write_text("@font-face { src: url(f.woff2) } a { background: url('c.html') }", encoding="utf-8")
    assert broken_links(tmp_path) == [
        "a.html: /d.html depends on where the files stand.",
        "a.html: there is no file b.html.",
        "a.html: there is no place #there in a.html.",
        "a.html: there is no place #x in c.html.",
        "s.css: there is no file f.woff2.",
    ]  # fmt: skip


def test_every_page_has_its_data_beside_it(site: Path) -> None:
    pages = [path for path in (site / "doc").glob("*/*.html") if "shown with the passage" not in path.read_text(encoding="utf-8")]
    assert len(pages) > 100
    for page in pages:
        for suffix in FORMATS:
            assert page.with_suffix(suffix).stat().st_size, page
    for path in sorted(site.rglob("*")):
        if path.suffix in FORMATS and "static" not in path.parts:
            if path.suffix == ".jsonld":
                json.loads(path.read_text(encoding="utf-8"))
            elif path.suffix == ".rdf":
                ET.parse(path)
            else:
                assert any(ox.parse(path.read_bytes(), format=FORMATS[path.suffix])), path


def test_what_else_there_is(site: Path, two_versions: TwoVersions) -> None:
    names = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert names >= {
        "index.html", "ontology.html", "ontology.ttl", "shapes.html", "quality.html", "deadlines.html", "deadlines.ics", "deadlines.atom", "doc/body.html", "doc/body/board.html",
        "void.ttl", "void.jsonld", "graph/actors.ttl", "graph/inferred.nt", "robots.txt", "sitemap.xml", "changes.atom",
        ".well-known/sparql-examples/index.ttl", "version/index.html", f"version/{two_versions.after}/index.html",
        f"version/{two_versions.after}/changes/{two_versions.before}.html", f"version/{two_versions.after}/changes/{two_versions.before}.atom",
        f"version/{two_versions.after}/changes/{two_versions.before}.patch", f"dumps/{two_versions.after}/wsis-kg.nq.gz",
        f"dumps/{two_versions.before}/SHA256SUMS", "needs-a-server.html", ".htaccess", "_redirects", "nginx.conf.sample",
    }  # fmt: skip
    assert not any(name.startswith((f"version/{two_versions.before}/doc", "sparql", "search", "id/")) for name in names)
    dump = site / "dumps" / two_versions.after / "wsis-kg.nq.gz"
    assert dump.read_bytes() == (two_versions.home / two_versions.after / "dumps" / "wsis-kg.nq.gz").read_bytes()


def test_what_needs_a_server_is_said_and_not_offered(site: Path) -> None:
    for path in site.rglob("*.html"):
        assert "<form" not in path.read_text(encoding="utf-8"), path
    home = (site / "index.html").read_text(encoding="utf-8")
    assert ">SPARQL</a></li>" not in home and "opensearch" not in home and 'href="needs-a-server.html"' in home
    text = (site / "needs-a-server.html").read_text(encoding="utf-8")
    assert "wsis-kg serve" in text and "SPARQL" in text


def test_links_lead_from_file_to_file(site: Path) -> None:
    page = (site / "doc" / "body" / "board.html").read_text(encoding="utf-8")
    assert 'href="board.ttl"' in page and 'href="../../graph/actors.ttl"' in page and 'href="../body.html"' in page
    claim = next(path for path in (site / "doc" / "task").glob("*.html"))
    link = re.findall(r'url=([^"]*)"', claim.read_text(encoding="utf-8"))[0]
    target, _, place = link.partition("#")
    assert f'id="{place}"' in (claim.parent / target).resolve().read_text(encoding="utf-8")


def test_absolute_addresses_are_those_where_the_site_will_stand(site: Path, two_versions: TwoVersions) -> None:
    places = re.findall(r"<loc>([^<]*)</loc>", (site / "sitemap.xml").read_text(encoding="utf-8"))
    assert len(places) > 100
    for place in places:
        assert place.startswith(ADDRESS) and (site / place.removeprefix(ADDRESS)).is_file(), place
    assert f"Sitemap: {ADDRESS}sitemap.xml" in (site / "robots.txt").read_text(encoding="utf-8")
    feed = (site / "changes.atom").read_text(encoding="utf-8")
    assert f'href="{ADDRESS}version/{two_versions.after}/changes/{two_versions.before}.html"' in feed
    assert f"<id>{BASE}version/{two_versions.after}</id>" in feed
    void = (site / "void.nt").read_text(encoding="utf-8")
    assert f"<{ADDRESS}dumps/{two_versions.after}/wsis-kg.nq.gz>" in void
    assert f"<{PREFIXES['body']}board>" in (site / "doc" / "body" / "board.nt").read_text(encoding="utf-8")
    assert "RewriteBase /wsis/" in (site / ".htaccess").read_text(encoding="utf-8")


def test_the_calendar_leads_to_files_and_to_places_in_them(site: Path) -> None:
    calendar = Calendar.from_ical((site / "deadlines.ics").read_bytes())
    assert not calendar.errors and str(calendar["URL"]) == f"{ADDRESS}deadlines.html"
    events = calendar.walk("VEVENT")
    assert len(events) > 4
    for event in events:
        file, _, place = str(event["URL"]).removeprefix(ADDRESS).partition("#")
        page = (site / file).read_text(encoding="utf-8")
        assert file.endswith(".html") and (not place or f'id="{place}"' in page), event["URL"]
        assert not event.errors and str(event["DESCRIPTION"])
    assert all(len(line) <= 75 for line in (site / "deadlines.ics").read_bytes().split(b"\r\n"))


# What is refused, and what stays


def test_a_folder_of_somebody_else_is_not_touched(home: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(CannotExport, match="is no earlier export"):
        export_site(home, tmp_path)
    with pytest.raises(CannotExport, match="is no earlier export"):
        export_site(home, tmp_path / "thesis.tex")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("address", ["here", "ftp://a.example/", "https:///x", "https://a.example/?q", "javascript:alert(1)"])
def test_an_address_that_is_none_is_refused(home: Path, tmp_path: Path, address: str) -> None:
    with pytest.raises(CannotExport, match="no address of a site"):
        export_site(home, tmp_path / "site", address)


def test_an_earlier_export_is_replaced_by_a_whole_one(site: Path) -> None:
    assert not (site / "old.html").exists() and (site / "index.html").is_file()
    assert (site / exporting.MARKER).read_text(encoding="utf-8") != "old"
    assert [path.name for path in site.parent.iterdir()] == [site.name], "nothing is left beside it"


@pytest.fixture
def one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """An export is of one page: how it ends needs no more."""
    monkeypatch.setattr(exporting._Export, "_begin", lambda *_: ["quality"])
    monkeypatch.setattr(exporting._Export, "_needs_server", lambda *_: True)
    for rest in ("_lead_on", "_write_claims"):
        monkeypatch.setattr(exporting._Export, rest, lambda *_: None)


@pytest.mark.usefixtures("one_page")
def test_what_was_written_is_counted(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "broken_links", lambda _: [])
    done = export_site(home, tmp_path / "site")
    files = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    assert (done.files, done.size) == (len(files), sum(path.stat().st_size for path in files))


@pytest.mark.usefixtures("one_page")
def test_an_earlier_export_is_not_replaced_by_one_that_fails(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "site"
    write_earlier_export(target)
    monkeypatch.setattr(exporting, "broken_links", lambda _: ["index.html: there is no file gone.html."])
    with pytest.raises(CannotExport, match="there is no file gone"):
        export_site(home, target)
    assert {path.name for path in target.iterdir()} == {exporting.MARKER, "old.html"}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_without_a_build_there_is_nothing_to_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSIS_KG_DATA", str(tmp_path / "home"))
    result = CliRunner().invoke(main, ["export", "--site", str(tmp_path / "site")], catch_exceptions=False)
    assert result.exit_code == 1 and "wsis-kg build" in result.stderr and not (tmp_path / "site").exists()


# The parts


@pytest.mark.parametrize(
    ("path", "media_type", "name"),
    [
        ("", "text/html", "index.html"),
        ("doc/body/x", "text/html", "doc/body/x.html"),
        ("dumps/0.1.0-ab/", "text/html", "dumps/0.1.0-ab/index.html"),
        ("version/1.0/changes/0.9.1", "text/html", "version/1.0/changes/0.9.1.html"),
        ("doc/body/x.html", "text/html", "doc/body/x.html"),
        ("graph/actors", "text/turtle", "graph/actors.ttl"),
        ("graph/actors.ttl", "text/turtle", "graph/actors.ttl"),
        ("dumps/1/SHA256SUMS", "text/plain", "dumps/1/SHA256SUMS"),
    ],
)
def test_names_of_files(path: str, media_type: str, name: str) -> None:
    assert file_name(path, media_type) == name


def test_addresses_within_the_site() -> None:
    assert inner_path("../../graph/a?x=1#y", "doc/body/b") == ("graph/a", "y")
    assert inner_path("./", "version/1/") == ("version/1/", "")
    for address in ("https://e.example/", "//e.example/", "#x", "", "mailto:a@e.example", "javascript:x"):
        assert inner_path(address, "doc/body/b") is None


def test_only_links_are_rewritten() -> None:
    files = {"doc/body/b": ("doc/body/b.html", ""), "x y": ("x y.html", "p")}
    page = '<a href="b">b</a> <a class="q" href="../../x%20y?a=1&amp;b=2">x</a> href="b" <a href="https://e.example/b">e</a>'
    assert rewritten(page, "doc/body/c", "doc/body/c.html", lambda path: files.get(path.replace("%20", " "))) == (
        '<a href="b.html">b</a> <a class="q" href="../../x%20y.html#p">x</a> href="b" <a href="https://e.example/b">e</a>'
    )
    with pytest.raises(KeyError, match="gone"):
        rewritten('<a href="gone">', "a", "a.html", files.get)
    assert with_addresses(f"<loc>{ADDRESS}doc/body/b</loc> {ADDRESS}other", ADDRESS, files.get) == (
        f"<loc>{ADDRESS}doc/body/b.html</loc> {ADDRESS}other"
    )
