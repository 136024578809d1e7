"""``wsis-kg queries``: what the server is working at, for whoever runs it."""

from __future__ import annotations

from pathlib import Path

import click

from wsis_kg.cli.options import data_option

_LONGEST = 100


@click.command()
@click.option("--stop", metavar="ID", help="Stop this query; its client is told that it was stopped.")
@data_option
def queries(stop: str | None, data_home: Path) -> None:
    """List the queries that run or wait in the servers of this data folder, or stop one of them."""
    from wsis_kg.web.admin import ask_servers

    answers = ask_servers(data_home, {"list": "all"} if stop is None else {"stop": stop})
    if not answers:
        raise click.ClickException(f"No server is running over {data_home} that this user may ask.")
    if stop is not None:
        if not any(told["stopped"] for _, told in answers):
            raise click.ClickException(f"There is no query {stop}: it may have ended. Without --stop they are listed.")
        click.echo(f"Stopped {stop}.")
        return
    shown = [query for _, told in answers for query in told["queries"]]
    for query in shown:
        text = " ".join(query["text"].split())
        short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        click.echo(f"{query['id']}  {query['state']} {query['seconds']:>6.1f} s  {query['hash']}  {short}")
    if not shown:
        click.echo("No query runs or waits.", err=True)
