"""``wsis-kg publish``: loads the dataset into a SPARQL 1.1 service."""

from __future__ import annotations

from pathlib import Path

import click

from wsis_kg.cli.options import data_option


@click.command()
@click.option("--to", "address", required=True, metavar="URL", help="The address to which the service takes queries.")
@click.option(
    "--graph-store",
    metavar="URL",
    help="The address of its Graph Store; known for Oxigraph and Virtuoso, else the same as of queries.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--again", is_flag=True, help="Load it even if this version stands there already.")
@data_option
def publish(address: str, graph_store: str | None, dry_run: bool, again: bool, data_home: Path) -> None:
    """Load the dataset that was built last into a SPARQL 1.1 service, graph by graph.

    Graphs of the service that are not of this dataset are left alone. Credentials come from WSIS_KG_ENGINE_USER and
    WSIS_KG_ENGINE_PASSWORD (basic or digest, as the service asks), or from WSIS_KG_ENGINE_TOKEN (bearer).
    """
    from wsis_kg.engine.credentials import BadService, Credentials
    from wsis_kg.engine.live import NoBuild, current_folder
    from wsis_kg.engine.publication import CannotPublish, Publication
    from wsis_kg.engine.remote_service import Service, checked_address

    try:
        service = Service(address, Credentials.from_environment(), seconds=600)
        if graph_store is not None:
            checked_address(graph_store)
        publication = Publication(current_folder(data_home), service, graph_store)
    except (BadService, NoBuild) as error:
        raise CannotPublish(str(error)) from error
    plan = publication.plan()
    if plan.whole and not again:
        click.echo(f"Version {plan.version} stands there already, statement for statement counted. Nothing was done.")
        return
    if dry_run:
        click.echo(f"The service holds {f'version {plan.present}' if plan.present else 'no version of this dataset'}.")
        for name, size in plan.load:
            click.echo(f"would load {name}: {size:,} statements")
        for name in plan.remove:
            click.echo(f"would remove {name}")
        return
    publication.run(plan, lambda step: click.echo(step, err=True))
    click.echo(f"Published version {plan.version}: {plan.quads:,} statements in {len(plan.load) - 1} graphs, counted.")
