"""The rules for w3id.org as they would be submitted, under Debian's Apache before a real server: every kind of IRI that
we mint resolves through both.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pyoxigraph as ox
import pytest
from harbour import point_to, serving_pool, wait_until
from whole_site import BROWSER

from wsis_kg.names import BASE, EXAMPLES, GRAPH, NOUNS, ONTOLOGY, VOID
from wsis_kg.views.register import ID, SHOWN_WITH_PASSAGE
from wsis_kg.web.address import PublicAddress
from wsis_kg.web.proxies import Proxies
from wsis_kg.workshop.build import write_build
from wsis_kg.workshop.dataset import lines_of
from wsis_kg.workshop.description import add_description
from wsis_kg.workshop.dumps import dumps_of
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.versions import version

W3ID = Path(__file__).resolve().parent.parent / "docs" / "w3id"
PLACEHOLDER = "https://served-at.invalid"
APACHE = shutil.which("apache2", path="/usr/sbin:/usr/bin")
MODULES = Path("/usr/lib/apache2/modules")
CONFIGURATION = """\
ServerRoot {folder}
PidFile {folder}/apache.pid
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
ErrorLog {folder}/error.log
{modules}
{user}
DocumentRoot {folder}/www
<Directory {folder}/www>
  AllowOverride All
  Require all granted
</Directory>
"""
NEEDED = ("mpm_event", "unixd", "authz_core", "rewrite", "headers")

needs_apache = pytest.mark.skipif(
    APACHE is None or not (MODULES / "mod_rewrite.so").is_file(),
    reason="Apache httpd is not installed: apt-get install apache2",
)


@pytest.fixture(scope="module")
def iris(real_store: ox.Store) -> list[str]:
    """Every IRI of ours that is the subject of a statement, and each of our graphs."""
    subjects = {quad.subject.value for quad in real_store if isinstance(quad.subject, ox.NamedNode)}
    graphs = {str(name.value) for name in real_store.named_graphs() if isinstance(name, ox.NamedNode)}
    return sorted(iri for iri in subjects | graphs if iri.startswith(BASE))


@pytest.fixture(scope="module")
def built(real_store: ox.Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a build of the packaged data writes: its files and descriptions are named as well."""
    inputs = Inputs.packaged()
    name = version(inputs)
    folder = tmp_path_factory.mktemp("w3id") / name
    store = ox.Store()
    store.bulk_extend(real_store)
    lines = lines_of(store)
    dumps = dumps_of(lines)
    add_description(store, inputs, name, dumps)
    folder.mkdir()
    write_build(folder, store, lines, {}, name, dumps)
    point_to(folder.parent, name)
    return folder


@pytest.fixture(scope="module", params=["", "/under/a/path"])
def apache(request: pytest.FixtureRequest, built: Path) -> Iterator[httpx.Client]:
    """A client of Apache, which leads to our server, at the root of its host and under a path."""
    prefix: str = request.param
    public = PublicAddress(None, prefix, Proxies(()))
    # Started by root, Apache serves as somebody who may not look into a folder of pytest's.
    with tempfile.TemporaryDirectory() as made, serving_pool(built.parent, public=public) as served:
        folder = Path(made)
        folder.chmod(0o755)
        place = folder / "www" / "wsis-kg"
        place.mkdir(parents=True)
        rules = (W3ID / ".htaccess").read_text(encoding="utf-8")
        assert rules.count(PLACEHOLDER) == 1, "there is one line to be filled in"
        (place / ".htaccess").write_text(rules.replace(PLACEHOLDER, served.address + prefix), encoding="utf-8")
        with running_apache(folder) as address, httpx.Client(base_url=f"{address}/wsis-kg/", timeout=60) as client:
            yield client


