"""The only door into all rooms: ``wsis-kg build | check | ask | deadlines | diagram | serve | publish`` and others.

Each command imports what it needs when it runs, so that ``--help`` is there at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from wsis_kg.cli.asking import ask
from wsis_kg.cli.checking import check
from wsis_kg.cli.deadlines import deadlines
from wsis_kg.cli.diagram import diagram
from wsis_kg.cli.exporting import export
from wsis_kg.cli.options import data_option
from wsis_kg.cli.publishing import publish
from wsis_kg.cli.queries import queries
from wsis_kg.cli.versions import build, diff
from wsis_kg.engine.limits import CACHE_MEGABYTES, Limits
from wsis_kg.holdings import MissingHolding, package_version
from wsis_kg.web.proxies import THIS_MACHINE

if TYPE_CHECKING:
    from wsis_kg.web.address import Address


class _Group(click.Group):
    """The command group; what our rooms raise becomes a sentence on standard error and exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, click.ClickException):
            # Of click itself: --help among them, for which nothing of ours is needed.
            raise
        except OSError as error:
            click.echo(f"{error.filename or 'A file'}: {error.strerror or error}.", err=True)
        except Exception as error:
            sentences = _told(error)
            if sentences is None:
                raise
            for sentence in sentences:
                click.echo(sentence, err=True)
        sys.exit(1)


def _told(error: Exception) -> list[str] | None:
    """What is said of a problem that one of our rooms has told; None if it is none.

    Only now is imported what tells problems: all of it together takes longer than a server to start.
    """
    from wsis_kg.client import EndpointProblem
    from wsis_kg.engine.problems import QueryProblem
    from wsis_kg.engine.publication import CannotPublish
    from wsis_kg.web.export import CannotExport
    from wsis_kg.web.serve import CannotServe
    from wsis_kg.workshop.problems import WorkshopError

    if isinstance(error, WorkshopError):
        count = len(error.problems)
        return [*map(str, error.problems), f"{count} problem{'s' if count != 1 else ''}; nothing was written."]
    known = MissingHolding | EndpointProblem | QueryProblem | CannotServe | CannotPublish | CannotExport
    return [str(error)] if isinstance(error, known) else None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_version(), prog_name="wsis-kg")
def main() -> None:
    """wsis-kg: who is asked to do what in the WSIS process, by which words, and who reports to whom by when."""


