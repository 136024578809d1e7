"""Every saved question: its file is complete, and its answers are those written down before it was run.

`answers/<question>.csv` or `answers/<question>.<case>.csv` is the whole answer over tests/world, with the parameters in
its first line; `answers/real/…` is the answer over the real graph as a person read it in the documents, in the columns
that the documents alone can fill.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.paths import MulPath
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from wsis_kg.holdings import folder
from wsis_kg.views.questions import VALUES, Question, QuestionError, read_questions
from wsis_kg.workshop.dataset import load, short
from wsis_kg.workshop.inputs import Inputs
from wsis_kg.workshop.rules import infer

ANSWERS = Path(__file__).parent / "answers"
QUESTIONS = read_questions(folder("queries"))
READERS = {"delegate", "secretariat", "researcher", "publisher"}
DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"
Row = tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """An answer written by hand: to which question, with which parameters, from which lines of the sources."""

    path: Path
    question: str
    parameters: Mapping[str, str]
    lines: str
    columns: Row
    rows: tuple[Row, ...]


def read_answer(path: Path) -> Answer:
    """One file: comments that begin with `#`, then CSV with a header."""
    text = path.read_text(encoding="utf-8").splitlines(keepends=True)
    comments = "".join(line for line in text if line.startswith("#"))
    table = list(csv.reader(line for line in text if not line.startswith("#")))
    parameters = re.search(r"^# *parameters: *(.*)$", comments, re.MULTILINE)
    lines = re.search(r"^# *lines: *(.*)$", comments, re.MULTILINE)
    return Answer(
        path,
        path.name.split(".")[0],
        dict(re.findall(r"(\w+)=([^,]*[^,\s])", parameters.group(1))) if parameters else {},
        lines.group(1).strip() if lines else "",
        tuple(table[0]),
        tuple(tuple(row) for row in table[1:]),
    )


GOLDEN = [read_answer(path) for path in sorted(ANSWERS.glob("*.csv"))]
REAL = [read_answer(path) for path in sorted((ANSWERS / "real").glob("*.csv"))]
each_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda question: question.name)
each_golden = pytest.mark.parametrize("answer", GOLDEN, ids=lambda answer: answer.path.stem)


def cell(term: object) -> str:
    """A term as it stands in an answer: IRIs with their prefix, literals without language and datatype."""
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode | rdflib.URIRef):
        return short(term.value if isinstance(term, ox.NamedNode) else str(term))
    text = term.value if isinstance(term, ox.Literal | ox.BlankNode) else str(term)
    datatype = getattr(term, "datatype", None)
    if datatype is not None and str(getattr(datatype, "value", datatype)) == DECIMAL:
        return f"{Decimal(text).normalize():f}"
    return text


def ask(store: ox.Store, query: str) -> tuple[Row, list[Row]]:
    """Columns and rows by Oxigraph; no prefix is given to it that the query does not declare."""
    found = store.query(query, use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    columns = tuple(variable.value for variable in found.variables)
    return columns, [tuple(cell(row[column]) for column in columns) for row in found]


@pytest.fixture(scope="module")
def world_store(invented: Inputs) -> ox.Store:
    """The invented world, inferred, in memory; nobody changes it."""
    store = load(invented)
    infer(store, invented)
    return store


@pytest.fixture(scope="module")
def world_dataset(world_store: ox.Store) -> rdflib.Dataset:
    """The same statements in rdflib, where the default graph is the union as well."""
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=ox.serialize(world_store, format=ox.RdfFormat.N_QUADS) or b"", format="nquads")
    return dataset


def test_there_are_questions_enough_and_each_is_answered() -> None:
    """Every question has an answer over the world, and every answer a question."""
    assert len(QUESTIONS) >= 30
    assert {answer.question for answer in GOLDEN} == set(QUESTIONS)


@each_question
def test_a_question_is_described(question: Question) -> None:
    """A sentence that asks, a sentence that says why, a known reader; each parameter with its description."""
    assert question.question.endswith("?") and question.question[0].isupper()
    assert question.why.endswith(".") and (question.why[0].isupper() or question.why[0] == "“")
    assert re.fullmatch(r"[a-z]+", question.group) and question.reader in READERS
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", question.name)
    for parameter in question.parameters:
        assert parameter.description and parameter.description[0].isupper(), parameter.name


@each_question
def test_a_question_has_rows_and_leads_to_words(question: Question) -> None:
    """The order of rows is fixed, by columns that are shown; a row names its passage, unless rows are counted."""
    select, _, rest = question.text.partition("SELECT")[2].partition("WHERE")
    shown = set(re.findall(r"\?(\w+)\)?(?= *[\n?(]| *$)", select))
    order = rest.rpartition("ORDER BY")[2]
    assert set(re.findall(r"\?(\w+)", order)) <= shown, "ordered by a column that is not shown"
    counted = "GROUP BY" in question.text
    assert counted or "DISTINCT" in select
    parameters = {parameter.name for parameter in question.parameters}
    assert counted or {"passage", "here", "graph"} & (shown | parameters)


def parts(value: object) -> Iterator[object]:
    """Every piece of a parsed query."""
    yield value
    if isinstance(value, CompValue):
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from parts(inner)


@each_question
def test_no_path_is_open_at_both_ends(question: Question) -> None:
    """A path of any length between two variables means something else in every engine, or takes for ever."""
    for part in parts(prepareQuery(question.text).algebra):
        if isinstance(part, tuple) and len(part) == 3 and isinstance(part[1], rdflib.paths.Path):
            open_ends = isinstance(part[0], rdflib.Variable) and isinstance(part[2], rdflib.Variable)
            assert not (open_ends and any_length(part[1])), part


def any_length(path: object) -> bool:
    """Whether a path can be of any length, or none."""
    if isinstance(path, MulPath):
        return True
    inner = getattr(path, "args", None) or [getattr(path, "arg", None)]
    return any(any_length(step) for step in inner if isinstance(step, rdflib.paths.Path))


@each_golden
def test_the_world_answers_as_written(answer: Answer, world_store: ox.Store) -> None:
    """Oxigraph gives the columns and the rows that were written down, no more and no fewer."""
    columns, rows = ask(world_store, QUESTIONS[answer.question].bind(answer.parameters))
    assert columns == answer.columns
    assert sorted(rows) == sorted(answer.rows)


@each_golden
def test_rdflib_answers_the_same(answer: Answer, world_dataset: rdflib.Dataset) -> None:
    """The query is no more than SPARQL 1.1: a second engine gives the same rows."""
    result = world_dataset.query(QUESTIONS[answer.question].bind(answer.parameters))
    columns = tuple(str(variable) for variable in result.vars or [])
    assert columns == answer.columns
    rows = [tuple(cell(row.get(rdflib.Variable(column))) for column in columns) for row in result.bindings]
    assert sorted(rows) == sorted(answer.rows)


@each_golden
def test_the_order_of_rows_is_fixed(answer: Answer, world_store: ox.Store) -> None:
    """Two rows never change places, in whatever order the statements were loaded."""
    turned = ox.Store()
    turned.extend(sorted(world_store, key=str, reverse=True))
    query = QUESTIONS[answer.question].bind(answer.parameters)
    assert ask(world_store, query)[1] == ask(turned, query)[1]


@each_question
def test_the_real_graph_answers(question: Question, real_store: ox.Store) -> None:
    """With its defaults, each of which is there, every question gives at least one row on the real graph."""
    for parameter in question.parameters:
        prefix, _, slug = parameter.default.partition(":")
        if parameter.kind not in VALUES:
            thing = ox.NamedNode(f"https://w3id.org/wsis-kg/id/{prefix}/{slug}")
            assert any(True for _ in real_store.quads_for_pattern(thing, None, None)), (
                f"{parameter.default} is not there"
            )
    assert ask(real_store, question.text)[1]


def test_fifteen_questions_were_answered_from_the_documents() -> None:
    """At least fifteen answers over the real graph were written by hand, each with the lines it was read from."""
    assert len({answer.question for answer in REAL}) >= 15


@pytest.mark.parametrize("answer", REAL, ids=lambda answer: answer.path.stem)
def test_the_real_graph_answers_as_the_documents_do(answer: Answer, real_store: ox.Store) -> None:
    """The rows in the columns that a person can fill from the documents, IRIs as slugs, are those written by hand."""
    assert answer.question in QUESTIONS
    assert re.search(r"\d", answer.lines), "the lines from which it was read are not named"
    columns, rows = ask(real_store, QUESTIONS[answer.question].bind(answer.parameters))
    assert set(answer.columns) <= set(columns), "a column that the question does not have"
    places = [columns.index(column) for column in answer.columns]
    found = {tuple(slug_of(row[place]) for place in places) for row in rows}
    assert sorted(found) == sorted(set(answer.rows))


def slug_of(text: str) -> str:
    """`body:cstd` as `cstd`; other text as it is."""
    return re.sub(r"^[a-z-]+:(?=[A-Za-z0-9-]+$)", "", text)


@given(value=st.text(max_size=60), data=st.data())
def test_no_value_changes_a_query(value: str, data: st.DataObject) -> None:
    """Whatever is typed for a parameter is refused with a sentence, or is one term in its place and nothing else."""
    question = data.draw(st.sampled_from([q for q in QUESTIONS.values() if q.parameters]))
    parameter = data.draw(st.sampled_from(question.parameters))
    try:
        bound = question.bind({parameter.name: value})
    except QuestionError as error:
        assert str(error).endswith(".")
        return
    before, after = question.text.splitlines(), bound.splitlines()
    changed = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    for one, other in changed:
        assert one.strip().startswith(f"VALUES ?{parameter.name} ")
        term = re.fullmatch(r"\s*VALUES \?\w+ \{ (\S+) \} #parameter", other)
        assert term and re.fullmatch(
            r"<https://w3id\.org/wsis-kg/id/[a-z-]+/[A-Za-z0-9-]+>|\d{4}|-?\d+|\"[\d-]+\"\^\^<\S+>", term.group(1)
        )