@contextmanager
def running_apache(folder: Path) -> Iterator[str]:
    """The address of Apache over the folder ``www``; its processes are ended with it."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    is_root = os.geteuid() == 0
    here = {path.stem.removeprefix("mod_") for path in MODULES.glob("mod_*.so")}
    text = CONFIGURATION.format(
        folder=folder,
        port=port,
        modules="\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in NEEDED if name in here),
        user="User www-data\nGroup www-data" if is_root else "",
    )
    file = folder / "apache.conf"
    file.write_text(text, encoding="utf-8")
    assert APACHE is not None
    checked = subprocess.run([APACHE, "-t", "-f", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen([APACHE, "-DFOREGROUND", "-f", file], stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, (folder / "error.log").read_text(encoding="utf-8")
        try:
            httpx.get(address + "/")
        except httpx.TransportError:
            return False
        return True

    try:
        wait_until(answers, "The first answer of Apache")
        yield address
    finally:
        process.terminate()
        process.wait(20)


def through(apache: httpx.Client, iri: str, accept: str = "*/*") -> tuple[httpx.Response, httpx.Response, int]:
    """What Apache says, what is there in the end, and how many redirections of ours come in between."""
    first = apache.get(iri.removeprefix(BASE), headers={"Accept": accept})
    assert first.status_code == 303, f"{iri}: {first.text}"
    place, hops = first.headers.get("location", ""), 0
    answer = apache.get(place, headers={"Accept": accept})
    while answer.is_redirect and hops < 5:
        hops += 1
        place = urljoin(place, answer.headers["location"])
        answer = apache.get(place, headers={"Accept": accept})
    return first, answer, hops


@needs_apache
def test_every_iri_of_the_graph_resolves_through_w3id(apache: httpx.Client, iris: list[str]) -> None:
    """One of each noun in both kinds of format; all of them only at the root, for it takes a while."""
    seen: set[str] = set()
    for iri in iris:
        noun = iri.removeprefix(ID).partition("/")[0] if iri.startswith(ID) else iri.partition("#")[0]
        # Each graph by itself is looked up below, with all that the description names.
        noun = GRAPH if iri.startswith(GRAPH) else noun
        if noun in seen:
            continue
        seen.add(noun)
        for accept in ("text/turtle", BROWSER):
            first, answer, hops = through(apache, iri.partition("#")[0], accept)
            assert first.status_code == 303, iri
            assert first.headers["access-control-allow-origin"] == "*"
            assert answer.status_code == 200, iri
            # A claim is described with its passage, which only we know; a browser is led to the form with a graph.
            assert hops <= (1 if noun in SHOWN_WITH_PASSAGE or iri.startswith(GRAPH) else 0), iri
            if iri.endswith(".svg"):
                assert answer.headers["content-type"] == "image/svg+xml"
            elif accept == "text/turtle":
                subjects = {str(quad.subject) for quad in ox.parse(answer.content, format=ox.RdfFormat.TURTLE)}
                assert iri.startswith(GRAPH) or f"<{iri}>" in subjects, iri
    assert {noun for noun in seen if noun in NOUNS} >= {"body", "document", "passage", "mandate", "task", "role", "scheme"}


@needs_apache
@pytest.mark.parametrize("accept", ["text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples", BROWSER])
def test_the_ontology_its_version_and_the_shapes_resolve_in_every_format(apache: httpx.Client, accept: str) -> None:
    turtle = ox.parse(apache_body(apache, ONTOLOGY, "text/turtle"), format=ox.RdfFormat.TURTLE)
    (version,) = [quad.object.value for quad in turtle if str(quad.predicate).endswith("#versionIRI>")]  # type: ignore[union-attr]
    for iri in (ONTOLOGY, version, BASE + "shapes"):
        first, answer, hops = through(apache, iri, accept)
        assert (first.status_code, hops, answer.status_code) == (303, 0, 200), iri
        assert answer.headers["content-type"].partition(";")[0] == ("text/html" if accept == BROWSER else accept)


def apache_body(apache: httpx.Client, iri: str, accept: str) -> bytes:
    return through(apache, iri, accept)[1].content


@needs_apache
def test_descriptions_files_examples_and_the_start_page_resolve(apache: httpx.Client, built: Path) -> None:
    dump = next((built / "dumps").iterdir()).name
    example = EXAMPLES + "what-is-asked-of-an-actor"
    places = [BASE, VOID, BASE + ".well-known/void", EXAMPLES, example, f"{BASE}dumps/{built.name}/{dump}"]
    places += [BASE + "doc/body/cstd", BASE + "doc/body/cstd.ttl", BASE + "sparql?query=ASK%20%7B%7D", BASE + "sitemap.xml"]
    for iri in places:
        first, answer, _ = through(apache, iri)
        assert first.status_code == 303 and answer.status_code == 200, (iri, answer.text[:200])
    assert through(apache, BASE + "sparql?query=ASK%20%7B%7D")[1].json()["boolean"] is True


@needs_apache
def test_all_iris_that_the_description_names_resolve(apache: httpx.Client) -> None:
    """What VoID and DCAT say of addresses under the permanent base is true of them."""
    triples = ox.parse(apache_body(apache, VOID, "text/turtle"), format=ox.RdfFormat.TURTLE)
    named = {str(term.value) for quad in triples for term in (quad.subject, quad.object) if isinstance(term, ox.NamedNode)}
    ours = sorted({iri.partition("#")[0] for iri in named if iri.startswith(BASE)})
    assert len(ours) > 10
    for iri in ours:
        if iri != BASE + "id/":
            assert through(apache, iri, "text/turtle, */*;q=0.5")[1].status_code == 200, iri


@needs_apache
def test_a_thing_is_one_hop_away_with_or_without_a_slash_and_no_path_leads_elsewhere(apache: httpx.Client) -> None:
    for path in ("id/body/cstd", "id/body/cstd/"):
        first = apache.get(path)
        assert first.status_code == 303 and first.headers["location"].endswith("/doc/body/cstd")
    site = first.headers["location"].removesuffix("/doc/body/cstd")
    for path in (".evil.example/x", "@evil.example/", "//evil.example/", "id/body/%0d%0aSet-Cookie:%20a=b", "x%00y", "%2e%2e/%2e%2e/"):
        answer = apache.get(str(apache.base_url) + path)
        assert "set-cookie" not in answer.headers, path
        assert answer.status_code in (303, 400, 404), path
        assert answer.headers.get("location", site + "/").startswith(site + "/"), path
    unknown = through(apache, ID + "body/no-such-thing")[1]
    assert unknown.status_code == 404


def test_what_is_submitted_names_nobody_and_says_what_is_to_be_filled_in() -> None:
    rules, readme = (W3ID / name for name in (".htaccess", "README.md"))
    for file in (rules, readme):
        text = file.read_text(encoding="utf-8")
        assert text.count("TO BE FILLED IN BEFORE THIS IS SUBMITTED") == 1
        assert not re.search(r"[\w.]+@[\w.]+|orcid|github\.com/", text)
    assert json.dumps(sorted(path.name for path in W3ID.iterdir())) == '[".htaccess", "README.md"]'
