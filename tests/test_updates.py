"""Updates are read, not carried out: what is no SPARQL gets 400, what is one 403, and nothing is ever begun."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import pyoxigraph as ox
import pytest
from harbour import EX, PORTS, TRIPLES, serving, serving_pool, wait_until, write_build
from hypothesis import given
from hypothesis import strategies as st

from wsis_kg.engine.limits import Limits
from wsis_kg.engine.problems import GraphsNamedTwice, QuerySyntaxError
from wsis_kg.engine.update_text import check_update

UPDATE, FORM = "application/sparql-update", "application/x-www-form-urlencoded"
CORRECT = [
    "",
    "# nothing but a comment",
    "PREFIX a: <a:> BASE <http://e.example/>",
    "CLEAR ALL",
    "clear silent graph <a:a> ;",
    "INSERT DATA { <a:a> <b:b> 'CLEAR AL' }",
    "PREFIX a: <a:> # LOAD <http://e/>\nINSERT DATA { a:a a:b a:c } # done",
    'VERSION "1.2" PREFIX : <a:> DELETE WHERE { :a :b ?c }',
    "CREATE GRAPH <a:a>; DROP GRAPH <a:a>; COPY <a:a> TO <b:b>; MOVE DEFAULT TO <b:b>; ADD <a:a> TO DEFAULT",
    "PREFIX a: <a:> CLEAR ALL ; PREFIX b: <b:> INSERT DATA { a:a b:b '}' } ; BASE <http://e/> PREFIX a: <x> LOAD a:c",
    "WITH <a:a> DELETE { ?s ?p ?o } INSERT { ?o ?p ?s } USING <b:b> USING NAMED <c:c> WHERE { ?s ?p ?o FILTER(?o<?s) }",
    "LOAD SILENT <http://e.example/x> INTO GRAPH <a:a>",
    "INSERT { ?s ?p ?o } WHERE { SERVICE <http://e.example/> { ?s ?p ?o } }",
    "INSERT DATA { <a> <b> <c> }",
]
WRONG = [
    # text, line, column, words
    ("CLEAR AL", 1, 7, "“AL” is not expected here"),
    ("CLEAR ALL CLEAR ALL", 1, 11, "“CLEAR” is not expected here"),
    ("INSERT DATA { <a:a> <b:b> ?x }", 1, 30, "“}” is not expected here"),
    ("INSERT DATA { <a:a> <b:b> <c:c>", 1, 32, "still open"),
    ("PREFIX a: <a:>\nINSERT DATA {\n  a:a a:b 'x }", 3, 11, "quotation mark"),
    ("PREFIX a: <a:>\nINSERT DATA { a:a b:b a:c }", 2, 19, "“b:” is not declared"),
    ("PREFIX a: <a:>\nCLEAR ALL ;\nPREFIX b: <b:>\nINSERT DATA { a:a b:b }", 4, 23, "“}” is not expected here"),
    ("PREFIX a <a:> CLEAR ALL", 1, 1, "“PREFIX” is not expected here"),
    ("; CLEAR ALL", 1, 1, "“;” is not expected here"),
    ("SELECT * { ?s ?p ?o }", 1, 1, "This is a query, not an update"),
    ("INSRT DATA { <a:a> <b:b> <c:c> }", 1, 1, "“INSRT” is not expected here"),
    ("query=ASK%7B%7D", 1, 1, "“query” is not expected here"),
    ("INSERT DATA { <a:a> <b:b> '\ud800' }", None, None, "surrogate"),
]


@contextmanager
def neighbour() -> Iterator[socket.socket]:
    """A server nearby that nobody should ever call."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def called(listening: socket.socket) -> bool:
    try:
        listening.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def load_from(listening: socket.socket) -> str:
    return f"LOAD <http://127.0.0.1:{listening.getsockname()[1]}/x.nt>"


def load_for_real(load: str) -> None:
    with contextlib.suppress(OSError):
        ox.Store().update(load)


