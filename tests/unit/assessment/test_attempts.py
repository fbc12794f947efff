"""Attempts at a quiz, from the first question to the grade."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assessment.attempt_events import AnswersSaved, AttemptGraded, AttemptStarted
from domain.assessment.attempts import AttemptClosed, AttemptExpired, AttemptStatus, QuizAttempt, reveals
from domain.assessment.grading import QuizPolicy, grade
from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.questions import TrueFalse
from domain.catalogue.sections import Lesson, Quiz, SectionIsNotAQuiz, SectionNotFound
from domain.catalogue.versions import ModuleVersion, VersionedQuestion, VersionedSection, VersionSettings
from domain.kernel.errors import InvalidValue
from domain.learning.enrollments import Enrollment
from domain.learning.section_completions import QuizPass
from kit.about import for_each
from kit.examples import LATER, NOW, uid

MODULE, ANA, CYCLE, LESSON, QUIZ = (uid(n) for n in (900, 1, 500, 10, 20))
Q1, Q2, Q3, Q4 = (uid(n) for n in (101, 102, 103, 104))
RIGHT = dict.fromkeys((Q1, Q2, Q3, Q4), True)


def a_version(quiz: Quiz, **rules: Any) -> ModuleVersion:
    """A lesson, and a quiz of four true statements."""
    return ModuleVersion(
        MODULE,
        3,
        VersionSettings("Bloodborne pathogens", "", None, None, CompletionRules(**rules), EvidenceTerms()),
        (VersionedSection(LESSON, 1, "Read", Lesson("Text")), VersionedSection(QUIZ, 2, "Check", quiz)),
        tuple(VersionedQuestion(id, QUIZ, "True?", 1, "Because.", TrueFalse(True)) for id in (Q1, Q2, Q3, Q4)),
        content_hash="",
        change_note="",
        material=False,
        published_at=NOW,
        published_by=None,
    )


def an_enrollment(version_number: int = 3) -> Enrollment:
    return Enrollment(MODULE, ANA, version_number=version_number, cycle_id=CYCLE, enrolled_by=None, now=NOW)


def an_attempt(quiz: Quiz | None = None, *, seed: int = 1, number: int = 1, **rules: Any) -> QuizAttempt:
    """An attempt that began NOW, whose events have been taken."""
    attempt = QuizAttempt.start(
        uid(77), an_enrollment(), a_version(quiz or Quiz(), **rules), QUIZ, number=number, seed=seed, now=NOW
    )
    attempt.take_events()
    return attempt


class TestStarting:
    def test_it_freezes_what_is_asked_and_how_it_is_graded(self) -> None:
        quiz = Quiz(time_limit_seconds=600, partial_credit=True, wrong_answer_penalty=25, feedback="never")
        attempt = QuizAttempt.start(
            uid(77), an_enrollment(), a_version(quiz, pass_mark=90), QUIZ, number=2, seed=42, now=NOW
        )
        assert (attempt.module_id, attempt.user_id, attempt.section_id) == (MODULE, ANA, QUIZ)
        assert (attempt.cycle_id, attempt.version_number, attempt.number, attempt.seed) == (CYCLE, 3, 2, 42)
        assert [item.question_id for item in attempt.items] == [Q1, Q2, Q3, Q4]
        assert attempt.policy == QuizPolicy(90, True, 25, "never", "typographic")
        assert (attempt.started_at, attempt.deadline) == (NOW, NOW + timedelta(minutes=10))
        assert (attempt.status, attempt.submitted_at, attempt.max_points) == (AttemptStatus.OPEN, None, 4)
        assert (attempt.points, attempt.percent, attempt.passed, attempt.marks) == (None, None, None, ())
        assert attempt.take_events() == [AttemptStarted(uid(77), MODULE, QUIZ, ANA, number=2)]

    def test_without_a_limit_there_is_no_deadline(self) -> None:
        attempt = an_attempt()
        assert attempt.deadline is None
        assert not attempt.is_overdue(NOW + timedelta(days=999))

    @given(st.integers(0, 2**63 - 1), st.integers(1, 4))
    def test_a_pool_is_drawn_from_by_the_recorded_seed(self, seed: int, count: int) -> None:
        quiz = Quiz(draw=count, shuffle=True)
        attempt = an_attempt(quiz, seed=seed)
        assert len({item.question_id for item in attempt.items}) == attempt.max_points == count
        assert an_attempt(quiz, seed=attempt.seed).items == attempt.items

    def test_only_a_quiz_can_be_tried(self) -> None:
        for section_id, error in ((LESSON, SectionIsNotAQuiz), (uid(404), SectionNotFound)):
            with pytest.raises(error):
                QuizAttempt.start(uid(77), an_enrollment(), a_version(Quiz()), section_id, number=1, seed=1, now=NOW)


class TestSaving:
    def test_answers_join_those_saved_before(self) -> None:
        attempt = an_attempt()
        attempt.save({Q1: True, Q2: False}, now=NOW)
        attempt.save({Q2: True, Q3: True, Q1: None}, now=LATER)
        assert attempt.answers == {Q2: True, Q3: True}
        assert (attempt.version, attempt.updated_at, attempt.status) == (3, LATER, AttemptStatus.OPEN)
        saved = [event for event in attempt.take_events() if isinstance(event, AnswersSaved)]
        assert [event.question_ids for event in saved] == [(Q1, Q2), (Q2, Q3, Q1)]

    def test_taking_back_what_was_never_given_is_fine(self) -> None:
        attempt = an_attempt()
        attempt.save({Q1: None}, now=NOW)
        assert attempt.answers == {}

    @pytest.mark.parametrize(
        ("answers", "message", "field"),
        [
            ({Q2: "yes"}, "must be true or false", ("answers", str(Q2))),
            ({uid(9): True}, "is not a question of this attempt", ("answers", str(uid(9)))),
        ],
    )
    def test_what_does_not_fit_is_refused_whole(self, answers: Any, message: str, field: tuple[str, str]) -> None:
        attempt = an_attempt()
        for send in (attempt.save, attempt.submit):
            with pytest.raises(InvalidValue) as refusal:
                send({Q1: True, **answers}, now=NOW)
            assert (str(refusal.value), refusal.value.field) == (message, field)
        assert (attempt.answers, attempt.version, attempt.is_open) == ({}, 1, True)

    def test_a_question_that_was_not_drawn_is_not_one_of_the_attempt(self) -> None:
        attempt = an_attempt(Quiz(draw=2))
        missing = {Q1, Q2, Q3, Q4} - {item.question_id for item in attempt.items}
        with pytest.raises(InvalidValue, match="is not a question of this attempt"):
            attempt.save(dict.fromkeys(missing, True), now=NOW)


class TestSubmitting:
    def test_what_was_saved_and_what_comes_last_is_graded(self) -> None:
        attempt = an_attempt(pass_mark=75)
        attempt.save({Q1: True, Q2: False}, now=NOW)
        attempt.submit({Q2: True, Q3: True}, now=LATER)
        assert (attempt.status, attempt.submitted_at) == (AttemptStatus.GRADED, LATER)
        assert (attempt.points, attempt.max_points, attempt.percent, attempt.passed) == (3, 4, 75, True)
        assert [mark.credit for mark in attempt.marks] == [1, 1, 1, 0]
        saved, graded = attempt.take_events()
        assert isinstance(saved, AnswersSaved)
        assert isinstance(graded, AttemptGraded)
        assert graded == AttemptGraded(
            uid(77),
            MODULE,
            QUIZ,
            ANA,
            attempt.cycle_id,
            number=1,
            percent=75,
            pass_mark=75,
            passed=True,
            submitted_at=LATER,
        )
        assert graded.quiz_pass == QuizPass(uid(77), 1, 75, 75)

    @pytest.mark.parametrize("answers", [None, {}])
    def test_without_answers_the_saved_ones_count(self, answers: Any) -> None:
        attempt = an_attempt()
        attempt.save({Q1: True}, now=NOW)
        attempt.submit(answers, now=LATER)
        assert (attempt.percent, attempt.passed) == (25, False)
        assert [event.quiz_pass for event in attempt.take_events() if isinstance(event, AttemptGraded)] == [None]

    def test_a_closed_attempt_accepts_nothing_more(self) -> None:
        graded, superseded = an_attempt(), an_attempt()
        graded.submit(None, now=NOW)
        superseded.supersede(now=NOW)
        for attempt in (graded, superseded):
            for answers in (RIGHT, {}, None):
                with pytest.raises(AttemptClosed):
                    attempt.submit(answers, now=LATER)
            with pytest.raises(AttemptClosed):
                attempt.save(RIGHT, now=LATER)
            assert (attempt.answers, attempt.version) == ({}, 2)

    def test_the_grade_can_be_derived_again(self) -> None:
        attempt = an_attempt(Quiz(shuffle=True, draw=3, wrong_answer_penalty=50))
        attempt.submit({item.question_id: n > 0 for n, item in enumerate(attempt.items)}, now=NOW)
        again = grade(attempt.items, attempt.answers, attempt.policy)
        assert attempt.grade == again
        assert (attempt.points, attempt.max_points, attempt.percent, attempt.passed, attempt.marks) == (
            again.points,
            again.max_points,
            again.percent,
            again.passed,
            again.marks,
        )


DEADLINE = NOW + timedelta(seconds=60)
TOO_LATE = DEADLINE + timedelta(microseconds=1)


class TestTimeLimit:
    def timed(self) -> QuizAttempt:
        attempt = an_attempt(Quiz(time_limit_seconds=60), pass_mark=50)
        attempt.save({Q1: True, Q2: True}, now=NOW)
        return attempt

    def test_the_moment_of_the_deadline_is_in_time(self) -> None:
        attempt = self.timed()
        attempt.save({Q3: True}, now=DEADLINE)
        assert not attempt.is_overdue(DEADLINE)
        attempt.submit({Q4: True}, now=DEADLINE)
        assert (attempt.percent, attempt.submitted_at) == (100, DEADLINE)

    def test_after_it_nothing_more_is_accepted(self) -> None:
        attempt = self.timed()
        for send in (attempt.save, attempt.submit):
            with pytest.raises(AttemptExpired):
                send(RIGHT, now=TOO_LATE)
        with pytest.raises(AttemptExpired):
            attempt.save({}, now=TOO_LATE)
        assert (len(attempt.answers), attempt.is_open, attempt.version) == (2, True, 2)

    @for_each("answers", [None, {}])
    @for_each("now", [TOO_LATE, NOW + timedelta(days=99)])
    def test_a_late_submit_grades_what_was_saved_in_time(self, answers: Any, now: datetime) -> None:
        attempt = self.timed()
        attempt.submit(answers, now=now)
        assert (attempt.percent, attempt.passed, attempt.submitted_at) == (50, True, DEADLINE)
        assert attempt.updated_at == now

    def test_an_overdue_attempt_is_closed_as_of_its_deadline(self) -> None:
        attempt = self.timed()
        attempt.close_overdue(now=DEADLINE)
        assert attempt.is_open
        assert attempt.is_overdue(TOO_LATE)
        attempt.close_overdue(now=TOO_LATE)
        assert (attempt.percent, attempt.submitted_at, attempt.is_overdue(TOO_LATE)) == (50, DEADLINE, False)
        attempt.close_overdue(now=TOO_LATE)
        assert attempt.version == 3

    def test_superseding_an_overdue_attempt_leaves_it_without_a_grade(self) -> None:
        attempt = self.timed()
        attempt.supersede(now=TOO_LATE)
        attempt.supersede(now=TOO_LATE)
        attempt.close_overdue(now=TOO_LATE)
        assert (attempt.status, attempt.percent, attempt.version) == (AttemptStatus.SUPERSEDED, None, 3)


def shows_answers(attempt: QuizAttempt) -> bool:
    return reveals(attempt.policy.feedback, attempt.status, attempt.passed)


class TestFeedback:
    @pytest.mark.parametrize(
        ("feedback", "failed", "passed"),
        [("never", False, False), ("after_submission", True, True), ("after_passing", False, True)],
    )
    def test_right_answers_are_revealed_when_the_policy_allows(self, feedback: Any, failed: bool, passed: bool) -> None:
        for answers, revealed in (({}, failed), (RIGHT, passed)):
            attempt = an_attempt(Quiz(feedback=feedback))
            assert not shows_answers(attempt)
            attempt.save(answers, now=NOW)
            assert not shows_answers(attempt)
            attempt.submit(None, now=NOW)
            assert shows_answers(attempt) is revealed

    @pytest.mark.parametrize("feedback", ["never", "after_submission", "after_passing"])
    def test_what_was_superseded_reveals_nothing(self, feedback: Any) -> None:
        attempt = an_attempt(Quiz(feedback=feedback))
        attempt.supersede(now=NOW)
        assert not shows_answers(attempt)


def test_an_attempt_belongs_to_the_cycle_it_began_in() -> None:
    attempt, enrollment = an_attempt(), an_enrollment(version_number=4)
    assert attempt.belongs_to(enrollment)
    enrollment.cycle_id = uid(501)
    assert not attempt.belongs_to(enrollment)


@pytest.mark.parametrize(("field", "value"), [("pass_mark", 101), ("pass_mark", -1), ("wrong_answer_penalty", 101)])
def test_a_policy_keeps_its_limits(field: str, value: int) -> None:
    with pytest.raises(InvalidValue) as refusal:
        replace(QuizPolicy(80, False, 0, "never"), **{field: value})  # type: ignore[arg-type]  # named by the test
    assert refusal.value.field == (field,)
