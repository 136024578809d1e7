"""The dataset as files: what they hold, how they are served, and that the catalogue tells the truth about them."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pyoxigraph as ox
import pytest
from harbour import point_to, serving, wait_until, write_build
from whole_site import BROWSER

from wsis_kg.names import BASE, DESCRIPTION, GRAPH, VOID
from wsis_kg.workshop.build import is_whole
from wsis_kg.workshop.dumps import Dump, dumps_of, write_dumps
from wsis_kg.workshop.problems import WorkshopError

FORMATS = {
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
OF_TRIPLES = ("ttl", "nt", "rdf", "jsonld")
NAMES = [f"wsis-kg.{suffix}{coding}" for suffix in FORMATS for coding in ("", ".gz")]


def canonical(statements: set[ox.Quad]) -> set[str]:
    dataset = ox.Dataset(statements)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


@pytest.fixture(scope="module")
def described(built_world: Path) -> ox.Store:
    """What the build holds."""
    store = ox.Store()
    store.bulk_load(path=built_world / "dataset.nq", format=ox.RdfFormat.N_QUADS)
    return store


@pytest.fixture(scope="module")
def home(built_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with that build, and an older one without files."""
    place = tmp_path_factory.mktemp("kept")
    shutil.copytree(built_world, place / built_world.name)
    write_build(place, "0.0.9-old")
    point_to(place, built_world.name)
    return place


@pytest.fixture(scope="module")
def http(home: Path) -> Iterator[httpx.Client]:
    with serving(home) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


# What the files hold


@pytest.mark.parametrize("name", NAMES)
def test_a_file_holds_every_graph_but_the_description(built_world: Path, described: ox.Store, name: str) -> None:
    content = (built_world / "dumps" / name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
        assert content == (built_world / "dumps" / name.removesuffix(".gz")).read_bytes()
    held = set(ox.parse(content, format=FORMATS[name.split(".")[1]]))
    expected = {quad for quad in described if quad.graph_name != ox.NamedNode(DESCRIPTION)}
    if name.split(".")[1] in OF_TRIPLES:
        expected = {ox.Quad(quad.subject, quad.predicate, quad.object) for quad in expected}
    assert canonical(held) == canonical(expected)


@pytest.mark.parametrize("suffix", OF_TRIPLES)
def test_each_graph_is_given_out_for_itself(built_world: Path, described: ox.Store, suffix: str) -> None:
    graphs = {str(one.value) for one in described.named_graphs() if isinstance(one, ox.NamedNode)} - {DESCRIPTION}
    assert len(graphs) > 5
    files = {path.name for path in (built_world / "dumps" / "graph").iterdir()}
    assert {name for name in files if name.endswith(f".{suffix}.gz")} == {
        f"{graph.removeprefix(GRAPH)}.{suffix}.gz" for graph in graphs
    }
    for graph in graphs:
        content = (built_world / "dumps" / "graph" / f"{graph.removeprefix(GRAPH)}.{suffix}.gz").read_bytes()
        held = set(ox.parse(gzip.decompress(content), format=FORMATS[suffix]))
        expected = {
            ox.Quad(quad.subject, quad.predicate, quad.object)
            for quad in described.quads_for_pattern(None, None, None, ox.NamedNode(graph))
        }
        assert canonical(held) == canonical(expected), graph


def test_a_text_that_xml_cannot_carry_stops_the_build() -> None:
    line = f'<http://e.example/s> <http://e.example/p> "a\\u0001" <{GRAPH}g> .\n'.encode()
    with pytest.raises(WorkshopError, match=r"U\+0001.* Next: Take it out"):
        dumps_of([line])


def test_the_statistics_count_what_the_files_hold(built_world: Path, described: ox.Store) -> None:
    union = set(ox.parse((built_world / "dumps" / "wsis-kg.ttl").read_bytes(), format=ox.RdfFormat.TURTLE))
    whole, triples = ox.NamedNode(VOID + "#dataset"), ox.NamedNode("http://rdfs.org/ns/void#triples")
    (said,) = described.quads_for_pattern(whole, triples, None, None)
    assert said.object == ox.Literal(len(union))


def test_the_same_dataset_gives_the_same_bytes_in_another_process(built_world: Path) -> None:
    code = (
        "import sys; from wsis_kg.workshop.dumps import dumps_of;"
        "[print(d.checksum, '', d.name) for d in dumps_of(open(sys.argv[1], 'rb').read().splitlines(keepends=True))]"
    )
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code, str(built_world / "dumps" / "wsis-kg.nq")],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout == (built_world / "dumps" / "SHA256SUMS").read_text(encoding="ascii")


