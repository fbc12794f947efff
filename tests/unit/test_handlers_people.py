"""The handlers of users, the roster, enrollments and housekeeping, called as plain functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from application.access import Actor
from application.answers import ForgetAnswers, forget_answers
from application.enrollments.commands import (
    EnrolledUsers,
    EnrollUser,
    EnrollUsers,
    WithdrawEnrollment,
    enroll_user,
    enroll_users,
    withdraw_enrollment,
)
from application.enrollments.queries import (
    EnrollmentReader,
    EnrollmentView,
    ListModuleEnrollments,
    ListUserEnrollments,
    ReadEnrollment,
    list_module_enrollments,
    list_user_enrollments,
    read_enrollment,
)
from application.messages import Message
from application.ports import (
    Answer,
    Answers,
    Clock,
    Enrollments,
    Events,
    IdempotencyKey,
    Ids,
    Modules,
    Reporting,
    Roster,
    Unit,
    Users,
)
from application.reports.commands import RefreshReports, refresh_reports
from application.reports.queries import (
    DepartmentParticipation,
    ModuleParticipation,
    ParticipationReader,
    ReadParticipation,
    read_participation,
)
from application.users.commands import (
    DeactivatedUsers,
    DeactivateUsers,
    EditUser,
    RegisterUser,
    deactivate_users,
    edit_user,
    register_user,
)
from application.users.queries import ListUsers, ReadUser, UserReader, list_users, read_user
from application.users.roster import BATCH, ImportedRoster, ImportRoster, import_roster
from domain.enrollments import (
    AlreadyEnrolled,
    Enrollment,
    EnrollmentNotFound,
    EnrollmentWithdrawn,
    UserEnrolled,
    UsersEnrolled,
)
from domain.errors import DomainError, InvalidValue, StaleVersion
from domain.modules import ModuleNotFound, ModuleNotPublished
from domain.roster import LineProblem, RosterImported, RosterRejected
from domain.users import (
    EmailTaken,
    Refusal,
    Role,
    UserEdited,
    UserInactive,
    UserNotFound,
    UserRegistered,
    UsersDeactivated,
)
from examples import LATER, NOW, a_draft, a_published_module, a_user, uid
from memory_world import ADMIN_ID, World

M, DRAFT, NOBODY = uid(900), uid(901), uid(404)
ANA, BEN, LEFT = uid(1), uid(2), uid(3)
ANA_HERSELF = Actor(ANA, Role.AUTHENTICATED)
UNKNOWN = Refusal(NOBODY, "user-not-found", "There is no user with this id.")


@pytest.fixture
async def world() -> World:
    """Holds the published module M, a draft, and the users ANA and BEN, both active, and LEFT, who is not."""
    world = World()
    left = a_user(3, department="Hygiene")
    left.is_active = False
    await world.holds(
        a_published_module(),
        a_draft(number=901, title="Claims"),
        a_user(1, department="Hygiene", full_name="Ana", profile_metadata={"license": {"state": "TX"}}),
        a_user(2, department="Front desk"),
        left,
    )
    return world


class TestUsers:
    async def test_register(self, world: World) -> None:
        command = RegisterUser("New@Example.com", full_name="New", role=Role.AUTHOR, profile_metadata={"badge": 7})
        user = await world.call(register_user, command, Users, Ids, Clock)
        assert (user.email, user.full_name, user.role) == ("new@example.com", "New", Role.AUTHOR)
        assert (user.is_active, user.version, user.created_at) == (True, 1, LATER)
        assert world.events == [UserRegistered(user.id)]
        assert await world.call(read_user, ReadUser(user.id), UserReader) == user

    async def test_register_with_an_address_that_is_taken(self, world: World) -> None:
        with pytest.raises(EmailTaken):
            await world.call(register_user, RegisterUser("USER1@example.com"), Users, Ids, Clock)

    async def test_edit_changes_what_is_mentioned(self, world: World) -> None:
        command = EditUser(ANA, frozenset({1}), department=None, role=Role.MANAGER)
        user = await world.call(edit_user, command, Users, Clock)
        assert (user.department, user.role, user.full_name, user.email) == (
            None,
            Role.MANAGER,
            "Ana",
            "user1@example.com",
        )
        assert (user.version, user.updated_at) == (2, LATER)
        assert world.events == [UserEdited(ANA, 2)]

    async def test_deactivate(self, world: World) -> None:
        command = DeactivateUsers((ANA, LEFT, NOBODY, ANA))
        result = await world.call(deactivate_users, command, Users, Events, Ids, Clock)
        assert result == DeactivatedUsers(deactivated=1, already_inactive=1, refused=[UNKNOWN])
        assert world.events == [UsersDeactivated(uid(1001), (ANA,))]
        ana = await world.call(read_user, ReadUser(ANA), UserReader)
        assert (ana.is_active, ana.version, ana.updated_at) == (False, 2, LATER)

    async def test_deactivating_nobody_is_not_told(self, world: World) -> None:
        await world.call(deactivate_users, DeactivateUsers((LEFT,)), Users, Events, Ids, Clock)
        assert world.events == []

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            (ListUsers(), [LEFT, BEN, ANA]),
            (ListUsers(is_active=True), [BEN, ANA]),
            (ListUsers(department=("Hygiene", "Billing")), [LEFT, ANA]),
            (ListUsers(q="ana"), [ANA]),
            (ListUsers(metadata="license.state:TX"), [ANA]),
            (ListUsers(metadata="license.state:CA"), []),
        ],
    )
    async def test_list(self, world: World, query: ListUsers, found: list[Any]) -> None:
        page = await world.call(list_users, query, UserReader)
        assert [user.id for user in page.items] == found


@dataclass(frozen=True)
class File:
    """A roster of these lines, the first of them line 2."""

    rows: tuple[dict[str, str] | str, ...]

    def lines(self) -> Iterator[tuple[int, dict[str, str] | str]]:
        return enumerate(self.rows, start=2)


class TestRoster:
    async def load(self, world: World, *rows: dict[str, str] | str, partial: bool = False) -> ImportedRoster:
        return await world.call(import_roster, ImportRoster(File(rows), partial), Roster, Events, Ids, Clock)

    async def test_people_are_created_updated_or_left_as_they_are(self, world: World) -> None:
        new, moved, same = {"email": "new@example.com"}, {"email": "user1@example.com", "department": "Recall"}, "user2"
        result = await self.load(world, new, moved, {"email": f"{same}@example.com"})
        assert result == ImportedRoster(created=1, updated=1, unchanged=1, problems=[])
        assert [(type(event), event.subject_id.int > 1000) for event in world.events] == [(RosterImported, True)]

    async def test_what_changes_nothing_is_not_told(self, world: World) -> None:
        assert await self.load(world, {"email": "user2@example.com"}) == ImportedRoster(0, 0, 1, [])
        assert world.events == []

    BAD = ({"email": "new@example.com"}, {"email": "New@example.com"}, "has 9 cells", {"email": "x"}, {"hired_on": "1"})
    PROBLEMS = (
        LineProblem(3, "email", "repeats the e-mail address of line 2"),
        LineProblem(4, None, "has 9 cells"),
        LineProblem(5, "email", "must be an e-mail address such as ana@example.com"),
        LineProblem(6, "email", "is missing"),
    )

    async def test_one_bad_line_stops_everything(self, world: World) -> None:
        with pytest.raises(RosterRejected) as refusal:
            await self.load(world, *self.BAD)
        assert refusal.value.problems == self.PROBLEMS
        assert len((await world.call(list_users, ListUsers(), UserReader)).items) == 3

    async def test_good_lines_are_taken_if_asked_for(self, world: World) -> None:
        result = await self.load(world, *self.BAD, partial=True)
        assert result == ImportedRoster(1, 0, 0, list(self.PROBLEMS))

    async def test_a_roster_may_be_longer_than_a_batch(self, world: World) -> None:
        rows = [{"email": f"person{n}@example.com"} for n in range(BATCH + 1)]
        assert (await self.load(world, *rows)).created == BATCH + 1


class TestEnrollments:
    async def test_enroll(self, world: World) -> None:
        enrollment = await world.call(enroll_user, EnrollUser(M, ANA), Enrollments, Clock)
        assert enrollment == EnrollmentView(M, ANA, enrolled_by=ADMIN_ID, enrolled_at=LATER, version=1)
        assert world.events == [UserEnrolled(M, ANA)]
        assert await world.call(read_enrollment, ReadEnrollment(M, ANA), EnrollmentReader) == enrollment

    async def test_enroll_twice(self, world: World) -> None:
        await world.call(enroll_user, EnrollUser(M, ANA), Enrollments, Clock)
        with pytest.raises(AlreadyEnrolled):
            await world.call(enroll_user, EnrollUser(M, ANA), Enrollments, Clock)

    async def test_enroll_many(self, world: World) -> None:
        await world.holds(Enrollment(M, BEN, enrolled_by=None, now=NOW))
        command = EnrollUsers(M, user_ids=(BEN, NOBODY), departments=("Hygiene",))
        result = await world.call(enroll_users, command, Modules, Enrollments, Events, Clock)
        inactive = Refusal(LEFT, "user-inactive", "The user is deactivated. Activate the user first.")
        assert result == EnrolledUsers(enrolled=1, already_enrolled=1, refused=[UNKNOWN, inactive])
        assert world.events == [UsersEnrolled(M, (ANA,))]
        ana = await world.call(read_enrollment, ReadEnrollment(M, ANA), EnrollmentReader)
        assert (ana.enrolled_by, ana.enrolled_at) == (ADMIN_ID, LATER)

    async def test_enrolling_nobody_is_not_told(self, world: World) -> None:
        command = EnrollUsers(M, departments=("Billing",))
        result = await world.call(enroll_users, command, Modules, Enrollments, Events, Clock)
        assert (result, world.events) == (EnrolledUsers(0, 0, []), [])

    def test_someone_must_be_named(self) -> None:
        with pytest.raises(InvalidValue, match="or departments must name someone") as refusal:
            EnrollUsers(M)
        assert refusal.value.field == ("user_ids",)

    async def test_withdraw(self, world: World) -> None:
        await world.holds(Enrollment(M, ANA, enrolled_by=None, now=NOW))
        with pytest.raises(StaleVersion):
            await world.call(withdraw_enrollment, WithdrawEnrollment(M, ANA, frozenset({2})), Enrollments)
        await world.call(withdraw_enrollment, WithdrawEnrollment(M, ANA, frozenset({1})), Enrollments)
        assert world.events == [EnrollmentWithdrawn(M, ANA)]
        with pytest.raises(EnrollmentNotFound):
            await world.call(withdraw_enrollment, WithdrawEnrollment(M, ANA), Enrollments)

    async def test_lists_of_a_module_and_of_a_user(self, world: World) -> None:
        await world.holds(
            Enrollment(M, ANA, enrolled_by=None, now=NOW), Enrollment(M, BEN, enrolled_by=None, now=LATER)
        )
        people = await world.call(list_module_enrollments, ListModuleEnrollments(M), EnrollmentReader)
        assert [(person.user_id, person.department) for person in people.items] == [
            (BEN, "Front desk"),
            (ANA, "Hygiene"),
        ]
        modules = await world.call(list_user_enrollments, ListUserEnrollments(ANA), EnrollmentReader)
        assert [module.module_id for module in modules.items] == [M]


class TestWhoSeesWhom:
    """A learner sees himself or herself; anyone else looks as if missing."""

    async def test_a_learner_sees_what_concerns_him_or_her(self, world: World) -> None:
        await world.holds(Enrollment(M, ANA, enrolled_by=None, now=NOW))
        assert (await world.call(read_user, ReadUser(ANA), UserReader, actor=ANA_HERSELF)).id == ANA
        enrollment = await world.call(read_enrollment, ReadEnrollment(M, ANA), EnrollmentReader, actor=ANA_HERSELF)
        assert enrollment.user_id == ANA
        page = await world.call(list_user_enrollments, ListUserEnrollments(ANA), EnrollmentReader, actor=ANA_HERSELF)
        assert [module.module_id for module in page.items] == [M]

    @pytest.mark.parametrize("role", [Role.AUTHENTICATED, Role.AUTHOR])
    async def test_others_look_as_if_missing(self, world: World, role: Role) -> None:
        await world.holds(Enrollment(M, BEN, enrolled_by=None, now=NOW))
        ana = Actor(ANA, role)
        with pytest.raises(UserNotFound):
            await world.call(read_user, ReadUser(BEN), UserReader, actor=ana)
        with pytest.raises(UserNotFound):
            await world.call(list_user_enrollments, ListUserEnrollments(BEN), EnrollmentReader, actor=ana)
        with pytest.raises(EnrollmentNotFound):
            await world.call(read_enrollment, ReadEnrollment(M, BEN), EnrollmentReader, actor=ana)

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.COMPLIANCE, Role.ADMIN])
    async def test_overseers_see_everyone(self, world: World, role: Role) -> None:
        await world.holds(Enrollment(M, BEN, enrolled_by=None, now=NOW))
        overseer = Actor(ANA, role)
        assert (await world.call(read_user, ReadUser(BEN), UserReader, actor=overseer)).id == BEN
        enrollment = await world.call(read_enrollment, ReadEnrollment(M, BEN), EnrollmentReader, actor=overseer)
        assert enrollment.user_id == BEN


@pytest.mark.parametrize(
    ("handler", "message", "ports", "error"),
    [
        (edit_user, EditUser(NOBODY), (Users, Clock), UserNotFound),
        (edit_user, EditUser(ANA, frozenset({2})), (Users, Clock), StaleVersion),
        (edit_user, EditUser(ANA, email="user2@example.com"), (Users, Clock), EmailTaken),
        (edit_user, EditUser(ANA, email="ana"), (Users, Clock), InvalidValue),
        (read_user, ReadUser(NOBODY), (UserReader,), UserNotFound),
        (enroll_user, EnrollUser(NOBODY, ANA), (Enrollments, Clock), ModuleNotFound),
        (enroll_user, EnrollUser(DRAFT, ANA), (Enrollments, Clock), ModuleNotPublished),
        (enroll_user, EnrollUser(M, NOBODY), (Enrollments, Clock), UserNotFound),
        (enroll_user, EnrollUser(M, LEFT), (Enrollments, Clock), UserInactive),
        (enroll_users, EnrollUsers(NOBODY, (ANA,)), (Modules, Enrollments, Events, Clock), ModuleNotFound),
        (enroll_users, EnrollUsers(DRAFT, (ANA,)), (Modules, Enrollments, Events, Clock), ModuleNotPublished),
        (list_module_enrollments, ListModuleEnrollments(NOBODY), (EnrollmentReader,), ModuleNotFound),
        (list_user_enrollments, ListUserEnrollments(NOBODY), (EnrollmentReader,), UserNotFound),
        (read_enrollment, ReadEnrollment(M, ANA), (EnrollmentReader,), EnrollmentNotFound),
    ],
)
async def test_what_cannot_be_done(
    world: World, handler: Any, message: Message[Any], ports: tuple[type, ...], error: type[DomainError]
) -> None:
    with pytest.raises(error):
        await world.call(handler, message, *ports)
    assert world.events == []


async def test_participation_is_counted_by_module_and_department(world: World) -> None:
    for user_id in (ANA, BEN, LEFT):
        await world.holds(Enrollment(M, user_id, enrolled_by=None, now=NOW))
    await world.call(refresh_reports, RefreshReports(), Reporting)
    report = await world.call(read_participation, ReadParticipation(), ParticipationReader)
    departments = [DepartmentParticipation("Front desk", 1, 1), DepartmentParticipation("Hygiene", 2, 1)]
    assert report.items == [
        ModuleParticipation(M, "bloodborne-pathogens", "Bloodborne pathogens", 3, 2, departments),
    ]


async def test_answers_are_forgotten_after_a_day(world: World) -> None:
    async def keep(unit: Unit) -> None:
        answers = unit.port(Answers)
        for name, age in {"old": timedelta(hours=24, seconds=1), "young": timedelta(hours=24)}.items():
            await answers.keep(IdempotencyKey("ana", name, "f"), Answer(201, (), b""), LATER - age)

    await world.units.run(keep)
    assert await world.call(forget_answers, ForgetAnswers(), Answers, Clock) == 1
    assert await world.call(forget_answers, ForgetAnswers(), Answers, Clock) == 0
