"""Enrollments: one user in one module, at most once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.catalogue.module_life import ModuleOffer, offered_version
from domain.catalogue.sections import Attestation, Quiz
from domain.catalogue.versions import ModuleVersion
from domain.kernel.aggregate import Aggregate, not_before
from domain.kernel.days import LocalDays
from domain.kernel.typography import same_text
from domain.learning.completion import Blocked, Eligibility, LearnerStanding, Rule, UnmetRule
from domain.learning.cycles import CycleGrant
from domain.learning.enrollment_events import (
    AlreadyEnrolled,
    CycleIncomplete,
    EnrollmentRenewed,
    EnrollmentWithdrawn,
    ModuleCompleted,
    ModuleStarted,
    SectionCompleted,
    UsersEnrolled,
)
from domain.learning.section_completions import QuizPass, SectionCompletion
from domain.people.user_errors import UserInactive, UserIsMerged, UserNotFound

LOOK_AGAIN = timedelta(minutes=5)
"""How often an enrollment is checked again that only waits for something without a known time."""
INSTANT = timedelta(microseconds=1)
"""The smallest difference between two stored times."""


@dataclass(frozen=True, slots=True)
class EnrollmentFacts:
    """The facts for enrolling one user. None means a module or user that does not exist.

    A user who was merged into another has no department, so that only those who see everyone see that user.
    """

    offer: ModuleOffer | None
    user_is_active: bool | None
    already_enrolled: bool
    user_department: str | None = None
    user_merged_into: UUID | None = None

    def require_active_user(self) -> None:
        """Checks that the user may begin training, for the first time or again.

        Raises UserNotFound, UserIsMerged or UserInactive.
        """
        if self.user_is_active is None:
            raise UserNotFound
        if self.user_merged_into is not None:
            raise UserIsMerged(self.user_merged_into)
        if not self.user_is_active:
            raise UserInactive


class Enrollment(Aggregate):
    """One user in one module, identified by the two ids together, and how far the user is.

    It is pinned to the version that was offered when the cycle began. Each repetition of the training is a cycle with
    its own id, in which `completions` and attempts count. `settles_at` is the next time at which something becomes due:
    a deadline, or the end of the minimum time. `record_id` is the record that completed the cycle; None if it was
    completed by the sections.
    """

    def __init__(
        self,
        module_id: UUID,
        user_id: UUID,
        *,
        version_number: int,
        cycle_id: UUID,
        enrolled_by: UUID | None,
        now: datetime,
    ) -> None:
        self.module_id = module_id
        self.user_id = user_id
        self.enrolled_by = enrolled_by
        self.version_number = version_number
        self.cycle_id = cycle_id
        self.started_at: datetime | None = None
        self.completed_at: datetime | None = None
        self.settles_at: datetime | None = None
        self.record_id: UUID | None = None
        self.completions: list[SectionCompletion] = []
        self.version = 1
        self.enrolled_at = now
        self.updated_at = now

    @classmethod
    def open(
        cls,
        module_id: UUID,
        user_id: UUID,
        facts: EnrollmentFacts,
        *,
        cycle_id: UUID,
        enrolled_by: UUID | None,
        now: datetime,
    ) -> Enrollment:
        """Enroll an active user in a published module.

        Raises ModuleNotFound, UserNotFound, ModuleNotPublished, UserInactive or AlreadyEnrolled.
        """
        version_number = offered_version(facts.offer)
        facts.require_active_user()
        if facts.already_enrolled:
            raise AlreadyEnrolled
        enrollment = cls(
            module_id, user_id, version_number=version_number, cycle_id=cycle_id, enrolled_by=enrolled_by, now=now
        )
        enrollment._happened(UsersEnrolled(module_id, (user_id,)))
        return enrollment

    def standing(self, version: ModuleVersion, eligibility: Eligibility) -> LearnerStanding:
        """Where the learner stands in the version that the enrollment is pinned to."""
        done = {each.section_id: each.completed_at for each in self.completions}
        settings = version.settings
        return LearnerStanding(
            settings.rules, version.outline, self.started_at, done, eligibility, asks_for_names=settings.asks_for_names
        )

    def start(self, *, now: datetime) -> None:
        """Begin to learn; a second time changes nothing. A minimum time counts from here."""
        if self.started_at is None:
            self.started_at = not_before(now, self.enrolled_at)
            self._changed(now, ModuleStarted(self.module_id, self.user_id, self.cycle_id))

    def complete_section(
        self,
        section_id: UUID,
        version: ModuleVersion,
        eligibility: Eligibility,
        *,
        attestation: str | None,
        now: datetime,
    ) -> None:
        """Complete the section; a second time changes nothing. The last section completes the module.

        Raises SectionNotFound, or Blocked: also for a quiz, which is completed by passing it, and for an attestation
        that is not confirmed in its own words; typography does not count.
        """
        content = version.section(section_id).content
        standing = self.standing(version, eligibility)
        if section_id not in standing.done:
            blocks = list(standing.blocks_on(section_id, now))
            if isinstance(content, Quiz):
                blocks.append(UnmetRule(Rule.QUIZ, "Pass the quiz to complete this section.", (section_id,)))
            if isinstance(content, Attestation) and not same_text(attestation or "", content.statement):
                message = "Confirm the statement of this section, word for word, as `attestation`."
                blocks.append(UnmetRule(Rule.ATTESTATION, message, (section_id,)))
            if blocks:
                raise Blocked(blocks)
            confirmed = content.statement if isinstance(content, Attestation) else None
            self._add(SectionCompletion(section_id, now, attestation=confirmed), now)
        self._finish(version, eligibility, now)

    def try_quiz(self, section_id: UUID, version: ModuleVersion, eligibility: Eligibility, *, now: datetime) -> None:
        """Begin an attempt at the section's quiz. Raises SectionNotFound or Blocked."""
        version.section(section_id)
        if blocks := self.standing(version, eligibility).blocks_on_trying(section_id, now):
            raise Blocked(blocks)
        self.start(now=now)

    def pass_quiz(
        self, section_id: UUID, version: ModuleVersion, eligibility: Eligibility, quiz: QuizPass, *, now: datetime
    ) -> None:
        """Complete the quiz with this attempt; the first one that passes counts."""
        if all(each.section_id != section_id for each in self.completions):
            self._add(SectionCompletion(section_id, now, quiz=quiz), now)
        self._finish(version, eligibility, now)

    def expect(self, moment: datetime) -> None:
        """Remember that something becomes due at this moment."""
        self.settles_at = moment if self.settles_at is None else min(self.settles_at, moment)

    def is_due(self, now: datetime) -> bool:
        """Whether something became due here that has not taken effect yet; `settle` carries it out."""
        return self.settles_at is not None and self.settles_at <= now

    def settle(
        self, version: ModuleVersion, eligibility: Eligibility, expected: Iterable[datetime], *, now: datetime
    ) -> None:
        """Carry out what became due; `expected` are the moments at which open attempts become overdue."""
        self.finish(version, eligibility, now=now)
        self.settles_at = None
        for moment in expected:
            self.expect(moment)
        self._expect_to_finish(self.standing(version, eligibility), now)

    def finish(self, version: ModuleVersion, eligibility: Eligibility, *, now: datetime) -> None:
        """Complete the module once every rule is met: as of the end of the minimum time if only that was missing."""
        opens_at = self.standing(version, eligibility).opens_at
        waited = opens_at is not None and opens_at == self.settles_at and opens_at <= now
        self._finish(version, eligibility, opens_at if waited and opens_at else now)

    def credit(self, record_id: UUID, *, now: datetime) -> None:
        """Complete the training by a record that was earned otherwise, such as in a classroom session."""
        if self.completed_at is None:
            self.completed_at = not_before(now, self.enrolled_at, self.started_at)
            self.record_id = record_id
            completed = ModuleCompleted(self.module_id, self.user_id, self.version_number, self.cycle_id, record_id)
            self._changed(now, completed)

    def renew(
        self,
        version_number: int,
        cycle_id: UUID,
        standing: LearnerStanding,
        *,
        reason: str,
        by: UUID | None,
        now: datetime,
        days: LocalDays,
    ) -> CycleGrant:
        """Begin a new cycle in the version that is offered now, because somebody else grants it.

        `days` are those of the learner's place.

        Raises CycleIncomplete unless this cycle is completed or has a quiz whose attempts are used up.
        """
        used_up = any(block.rule is Rule.ATTEMPTS for section in standing.sections(now) for block in section.blocked_by)
        if self.completed_at is None and not used_up:
            raise CycleIncomplete
        # The completion belongs to the ending cycle, even if this process's clock is behind the one that set it.
        granted_at = now if self.completed_at is None else not_before(now, self.completed_at + INSTANT)
        self.version_number, self.cycle_id = version_number, cycle_id
        self.started_at = self.completed_at = self.settles_at = self.record_id = None
        self.completions.clear()
        number = standing.eligibility.grants + 1
        self._changed(now, EnrollmentRenewed(self.module_id, self.user_id, version_number, cycle_id, number))
        return CycleGrant(
            self.module_id,
            self.user_id,
            number,
            cycle_id,
            version_number,
            reason,
            by,
            granted_at,
            days.day_of(granted_at),
            days.zone,
        )

    def move_to(self, version_number: int, keep: Collection[UUID], *, now: datetime) -> None:
        """Continue in another version, keeping the completions of these sections. EnrollmentsMoved describes it."""
        self.version_number = version_number
        self.completions[:] = [done for done in self.completions if done.section_id in keep]
        self._changed(now)

    def hand_over(self, user_id: UUID, *, now: datetime) -> None:
        """Become the enrollment of another user, who is the same person. EnrollmentHandedOver describes it."""
        self.user_id = user_id
        self._changed(now)

    def withdraw(self) -> None:
        """Agree to be taken back."""
        self._happened(EnrollmentWithdrawn(self.module_id, self.user_id))

    def _add(self, completion: SectionCompletion, now: datetime) -> None:
        if self.started_at is None:
            self.started_at = not_before(now, self.enrolled_at)
            self._happened(ModuleStarted(self.module_id, self.user_id, self.cycle_id))
        completion.completed_at = not_before(completion.completed_at, self.started_at)
        self.completions.append(completion)
        self._changed(now, SectionCompleted(self.module_id, self.user_id, completion.section_id))

    def _finish(self, version: ModuleVersion, eligibility: Eligibility, now: datetime) -> None:
        standing = self.standing(version, eligibility)
        if self.completed_at is None and standing.all_done and not standing.blocks_on_finishing(now):
            self.completed_at = not_before(now, self.started_at, *(each.completed_at for each in self.completions))
            self._changed(now, ModuleCompleted(self.module_id, self.user_id, self.version_number, self.cycle_id))
        self._expect_to_finish(standing, now)

    def _expect_to_finish(self, standing: LearnerStanding, now: datetime) -> None:
        if self.completed_at is None and standing.all_done:
            opens_at = standing.opens_at
            self.expect(opens_at if opens_at is not None and opens_at > now else now + LOOK_AGAIN)