def _address(_context: click.Context, _option: click.Parameter, url: str | None) -> Address | None:
    from wsis_kg.web.address import Address

    try:
        return None if url is None else Address.parse(url)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _endpoints(_context: click.Context, _option: click.Parameter, iris: tuple[str, ...]) -> tuple[str, ...]:
    from wsis_kg.engine.services import check_endpoint

    try:
        return tuple(check_endpoint(iri) for iri in dict.fromkeys(iris))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _networks(_context: click.Context, _option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    from wsis_kg.web.proxies import Networks

    try:
        Networks(names)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return names


def _contacts(_context: click.Context, _option: click.Parameter, uris: tuple[str, ...]) -> tuple[str, ...]:
    from wsis_kg.web.well_known import check_contact

    try:
        return tuple(check_contact(uri) for uri in dict.fromkeys(uris))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port; 0 is any free one."
)
@click.option(
    "--unix-socket",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Listen on this Unix socket, for a proxy on the same machine, instead of a port.",
)
@click.option(
    "--base-url",
    callback=_address,
    metavar="URL",
    help="The public address, such as https://example.org/wsis; else what the request or a trusted proxy says.",
)
@click.option("--root-path", default="", metavar="PATH", help="The path of the public address alone, such as /wsis.")
@click.option(
    "--trusted-proxy",
    "proxies",
    multiple=True,
    callback=_networks,
    metavar="ADDRESS",
    help="Believe the X-Forwarded headers of this address, network (10.0.0.0/8) or * (anybody). Repeatable.",
)
@click.option(
    "--metrics-from",
    multiple=True,
    callback=_networks,
    default=THIS_MACHINE,
    show_default=True,
    metavar="ADDRESS",
    help="Who may read /metrics, without a proxy in between: an address, a network or *. Repeatable.",
)
@click.option(
    "--timeout",
    default=Limits.timeout_seconds,
    show_default=True,
    type=click.FloatRange(min=0.01),
    metavar="SECONDS",
    help="The most that one query may take, its result included.",
)
@click.option(
    "--workers",
    default=Limits.workers,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Queries that run at the same time, each in a process of its own.",
)
@click.option(
    "--memory",
    default=Limits.memory_bytes >> 20,
    show_default=True,
    type=click.IntRange(min=16),
    metavar="MIB",
    help="What one query may use beside the data.",
)
@click.option(
    "--queue",
    default=Limits.queue,
    show_default=True,
    type=click.IntRange(min=0),
    help="Queries that may wait for a worker; the next one is told to come back.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Requests a second that one client may send to the endpoint; any number if left out.",
)
@click.option(
    "--most-rows",
    type=click.IntRange(min=1),
    metavar="N",
    help="Rows of one answer; a query with more is refused, never cut. Any number if left out.",
)
@click.option(
    "--most-megabytes", type=click.IntRange(min=1), metavar="N", help="Megabytes of one answer, in the same way."
)
@click.option(
    "--cache-megabytes",
    default=CACHE_MEGABYTES,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="Megabytes of answers that are kept in memory until the next version; 0 keeps none.",
)
@click.option(
    "--allow-service",
    "services",
    multiple=True,
    metavar="IRI",
    callback=_endpoints,
    help="An endpoint that queries may call with SERVICE: its exact IRI. Repeatable; none if left out.",
)
@click.option(
    "--query-log",
    type=click.Choice(["off", "hash", "text"]),
    default="hash",
    show_default=True,
    help="A line of JSON for each query on standard error: not at all, with a hash of its text, or with it.",
)
@click.option(
    "--contact",
    "contacts",
    multiple=True,
    metavar="URI",
    callback=_contacts,
    help="Whom to tell of a weakness, for /.well-known/security.txt: mailto:, https: or tel:. Repeatable.",
)
@click.option(
    "--no-fork",
    is_flag=True,
    help="Start each worker as an interpreter of its own, as is done anyway where the platform has no fork.",
)
@click.option(
    "--engine",
    metavar="URL",
    help="The SPARQL 1.1 service that evaluates the queries, instead of a build here; see wsis-kg publish. "
    "Credentials come from WSIS_KG_ENGINE_USER and WSIS_KG_ENGINE_PASSWORD, or WSIS_KG_ENGINE_TOKEN.",
)
@click.option(
    "--build/--no-build",
    default=True,
    show_default=True,
    help="Build what is missing or out of date; else serve what was built last.",
)
@data_option
def serve(
    host: str,
    port: int,
    unix_socket: Path | None,
    base_url: Address | None,
    root_path: str,
    proxies: tuple[str, ...],
    metrics_from: tuple[str, ...],
    timeout: float,
    workers: int,
    memory: int,
    queue: int,
    rate: float | None,
    most_rows: int | None,
    most_megabytes: int | None,
    cache_megabytes: int,
    services: tuple[str, ...],
    query_log: Literal["off", "hash", "text"],
    contacts: tuple[str, ...],
    no_fork: bool,
    engine: str | None,
    build: bool,
    data_home: Path,
) -> None:
    """Serve the dataset at /sparql; it is built first where it is not built yet (see --no-build)."""
    from wsis_kg.engine.crew import CAN_FORK
    from wsis_kg.web.address import PublicAddress
    from wsis_kg.web.proxies import Proxies
    from wsis_kg.web.serve import serve as serve_dataset

    if engine is not None and services:
        raise click.UsageError("--allow-service is for the engine built in: with --engine, SERVICE is always refused.")
    limits = Limits(
        timeout_seconds=timeout,
        workers=workers,
        memory_bytes=memory << 20,
        queue=queue,
        most_rows=most_rows,
        most_bytes=None if most_megabytes is None else most_megabytes * 1_000_000,
        services=services,
    )
    try:
        public = PublicAddress(base_url, root_path.rstrip("/"), Proxies(proxies))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    serve_dataset(
        data_home,
        host,
        port,
        unix_socket=unix_socket,
        limits=limits,
        rate=rate,
        query_log=query_log,
        contacts=contacts,
        cache_megabytes=cache_megabytes,
        fork=CAN_FORK and not no_fork,
        public=public,
        metrics_from=metrics_from,
        engine=engine,
        build=build,
        say=click.echo,
    )


main.add_command(build)
main.add_command(diff)
main.add_command(export)
main.add_command(queries)
main.add_command(check)
main.add_command(ask)
main.add_command(deadlines)
main.add_command(diagram)
main.add_command(publish)