def test_literals_that_look_like_the_end_of_a_line_stay_whole() -> None:
    odd = b'<http://e.example/s> <http://e.example/p> "a <b> .\\n<c>" <https://w3id.org/wsis-kg/graph/g> .\n'
    union = next(dump for dump in dumps_of([odd]) if dump.name == "wsis-kg.ttl")
    (quad,) = ox.parse(union.content, format=ox.RdfFormat.TURTLE)
    assert quad.object == ox.Literal("a <b> .\n<c>")


def test_the_checksums_are_for_sha256sum(built_world: Path) -> None:
    if shutil.which("sha256sum") is None:
        pytest.skip("by design: this system has no sha256sum")
    run = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=built_world / "dumps", capture_output=True, text=True
    )
    assert run.returncode == 0 and run.stdout.count(": OK\n") == len(NAMES) + len(list((built_world / "dumps" / "graph").iterdir()))


def test_a_build_without_files_is_made_again(built_world: Path, tmp_path: Path) -> None:
    place = tmp_path / built_world.name
    shutil.copytree(built_world, place)
    assert is_whole(place)
    shutil.rmtree(place / "dumps")
    assert not is_whole(place)


# How they are served


def test_a_file_is_served_as_it_is(http: httpx.Client, built_world: Path) -> None:
    types = {
        "nq": "application/n-quads",
        "trig": "application/trig",
        "ttl": "text/turtle; charset=utf-8",
        "nt": "application/n-triples",
        "rdf": "application/rdf+xml",
        "jsonld": "application/ld+json",
    }
    for name in NAMES:
        path = f"/dumps/{built_world.name}/{name}"
        got, head = http.get(path), http.head(path)
        content = (built_world / "dumps" / name).read_bytes()
        assert got.status_code == head.status_code == 200 and got.content == content and head.content == b""
        suffix = name.split(".")[1]
        expected = "application/gzip" if name.endswith(".gz") else types[suffix]
        for answer in (got, head):
            headers = answer.headers
            assert headers["content-type"] == expected and headers["content-length"] == str(len(content))
            assert "content-encoding" not in headers
            assert headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"' and headers["last-modified"]
            assert 'rel="license"' in headers["link"] and '</void>; rel="describedby"' in headers["link"]
            assert headers["accept-ranges"] == "bytes" and "immutable" in headers["cache-control"]
            assert (
                headers["access-control-allow-origin"] == "*"
                and "Content-Range" in headers["access-control-expose-headers"]
            )
            named = name.replace("wsis-kg", f"wsis-kg-{built_world.name}")
            assert headers["content-disposition"] == f'attachment; filename="{named}"'
            assert headers["dataset-version"] == built_world.name and headers["x-content-type-options"] == "nosniff"


def test_a_client_that_has_it_is_told_so(http: httpx.Client, built_world: Path) -> None:
    path = f"/dumps/{built_world.name}/wsis-kg.ttl"
    first = http.get(path).headers
    for asked in (
        {"If-None-Match": first["etag"]},
        {"If-None-Match": "*"},
        {"If-Modified-Since": first["last-modified"]},
        {"If-None-Match": first["etag"], "Range": "bytes=0-1"},
    ):
        again = http.get(path, headers=asked)
        assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == first["etag"]
    for asked in (
        {"If-None-Match": '"another"'},
        {"If-None-Match": '"another"', "If-Modified-Since": first["last-modified"]},
        {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ):
        assert http.get(path, headers=asked).status_code == 200


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-7", -7, None), ("bytes=5-999999999", 5, None)],
)
def test_a_part_is_served(http: httpx.Client, built_world: Path, asked: str, start: int, end: int | None) -> None:
    content = (built_world / "dumps" / "wsis-kg.nq").read_bytes()
    path = f"/dumps/{built_world.name}/wsis-kg.nq"
    tag = http.head(path).headers["etag"]
    for headers in ({"Range": asked}, {"Range": asked, "If-Range": tag}):
        answer = http.get(path, headers=headers)
        assert answer.status_code == 206 and answer.content == content[start:end]
        first = start % len(content)
        assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(content)}"
    assert http.get(path, headers={"Range": asked, "If-Range": '"another"'}).content == content


