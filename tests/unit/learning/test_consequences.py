"""A record counts wherever records count, however it was earned; what is revoked counts nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from application.assessment.commands import SubmitAttempt
from application.catalogue.modules.commands import CreateModule, NewSection, PublishModule, SetPrerequisites
from application.evidence.certificates.commands import RevokeCertificate
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.kernel.access import Actor
from application.kernel.messages import Command
from application.learning.enrollments.commands import EnrollUser
from application.learning.enrollments.queries import ReadEnrollment
from application.learning.progress.commands import CompleteSection, RenewEnrollment
from application.learning.progress.queries import Progress, ReadProgress
from application.people.users.commands import EditUser
from domain.catalogue.sections import Lesson
from domain.evidence.persons import Trainer
from domain.learning.completion import Blocked, Rule
from domain.learning.enrollment_events import ModuleCompleted
from kit.examples import NOW, uid
from worlds.school import COMPLIANCE, LESSON, RIGHT, M, School, a_school

SYSTEM = Actor.system()
ANA = uid(1)
LAST_WEEK = NOW.date() - timedelta(weeks=1)
COMPLETE_LESSON = CompleteSection(M, ANA, LESSON)


def a_session(*attendees: int, hours_ago: int = 2) -> RecordSession:
    """A session of M that ended so many hours before NOW."""
    ended = NOW - timedelta(hours=hours_ago)
    people = tuple(NewAttendee(uid(n)) for n in attendees)
    return RecordSession(M, ended - timedelta(hours=1), ended, (Trainer("Dana"),), people)


def an_external(**how: Any) -> RecordExternalTraining:
    return RecordExternalTraining(ANA, "Sharps", "Red Cross", **{"completed_on": NOW.date(), "module_id": M, **how})


async def records(school: School) -> list[Any]:
    return list((await school.do(ListRecords(ANA), COMPLIANCE)).items)


async def completed(school: School) -> School:
    """Ana has completed M online."""
    await school.do(COMPLETE_LESSON)
    await school.do(SubmitAttempt((await school.start()).id, RIGHT))
    return school


async def revoke(school: School) -> None:
    (record,) = await records(school)
    await school.do(RevokeCertificate(record.certificate_serial, "Somebody else took the quiz."), COMPLIANCE)


class TestCredit:
    @pytest.mark.parametrize("command", [a_session(1, 2), an_external()], ids=["in the classroom", "elsewhere"])
    async def test_training_that_counts_completes_an_incomplete_enrollment(self, command: Command[Any]) -> None:
        school = await a_school()
        await school.do(COMPLETE_LESSON)
        await school.do(command, COMPLIANCE)
        (record,) = await records(school)
        progress = await school.progress()
        assert (progress.completed_at, progress.record_id) == (NOW, record.id)
        assert (progress.percent, progress.next_section_id, progress.blocked_by) == (100, None, ())
        enrollment = await school.do(ReadEnrollment(M, ANA))
        assert (enrollment.completed_at, enrollment.record_id) == (NOW, record.id)

    async def test_it_counts_at_once_where_the_next_day_has_begun(self) -> None:
        school = await a_school()
        school.pass_time(hours=4)  # Past midnight in Kiritimati.
        ended = school.moment.astimezone(timezone(timedelta(hours=14)))
        held = RecordSession(M, ended - timedelta(hours=1), ended, (Trainer("Dana"),), (NewAttendee(ANA),))
        await school.do(held, COMPLIANCE)
        assert [record.valid_from for record in await records(school)] == [NOW.date() + timedelta(days=1)]
        assert (await school.progress()).blocked_by == ()

    async def test_it_is_reported_and_leaves_no_second_record(self) -> None:
        school = await a_school()
        events: list[Any] = []
        school.ways.listen(events.extend)
        await school.do(a_session(1, 2), COMPLIANCE)
        (record,) = await records(school)
        done = [event for event in events if isinstance(event, ModuleCompleted)]
        assert [(event.user_id, event.record_id == record.id) for event in done] == [(ANA, True), (uid(2), False)]

    async def test_it_can_be_renewed_then(self) -> None:
        school = await a_school()
        await school.do(a_session(1), COMPLIANCE)
        progress = await school.do(RenewEnrollment(M, ANA, reason="Yearly"), COMPLIANCE)
        assert (progress.completed_at, progress.record_id, progress.percent) == (None, None, 0)
        await completed(school)
        assert len(await records(school)) == 2

    async def test_a_completed_enrollment_is_not_changed(self) -> None:
        school = await completed(await a_school())
        before = await school.do(ReadEnrollment(M, ANA))
        await school.do(a_session(1), COMPLIANCE)
        assert await school.do(ReadEnrollment(M, ANA)) == before

    @pytest.mark.parametrize(
        "how",
        [
            {"module_id": None},
            {"completed_on": NOW.date() - timedelta(days=9), "valid_until": NOW.date() - timedelta(1)},
        ],
        ids=["for no module", "expired"],
    )
    async def test_what_does_not_count_completes_nothing(self, how: dict[str, Any]) -> None:
        school = await a_school()
        await school.do(an_external(**how), COMPLIANCE)
        assert (await school.progress()).completed_at is None

    async def test_others_go_on(self) -> None:
        school = await a_school()
        await school.do(a_session(2), COMPLIANCE)
        assert (await school.progress()).percent == 0


class TestRevoking:
    async def going_on(self) -> tuple[School, Any, Any]:
        """Ana has completed M, which comes before N, and is learning N; with N and its sections."""
        school = await a_school()
        sections = (NewSection("One", Lesson("1")), NewSection("Two", Lesson("2")))
        module = await school.do(CreateModule("Next", sections=sections), SYSTEM)
        await school.do(SetPrerequisites(module.id, (M,)), SYSTEM)
        await school.do(PublishModule(module.id), SYSTEM)
        await school.do(EnrollUser(module.id, ANA), SYSTEM)
        one, two = (section.id for section in module.sections)
        with pytest.raises(Blocked):
            await school.do(CompleteSection(module.id, ANA, one))
        await completed(school)
        await school.do(CompleteSection(module.id, ANA, one))
        return school, module.id, two

    async def test_closes_what_it_had_opened(self) -> None:
        school, module, last = await self.going_on()
        await revoke(school)
        with pytest.raises(Blocked) as refused:
            await school.do(CompleteSection(module, ANA, last))
        assert [(block.rule, block.missing) for block in refused.value.blocks] == [(Rule.PREREQUISITES, (M,))]
        progress: Progress = await school.do(ReadProgress(module, ANA))
        assert [[block.rule for block in section.blocked_by] for section in progress.sections] == [
            [],
            [Rule.PREREQUISITES],
        ]

    async def test_other_evidence_opens_it_again(self) -> None:
        school, module, last = await self.going_on()
        await revoke(school)
        await school.do(an_external(), COMPLIANCE)
        assert (await school.do(CompleteSection(module, ANA, last))).completed_at == NOW

    async def test_a_completed_enrollment_shows_that_its_evidence_no_longer_counts_and_can_be_renewed(self) -> None:
        school = await completed(await a_school())
        assert (await school.progress()).blocked_by == ()
        await revoke(school)
        progress = await school.progress()
        assert (progress.completed_at, progress.percent) == (NOW, 100)
        assert [block.rule for block in progress.blocked_by] == [Rule.EVIDENCE]
        assert [record.revoked_at for record in await records(school)] == [NOW]
        assert (await school.do(RenewEnrollment(M, ANA, reason="Again"), COMPLIANCE)).blocked_by == ()

    async def test_other_evidence_makes_up_for_it(self) -> None:
        school = await completed(await a_school())
        await revoke(school)
        await school.do(an_external(), COMPLIANCE)
        assert (await school.progress()).blocked_by == ()


class TestNames:
    async def nameless(self) -> School:
        """Ana, whose name nobody has entered, has done everything in a module that cites the standard."""
        school = await a_school()
        await school.do(EditUser(ANA, full_name=None), SYSTEM)
        sections = (NewSection("One", Lesson("1")),)
        module = await school.do(CreateModule("Bloodborne", citation="29 CFR 1910.1030", sections=sections), SYSTEM)
        await school.do(PublishModule(module.id), SYSTEM)
        await school.do(EnrollUser(module.id, ANA), SYSTEM)
        self.module = module.id
        await school.do(CompleteSection(module.id, ANA, module.sections[0].id))
        return school

    async def test_no_record_is_written_without_one_where_the_law_asks_for_it(self) -> None:
        school = await self.nameless()
        progress = await school.do(ReadProgress(self.module, ANA))
        assert (progress.percent, progress.completed_at) == (100, None)
        assert [block.rule for block in progress.blocked_by] == [Rule.NAME]
        assert await records(school) == []

    async def test_once_it_is_entered_the_training_is_completed(self) -> None:
        school = await self.nameless()
        await school.do(EditUser(ANA, full_name="Ana Ruiz"), SYSTEM)
        assert (await school.do(ReadProgress(self.module, ANA))).completed_at is None
        await school.do(EditUser(ANA, job_title="Hygienist"), SYSTEM)
        assert (await school.do(ReadProgress(self.module, ANA))).completed_at == NOW
        assert [record.full_name for record in await records(school)] == ["Ana Ruiz"]

    async def test_elsewhere_nobody_asks_for_it(self) -> None:
        school = await a_school()
        await school.do(EditUser(ANA, full_name=None), SYSTEM)
        assert replace(await (await completed(school)).progress(), sections=[]).completed_at == NOW
