"""``wsis-kg diagram``: the diagrams of the site as files, byte by byte as the site gives them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

from wsis_kg.cli.asking import packaged_engine
from wsis_kg.cli.options import data_option
from wsis_kg.names import BASE

if TYPE_CHECKING:
    from wsis_kg.web.reporting_files import Chosen

FORMATS: Final = ("svg", "png", "dot", "graphml", "mermaid", "csv", "json")
_OPTIONS: Final = {
    "reporting": ("body", "recipient", "document", "year", "recurrence", "stated", "as_of", "compare", "open", "sort"),
    "lineage": ("document", "kind", "from", "to", "sort"),
}
"""The diagrams, each with what can be chosen of it."""


def _root(_context: click.Context, _option: click.Parameter, url: str) -> str:
    from wsis_kg.web.address import Address

    try:
        Address.parse(url)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return url.rstrip("/") + "/"


@dataclass(frozen=True)
class _Options:
    """The choices of the command line, read as those of a URL are."""

    given: dict[str, str]
    opened: tuple[str, ...] = ()

    def value(self, name: str) -> str:
        """What is given for a choice."""
        return self.given.get(name, "").strip()

    def values(self, name: str) -> list[str]:
        """The groups that are to be open in a drawing that is collapsed."""
        return list(self.opened) if name == "open" else []


@click.command()
@click.argument("name", type=click.Choice(tuple(_OPTIONS)), default="reporting")
@click.option("--body", default="", metavar="NAME", help="Only reports that this body, post or group takes part in.")
@click.option("--recipient", default="", metavar="NAME", help="Only what is reported to this body, or at this event.")
@click.option(
    "--document",
    default="",
    metavar="NAME",
    help="Of reporting: what it says, or all; official texts if left out. Of lineage: what it is part of.",
)
@click.option("--year", default="", metavar="YEAR", help="Only what is due in this year.")
@click.option("--recurrence", default="", metavar="RHYTHM", help="Only what comes so often: annual, one-off, none …")
@click.option(
    "--stated", type=click.Choice(["asserted", "inferred"]), help="Only what passages state, or what is inferred."
)
@click.option("--as-of", default="", metavar="DATE", help="As it stood on this day.")
@click.option("--compare", default="", metavar="DATE", help="Compared with this day: what was added, what ended.")
@click.option("--open", "opened", multiple=True, metavar="GROUP", help="A group drawn whole, where others are not.")
@click.option("--kind", default="", metavar="NAME", help="Only what is done so: recall, reaffirm, restates …")
@click.option("--from", default="", metavar="YEAR", help="Only what was made in this year or later.")
@click.option("--to", default="", metavar="YEAR", help="Only what was made in this year or before.")
@click.option("--sort", default="", metavar="COLUMN", help="The order of the rows of csv and json.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="svg", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write to this file.")
@click.option(
    "--base-url", "root", default=BASE, callback=_root, metavar="URL", show_default=True, help="The site of its links."
)
@data_option
def diagram(
    name: str,
    form: str,
    output: Path | None,
    root: str,
    opened: tuple[str, ...],
    data_home: Path,
    **choices: str | None,
) -> None:
    """A diagram as a file: who reports to whom (reporting), or which instrument recalls, cites, restates or revises
    which other (lineage).

    Names are the last part of an address (itu, a-res-80-173). With --base-url of a site, the file is the one that it
    gives for the same choice. The PNG has at most 16 million pixels.
    """
    if form == "png" and output is None and sys.stdout.isatty():
        raise click.UsageError("A PNG cannot be shown in a terminal: name a file by --output, or send it on.")
    options = _Options({name: value or "" for name, value in choices.items()}, opened)
    given = [choice for choice, value in (*options.given.items(), ("open", opened)) if value]
    for choice in given:
        if choice not in _OPTIONS[name]:
            of = " and ".join(other for other, known in _OPTIONS.items() if choice in known)
            raise click.UsageError(f"--{choice.replace('_', '-')} chooses nothing of {name}; it is an option of {of}.")
    content = (_lineage if name == "lineage" else _reporting)(form, root, data_home, options)
    if output is not None:
        output.write_bytes(content)
    else:
        click.echo(content, nl=False)


def _suffix(form: str) -> str:
    from wsis_kg.views.diagram_exports import EXPORTS

    return next((export.suffix for export in EXPORTS if export.name == form), form)


def _reporting(form: str, root: str, data_home: Path, options: _Options) -> bytes:
    """Who reports to whom. Whatever prevents a drawing is told, with exit code 2."""
    from wsis_kg.engine.layout import LayoutFailed
    from wsis_kg.views.diagram_png import CannotPaint
    from wsis_kg.web.diagram_files import DRAWN, drawn_file, written_file
    from wsis_kg.web.layouts import laid_out
    from wsis_kg.web.reporting_files import drawn_of, sheet_of, svg_of

    chosen = _chosen(data_home, options)
    if form not in DRAWN:
        return written_file(_suffix(form), sheet_of(chosen), root)
    if not chosen.diagram.lines:
        click.echo("No report that is encoded fits this choice: the drawing is empty.", err=True)
    try:
        drawn = drawn_of(chosen)
        return drawn_file(form, drawn, svg_of(chosen, drawn, laid_out(drawn), root))
    except (LayoutFailed, CannotPaint) as error:
        _refuse_drawing(error)


def _lineage(form: str, root: str, data_home: Path, options: _Options) -> bytes:
    """The lineage of instruments. Unknown values are told with what there is, with exit code 2."""
    from wsis_kg.views.diagram_png import CannotPaint
    from wsis_kg.web.diagram_files import DRAWN, drawn_file, written_file
    from wsis_kg.web.lineage_choice import read_wanted
    from wsis_kg.web.lineage_files import answered, sheet_of, svg_of, told
    from wsis_kg.web.page import Pages
    from wsis_kg.web.problems import Refusal

    engine = packaged_engine(data_home)
    lineage, register = answered(engine)
    try:
        wanted = read_wanted(options, lineage, register)
    except Refusal as refusal:
        there = ", ".join(one["value"] for one in refusal.members.get("near", ()))
        _refuse(f"{refusal.detail} There is: {there}." if there else refusal.detail)
    one = told(wanted, lineage, register, engine.version)
    if form not in DRAWN:
        return written_file(_suffix(form), sheet_of(one), root)
    if not one.relations:
        click.echo("No relation that is encoded fits this choice: the drawing is empty.", err=True)
    try:
        return drawn_file(form, one.diagram, svg_of(one, Pages(), root))
    except CannotPaint as error:
        _refuse_drawing(error)


def _chosen(data_home: Path, options: _Options) -> Chosen:
    """What is asked for. Unknown values are told with what there is, with exit code 2."""
    from wsis_kg.engine.formats import JSON
    from wsis_kg.engine.table import Table
    from wsis_kg.web.registers import page_questions, plain_rows
    from wsis_kg.web.reporting import answered, chosen_diagram
    from wsis_kg.web.reporting_choice import SORTS, Wanted, fields, read_wanted
    from wsis_kg.web.reporting_files import Chosen
    from wsis_kg.web.reporting_rows import read_differing

    engine = packaged_engine(data_home)
    reports, register = answered(engine)
    wanted, unknown = read_wanted(options, reports, register)
    if unknown:
        there = fields(Wanted(), reports, register)
        offered = {one.name: ", ".join(value for value, _ in one.offered) for one in there}
        offered["sort"] = ", ".join(SORTS)
        hints = [f" There is: {offered[one.name]}." if one.name in offered else "" for one in unknown]
        _refuse("\n".join(one.sentence + hint for one, hint in zip(unknown, hints, strict=True)))
    differences = engine.answer(page_questions()["reporting-differences"].text, JSON)
    differing = read_differing(plain_rows(Table.from_json(differences)))
    return Chosen(chosen_diagram(reports, register, wanted, engine.version), wanted, reports, differing, register)


def _refuse_drawing(error: Exception) -> NoReturn:
    _refuse(f"{error} The formats dot, graphml, mermaid, csv and json need no drawing.")


def _refuse(sentences: str) -> NoReturn:
    click.echo(sentences, err=True)
    sys.exit(2)
