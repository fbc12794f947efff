"""Lines of a roster about several positions of one person, a thousand at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from application.people.ports import Roster
from domain.people.roster import LineProblem
from domain.people.roster_positions import LineKeys, contradiction, left_out, left_out_with

BATCH = 1_000


async def set_secondary_apart(roster: Roster, today: date, unread: Sequence[LineKeys] = ()) -> list[LineProblem]:
    """Set the lines about secondary positions apart from the primary ones, with which they must agree.

    Leaves people out, and returns why: if one of their lines is `unread`, since it is invalid, if their lines do not
    agree, or if they do not have exactly one primary position.
    """
    problems, after = await _without(roster, unread), 0
    problems += await roster.set_apart(today)
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


async def _without(roster: Roster, unread: Sequence[LineKeys]) -> list[LineProblem]:
    ids = {each.employee_id for each in unread if each.employee_id}
    addresses = {each.email for each in unread if each.email}
    if not ids and not addresses:
        return []
    problems = left_out_with(unread, await roster.named(ids, addresses))
    await roster.drop([problem.line for problem in problems])
    return problems
