"""What managers see and assign: the people of their own departments, whatever they ask for."""

from __future__ import annotations

from typing import Any

import pytest

from application.catalogue.modules.queries import ListModules, ReadModule, list_modules, read_module
from application.kernel.access import Actor
from application.kernel.messages import Message
from application.learning.enrollments.commands import (
    EnrolledUsers,
    EnrollUser,
    EnrollUsers,
    WithdrawEnrollment,
    enroll_user,
    enroll_users,
    withdraw_enrollment,
)
from application.learning.enrollments.queries import (
    ListModuleEnrollments,
    ListUserEnrollments,
    ReadEnrollment,
    list_module_enrollments,
    list_user_enrollments,
    read_enrollment,
)
from application.people.users.queries import ListUsers, ReadUser, list_users, read_user
from application.reporting.queries import (
    DepartmentParticipation,
    ReadParticipation,
    read_participation,
)
from domain.catalogue.module_life import ModuleNotFound, ModuleNotPublished, ModuleStatus
from domain.kernel.errors import DomainError, InvalidValue
from domain.kernel.oversight import OwnTraining
from domain.kernel.roles import Role
from domain.learning.enrollment_events import EnrollmentNotFound, EnrollmentWithdrawn, UsersEnrolled
from domain.people.bulk import Refusal
from domain.people.departments import UnknownDepartment
from domain.people.user_errors import UserInactive, UserNotFound
from kit.examples import a_draft, a_published_module, a_user, a_version, an_archived_module, an_enrollment, uid
from worlds.memory import ANA, BEN, LEFT, World, world_of_people

M, DRAFT, ARCHIVED, NOBODY = uid(900), uid(901), uid(902), uid(404)
MO = uid(9)
MANAGER = Actor(MO, Role.MANAGER, ("Hygiene", "Lab"))
LEARNER, AUTHOR, COMPLIANCE = (Actor(uid(8), role) for role in (Role.AUTHENTICATED, Role.AUTHOR, Role.COMPLIANCE))


@pytest.fixture
async def world() -> World:
    """Holds ANA and LEFT of Hygiene, BEN of the front desk, and MO, who works in the office and manages Hygiene."""
    world = await world_of_people()
    await world.holds(
        a_user(9, department="Office", role=Role.MANAGER, managed_departments=("Hygiene", "Lab")),
        a_published_module(),
        a_version(),
        a_draft(number=901, title="Claims"),
        an_archived_module(number=902, title="Radiation"),
    )
    return world


async def enrolled(world: World, *user_ids: Any) -> None:
    await world.holds(*(an_enrollment(user_id.int) for user_id in user_ids))


class TestPeople:
    async def test_a_list_shows_the_departments_and_oneself(self, world: World) -> None:
        page = await world.call(list_users, ListUsers(), actor=MANAGER)
        assert [user.id for user in page.items] == [MO, LEFT, ANA]

    async def test_asking_for_another_department_shows_nobody(self, world: World) -> None:
        page = await world.call(list_users, ListUsers(department=("Front desk",)), actor=MANAGER)
        assert page.items == []

    @pytest.mark.parametrize("user_id", [ANA, LEFT, MO])
    async def test_one_of_them(self, world: World, user_id: Any) -> None:
        assert (await world.call(read_user, ReadUser(user_id), actor=MANAGER)).id == user_id

    async def test_lists_of_enrollments(self, world: World) -> None:
        await enrolled(world, ANA, BEN)
        people = await world.call(list_module_enrollments, ListModuleEnrollments(M), actor=MANAGER)
        assert [person.user_id for person in people.items] == [ANA]
        modules = await world.call(list_user_enrollments, ListUserEnrollments(ANA), actor=MANAGER)
        assert [module.module_id for module in modules.items] == [M]

    async def test_participation_counts_the_departments_only(self, world: World) -> None:
        await enrolled(world, ANA, BEN, LEFT, MO)
        report = await world.call(read_participation, ReadParticipation(), actor=MANAGER)
        assert [(item.enrolled, item.active, item.departments) for item in report.items] == [
            (2, 1, [DepartmentParticipation("Hygiene", 2, 1)])
        ]

    async def test_the_role_alone_shows_nobody_else(self, world: World) -> None:
        nobodys = Actor(MO, Role.MANAGER)
        page = await world.call(list_users, ListUsers(), actor=nobodys)
        assert [user.id for user in page.items] == [MO]
        await enrolled(world, ANA)
        report = await world.call(read_participation, ReadParticipation(), actor=nobodys)
        assert report.items == []


