"""The engine: datasets, results, errors, and that nothing in a query makes it open a connection or a file."""

from __future__ import annotations

import csv
import gc
import io
import json
import shutil
import socket
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from harbour import EX, PORTS, QUADS, TIDES, TRIPLES, point_to, write_build
from hypothesis import given
from hypothesis import strategies as st

from wsis_kg.engine import store
from wsis_kg.engine.formats import CSV, JSON, JSON_LD, N_TRIPLES, RDF_XML, TSV, TURTLE, XML, Form
from wsis_kg.engine.live import NoBuild, current_folder
from wsis_kg.engine.problems import (
    BadGraphName,
    EvaluationFailed,
    NotWritable,
    QueryProblem,
    QuerySyntaxError,
    ServiceForbidden,
    UnknownFunction,
)
from wsis_kg.engine.query_text import find_service, form_by_tokens, form_of, is_update, is_volatile, place, tokens
from wsis_kg.engine.store import Engine, is_kept_on_disk
from wsis_kg.engine.table import Cell, Table
from wsis_kg.names import PREFIXES

COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
IN_GRAPHS = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"


@pytest.fixture(scope="module", params=["in memory", "on disk"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Both ways of keeping a dataset: whatever holds of one holds of the other."""
    folder = write_build(tmp_path_factory.mktemp("harbour"), database=True)
    return Engine(folder) if request.param == "in memory" else Engine(folder, largest_in_memory=0)


def table(engine: Engine, text: str, **dataset: list[str]) -> Table:
    return Table.from_json(engine.answer(text, JSON, **dataset))  # type: ignore[arg-type]


def number(engine: Engine, text: str, **dataset: list[str]) -> int:
    return int(table(engine, text, **dataset).rows[0]["n"].value)


# Datasets (SPARQL 1.1 Query, section 13; Protocol, section 2.1.4)


def test_the_default_graph_is_the_union_and_a_triple_in_two_graphs_counts_once(engine: Engine) -> None:
    assert number(engine, COUNT) == TRIPLES
    assert number(engine, IN_GRAPHS) == TRIPLES + 1
    assert engine.quads == TRIPLES + 1
    assert dict(engine.graphs) == {PORTS: 6, TIDES: 3}


@pytest.mark.parametrize(
    ("clauses", "default", "named"),
    [
        (f"FROM <{TIDES}>", 3, 0),
        (f"FROM NAMED <{TIDES}>", 0, 3),
        (f"FROM <{PORTS}> FROM NAMED <{TIDES}>", 6, 3),
        (f"FROM <{EX}nowhere>", 0, 0),
        ("FROM <file:///etc/passwd>", 0, 0),
        ("FROM <http://127.0.0.1:9/data.ttl>", 0, 0),
    ],
)
def test_the_dataset_of_the_query(engine: Engine, clauses: str, default: int, named: int) -> None:
    assert number(engine, COUNT.replace("WHERE", clauses + " WHERE")) == default
    assert number(engine, IN_GRAPHS.replace("WHERE", clauses + " WHERE")) == named


@pytest.mark.parametrize(
    ("default_graphs", "named_graphs", "default", "named"),
    [
        ([TIDES], None, 3, 0),
        (None, [TIDES], 0, 3),
        ([PORTS], [TIDES], 6, 3),
        ([EX + "nowhere"], None, 0, 0),
        ([], [], 0, 0),
    ],
)
@pytest.mark.parametrize("clause", ["", f"FROM <{PORTS}> FROM NAMED <{PORTS}>"])
def test_a_dataset_given_outside_beats_the_one_of_the_query(
    engine: Engine,
    default_graphs: list[str] | None,
    named_graphs: list[str] | None,
    default: int,
    named: int,
    clause: str,
) -> None:
    dataset = {"default_graphs": default_graphs, "named_graphs": named_graphs}
    assert number(engine, COUNT.replace("WHERE", clause + " WHERE"), **dataset) == default  # type: ignore[arg-type]
    assert number(engine, IN_GRAPHS.replace("WHERE", clause + " WHERE"), **dataset) == named  # type: ignore[arg-type]


def test_departure_several_default_graphs_are_not_merged_into_a_set(engine: Engine) -> None:
    """Known: pyoxigraph counts a triple twice that stands in two of the graphs listed. RDF merge would give TRIPLES."""
    assert number(engine, COUNT, default_graphs=[PORTS, TIDES]) == TRIPLES + 1


def test_a_name_that_is_no_iri_is_said(engine: Engine) -> None:
    with pytest.raises(BadGraphName, match="not an absolute IRI"):
        engine.query(COUNT, default_graphs=["tides"])


def test_relative_iris_are_resolved_against_the_base(engine: Engine) -> None:
    assert Table.from_json(engine.answer("ASK { <committee> <reportsTo> <north> }", JSON, base=EX + "sparql")).truth
    other = Table.from_json(engine.answer("ASK { <committee> ?p ?o }", JSON, base="http://other.example/"))
    assert other.truth is False


def test_a_large_dataset_is_read_from_the_database_on_disk(tmp_path: Path) -> None:
    folder = write_build(tmp_path, database=True)
    size = (folder / "dataset.nq").stat().st_size
    assert not is_kept_on_disk(folder, size) and is_kept_on_disk(folder, size - 1)
    shutil.rmtree(folder / "store")
    assert Engine(folder, size).quads == TRIPLES + 1


def test_a_database_that_cannot_be_used_is_said_with_what_to_do(tmp_path: Path) -> None:
    folder = write_build(tmp_path)
    with pytest.raises(OSError, match=r"store cannot be opened: .*No such file.* run wsis-kg build"):
        Engine(folder, 0)
    of_old = ox.Store(str(folder / "store"))
    of_old.bulk_load(QUADS.encode(), format=ox.RdfFormat.N_QUADS)
    of_old.flush()
    del of_old
    with pytest.raises(OSError, match="earlier version"):
        Engine(folder, 0)
    whole = write_build(tmp_path, "1-a", database=True)
    for table_file in (whole / "store").glob("*.sst"):
        table_file.unlink()
    with pytest.raises(OSError, match=r"store cannot be opened: .*Corruption.* run wsis-kg build"):
        Engine(whole, 0)
    assert Engine(write_build(tmp_path, "1-b", "", database=True), 0).quads == 0


# Results


def test_rows_in_json_and_the_form_is_told(engine: Engine) -> None:
    result = engine.query(f"SELECT ?name ?none {{ <{EX}north> <{EX}name> ?name }} ORDER BY LANG(?name)")
    assert result.form is Form.SELECT
    read = Table.from_json(result.serialise(JSON))
    assert read.variables == ("name", "none")
    assert read.rows == (
        {"name": Cell("literal", "North Harbour", language="en")},
        {"name": Cell("literal", "Port du Nord", language="fr")},
    )


def test_csv_and_tsv_to_the_letter(engine: Engine) -> None:
    text = f"SELECT ?s ?note {{ ?s <{EX}note> ?note }}"
    written = engine.answer(text, CSV)
    assert written == (b's,note\r\nhttp://harbour.example/north,"a ""quoted"" word, a comma\nand a line"\r\n')
    assert list(csv.reader(io.StringIO(written.decode(), newline="")))[1][1] == 'a "quoted" word, a comma\nand a line'
    assert engine.answer(text, TSV) == (
        b'?s\t?note\n<http://harbour.example/north>\t"a \\"quoted\\" word, a comma\\nand a line"\n'
    )


@pytest.mark.parametrize("wanted", [XML, RDF_XML])
def test_xml_is_well_formed_whatever_a_literal_holds(engine: Engine, wanted: store.Format) -> None:
    form = "SELECT ?o" if wanted is XML else f"CONSTRUCT {{ <{EX}north> <{EX}signal> ?o }}"
    written = engine.answer(f"{form} WHERE {{ ?s <{EX}signal> ?o }}", wanted)
    assert "bell\ufffd and\rreturn <&> \ufffd" in "".join(ElementTree.fromstring(written).itertext())


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_text_survives_xml_but_for_what_xml_cannot_hold(text: str) -> None:
    triples = ox.Store()
    triples.add(ox.Quad(ox.NamedNode(EX + "a"), ox.NamedNode(EX + "b"), ox.Literal(text)))
    answer = triples.query("SELECT ?o { ?s ?p ?o }")
    written = store.Result(answer, Form.SELECT).serialise(XML)
    expected = "".join(
        "\ufffd" if (ord(one) < 32 and one not in "\t\n\r") or one in "\ufffe\uffff" else one for one in text
    )
    literal = ElementTree.fromstring(written).find(".//{*}literal")
    assert literal is not None
    assert (literal.text or "") == expected


@pytest.mark.parametrize(("wanted", "yes"), [(CSV, b"true"), (TSV, b"true"), (JSON, b'{"head":{},"boolean":true}')])
def test_ask(engine: Engine, wanted: store.Format, yes: bytes) -> None:
    assert engine.answer(f"ASK {{ <{EX}north> ?p ?o }}", wanted) == yes


def test_a_graph_in_each_format_is_the_same_graph(engine: Engine) -> None:
    text = f"CONSTRUCT {{ ?s <{EX}name> ?o }} WHERE {{ ?s <{EX}name> ?o }}"
    graphs = []
    for wanted, syntax in (
        (TURTLE, ox.RdfFormat.TURTLE),
        (N_TRIPLES, ox.RdfFormat.N_TRIPLES),
        (RDF_XML, ox.RdfFormat.RDF_XML),
        (JSON_LD, ox.RdfFormat.JSON_LD),
    ):
        graphs.append({str(quad) for quad in ox.parse(engine.answer(text, wanted), format=syntax)})
    assert len(graphs[0]) == 3
    assert all(graph == graphs[0] for graph in graphs)


def test_turtle_has_the_prefixes_that_it_uses_and_no_other(engine: Engine) -> None:
    text = (
        f"PREFIX : <{PREFIXES['']}> PREFIX passage: <{PREFIXES['passage']}> "
        'CONSTRUCT { passage:x :isStatedIn passage:y ; :text "see xsd:date or passage-kind :" } WHERE {}'
    )
    written = engine.answer(text, TURTLE).decode()
    declared = [line.split()[1] for line in written.splitlines() if line.startswith("@prefix")]
    assert {":", "passage:"} <= set(declared)
    assert "shape:" not in declared and "body:" not in declared
    assert "passage:x :" in written and ":isStatedIn passage:y" in written


def test_rdf_xml_says_that_it_cannot_name_a_predicate(engine: Engine) -> None:
    with pytest.raises(NotWritable, match="RDF/XML cannot carry"):
        engine.answer(f"DESCRIBE <{EX}committee>", RDF_XML)
    with pytest.raises(NotWritable, match="cannot be written as CSV"):
        engine.answer(f"DESCRIBE <{EX}committee>", CSV)


def test_describe_and_construct_are_told_apart(engine: Engine) -> None:
    assert engine.query(f"# CONSTRUCT?\nDESCRIBE <{EX}committee>").form is Form.DESCRIBE
    assert engine.query("CONSTRUCT WHERE { ?s ?p ?o }").form is Form.CONSTRUCT


# Errors


@pytest.mark.parametrize(
    ("text", "line", "column", "token", "words"),
    [
        ("", 1, 1, None, "empty"),
        ("# only a remark", 1, 1, None, "empty"),
        ("SELEC ?x {}", 1, 1, "SELEC", "begins with SELECT"),
        ("SELECT ?x\nWHERE {\n  ?x ?p ?o .\n  }}", 4, 4, "}", "closes nothing"),
        ("SELECT * { ?s ?p ?o \n FILTER(?o = ) }", 2, 14, ")", "not expected"),
        ("SELECT * { ?s ?p ?o", 1, 20, None, "“{” of line 1, column 10 is still open"),
        ("SELECT * { ?s ?p 'open }", 1, 18, "'", "not closed"),
        ("SELECT (1 AS x) {}", 1, 14, "x", "“?”"),
        ("SELECT * { ?s body:itu ?o }", 1, 15, "body:itu", f"PREFIX body: <{PREFIXES['body']}>"),
        ("SELECT * { ?s nobody:itu ?o }", 1, 15, "nobody:itu", "PREFIX nobody: <…>"),
        ("SELECT * { ?s <a b> ?o }", 1, 15, "<a b>", "not a valid IRI"),
        ("SELECT * {\n  é ?p ?o }", 2, 3, "é", "not expected"),
        ("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", 1, 1, None, "GROUP BY"),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", 1, 1, None, "SELECT * cannot"),
        ("SELECT ?x { VALUES (?x ?y) { (1) } }", 1, 13, None, "UNDEF"),
        ("SELECT * { BIND(1 AS ?x) BIND(2 AS ?x) }", 1, 40, "}", "bound twice"),
        ("SELECT * { ?s ?p _:a { ?s ?p _:a } }", 1, 30, "_:a", "one group"),
        ("INSERT DATA { <a> <b> <c> }", 1, 1, "INSERT", "cannot be changed here"),
        ("LOAD <http://127.0.0.1:9/>", 1, 1, "LOAD", "cannot be changed here"),
        ("SELECT * { ?s ?p " + "x" * 500 + " }", 1, 18, "x" * 59 + "…", "not expected"),
    ],
)
def test_a_syntax_error_names_the_place_and_says_what_helps(
    engine: Engine, text: str, line: int, column: int, token: str | None, words: str
) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        engine.query(text, base="http://127.0.0.1/sparql")
    problem = caught.value
    assert (problem.line, problem.column, problem.token) == (line, column, token)
    assert words in str(problem)
    assert len(str(problem)) < 300


@given(st.text(st.sampled_from("SELECT *{}()?x<>\"'#\\:.;,@^a1\n "), max_size=40))
def test_no_text_makes_the_explanation_fail(text: str) -> None:
    try:
        ox.Store().query(text)
    except SyntaxError as error:
        from wsis_kg.engine.syntax import explain

        problem = explain(text, error, None)
        assert problem.line is not None and problem.column is not None
        assert problem.line <= text.count("\n") + 1
        assert problem.column <= len(text.split("\n")[problem.line - 1]) + 1


def test_what_is_no_text_and_what_no_function_knows(engine: Engine) -> None:
    with pytest.raises(QuerySyntaxError, match="surrogate"):
        engine.query('ASK { ?s ?p "\ud800" }')
    with pytest.raises(UnknownFunction, match=r"harbour[.]example/depth"):
        engine.answer(f"SELECT (<{EX}depth>(1) AS ?x) {{}}", JSON)


def test_a_failure_of_the_engine_is_not_blamed_on_the_client(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def query(self, *_: object, **__: object) -> None:
            raise OSError("the disk is gone")

    monkeypatch.setattr(engine, "_store", Failing())
    with pytest.raises(EvaluationFailed, match="the disk is gone"):
        engine.query(COUNT)


def test_a_problem_can_be_passed_to_another_thread(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyoxigraph's results may only be dropped where they were made, and a traceback keeps what it passed through."""
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    problems: list[BaseException] = []

    def ask() -> None:
        for text, wanted in (
            (f"DESCRIBE <{EX}committee>", RDF_XML),
            (f"DESCRIBE <{EX}committee>", CSV),
            ("CONSTRUCT { ?s ?p <<( ?s ?p ?o )>> } WHERE { ?s ?p ?o }", JSON_LD),
            (f"SELECT (<{EX}depth>(?s) AS ?x) {{ ?s ?p ?o }}", JSON),
            (COUNT, TURTLE),
        ):
            try:
                engine.answer(text, wanted)
            except QueryProblem as problem:
                problems.append(problem)

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join(20)
    assert len(problems) == 5
    problems.clear()
    gc.collect()
    assert not complaints


# No query makes a connection


TRAP = "http://127.0.0.1:{port}/trap"
CALLS = [
    "SELECT * { SERVICE <TRAP> { ?s ?p ?o } }",
    "SELECT * { service silent <TRAP> {} }",
    "SELECT * { SERVICE # aside\n <TRAP> # aside\n {} }",
    "SELECT * { { SELECT * { SERVICE <TRAP> {} } } }",
    "ASK { FILTER NOT EXISTS { SERVICE <TRAP> {} } }",
    "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <TRAP> { ?s ?p ?o } }",
    "DESCRIBE ?s { SERVICE <TRAP> { ?s ?p ?o } }",
    "SELECT * { VALUES ?e { <TRAP> } SERVICE ?e {} }",
    'SELECT * { BIND("#" AS ?x) SERVICE <TRAP> {} }',
    "SELECT * { BIND('''it's \"\"\" ''' AS ?x) SERVICE <TRAP> {} }",
    'SELECT * { BIND("\\"" AS ?x) SERVICE <TRAP> {} #"\n}',
    # Readings that only a parser without a lexer has
    "SELECT * { SERVICESILENT<TRAP>{} }",
    "PREFIX t: <TRAP> SELECT * { SERVICEt:{} }",
    "PREFIX : <TRAP> SELECT * { SERVICE:{} }",
    "PREFIX service: <http://e/> PREFIX : <TRAP> SELECT * { service:{} }",
    "SELECT * { VALUES ?o { 1 } OPTIONAL { BIND(1 AS ?x) ?s ?p 1.SERVICE<TRAP>{} } }",
    "SELECT * { VALUES ?e { <TRAP> } FILTER(1<2)SERVICE?e#>\n{} }",
    "SELECT * { FILTER(1<2||'x>'='x>') SERVICE<TRAP>{} #'\n}",
    "SELECT * { FILTER(1<2)#>'''\n SERVICE <TRAP> {} #'''\n}",
    "SELECT * { VALUES ?x { 1 } FILTER(?x<2||<http://e/'>=?x) SERVICE<TRAP>{} #'\n}",
    "SELECT * { VALUES ?x { 1 } FILTER(1<<x'>||true) SERVICE<TRAP>{} #'\n}",
    "PREFIX ex: <http://e:80> SELECT * { ?s ?p ?o OPTIONAL { ?s ?p ex:SERVICE<TRAP>{} } }",
]


@pytest.fixture(scope="module")
def trap() -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        yield listener


@pytest.mark.parametrize("text", CALLS)
def test_every_service_call_is_refused_before_anything_leaves(engine: Engine, trap: socket.socket, text: str) -> None:
    text = text.replace("TRAP", TRAP.format(port=trap.getsockname()[1]))
    with pytest.raises(ServiceForbidden) as caught:
        engine.answer(text, TURTLE if form_of(text) in (Form.CONSTRUCT, Form.DESCRIBE) else JSON)
    assert caught.value.line is not None and "SERVICE" in str(caught.value)
    with pytest.raises(BlockingIOError):
        trap.accept()


def test_the_trap_would_have_noticed(trap: socket.socket) -> None:
    """Without the refusal pyoxigraph connects: the test above can fail."""
    port = trap.getsockname()[1]
    script = (
        f"import pyoxigraph as ox; list(ox.Store().query('SELECT * {{ SERVICE <http://127.0.0.1:{port}/> {{}} }}'))"
    )
    asking = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    try:
        trap.settimeout(20)
        connection, _ = trap.accept()
        connection.close()
    finally:
        trap.setblocking(False)
        asking.kill()
        asking.wait()


@pytest.mark.parametrize(
    "text",
    [
        'SELECT * { ?s ?p "SERVICE <http://e/> {}" }',
        "SELECT * { ?s ?p 1 } # SERVICE <http://e/> {}",
        "SELECT * { ?s <http://e/service#of> ?o .\n ?o ?service ?x }",
        "PREFIX service: <http://e/> SELECT * { GRAPH service:desk { ?s service:of ?o } }",
        "PREFIX service: <http://e/> SELECT * FROM service:a FROM NAMED service:b { ?s ?p ?o }",
        "SELECT * { ?a <service> ?b . GRAPH <service> { ?s ?p ?o } }",
        "SELECT ?service { ?service ?p ?o FILTER(?service < ?o && 'SERVICE' > '') }",
    ],
)
def test_the_mere_word_is_no_call(engine: Engine, text: str) -> None:
    assert find_service(text) is None
    engine.answer(text, JSON, base="http://e/")


# The text of a query


def test_tokens_skip_what_is_not_read() -> None:
    text = 'SELECT ?x # a remark\n{ ?x a:b.c \'it\\\'s\'@en-GB ; <http://e/#f> 1.5e3 . _:b1 ^a:p """a"b""" }'
    assert [token.text for token in tokens(text)] == [
        "SELECT", "?x", "{", "?x", "a:b.c", "'it\\'s'", "@en-GB", ";", "<http://e/#f>", "1.5e3", ".", "_:b1", "^",
        "a:p", '"""a"b"""', "}",
    ]  # fmt: skip
    assert place(text, text.index("{")) == (2, 1)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("select * {}", Form.SELECT),
        ("BASE <http://e/> PREFIX ask: <x> # DESCRIBE\nSELECT?x{}", Form.SELECT),
        ('VERSION "1.2" ASK{}', Form.ASK),
        ("PREFIX construct: <x> CONSTRUCT WHERE {}", Form.CONSTRUCT),
        ("SELECTDISTINCT ?x {}", Form.SELECT),
        ("INSERT DATA {}", None),
        ("", None),
    ],
)
def test_the_form_of_a_query(text: str, form: Form | None) -> None:
    assert form_of(text) is form


