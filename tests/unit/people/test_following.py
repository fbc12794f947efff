"""The history follows the commands that change users, and users follow those that change the history."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.people.histories import EMPLOYMENT, POSITIONS
from application.kernel.access import Actor, KeyRights
from application.people.histories.commands import (
    AddPosition,
    CorrectEmployment,
    CorrectPosition,
    RecordEmployment,
    WithdrawEmployment,
    WithdrawPosition,
)
from application.people.histories.queries import HistoryView, ListPositions, ReadHistory
from application.people.histories.reprojecting import ReprojectUsers
from application.people.roster import ImportRoster
from application.people.sign_ins.signing_in import SignIn
from application.people.users.commands import DeactivateUsers, EditUser
from application.people.users.queries import ReadUser
from application.people.users.roles import GrantRole
from application.privacy.merging import MergeUser
from application.privacy.personal_data import EraseUser
from domain.kernel.key_scopes import KeyScope, PersonRequired
from domain.kernel.roles import Role
from domain.people.administrators import LastAdministrator
from domain.people.employment import EmploymentState
from domain.people.facts import FactSource
from domain.people.user_errors import OwnAccess, UserIsErased
from kit.examples import uid
from situations.people import Rows
from situations.stage import OFFICER, SYSTEM, MemoryStage, email_of

LEFT = EmploymentState.LEFT
MACHINE = Actor.machine(KeyRights(uid(7), frozenset({KeyScope.PEOPLE_WRITE})))


@pytest.fixture
def stage() -> MemoryStage:
    return MemoryStage()


async def history(stage: MemoryStage, user_id: UUID, as_of: date | None = None) -> HistoryView:
    found: HistoryView = await stage.bus.ask(ReadHistory(user_id, as_of), SYSTEM)
    return found


def today(stage: MemoryStage) -> date:
    return stage.now().date()


async def departments(stage: MemoryStage, user_id: UUID, as_of: date | None = None) -> list[str | None]:
    return [each.department for each in (await history(stage, user_id, as_of)).positions]


def written(stage: MemoryStage) -> int:
    return len(stage.store.table(POSITIONS).by_key) + len(stage.store.table(EMPLOYMENT).by_key)


async def agrees(stage: MemoryStage) -> bool:
    done = await stage.do(ReprojectUsers(check=True))
    return not done.differences


async def test_an_edit_holds_from_today(stage: MemoryStage) -> None:
    user_id = await stage.person(department="Lab")
    stage.clock.advance(timedelta(days=10))
    await stage.do(EditUser(user_id, department="Front Desk"), OFFICER)
    yesterday = today(stage) - timedelta(days=1)
    assert await departments(stage, user_id, yesterday) == ["Lab"]
    assert await departments(stage, user_id) == ["Front Desk"]
    (position,) = (await history(stage, user_id)).positions
    assert (position.source, position.recorded_by) == (FactSource.PERSON, OFFICER.user_id)
    assert await agrees(stage)


async def test_a_roster_says_that_it_was_one(stage: MemoryStage) -> None:
    lines = [{"email": email_of(name), "department": "Lab", "hired_on": "2020-01-05"} for name in ("ben", "eva")]
    await stage.do(ImportRoster(Rows(*lines)))
    sources = {each.source for each in stage.store.table(POSITIONS).rows()}
    sources |= {each.source for each in stage.store.table(EMPLOYMENT).rows()}
    assert (sources, written(stage)) == ({FactSource.ROSTER}, 4)
    await stage.do(ImportRoster(Rows(*lines)))
    assert written(stage) == 4
    assert await agrees(stage)


async def test_a_sign_in_that_changes_no_profile_writes_nothing(stage: MemoryStage) -> None:
    await stage.person()
    before = written(stage)
    await stage.do(SignIn(stage.identity()))
    assert written(stage) == before


async def test_who_is_deactivated_has_left_and_who_is_reactivated_is_back(stage: MemoryStage) -> None:
    user_id = await stage.person(hired_on=date(2020, 1, 5))
    await stage.do(DeactivateUsers((user_id,)), OFFICER)
    assert ((await history(stage, user_id)).state, await agrees(stage)) == (LEFT, True)
    stage.clock.advance(timedelta(days=3))
    await stage.do(EditUser(user_id, is_active=True), OFFICER)
    assert ((await history(stage, user_id)).state, await agrees(stage)) == (EmploymentState.RETURNED, True)


async def test_an_erased_person_keeps_a_history_without_reasons(stage: MemoryStage) -> None:
    user_id = await stage.person(department="Lab")
    (position,) = (await stage.bus.ask(ListPositions(user_id), SYSTEM)).items
    why = CorrectPosition(user_id, position.position_id, "Moved for the sake of her health.", job_title="Assistant")
    await stage.do(why, OFFICER)
    stage.clock.advance(timedelta(days=3))
    await stage.do(EraseUser(user_id), OFFICER)
    assert await departments(stage, user_id, today(stage) - timedelta(days=1)) == ["Lab"]
    assert ((await history(stage, user_id)).state, await departments(stage, user_id)) == (LEFT, [])
    assert {each.reason for each in stage.store.table(POSITIONS).rows()} == {None}
    assert await agrees(stage)


async def test_a_transfer_shows_on_the_user_at_once_and_a_planned_one_on_its_day(stage: MemoryStage) -> None:
    user_id = await stage.person(department="Lab")
    stage.clock.advance(timedelta(days=3))
    await stage.do(AddPosition(user_id, today(stage), department="Front Desk", transfer=True), OFFICER)
    await stage.do(AddPosition(user_id, today(stage) + timedelta(days=7), department="Claims", transfer=True), OFFICER)
    assert (await stage.bus.ask(ReadUser(user_id), SYSTEM)).department == "Front Desk"
    assert await agrees(stage)
    stage.clock.advance(timedelta(days=7))
    done = await stage.do(ReprojectUsers(check=True))
    assert [str(each) for each in done.differences] == [f"{user_id}: department is Front Desk, by the history Claims"]
    for count in (1, 0):
        assert len((await stage.do(ReprojectUsers())).differences) == count
    assert (await stage.bus.ask(ReadUser(user_id), SYSTEM)).department == "Claims"


async def test_who_leaves_is_deactivated_from_that_day(stage: MemoryStage) -> None:
    user_id = await stage.person(hired_on=date(2020, 1, 5))
    await stage.do(RecordEmployment(user_id, LEFT, today(stage) + timedelta(days=1)), OFFICER)
    assert (await stage.bus.ask(ReadUser(user_id), SYSTEM)).is_active
    stage.clock.advance(timedelta(days=1))
    await stage.do(ReprojectUsers())
    assert not (await stage.bus.ask(ReadUser(user_id), SYSTEM)).is_active


async def test_nobody_ends_the_own_employment_and_the_last_administrator_stays(stage: MemoryStage) -> None:
    user_id = await stage.person(hired_on=date(2020, 1, 5))
    await stage.do(GrantRole(email_of("ana"), Role.ADMIN))
    leaving = RecordEmployment(user_id, LEFT, today(stage))
    with pytest.raises(OwnAccess):
        await stage.do(leaving, Actor(user_id, Role.ADMIN))
    with pytest.raises(LastAdministrator):
        await stage.do(leaving, OFFICER)
    await stage.do(RecordEmployment(user_id, LEFT, today(stage) + timedelta(days=1)), OFFICER)
    stage.clock.advance(timedelta(days=1))
    (kept,) = (await stage.do(ReprojectUsers())).differences
    assert kept.is_kept
    assert (await stage.bus.ask(ReadUser(user_id), SYSTEM)).is_active


async def test_a_moment_in_the_future_is_taken_for_the_watermark(stage: MemoryStage) -> None:
    user_id = await stage.person()
    asked: Any = ReadHistory(user_id, known_at=stage.now() + timedelta(days=1))
    found = await stage.bus.ask(asked, SYSTEM)
    assert found.known_at == found.watermark < stage.now() + timedelta(days=1)


async def test_nobody_plans_what_nobody_may_decide_about_oneself(stage: MemoryStage) -> None:
    user_id = await stage.person(hired_on=date(2020, 1, 5))
    await stage.do(GrantRole(email_of("ana"), Role.ADMIN))
    own, tomorrow = Actor(user_id, Role.ADMIN), today(stage) + timedelta(days=1)
    before = written(stage)
    with pytest.raises(OwnAccess):
        await stage.do(RecordEmployment(user_id, LEFT, tomorrow), own)
    assert written(stage) == before
    planned = await stage.do(RecordEmployment(user_id, LEFT, tomorrow), OFFICER)
    with pytest.raises(OwnAccess):
        await stage.do(WithdrawEmployment(user_id, planned.id, "I would rather stay."), own)
    later = CorrectEmployment(user_id, planned.id, "Later.", from_day=tomorrow + timedelta(days=9))
    with pytest.raises(OwnAccess):
        await stage.do(later, own)
    await stage.do(RecordEmployment(user_id, EmploymentState.ON_LEAVE, today(stage)), own)


async def test_a_service_account_plans_no_return_of_somebody_who_may_do_more_than_learn(stage: MemoryStage) -> None:
    user_id = await stage.person(hired_on=date(2020, 1, 5))
    await stage.do(GrantRole(email_of("ana"), Role.COMPLIANCE))
    await stage.do(DeactivateUsers((user_id,)), OFFICER)
    tomorrow = today(stage) + timedelta(days=1)
    with pytest.raises(PersonRequired):
        await stage.do(RecordEmployment(user_id, EmploymentState.REHIRED, tomorrow), MACHINE)
    await stage.do(RecordEmployment(user_id, EmploymentState.REHIRED, tomorrow), OFFICER)
    stage.clock.advance(timedelta(days=1))
    await stage.do(ReprojectUsers())
    assert (await stage.bus.ask(ReadUser(user_id), SYSTEM)).is_active


async def test_nothing_more_is_recorded_of_an_erased_person(stage: MemoryStage) -> None:
    user_id = await stage.person(department="Lab")
    (position,) = (await stage.bus.ask(ListPositions(user_id), SYSTEM)).items
    stage.clock.advance(timedelta(days=3))
    await stage.do(EraseUser(user_id), OFFICER)
    before = written(stage)
    day = today(stage) + timedelta(days=1)
    for command in (
        AddPosition(user_id, day, department="Claims", reason="After her illness."),
        WithdrawPosition(user_id, position.position_id, "Her illness."),
        RecordEmployment(user_id, EmploymentState.REHIRED, day, "After her illness."),
    ):
        with pytest.raises(UserIsErased):
            await stage.do(command, OFFICER)
    assert written(stage) == before


async def test_what_was_planned_for_a_duplicate_does_not_stop_reprojecting(stage: MemoryStage) -> None:
    stays, duplicate = await stage.person(), await stage.person("ben", department="Lab")
    tomorrow = today(stage) + timedelta(days=1)
    for user_id in (stays, duplicate):
        await stage.do(AddPosition(user_id, tomorrow, department="Claims", transfer=True), OFFICER)
    await stage.do(MergeUser(duplicate, stays, "One person."), OFFICER)
    stage.clock.advance(timedelta(days=1))
    done = await stage.do(ReprojectUsers())
    assert {each.subject_id for each in done.differences} == {stays}
    assert (await stage.bus.ask(ReadUser(stays), SYSTEM)).department == "Claims"
    assert (await stage.bus.ask(ReadUser(duplicate), SYSTEM)).department == "Lab"
    assert await agrees(stage)