@pytest.mark.parametrize("asked", ["bytes=7-5", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "bytes", "bytes=-", ""])
def test_what_is_no_range_gets_the_whole(http: httpx.Client, built_world: Path, asked: str) -> None:
    answer = http.get(f"/dumps/{built_world.name}/wsis-kg.ttl.gz", headers={"Range": asked})
    assert answer.status_code == 200
    assert answer.content == (built_world / "dumps" / "wsis-kg.ttl.gz").read_bytes()


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_part_beyond_the_end_is_refused(http: httpx.Client, built_world: Path, asked: str) -> None:
    answer = http.get(f"/dumps/{built_world.name}/wsis-kg.ttl.gz", headers={"Range": asked})
    size = (built_world / "dumps" / "wsis-kg.ttl.gz").stat().st_size
    assert answer.status_code == 416 and answer.headers["content-range"] == f"bytes */{size}"
    assert answer.json()["detail"] == f"The file has {size} bytes."


def test_latest_leads_to_the_version_that_is_served(http: httpx.Client, built_world: Path) -> None:
    for path, place in (
        ("/dumps", ""),
        ("/dumps/", ""),
        ("/dumps/latest", ""),
        ("/dumps/latest/", ""),
        ("/dumps/latest/wsis-kg.nq.gz", "wsis-kg.nq.gz"),
        ("/dumps/latest/a%0db%20%C3%BC", "a%0Db%20%C3%BC"),
    ):
        answer = http.get(path)
        assert answer.status_code == 302 and answer.headers["location"] == f"/dumps/{built_world.name}/{place}"
        assert answer.headers["cache-control"] == "no-cache"
    assert http.get(f"/dumps/{built_world.name}").headers["location"] == f"/dumps/{built_world.name}/"


def test_a_version_has_a_list(http: httpx.Client, built_world: Path) -> None:
    sums = (built_world / "dumps" / "SHA256SUMS").read_text(encoding="ascii")
    path = f"/dumps/{built_world.name}/"
    listed, page = http.get(path), http.get(path, headers={"Accept": BROWSER})
    assert listed.text == http.get(path + "SHA256SUMS").text == sums
    assert (
        listed.headers["content-type"]
        == page.headers["content-type"].replace("html", "plain")
        == "text/plain; charset=utf-8"
    )
    assert all(f'href="{name}"' in page.text for name in NAMES)
    refused = http.get(path, headers={"Accept": "image/png"})
    assert refused.status_code == 406 and "/void" in refused.text


def test_what_is_not_there_is_said_in_a_sentence(http: httpx.Client, built_world: Path) -> None:
    for version in ("9.9.9", "0.0.9-old", "..", "%2e%2e", ".hidden", "current", "a" * 300, "a%00b"):
        answer = http.get(f"/dumps/{version}/wsis-kg.nq")
        assert answer.status_code == 404, version
        if version == "9.9.9":
            assert (
                answer.json()["detail"] == "No version 9.9.9 is kept here."
                and built_world.name in answer.json()["hint"]
            )
    for name in ("wsis-kg.zip", "..%2fcomplete", "../complete", "%2e%2e/dataset.nq", "wsis-kg.nq/"):
        assert http.get(f"/dumps/{built_world.name}/{name}").status_code == 404, name
    assert "It has: wsis-kg.nq," in http.get(f"/dumps/{built_world.name}/x").json()["hint"]
    assert "<h1>" in http.get("/dumps/9.9.9/", headers={"Accept": BROWSER}).text


