"""Saved questions as a view: what a file must hold, what a parameter may be, and what a reader is told when it is not."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wsis_kg.holdings import folder
from wsis_kg.names import PREFIXES
from wsis_kg.views.questions import (
    VALUES,
    Names,
    Parameter,
    Question,
    QuestionError,
    choose,
    names_of,
    read_question,
    read_questions,
    sparql_term,
)

HEADER = """#+ question: Which harbours are named?
#+ why: Ships need them.
#+ group: harbour
#+ reader: delegate
"""
PLAIN = HEADER + "SELECT ?name WHERE { ?harbour <http://harbour.example/name> ?name } ORDER BY ?name\n"
ECHO = HEADER + (
    "#+ parameter: name text The name\n"
    "SELECT ?name ?other WHERE {\n"
    '  VALUES ?name { "North Harbour" } #parameter\n'
    "  BIND(1 AS ?other)\n"
    "} ORDER BY ?name\n"
)


def question(tmp_path: Path, text: str) -> Question:
    """The question that a file with this text holds."""
    path = tmp_path / "which-harbours.rq"
    path.write_text(text, encoding="utf-8")
    return read_question(path)


def test_a_file_is_read_with_its_parameters(tmp_path: Path) -> None:
    """Header and default, and the text as it stands."""
    asked = question(tmp_path, ECHO)
    assert (asked.name, asked.question) == ("which-harbours", "Which harbours are named?")
    assert asked.parameters == (Parameter("name", "text", "The name", '"North Harbour"'),)
    assert asked.bind({}) == asked.text == ECHO


@pytest.mark.parametrize("key", ["question", "why", "group", "reader"])
@pytest.mark.parametrize("times", [0, 2])
def test_each_line_of_the_header_is_there_once(tmp_path: Path, key: str, times: int) -> None:
    """A missing or doubled line is named with its file."""
    line = next(line for line in PLAIN.splitlines(keepends=True) if line.startswith(f"#+ {key}:"))
    with pytest.raises(QuestionError, match=rf"^which-harbours\.rq: the question needs one line `#\+ {key}:`\.$"):
        question(tmp_path, PLAIN.replace(line, line * times))


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("name text The", "name colour The", r"which-harbours\.rq: 'colour' is no kind of parameter\."),
        ("name text The", "port text The", r"the parameter port has no line `VALUES \?port \{ … \} #parameter`\."),
        (" #parameter", "", r"the parameter name has no line `VALUES \?name"),
        ("#+ parameter: name text The name\n", "", r"name is marked as a parameter and not described\."),
    ],
)
def test_a_parameter_is_described_and_has_a_default(tmp_path: Path, was: str, becomes: str, sentence: str) -> None:
    """Header and query agree on the parameters, or the file is refused with a sentence."""
    with pytest.raises(QuestionError, match=sentence):
        question(tmp_path, ECHO.replace(was, becomes))


def test_a_parameter_that_is_not_there_brings_the_nearest(tmp_path: Path) -> None:
    """A slip of the pen is answered with the name that was meant."""
    asked = question(tmp_path, ECHO)
    with pytest.raises(
        QuestionError, match=r"which-harbours has no parameter nam\. Did you mean name\? Its parameters: name\."
    ):
        asked.bind({"nam": "x"})
    with pytest.raises(QuestionError, match=r"has no parameter q\. Its parameters: none\."):
        question(tmp_path, PLAIN).bind({"q": "x"})



@pytest.mark.parametrize("given_as", ["cstd", "body:cstd", "https://w3id.org/wsis-kg/id/body/cstd", " cstd "])
def test_a_thing_is_given_by_slug_prefixed_name_or_iri(given_as: str) -> None:
    """Whatever form is typed, the term is the full IRI."""
    parameter = Parameter("body", "body", "The body", "body:cstd")
    assert sparql_term(parameter, given_as) == "<https://w3id.org/wsis-kg/id/body/cstd>"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("actor", "Olaf Strand"),
        ("body", "output:chart"),
        ("body", "https://w3id.org/wsis-kg/id/body/"),
        ("body", "https://w3id.org/wsis-kg/id/body/a> } #"),
        ("body", "https://w3id.org/wsis-kg/id/output/chart"),
        ("thing", "http://harbour.example/north"),
        ("passage", ""),
        ("year", "31"),
        ("year", "2031 }"),
        ("year", "-2031"),
        ("number", "1e9"),
        ("number", "twelve"),
        ("date", "31/12/2025"),
        ("date", "2025-13-01"),
        ("date", "2025-12-31T00:00:00"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_a_sentence(kind: str, value: str) -> None:
    """The sentence names the parameter and ends like one."""
    with pytest.raises(QuestionError) as refusal:
        sparql_term(Parameter("what", kind, "", "2031"), value)
    assert str(refusal.value).startswith("what is a ") and str(refusal.value).endswith(".")


def test_values_become_typed_terms() -> None:
    """Numbers, years and dates are what SPARQL compares as such."""
    assert sparql_term(Parameter("n", "number", "", ""), "-07") == "-7"
    assert sparql_term(Parameter("year", "year", "", ""), "2031") == "2031"
    day = sparql_term(Parameter("as_of", "date", "", ""), "2031-05-14")
    assert day == '"2031-05-14"^^<http://www.w3.org/2001/XMLSchema#date>'
    assert set(VALUES) == {"year", "date", "text", "number"}


@given(st.text(max_size=80))
@example('" } #')
@example('\\" } UNION { ?s ?p ?o } #')
@example("line\nfeed\r\tand \\u0022")
@example("{ } VALUES ?x { 1 } #parameter")
def test_any_text_stays_one_text(value: str) -> None:
    """However hostile, a text comes out of the query as it went in, and nothing else is asked."""
    path_free = Question("echo", "?", ".", "g", "r", ECHO, (Parameter("name", "text", "", '"North Harbour"'),))
    rows = ox.Store().query(path_free.bind({"name": value}))
    assert isinstance(rows, ox.QuerySolutions)
    assert [(row["name"].value, row["other"].value) for row in rows] == [(value.strip(), "1")]


def harbours() -> Names:
    """The names of a small store, read by the query that the command line asks."""
    store = ox.Store()
    for noun, slug, label in (("body", "north", "North Harbour"), ("post", "north", "Master of the north")):
        thing = ox.NamedNode(PREFIXES[noun] + slug)
        store.add(ox.Quad(thing, ox.NamedNode(PREFIXES["rdf"] + "type"), ox.NamedNode(PREFIXES[""] + noun.capitalize())))
        store.add(ox.Quad(thing, ox.NamedNode(PREFIXES["skos"] + "prefLabel"), ox.Literal(label, language="en")))
    rows = store.query(names_of(("body",)))
    assert isinstance(rows, ox.QuerySolutions)
    return Names((row["thing"].value, row["name"].value) for row in rows)


@pytest.mark.parametrize("name", ["North Harbour", "NORTH harbour", "north", "Body:North", f"<{PREFIXES['body']}north>"])
def test_a_thing_is_found_by_its_names(name: str) -> None:
    """By label, slug, prefixed name or IRI, in any case."""
    assert harbours().find(Parameter("body", "body", "", ""), name) == PREFIXES["body"] + "north"


@pytest.mark.parametrize("name", ["Nort Harbour", "harbour", "post:north", "body:none"])
def test_what_is_not_there_is_said_with_the_nearest(name: str) -> None:
    """A name of nothing is no question without an answer: it is a wrong name."""
    with pytest.raises(QuestionError, match="there is no body called"):
        harbours().find(Parameter("body", "body", "", ""), name)
    with pytest.raises(QuestionError, match="Nearest: north harbour"):
        harbours().find(Parameter("body", "body", "", ""), "Nort Harbour")


def test_a_wrong_name_of_a_question_brings_the_nearest() -> None:
    """Nearest by letters, or by a word they share; where there is none, where to look."""
    questions = read_questions(folder("queries"))
    assert choose(questions, "who-reports-to-whom").name == "who-reports-to-whom"
    with pytest.raises(
        QuestionError, match=r"There is no question 'who-report-to-whom'\. Nearest: who-reports-to-whom"
    ):
        choose(questions, "who-report-to-whom")
    with pytest.raises(QuestionError, match=r"Nearest: .*what-recurs"):
        choose(questions, "recurs")
    with pytest.raises(QuestionError, match=r"`wsis-kg ask --list` shows them all\."):
        choose(questions, "7")
