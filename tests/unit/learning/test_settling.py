"""What time brings takes effect: when anybody looks, and by a sweep when nobody does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from adapters.memory.people.tables import USERS
from application.assessment.commands import SaveAnswers, SubmitAttempt
from application.assessment.queries import ListAttempts, ReadAttempt
from application.evidence.records.queries import ListRecords
from application.kernel.access import Actor
from application.kernel.messages import Command, Query
from application.learning.enrollments.commands import WithdrawEnrollment
from application.learning.enrollments.queries import ReadEnrollment
from application.learning.progress.commands import CompleteSection, RenewEnrollment, StartModule
from application.learning.progress.queries import ReadProgress
from application.learning.settling import ListDue, SettleEnrollment
from application.learning.sweeping import Swept, sweep
from application.people.users.commands import DeactivateUsers, EditUser
from application.privacy.personal_data import EraseUser
from domain.assessment.attempts import AttemptStatus
from domain.catalogue.sections import Quiz
from domain.learning.enrollment_events import CycleIncomplete
from kit.about import for_each
from kit.examples import NOW, uid
from worlds.school import BEN, COMPLIANCE, LESSON, RIGHT, WRONG, M, School, a_school

DEADLINE = NOW + timedelta(seconds=60)
TIMED = Quiz(time_limit_seconds=60)
COMPLETE_LESSON = CompleteSection(M, uid(1), LESSON)


async def tried(answers: Any = RIGHT, **rules: Any) -> School:
    """Ana has done the lesson, and saved these answers in an attempt whose time is then over."""
    school = await a_school(TIMED, **rules)
    await school.do(COMPLETE_LESSON)
    await school.do(SaveAnswers((await school.start()).id, answers))
    school.pass_time(seconds=61)
    return school


async def swept(school: School) -> Swept:
    return await sweep(school.ways)


async def facts(school: School) -> tuple[Any, ...]:
    """What is stored of Ana's attempt, enrollment and records, as far as a sweep can change it."""
    (attempt,) = (await school.do(ListAttempts(M, uid(1)), COMPLIANCE)).items
    enrollment = await school.do(ReadEnrollment(M, uid(1)), COMPLIANCE)
    records = (await school.do(ListRecords(uid(1)), COMPLIANCE)).items
    return attempt.status, attempt.submitted_at, enrollment.completed_at, [record.completed_at for record in records]


