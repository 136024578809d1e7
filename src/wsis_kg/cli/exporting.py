"""``wsis-kg export``: the site as static files."""

from __future__ import annotations

from pathlib import Path

import click

from wsis_kg.cli.options import data_option
from wsis_kg.names import BASE


@click.command()
@click.option(
    "--site",
    "target",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to write: new, empty, or an earlier export, which is replaced once the new one is whole.",
)
@click.option(
    "--address",
    default=BASE,
    show_default=True,
    metavar="URL",
    help="Where the start page will stand, for feeds, the sitemap and descriptions, whose addresses are absolute.",
)
@data_option
def export(target: Path, address: str, data_home: Path) -> None:
    """Write the whole site as static files that any web host can serve; its links are checked.

    The version that is current in the data folder is written; run wsis-kg build first.
    """
    from wsis_kg.web.export import export_site

    done = export_site(data_home, target, address, say=lambda text: click.echo(text, err=True))
    click.echo(f"Wrote version {done.version} as {done.files:,} files, {done.size / 1e6:,.1f} MB, in {target}.")
