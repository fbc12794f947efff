"""The handlers of enrollments, reports and kept answers, called as plain functions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from application.kernel.access import Actor
from application.kernel.answers import ForgetAnswers, forget_answers
from application.kernel.messages import Message
from application.kernel.units import Answer, Answers, IdempotencyKey, Unit
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
    EnrollmentView,
    ListModuleEnrollments,
    ListUserEnrollments,
    ReadEnrollment,
    list_module_enrollments,
    list_user_enrollments,
    read_enrollment,
)
from application.people.users.queries import ReadUser, read_user
from application.reporting.commands import RefreshReports, refresh_reports
from application.reporting.queries import (
    DepartmentParticipation,
    ModuleParticipation,
    ReadParticipation,
    read_participation,
)
from domain.catalogue.module_life import ModuleNotFound, ModuleNotPublished
from domain.kernel.errors import DomainError, InvalidValue, StaleVersion
from domain.kernel.roles import Role
from domain.learning.enrollment_events import (
    AlreadyEnrolled,
    EnrollmentNotFound,
    EnrollmentWithdrawn,
    UsersEnrolled,
)
from domain.people.bulk import Refusal
from domain.people.departments import UnknownDepartment
from domain.people.user_errors import UserInactive, UserNotFound
from kit.examples import LATER, a_draft, a_published_module, an_enrollment, uid
from worlds.memory import ADMIN_ID, ANA, BEN, LEFT, World, world_of_people

M, DRAFT, NOBODY = uid(900), uid(901), uid(404)
ANA_HERSELF = Actor(ANA, Role.AUTHENTICATED)
UNKNOWN = Refusal(NOBODY, "user-not-found", "There is no user with this id.")


@pytest.fixture
async def world() -> World:
    """Holds the published module M and a draft beside the people."""
    world = await world_of_people()
    await world.holds(a_published_module(), a_draft(number=901, title="Claims"))
    return world


class TestEnrollments:
    async def test_enroll(self, world: World) -> None:
        enrollment = await world.call(enroll_user, EnrollUser(M, ANA))
        assert enrollment == EnrollmentView(
            M,
            ANA,
            ADMIN_ID,
            LATER,
            version_number=1,
            started_at=None,
            completed_at=None,
            settles_at=None,
            record_id=None,
            version=1,
        )
        assert world.events == [UsersEnrolled(M, (ANA,))]
        assert await world.call(read_enrollment, ReadEnrollment(M, ANA)) == enrollment

    async def test_enroll_twice(self, world: World) -> None:
        await world.call(enroll_user, EnrollUser(M, ANA))
        with pytest.raises(AlreadyEnrolled):
            await world.call(enroll_user, EnrollUser(M, ANA))

    async def test_enroll_many(self, world: World) -> None:
        await world.holds(an_enrollment(2))
        command = EnrollUsers(M, user_ids=(BEN, NOBODY), departments=("Hygiene",))
        result = await world.call(enroll_users, command)
        inactive = Refusal(LEFT, "user-inactive", "The user is deactivated. Activate the user first.")
        assert result == EnrolledUsers(enrolled=1, already_enrolled=1, refused=[UNKNOWN, inactive])
        assert world.events == [UsersEnrolled(M, (ANA,))]
        ana = await world.call(read_enrollment, ReadEnrollment(M, ANA))
        assert (ana.enrolled_by, ana.enrolled_at) == (ADMIN_ID, LATER)

    @pytest.mark.parametrize(
        ("departments", "told"),
        [
            (("Billing",), "have no members: nobody works in 'Billing'"),
            (("Hygeine", "Billing"), "have no members: nobody works in 'Hygeine' (did you mean 'Hygiene'?), 'Billing'"),
            (("HYGIÈNE",), "have no members: nobody works in 'HYGIÈNE' (did you mean 'Hygiene'?)"),
        ],
    )
    async def test_departments_that_name_nobody_are_reported(
        self, world: World, departments: tuple[str, ...], told: str
    ) -> None:
        with pytest.raises(InvalidValue) as refusal:
            await world.call(enroll_users, EnrollUsers(M, departments=departments))
        assert (str(refusal.value), refusal.value.field, world.events) == (told, ("departments",), [])

    async def test_beside_others_they_are_named(self, world: World) -> None:
        command = EnrollUsers(M, user_ids=(BEN,), departments=("Hygeine", "Hygiene", "Hygeine"))
        result = await world.call(enroll_users, command)
        assert result.unknown_departments == [UnknownDepartment("Hygeine", "Hygiene")]
        assert result.enrolled == 2

    def test_someone_must_be_named(self) -> None:
        with pytest.raises(InvalidValue, match="or departments must name someone") as refusal:
            EnrollUsers(M)
        assert refusal.value.field == ("user_ids",)

    async def test_withdraw(self, world: World) -> None:
        await world.holds(an_enrollment(1))
        with pytest.raises(StaleVersion):
            await world.call(withdraw_enrollment, WithdrawEnrollment(M, ANA, frozenset({2})))
        await world.call(withdraw_enrollment, WithdrawEnrollment(M, ANA, frozenset({1})))
        assert world.events == [EnrollmentWithdrawn(M, ANA)]
        with pytest.raises(EnrollmentNotFound):
            await world.call(withdraw_enrollment, WithdrawEnrollment(M, ANA))

    async def test_lists_of_a_module_and_of_a_user(self, world: World) -> None:
        await world.holds(an_enrollment(1), an_enrollment(2, now=LATER))
        people = await world.call(list_module_enrollments, ListModuleEnrollments(M))
        assert [(person.user_id, person.department) for person in people.items] == [
            (BEN, "Front desk"),
            (ANA, "Hygiene"),
        ]
        modules = await world.call(list_user_enrollments, ListUserEnrollments(ANA))
        assert [module.module_id for module in modules.items] == [M]


class TestWhoSeesWhom:
    """A learner sees only their own data; anyone else looks missing."""

    async def test_learners_see_what_concerns_them(self, world: World) -> None:
        await world.holds(an_enrollment(1))
        assert (await world.call(read_user, ReadUser(ANA), actor=ANA_HERSELF)).id == ANA
        enrollment = await world.call(read_enrollment, ReadEnrollment(M, ANA), actor=ANA_HERSELF)
        assert enrollment.user_id == ANA
        page = await world.call(list_user_enrollments, ListUserEnrollments(ANA), actor=ANA_HERSELF)
        assert [module.module_id for module in page.items] == [M]

    @pytest.mark.parametrize("role", [Role.AUTHENTICATED, Role.AUTHOR, Role.MANAGER])
    async def test_others_look_as_if_missing(self, world: World, role: Role) -> None:
        await world.holds(an_enrollment(2))
        ana = Actor(ANA, role)
        with pytest.raises(UserNotFound):
            await world.call(read_user, ReadUser(BEN), actor=ana)
        with pytest.raises(UserNotFound):
            await world.call(list_user_enrollments, ListUserEnrollments(BEN), actor=ana)
        with pytest.raises(EnrollmentNotFound):
            await world.call(read_enrollment, ReadEnrollment(M, BEN), actor=ana)

    @pytest.mark.parametrize(
        "overseer",
        [Actor(ANA, Role.MANAGER, ("Front desk",)), Actor(ANA, Role.COMPLIANCE), Actor(ANA, Role.ADMIN)],
        ids=lambda actor: actor.role,
    )
    async def test_overseers_see_the_people_they_oversee(self, world: World, overseer: Actor) -> None:
        await world.holds(an_enrollment(2))
        assert (await world.call(read_user, ReadUser(BEN), actor=overseer)).id == BEN
        enrollment = await world.call(read_enrollment, ReadEnrollment(M, BEN), actor=overseer)
        assert enrollment.user_id == BEN


@pytest.mark.parametrize(
    ("handler", "message", "error"),
    [
        (enroll_user, EnrollUser(NOBODY, ANA), ModuleNotFound),
        (enroll_user, EnrollUser(DRAFT, ANA), ModuleNotPublished),
        (enroll_user, EnrollUser(M, NOBODY), UserNotFound),
        (enroll_user, EnrollUser(M, LEFT), UserInactive),
        (enroll_users, EnrollUsers(NOBODY, (ANA,)), ModuleNotFound),
        (enroll_users, EnrollUsers(DRAFT, (ANA,)), ModuleNotPublished),
        (list_module_enrollments, ListModuleEnrollments(NOBODY), ModuleNotFound),
        (list_user_enrollments, ListUserEnrollments(NOBODY), UserNotFound),
        (read_enrollment, ReadEnrollment(M, ANA), EnrollmentNotFound),
    ],
)
async def test_what_cannot_be_done(world: World, handler: Any, message: Message[Any], error: type[DomainError]) -> None:
    with pytest.raises(error):
        await world.call(handler, message)
    assert world.events == []


async def test_participation_is_counted_by_module_and_department(world: World) -> None:
    for user_id in (ANA, BEN, LEFT):
        await world.holds(an_enrollment(user_id.int))
    await world.call(refresh_reports, RefreshReports())
    report = await world.call(read_participation, ReadParticipation())
    departments = [DepartmentParticipation("Front desk", 1, 1), DepartmentParticipation("Hygiene", 2, 1)]
    assert report.items == [
        ModuleParticipation(M, "bloodborne-pathogens", "Bloodborne pathogens", 3, 2, departments),
    ]


async def test_answers_are_forgotten_after_a_day(world: World) -> None:
    async def keep(unit: Unit) -> None:
        await unit.port(Answers).keep(IdempotencyKey("ana", "key", "f"), Answer(201, (), b""))

    await world.units.run(keep)
    world.store.now = lambda: LATER + timedelta(hours=24)
    assert await world.call(forget_answers, ForgetAnswers()) == 0
    world.store.now = lambda: LATER + timedelta(hours=24, seconds=1)
    assert await world.call(forget_answers, ForgetAnswers()) == 1
    assert await world.call(forget_answers, ForgetAnswers()) == 0
