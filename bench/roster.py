"""The nightly roster: `python -m bench.roster` measures its import, and compares it with a usual one."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import asyncpg
import click

from adapters.sql.kit.engine import DatabaseOptions, open_database
from bench.group.files import reorganized, write_csv, write_xlsx
from bench.group.loading import load_offices
from bench.group.people import Employee, Line
from bench.group.staff import Group
from bench.machine import machine
from bench.postgres import Postgres, postgres
from bench.results import Spread
from bench.roster_night import ImportCost
from bench.roster_report import SECTION, Conditions, Night, markdown
from bench.sections import with_section
from bench.servers import ROOT, environment
from bench.tokens import settings

DOCUMENT = ROOT / "docs" / "performance.md"
DATABASES = ("postgresql", "sqlite")
REORGANIZED = 0.2
ORDINARY = 3
"""Ordinary nights in a round."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class File:
    """A file that arrives on a day, and what it is called in the report."""

    title: str
    path: Path
    day: date
    compared: Path | None = None
    """The first of its lines, to be imported row by row."""


@click.command(context_settings={"max_content_width": 100})
@click.option(
    "--rounds", default=3, show_default=True, type=click.IntRange(1), help="Times that all files are imported."
)
@click.option("--people", default=20_000, show_default=True, type=click.IntRange(100), help="Lines of a file.")
@click.option("--sample", default=2_000, show_default=True, type=click.IntRange(100), help="Lines imported row by row.")
@click.option("--database", "databases", multiple=True, type=click.Choice(DATABASES), help="Only this one.")
def main(rounds: int, people: int, sample: int, databases: tuple[str, ...]) -> None:
    """Measure imports of rosters: the first one, nights with few changes, and a reorganization.

    It takes some minutes, on a PostgreSQL of its own and on SQLite, and writes its section of docs/performance.md,
    unless there are fewer people or databases than by default: then the figures are just shown.

    \b
    Examples:
      make bench-roster
      python -m bench.roster --rounds 1 --people 2000 --database sqlite
    """
    started = time.monotonic()

    def say(text: str) -> None:
        click.echo(f"[{time.monotonic() - started:4.0f} s] {text}")

    group = Group(people=people, offices=min(400, people))
    loads = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="unified-dental-roster-") as name, postgres() as server:
        say(f"making up {people:,} people over {group.years} years, and their files")
        files = _files(Path(name), group, sample)
        nights = {file.title: Night(file.title) for file in files}
        kinds = databases or DATABASES
        for number in range(rounds):
            for place, kind in enumerate(kinds, start=1):
                _round(files, group, _databases(kind, server, Path(name), number), kind, nights, say)
                loads.append(os.getloadavg()[0])
                say(f"done with {number * len(kinds) + place} of {rounds * len(kinds)} rounds")
        conditions = Conditions(machine(server), people, group.years, group.offices, sample, Spread.of(loads))
    text = markdown([*nights.values()], conditions)
    if people == Group.people and not databases:
        known = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(with_section(known, SECTION, text), encoding="utf-8")
        say(f"wrote the section about rosters of {DOCUMENT}")
    click.echo(text)


def _files(folder: Path, group: Group, sample: int) -> list[File]:
    """The files, in the order in which they arrive."""
    staff = list(group.staff())
    first = group.until - timedelta(days=ORDINARY)
    days = [first + timedelta(days=number) for number in range(ORDINARY + 1)]
    begin = _file(folder, "the first import", staff, days[0], sample)
    same = File("the same file again", begin.path, days[0], begin.compared)
    write_xlsx(folder / "same.xlsx", _lines(staff, days[0]))
    workbook = File("the same as a workbook (XLSX)", folder / "same.xlsx", days[0])
    ordinary = [_file(folder, "an ordinary night", staff, day, sample) for day in days[1:]]
    last = _file(folder, "a reorganization of 20 percent", staff, days[-1], sample, REORGANIZED)
    return [begin, same, workbook, *ordinary, last]


def _file(folder: Path, title: str, staff: Sequence[Employee], day: date, sample: int, share: float = 0) -> File:
    name = f"{day}-reorganized" if share else str(day)
    path, compared = folder / f"{name}.csv", folder / f"{name}-sample.csv"
    write_csv(path, reorganized(_lines(staff, day), share))
    write_csv(compared, islice(reorganized(_lines(staff, day), share), sample))
    return File(title, path, day, compared)


def _lines(staff: Sequence[Employee], day: date) -> Iterator[Line]:
    return (line for each in staff for line in each.lines_on(day))


def _round(
    files: Sequence[File], group: Group, urls: tuple[str, str], kind: str, nights: dict[str, Night], say: Say
) -> None:
    """All files in turn, into empty databases."""
    ours, peers = urls
    run("entrypoints", "migrate", url=ours)
    asyncio.run(_load_offices(ours, group))
    for file in files:
        night = nights[file.title]
        took = ImportCost(**json.loads(run("bench.roster_night", str(file.path), file.day.isoformat(), url=ours)))
        night.ours.setdefault(kind, []).append(took)
        say(f"{kind}: {file.title}: {took.seconds:.2f} s, {took.statements} statements, {took.mib:.0f} MiB")
        if file.compared:
            seconds = float(json.loads(run("bench.contenders.row_by_row", peers, str(file.compared), url=peers)))
            night.peers_us.setdefault(kind, []).append(seconds * 1e6 / _lines_of(file.compared))


async def _load_offices(url: str, group: Group) -> None:
    database = open_database(DatabaseOptions(url=url))
    try:
        await load_offices(database, group)
    finally:
        await database.close()


def _databases(kind: str, server: Postgres, folder: Path, number: int) -> tuple[str, str]:
    """Two new databases, for ours and for the other."""
    names = f"ours{number}", f"peers{number}"
    if kind == "sqlite":
        ours, peers = (f"sqlite:///{folder / name}.db" for name in names)
    else:
        asyncio.run(create(server.url, names))
        ours, peers = map(server.database, names)
    return ours, peers


async def create(url: str, names: Sequence[str]) -> None:
    """Create databases with these names."""
    connection = await asyncpg.connect(url)
    try:
        for name in names:
            await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()


def run(module: str, *arguments: str, url: str) -> str:
    """What one of our programs prints. Raises RuntimeError, with its errors, if it fails."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=environment(settings(url)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-3_000:]}")
    return done.stdout


def _lines_of(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1


if __name__ == "__main__":
    main()
