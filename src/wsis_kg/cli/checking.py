"""``wsis-kg check``: shapes, whole-graph checks, every quotation in its source, and what no claim covers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pyoxigraph as ox

    from wsis_kg.workshop.quotations import Findings


@click.command()
@click.option(
    "--sources",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of source documents: find each quotation on its line.",
)
@click.option(
    "--corpus",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of official texts: compare numbers, headings, verbs and words.",
)
@click.option("--coverage", is_flag=True, help="Print the lines of the sources that no claim covers.")
@click.option("--record", is_flag=True, help="Record the checksums of the quotations, once all are found.")
def check(sources: Path | None, corpus: Path | None, coverage: bool, record: bool) -> None:
    """Check the files: shapes, whole-graph checks, and every quotation against its source."""
    from wsis_kg.workshop import quotations
    from wsis_kg.workshop.build import claims_by_document
    from wsis_kg.workshop.dataset import load
    from wsis_kg.workshop.identifiers import faulty_identifiers
    from wsis_kg.workshop.inputs import Inputs
    from wsis_kg.workshop.problems import WorkshopError
    from wsis_kg.workshop.rules import infer
    from wsis_kg.workshop.validation import validate
    from wsis_kg.workshop.values import values_against_words

    inputs = Inputs.packaged()
    if (coverage or record) and sources is None:
        raise click.UsageError("Name the folder of source documents with --sources.")
    store = load(inputs)
    if coverage and sources is not None:
        _print_coverage(store, sources)
        return
    infer(store, inputs)
    problems = [
        *validate(store, inputs),
        *values_against_words(store, inputs),
        *faulty_identifiers(store, inputs),
    ]
    findings = [] if record else [quotations.words_in_quotations(store, inputs)]
    if sources is not None:
        findings.append(quotations.check_sources(store, inputs, sources))
    else:
        click.echo(
            "Sources: left out, no folder is named with --sources; quotations are compared with their checksums."
        )
    if corpus is not None:
        findings.append(quotations.check_corpus(store, inputs, corpus))
    else:
        click.echo("Official texts: left out, no folder is named with --corpus.")
    for document, nouns in claims_by_document(store).items():
        click.echo(f"{document}: " + ", ".join(f"{count} {noun}" for noun, count in nouns.items()))
    for found in findings:
        _print_counts(found)
        problems += found.problems
    if problems:
        raise WorkshopError(sorted(set(problems), key=str))
    if record:
        click.echo(f"Recorded the checksums of {quotations.record_checksums(store, inputs)} quotations.")
    click.echo("Shapes and checks: no violation.")


def _print_counts(findings: Findings) -> None:
    for what, (good, looked_for) in findings.counts.items():
        click.echo(f"{what}: {good} of {looked_for}")


def _print_coverage(store: ox.Store, sources: Path) -> None:
    from wsis_kg.workshop.coverage import coverage

    bare = 0
    for source in coverage(store, sources):
        covered = source.lines - source.blank - source.furniture - len(source.uncovered)
        click.echo(
            f"{source.source}: {source.lines} lines that are not empty, {covered} covered, "
            f"{source.furniture} page furniture, {source.blank} of spaces only, {len(source.uncovered)} uncovered"
        )
        for number, missing in source.uncovered.items():
            bare += 1
            click.echo(f"  line {number}: " + "; ".join(missing))
    if bare:
        click.echo(f"{bare} lines are not covered by claims.", err=True)
        sys.exit(1)
