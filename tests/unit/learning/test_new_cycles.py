"""A new cycle requires new training: earlier training does not complete it, even if it is recorded later."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from application.assessment.commands import SubmitAttempt
from application.catalogue.modules.commands import CreateModule, NewSection, PublishModule, SetPrerequisites
from application.catalogue.sections.commands import AddSection
from application.evidence.certificates.queries import ReadCertificate
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords
from application.evidence.records.voiding import VoidRecord
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.kernel.access import Actor
from application.learning.enrollments.commands import EnrollUser, EnrollUsers, WithdrawEnrollment
from application.learning.progress.commands import CompleteSection, RenewEnrollment
from application.learning.progress.queries import ReadProgress
from domain.catalogue.reopening import Reopens
from domain.catalogue.sections import Lesson
from domain.evidence.persons import Trainer
from domain.kernel.validity import CertificateState
from domain.learning.completion import Rule
from kit.about import for_each
from kit.examples import NOW, uid
from worlds.school import COMPLIANCE, LESSON, RIGHT, M, School, a_school

SYSTEM = Actor.system()
ANA, BEN = uid(1), uid(2)


async def teach(school: School, ended: datetime, *who: Any) -> None:
    people = tuple(NewAttendee(each) for each in who or (ANA,))
    await school.do(RecordSession(M, ended - timedelta(hours=1), ended, (Trainer("Dana"),), people), COMPLIANCE)


async def bring(school: School, day: date) -> None:
    await school.do(RecordExternalTraining(ANA, "Sharps", "Red Cross", day, module_id=M), COMPLIANCE)


async def renew(school: School, user: Any = ANA) -> datetime:
    """When the new cycle was granted."""
    await school.do(RenewEnrollment(M, user, "Yearly"), COMPLIANCE)
    return school.moment


async def learn(school: School) -> None:
    await school.do(CompleteSection(M, ANA, LESSON))
    await school.do(SubmitAttempt((await school.start()).id, RIGHT))


async def renewed() -> tuple[School, datetime]:
    """Ana has completed M online, and was granted a new cycle two days later; another day has passed since."""
    school = await a_school()
    await learn(school)
    school.pass_time(days=2)
    granted = await renew(school)
    school.pass_time(days=1)
    return school, granted


async def records(school: School) -> list[Any]:
    return list((await school.do(ListRecords(ANA), COMPLIANCE)).items)


async def is_completed(school: School) -> bool:
    return (await school.progress()).completed_at is not None


SECOND = timedelta(seconds=1)


@for_each(("after", "completes"), [(-timedelta(days=1), False), (-SECOND, False), (SECOND * 0, True), (SECOND, True)])
async def test_a_class_completes_it_if_it_was_held_since(after: timedelta, completes: bool) -> None:
    school, granted = await renewed()
    await teach(school, granted + after)
    assert await is_completed(school) is completes
    newest = max(await records(school), key=lambda record: record.recorded_at)
    certificate = await school.do(ReadCertificate(newest.certificate_serial), COMPLIANCE)
    assert certificate.state is CertificateState.VALID


@pytest.mark.parametrize(("days", "completes"), [(-1, False), (0, True), (1, True)])
async def test_training_elsewhere_completes_it_if_it_is_of_its_day_or_later(days: int, completes: bool) -> None:
    school, granted = await renewed()
    await bring(school, granted.date() + timedelta(days=days))
    assert await is_completed(school) is completes


@pytest.mark.parametrize(("zone", "completes"), [("America/Chicago", True), ("UTC", False)])
async def test_its_day_is_that_of_the_organization(zone: str, completes: bool) -> None:
    school = await a_school()
    school.move_to(zone)
    await learn(school)
    school.moment = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)
    await renew(school)
    await bring(school, date(2026, 3, 3))
    assert await is_completed(school) is completes


async def test_a_first_enrollment_is_completed_by_earlier_training() -> None:
    school = await a_school()
    await teach(school, NOW - timedelta(hours=2))
    assert await is_completed(school)


@pytest.mark.parametrize("enrolling", [EnrollUser(M, ANA), EnrollUsers(M, (ANA,))], ids=["one", "many"])
async def test_to_withdraw_and_enroll_does_not_bring_it_back(enrolling: Any) -> None:
    school, granted = await renewed()
    await school.do(WithdrawEnrollment(M, ANA), COMPLIANCE)
    await school.do(enrolling, COMPLIANCE)
    await teach(school, granted - SECOND)
    assert not await is_completed(school)
    await teach(school, granted + SECOND)
    assert await is_completed(school)


async def test_each_attendee_by_the_own_cycle() -> None:
    school, granted = await renewed()
    await teach(school, granted - SECOND, ANA, BEN)
    progress = await school.do(ReadProgress(M, BEN), COMPLIANCE)
    assert (await is_completed(school), progress.completed_at) == (False, school.moment)


async def test_the_newest_grant_counts() -> None:
    school, first = await renewed()
    await teach(school, first + SECOND)
    second = await renew(school)
    school.pass_time(days=1)
    await teach(school, second - SECOND)
    assert not await is_completed(school)
    await teach(school, second + SECOND)
    assert await is_completed(school)


async def test_nor_does_a_move_to_a_new_version_bring_it_back() -> None:
    school, granted = await renewed()
    await teach(school, granted - SECOND)
    await school.do(AddSection(M, "New", Lesson("New")), SYSTEM)
    await school.do(PublishModule(M, material=True, reopens=Reopens.NOBODY, move_enrollments=True), SYSTEM)
    progress = await school.progress()
    assert (progress.version_number, progress.completed_at) == (2, None)


@pytest.mark.parametrize("how", ["online", "in the classroom"])
async def test_what_is_void_leaves_no_proof_of_the_new_cycle_though_the_one_before_has_its_own(how: str) -> None:
    school, granted = await renewed()
    await (learn(school) if how == "online" else teach(school, granted + SECOND))
    assert (await school.progress()).blocked_by == ()
    newest = max(await records(school), key=lambda record: record.recorded_at)
    await school.do(VoidRecord(newest.id, "Somebody else."), COMPLIANCE)
    await teach(school, granted - SECOND)
    assert [block.rule for block in (await school.progress()).blocked_by] == [Rule.EVIDENCE]
    await teach(school, granted + SECOND * 2)
    assert (await school.progress()).blocked_by == ()


async def test_what_comes_first_is_proven_as_long_as_its_record_is_valid() -> None:
    school, _ = await renewed()
    module = await school.do(CreateModule("Next", sections=(NewSection("One", Lesson("1")),)), SYSTEM)
    await school.do(SetPrerequisites(module.id, (M,)), SYSTEM)
    await school.do(PublishModule(module.id), SYSTEM)
    await school.do(EnrollUser(module.id, ANA), SYSTEM)
    progress = await school.do(CompleteSection(module.id, ANA, module.sections[0].id))
    assert progress.completed_at == school.moment