class TestDeadlines:
    @for_each(
        "look",
        [ListAttempts(M, uid(1)), ReadEnrollment(M, uid(1)), ReadProgress(M, uid(1)), StartModule(M, uid(1))],
        ids=lambda message: type(message).__name__,
    )
    async def test_an_overdue_attempt_is_graded_when_anybody_looks(self, look: Command[Any] | Query[Any]) -> None:
        school = await tried()
        await school.do(look)
        assert await school.do(ListDue(), Actor.system()) == []
        assert await facts(school) == (AttemptStatus.GRADED, DEADLINE, DEADLINE, [DEADLINE])

    async def test_and_by_the_sweep_when_nobody_does(self) -> None:
        school = await tried()
        await school.do(DeactivateUsers((uid(1),)), Actor.system())
        assert await swept(school) == Swept(settled=1, failed=0)
        assert await swept(school) == Swept(settled=0, failed=0)
        assert await facts(school) == (AttemptStatus.GRADED, DEADLINE, DEADLINE, [DEADLINE])

    async def test_the_service_does_so_on_its_own_account(self) -> None:
        school = await tried()
        events: list[Any] = []
        school.ways.listen(events.extend)
        await school.do(ReadProgress(M, uid(1)))
        assert [type(event).__name__ for event in events] == [
            "AttemptGraded", "SectionCompleted", "ModuleCompleted", "TrainingRecorded", "CertificateIssued"
        ]  # fmt: skip

    async def test_what_was_not_answered_right_fails(self) -> None:
        school = await tried(WRONG)
        await swept(school)
        assert await facts(school) == (AttemptStatus.GRADED, DEADLINE, None, [])

    async def test_the_moment_of_the_deadline_is_in_time(self) -> None:
        school = await tried()
        school.moment = DEADLINE
        assert await swept(school) == Swept(0, 0)
        assert (await facts(school))[0] is AttemptStatus.OPEN
        school.pass_time(microseconds=1)
        assert await swept(school) == Swept(1, 0)

    async def test_it_stands_in_the_way_of_nothing(self) -> None:
        school = await tried()
        await school.do(RenewEnrollment(M, uid(1), "Annual refresher."), COMPLIANCE)
        assert (await school.progress()).percent == 0
        assert [record.completed_at for record in (await school.do(ListRecords(uid(1)))).items] == [DEADLINE]

    async def test_one_that_failed_counts_before_renewal_is_refused(self) -> None:
        school = await tried(WRONG)
        with pytest.raises(CycleIncomplete):
            await school.do(RenewEnrollment(M, uid(1), "Annual refresher."), COMPLIANCE)
        assert (await facts(school))[0] is AttemptStatus.GRADED

    async def test_what_was_earned_in_time_is_recorded_before_a_withdrawal(self) -> None:
        school = await tried()
        await school.do(WithdrawEnrollment(M, uid(1)), COMPLIANCE)
        assert [record.completed_at for record in (await school.do(ListRecords(uid(1)))).items] == [DEADLINE]

    async def test_what_was_earned_in_time_is_recorded_before_an_erasure(self) -> None:
        school = await tried()
        await school.do(EditUser(uid(1), full_name="Ana Ruiz"), Actor.system())
        await school.do(EraseUser(uid(1)), Actor.system())
        (record,) = (await school.do(ListRecords(uid(1)), COMPLIANCE)).items
        assert (record.full_name, record.completed_at) == ("Ana Ruiz", DEADLINE)

    async def test_those_of_others_are_not_touched(self) -> None:
        school = await a_school(TIMED)
        attempt = await school.start()
        school.pass_time(seconds=50)
        other = await school.start(BEN)
        school.pass_time(seconds=20)
        assert await swept(school) == Swept(1, 0)
        assert (await school.do(ReadAttempt(attempt.id))).status is AttemptStatus.GRADED
        assert (await school.do(ReadAttempt(other.id), BEN)).status is AttemptStatus.OPEN

    async def test_a_sweep_goes_through_all_of_them_a_page_at_a_time(self) -> None:
        school = await a_school(TIMED)
        for actor in (None, BEN):
            await (school.start(actor) if actor else school.start())
        school.pass_time(minutes=2)
        first = await school.do(ListDue(limit=1), Actor.system())
        second = await school.do(ListDue(first[-1], 1), Actor.system())
        assert [due.user_id for due in first + second] == [uid(1), uid(2)]
        assert await school.do(ListDue(second[-1], 1), Actor.system()) == []

    async def test_one_that_cannot_be_settled_holds_up_nobody(self) -> None:
        """The first is that of somebody whose profile is gone, which no rule foresees."""
        school = await tried()
        await school.start(BEN)
        school.pass_time(minutes=2)
        del school.store.table(USERS).by_key[uid(1)]
        assert await swept(school) == Swept(settled=1, failed=1)
        assert [due.user_id for due in await school.do(ListDue(), Actor.system())] == [uid(1)]


class TestMinimumTime:
    async def done(self) -> School:
        """As above; the last section came before the end of the minimum time, in an attempt that was open."""
        school = await a_school(minimum_minutes=10)
        await school.do(StartModule(M, uid(1)))
        attempt = await school.start()
        await school.do(COMPLETE_LESSON)
        school.pass_time(minutes=5)
        await school.do(SubmitAttempt(attempt.id, RIGHT))
        progress = await school.progress()
        assert (progress.percent, progress.completed_at) == (100, None)
        assert [block.opens_at for block in progress.blocked_by] == [NOW + timedelta(minutes=10)]
        return school

    async def test_once_it_has_passed_the_module_is_completed_as_of_its_end(self) -> None:
        school = await self.done()
        school.pass_time(minutes=4, seconds=59)
        assert await swept(school) == Swept(0, 0)
        school.pass_time(days=2)
        assert await swept(school) == Swept(1, 0)
        ended = NOW + timedelta(minutes=10)
        assert (await school.progress()).completed_at == ended
        assert [record.completed_at for record in (await school.do(ListRecords(uid(1)))).items] == [ended]

    @pytest.mark.parametrize("look", [ReadProgress(M, uid(1)), ReadEnrollment(M, uid(1))])
    async def test_at_the_very_moment_that_anybody_looks(self, look: Query[Any]) -> None:
        school = await self.done()
        school.pass_time(minutes=5)
        assert (await school.do(look)).completed_at == NOW + timedelta(minutes=10)

    async def test_it_can_be_renewed_then(self) -> None:
        school = await self.done()
        with pytest.raises(CycleIncomplete):
            await school.do(RenewEnrollment(M, uid(1), "Annual refresher."), COMPLIANCE)
        school.pass_time(minutes=5)
        await school.do(RenewEnrollment(M, uid(1), "Annual refresher."), COMPLIANCE)


async def test_settling_twice_or_nobody_changes_nothing() -> None:
    school = await tried()
    for user in (uid(1), uid(1), uid(404)):
        await school.do(SettleEnrollment(M, user), Actor.system())
    assert await facts(school) == (AttemptStatus.GRADED, DEADLINE, DEADLINE, [DEADLINE])
