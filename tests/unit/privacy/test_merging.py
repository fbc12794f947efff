"""Merging two users who are one person, and ending a merge."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.assessment.commands import SubmitAttempt
from application.evidence.certificates.commands import RevokeCertificate
from application.evidence.credentials.commands import SubmitCredential, VerifyCredential
from application.evidence.credentials.queries import ListCredentials
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords
from application.evidence.records.voiding import VoidRecord
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.kernel.access import Actor
from application.learning.enrollments.commands import EnrollUser, EnrollUsers, WithdrawEnrollment
from application.learning.enrollments.queries import ListUserEnrollments
from application.learning.progress.commands import CompleteSection, RenewEnrollment
from application.learning.progress.queries import Progress, ReadProgress
from application.people.sign_ins.linking import LinkSignIn
from application.people.sign_ins.signing_in import SignIn
from application.people.users.commands import DeactivateUsers, EditUser
from application.people.users.queries import ListUsers, ReadUser, UserView
from application.privacy.merging import MergedUser, MergeUser, SeparateUser
from application.privacy.personal_data import EraseUser, ExportPersonalData
from domain.evidence.persons import Trainer
from domain.evidence.records import RecordedBefore
from domain.kernel.errors import InvalidValue
from domain.kernel.oversight import OwnTraining
from domain.kernel.roles import Role
from domain.learning.completion import EnrollmentStatus
from domain.people.merging import MergeRefused, NotMerged, SignInAfterMerge
from domain.people.sign_in_errors import SignInEnded
from domain.people.sign_ins import LinkReason
from domain.people.user_errors import UserIsMerged, UserNotFound
from situations.merging import attended
from situations.stage import OFFICER, SYSTEM, Course, MemoryStage, learner

WHY = "Hired twice."
NOBODY = UUID(int=404)


class Two(MemoryStage):
    """A stage with two users who are one person, and a course."""

    async def begin(self, **rules: Any) -> tuple[UUID, UUID, Course]:
        """The duplicate, the user that stays, and the course."""
        return await self.person("ana"), await self.person("ben"), await self.course(**rules)

    async def merge(self, duplicate: UUID, into: UUID, **how: Any) -> MergedUser:
        outcome: MergedUser = await self.do(MergeUser(duplicate, into, WHY, **how), OFFICER)
        return outcome

    async def records(self, user_id: UUID) -> list[UUID]:
        return [each.id for each in (await self.bus.ask(ListRecords(user_id), SYSTEM)).items]

    async def progress(self, course: Course, user_id: UUID) -> Progress:
        return await self.bus.ask(ReadProgress(course.id, user_id), SYSTEM)

    async def user(self, user_id: UUID) -> UserView:
        return await self.bus.ask(ReadUser(user_id), SYSTEM)

    async def passes(self, course: Course, user_id: UUID) -> None:
        """The user, who is enrolled, completes the course."""
        await self.read(course, user_id)
        await self.do(SubmitAttempt(await self.attempt(course, user_id), course.right), learner(user_id))

    async def obstacles(self, duplicate: UUID, into: UUID, **how: Any) -> list[str]:
        """What stands against the merge: a dry run says the same as the refusal."""
        with pytest.raises(MergeRefused) as refused:
            await self.merge(duplicate, into, **how)
        preview = await self.merge(duplicate, into, dry_run=True, **how)
        assert (preview.merged, preview.obstacles) == (False, list(refused.value.obstacles))
        return [each.code for each in preview.obstacles]


@pytest.fixture
def stage() -> Two:
    return Two()


class TestEvidence:
    async def test_a_completion_of_the_duplicate_is_that_of_the_person(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        await stage.do(EnrollUser(course.id, duplicate))
        await stage.passes(course, duplicate)
        outcome = await stage.merge(duplicate, stays)
        assert (outcome.records, outcome.attempts, outcome.moved) == (1, 1, [course.id])
        assert len(await stage.records(stays)) == 1
        progress = await stage.progress(course, stays)
        assert (progress.percent, progress.blocked_by) == (100, ())
        (shown,) = (await stage.bus.ask(ListUserEnrollments(stays), SYSTEM)).items
        assert shown.enrollment_status is EnrollmentStatus.COMPLETED

    async def test_credentials_of_the_duplicate_are_those_of_the_person(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        day = stage.now().date()
        card = await stage.do(SubmitCredential(duplicate, "bls", "Red Cross", day))
        await stage.do(VerifyCredential(card.id), OFFICER)
        outcome = await stage.merge(duplicate, stays, dry_run=True)
        assert (outcome.credentials, outcome.records) == (1, 0)
        await stage.merge(duplicate, stays)
        shown = (await stage.bus.ask(ListCredentials(stays), learner(stays))).items
        assert [(each.id, each.user_id) for each in shown] == [(card.id, duplicate)]
        await stage.do(SeparateUser(duplicate, WHY), OFFICER)
        assert (await stage.bus.ask(ListCredentials(stays), SYSTEM)).items == []
        assert [each.id for each in (await stage.bus.ask(ListCredentials(duplicate), SYSTEM)).items] == [card.id]

    async def test_learning_goes_on_where_the_duplicate_was(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        await stage.do(EnrollUser(course.id, duplicate))
        await stage.read(course, duplicate)
        open_attempt = await stage.attempt(course, duplicate)
        assert (await stage.merge(duplicate, stays)).ended_attempts == [open_attempt]
        assert (await stage.progress(course, stays)).percent == 50
        await stage.do(SubmitAttempt(await stage.attempt(course, stays), course.right), learner(stays))
        assert (await stage.progress(course, stays)).percent == 100
        assert len(await stage.records(stays)) == 1

    async def test_attempts_under_both_ids_are_counted_together(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin(attempts_allowed=2)
        for user_id in (duplicate, stays):
            await stage.do(EnrollUser(course.id, user_id))
            await stage.do(SubmitAttempt(await stage.attempt(course, user_id), {}), learner(user_id))
        await stage.do(WithdrawEnrollment(course.id, duplicate))
        await stage.merge(duplicate, stays)
        section = next(
            each for each in (await stage.progress(course, stays)).sections if each.section_id == course.quiz
        )
        assert [str(each.rule) for each in section.blocked_by] == ["attempts"]

    async def test_a_record_of_the_other_completes_an_open_enrollment(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        await stage.do(EnrollUser(course.id, stays))
        stage.clock.advance(timedelta(days=1))
        await attended(stage, course, duplicate)
        assert (await stage.merge(duplicate, stays, dry_run=True)).completed == [course.id]
        assert (await stage.progress(course, stays)).percent == 0
        assert (await stage.merge(duplicate, stays)).completed == [course.id]
        assert (await stage.progress(course, stays)).percent == 100
        assert len(await stage.records(stays)) == 1

    async def test_a_record_from_before_the_enrollment_completes_nothing(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        await attended(stage, course, duplicate)
        stage.clock.advance(timedelta(days=1))
        await stage.do(EnrollUser(course.id, stays))
        assert (await stage.merge(duplicate, stays)).completed == []
        assert (await stage.progress(course, stays)).percent == 0

    async def test_the_enrollment_that_was_completed_last_counts(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        for user_id in (stays, duplicate):
            await stage.do(EnrollUser(course.id, user_id))
            await stage.passes(course, user_id)
            stage.clock.advance(timedelta(days=1))
        last = (await stage.progress(course, duplicate)).completed_at
        outcome = await stage.merge(duplicate, stays)
        assert (outcome.moved, outcome.former) == ([course.id], [course.id])
        assert (await stage.progress(course, stays)).completed_at == last
        assert len(await stage.records(stays)) == 2
        await stage.do(RenewEnrollment(course.id, stays, "Yearly."), OFFICER)
        assert (await stage.progress(course, stays)).percent == 0

    async def test_the_same_class_is_not_recorded_under_the_other_id(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        times = stage.now() - timedelta(hours=2), stage.now() - timedelta(hours=1)
        held = RecordSession(course.id, *times, (Trainer("Dana"),), (NewAttendee(duplicate),))
        await stage.do(held)
        await stage.merge(duplicate, stays)
        again = RecordSession(course.id, *times, (Trainer("Dana"),), (NewAttendee(stays),))
        with pytest.raises(RecordedBefore):
            await stage.do(again)
        (record,) = await stage.records(stays)
        await stage.do(VoidRecord(record, "Was not there."))
        await stage.do(again)
        assert len(await stage.records(stays)) == 2

    async def test_nobody_decides_about_evidence_under_their_other_id(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        await attended(stage, course, duplicate)
        await stage.merge(duplicate, stays)
        (record,) = (await stage.bus.ask(ListRecords(stays), SYSTEM)).items
        oneself = Actor(stays, Role.COMPLIANCE)
        with pytest.raises(OwnTraining):
            await stage.do(VoidRecord(record.id, "Mine."), oneself)
        with pytest.raises(OwnTraining):
            await stage.do(RevokeCertificate(record.certificate_serial or "", "Mine."), oneself)


class TestRefusals:
    async def test_two_cycles_that_are_not_completed(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        for user_id in (duplicate, stays):
            await stage.do(EnrollUser(course.id, user_id))
        assert await stage.obstacles(duplicate, stays) == ["open-cycles"]
        assert (await stage.user(duplicate)).is_active
        await stage.do(WithdrawEnrollment(course.id, duplicate))
        assert (await stage.merge(duplicate, stays)).merged

    async def test_the_same_training_recorded_under_both(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        for user_id in (duplicate, stays):
            await attended(stage, course, user_id)
        assert await stage.obstacles(duplicate, stays) == ["recorded-twice"]
        await stage.do(VoidRecord((await stage.records(stays))[0], "The same class."))
        assert (await stage.merge(duplicate, stays)).merged

    async def test_oneself(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        for oneself in (duplicate, stays):
            with pytest.raises(OwnTraining):
                await stage.do(MergeUser(duplicate, stays, WHY, dry_run=True), Actor(oneself, Role.ADMIN))
        await stage.merge(duplicate, stays)
        for oneself in (duplicate, stays):
            with pytest.raises(OwnTraining):
                await stage.do(SeparateUser(duplicate, WHY), Actor(oneself, Role.ADMIN))

    async def test_nobody_and_the_same(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        with pytest.raises(UserNotFound):
            await stage.merge(NOBODY, stays)
        with pytest.raises(InvalidValue) as refused:
            await stage.merge(duplicate, NOBODY)
        assert refused.value.field == ("into",)
        assert await stage.obstacles(duplicate, duplicate) == ["same-user"]

    async def test_chains_and_circles(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        third = await stage.person("eva")
        await stage.merge(duplicate, stays)
        assert await stage.obstacles(duplicate, third) == ["already-merged"]
        assert await stage.obstacles(third, duplicate) == ["into-is-merged"]
        assert await stage.obstacles(stays, duplicate) == ["merged-into-duplicate"]
        # Whom others were merged into may be merged with them.
        await stage.merge(stays, third)
        assert (await stage.user(duplicate)).merged_into == third

    async def test_somebody_erased(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        await stage.do(EraseUser(duplicate), OFFICER)
        assert await stage.obstacles(duplicate, stays) == ["erased"]
        assert "erased" in await stage.obstacles(stays, duplicate)

    async def test_into_somebody_who_has_left(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        await stage.do(DeactivateUsers((stays,)))
        assert await stage.obstacles(duplicate, stays) == ["into-is-inactive"]
        await stage.do(DeactivateUsers((duplicate,)))
        assert (await stage.merge(duplicate, stays)).merged

    async def test_the_last_administrator(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        await stage.do(EditUser(duplicate, role=Role.ADMIN))
        assert await stage.obstacles(duplicate, stays) == ["last-administrator"]

    async def test_different_employee_ids_unless_said(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        await stage.do(EditUser(duplicate, employee_id="E-1"))
        await stage.do(EditUser(stays, employee_id="E-2"))
        assert await stage.obstacles(duplicate, stays) == ["different-employee-ids"]
        assert (await stage.merge(duplicate, stays, different_employee_ids=True)).merged
        assert [(await stage.user(each)).employee_id for each in (duplicate, stays)] == ["E-1", "E-2"]


class TestAccess:
    async def test_rights_are_not_handed_over(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        await stage.do(EditUser(duplicate, role=Role.MANAGER, managed_departments=("Lab",), employee_id="E-1"))
        assert (await stage.merge(duplicate, stays)).loses_rights
        gone, kept = await stage.user(duplicate), await stage.user(stays)
        assert (gone.role, gone.managed_departments, gone.is_active) == (Role.AUTHENTICATED, [], False)
        assert (kept.role, kept.managed_departments, kept.is_active) == (Role.AUTHENTICATED, [], True)
        # The next import finds the person by the HR system's key.
        assert (gone.employee_id, kept.employee_id) == (None, "E-1")

    async def test_a_sign_in_opens_the_account_that_stays(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        await stage.do(SignIn(stage.identity("ana")))
        assert (await stage.merge(duplicate, stays)).sign_in is SignInAfterMerge.MOVED
        known = await stage.do(SignIn(stage.identity("ana")))
        assert known.user_id == stays
        # It is as good as an address: rights that are given later let it wait.
        await stage.do(EditUser(stays, role=Role.AUTHOR))
        assert await stage.do(SignIn(stage.identity("ana"))) is None

    async def test_a_sign_in_waits_where_it_would_open_more(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        await stage.do(EditUser(stays, role=Role.COMPLIANCE))
        await stage.do(SignIn(stage.identity("ana")))
        assert (await stage.merge(duplicate, stays)).sign_in is SignInAfterMerge.WAITING
        assert await stage.do(SignIn(stage.identity("ana"))) is None
        assert (await stage.user(stays)).requested_sign_in == stage.subject()

    async def test_it_never_replaces_another_sign_in(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        await stage.do(SignIn(stage.identity("ana", 1)))
        await stage.do(SignIn(stage.identity("ben", 2)))
        assert (await stage.merge(duplicate, stays)).sign_in is SignInAfterMerge.ENDED
        with pytest.raises(SignInEnded):
            await stage.do(SignIn(stage.identity("ana", 1)))
        assert (await stage.do(SignIn(stage.identity("ben", 2)))).user_id == stays

    async def test_a_new_account_with_the_address_of_the_duplicate_is_the_persons(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        assert (await stage.merge(duplicate, stays)).sign_in is SignInAfterMerge.NONE
        assert (await stage.do(SignIn(stage.identity("ana", 3)))).user_id == stays

    async def test_nothing_is_decided_for_the_duplicate(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        await stage.merge(duplicate, stays)
        before = await stage.user(duplicate)
        assert (before.merged_into, before.is_active) == (stays, False)
        begun = stage.now() - timedelta(hours=2)
        attends = RecordSession(course.id, begun, stage.now(), (Trainer("Dana"),), (NewAttendee(duplicate),))
        for command in (
            EnrollUser(course.id, duplicate),
            EditUser(duplicate, is_active=True),
            EraseUser(duplicate),
            LinkSignIn(duplicate, UUID(int=7), LinkReason.CONFIRMED),
            RecordExternalTraining(duplicate, "BLS", "Red Cross", stage.now().date()),
        ):
            with pytest.raises(UserIsMerged, match=str(stays)):
                await stage.do(command, OFFICER)
        with pytest.raises(InvalidValue, match=str(stays)):
            await stage.do(attends)
        (refusal,) = (await stage.do(EnrollUsers(course.id, (duplicate,)))).refused
        assert (refusal.code, str(stays) in refusal.reason) == ("user-merged", True)
        assert await stage.user(duplicate) == before
        active = await stage.bus.ask(ListUsers(is_active=True), SYSTEM)
        assert [each.id for each in active.items] == [stays]


class TestPersonalData:
    async def test_the_export_has_what_is_under_both_ids(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        await attended(stage, course, duplicate)
        await stage.merge(duplicate, stays)
        data = await stage.bus.ask(ExportPersonalData(stays), learner(stays))
        assert ([each.id for each in data.merged], len(data.records), len(data.certificates)) == ([duplicate], 1, 1)
        assert [each.user_id for each in data.positions] == [stays, duplicate]
        assert [each.user_id for each in data.employment] == [duplicate], "who left by the merge"

    async def test_erasing_the_person_erases_the_duplicate(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        await stage.do(EnrollUser(course.id, duplicate))
        await stage.answer(course, duplicate, await stage.attempt(course, duplicate))
        await stage.merge(duplicate, stays)
        await stage.do(EraseUser(stays), OFFICER)
        gone = await stage.user(duplicate)
        assert (gone.full_name, gone.email, gone.department) == (None, None, None)
        data = await stage.bus.ask(ExportPersonalData(stays), OFFICER)
        assert [each.items[0].answer for each in data.attempts] == [None]


class TestRepeating:
    async def test_repeating_a_merge_changes_nothing(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        await stage.merge(duplicate, stays)
        before = stage.told
        assert (await stage.merge(duplicate, stays)).merged
        assert stage.told == before

    async def test_a_dry_run_changes_nothing(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        await stage.do(EnrollUser(course.id, duplicate))
        before = stage.told
        preview = await stage.merge(duplicate, stays, dry_run=True)
        assert (preview.merged, preview.obstacles, preview.moved) == (False, [], [course.id])
        assert stage.told == before
        assert (await stage.user(duplicate)).merged_into is None


class TestSeparating:
    async def test_evidence_and_enrollments_go_back(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        await stage.do(EnrollUser(course.id, duplicate))
        await stage.passes(course, duplicate)
        await stage.merge(duplicate, stays)
        stage.clock.advance(timedelta(days=1))
        back = await stage.do(SeparateUser(duplicate, "Two people."), OFFICER)
        assert (back.merged_into, back.is_active) == (None, False)
        assert [len(await stage.records(each)) for each in (duplicate, stays)] == [1, 0]
        assert (await stage.progress(course, duplicate)).percent == 100
        assert (await stage.bus.ask(ListUserEnrollments(stays), SYSTEM)).items == []
        await stage.do(EditUser(duplicate, is_active=True))
        with pytest.raises(NotMerged):
            await stage.do(SeparateUser(duplicate, WHY), OFFICER)

    async def test_what_has_changed_since_stays(self, stage: Two) -> None:
        duplicate, stays, course = await stage.begin()
        await stage.do(EnrollUser(course.id, duplicate))
        await stage.merge(duplicate, stays)
        stage.clock.advance(timedelta(days=1))
        await stage.do(CompleteSection(course.id, stays, course.lesson), learner(stays))
        await stage.do(SeparateUser(duplicate, "Two people."), OFFICER)
        assert (await stage.progress(course, stays)).percent == 50

    async def test_those_who_came_with_the_user_go_with_it(self, stage: Two) -> None:
        duplicate, stays, _ = await stage.begin()
        third = await stage.person("eva")
        await stage.merge(third, duplicate)
        await stage.merge(duplicate, stays)
        await stage.do(SeparateUser(duplicate, "Two people."), OFFICER)
        assert (await stage.user(third)).merged_into == duplicate