@pytest.mark.parametrize("text", CORRECT)
def test_a_correct_update_is_taken_for_one(text: str) -> None:
    check_update(text, "http://e.example/")


@pytest.mark.parametrize(("text", "line", "column", "words"), WRONG)
def test_a_mistake_has_a_place_and_a_sentence(text: str, line: int | None, column: int | None, words: str) -> None:
    with pytest.raises(QuerySyntaxError, match=words) as caught:
        check_update(text, "http://e.example/")
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("WITH <a:a> DELETE {} WHERE {}", True),
        ("DELETE {} USING <a:a> WHERE {}", True),
        ("delete {} insert {} using named<a:a>where{}", True),
        ("CLEAR ALL ; PREFIX a: <a:> wItHa:a DELETE {} WHERE {}", True),
        ("DELETE { ?with <with:using> 'USING <a:a>' } WHERE { ?with <with:using> ?using } # WITH", False),
        ("PREFIX with: <with:> INSERT DATA { with:using with:with 'with'@with, 'qq', _:using }", False),
        ("DELETE {} WHERE {}", False),
    ],
)
def test_graphs_are_named_once(text: str, named: bool) -> None:
    check_update(text)
    if named:
        with pytest.raises(GraphsNamedTwice):
            check_update(text, graphs_given=True)
    else:
        check_update(text, graphs_given=True)


def test_what_the_engine_does_that_reading_rests_on() -> None:
    """All is parsed before anything is done, and the first failure ends it; were it not so, LOAD would call."""
    with neighbour() as listening:
        load = load_from(listening)
        for text, error in ((f"{load} ; CLEAR AL", SyntaxError), (f"DROP GRAPH <a:a> ; {load}", RuntimeError)):
            with pytest.raises(error):
                ox.Store().update(text)
        assert not called(listening)
        # Were anything called, it would be seen.
        calling = Thread(target=load_for_real, args=(load,))
        calling.start()
        wait_until(lambda: called(listening), "The call")
        calling.join()


def test_loading_opens_no_connection() -> None:
    with neighbour() as listening:
        load = load_from(listening)
        for text in (load, f"CLEAR ALL ; {load}", f"PREFIX a: <a:> {load} ; PREFIX b: <b:> {load}", f"{load} ; CLEAR AL"):
            try:
                check_update(text)
            except QuerySyntaxError:
                assert text.endswith("AL")
        assert not called(listening)


PIECES = ["PREFIX a:", "PREFIX", "BASE", "VERSION", "<a:b>", "<", ">", "'", '"', "'''", "#", "\n", ";", "{", "}", "a:", "\\", "\\u0022"]
PIECES += ["'1.2'", "CLEAR ALL", "INSERT DATA", "WITH <a:b>", "USING", "DROP GRAPH", "<urn:uuid:00000000-0000-0000-0000-000000000000>", "é", "\0"]


def test_whatever_stands_before_it_nothing_is_begun() -> None:
    """No text gets before the operation that always fails: neither a quotation mark nor a comment hides it."""
    with neighbour() as listening:
        load = load_from(listening)

        @given(st.lists(st.sampled_from([*PIECES, load, f"; {load} ;"]), max_size=12))
        def nothing_is_begun(pieces: list[str]) -> None:
            for text in (" ".join(pieces), "".join(pieces)):
                try:
                    check_update(text, "http://e.example/", graphs_given=True)
                except (QuerySyntaxError, GraphsNamedTwice):
                    continue

        nothing_is_begun()
        assert not called(listening)


# Over HTTP


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("updates")
    write_build(home)
    with serving(home) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def post(http: httpx.Client, text: str, **parameters: str) -> httpx.Response:
    return http.post("/sparql", params=parameters, content=text, headers={"Content-Type": UPDATE})


