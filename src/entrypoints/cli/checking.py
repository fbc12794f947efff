"""The command that checks an installation before it runs."""

from __future__ import annotations

import json
import sys

import click


@click.command()
@click.option(
    "--workers",
    type=click.IntRange(1, 1_000),
    default=1,
    show_default=True,
    help="The number of processes that will serve, on all machines together: each has its own pools.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the results as one JSON object; docs/operations.md.")
def check(workers: int, as_json: bool) -> None:
    """Check the settings, Supabase, the database and how it is protected, before the service runs.

    What is right is shown in a table, and each problem in one line that says what to do. What fails in production is
    a warning in development, unless nothing could work. Only a row of the table `heartbeats` is written.

    \b
    Exit codes: 0 if the service may run like this, 1 if something is wrong, 2 if the command line is wrong.

    \b
    Examples:
      unified-dental check && unified-dental serve
      unified-dental check --workers 4               # are there enough connections for four?
      unified-dental check --json | jq '.checks[] | select(.status == "failed")'
    """
    from entrypoints.preflight.running import preflight

    report = preflight(workers)
    if as_json:
        click.echo(json.dumps(report.document(), indent=2, ensure_ascii=False))
    else:
        for line in report.table():
            click.echo(line)
        for line in report.problems():
            click.echo(line, err=True)
        if report.is_ok:
            click.echo("Everything that was checked is in order.")
    if not report.is_ok:
        sys.exit(1)
