"""``wsis-kg build`` and ``wsis-kg diff``: versions of the dataset, made, installed and compared."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from wsis_kg.cli.options import data_option

DIFFERENT = 1
TROUBLE = 2


def _say(step: str) -> None:
    click.echo(f"{step} …", err=True)


@click.command()
@click.option(
    "--also",
    "dump",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="DUMP",
    help="Install this earlier dump (wsis-kg.nq or wsis-kg.nq.gz) as a version beside the one that is built; "
    "SHA256SUMS beside it is compared.",
)
@click.option(
    "--version", "name", metavar="VERSION", help="The version the dump is of, where its folder or name tells none."
)
@click.option(
    "--published",
    metavar="DATE",
    help="When the version was published: the dump with --also, else the one that is built. A day or a time in UTC.",
)
@data_option
def build(dump: Path | None, name: str | None, published: str | None, data_home: Path) -> None:
    """Build the dataset: load, infer, validate, write. Anything wrong stops it, and the last build stays."""
    from wsis_kg.workshop.build import build as build_dataset
    from wsis_kg.workshop.records import read_moment

    moment = read_moment(published) if published is not None else None
    if dump is not None:
        from wsis_kg.workshop.installing import install

        place, new = install(data_home, dump, name=name, moment=moment, progress=_say)
        click.echo(
            f"Installed {place.name} in {place}." if new else f"{place.name} is here already, with this content."
        )
        moment = None
    elif name is not None:
        raise click.UsageError("--version says which version a dump is of: name the dump with --also.")
    place = build_dataset(data_home, progress=_say, moment=moment)
    click.echo(f"Built {place.name} in {place}.")


@click.command()
@click.argument("before", metavar="V1")
@click.argument("after", metavar="V2", default="current")
@click.option(
    "--format",
    "form",
    type=click.Choice(["words", "summary", "trig", "patch"]),
    default="words",
    show_default=True,
    help="In words, thing by thing; only the counts; RDF in four named graphs (added, removed, and both inferred); "
    "or RDF Patch, which keeps the graph of each statement.",
)
@data_option
def diff(before: str, after: str, form: str, data_home: Path) -> None:
    """What changed from version V1 to V2: by noun and thing, property by property, asserted apart from inferred.

    V1 and V2 are versions in the data folder, or dump files (wsis-kg.nq, wsis-kg.nq.gz); V2 is the current version if
    left out. Ends with 0 if both hold the same, 1 if not, 2 if something is wrong, as diff does.
    """
    from wsis_kg.views.change_report import as_patch, as_trig, in_words
    from wsis_kg.views.changes import changes
    from wsis_kg.workshop.problems import WorkshopError

    try:
        found = changes(*_version(before, data_home), *_version(after, data_home))
    except (WorkshopError, OSError, SyntaxError) as error:
        click.echo(str(error), err=True)
        sys.exit(TROUBLE)
    if form in ("trig", "patch"):
        click.echo(as_trig(found) if form == "trig" else as_patch(found), nl=False)
    else:
        for line in in_words(found, summary=form == "summary"):
            click.echo(line)
    sys.exit(0 if found.none else DIFFERENT)


def _version(name: str, data_home: Path) -> tuple[str, Iterable[bytes]]:
    """A version by its name and its lines of N-Quads."""
    from wsis_kg.workshop.installing import read_dump
    from wsis_kg.workshop.problems import Problem, WorkshopError
    from wsis_kg.workshop.records import kept

    if name == "current" and (data_home / name).is_file():
        name = (data_home / name).read_text(encoding="utf-8").strip()
    here = {one.name: one.folder for one in kept(data_home)} if data_home.is_dir() else {}
    if name in here:
        return name, (here[name] / "dataset.nq").read_bytes().splitlines(keepends=True)
    path = Path(name)
    if path.is_file():
        return path.name, read_dump(path).splitlines(keepends=True)
    raise WorkshopError(
        [
            Problem(
                f"“{name}” is neither a version in {data_home} nor a file.",
                next_action=f"The versions there: {', '.join(here)}."
                if here
                else "There is none yet: run wsis-kg build.",
            )
        ]
    )
