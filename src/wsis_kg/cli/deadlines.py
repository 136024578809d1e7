"""``wsis-kg deadlines``: what falls due, for people, as rows or as a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from wsis_kg.cli.asking import packaged_engine
from wsis_kg.cli.options import data_option

if TYPE_CHECKING:
    from wsis_kg.engine.store import Engine
    from wsis_kg.views.calendar import Snapshot
    from wsis_kg.views.deadlines import Deadlines, Due, Filter

COLUMNS = (
    "section", "first", "last", "precision", "as_printed", "session", "recurrence", "next", "replaced_by",
    "replaced_is", "who", "who_is", "what", "recipient", "words", "document", "place", "passage", "deadline",
)  # fmt: skip


def _day(_context: click.Context, _option: click.Parameter, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"“{text}” is no day. Write one such as 2027-01-31.") from error


@click.command()
@click.option("--as-of", callback=_day, metavar="DATE", help="The day of reference; today if left out.")
@click.option("--body", default="", metavar="NAME", help="Only what this body, post or group takes part in.")
@click.option("--role", default="", metavar="ROLE", help="Only where it, or anybody, has this role: asked, reporter …")
@click.option("--recipient", default="", metavar="NAME", help="Only what is due to this body.")
@click.option("--document", default="", metavar="NAME", help="Only what this document says.")
@click.option("--year", default="", metavar="YEAR", help="Only what can fall due, or recurs, in this year.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "ics"]), default="table", show_default=True)
@data_option
def deadlines(
    as_of: date | None,
    body: str,
    role: str,
    recipient: str,
    document: str,
    year: str,
    form: Literal["table", "csv", "ics"],
    data_home: Path,
) -> None:
    """What falls due, by whom, to whom and by which passage: this year without a day, coming, recurring, undated, past.

    Names are those that people use (CSTD, A/RES/80/173) or the last part of an IRI. As a calendar it has all that
    has a date; with --as-of, what was not over by then.
    """
    from wsis_kg.views.calendar import entries, ics
    from wsis_kg.web.deadline_versions import answered

    engine = packaged_engine(data_home)
    current = answered(engine)
    given = {"body": body, "role": role, "recipient": recipient, "document": document, "year": year}
    wanted = _filter(engine, current, given)
    if form == "ics":
        found = entries(_snapshots(engine, current, data_home), wanted, as_of)
        address = "https://w3id.org/wsis-kg/deadlines"
        click.echo(ics(found, "What falls due in the WSIS process", address, lambda one: one.due.iri), nl=False)
        return
    today = as_of or datetime.now(UTC).date()
    if form == "csv":
        _print_csv([due for due in current.all if wanted.takes(due)], today)
    else:
        _print_table(current.chosen(wanted), today)


def _filter(engine: Engine, current: Deadlines, given: dict[str, str]) -> Filter:
    """The IRIs of what is named. Raises :class:`click.ClickException`, with what there is, for what is not there."""
    from wsis_kg.engine.formats import JSON
    from wsis_kg.engine.table import Table
    from wsis_kg.views.deadlines import Filter
    from wsis_kg.views.questions import THINGS, Names, Parameter, QuestionError, names_of

    chosen = {}
    for name, value in given.items():
        chosen[name] = value
        if not value or (name == "role" and value in current.roles):
            continue
        if name == "year":
            if value not in current.years:
                told = f"Nothing falls due or recurs in the year “{value}”. There are: {', '.join(current.years)}."
                raise click.ClickException(told)
            continue
        kind = name if name in ("document", "role") else "actor"
        rows = Table.from_json(engine.answer(names_of(THINGS[kind]), JSON)).rows
        names = Names((row["thing"].value, row["name"].value if "name" in row else None) for row in rows)
        try:
            iri = names.find(Parameter(name, kind, "", ""), value)
        except QuestionError as error:
            there = {"role": current.roles, "document": current.documents, "recipient": current.recipients}
            offered = ", ".join(iri.rpartition("/")[2] for iri in there.get(name, current.actors))
            raise click.ClickException(f"{error} In what falls due there are: {offered}.") from error
        chosen[name] = iri.rpartition("/")[2] if name == "role" else iri
    return Filter(**chosen)


def _snapshots(engine: Engine, current: Deadlines, data_home: Path) -> list[Snapshot]:
    """What fell due in the versions of the data folder, the current one last."""
    from wsis_kg.engine.store import Engine
    from wsis_kg.views.calendar import Snapshot
    from wsis_kg.web.deadline_versions import answered, moments
    from wsis_kg.workshop.records import kept

    since = datetime.fromtimestamp(int((data_home / "current").stat().st_mtime), UTC)
    return [
        Snapshot(one.name, moment, current if one.name == engine.version else answered(Engine(one.folder)))
        for one, moment in moments(kept(data_home), engine.version, since)
    ]


def row_of(due: Due, today: date) -> tuple[str, ...]:
    """What a row of the CSV holds, in the order of ``COLUMNS``."""
    when, rhythm, other = due.when, due.rhythm, due.replaced(today)
    return (
        due.section(today),
        str(when.first or ""),
        str(when.last or ""),
        when.precision,
        when.printed,
        "; ".join(one.name for one in when.sessions),
        rhythm.recurrence.name if rhythm is not None else "",
        " ".join(map(str, due.following(today))),
        other.iri if other is not None else "",
        "inferred" if other is not None and other.presumed else "",
        "; ".join(one.name for one in due.who),
        "inferred" if any(one.presumed for one in due.who) else "",
        "; ".join(due.what),
        "; ".join(one.name for one in due.recipients),
        " … ".join(due.words),
        due.document.name,
        due.place,
        due.passage,
        due.iri,
    )


def _print_csv(found: list[Due], today: date) -> None:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(row_of(due, today) for due in found)
    click.echo(text.getvalue(), nl=False)


def _print_table(found: list[Due], today: date) -> None:
    """A block for each section, in which what restates something else stands in one cell with it."""
    import shutil

    from wsis_kg.views.deadlines import SECTIONS
    from wsis_kg.views.text import as_text
    from wsis_kg.views.timing import plain

    width = max(shutil.get_terminal_size((100, 24)).columns, 60)
    for section, heading in SECTIONS.items():
        dues = sorted(
            (due for due in found if due.section(today) == section),
            key=lambda due: (due.when.first or date.max, not due.official),
        )
        if not dues:
            continue
        click.echo(f"{heading.upper()}, as of {today}\n")
        rows = []
        for due in dues:
            following, other = due.following(today), due.replaced(today)
            rhythm = due.rhythm.in_words() if due.rhythm is not None else ""
            computed = f" (next, computed: {', '.join(map(str, following))})" if following else ""
            if other is not None:
                computed = " (presumably replaced, inferred)" if other.presumed else " (replaced)"
            where = [f"{one.document.iri.rpartition('/')[2]} {one.place}" for one in (due, *due.also)]
            when = "; ".join(part for part in (due.when.bounds(), rhythm + computed) if part)
            who = ", ".join(one.name + (" (inferred)" if one.presumed else "") for one in due.who) or "nobody named"
            whom = ", ".join(one.name for one in due.recipients)
            printed = f"“{due.when.printed}”" if due.when.printed else ""
            cells = (when or "no date", who, "; ".join(due.what), whom, printed, "; ".join(dict.fromkeys(where)))
            rows.append(tuple(map(plain, cells)))
        click.echo(as_text(("when", "who", "what", "to whom", "as printed", "where"), rows, width))
    count = len(found)
    click.echo(f"{count} due" if count else "Nothing that is encoded falls due with these filters.", err=True)