def count(http: httpx.Client) -> int:
    answer = http.get("/sparql.csv", params={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"})
    return int(answer.text.split()[1])


@pytest.mark.parametrize("text", CORRECT)
def test_a_correct_update_is_refused_with_the_way_to_change_the_data(http: httpx.Client, text: str) -> None:
    for answer in (post(http, text), http.post("/sparql", data={"update": text})):
        assert answer.status_code == 403
        problem = answer.json()
        assert problem["type"].endswith("/read-only") and "data/" in problem["hint"]
    assert count(http) == TRIPLES


@pytest.mark.parametrize(("text", "line", "column", "words"), [row for row in WRONG if row[1]])
def test_a_wrong_update_is_told_so(http: httpx.Client, text: str, line: int, column: int, words: str) -> None:
    for answer in (post(http, text), http.post("/sparql", data={"update": text})):
        assert answer.status_code == 400
        problem = answer.json()
        assert problem["type"].endswith("/syntax") and problem["title"] == "The update is not correct SPARQL"
        assert (problem["line"], problem["column"]) == (line, column) and words in problem["detail"]


@pytest.mark.parametrize("parameter", ["using-graph-uri", "using-named-graph-uri"])
def test_the_graphs_of_an_update_over_http(http: httpx.Client, parameter: str) -> None:
    answer = post(http, f"WITH <{PORTS}> DELETE {{}} WHERE {{}}", **{parameter: PORTS})
    assert answer.status_code == 400 and answer.json()["type"].endswith("/graphs-named-twice")
    assert post(http, 'INSERT DATA { <a:a> <b:b> "WITH" }', **{parameter: PORTS}).status_code == 403
    relative = post(http, "CLEAR ALL", **{parameter: "ports"})
    assert relative.status_code == 400 and relative.json()["type"].endswith("/bad-graph-name")
    in_form = {"update": "DELETE {} USING <a:a> WHERE {}", parameter: PORTS}
    assert http.post("/sparql", data=in_form).status_code == 400
    # Parameters of queries mean nothing to an update.
    other = parameter.replace("using", "default").replace("default-named", "named")
    assert post(http, "DELETE {} USING <a:a> WHERE {}", **{other: PORTS}).status_code == 403


def test_loading_and_services_call_nobody(http: httpx.Client) -> None:
    with neighbour() as listening:
        load = load_from(listening)
        service = load.replace("LOAD", "INSERT { ?s ?p ?o } WHERE { SERVICE") + " { ?s ?p ?o } }"
        assert post(http, load).status_code == post(http, service).status_code == 403
        assert post(http, load + " ; CLEAR AL").status_code == 400
        assert not called(listening)
    assert count(http) == TRIPLES


def test_a_text_that_crashes_or_outlasts_the_parser_is_stopped(tmp_path: Path) -> None:
    write_build(tmp_path)
    nested = f"INSERT {{}} WHERE {{ FILTER({'(' * 20_000}1{')' * 20_000}) }}"
    limits = Limits(timeout_seconds=0.2, workers=1)
    with serving_pool(tmp_path) as served, httpx.Client(base_url=served.address, timeout=60) as http:
        answer = post(http, nested)
        assert answer.status_code == 400 and answer.json()["type"].endswith("/too-complex")
        assert count(http) == TRIPLES
    with serving_pool(tmp_path, limits) as served, httpx.Client(base_url=served.address, timeout=60) as http:
        long = f"INSERT DATA {{ {f'<{EX}a> <{EX}b> 1 . ' * 100_000} }}"
        answer = post(http, long)
        assert answer.status_code == 503 and answer.json()["limit_seconds"] == 0.2
        assert answer.json()["query_id"]


def test_a_browser_sees_what_is_wrong_with_an_update(http: httpx.Client) -> None:
    answer = http.post("/sparql", data={"update": "CLEAR AL"}, headers={"Accept": "text/html"})
    assert answer.status_code == 400 and "The update is not correct SPARQL" in answer.text
