"""The contract of the day that users show: what begins with time is never taken for a change of the user."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from application.people.histories.commands import AddPosition, RecordEmployment
from application.people.histories.ports import Followed, Histories
from application.people.histories.reprojecting import ReprojectUsers
from application.people.roster import ImportRoster
from application.people.users.commands import DeactivateUsers, EditUser, KeptUser, RegisterUser
from application.privacy.merging import MergeUser, SeparateUser
from contracts import about
from contracts.backend import Backend, save
from contracts.make import a_user, user_id
from domain.kernel.roles import Role
from domain.people.employment import EmploymentState
from domain.people.facts import FactSource, Origin
from domain.people.positions import Work
from domain.people.roster_mapping import AS_WRITTEN, RosterMapping
from kit.surroundings import NOON, CountingIds
from worlds.front_door import FrontDoor

TODAY = NOON.date()
HIRED = date(2020, 1, 5)
IDS = CountingIds()
HR = Origin(FactSource.PERSON)
LATER = TODAY + timedelta(days=5)
LEFT, REHIRED, ON_LEAVE = EmploymentState.LEFT, EmploymentState.REHIRED, EmploymentState.ON_LEAVE
Change = Callable[["Office"], Awaitable[Any]]


@dataclass(frozen=True)
class Lines:
    rows: tuple[dict[str, str], ...]
    mapping: RosterMapping = AS_WRITTEN

    def lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        return enumerate(self.rows, start=2)


class Office(FrontDoor):
    """People in the lab, or Ana alone."""

    ana: UUID
    everybody: dict[str, UUID]

    @classmethod
    async def of(cls, backend: Backend, *names: str) -> Office:
        office = cls(backend.units, backend.reader)
        office.everybody = {}
        for name in names or ("ana",):
            registered = RegisterUser(f"{name}@example.com", name, "Lab", "Technician", hired_on=HIRED)
            office.everybody[name] = (await office.does(registered)).id
        office.turns_to(next(iter(office.everybody)))
        return office

    def turns_to(self, name: str) -> None:
        """What follows is about this person."""
        self.ana, self.address = self.everybody[name], f"{name}@example.com"

    async def plans(self, *commands: Any) -> None:
        """What is planned begins, and nobody has looked since."""
        for command in commands:
            await self.does(command)
        self.clock.advance(timedelta(days=6))

    def today(self) -> date:
        return self.clock.now().date()

    async def known(self) -> Followed:
        (found,) = await self.units.run(lambda unit: unit.port(Histories).many([self.ana], IDS.new))
        return found

    async def takes(self, dry_run: bool = False, **cells: str) -> Any:
        return await self.does(ImportRoster(Lines(({"email": self.address, **cells},)), dry_run=dry_run))

    async def work(self, on: date | None = None) -> tuple[str | None, str | None]:
        """Department and title by the history, on a day."""
        work = (await self.known()).history.profile(on or self.today()).work
        return work.department, work.job_title

    async def shows(self) -> tuple[str | None, str | None]:
        """Department and title of the user, who agrees with the history."""
        differences = (await self.does(ReprojectUsers(check=True))).differences
        assert [str(each) for each in differences if each.subject_id == self.ana] == []
        user = await self.user(self.ana)
        return user.department, user.job_title


def edit(**fields: Any) -> Change:
    return lambda office: office.does(EditUser(office.ana, **fields))


def line(dry_run: bool = False, **cells: str) -> Change:
    return lambda office: office.takes(dry_run, **cells)


CHANGES: dict[str, tuple[Change, str, str]] = {
    "name": (edit(full_name="Ana Ruiz"), "Claims", "Agent"),
    # All fields are sent as they were read; the title is another.
    "title": (edit(department="Lab", job_title="Clerk", hired_on=HIRED, is_active=True), "Claims", "Clerk"),
    "other": (edit(department="Billing"), "Billing", "Agent"),
    "same": (edit(department="Claims"), "Claims", "Agent"),
    "gone": (lambda office: office.does(DeactivateUsers((office.ana,))), "Claims", "Agent"),
    # The first import carries out what was planned for everybody.
    "line": (line(department="Lab"), "Lab", "Agent"),
    "badge": (line(badge="7"), "Claims", "Agent"),
    "leave": (line(leave_from=str(TODAY)), "Claims", "Agent"),
    "dry": (line(department="Lab", dry_run=True), "Claims", "Agent"),
}
"""What is done, and which department and title the person has then."""


@about(Histories)
class TestShownDays:
    async def test_a_planned_transfer_is_not_undone_by_a_change_of_something_else(self, backend: Backend) -> None:
        office = await Office.of(backend, *CHANGES)
        await office.plans(
            *(
                AddPosition(each, LATER, department="Claims", job_title="Agent", transfer=True)
                for each in office.everybody.values()
            )
        )
        for name, (change, department, title) in CHANGES.items():
            office.turns_to(name)
            answer = await change(office)
            assert (await office.shows(), name) == ((department, title), name)
            assert await office.work(LATER) == ("Claims", "Agent"), "the day on which it began"
            assert await office.work(LATER - timedelta(days=1)) == ("Lab", "Technician")
            open_ones = [each for each in (await office.known()).history.positions.facts if each.ends_on is None]
            assert [each.starts_on for each in open_ones] == [
                LATER if (department, title) == ("Claims", "Agent") else office.today()
            ], name
            if isinstance(answer, KeptUser):
                user = await office.user(office.ana)
                assert (answer.department, answer.version) == (department, user.version)

    async def test_a_transfer_is_not_undone_either_if_something_else_held_before_it(self, backend: Backend) -> None:
        office = await Office.of(backend)
        await office.does(AddPosition(office.ana, LATER, department="Claims", transfer=True))
        office.clock.advance(timedelta(days=2))
        await office.takes(department="Billing")
        office.clock.advance(timedelta(days=4))
        await office.does(DeactivateUsers((office.ana,)))
        assert await office.shows() == ("Claims", None)
        assert [(await office.work(LATER - timedelta(days=days)))[0] for days in (0, 1, 3, 4)] == [
            *("Claims", "Billing", "Billing", "Lab")
        ]

    async def test_a_planned_departure_and_a_planned_return_are_not_undone_either(self, backend: Backend) -> None:
        office = await Office.of(backend)
        await office.plans(RecordEmployment(office.ana, LEFT, LATER))
        assert not (await office.does(EditUser(office.ana, full_name="Ana Ruiz", is_active=True))).is_active
        await office.plans(RecordEmployment(office.ana, REHIRED, office.today() + timedelta(days=5)))
        edited = await office.does(EditUser(office.ana, job_title="Clerk", hired_on=HIRED))
        assert (edited.is_active, edited.hired_on) == (True, office.today() - timedelta(days=1))
        assert await office.shows() == ("Lab", "Clerk")
        states = [each.state for each in (await office.known()).history.employment.facts]
        assert states == [EmploymentState.HIRED, LEFT, REHIRED]

    async def test_a_merge_follows_only_what_it_changes_of_both(self, backend: Backend) -> None:
        office = await Office.of(backend, "ana", "duplicate")
        ana, duplicate = office.everybody.values()
        await office.does(EditUser(duplicate, employee_id="E-7"))
        await office.plans(*(AddPosition(each, LATER, department="Claims", transfer=True) for each in (ana, duplicate)))
        await office.does(MergeUser(duplicate, ana, "Hired twice."))
        assert (await office.shows(), (await office.user(ana)).employee_id) == (("Claims", None), "E-7")
        await office.does(SeparateUser(duplicate, "Two people."))
        office.turns_to("duplicate")
        await office.does(EditUser(duplicate, full_name="Duke"))
        assert await office.shows() == ("Claims", None)
        assert await office.work(LATER) == ("Claims", None)
        assert not (await office.user(duplicate)).is_active

    async def test_the_last_administrator_stays_and_the_history_too(self, backend: Backend) -> None:
        office = await Office.of(backend)
        boss = await office.does(RegisterUser("boss@example.com", department="Lab", role=Role.ADMIN, hired_on=HIRED))
        office.ana, office.address = boss.id, "boss@example.com"
        await office.plans(RecordEmployment(boss.id, LEFT, LATER))
        for change in (edit(full_name="The Boss"), edit(department="Claims"), line(badge="7"), edit(job_title="Chief")):
            await change(office)
        user, known = await office.user(boss.id), await office.known()
        assert (user.is_active, user.department, user.job_title) == (True, "Claims", "Chief")
        assert await office.work() == ("Claims", "Chief")
        assert [each.state for each in known.history.employment.facts] == [EmploymentState.HIRED, LEFT]

    @pytest.mark.parametrize("seed", range(2))
    async def test_whatever_was_planned_only_what_was_changed_is_followed(self, backend: Backend, seed: int) -> None:
        chance, office = Random(seed), await Office.of(backend)  # the same in each run
        for _ in range(5):
            before = await office.known()
            day = office.today() + timedelta(days=chance.randrange(1, 9))
            state = ON_LEAVE if before.history.employment.facts[-1].state is not ON_LEAVE else EmploymentState.RETURNED
            department = chance.choice(["Lab", "Claims", "Billing"])
            await office.plans(
                AddPosition(office.ana, day, department=department, transfer=True),
                RecordEmployment(office.ana, state, day + timedelta(days=1)),
            )
            planned = (await office.known()).history
            told = {before: planned.profile(before) for before in _days_before(office.today())}
            seen = (await office.user(office.ana)).department
            given = chance.choice(["Lab", "Claims", seen])
            fields: dict[str, Any] = {
                "full_name": f"Ana {day}",
                **({"department": given} if chance.random() < 0.6 else {}),
            }
            await office.does(EditUser(office.ana, **fields))
            expected = planned.profile(office.today()).work.department
            if fields.get("department", seen) != seen:
                expected = given
            assert (await office.shows())[0] == expected
            known = (await office.known()).history
            assert {before: known.profile(before) for before in told} == told
            office.clock.advance(timedelta(days=9))
            await office.does(ReprojectUsers())

    async def test_who_is_due_is_whose_facts_begin_or_end_after_the_day_that_is_shown(self, backend: Backend) -> None:
        numbers = range(1, 8)
        boss = a_user(8)
        boss.role = Role.ADMIN
        await save(backend, *(a_user(n) for n in numbers), boss)
        tomorrow = TODAY + timedelta(days=1)

        async def work(unit: Any) -> None:
            histories = unit.port(Histories)
            known = {n: await histories.of(user_id(n), IDS.new) for n in (*numbers, 8)}
            known[1].positions.add(Work("Lab"), HR, starts_on=TODAY)
            known[2].positions.add(Work("Lab"), HR, starts_on=tomorrow)
            known[3].positions.add(Work("Lab"), HR, starts_on=HIRED, ends_on=TODAY)
            known[4].employment.add(EmploymentState.HIRED, TODAY, HR)
            known[4].employment.add(LEFT, tomorrow, HR)
            known[5].positions.add(Work("Lab"), HR, starts_on=tomorrow)
            known[6].positions.add(Work("Lab"), HR, starts_on=tomorrow)
            for n in (7, 8):
                known[n].employment.add(EmploymentState.HIRED, tomorrow, HR)
            await histories.keep([*known.values()])
            await histories.note_shown([user_id(n) for n in (1, 2, 3, 4, 6, 7, 8)], TODAY)

        await backend.units.run(work)

        await backend.units.run(lambda unit: unit.port(Histories).note_shown([user_id(6)], tomorrow))

        async def due(day: date) -> list[UUID]:
            return await backend.units.run(lambda unit: unit.port(Histories).due(day))

        assert await due(TODAY) == []
        assert await due(tomorrow) == [user_id(n) for n in (2, 3, 4, 7)]
        await backend.units.run(lambda unit: unit.port(Histories).note_shown([user_id(2), user_id(4)], tomorrow))
        assert await due(tomorrow + timedelta(days=9)) == [user_id(n) for n in (3, 7)]
        (found,) = await backend.units.run(lambda unit: unit.port(Histories).many([user_id(2)], IDS.new))
        assert found.shown_on == tomorrow


def _days_before(today: date) -> list[date]:
    return [today - timedelta(days=days) for days in range(1, 30)]