_BEGINNINGS = ["PREFIX", "prefix", "BASE", "base", "VERSION", " ", "\n", "\t", "#c\n", "#", "<http://a/b#>", "<a b>", "<a>"]
_BEGINNINGS += ["<\\u0041>", "a:", "a.b:", "a-:", ":", "_:", "é:", "ſ", "\u212a", "SELECT", "select", "ASk", "CONSTRUCT"]
_BEGINNINGS += ["DESCRIBE", "ſELECT", "aſk:", "SELECTX", "ASK:", "*", "{", "?x", "a:b", '"1.1"', "'x'", "1", "%41", "-", "@en"]


@given(st.lists(st.sampled_from(_BEGINNINGS), max_size=9).map("".join))
def test_the_short_way_to_the_form_of_a_query_leads_where_the_long_one_does(text: str) -> None:
    assert form_of(text) is form_by_tokens(text)


@given(st.lists(st.sampled_from(["NOW", "now", "ſERVICE", "Service", "uUid", "BNODE", " ", "#\n", "(", "<a>", "{", "ſ", "x"])))
def test_the_short_way_to_whether_a_query_is_volatile_leads_where_the_long_one_does(words: list[str]) -> None:
    text = "".join(words)
    # One letter beyond ASCII, where it matters to nothing, makes it go the long way.
    assert is_volatile(text) is is_volatile(text + " é")


