"""The verbs of delivery: the worker, and what could not be delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entrypoints.cli.with_service import with_service

if TYPE_CHECKING:
    from uuid import UUID


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    help="Port on 127.0.0.1 that shows Prometheus the number of attempts; each worker needs its own.",
)
def worker(once: bool, metrics_port: int | None) -> None:
    """Deliver events and do scheduled jobs, until SIGTERM.

    Run it beside `serve` in production; several at once share the work. On SIGTERM it finishes what it has begun within
    STOP_TIMEOUT seconds, and gives the rest back. Killed, it loses nothing: another one goes on some seconds later.

    \b
    Examples:
      DATABASE_URL=postgresql://... unified-dental worker
      DATABASE_URL=postgresql://... unified-dental worker --metrics-port 9102
      unified-dental worker --once
    """
    from entrypoints.cli.working import work as run

    with_service(lambda service: run(service, once, metrics_port))


@click.command("dead-letters")
@click.option("--replay", is_flag=True, help="Send them again.")
@click.option("--channel", help="Only those of this channel, such as webhooks.")
@click.option("--target", type=click.UUID, help="Only those for this target, such as a webhook.")
def dead_letters(replay: bool, channel: str | None, target: UUID | None) -> None:
    """Show the deliveries that were given up, a line each, or send them again.

    A delivery is given up when its last attempt has failed, or when its receiver refuses it permanently. Dead letters
    are removed after 30 days.

    \b
    Examples:
      unified-dental dead-letters
      unified-dental dead-letters --channel webhooks --replay
    """
    from entrypoints.cli.working import listed, send_again

    if replay:
        count = with_service(lambda service: send_again(service, channel, target))
        click.echo(f"Deliveries sent again: {count}.")
    else:
        for line in with_service(lambda service: listed(service, channel, target)):
            click.echo(line)
