"""Compliance of many people: `python -m bench.compliance` measures it, and compares it with deriving it in a loop."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

import click

from adapters.sql.kit.engine import DatabaseOptions, open_database
from bench.compliance_report import SECTION, markdown
from bench.compliance_run import ComplianceCost
from bench.group.loading import load
from bench.group.staff import Group
from bench.group.training import load_training
from bench.machine import machine
from bench.postgres import postgres
from bench.roster import DOCUMENT, create, run
from bench.sections import with_section
from bench.servers import environment
from bench.tokens import settings

SIZES = (1_000, 10_000)
YEARS = 5
PATIENCE = 3_600.0
"""Seconds for a statement that makes up records."""


@click.command(context_settings={"max_content_width": 100})
@click.option(
    "--people", "sizes", multiple=True, default=SIZES, show_default=True, type=click.IntRange(100), help="Employees."
)
@click.option(
    "--processes",
    default=os.cpu_count() or 1,
    show_default="one for each core",
    type=click.IntRange(1, 64),
    help="Processes of the first computation.",
)
@click.option("--write/--no-write", default=True, help="Write the section of docs/performance.md.")
def main(sizes: Sequence[int], processes: int, write: bool) -> None:
    """Measure what 30 requirements cost for groups of people with five years of history, on PostgreSQL.

    C1 is the first computation of everybody, C2 an ordinary day, C3 a change of a rule, C4 a report of today, C5 one of
    two years ago, C6 what one person has to do. The figures are shown as they are found. 100,000 people take about an
    hour, and 15 GB on the disk.

    \b
    Examples:
      make bench-compliance
      python -m bench.compliance --people 1000 --no-write
    """
    started = time.monotonic()

    def say(words: str) -> None:
        click.echo(f"[{time.monotonic() - started:4.0f} s] {words}")

    loads = [os.getloadavg()[0]]
    found: list[tuple[int, ComplianceCost]] = []
    with postgres() as server:
        for people in sizes:
            say(f"making up {people:,} people over {YEARS} years, and what they have learned")
            group = Group(people=people, years=YEARS, offices=max(4, people // 50))
            url = server.database(f"group{people}")
            asyncio.run(create(server.url, [f"group{people}"]))
            _fill(url, group)
            say("measuring")
            cost = _measured(url, group, processes)
            say(f"{people:,} people: {cost}")
            found.append((people, cost))
            loads.append(os.getloadavg()[0])
        text = markdown(found, machine(server), (min(loads), max(loads)))
    if write:
        known = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(with_section(known, SECTION, text), encoding="utf-8")
        say(f"wrote the section about compliance of {DOCUMENT}")
    click.echo(text)


def _measured(url: str, group: Group, processes: int) -> ComplianceCost:
    """In a process of its own, whose figures are shown as it finds them."""
    command = [sys.executable, "-m", "bench.compliance_run", url, group.until.isoformat(), str(processes)]
    done = subprocess.run(command, env=environment(settings(url)), stdout=subprocess.PIPE, text=True, check=True)
    return ComplianceCost(**json.loads(done.stdout))


def _fill(url: str, group: Group) -> None:
    run("entrypoints", "migrate", url=url)
    asyncio.run(_load(url, group))


async def _load(url: str, group: Group) -> None:
    database = open_database(DatabaseOptions(url=url, statement_timeout=PATIENCE, command_timeout=PATIENCE))
    try:
        await load(database, group)
        await load_training(database, group.begins, group.until)
    finally:
        await database.close()


if __name__ == "__main__":
    main()