def test_updates_and_volatile_queries_are_known() -> None:
    assert is_update("PREFIX a: <b> # x\nload <http://e/>")
    assert not is_update("SELECT * { ?load ?p ?o }")
    assert is_volatile("SELECT (rand ( ) AS ?x) {}") and is_volatile("SELECT (STRUUID() AS ?x) {}")
    assert is_volatile("SELECT * { Service # a comment\nSILENT <http://e.example/> { ?s ?p ?o } }")
    assert is_volatile("PREFIX e: <http://e/> SELECT * { { SERVICE e:a { ?s ?p ?o } } }")
    assert not is_volatile("SELECT ?now { ?now ?p ?o }") and not is_volatile('SELECT ?service { ?service ?p "service" }')


# The rows as plain values


def test_a_result_that_is_none_is_a_value_error() -> None:
    for body in (b"<html>", b"[]", b"{}", b'{"head":{}}', b"\xff"):
        with pytest.raises(ValueError, match="not a result"):
            Table.from_json(body)


# The version that is being served


def test_the_current_build_is_a_complete_one_or_none(tmp_path: Path) -> None:
    with pytest.raises(NoBuild, match="wsis-kg build"):
        current_folder(tmp_path)
    build = write_build(tmp_path, "1-a")
    assert current_folder(tmp_path) == build
    (tmp_path / "1-d").mkdir()
    for name in ("1-d", "../1-a", "", "1-e"):
        point_to(tmp_path, name)
        with pytest.raises(NoBuild, match="not complete"):
            current_folder(tmp_path)


def test_the_engine_and_the_web_load_neither_rdflib_nor_pyshacl() -> None:
    script = (
        "import sys, json, wsis_kg.web.serve, wsis_kg.workshop.build;"
        "print(json.dumps([name for name in ('rdflib', 'pyshacl', 'SPARQLWrapper') if name in sys.modules]))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == []


def test_every_problem_has_a_kind_of_its_own() -> None:
    kinds = [problem.kind for problem in QueryProblem.__subclasses__()]
    assert len(set(kinds)) == len(kinds)
