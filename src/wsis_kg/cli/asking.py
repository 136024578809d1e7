"""``wsis-kg ask``: a saved question, asked of the packaged dataset or of any SPARQL endpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsis_kg.cli.options import data_option
from wsis_kg.holdings import folder
from wsis_kg.names import PREFIXES

if TYPE_CHECKING:
    from wsis_kg.engine.formats import Format
    from wsis_kg.engine.store import Engine
    from wsis_kg.engine.table import Cell, Table
    from wsis_kg.views.questions import Question

FORMATS = ("table", "csv", "json", "turtle")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", required=False)
@click.option("--list", "show_list", is_flag=True, help="List the saved questions.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--endpoint", metavar="URL", help="Ask a SPARQL endpoint instead of the packaged dataset.")
@click.option("--show", is_flag=True, help="Print the query instead of asking it.")
@data_option
@click.argument("values", nargs=-1, type=click.UNPROCESSED)
def ask(
    name: str | None,
    show_list: bool,
    form: str,
    endpoint: str | None,
    show: bool,
    data_home: Path,
    values: tuple[str, ...],
) -> None:
    """Ask a saved question: wsis-kg ask what-falls-due-in-a-year --year 2027.

    The parameters of a question are given as --parameter value; --list names them.
    """
    from wsis_kg.client import ask_endpoint
    from wsis_kg.engine.formats import JSON
    from wsis_kg.views.questions import QuestionError, choose, read_questions

    try:
        questions = read_questions(folder("queries"))
        if show_list or name is None:
            for question in questions.values():
                click.echo(f"{question.name}\n    {question.question}")
                for parameter in question.parameters:
                    click.echo(
                        f"    --{parameter.name} {parameter.kind}: {parameter.description} [{parameter.default}]"
                    )
            return
        question = choose(questions, name)
        given = _pairs(values)
        if endpoint is not None:
            query = question.bind(_resolved(question, given, lambda text: ask_endpoint(endpoint, text, JSON).body))
        else:
            engine = packaged_engine(data_home)
            query = question.bind(_resolved(question, given, lambda text: engine.answer(text, JSON)))
    except QuestionError as error:
        raise click.ClickException(str(error)) from error
    if show:
        click.echo(query)
    elif endpoint is not None:
        _print_answer(form, _gives_graph(query), lambda wanted: ask_endpoint(endpoint, query, wanted).body)
    else:
        _print_answer(form, _gives_graph(query), lambda wanted: engine.answer(query, wanted))


def _gives_graph(query: str) -> bool:
    from wsis_kg.engine.query_text import form_of

    found = form_of(query)
    return found is not None and found.gives_graph


def _pairs(values: tuple[str, ...]) -> dict[str, str]:
    """``--year 2027`` and ``--year=2027`` as ``{"year": "2027"}``."""
    given: dict[str, str] = {}
    rest = list(values)
    while rest:
        key = rest.pop(0)
        if not key.startswith("--") or len(key) < 3:
            raise click.UsageError(f"{key!r} is neither a parameter nor its value; write --parameter value.")
        key, equals, value = key[2:].partition("=")
        if not equals:
            if not rest:
                raise click.UsageError(f"--{key} needs a value.")
            value = rest.pop(0)
        key = key.replace("-", "_")
        if key in given:
            raise click.UsageError(f"--{key} is given twice.")
        given[key] = value
    return given


def packaged_engine(data_home: Path) -> Engine:
    """The engine over a complete build of the present inputs, which is made first where it is not there yet."""
    from wsis_kg.engine.store import Engine
    from wsis_kg.workshop.build import build as build_dataset
    from wsis_kg.workshop.build import current

    place = current(data_home)
    if place is None:
        click.echo("There is no build of the present files yet; building it.", err=True)
        place = build_dataset(data_home, progress=lambda step: click.echo(f"{step} …", err=True))
    return Engine(place)


def _resolved(question: Question, given: dict[str, str], answer: Callable[[str], bytes]) -> dict[str, str]:
    """The values with each thing as the IRI it has in the graph that is asked. Raises ``QuestionError`` for
    what is not there.
    """
    from wsis_kg.engine.table import Table
    from wsis_kg.views.questions import THINGS, Names, names_of

    resolved = dict(given)
    for parameter in question.parameters:
        if parameter.name in given and parameter.kind in THINGS:
            rows = Table.from_json(answer(names_of(THINGS[parameter.kind]))).rows
            names = Names((row["thing"].value, row["name"].value if "name" in row else None) for row in rows)
            resolved[parameter.name] = names.find(parameter, given[parameter.name])
    return resolved


def _print_answer(form: str, gives_graph: bool, answer: Callable[[Format], bytes]) -> None:
    """Write the answer in the form asked for. Raises :class:`click.ClickException` where the two do not go
    together.
    """
    from wsis_kg.engine.formats import CSV, JSON, TURTLE
    from wsis_kg.engine.table import Table

    if gives_graph != (form == "turtle") and not (gives_graph and form == "table"):
        fits = "turtle" if gives_graph else "table, csv or json"
        raise click.ClickException(
            f"This question gives {'a graph' if gives_graph else 'rows'}: ask for --format {fits}."
        )
    if gives_graph:
        click.echo(answer(TURTLE).decode())
    elif form == "table":
        _print_table(Table.from_json(answer(JSON)))
    else:
        click.echo(answer(CSV if form == "csv" else JSON), nl=form == "json")


def _print_table(table: Table) -> None:
    """Rows for people: names instead of IRIs, IRIs of ours as prefix and name, and the number of rows last."""
    import shutil

    from wsis_kg.views.text import as_text, columns_for_people

    if table.truth is not None:
        click.echo("yes" if table.truth else "no")
        return
    columns = columns_for_people(table.variables)
    rows = list(dict.fromkeys(tuple(_shown(row.get(column)) for column in columns) for row in table.rows))
    heads = [column.removesuffix("_name").replace("_", " ") for column in columns]
    click.echo(as_text(heads, rows, max(shutil.get_terminal_size((100, 24)).columns, 60)), nl=False)
    count = len(rows)
    click.echo(f"{count} row{'s' if count != 1 else ''}" if count else "No row: the documents do not say.", err=True)


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return ""
    if cell.kind == "uri":
        for prefix, namespace in PREFIXES.items():
            if cell.value.startswith(namespace) and "/" not in cell.value[len(namespace) :]:
                return f"{prefix}:{cell.value[len(namespace) :]}"
    return cell.value
