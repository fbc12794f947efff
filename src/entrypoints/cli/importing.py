"""Importing files at the command line, with progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from application.catalogue.files.commands import CatalogRejected, LoadCatalog, Loaded
from application.kernel.access import Actor
from application.people.roster import ImportRoster
from domain.people.roster import LineProblem, RosterRejected
from entrypoints.bootstrap import CatalogProblem, CsvRoster, Service, read_catalog

Say = Callable[[str], None]


async def import_users(
    service: Service,
    file: Path,
    partial: bool,
    say: Say,
    *,
    encoding: str = "utf-8",
    same_person: tuple[str, ...] = (),
    new_person: tuple[str, ...] = (),
) -> list[LineProblem]:
    """Import the roster and report the result; each bad line is shown."""
    columns = (TextColumn("Reading the roster"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=file.stat().st_size)  # noqa: ASYNC240  # nothing else waits here
        roster = CsvRoster(file, lambda size: progress.advance(task, size), encoding=encoding)
        try:
            command = ImportRoster(roster, partial, same_person, new_person)
            imported = await service.bus.execute(command, Actor.system())
        except RosterRejected as rejected:
            say("Nothing was imported. Correct these lines, or import the others with --partial.")
            return list(rejected.problems)
    for column in imported.columns:
        say(f"The column {column.header!r} was read as {column.read_as!r}.")
    for name in imported.unprintable:
        say(f"{file}:{name.line}: {name.column} {name.message}")
    say(f"{imported.created} created, {imported.updated} updated, {imported.unchanged} unchanged.")
    if imported.problems:
        say(f"{len(imported.problems)} lines were left out:")
    return imported.problems


async def import_catalog(service: Service, folder: Path, say: Say) -> list[str]:
    """Load the modules of a folder and report the result; each mistake is shown in a line."""
    try:
        modules = read_catalog(folder)
    except CatalogProblem as problem:
        say("Nothing was loaded. Correct this first:")
        return str(problem).splitlines()
    try:
        outcomes = await service.bus.execute(LoadCatalog(tuple(modules)), Actor.system())
    except CatalogRejected as rejected:
        say("Nothing was loaded. Correct this first:")
        # A slug is the name of its file.
        return [f"{folder / problem.slug}.md: {problem.message}" for problem in rejected.problems]
    say(", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in Loaded) + ".")
    return []
