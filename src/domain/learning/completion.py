"""How far a learner is in a module, and which rules are not met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.catalogue.completion_rules import CompletionRules, SectionOutline
from domain.kernel.errors import Conflict


class Rule(StrEnum):
    """A rule that may be unmet."""

    PREREQUISITES = "prerequisites"
    START = "start"
    ORDER = "order"
    MINIMUM_TIME = "minimum_time"
    QUIZ = "quiz"
    ATTEMPTS = "attempts"
    WAIT = "wait"
    ATTESTATION = "attestation"
    NAME = "name"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class UnmetRule:
    """A rule that is not met: what is missing (ids of modules or sections), and when time alone will open it (UTC)."""

    rule: Rule
    message: str
    missing: tuple[UUID, ...] = ()
    opens_at: datetime | None = None


class Blocked(Conflict):
    """A rule of the module is not met; `blocks` say which, what is missing, and when time alone will change that."""

    slug = "blocked"
    title = "A rule of the module is not met"

    def __init__(self, blocks: Sequence[UnmetRule]) -> None:
        super().__init__(" ".join(block.message for block in blocks))
        self.blocks = tuple(blocks)


@dataclass(frozen=True, slots=True)
class AttemptCounts:
    """Attempts at one quiz since the newest grant: how many were graded, and when the last one ended."""

    graded: int
    last_at: datetime | None


NO_ATTEMPTS = AttemptCounts(0, None)


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What progress depends on besides the enrollment itself.

    `prerequisites` are the required modules of which the learner holds no record that counts. `attempt_counts` are by
    the quiz's section: attempts in the same version since the newest grant of a cycle; there are `grants` of these.
    `nameless` is a learner without a name or job title, `lapsed` a completed training of which the learner no longer
    holds a record of the current cycle that counts: it was revoked or has expired.
    """

    prerequisites: tuple[UUID, ...] = ()
    attempt_counts: Mapping[UUID, AttemptCounts] = field(default_factory=dict)
    grants: int = 0
    nameless: bool = False
    lapsed: bool = False


