"""What lines about several positions do to histories is said by the domain; every store does just that."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from application.kernel.units import Unit
from application.people.histories.ports import Histories
from application.people.ports import Roster, RosterPreview
from application.people.roster_dated import DatedLines, RosterHistories
from application.people.roster_positions import set_secondary_apart
from contracts import about
from contracts.backend import Backend, save
from contracts.make import a_user, later, uid
from contracts.people.roster_dated import DAY, IDS, NOBODY_RETURNS, TODAY, told
from contracts.people.roster_rules import everyone
from domain.people.histories import History
from domain.people.names import employee_key
from domain.people.positions import Work
from domain.people.roster import LineProblem, RosterEntry
from domain.people.roster_dated import Dated
from domain.people.roster_effects import DatedLine
from domain.people.roster_history import apply_line
from domain.people.roster_positions import (
    MOST_LINES,
    LineKeys,
    SecondaryLine,
    are_known,
    contradiction,
    left_out,
    person_lines,
)

NOW = later(days=30)
PEOPLE = 70
WORKS = [Work("Hygiene", None, place) for place in ("Austin", "Dallas", "Waco Ä")] + [Work(job_title="Float")]


def some_day(random: Random) -> Any:
    return TODAY + timedelta(days=random.randrange(-4, 5))


def a_line(random: Random, number: int, person: int, says: bool | None) -> RosterEntry:
    """A line about this person, about work and sometimes with a day."""
    work, since = random.choice(WORKS), some_day(random) if random.random() < 0.4 else None
    return RosterEntry(
        number,
        f"user{person}@example.com",
        department=None if since else work.department,
        job_title=None if since else work.job_title,
        location=None if since else work.location,
        dated=Dated(effective_date=since, work=work) if since else None,
        is_primary=says,
    )


def a_file(random: Random) -> list[RosterEntry]:
    """Some lines for each person, and for as many who are new; the primary one is anywhere among them."""
    lines = list[tuple[int, bool | None]]()
    for person in range(1, 2 * PEOPLE + 1):
        others = [(person, random.choice([False, False, None])) for _ in range(random.choice([0, 1, 1, 2]))]
        lines += [*others, (person, True if others else random.choice([True, None]))]
    random.shuffle(lines)
    return [a_line(random, number, person, says) for number, (person, says) in enumerate(lines, start=2)]


@about(Roster)
class TestSecondaryPositions:
    async def test_positions_become_what_the_domain_says(self, backend: Backend) -> None:
        random = Random("several")
        await self.everybody(backend, random)
        for _ in range(2):
            file = a_file(random)
            assert await self.one_file(backend, file) > 40
            assert await self.one_file(backend, file) == 0, "the same file changes nothing"

    async def everybody(self, backend: Backend, random: Random) -> None:
        """With positions of which some have ended, are planned, were corrected or were withdrawn."""
        users = [a_user(n, email=f"user{n}@example.com") for n in range(1, PEOPLE + 1)]
        await save(backend, *users)

        async def work(unit: Unit) -> None:
            found = await unit.port(Histories).many([user.id for user in users], IDS.new)
            for each in found:
                positions = each.history.positions
                for held in random.choices(WORKS, k=random.randrange(4)):
                    first = some_day(random)
                    ends = first + timedelta(days=random.randrange(5)) if random.random() < 0.4 else None
                    added = positions.add(held, DAY.origin, starts_on=first, ends_on=ends, is_primary=False)
                    if random.random() < 0.2:
                        positions.take_back(added.position_id, DAY.origin)
                    elif random.random() < 0.2:
                        corrected = {"starts_on": first, "ends_on": ends, "is_primary": False}
                        positions.correct(added.position_id, random.choice(WORKS), DAY.origin, **corrected)
            await unit.port(Histories).keep([each.history for each in found])

        await backend.units.run(work)

    async def one_file(self, backend: Backend, file: list[RosterEntry]) -> int:
        """Import it; how many histories have changed."""
        ids = {each["email"]: key for key, each in (await everyone(backend)).items()}

        async def work(unit: Unit) -> int:
            roster, histories = unit.port(Roster), unit.port(Histories)
            await roster.stage([(uid(900_000 + entry.line), entry) for entry in file])
            await roster.match()
            assert await set_secondary_apart(roster, TODAY) == []
            before = await self.known(unit)
            primary = {entry.email: entry for entry in file if entry.is_primary}
            alone = {entry.email: entry for entry in file if entry.email not in primary}
            lines = {entry.line: entry for entry in (primary | alone).values()}
            stated = {
                line: tuple(SecondaryLine.of(each) for each in file if each.email == entry.email and each != entry)
                for line, entry in lines.items()
            }
            facts = {
                line: before[ids[entry.email]].positions.facts if entry.email in ids else []
                for line, entry in lines.items()
            }
            found = {line.entry.line: line for line in await roster.dated(0, 10_000)}
            assert [*found] == sorted(
                line for line, entry in lines.items() if entry.dated or not are_known(stated[line], facts[line], TODAY)
            )
            assert {line: each.secondary for line, each in found.items()} == {line: stated[line] for line in found}
            expected = self.folded(found, before)
            dated = DatedLines(RosterHistories(roster, histories, IDS), DAY, NOBODY_RETURNS)
            assert await dated.examine(0) == []
            assert await roster.without_primary() == []
            preview = await roster.preview(10_000)
            assert (sum(preview.counts), preview.secondary) == (len(lines), len(file) - len(lines))
            assert [each.line for each in preview.lines] == [entry.line for entry in file]
            assert (await roster.merge(NOW)).counts == preview.counts
            await dated.write()
            after = await self.known(unit)
            assert {key: told(after[key]) for key in expected} == expected
            return len(expected)

        return await backend.units.run(work)

    async def known(self, unit: Unit) -> dict[UUID, History]:
        """All histories."""
        return {each.history.user_id: each.history for each in await unit.port(Histories).after(None, 10_000, IDS.new)}

    def folded(self, lines: dict[int, DatedLine], histories: dict[UUID, History]) -> dict[UUID, Any]:
        """What the lines make of copies of the histories, of those that change."""
        expected = dict[UUID, Any]()
        for line in lines.values():
            known = None
            if not line.is_new:
                now = histories[line.user_id]
                known = History(line.user_id, now.positions.facts, now.employment.facts, IDS.new)
            effect = apply_line(line, known, DAY, IDS.new, returns=False)
            assert effect.problem is None
            if effect.has_changes:
                expected[line.user_id] = told(effect.history)
        return expected


CASES = 200


def some_lines(random: Random) -> list[RosterEntry]:
    """Lines of a few people in each case, who are named by id, by address or both, and whose lines may not agree."""
    named = [
        (f"{email}{case}@example.com" if email or not employee_id else None, employee_id and f"{employee_id}-{case}")
        for case in range(CASES)
        for _ in range(random.randrange(1, 6) if case else 4 * MOST_LINES)
        for email, employee_id in [(random.choice([None, "ana", "ana", "bo"]), random.choice([None, "E1", "e1", "É2"]))]
    ]
    return [
        RosterEntry(
            number,
            email,
            random.choice([None] * 9 + ["Ana", "Bo"]),
            department=random.choice([None] + ["Lab"] * 5),
            employee_id=employee_id,
            is_primary=random.choice([None, True, False, False]),
        )
        for number, (email, employee_id) in enumerate(named, start=2)
    ]


def agreed(file: list[RosterEntry]) -> tuple[list[LineProblem], list[LineProblem], dict[int, list[int]]]:
    """What is wrong with the lines, which are left out with others, and the primary lines with their further ones."""
    keys = dict[int, object]()
    for entry in file:
        with_id = [each.employee_id for each in file if each.employee_id and each.email == entry.email and entry.email]
        known = employee_key(entry.employee_id) or min(filter(None, map(employee_key, with_id)), default=None)
        keys[entry.line] = known or ("address", entry.email)
    entries = {entry.line: entry for entry in file}
    found = [*person_lines(keys, {entry.line: entry.is_primary for entry in file})]
    problems = [problem for each in found if (problem := each.problem())]
    further = {each.line: each.primary[1] for each in found if not each.problem() and not each.is_primary}
    refused = dict[int, LineProblem]()
    for line, primary in further.items():
        if problem := contradiction(entries[line], entries[primary or 0]):
            refused[line] = problem
            refused.setdefault(primary or 0, left_out(primary or 0, line))
    alone = [left_out(line, main) for line, main in further.items() if line not in refused and main in refused]
    problems += refused.values()
    gone = {problem.line for problem in (*problems, *alone)}
    stays = {entry.line for entry in file} - gone - further.keys()
    return problems, alone, {line: [each for each in further if further[each] == line] for line in sorted(stays)}


@about(Roster)
class TestLinesOfOnePerson:
    async def test_they_belong_together_as_the_domain_says(self, backend: Backend) -> None:
        every = some_lines(Random("lines"))
        unread = [LineKeys(each.line, employee_key(each.employee_id), each.email) for each in every[::9]]
        staged = [each for place, each in enumerate(every) if place % 9]
        keys = {each.line: LineKeys(each.line, employee_key(each.employee_id), each.email) for each in staged}
        partial = {line for line, each in keys.items() if any(map(each.same_person, unread))}
        file = [each for each in staged if each.line not in partial]
        problems, alone, people = agreed(file)

        async def work(unit: Unit) -> tuple[Any, Any, RosterPreview, list[Any]]:
            roster = unit.port(Roster)
            await roster.stage([(uid(entry.line), entry) for entry in staged])
            await roster.match()
            assert await roster.named([], []) == []
            found = await set_secondary_apart(roster, TODAY, unread)
            left = await roster.without_primary()
            return found, left, await roster.preview(1_000), await roster.secondary(0, 1_000)

        found, left, preview, pairs = await backend.units.run(work)
        entries = {entry.line: entry for entry in file}
        without, found = found[: len(partial)], found[len(partial) :]
        assert [each.line for each in without] == sorted(partial)
        assert (by_line(found), left) == (by_line(problems), alone)
        assert {each.line for each in preview.lines} == {*people}.union(*people.values())
        assert pairs == sorted(
            ((entries[line], entries[main]) for main, lines in people.items() for line in lines),
            key=lambda pair: pair[0].line,
        )
        assert min(len(pairs), len(alone), len(partial), len({problem.column for problem in found})) > 3


def by_line(problems: list[LineProblem]) -> list[LineProblem]:
    return sorted(problems, key=lambda problem: problem.line)
