"""What is done after a backup has been restored, from the command line."""

from __future__ import annotations

import click

from entrypoints.cli.with_service import with_service


@click.command("after-restore")
def after_restore() -> None:
    """Prepare a restored database, after `migrate` and before anything else starts.

    On PostgreSQL, new events must come after the restored ones: the server's count of transactions is raised above
    theirs. Nothing that is stored changes. Safe to repeat.

    \b
    Example:
      DATABASE_URL=postgresql://... unified-dental after-restore
    """
    missing = with_service(lambda service: service.after_restore(lambda left: click.echo(f"{left:,} left", err=True)))
    click.echo(f"New events come after the restored ones. Transactions that were missing: {missing:,}.")
