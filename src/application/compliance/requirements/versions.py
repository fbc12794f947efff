"""Drafting versions of a requirement, and approving or discarding drafts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.compliance.requirements.ports import Requirements
from application.compliance.requirements.queries import RequirementDetail, VersionNumber
from application.compliance.requirements.references import References
from application.kernel.access import Actor, compliance_officers
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Calendar, Clock
from application.people.ports import UserMerges
from domain.compliance.requirement import RunningCycles, VersionNote
from domain.compliance.requirement_errors import (
    AnotherDraft,
    ApproverIsAuthor,
    RequirementIsRetired,
    RequirementNotFound,
    RequirementVersionNotFound,
    TwoVersionsOneDay,
    UnverifiedSource,
    VersionAlreadyApproved,
)
from domain.compliance.schedule import Days
from domain.compliance.terms import Terms
from domain.kernel.aggregate import ExpectedVersions
from domain.kernel.values import PlausibleDay


@dataclass(frozen=True, slots=True)
class DraftVersion(Command[RequirementDetail]):
    """Draft another version of what a requirement asks, in effect from `effective_on` once it is approved.

    `running` says what it does to those who are under the requirement on that day: with `keep` they keep the rule under
    which they came, until they leave it; with `take` their due days and validity are counted again by the new one; with
    `next` the cycle that is open keeps its rule, and each later one takes the new one. Nothing is due for them sooner
    than `transition_days` after that day, unless it was due before.
    """

    requirement_id: UUID
    effective_on: PlausibleDay
    note: VersionNote
    terms: Terms
    running: RunningCycles = RunningCycles.NEXT
    transition_days: Days = 0
    expected_versions: ExpectedVersions = None


@handles(
    DraftVersion,
    allow=compliance_officers,
    raises=(RequirementNotFound, RequirementIsRetired, AnotherDraft, TwoVersionsOneDay),
)
async def draft_version(
    command: DraftVersion, actor: Actor, requirements: Requirements, references: References, clock: Clock
) -> RequirementDetail:
    """Compliance officers and administrators draft another version, which must take effect after all others.

    There is one draft at a time. It has no effect before a second person approves it.
    """
    await references.require(command.terms)
    requirement = await requirements.get(command.requirement_id)
    requirement.require_version(command.expected_versions)
    requirement.draft(
        command.terms,
        effective_on=command.effective_on,
        note=command.note,
        by=actor.user_id,
        now=clock.now(),
        running=command.running,
        transition_days=command.transition_days,
    )
    await requirements.save(requirement)
    return RequirementDetail.of(requirement)


@dataclass(frozen=True, slots=True)
class ApproveVersion(Command[RequirementDetail]):
    """Approve a draft. `acknowledge` accepts a source that nobody has verified."""

    requirement_id: UUID
    number: VersionNumber
    acknowledge: bool = False
    expected_versions: ExpectedVersions = None


@handles(
    ApproveVersion,
    allow=compliance_officers,
    raises=(
        RequirementNotFound,
        RequirementVersionNotFound,
        RequirementIsRetired,
        VersionAlreadyApproved,
        ApproverIsAuthor,
        UnverifiedSource,
    ),
)
async def approve_version(
    command: ApproveVersion,
    actor: Actor,
    requirements: Requirements,
    merges: UserMerges,
    clock: Clock,
    calendar: Calendar,
) -> RequirementDetail:
    """Compliance officers and administrators approve a draft of somebody else. The version then never changes.

    A draft is somebody's own also under the id of a user who was merged into them.

    It is in effect from its day on, also if that day is past: then it is as if it had been in effect all the time.
    If-Match says which draft has been read, so that nothing else is approved. A draft that cites a source which nobody
    has verified needs `acknowledge`.
    """
    requirement = await requirements.get(command.requirement_id)
    requirement.require_version(command.expected_versions)
    now = clock.now()
    authors = [each.drafted_by for each in requirement.versions if not each.is_approved and each.drafted_by]
    requirement.approve(
        command.number,
        by=actor.user_id,
        now=now,
        today=calendar.day_of(now),
        acknowledge=command.acknowledge,
        persons=await merges.persons(authors) if authors else {},
    )
    await requirements.save(requirement)
    return RequirementDetail.of(requirement)


@dataclass(frozen=True, slots=True)
class DiscardDraft(Command[None]):
    """Remove the draft of a version."""

    requirement_id: UUID
    number: VersionNumber
    expected_versions: ExpectedVersions = None


@handles(
    DiscardDraft,
    allow=compliance_officers,
    raises=(RequirementNotFound, RequirementVersionNotFound, VersionAlreadyApproved),
)
async def discard_draft(command: DiscardDraft, actor: Actor, requirements: Requirements, clock: Clock) -> None:
    """Compliance officers and administrators remove the draft of a version. What is approved cannot be removed."""
    requirement = await requirements.get(command.requirement_id)
    requirement.require_version(command.expected_versions)
    requirement.discard(command.number, clock.now())
    await requirements.save(requirement)
