"""What dated lines do to histories is said by the domain; every store keeps just that, for generated files."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from application.kernel.access import EVERYONE
from application.kernel.units import Unit
from application.people.histories.ports import Histories
from application.people.ports import Roster, RosterMerge
from application.people.roster_dated import DatedLines, RosterHistories
from application.people.users.queries import UserFilter, UserReader
from contracts import about
from contracts.backend import Backend, save
from contracts.make import a_user, later, uid, user_id
from domain.kernel.errors import InvalidValue
from domain.kernel.roles import Role
from domain.people.employment import EmploymentState, in_order
from domain.people.facts import FactSource, Origin
from domain.people.histories import History
from domain.people.positions import Work
from domain.people.returning import Returns
from domain.people.roster import RosterEntry
from domain.people.roster_dated import Dated
from domain.people.roster_effects import DatedLine, ImportDay
from domain.people.roster_history import apply_line
from kit.surroundings import CountingIds

NOW = later(days=30)
TODAY = NOW.date()
DAY = ImportDay(TODAY, Origin(FactSource.ROSTER), is_person=True)
NOBODY_RETURNS = Returns({}, (), ())
PEOPLE = 120
IDS = CountingIds()


def some_day(random: Random) -> Any:
    return TODAY + timedelta(days=random.randrange(-9, 9))


def a_dated(random: Random) -> Dated:
    """Days of a line, which may contradict what is known, but not each other."""
    while True:
        days: dict[str, Any] = {
            name: some_day(random) if random.random() < 0.4 else None
            for name in ("leave_from", "leave_until", "terminated_on", "rehired_on")
        }
        if random.random() < 0.5:
            days |= {"effective_date": some_day(random), "work": a_work(random)}
        try:
            return Dated(**days)
        except InvalidValue:
            continue


def a_work(random: Random) -> Work:
    """What a line says of somebody's work, in part or not at all."""
    return Work(*(random.choice([None, f"{text} 1", f"{text} Ä"]) for text in ("Department", "Title", "Place")))


def told(history: History) -> tuple[Any, ...]:
    """The facts of a history, without the ids of their versions."""
    return (
        [(each.state, each.from_day) for each in in_order(history.employment.facts)],
        sorted(str(each) for each in history.positions.facts),
    )


def a_file(random: Random) -> dict[UUID, RosterEntry]:
    """A line for each person, and for as many who are new."""
    return {
        user_id(n): RosterEntry(
            n,
            f"user{n}@example.com",
            department=random.choice([None, "Lab"]) if n > PEOPLE and not (dated and dated.effective_date) else None,
            hired_on=random.choice([None, some_day(random)]) if n > PEOPLE else None,
            dated=dated,
        )
        for n in range(1, 2 * PEOPLE + 1)
        for dated in [a_dated(random) if random.random() < 0.8 else None]
    }


@about(Roster)
class TestDatedLines:
    async def test_histories_become_what_the_domain_says(self, backend: Backend) -> None:
        random = Random("dated")
        await self.everybody(backend, random)
        for _ in range(3):
            await self.one_file(backend, random)

    async def test_people_are_found_by_the_work_that_they_show(self, backend: Backend) -> None:
        await save(backend, *(a_user(n, department="Hygiene", location="Austin") for n in (1, 2, 3)))
        work = Work("Lab Ä", "Technician", None)

        async def change(unit: Unit) -> None:
            await unit.port(Roster).show({user_id(1): work, user_id(3): Work()})
            await unit.port(Roster).show({})

        await backend.units.run(change)
        reader = backend.reader(UserReader)

        async def found(*departments: str) -> list[tuple[Any, ...]]:
            page = await reader.page(EVERYONE, UserFilter(departments=departments), None, 10)
            return [(user.id, user.department, user.job_title, user.location) for user in page.items]

        assert await found("lab ä") == [(user_id(1), "Lab Ä", "Technician", None)]
        assert await found("Hygiene") == [(user_id(2), "Hygiene", None, "Austin")]

    async def everybody(self, backend: Backend, random: Random) -> None:
        users = [a_user(n, email=f"user{n}@example.com") for n in range(1, PEOPLE + 1)]
        for n, user in enumerate(users):
            user.role = Role.ADMIN if n % 10 == 0 else Role.AUTHENTICATED
        await save(backend, *users)

        async def work(unit: Unit) -> None:
            found = await unit.port(Histories).many([user.id for user in users], IDS.new)
            for each in found:
                for day in sorted(some_day(random) for _ in range(random.randrange(4))):
                    if (held := a_work(random)).is_known:
                        each.history.positions.follow(held, day, DAY.origin)
                if random.random() < 0.8:
                    each.history.employment.add(EmploymentState.HIRED, some_day(random) - timedelta(days=3), DAY.origin)
            await unit.port(Histories).keep([each.history for each in found])
            await unit.port(Roster).show({each.history.user_id: each.history.profile(TODAY).work for each in found})

        await backend.units.run(work)

    async def one_file(self, backend: Backend, random: Random) -> None:
        file = a_file(random)

        async def work(unit: Unit) -> tuple[RosterMerge, DatedLines, list[int], dict[UUID, Any], dict[UUID, Any]]:
            roster, histories = unit.port(Roster), unit.port(Histories)
            await roster.stage([(uid(900_000 + entry.line), entry) for entry in file.values()])
            await roster.match()
            lines = {line.entry.line: line for line in await roster.dated(0, 10_000)}
            assert {n: line.entry.dated for n, line in lines.items()} == {
                entry.line: entry.dated for entry in file.values() if entry.dated
            }
            people = [line.user_id for line in lines.values()]
            before = {each.history.user_id: each for each in await histories.many(people, IDS.new)}
            expected, refused = self.folded(lines, {key: each.history for key, each in before.items()})
            dated = DatedLines(RosterHistories(roster, histories, IDS), DAY, NOBODY_RETURNS)
            problems = [problem.line for problem in await dated.examine(0)]
            assert problems == refused
            preview = await roster.preview(0)
            merged = await roster.merge(NOW)
            assert merged.counts == preview.counts
            await dated.write()
            found = await histories.many(people, IDS.new)
            placed = {
                line.user_id
                for line in lines.values()
                if line.entry.dated and line.entry.dated.effective_date and line.entry.line not in refused
            }
            shown = {each.history.user_id: each.shown.work for each in found if each.history.user_id in placed}
            profiles = {each.history.user_id: each.history.profile(TODAY).work for each in found}
            assert shown == {key: profiles[key] for key in placed}
            assert len({*shown.values()}) > 5
            after = {each.history.user_id: told(each.history) for each in found}
            return merged, dated, problems, expected, after

        merged, dated, problems, expected, after = await backend.units.run(work)
        assert {key: after[key] for key in expected} == expected
        assert min(len(expected), len(problems), len(merged.updated), dated.ending) > 3

    def folded(self, lines: dict[int, DatedLine], histories: dict[UUID, History]) -> tuple[dict[UUID, Any], list[int]]:
        """What the lines make of copies of the histories, one after the other, and which are refused."""
        expected, refused = dict[UUID, Any](), list[int]()
        for number, line in sorted(lines.items()):
            known = None
            if not line.is_new:
                now = histories[line.user_id]
                known = History(line.user_id, now.positions.facts, now.employment.facts, IDS.new)
            effect = apply_line(line, known, DAY, IDS.new, returns=False)
            if effect.problem:
                refused.append(number)
            elif effect.changes:
                expected[line.user_id] = told(effect.history)
        return expected, refused
