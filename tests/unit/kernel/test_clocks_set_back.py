"""Clocks of several machines disagree, and one may be set back: nothing ends before it began."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.assessment.attempt_events import AttemptGraded
from domain.assessment.attempts import QuizAttempt
from domain.catalogue.versions import ModuleVersion
from domain.evidence.records import TrainingRecord
from domain.kernel.aggregate import not_before
from domain.learning.completion import Eligibility
from domain.learning.enrollments import Enrollment
from domain.learning.section_completions import QuizPass
from kit.examples import (
    NOW,
    UTC_DAYS,
    a_lesson,
    a_published_module,
    a_question,
    a_quiz,
    a_user,
    a_version,
    an_attestation,
    an_enrollment,
    fingerprint,
    uid,
)

BACK = NOW - timedelta(hours=2)
moments = st.integers(-10, 10).map(lambda minutes: NOW + timedelta(minutes=minutes))


def a_course() -> ModuleVersion:
    return a_version(a_lesson(1), a_quiz(2, a_question(11)), an_attestation(3))


def an_attempt(enrollment: Enrollment, *, now: datetime) -> QuizAttempt:
    return QuizAttempt.start(uid(70), enrollment, a_course(), uid(2), number=1, seed=1, now=now)


def test_now_or_the_latest_of_what_came_before() -> None:
    assert not_before(NOW) == not_before(NOW, None, BACK) == not_before(BACK, None, NOW) == NOW


def test_an_attempt_is_not_handed_in_before_it_began() -> None:
    attempt = an_attempt(an_enrollment(), now=NOW)
    attempt.submit({uid(11): True}, now=BACK)
    assert (attempt.started_at, attempt.submitted_at, attempt.updated_at) == (NOW, NOW, NOW)
    assert [event.submitted_at for event in attempt.take_events() if isinstance(event, AttemptGraded)] == [NOW]


def test_an_attempt_does_not_begin_before_the_training() -> None:
    enrollment = an_enrollment(now=NOW)
    enrollment.start(now=NOW)
    assert an_attempt(enrollment, now=BACK).started_at == NOW


@given(st.lists(moments, min_size=5, max_size=5))
def test_a_training_goes_forward_whatever_the_clocks_say(times: list[datetime]) -> None:
    opened, started, first, second, third = times
    version, eligibility = a_course(), Eligibility()
    enrollment = an_enrollment(now=opened)
    enrollment.start(now=started)
    enrollment.complete_section(uid(1), version, eligibility, attestation=None, now=first)
    attempt = an_attempt(enrollment, now=second)
    attempt.submit({uid(11): True}, now=third)
    passed = QuizPass(attempt.id, 1, attempt.percent or 0, attempt.policy.pass_mark)

    enrollment.pass_quiz(uid(2), version, eligibility, passed, now=third)
    enrollment.complete_section(uid(3), version, eligibility, attestation="I have read it.", now=first)

    assert enrollment.started_at is not None
    assert enrollment.completed_at is not None
    assert enrollment.enrolled_at <= enrollment.started_at <= enrollment.completed_at <= enrollment.updated_at
    for completion in enrollment.completions:
        assert enrollment.started_at <= completion.completed_at <= enrollment.completed_at
    assert attempt.submitted_at is not None
    assert enrollment.started_at <= attempt.started_at <= attempt.submitted_at <= attempt.updated_at

    record = TrainingRecord.online(
        uid(80),
        days=UTC_DAYS,
        user=a_user(1),
        version=version,
        enrollment=enrollment,
        recorded_by=None,
        now=opened,
    )
    assert record.started_at <= record.completed_at <= record.recorded_at


@given(moments, moments)
def test_the_completion_of_the_earlier_cycle_does_not_belong_to_a_new_one(
    completed: datetime, granted: datetime
) -> None:
    version = a_course()
    enrollment = an_enrollment(now=min(completed, NOW))
    enrollment.credit(uid(90), now=completed)
    record = TrainingRecord.online(
        uid(80),
        days=UTC_DAYS,
        user=a_user(1),
        version=version,
        enrollment=enrollment,
        recorded_by=None,
        now=completed,
    ).recorded
    standing = enrollment.standing(version, Eligibility())
    grant = enrollment.renew(1, uid(91), standing, reason="Yearly", by=uid(2), now=granted, days=UTC_DAYS)
    assert not record.belongs_to(grant)
    assert grant.granted_at >= granted


def test_a_version_does_not_come_before_the_one_it_follows() -> None:
    module = a_published_module()
    module.edit_section(uid(1), now=BACK, title="New")
    version = module.publish(fingerprint, by=None, now=BACK)
    module.archive(now=BACK)
    assert (module.created_at, module.published_at, module.archived_at, module.updated_at) == (NOW,) * 4
    assert version.published_at == NOW
    (section,) = module.sections
    assert section.created_at <= section.updated_at


def test_a_person_is_not_erased_before_being_known() -> None:
    user = a_user(1)
    user.erase(now=BACK)
    assert (user.erased_at, user.updated_at) == (NOW, NOW)
