"""``wsis-kg diagram``: the diagrams of the site as files, byte by byte as the site gives them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from wsis_kg.cli.asking import packaged_engine
from wsis_kg.cli.options import data_option
from wsis_kg.names import BASE

if TYPE_CHECKING:
    from wsis_kg.web.reporting_files import Chosen

DIAGRAMS = ("reporting",)
FORMATS = ("svg", "png", "dot", "graphml", "mermaid", "csv", "json")


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
@click.argument("name", type=click.Choice(DIAGRAMS), default="reporting")
@click.option("--body", default="", metavar="NAME", help="Only reports that this body, post or group takes part in.")
@click.option("--recipient", default="", metavar="NAME", help="Only what is reported to this body, or at this event.")
@click.option("--document", default="", metavar="NAME", help="What it says, or all; official texts if left out.")
@click.option("--year", default="", metavar="YEAR", help="Only what is due in this year.")
@click.option("--recurrence", default="", metavar="RHYTHM", help="Only what comes so often: annual, none …")
@click.option(
    "--stated", type=click.Choice(["asserted", "inferred"]), help="Only what passages state, or with somebody presumed."
)
@click.option("--as-of", default="", metavar="DATE", help="As it stood on this day.")
@click.option("--compare", default="", metavar="DATE", help="Compared with this day: what was added, what ended.")
@click.option("--open", "opened", multiple=True, metavar="GROUP", help="A group drawn whole, where others are not.")
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
    """A diagram as a file: who reports to whom (reporting).

    Names are the last part of an address (itu, a-res-80-173). With --base-url of a site, the file is the one that it
    gives for the same choice. The PNG has at most 16 million pixels.
    """
    if form == "png" and output is None and sys.stdout.isatty():
        raise click.UsageError("A PNG cannot be shown in a terminal: name a file by --output, or send it on.")
    options = _Options({name: value or "" for name, value in choices.items()}, opened)
    content = _reporting(form, root, data_home, options)
    if output is not None:
        output.write_bytes(content)
    else:
        click.echo(content, nl=False)


def _reporting(form: str, root: str, data_home: Path, options: _Options) -> bytes:
    from wsis_kg.views.diagram_exports import EXPORTS
    from wsis_kg.web.reporting_files import DRAWN, written_file

    suffix = next((export.suffix for export in EXPORTS if export.name == form), form)
    chosen = _chosen(data_home, options)
    return _drawn(suffix, chosen, root) if suffix in DRAWN else written_file(suffix, chosen, root)


def _drawn(suffix: str, chosen: Chosen, root: str) -> bytes:
    """The drawing. Whatever prevents it is told, with exit code 2."""
    from wsis_kg.engine.layout import LayoutFailed
    from wsis_kg.views.diagram_png import CannotPaint
    from wsis_kg.web.layouts import laid_out
    from wsis_kg.web.reporting_files import drawn_file, drawn_of

    if not chosen.diagram.lines:
        click.echo("No report that is encoded fits this choice: the drawing is empty.", err=True)
    try:
        drawn = drawn_of(chosen)
        return drawn_file(suffix, chosen, drawn, laid_out(drawn), root)
    except (LayoutFailed, CannotPaint) as error:
        _refuse(f"{error} The formats dot, graphml, mermaid, csv and json need no drawing.")


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


def _refuse(sentences: str) -> NoReturn:
    click.echo(sentences, err=True)
    sys.exit(2)