def test_files_are_read_only(http: httpx.Client, built_world: Path) -> None:
    path = f"/dumps/{built_world.name}/wsis-kg.nq"
    assert (
        http.put(path, content=b"").status_code == http.delete(path).status_code == http.post(path).status_code == 405
    )
    options = http.options(path)
    assert options.status_code == 204 and options.headers["allow"] == "GET, HEAD, OPTIONS"
    assert "Range" in options.headers["access-control-allow-headers"]


def test_a_download_outlives_its_version(tmp_path: Path) -> None:
    """Another version comes in, and the old one is removed, while a slow client is in the middle of a file."""
    content = os.urandom(1 << 20) * 24
    for version in ("0.1.0-first", "0.1.0-second"):
        write_dumps(write_build(tmp_path, version), [Dump("wsis-kg.nq", content)])
    point_to(tmp_path, "0.1.0-first")
    with serving(tmp_path, watch_seconds=0.05) as address, httpx.Client(base_url=address, timeout=20) as client:
        place = urlsplit(address)
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
            slow.settimeout(60)
            slow.connect((place.hostname, place.port))
            slow.sendall(b"GET /dumps/latest/wsis-kg.nq HTTP/1.1\r\nHost: harbour.example\r\n\r\n")
            told = b""
            while b"\r\n\r\n" not in told:
                told += slow.recv(4096)
            assert b"location: /dumps/0.1.0-first/wsis-kg.nq" in told
            request = (
                b"GET /dumps/0.1.0-first/wsis-kg.nq HTTP/1.1\r\nHost: harbour.example\r\nConnection: close\r\n\r\n"
            )
            slow.sendall(request)
            received = bytearray(slow.recv(4096))
            point_to(tmp_path, "0.1.0-second")
            wait_until(lambda: client.get("/readyz").json()["version"] == "0.1.0-second", "The change of version")
            shutil.rmtree(tmp_path / "0.1.0-first")
            assert client.get("/dumps/latest/wsis-kg.nq").headers["location"] == "/dumps/0.1.0-second/wsis-kg.nq"
            assert client.get("/dumps/0.1.0-first/wsis-kg.nq").status_code == 404
            while piece := slow.recv(1 << 20):
                received += piece
        assert bytes(received).partition(b"\r\n\r\n")[2] == content


def test_curl_goes_on_where_it_was_broken_off(http: httpx.Client, built_world: Path, tmp_path: Path) -> None:
    """The command of docs/dataset.md."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    document = (Path(__file__).resolve().parent.parent / "docs" / "dataset.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^curl (.+) http://127\.0\.0\.1:8000(/\S+)$", document, re.MULTILINE)
    whole = (built_world / "dumps" / "wsis-kg.nq.gz").read_bytes()
    (tmp_path / "wsis-kg.nq.gz").write_bytes(whole[:1000])
    address = str(http.base_url.join(line[1]))
    run = subprocess.run([curl, "-v", *line[0].split(), address], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert f"content-range: bytes 1000-{len(whole) - 1}/{len(whole)}" in run.stderr.lower()
    assert (tmp_path / "wsis-kg.nq.gz").read_bytes() == whole


def test_permanent_addresses_hold_here(http: httpx.Client, home: Path, built_world: Path) -> None:
    """The permanent addresses that the build wrote are those of this host after their base."""
    store = ox.Store()
    store.load(path=home / built_world.name / "dataset.nq", format=ox.RdfFormat.N_QUADS)
    downloads = ox.NamedNode("http://www.w3.org/ns/dcat#downloadURL")
    permanent = [str(quad.object.value) for quad in store.quads_for_pattern(None, downloads, None, None)]  # type: ignore[union-attr]
    assert len(permanent) == len(NAMES) + len(list((built_world / "dumps" / "graph").iterdir()))
    for address in permanent:
        assert address.startswith(BASE) and http.get("/" + address.removeprefix(BASE)).status_code == 200
