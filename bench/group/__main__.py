"""The command line of the made-up group: `python -m bench.group` loads it into a database."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

import click

from adapters.sql.kit.engine import DatabaseOptions, open_database
from bench.group.loading import Loaded, load
from bench.group.staff import Group


@click.command(context_settings={"max_content_width": 100})
@click.argument("url", metavar="DATABASE_URL")
@click.option("--people", default=Group.people, show_default=True, type=click.IntRange(1), help="Number of employees.")
@click.option("--years", default=Group.years, show_default=True, type=click.IntRange(1), help="Years of history.")
@click.option(
    "--offices", default=Group.offices, show_default=True, type=click.IntRange(1), help="Number of locations."
)
@click.option(
    "--turnover",
    default=Group.turnover,
    show_default=True,
    type=click.FloatRange(0),
    help="Share that leaves in a year.",
)
@click.option(
    "--until",
    default=str(Group.until),
    show_default=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day of the history.",
)
@click.option("--seed", default=Group.seed, show_default=True, help="Other seeds make other people.")
def main(url: str, people: int, years: int, offices: int, turnover: float, until: datetime, seed: int) -> None:
    """Load a made-up dental group with its history into a database whose tables `unified-dental migrate` has made.

    \b
    Example:
      python -m bench.group --people 100000 --years 5 postgresql://localhost/benchmark
    """
    group = Group(people, years, turnover, offices, until.date(), seed)
    expected, started = round(people * (1 + turnover * years)), time.monotonic()

    def loaded(number: int) -> None:
        click.echo(f"\r[{time.monotonic() - started:4.0f} s] {number:,} people of about {expected:,}", nl=False)

    asyncio.run(_load(url, group, loaded))
    click.echo()


async def _load(url: str, group: Group, loaded: Loaded) -> None:
    database = open_database(DatabaseOptions(url=url))
    try:
        await load(database, group, loaded)
    finally:
        await database.close()


if __name__ == "__main__":
    main()
