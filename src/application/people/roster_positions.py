"""Lines of a roster about several positions of one person, a thousand at a time."""

from __future__ import annotations

from datetime import date

from application.people.ports import Roster
from domain.people.roster import LineProblem
from domain.people.roster_positions import contradiction, left_out

BATCH = 1_000


async def set_secondary_apart(roster: Roster, today: date) -> list[LineProblem]:
    """Set the lines about secondary positions apart from the primary ones, with which they must agree.

    Drops people whose lines do not agree, or of whose positions not just one is the primary one, and returns why.
    """
    problems, after = await roster.set_apart(today), 0
    while lines := await roster.secondary(after, BATCH):
        after = lines[-1][0].line
        refused = dict[int, LineProblem]()
        for entry, primary in lines:
            if problem := contradiction(entry, primary):
                refused[entry.line] = problem
                refused.setdefault(primary.line, left_out(primary.line, entry.line))
        await roster.drop([*refused])
        problems += refused.values()
    return problems