class TestAssigning:
    async def test_enroll_one_of_them(self, world: World) -> None:
        await world.call(enroll_user, EnrollUser(M, ANA), actor=MANAGER)
        assert world.events == [UsersEnrolled(M, (ANA,))]

    @pytest.mark.parametrize(
        "actor", [MANAGER, Actor(MO, Role.MANAGER, ("Office",)), Actor(MO, Role.COMPLIANCE), Actor(MO, Role.ADMIN)]
    )
    async def test_not_oneself_in_whatever_department(self, world: World, actor: Actor) -> None:
        with pytest.raises(OwnTraining):
            await world.call(enroll_user, EnrollUser(M, MO), actor=actor)
        await enrolled(world, MO)
        with pytest.raises(OwnTraining):
            await world.call(withdraw_enrollment, WithdrawEnrollment(M, MO), actor=actor)

    async def test_in_bulk_others_are_refused_as_if_they_did_not_exist(self, world: World) -> None:
        command = EnrollUsers(M, user_ids=(ANA, BEN, NOBODY, MO), departments=("Hygiene", "Front desk"))
        result = await world.call(enroll_users, command, actor=MANAGER)
        missing = [Refusal(each, "user-not-found", "There is no user with this id.") for each in (BEN, NOBODY)]
        inactive = Refusal(LEFT, "user-inactive", "The user is deactivated. Activate the user first.")
        own = Refusal(MO, "own-training", str(OwnTraining()))
        unknown = [UnknownDepartment("Front desk", None)]
        assert result == EnrolledUsers(1, 0, [*missing, inactive, own], unknown)
        assert world.events == [UsersEnrolled(M, (ANA,))]

    async def test_another_department_is_nobody_even_where_it_is_enrolled(self, world: World) -> None:
        await enrolled(world, BEN)
        said = set()
        for name in ("Front desk", "Nowhere at"):
            command = EnrollUsers(M, departments=(name,))
            with pytest.raises(InvalidValue) as refusal:
                await world.call(enroll_users, command, actor=MANAGER)
            said.add(str(refusal.value).replace(name, "?"))
        assert (len(said), world.events) == (1, [])

    async def test_withdraw_one_of_them(self, world: World) -> None:
        await enrolled(world, ANA)
        await world.call(withdraw_enrollment, WithdrawEnrollment(M, ANA), actor=MANAGER)
        assert world.events == [EnrollmentWithdrawn(M, ANA)]

    async def test_compliance_officers_assign_everyone(self, world: World) -> None:
        await world.call(enroll_user, EnrollUser(M, BEN), actor=COMPLIANCE)
        assert world.events == [UsersEnrolled(M, (BEN,))]
        await world.call(withdraw_enrollment, WithdrawEnrollment(M, BEN), actor=COMPLIANCE)
        assert world.events == [EnrollmentWithdrawn(M, BEN)]


@pytest.mark.parametrize(
    ("handler", "message", "error"),
    [
        (read_user, ReadUser(BEN), UserNotFound),
        (list_user_enrollments, ListUserEnrollments(BEN), UserNotFound),
        (read_enrollment, ReadEnrollment(M, BEN), EnrollmentNotFound),
        (enroll_user, EnrollUser(M, BEN), UserNotFound),
        (enroll_user, EnrollUser(M, NOBODY), UserNotFound),
        (enroll_user, EnrollUser(M, LEFT), UserInactive),
        (withdraw_enrollment, WithdrawEnrollment(M, BEN), EnrollmentNotFound),
        (
            withdraw_enrollment,
            WithdrawEnrollment(M, BEN, frozenset({9})),
            EnrollmentNotFound,
        ),
        (withdraw_enrollment, WithdrawEnrollment(M, NOBODY), EnrollmentNotFound),
    ],
)
async def test_people_of_other_departments_look_as_if_missing(
    world: World, handler: Any, message: Message[Any], error: type[DomainError]
) -> None:
    await enrolled(world, BEN)
    with pytest.raises(error):
        await world.call(handler, message, actor=MANAGER)
    assert world.events == []


class TestDrafts:
    """Who may not see a draft meets nothing at its address."""

    @pytest.mark.parametrize("actor", [LEARNER, MANAGER], ids=lambda actor: actor.role)
    async def test_learners_and_managers_see_what_was_published(self, world: World, actor: Actor) -> None:
        page = await world.call(list_modules, ListModules(), actor=actor)
        assert {module.id for module in page.items} == {M, ARCHIVED}
        drafts = await world.call(list_modules, ListModules(status=ModuleStatus.DRAFT), actor=actor)
        assert drafts.items == []
        with pytest.raises(ModuleNotFound):
            await world.call(read_module, ReadModule(DRAFT), actor=actor)
        assert (await world.call(read_module, ReadModule(M), actor=actor)).id == M

    @pytest.mark.parametrize("actor", [AUTHOR, COMPLIANCE], ids=lambda actor: actor.role)
    async def test_others_see_everything(self, world: World, actor: Actor) -> None:
        page = await world.call(list_modules, ListModules(), actor=actor)
        assert {module.id for module in page.items} == {M, DRAFT, ARCHIVED}
        assert (await world.call(read_module, ReadModule(DRAFT), actor=actor)).id == DRAFT

    @pytest.mark.parametrize(("actor", "error"), [(MANAGER, ModuleNotFound), (COMPLIANCE, ModuleNotPublished)])
    async def test_nobody_is_enrolled_in_one(self, world: World, actor: Actor, error: type[DomainError]) -> None:
        with pytest.raises(error):
            await world.call(enroll_user, EnrollUser(DRAFT, ANA), actor=actor)
        with pytest.raises(error):
            await world.call(enroll_users, EnrollUsers(DRAFT, (ANA,)), actor=actor)

    async def test_who_is_enrolled_in_one(self, world: World) -> None:
        with pytest.raises(ModuleNotFound):
            await world.call(list_module_enrollments, ListModuleEnrollments(DRAFT), actor=MANAGER)
        page = await world.call(list_module_enrollments, ListModuleEnrollments(DRAFT), actor=COMPLIANCE)
        assert page.items == []
