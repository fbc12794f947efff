"""Learning in an enrollment: from its start to its completion, and in a new cycle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from domain.catalogue.sections import SectionNotFound
from domain.catalogue.versions import ModuleVersion
from domain.kernel.errors import Conflict
from domain.learning.completion import AttemptCounts, Blocked, Eligibility, LearnerStanding, Rule
from domain.learning.cycles import CycleGrant
from domain.learning.enrollment_events import (
    CycleIncomplete,
    EnrollmentEvent,
    EnrollmentRenewed,
    ModuleCompleted,
    ModuleStarted,
    SectionCompleted,
)
from domain.learning.enrollments import Enrollment
from domain.learning.section_completions import QuizPass
from kit.about import for_each
from kit.examples import (
    LATER,
    NOW,
    UTC_DAYS,
    a_lesson,
    a_question,
    a_quiz,
    a_version,
    an_attestation,
    an_enrollment,
    uid,
)

MODULE, USER, LESSON, QUIZ, STATEMENT = uid(900), uid(1), uid(1), uid(2), uid(3)
TODAY = LATER.date()
CYCLE, NEXT_CYCLE, BOSS = uid(900_001), uid(900_002), uid(99)
ELIGIBLE = Eligibility()
PASS = QuizPass(uid(77), 2, 87.5, 80)


def three_steps(**rules: Any) -> ModuleVersion:
    """A lesson, a quiz and an attestation."""
    return a_version(a_lesson(1), a_quiz(2, a_question(11)), an_attestation(3), **rules)


def complete(
    enrollment: Enrollment,
    section_id: UUID,
    version: ModuleVersion,
    *,
    attestation: str | None = None,
    eligibility: Eligibility = ELIGIBLE,
    now: datetime = LATER,
) -> None:
    enrollment.complete_section(section_id, version, eligibility, attestation=attestation, now=now)


def blocked(act: Callable[[], object]) -> list[tuple[Rule, tuple[UUID, ...]]]:
    with pytest.raises(Blocked) as refusal:
        act()
    return [(block.rule, block.missing) for block in refusal.value.blocks]


class TestStarting:
    def test_a_start_is_remembered(self) -> None:
        enrollment = an_enrollment()
        enrollment.start(now=LATER)
        assert (enrollment.started_at, enrollment.version, enrollment.updated_at) == (LATER, 2, LATER)
        assert enrollment.take_events() == [ModuleStarted(MODULE, USER, enrollment.cycle_id)]

    def test_starting_again_changes_nothing(self) -> None:
        enrollment = an_enrollment()
        enrollment.start(now=NOW)
        enrollment.start(now=LATER)
        assert (enrollment.started_at, enrollment.version, enrollment.updated_at) == (NOW, 2, NOW)


class TestCompletingSections:
    def test_a_section_is_completed(self) -> None:
        enrollment = an_enrollment()
        complete(enrollment, LESSON, three_steps())
        (done,) = enrollment.completions
        assert (done.section_id, done.completed_at) == (LESSON, LATER)
        assert (done.attestation, done.attempt_id, done.attempt_number, done.score) == (None, None, None, None)
        assert (enrollment.started_at, enrollment.completed_at, enrollment.version) == (LATER, None, 2)
        started = ModuleStarted(MODULE, USER, enrollment.cycle_id)
        assert enrollment.take_events() == [started, SectionCompleted(MODULE, USER, LESSON)]

    def test_repeating_it_changes_nothing(self) -> None:
        enrollment = an_enrollment()
        complete(enrollment, LESSON, three_steps(), now=NOW)
        enrollment.take_events()
        complete(enrollment, LESSON, three_steps())
        assert ([each.completed_at for each in enrollment.completions], enrollment.version) == ([NOW], 2)
        assert enrollment.take_events() == []

    def test_what_is_confirmed_of_a_lesson_is_not_kept(self) -> None:
        enrollment = an_enrollment()
        complete(enrollment, LESSON, three_steps(), attestation="Whatever")
        assert enrollment.completions[0].attestation is None

    def test_a_section_that_the_version_does_not_have(self) -> None:
        with pytest.raises(SectionNotFound):
            complete(an_enrollment(), uid(99), three_steps())

    def test_rules_that_are_not_met_are_named_together(self) -> None:
        enrollment = an_enrollment()
        eligibility = Eligibility(prerequisites=(uid(901),))
        found = blocked(lambda: complete(enrollment, STATEMENT, three_steps(), eligibility=eligibility))
        assert found == [
            (Rule.PREREQUISITES, (uid(901),)),
            (Rule.ORDER, (LESSON, QUIZ)),
            (Rule.ATTESTATION, (STATEMENT,)),
        ]
        assert (enrollment.completions, enrollment.version, enrollment.take_events()) == ([], 1, [])

    def test_a_quiz_is_passed_and_not_taken_as_completed(self) -> None:
        version = three_steps(sections_in_order=False)
        assert blocked(lambda: complete(an_enrollment(), QUIZ, version)) == [(Rule.QUIZ, (QUIZ,))]

    @for_each("words", [None, "", "i have read it.", "I have read it! ", "Yes"])
    def test_an_attestation_is_confirmed_in_its_own_words(self, words: str | None) -> None:
        version = three_steps(sections_in_order=False)
        found = blocked(lambda: complete(an_enrollment(), STATEMENT, version, attestation=words))
        assert found == [(Rule.ATTESTATION, (STATEMENT,))]

    @pytest.mark.parametrize("typed", ["I’ve read “it”\u00a0– all\r\nof it…\u200b", ' I\'ve read "it" - all of it... '])
    def test_typography_does_not_count_and_the_statement_is_what_is_kept(self, typed: str) -> None:
        statement = 'I\'ve read "it" — all\nof it...'
        version = a_version(an_attestation(3, statement))
        enrollment = an_enrollment()
        complete(enrollment, STATEMENT, version, attestation=typed)
        assert enrollment.completions[0].attestation == statement

    def test_what_was_confirmed_is_kept(self) -> None:
        enrollment = an_enrollment()
        complete(enrollment, STATEMENT, three_steps(sections_in_order=False), attestation="I have read it.")
        assert enrollment.completions[0].attestation == "I have read it."


class TestQuizzes:
    def test_beginning_an_attempt_starts_the_module(self) -> None:
        enrollment = an_enrollment()
        enrollment.try_quiz(QUIZ, three_steps(sections_in_order=False), ELIGIBLE, now=LATER)
        assert enrollment.started_at == LATER

    def test_what_blocks_the_quiz_blocks_the_attempt(self) -> None:
        enrollment = an_enrollment()
        attempt_counts = Eligibility(attempt_counts={QUIZ: AttemptCounts(1, NOW)})
        version = three_steps(attempts_allowed=1)
        found = blocked(lambda: enrollment.try_quiz(QUIZ, version, attempt_counts, now=LATER))
        assert found == [(Rule.ORDER, (LESSON,)), (Rule.ATTEMPTS, (QUIZ,))]
        assert enrollment.started_at is None

    def test_an_attempt_needs_a_section(self) -> None:
        with pytest.raises(SectionNotFound):
            an_enrollment().try_quiz(uid(99), three_steps(), ELIGIBLE, now=LATER)

    def test_passing_completes_the_section(self) -> None:
        enrollment = an_enrollment()
        enrollment.pass_quiz(QUIZ, three_steps(), ELIGIBLE, PASS, now=LATER)
        (done,) = enrollment.completions
        assert (done.section_id, done.completed_at, done.attestation) == (QUIZ, LATER, None)
        assert (done.attempt_id, done.attempt_number, done.score) == (uid(77), 2, 87.5)
        started = ModuleStarted(MODULE, USER, enrollment.cycle_id)
        assert enrollment.take_events() == [started, SectionCompleted(MODULE, USER, QUIZ)]

    def test_the_first_attempt_that_passes_counts(self) -> None:
        enrollment = an_enrollment()
        enrollment.pass_quiz(QUIZ, three_steps(), ELIGIBLE, PASS, now=NOW)
        enrollment.pass_quiz(QUIZ, three_steps(), ELIGIBLE, QuizPass(uid(78), 3, 100, 80), now=LATER)
        assert [(each.attempt_id, each.completed_at) for each in enrollment.completions] == [(uid(77), NOW)]


class TestCompletingTheModule:
    def test_with_the_last_section(self) -> None:
        enrollment = an_enrollment(version_number=4)
        version = a_version(a_lesson(1), a_quiz(2, a_question(11)), number=4)
        complete(enrollment, LESSON, version, now=NOW)
        enrollment.take_events()
        enrollment.pass_quiz(QUIZ, version, ELIGIBLE, PASS, now=LATER)
        assert (enrollment.completed_at, enrollment.updated_at) == (LATER, LATER)
        assert enrollment.take_events() == [
            SectionCompleted(MODULE, USER, QUIZ),
            ModuleCompleted(MODULE, USER, 4, CYCLE),
        ]

    def test_once(self) -> None:
        enrollment = an_enrollment()
        complete(enrollment, LESSON, a_version(), now=NOW)
        before = enrollment.version
        enrollment.take_events()
        complete(enrollment, LESSON, a_version())
        assert (enrollment.completed_at, enrollment.version, enrollment.take_events()) == (NOW, before, [])

    def test_a_minimum_time_lies_before_it(self) -> None:
        enrollment, version = an_enrollment(), a_version(minimum_minutes=60)
        assert blocked(lambda: complete(enrollment, LESSON, version, now=NOW)) == [(Rule.START, ())]
        enrollment.start(now=NOW)
        assert blocked(lambda: complete(enrollment, LESSON, version, now=NOW)) == [(Rule.MINIMUM_TIME, ())]
        complete(enrollment, LESSON, version)
        assert enrollment.completed_at == LATER

    def test_an_attempt_begun_before_the_others_may_end_too_early_for_it(self) -> None:
        """Then completing what is completed, once the time has come, completes the module."""
        version = a_version(a_quiz(2, a_question(11)), a_lesson(1), sections_in_order=False, minimum_minutes=60)
        enrollment = an_enrollment()
        enrollment.try_quiz(QUIZ, version, ELIGIBLE, now=NOW)
        complete(enrollment, LESSON, version, now=NOW)
        enrollment.pass_quiz(QUIZ, version, ELIGIBLE, PASS, now=NOW)
        complete(enrollment, QUIZ, version, now=NOW)
        assert enrollment.completed_at is None
        complete(enrollment, QUIZ, version)
        assert enrollment.completed_at == LATER


class TestRenewing:
    @staticmethod
    def standing(
        enrollment: Enrollment, version: ModuleVersion, eligibility: Eligibility = ELIGIBLE
    ) -> LearnerStanding:
        return enrollment.standing(version, eligibility)

    def test_a_completed_training_can_begin_a_new_cycle(self) -> None:
        enrollment = an_enrollment()
        complete(enrollment, LESSON, a_version(), now=NOW)
        enrollment.take_events()
        grant = enrollment.renew(
            5,
            NEXT_CYCLE,
            self.standing(enrollment, a_version()),
            reason="Annual refresher.",
            by=BOSS,
            now=LATER,
            days=UTC_DAYS,
        )
        assert grant == CycleGrant(MODULE, USER, 1, NEXT_CYCLE, 5, "Annual refresher.", BOSS, LATER, TODAY, "UTC")
        assert (enrollment.version_number, enrollment.cycle_id) == (5, NEXT_CYCLE)
        assert (enrollment.started_at, enrollment.completed_at, enrollment.completions) == (None, None, [])
        assert enrollment.take_events() == [EnrollmentRenewed(MODULE, USER, 5, NEXT_CYCLE, 1)]
        complete(enrollment, LESSON, a_version(number=5))
        assert enrollment.take_events()[-1] == ModuleCompleted(MODULE, USER, 5, NEXT_CYCLE)

    def test_so_is_what_cannot_be_completed_any_more(self) -> None:
        enrollment, version = an_enrollment(), three_steps(attempts_allowed=2)
        used_up = Eligibility(attempt_counts={QUIZ: AttemptCounts(2, NOW)}, grants=3)
        standing = self.standing(enrollment, version, used_up)
        grant = enrollment.renew(2, NEXT_CYCLE, standing, reason="One more try.", by=BOSS, now=LATER, days=UTC_DAYS)
        assert grant.number == 4
        assert enrollment.cycle_id == NEXT_CYCLE

    @pytest.mark.parametrize("attempt_counts", [{}, {QUIZ: AttemptCounts(1, NOW)}])
    def test_an_incomplete_cycle_is_not(self, attempt_counts: dict[UUID, AttemptCounts]) -> None:
        enrollment = an_enrollment()
        standing = self.standing(
            enrollment, three_steps(attempts_allowed=2, wait_minutes=600), Eligibility(attempt_counts=attempt_counts)
        )
        with pytest.raises(CycleIncomplete) as refusal:
            enrollment.renew(2, NEXT_CYCLE, standing, reason="Why not?", by=BOSS, now=LATER, days=UTC_DAYS)
        assert isinstance(refusal.value, Conflict)
        assert refusal.value.slug == "cycle-under-way"
        assert (enrollment.version_number, enrollment.cycle_id, enrollment.version) == (1, CYCLE, 1)


def test_the_subject_of_what_happens_in_learning_is_the_module() -> None:
    events: list[EnrollmentEvent] = [
        SectionCompleted(MODULE, USER, LESSON),
        ModuleCompleted(MODULE, USER, 1, CYCLE),
        EnrollmentRenewed(MODULE, USER, 1, CYCLE, 1),
    ]
    assert {event.subject_id for event in events} == {MODULE}
