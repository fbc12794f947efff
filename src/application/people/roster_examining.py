"""What the staged lines of a roster do, and which are left out, found step by step before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

from application.people.roster_dated import DatedLines, RosterHistories
from application.people.roster_lines import RosterReading
from application.people.roster_positions import set_secondary_apart
from domain.kernel.days import DayOf
from domain.people.returning import Returns
from domain.people.roster import LineProblem
from domain.people.roster_effects import ImportDay
from domain.people.roster_matching import Reassigned, SaidOfAddresses, kept


@dataclass(frozen=True, slots=True)
class Examined:
    """What is wrong with lines, which are dropped, and what the others do besides changing data."""

    problems: list[LineProblem]
    returns: Returns
    reassigned: list[Reassigned]
    dated: DatedLines


async def examine(
    ports: RosterHistories, reading: RosterReading, said: SaidOfAddresses, day: ImportDay, day_of: DayOf, most: int
) -> Examined:
    """Find out what the staged lines do; `most` is for how many it is remembered what they change in histories.

    Each step drops the lines that it refuses, since a line that is left out must not decide about another one. So the
    order counts: first whom lines are about, then whose addresses are, and only then what happens to these people.
    """
    roster = ports.roster
    await roster.match()
    # Only further positions may repeat a person, so that they are set apart before repeated lines are refused.
    problems = await set_secondary_apart(roster, day.today, reading.unread) if reading.has_positions else []
    problems += await roster.repeated()
    # With one line for each person: whether the person is the one who has the address here. A line about somebody new
    # is separated before the metadata of its person is counted, and before others claim addresses.
    of_names = said.of_names(await roster.renamed(day_of))
    await roster.drop([problem.line for problem in of_names.refused])
    await roster.separate([each.line for each in of_names.reassigned])
    problems += [*of_names.refused, *await roster.overfull()]
    # An address is released by the line of its holder only if that line is left.
    of_claims = said.of_claims(await roster.claims(day_of))
    await roster.drop([problem.line for problem in of_claims.refused])
    await roster.attach(of_claims.attached)
    problems += of_claims.refused
    # Now it is known whom each line is about, and so who comes back by it.
    returns = Returns.of(await roster.inactive(day_of), day.today, is_person=day.is_person, own_id=day.own_id)
    await roster.drop([problem.line for problem in returns.refused])
    await roster.keep_hires([told.line for told in returns.staying])
    problems += returns.refused
    # Histories come last, since they depend on who comes back.
    dated = DatedLines(ports, day, returns)
    if refused := await dated.examine(most):
        # Addresses that these lines would have released are not free.
        unreleased = said.unreleased(await roster.claims(day_of), of_claims)
        await dated.drop(unreleased)
        problems += [*refused, *unreleased]
    # Any refused line may have been that of the primary position.
    problems += await roster.without_primary() if reading.has_positions else []
    reassigned = kept([*of_names.reassigned, *of_claims.reassigned], problems)
    return Examined(problems, returns.without(problems), reassigned, dated)
