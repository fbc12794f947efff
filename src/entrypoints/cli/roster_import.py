"""Importing a roster at the command line, with progress."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from adapters.encoding import to_json
from application.kernel.access import Actor
from application.people.roster import ImportedRoster, ImportRoster
from domain.people.roster import LineEffect, LineOutcome, LineProblem, RosterRejected
from entrypoints.bootstrap import FileRoster, Service

Say = Callable[[str], None]

MOST_UNMAPPED = 10
"""Locations and job titles that mean nothing yet, as they are written to the terminal."""
WIDTH = 200
"""Characters of a table's line where the output is not a terminal."""


async def import_roster(
    service: Service,
    file: Path,
    say: Say,
    *,
    encoding: str = "utf-8",
    sheet: str | None = None,
    mapping: Path | None = None,
    as_json: bool = False,
    **said: Any,
) -> list[LineProblem]:
    """Import the roster and report the result. Answers the lines that were left out.

    `said` are fields of `ImportRoster`. With `as_json` the whole answer is written as one JSON object.
    """
    columns = (TextColumn("Reading the roster"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=file.stat().st_size)  # noqa: ASYNC240  # nothing else waits here
        roster = FileRoster(
            file,
            lambda size: progress.advance(task, size),
            encoding=encoding,
            sheet=sheet,
            mapping=mapping,
        )
        try:
            imported = await service.bus.execute(ImportRoster(roster, **said), Actor.system())
        except RosterRejected as rejected:
            if as_json:
                say(_json({"problems": rejected.problems}))
                return list(rejected.problems)
            say("Nothing was imported. Correct these lines, or import the others with --partial.")
            return _as_written(rejected.problems, roster)
    if as_json:
        say(_json(imported))
        return imported.problems if not imported.dry_run else []
    for column in imported.columns:
        say(f"The column {roster.headers.get(column.header, column.header)!r} was read as {column.read_as!r}.")
    for each in _as_written([*imported.unprintable, *imported.unmapped[:MOST_UNMAPPED]], roster):
        say(f"{file}:{each.line}: {each.column} {each.message}")
    if len(imported.unmapped) > MOST_UNMAPPED:
        say(f"{len(imported.unmapped) - MOST_UNMAPPED:,} more locations and job titles mean nothing yet: see --json.")
    if imported.dry_run:
        return _show(imported, say, roster.headers)
    _tell_missing(imported, say)
    say(f"{_counts(imported)}.")
    if imported.problems:
        say(f"{len(imported.problems)} lines were left out:")
    return _as_written(imported.problems, roster)


def _as_written(problems: Sequence[LineProblem], roster: FileRoster) -> list[LineProblem]:
    """With the names of the columns as they are written in the file, where people look for them."""
    return [replace(each, column=roster.headers.get(each.column or "", each.column)) for each in problems]


def _json(answer: object) -> str:
    return json.dumps(json.loads(to_json(answer)), indent=2, ensure_ascii=False)


def _counts(imported: ImportedRoster) -> str:
    counts = f"{imported.created} created, {imported.updated} updated, {imported.unchanged} unchanged"
    if imported.secondary:
        counts += f", {imported.secondary} further line{'s' if imported.secondary > 1 else ''}"
    if imported.reactivated:
        counts += f", {imported.reactivated} reactivated"
    return f"{counts}, {imported.deactivated} deactivated" if imported.deactivated or imported.missing else counts


def _tell_missing(imported: ImportedRoster, say: Say) -> None:
    """Name the people whom the file no longer lists, and those who stay deactivated."""
    for line in imported.inactive:
        say(f"Line {line.line} {line.message}.")
    for person in imported.missing:
        said = f"is kept: {person.kept}" if person.kept else "is not listed any more"
        say(f"{person.person} ({person.user_id}) {said}.")
    if imported.unrecognizable:
        say(f"{imported.unrecognizable} people cannot be found in the file, which has no key of theirs; they stay.")
    if imported.never_listed:
        say(f"{imported.never_listed} active people are not in the file and were on no roster before; they stay.")


def _show(imported: ImportedRoster, say: Say, headers: Mapping[str, str]) -> list[LineProblem]:
    """Show what the dry run found; lines that change nothing are counted only."""
    shown = [effect for effect in imported.lines if effect.outcome is not LineOutcome.UNCHANGED]
    if shown:
        say(_table(shown, headers))
    _tell_missing(imported, say)
    if imported.lines_left_out:
        say(f"{imported.lines_left_out} further lines are not shown.")
    say(f"{_counts(imported)}, {len(imported.problems)} refused (dry run: nothing was changed).")
    if imported.would_refuse is not None:
        say(f"The import itself would be refused: {imported.would_refuse}")
    return []


def _table(effects: list[LineEffect], headers: Mapping[str, str]) -> str:
    table = Table("line", "outcome", "person", "column", "from", "to or why", box=None, header_style="")
    for effect in effects:
        first = [str(effect.line), effect.outcome.value, effect.person or ""]
        if effect.reason is not None:
            _add(table, *first, headers.get(effect.column or "", effect.column or ""), "", effect.reason)
        elif not effect.changes:
            _add(table, *first)
        for change in effect.changes:
            _add(table, *first, change.column, change.before or "", change.after)
            first = ["", "", ""]
    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=WIDTH)
    with console.capture() as capture:
        console.print(table)
    return capture.get().rstrip("\n")


def _add(table: Table, *cells: str) -> None:
    # As text, since brackets in a plain string would be read as markup.
    table.add_row(*map(Text, cells))
