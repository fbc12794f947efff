"""Importing the roster, an HR export: as often as one likes, each person once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from application.access import Actor, administrators
from application.bus import handles
from application.messages import Command
from application.ports import Clock, Ids, Roster
from application.units import Events
from domain.errors import InvalidValue
from domain.roster import LineProblem, RosterEntry, RosterImported, RosterRejected

BATCH = 1_000
"""Lines held in memory at a time."""


class RosterFile(Protocol):
    """A roster to read, from its beginning each time."""

    def lines(self) -> Iterator[tuple[int, dict[str, str] | str]]:
        """Each line's number with its cells by column name, or with what is wrong with it.

        The header is line 1. Raises RosterUnreadable when there is no usable header.
        """


@dataclass(slots=True)
class ImportedRoster:
    """How many people were created, updated and found unchanged, and the lines left out, if any."""

    created: int
    updated: int
    unchanged: int
    problems: list[LineProblem]


@dataclass(frozen=True, slots=True)
class ImportRoster(Command[ImportedRoster]):
    """Merge the file into the users by e-mail. `partial` takes the good lines although others are bad."""

    file: RosterFile
    partial: bool = False


@handles(ImportRoster, allow=administrators)
async def import_roster(
    command: ImportRoster, actor: Actor, roster: Roster, events: Events, ids: Ids, clock: Clock
) -> ImportedRoster:
    """Administrators import the roster. Nothing is imported when a line is bad, unless `partial` is asked for.

    A line without a cell leaves what is known. Nobody is deactivated for not being listed.
    """
    problems: list[LineProblem] = []
    lines = command.file.lines()
    while batch := list(islice(lines, BATCH)):
        entries = [entry for number, cells in batch if (entry := _read(number, cells, problems))]
        await roster.stage([(ids.new(), entry) for entry in entries])
    problems += await roster.repeated()
    problems.sort(key=lambda problem: problem.line)
    if problems and not command.partial:
        raise RosterRejected(tuple(problems))
    merged = await roster.merge(clock.now())
    if merged.created or merged.updated:
        events.record(RosterImported(ids.new(), merged.created, merged.updated, merged.unchanged))
    return ImportedRoster(merged.created, merged.updated, merged.unchanged, problems)


def _read(number: int, cells: dict[str, str] | str, problems: list[LineProblem]) -> RosterEntry | None:
    if isinstance(cells, str):
        problems.append(LineProblem(number, None, cells))
        return None
    try:
        return RosterEntry.parse(number, cells)
    except InvalidValue as error:
        column = str(error.field[0]) if error.field else None
        problems.append(LineProblem(number, column, str(error)))
        return None