class EnrollmentStatus(StrEnum):
    """Where somebody is in a module, in one word."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    COMPLETED = "completed"


@dataclass(slots=True)
class SectionProgress:
    """A section as a learner sees it: completed, open, or blocked by these rules."""

    section_id: UUID
    position: int
    title: str
    kind: str
    completed_at: datetime | None
    blocked_by: tuple[UnmetRule, ...]


@dataclass(frozen=True, slots=True)
class LearnerStanding:
    """Where a learner stands in a module: its rules and sections, what is completed, and the eligibility."""

    rules: CompletionRules
    outline: tuple[SectionOutline, ...]
    started_at: datetime | None
    done: Mapping[UUID, datetime]
    eligibility: Eligibility
    asks_for_names: bool = False

    @property
    def all_done(self) -> bool:
        """Whether every section is completed."""
        return not self._outstanding

    @property
    def percent(self) -> int:
        """How much is completed, in whole percent of the sections, rounded down."""
        return 100 * (len(self.outline) - len(self._outstanding)) // (len(self.outline) or 1)

    @property
    def opens_at(self) -> datetime | None:
        """When the minimum time is over; None without one, and before the start."""
        if self.rules.minimum_minutes is None or self.started_at is None:
            return None
        return self.started_at + timedelta(minutes=self.rules.minimum_minutes)

    def status(self, *, completed: bool, now: datetime) -> EnrollmentStatus:
        """The status in lists. Its certificate shows whether the evidence of a completed training still counts."""
        if completed:
            return EnrollmentStatus.COMPLETED
        if self.is_blocked(now):
            return EnrollmentStatus.BLOCKED
        return EnrollmentStatus.NOT_STARTED if self.started_at is None else EnrollmentStatus.IN_PROGRESS

    def is_blocked(self, now: datetime) -> bool:
        """Whether the learner cannot get to the end now, independent of the sections that remain.

        A prerequisite is missing, a quiz that remains cannot be tried now, or every section is completed and the module
        is not. Sections that must wait for earlier ones do not count, nor a minimum time before the last section.
        """
        outstanding = self._outstanding
        if not outstanding:
            return bool(self.blocks_on_finishing(now))
        return bool(self._prerequisites()) or any(self._attempts(section_id, now) for section_id in outstanding)

    def next_section(self, now: datetime) -> UUID | None:
        """Where to continue: the first open section, else the first that is not completed; None when all are."""
        outstanding = self._outstanding
        open_ones = (section_id for section_id in outstanding if not self.blocks_on(section_id, now))
        return next(open_ones, outstanding[0] if outstanding else None)

    def blocks_on(self, section_id: UUID, now: datetime) -> tuple[UnmetRule, ...]:
        """What keeps the learner from working on this section now; empty when it is completed already."""
        if section_id in self.done:
            return ()
        blocks = [*self._prerequisites(), *self._order(section_id), *self._attempts(section_id, now)]
        if self._outstanding == [section_id]:
            blocks += self._minimum_time(now)
        return tuple(blocks)

    def blocks_on_trying(self, section_id: UUID, now: datetime) -> tuple[UnmetRule, ...]:
        """What keeps the learner from starting an attempt now. Attempts are limited even after one has passed."""
        return self.blocks_on(section_id, now) or tuple(self._attempts(section_id, now))

    def blocks_on_finishing(self, now: datetime) -> tuple[UnmetRule, ...]:
        """What keeps the module from being completed although every section is."""
        return (*self._prerequisites(), *self._minimum_time(now), *self._name())

    def blocks_on_evidence(self) -> tuple[UnmetRule, ...]:
        """Why a completed training no longer counts."""
        if not self.eligibility.lapsed:
            return ()
        message = "No record of this training cycle counts any longer. Ask for a renewal of the training."
        return (UnmetRule(Rule.EVIDENCE, message),)

    def sections(self, now: datetime) -> list[SectionProgress]:
        """Each section in order."""
        return [
            SectionProgress(
                each.id, position, each.title, each.kind, self.done.get(each.id), self.blocks_on(each.id, now)
            )
            for position, each in enumerate(self.outline, start=1)
        ]

    @property
    def _outstanding(self) -> list[UUID]:
        return [section.id for section in self.outline if section.id not in self.done]

    def _prerequisites(self) -> list[UnmetRule]:
        if not self.eligibility.prerequisites:
            return []
        message = "Complete the modules in `missing` first."
        return [UnmetRule(Rule.PREREQUISITES, message, self.eligibility.prerequisites)]

    def _order(self, section_id: UUID) -> list[UnmetRule]:
        if not self.rules.sections_in_order:
            return []
        earlier = [section.id for section in self.outline[: self._index(section_id)] if section.id not in self.done]
        return [UnmetRule(Rule.ORDER, "Complete the earlier sections first.", tuple(earlier))] if earlier else []

    def _minimum_time(self, now: datetime) -> list[UnmetRule]:
        if self.rules.minimum_minutes is None:
            return []
        opens_at = self.opens_at
        if opens_at is None:
            return [UnmetRule(Rule.START, "The module requires a minimum time; start it first.")]
        message = f"The module takes at least {self.rules.minimum_minutes} minutes from its start."
        return [UnmetRule(Rule.MINIMUM_TIME, message, opens_at=opens_at)] if now < opens_at else []

    def _name(self) -> list[UnmetRule]:
        if not (self.asks_for_names and self.eligibility.nameless):
            return []
        return [
            UnmetRule(Rule.NAME, "The record must have the learner's name and job title: enter both in the profile.")
        ]

    def _attempts(self, section_id: UUID, now: datetime) -> list[UnmetRule]:
        attempt_counts = self.eligibility.attempt_counts.get(section_id, NO_ATTEMPTS)
        if self.rules.attempts_allowed is not None and attempt_counts.graded >= self.rules.attempts_allowed:
            message = f"All {self.rules.attempts_allowed} attempts are used; ask your manager for a new cycle."
            return [UnmetRule(Rule.ATTEMPTS, message, (section_id,))]
        if attempt_counts.last_at is not None and self.rules.wait_minutes:
            opens_at = attempt_counts.last_at + timedelta(minutes=self.rules.wait_minutes)
            if now < opens_at:
                message = f"The next attempt may begin {self.rules.wait_minutes} minutes after the last one."
                return [UnmetRule(Rule.WAIT, message, (section_id,), opens_at)]
        return []

    def _index(self, section_id: UUID) -> int:
        return next(index for index, section in enumerate(self.outline) if section.id == section_id)
