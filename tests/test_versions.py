"""Earlier versions on the web: their documents, Memento (RFC 7089), the pages and feeds of what changed (RFC 4287), and
that they stay few, bounded and killable. Over two versions of the invented world, on real sockets.
"""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from email.utils import format_datetime
from pathlib import Path

import httpx
import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from conftest import TwoVersions
from harbour import Served, serving_pool, wait_until, write_build
from whole_site import BROWSER

from wsis_kg.engine.limits import Limits
from wsis_kg.names import BASE, PREFIXES, VOID
from wsis_kg.web import shelf as shelves
from wsis_kg.web.admin import ask_servers
from wsis_kg.workshop.records import read_moment

PAGE = {"Accept": "text/html"}
BOARD = PREFIXES["body"] + "board"
CHART = PREFIXES["output"] + "chart"
BEFORE = "Tue, 01 Dec 2026 00:00:00 GMT"
AFTER = "Mon, 01 Mar 2027 12:30:00 GMT"
ATOM = "{http://www.w3.org/2005/Atom}"
LABEL = PREFIXES["skos"] + "prefLabel"


@pytest.fixture(scope="module")
def served(two_versions: TwoVersions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(two_versions.home, home)
    with serving_pool(home) as server:
        yield server


@pytest.fixture(scope="module")
def http(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.address, timeout=60) as client:
        yield client


def links(answer: httpx.Response) -> dict[str, str]:
    """The addresses in the headers Link, by relation; each word of a relation counts."""
    found = {}
    for value in answer.headers.get_list("link"):
        for address, rels in re.findall(r'<([^>]*)>[^<]*?rel="([^"]*)"', value):
            for rel in rels.split():
                found.setdefault(rel, address)
    return found


def label_in(turtle: str, thing: str) -> set[str]:
    graph = rdflib.Graph().parse(data=turtle, format="turtle")
    return {str(value) for value in graph.objects(rdflib.URIRef(thing), rdflib.URIRef(LABEL))}


# Documents as they were


def test_the_iri_of_a_version_leads_to_its_page(http: httpx.Client, two_versions: TwoVersions) -> None:
    answer = http.get(f"/version/{two_versions.before}", headers=PAGE)
    assert answer.status_code == 303 and answer.headers["location"] == f"/version/{two_versions.before}/"
    page = http.get(answer.headers["location"], headers=PAGE)
    assert page.status_code == 200 and "Published on 1 December 2026" in page.text
    assert f'href="../../version/{two_versions.after}/"' in page.text
    assert "the first version that is kept here" in page.text
    after = http.get(f"/version/{two_versions.after}/", headers=PAGE).text
    assert "It is the current one" in after and f'href="changes/{two_versions.before}"' in after


def test_a_version_is_described_in_rdf(http: httpx.Client, two_versions: TwoVersions) -> None:
    graph = rdflib.Graph().parse(
        data=http.get(f"/version/{two_versions.after}/", headers={"Accept": "text/turtle"}).text, format="turtle"
    )
    this = rdflib.URIRef(f"{BASE}version/{two_versions.after}")
    dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    assert (this, dcat.previousVersion, rdflib.URIRef(f"{BASE}version/{two_versions.before}")) in graph
    assert (this, dcat.isVersionOf, rdflib.URIRef(VOID + "#dataset")) in graph
    assert str(graph.value(this, rdflib.DCTERMS.issued)) == "2027-03-01T12:30:00+00:00"


def test_a_thing_of_a_version_leads_to_its_document_there(http: httpx.Client, two_versions: TwoVersions) -> None:
    for version, name in ((two_versions.before, "approaches"), (two_versions.after, "waters")):
        answer = http.get(f"/version/{version}/id/output/chart")
        assert answer.status_code == 303 and answer.headers["location"] == f"/version/{version}/doc/output/chart"
        data = http.get(answer.headers["location"] + ".ttl")
        assert data.headers["dataset-version"] == version
        assert label_in(data.text, CHART) == {f"Chart of the northern {name}"}
        page = http.get(answer.headers["location"], headers=PAGE).text
        assert f"Chart of the northern {name}" in page and version in page
    assert label_in(http.get("/doc/output/chart.ttl").text, CHART) == {"Chart of the northern waters"}


def test_each_page_of_a_version_says_so_first(http: httpx.Client, two_versions: TwoVersions) -> None:
    page = http.get(f"/version/{two_versions.before}/doc/output/chart", headers=PAGE).text
    (banner,) = re.findall(r'<p class="earlier" role="note">(.*?)</p>', page, re.DOTALL)
    assert "of 1 December 2026" in banner and f"version/{two_versions.after}/changes/{two_versions.before}" in banner
    address = re.findall(r'href="([^"]*)">This page as it is now', banner)[0]
    now = http.get(f"/version/{two_versions.before}/doc/output/{address}".replace("/x/", "/"), headers=PAGE)
    assert now.status_code == 200 and now.url.path == "/doc/output/chart"
    assert 'class="earlier"' not in now.text
    assert "It is the current one" in http.get(f"/version/{two_versions.after}/doc/output/chart", headers=PAGE).text


@pytest.mark.parametrize("thing", ["document/A-RES-99-1", "body/board"])
def test_a_page_is_cited_with_the_date_and_the_address_of_its_version(
    http: httpx.Client, two_versions: TwoVersions, thing: str
) -> None:
    for root, version, day in (
        ("/", two_versions.after, "1 March 2027"),
        (f"/version/{two_versions.before}/", two_versions.before, "1 December 2026"),
    ):
        text = http.get(f"{root}doc/{thing}", headers={"Accept": BROWSER}).text
        cited = text.partition("<h2>How to cite</h2>")[2].partition("</p>")[0]
        assert f"wsis-kg version {version} of {day}, <code>{BASE}id/{thing}</code>" in cited
        address = re.findall(f"<code>{BASE}(version/[^<]*)</code>", cited)
        assert address == [f"version/{version}/doc/{thing}"]
        assert http.get(f"/{address[0]}", headers={"Accept": BROWSER}).status_code == 200


def test_what_pages_of_a_version_link_to_is_there(http: httpx.Client, two_versions: TwoVersions) -> None:
    for path in ("doc/body/board", "doc/document/A-RES-99-1", "doc/body", "sparql"):
        here = f"/version/{two_versions.before}/{path}"
        for address in sorted(set(re.findall(r'(?:href|src)="([^":#]+)["#]', http.get(here, headers=PAGE).text))):
            found = http.get(httpx.URL(here).join(address.replace("&amp;", "&")), headers=PAGE, follow_redirects=True)
            assert found.status_code == 200, f"{address} on {here}: {found.status_code}"


def test_what_came_later_is_not_in_the_version_before(http: httpx.Client, two_versions: TwoVersions) -> None:
    assert http.get("/doc/body/buoy-office.ttl").status_code == 200
    assert http.get(f"/version/{two_versions.before}/doc/body/buoy-office.ttl").status_code == 404
    assert http.get("/doc/constituency/tug-owners.ttl").status_code == 404
    assert http.get(f"/version/{two_versions.before}/doc/constituency/tug-owners.ttl").status_code == 200


def test_graphs_and_queries_of_a_version(http: httpx.Client, two_versions: TwoVersions) -> None:
    answer = http.get(f"/version/{two_versions.before}/graph/actors.nt")
    assert "tug-owners" in answer.text and answer.headers["memento-datetime"] == BEFORE
    assert links(answer)["original"].endswith("/graph/actors.nt")
    ask = f"ASK {{ <{PREFIXES['constituency']}tug-owners> a ?class }}"
    for version, truth in ((two_versions.before, True), (two_versions.after, False)):
        told = http.get(f"/version/{version}/sparql", params={"query": ask}, headers={"Accept": "application/json"})
        assert told.json()["boolean"] is truth and told.headers["dataset-version"] == version
        assert told.headers.get_list("access-control-allow-origin") == ["*"]
    update = http.post(f"/version/{two_versions.before}/sparql", data={"update": "CLEAR ALL"})
    assert update.status_code == 403


@pytest.mark.parametrize(
    "path",
    ["nowhere/", "nowhere", "nowhere/doc/body/board", "..%2f..%2fetc/", "%2e%2e/doc/body/board", "x" * 3000 + "/", "serving/", ".hidden/doc/a/b", "current/doc/body/board", "%0d%0aX-A:%20b/"],
)  # fmt: skip
def test_no_such_version_is_a_404_with_a_sentence(http: httpx.Client, path: str) -> None:
    answer = http.get(f"/version/{path}", headers={"Accept": "application/json"})
    assert answer.status_code == 404 and answer.json()["detail"] and "x-a" not in answer.headers
    assert "<script" not in http.get(f"/version/{path}", headers=PAGE).text.split("<main")[1]


def test_what_has_no_versions_is_found_at_its_place(http: httpx.Client, two_versions: TwoVersions) -> None:
    answer = http.get(f"/version/{two_versions.before}/search?q=a%26b", headers=PAGE)
    assert answer.status_code == 303 and answer.headers["location"] == "/search?q=a%26b"
    assert http.get(f"/version/{two_versions.before}//other.example/x").headers["location"] != "//other.example/x"
    assert http.get(f"/version/{two_versions.before}/dumps").headers["location"] == f"/dumps/{two_versions.before}/"


# Memento


def test_a_document_links_to_its_past(http: httpx.Client, two_versions: TwoVersions) -> None:
    answer = http.get("/doc/body/board", headers={"Accept": "text/turtle"})
    assert "accept-datetime" in answer.headers["vary"].lower() and "accept" in answer.headers["vary"].lower().split(", ")
    assert "memento-datetime" not in answer.headers
    found = links(answer)
    assert found["original"] == found["timegate"] == f"{http.base_url}/doc/body/board".replace("//doc", "/doc")
    assert found["first"].endswith(f"/version/{two_versions.before}/doc/body/board")
    assert found["last"].endswith(f"/version/{two_versions.after}/doc/body/board")
    assert found["cite-as"] == BOARD, "What the document says of itself is still there"
    again = http.get("/doc/body/board", headers={"Accept": "text/turtle", "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304 and again.headers["vary"] == answer.headers["vary"]


@pytest.mark.parametrize(
    ("asked", "is_before"),
    [
        ("Tue, 01 Dec 2026 00:00:00 GMT", True),
        ("Sat, 02 Jan 2027 10:00:00 GMT", True),
        ("Mon, 01 Mar 2027 12:29:59 GMT", True),
        ("Mon, 01 Mar 2027 12:30:00 GMT", False),
        ("Thu, 01 Jan 1970 00:00:00 GMT", True),
        ("Fri, 01 Jan 2100 00:00:00 GMT", False),
    ],
)
def test_accept_datetime_leads_to_what_was_there(
    http: httpx.Client, two_versions: TwoVersions, asked: str, is_before: bool
) -> None:
    for method in ("GET", "HEAD"):
        answer = http.request(method, "/doc/output/chart", headers={"Accept-Datetime": asked, "Accept": "text/turtle"})
        version = two_versions.before if is_before else two_versions.after
        assert answer.status_code == 302 and answer.headers["location"] == f"/version/{version}/doc/output/chart"
        assert "accept-datetime" in answer.headers["vary"].lower() and "memento-datetime" not in answer.headers
        assert {"original", "timegate", "timemap", "memento", "first", "last"} <= set(links(answer))
    memento = http.get(answer.headers["location"], headers={"Accept": "text/turtle", "Accept-Datetime": asked})
    assert memento.status_code == 200 and memento.headers["memento-datetime"] == (BEFORE if is_before else AFTER)
    assert links(memento)["original"].endswith(f"{http.base_url.port}/doc/output/chart")
    assert links(memento)["timegate"] == links(memento)["original"] and links(memento)["timemap"]


def test_a_suffix_is_kept_on_the_way_back(http: httpx.Client, two_versions: TwoVersions) -> None:
    answer = http.get("/doc/body/board.nt", headers={"Accept-Datetime": BEFORE})
    assert answer.headers["location"] == f"/version/{two_versions.before}/doc/body/board.nt"
    memento = http.get(answer.headers["location"])
    assert memento.headers["content-type"] == "application/n-triples" and memento.headers["memento-datetime"] == BEFORE


@pytest.mark.parametrize("asked", ["yesterday", "", "2026-12-01", "Tue, 01 Dec 2026 00:00:00 +0200", "Tue, 99 Dec 2026 00:00:00 GMT"])  # fmt: skip
def test_what_is_no_time_is_a_400_with_an_example(http: httpx.Client, asked: str) -> None:
    answer = http.get("/doc/body/board", headers={"Accept-Datetime": asked, "Accept": "application/json"})
    assert answer.status_code == 400 and "GMT" in answer.json()["hint"]
    assert http.get("/doc/body/board", headers={"Accept-Datetime": asked, **PAGE}).status_code == 400


def test_only_versions_that_hold_the_thing_take_part(http: httpx.Client, two_versions: TwoVersions) -> None:
    answer = http.get("/doc/body/buoy-office.ttl", headers={"Accept-Datetime": BEFORE})
    assert answer.headers["location"] == f"/version/{two_versions.after}/doc/body/buoy-office.ttl"
    gone = http.get("/doc/constituency/tug-owners.ttl", headers={"Accept-Datetime": AFTER})
    assert gone.headers["location"] == f"/version/{two_versions.before}/doc/constituency/tug-owners.ttl"
    assert http.get("/doc/body/nobody.ttl", headers={"Accept-Datetime": AFTER}).status_code == 404
    assert http.get("/timemap/doc/body/nobody").status_code == 404


def test_the_timemap_lists_each_memento_once(http: httpx.Client, two_versions: TwoVersions) -> None:
    answer = http.get("/timemap/doc/body/board")
    assert answer.headers["content-type"] == "application/link-format"
    entries = re.findall(r'<([^>]*)>; rel="([^"]*)"(?:; type="[^"]*")?((?:; \w+="[^"]*")*)', answer.text)
    assert [rel for _, rel, _ in entries] == ["original timegate", "self", "first memento", "last memento"]
    assert entries[0][0] == f"{str(http.base_url).rstrip('/')}/doc/body/board" and entries[1][0] == str(answer.url)
    assert f'from="{BEFORE}"; until="{AFTER}"' in entries[1][2]
    for (address, _, rest), when in zip(entries[2:], (BEFORE, AFTER), strict=True):
        assert f'datetime="{when}"' in rest
        assert http.get(address, headers={"Accept": "text/turtle"}).headers["memento-datetime"] == when
    only = http.get("/timemap/doc/body/buoy-office").text
    assert 'rel="first last memento"' in only and two_versions.before not in only


def test_a_version_without_a_date_is_no_memento(two_versions: TwoVersions, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(two_versions.home, home)
    (home / two_versions.before / "published").unlink()
    with serving_pool(home) as server, httpx.Client(base_url=server.address, timeout=60) as http:
        document = http.get(f"/version/{two_versions.before}/doc/body/board.ttl")
        assert document.status_code == 200 and "memento-datetime" not in document.headers
        assert two_versions.before not in http.get("/timemap/doc/body/board").text
        answer = http.get("/doc/body/board.ttl", headers={"Accept-Datetime": BEFORE})
        assert answer.headers["location"].startswith(f"/version/{two_versions.after}/")
        page = http.get(f"/version/{two_versions.before}/", headers=PAGE).text
        assert "No date of publication is on record" in page and "left out of every TimeMap" in page
        assert "Which version came before it is not known" in page
        assert two_versions.before in http.get("/version/", headers=PAGE).text
        assert two_versions.before not in http.get("/changes.atom").text
        (home / two_versions.after / "published").unlink()
        wait_until(lambda: "accept-datetime" not in http.get("/doc/body/board.ttl").headers["vary"].lower(), "Forgetting")
        plain = http.get("/doc/body/board.ttl", headers={"Accept-Datetime": BEFORE})
        assert plain.status_code == 200 and "timegate" not in links(plain)
        assert http.get("/timemap/doc/body/board").status_code == 404
        feed = ET.fromstring(http.get("/changes.atom").content)
        assert feed.findall(f"{ATOM}entry") == []
        assert "no date of publication on record" in (feed.findtext(f"{ATOM}subtitle") or "")


# What changed


def atom(content: bytes) -> ET.Element:
    """A feed, held to what RFC 4287 demands of every feed and entry (sections 4.1.1 and 4.1.2)."""
    feed = ET.fromstring(content)
    assert feed.tag == f"{ATOM}feed"
    assert [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert feed.findall(f"{ATOM}author/{ATOM}name")
    identifiers = []
    for part in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1, f"{name} of {part.tag}"
        read_moment(part.findtext(f"{ATOM}updated") or "")
        identifiers.append(part.findtext(f"{ATOM}id") or "")
        assert identifiers[-1].startswith(BASE)
    assert len(set(identifiers)) == len(identifiers)
    for entry in feed.findall(f"{ATOM}entry"):
        assert entry.findtext(f"{ATOM}content") and entry.find(f"{ATOM}content").get("type") == "html"  # type: ignore[union-attr]
        ET.fromstring(f"<div>{entry.findtext(f'{ATOM}content')}</div>")
    moments = [entry.findtext(f"{ATOM}updated") or "" for entry in feed.findall(f"{ATOM}entry")]
    assert moments == sorted(moments, reverse=True) and (not moments or feed.findtext(f"{ATOM}updated") == moments[0])
    return feed


def test_the_feed_has_an_entry_for_each_version_with_a_date(http: httpx.Client, two_versions: TwoVersions) -> None:
    answer = http.get("/changes.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    entries = atom(answer.content).findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [
        f"{BASE}version/{two_versions.after}",
        f"{BASE}version/{two_versions.before}",
    ]
    assert entries[0].findtext(f"{ATOM}updated") == "2027-03-01T12:30:00Z"
    assert "Buoy Office" in (entries[0].findtext(f"{ATOM}content") or "")
    assert http.get(entries[0].find(f"{ATOM}link").get("href"), headers=PAGE).status_code == 200  # type: ignore[union-attr, arg-type]
    home = http.get("/", headers=PAGE).text
    assert '<link rel="alternate" type="application/atom+xml" href="changes.atom"' in home
    deep = http.get("/doc/body/board", headers=PAGE).text
    assert '<link rel="alternate" type="application/atom+xml" href="../../changes.atom"' in deep


def test_one_step_has_a_feed_with_an_entry_for_each_thing(http: httpx.Client, two_versions: TwoVersions) -> None:
    path = f"/version/{two_versions.after}/changes/{two_versions.before}"
    entries = atom(http.get(f"{path}.atom").content).findall(f"{ATOM}entry")
    by_id = {entry.findtext(f"{ATOM}id"): entry for entry in entries}
    chart = by_id[f"{BASE}{path[1:]}#output-chart"]
    assert chart.findtext(f"{ATOM}title") == "Changed: output:chart “Chart of the northern waters”"
    assert "approaches" in (chart.findtext(f"{ATOM}content") or "")
    page = http.get(path, headers=PAGE).text
    for identifier in by_id:
        assert f'id="{(identifier or "").partition("#")[2]}"' in page


def test_the_changes_are_a_page_and_rdf(http: httpx.Client, two_versions: TwoVersions) -> None:
    path = f"/version/{two_versions.after}/changes/{two_versions.before}"
    page = http.get(path, headers=PAGE).text
    assert "“Chart of the northern approaches” -&gt; “Chart of the northern waters”" in page
    assert '<span class="inferred">inferred</span>' in page
    for address in sorted(set(re.findall(r'href="((?:\.\./)+version/[^"]*)"', page))):
        assert http.get(httpx.URL(path).join(address), headers=PAGE, follow_redirects=True).status_code == 200, address
    for suffix, headers in ((".trig", {}), ("", {"Accept": "*/*"})):
        trig = http.get(path + suffix, headers=headers)
        assert trig.headers["content-type"].startswith("application/trig")
        assert any(ox.parse(trig.content, format=ox.RdfFormat.TRIG))
    assert http.get(f"{path}.patch").text.startswith("H id <")
    assert http.get(f"/version/{two_versions.after}/changes/nowhere").status_code == 404


def test_the_catalogue_names_the_version_before(http: httpx.Client, two_versions: TwoVersions) -> None:
    graph = rdflib.Graph().parse(data=http.get("/void.ttl").text, format="turtle")
    dataset, dcat = rdflib.URIRef(VOID + "#dataset"), rdflib.Namespace("http://www.w3.org/ns/dcat#")
    before, after = (rdflib.URIRef(f"{BASE}version/{name}") for name in (two_versions.before, two_versions.after))
    assert set(graph.objects(dataset, dcat.previousVersion)) == {before}
    assert set(graph.objects(dataset, dcat.hasCurrentVersion)) == {after}
    assert set(graph.objects(dataset, dcat.hasVersion)) == {before, after}
    assert set(graph.objects(after, dcat.previousVersion)) == {before} and not set(graph.objects(before, dcat.previousVersion))
    shapes = rdflib.Graph().parse(Path(__file__).parent / "catalogue.shapes.ttl")
    conforms, _, report = pyshacl.validate(graph, shacl_graph=shapes)
    assert conforms, report


# Few, bounded, killable


def test_few_versions_are_open_and_those_unread_are_closed(
    two_versions: TwoVersions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(shelves.Shelf.__init__, "__defaults__", (1, 0.5))
    made: list[shelves.Shelf] = []
    begin = shelves.Shelf.__init__

    def note(self: shelves.Shelf, *arguments: object, **settings: object) -> None:
        begin(self, *arguments, **settings)  # type: ignore[arg-type]
        made.append(self)

    monkeypatch.setattr(shelves.Shelf, "__init__", note)
    home = tmp_path / "home"
    shutil.copytree(two_versions.home, home)
    with serving_pool(home) as server, httpx.Client(base_url=server.address, timeout=60) as http:
        (shelf,) = made
        assert shelf.versions == []
        for version in (two_versions.before, two_versions.after, two_versions.before):
            assert http.get(f"/version/{version}/doc/body/board.ttl").headers["dataset-version"] == version
            assert shelf.versions in ([version], [])
        wait_until(lambda: not shelf.versions, "Closing what nobody reads")
        assert http.get(f"/version/{two_versions.before}/doc/body/board.ttl").status_code == 200


SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?a != ?d && ?d != ?g) }"


def test_a_query_over_an_earlier_version_has_the_same_limits(two_versions: TwoVersions, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(two_versions.home, home)
    limits = Limits(timeout_seconds=1.5)
    with serving_pool(home, limits) as server, httpx.Client(base_url=server.address, timeout=60) as http:
        path = f"/version/{two_versions.before}/sparql"
        answer = http.get(path, params={"query": SLOW}, headers={"Accept": "application/json"})
        assert answer.status_code == 503 and answer.json()["limit_seconds"] == 1.5
        assert http.get(path, params={"query": "ASK {}"}).status_code == 200


def test_whoever_runs_the_server_sees_and_stops_queries_over_earlier_versions(
    two_versions: TwoVersions, tmp_path: Path
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    home = tmp_path / "home"
    shutil.copytree(two_versions.home, home)
    with serving_pool(home, Limits(timeout_seconds=60)) as server, ThreadPoolExecutor(1) as threads:
        address = f"{server.address}/version/{two_versions.before}/sparql"
        asking = threads.submit(lambda: httpx.get(address, params={"query": SLOW}, timeout=90))

        def running() -> list[str]:
            return [query["id"] for _, told in ask_servers(home, {}) for query in told["queries"] if query["text"] == SLOW]

        wait_until(lambda: running(), "The query")
        assert [told for _, told in ask_servers(home, {"stop": running()[0]})] == [{"stopped": True}]
        assert asking.result().status_code == 503


def test_moments_are_written_as_http_does() -> None:
    assert format_datetime(read_moment("2026-12-01"), usegmt=True) == BEFORE


def test_a_current_build_without_a_date_is_told_once(tmp_path: Path) -> None:
    write_build(tmp_path, "0.1.0-undated")
    with serving_pool(tmp_path) as served:
        page = httpx.get(f"{served.address}/version/", headers=PAGE, timeout=60).text
    assert "Builds without a date" not in page and page.count(">0.1.0-undated<") == 1
    assert "the current one" in page and "no date on record" in page
