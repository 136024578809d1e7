"""``wsis-kg publish`` into Oxigraph's server: what it loads, leaves, removes, refuses and says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result
from harbour import EX, point_to, serving_pool, wait_until
from services import free_port, oxigraph

from wsis_kg.cli import main
from wsis_kg.engine import publication
from wsis_kg.engine.live import LOADING, ServiceElsewhere
from wsis_kg.engine.problems import EngineFailed
from wsis_kg.engine.publication import graph_store_of
from wsis_kg.engine.remote_service import Service
from wsis_kg.names import DATASET, DESCRIPTION, GRAPH, PREFIXES, UNION

OWL = PREFIXES["owl"]
PORTS, TIDES = GRAPH + "ports", GRAPH + "tides"
HARBOURS = f"""\
<{EX}north> <{EX}name> "North Harbour"@en <{PORTS}> .
<{EX}north> <{EX}list> _:one <{PORTS}> .
_:one <{EX}first> "1" <{PORTS}> .
_:one <{EX}rest> _:two <{PORTS}> .
_:two <{EX}first> "2" <{PORTS}> .
<{EX}committee> <{EX}name> "Tide Committee" <{PORTS}> .
<{EX}committee> <{EX}name> "Tide Committee" <{TIDES}> .
"""
FOREIGN = "http://elsewhere.example/graph"


def write(home: Path, version: str, quads: str = HARBOURS) -> Path:
    """A build that describes itself, as builds do."""
    graphs = sorted({quad.graph_name.value for quad in ox.parse(quads, format=ox.RdfFormat.N_QUADS)})  # type: ignore[union-attr]
    about = [f'<{DATASET}> <{OWL}versionInfo> "{version}" <{DESCRIPTION}> .']
    about += [f"<{DATASET}> <http://rdfs.org/ns/void#subset> <{graph}> <{DESCRIPTION}> ." for graph in graphs]
    place = home / version
    place.mkdir(parents=True)
    dump = "".join(sorted(f"{line}\n" for line in (*quads.splitlines(), *about)))
    (place / "dataset.nq").write_text(dump, encoding="utf-8")
    disk = ox.Store(place / "store")
    disk.bulk_load(dump.encode(), format=ox.RdfFormat.N_QUADS)
    disk.flush()
    del disk
    (place / "complete").write_text("", encoding="utf-8")
    point_to(home, version)
    return home


@pytest.fixture
def service() -> Iterator[str]:
    with oxigraph() as address:
        yield address


def publish(service: str, home: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["publish", "--to", service, "--data", str(home), *options])


def count(service: str, graph: str | None = None) -> int:
    pattern = "{ ?s ?p ?o }" if graph is None else f"{{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
    answer = httpx.post(
        service,
        data={"query": f"SELECT (COUNT(*) AS ?n) {pattern}"},
        headers={"Accept": "text/csv"},
        trust_env=False,
    )
    return int(answer.text.split()[1])


def version_in(service: str) -> str | None:
    query = f"SELECT ?v {{ GRAPH <{DESCRIPTION}> {{ <{DATASET}> <{OWL}versionInfo> ?v }} }}"
    answer = httpx.post(service, data={"query": query}, headers={"Accept": "text/csv"}, trust_env=False)
    return [*answer.text.split(), ""][1] or None


def put(service: str, graph: str, turtle: str) -> None:
    store = graph_store_of(service)
    headers = {"Content-Type": "text/turtle"}
    httpx.put(store, params={"graph": graph}, content=turtle, headers=headers, trust_env=False).raise_for_status()


def test_all_graphs_and_their_union_are_there_and_nothing_else_is_touched(service: str, tmp_path: Path) -> None:
    put(service, FOREIGN, "<a:a> <a:b> 1, 2 .")
    told = publish(service, write(tmp_path, "0.1.0-one"))
    assert told.exit_code == 0, told.output
    assert f"{PORTS}: 6 statements" in told.output
    assert "Published version 0.1.0-one: 10 statements in 3 graphs, counted." in told.output
    sizes = {PORTS: 6, TIDES: 1, DESCRIPTION: 3, UNION: 9, FOREIGN: 2}
    assert {graph: count(service, graph) for graph in sizes} == sizes
    assert count(service) == 0, "The default graph of the service is nobody's, and stays empty."
    assert version_in(service) == "0.1.0-one"


def test_a_second_time_does_nothing_unless_told(service: str, tmp_path: Path) -> None:
    home = write(tmp_path, "0.1.0-one")
    publish(service, home)
    assert "Nothing was done." in publish(service, home).output
    put(service, TIDES, "")
    told = publish(service, home)
    assert "Published version" in told.output, "A graph that lost its statements is loaded again."
    assert count(service, TIDES) == 1
    assert "Published version" in publish(service, home, "--again").output


def test_a_new_version_takes_the_place_of_the_old(service: str, tmp_path: Path) -> None:
    publish(service, write(tmp_path, "0.1.0-one"))
    fewer = "".join(line for line in HARBOURS.splitlines(keepends=True) if TIDES not in line)
    told = publish(service, write(tmp_path, "0.1.0-two", fewer))
    assert f"{TIDES}: removed, for it is no longer in the dataset" in told.output
    assert (version_in(service), count(service, TIDES), count(service, PORTS)) == ("0.1.0-two", 0, 6)


def test_a_dry_run_changes_nothing(service: str, tmp_path: Path) -> None:
    home = write(tmp_path, "0.1.0-one")
    told = publish(service, home, "--dry-run")
    assert told.exit_code == 0
    assert "The service holds no version of this dataset." in told.output
    assert f"would load {PORTS}: 6 statements" in told.output and f"would load {UNION}: 8" not in told.output
    assert count(service, PORTS) == 0 and version_in(service) is None


def test_large_graphs_go_up_in_pieces_and_blank_nodes_together(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publication, "PIECE", 2)
    many = "".join(f'<{EX}n> <{EX}p> "{number}" <{TIDES}> .\n' for number in range(7))
    told = publish(service, write(tmp_path, "0.1.0-one", HARBOURS + many))
    assert told.exit_code == 0, told.output
    assert (count(service, TIDES), count(service, PORTS)) == (8, 6)
    path = f"ASK {{ GRAPH <{PORTS}> {{ <{EX}north> <{EX}list>/<{EX}rest>/<{EX}first> '2' }} }}"
    answer = httpx.post(service, data={"query": path}, headers={"Accept": "text/csv"}, trust_env=False)
    assert answer.text == "true"


def test_what_was_broken_off_is_seen_and_mended(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = write(tmp_path, "0.1.0-one")
    send = Service.send

    def fail_at_tides(self: Service, method: str, address: str, graph: str, turtle: bytes | None = None) -> None:
        if graph == TIDES:
            raise EngineFailed("The service behind this endpoint closed the connection without an answer.")
        send(self, method, address, graph, turtle)

    with monkeypatch.context() as patch:
        patch.setattr(Service, "send", fail_at_tides)
        told = publish(service, home)
    assert told.exit_code == 1
    assert f"Publishing stopped at {TIDES}. The service closed the connection" in told.output
    assert "Run wsis-kg publish again" in told.output
    assert version_in(service) == "0.1.0-one" + LOADING
    assert publish(service, home).exit_code == 0
    assert version_in(service) == "0.1.0-one"


def test_a_count_that_is_wrong_is_told_and_the_version_is_not_given(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Service.send

    def lose(self: Service, method: str, address: str, graph: str, turtle: bytes | None = None) -> None:
        send(self, method, address, graph, b"" if graph == TIDES else turtle)

    with monkeypatch.context() as patch:
        patch.setattr(Service, "send", lose)
        told = publish(service, write(tmp_path, "0.1.0-one"))
    assert told.exit_code == 1
    assert f"{TIDES} has 0 statements in the service where the build has 1." in told.output
    assert version_in(service) == "0.1.0-one" + LOADING


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--to", "ftp://example.org/"], "This is not the address of a service"),
        (["--to", "http://user:hidden@127.0.0.1:1/query"], "An address with a password in it"),
        (["--to", "http://127.0.0.1:1/query", "--graph-store", "nowhere"], "This is not the address of a service"),
        (["--to", f"http://127.0.0.1:{free_port()}/query"], "What the service holds cannot be seen."),
    ],
)
def test_an_address_that_is_none_is_told(tmp_path: Path, options: list[str], sentence: str) -> None:
    told = CliRunner().invoke(main, ["publish", *options, "--data", str(write(tmp_path, "0.1.0-one"))])
    assert told.exit_code == 1
    assert sentence in told.output
    assert "hidden" not in told.output and "Traceback" not in told.output


def test_without_a_build_there_is_nothing_to_publish(tmp_path: Path) -> None:
    told = publish("http://127.0.0.1:1/query", tmp_path)
    assert (told.exit_code, "There is no build in" in told.output) == (1, True)


@pytest.mark.parametrize(
    ("address", "store"),
    [
        ("http://h:7878/query", "http://h:7878/store"),
        ("http://h/path/sparql", "http://h/path/sparql-graph-crud-auth"),
        ("https://h/sparql-auth", "https://h/sparql-graph-crud-auth"),
        ("http://h/dataset", "http://h/dataset"),
        ("http://h/query?x=1", "http://h/store"),
    ],
)
def test_the_graph_store_of_known_services(address: str, store: str) -> None:
    assert graph_store_of(address) == store


@pytest.mark.parametrize("options", [(), ("--union-default-graph",)])
def test_the_default_graph_is_ours_whatever_that_of_the_service_is(tmp_path: Path, options: tuple[str, ...]) -> None:
    with oxigraph(*options) as service:
        put(service, FOREIGN, "<a:a> <a:b> 1, 2 .")
        home = write(tmp_path, "0.1.0-one")
        assert publish(service, home).exit_code == 0
        with serving_pool(home, source=ServiceElsewhere(service)) as served:
            counts = {
                "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }": 9,
                f"SELECT (COUNT(*) AS ?n) {{ <{EX}committee> ?p ?o }}": 1,
                "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }": 10,
            }
            for query, expected in counts.items():
                answer = httpx.get(served.address + "/sparql.csv", params={"query": query}, trust_env=False)
                assert answer.text.split() == ["n", str(expected)]
            assert served.pool.edition.triples == 9


def test_a_running_front_follows_what_is_published(service: str, tmp_path: Path) -> None:
    home = write(tmp_path, "0.1.0-one")
    publish(service, home)
    query = {"query": f"SELECT ?n {{ <{EX}north> <{EX}name> ?n }}"}
    with serving_pool(home, watch_seconds=0.05, source=ServiceElsewhere(service)) as served:
        first = httpx.get(served.address + "/sparql", params=query, trust_env=False)
        assert first.headers["dataset-version"] == "0.1.0-one"
        publish(service, write(tmp_path, "0.1.0-two", HARBOURS.replace("North Harbour", "Old Harbour")))
        wait_until(lambda: served.pool.edition.version == "0.1.0-two", "The new version")
        tag = {"If-None-Match": first.headers["etag"]}
        second = httpx.get(served.address + "/sparql", params=query, headers=tag, trust_env=False)
        assert second.status_code == 200 and "Old Harbour" in second.text
        assert second.headers["etag"] != first.headers["etag"]
        assert httpx.get(served.address + "/readyz", trust_env=False).json()["quads"] == 10
