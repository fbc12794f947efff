"""Adding and editing requirements, and retiring them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.compliance.requirements.ports import Requirements
from application.compliance.requirements.queries import RequirementDetail
from application.compliance.requirements.references import References
from application.kernel.access import Actor, compliance_officers
from application.kernel.handlers import handles
from application.kernel.messages import UNSET, Command, Unset, given
from application.kernel.ports import Clock, Ids
from domain.compliance.amendments import Amendment
from domain.compliance.requirement import Requirement, RunningCycles, VersionNote
from domain.compliance.requirement_errors import (
    RequirementCodeTaken,
    RequirementIsRetired,
    RequirementNotFound,
    TwoVersionsOneDay,
)
from domain.compliance.schedule import Days, FactName
from domain.compliance.terms import Terms
from domain.kernel.aggregate import ExpectedVersions
from domain.kernel.values import PlausibleDay, Title


@dataclass(frozen=True, slots=True)
class AddRequirement(Command[RequirementDetail]):
    """Add a requirement with the draft of its first version.

    The draft has no effect before somebody else approves it. `effective_on` is the day from which it then is in effect,
    `note` says why it asks this. A first version has nobody to whom `running` and `transition_days` apply.
    """

    code: FactName
    title: Title
    effective_on: PlausibleDay
    note: VersionNote
    terms: Terms


@handles(AddRequirement, allow=compliance_officers, raises=(RequirementCodeTaken,))
async def add_requirement(
    command: AddRequirement, actor: Actor, requirements: Requirements, references: References, ids: Ids, clock: Clock
) -> RequirementDetail:
    """Compliance officers and administrators add a requirement with the draft of its first version.

    Modules, locations and job codes that it names must exist. It has no effect before a second person approves the
    draft.
    """
    await references.require(command.terms)
    now = clock.now()
    requirement = Requirement.add(ids.new(), code=command.code, title=command.title, now=now)
    requirement.draft(command.terms, effective_on=command.effective_on, note=command.note, by=actor.user_id, now=now)
    await requirements.add(requirement)
    return RequirementDetail.of(requirement)


@dataclass(frozen=True, slots=True)
class EditRequirement(Command[RequirementDetail]):
    """Change the title of a requirement, or what it is to ask.

    Approved versions never change. What is given besides the title changes the draft, or makes one that otherwise has
    the terms of the last version; a new draft needs `effective_on` and `note`.
    """

    requirement_id: UUID
    expected_versions: ExpectedVersions = None
    title: Title | Unset = UNSET
    effective_on: PlausibleDay | Unset = UNSET
    note: VersionNote | Unset = UNSET
    terms: Terms | Unset = UNSET
    running: RunningCycles | Unset = UNSET
    transition_days: Days | Unset = UNSET


@handles(
    EditRequirement, allow=compliance_officers, raises=(RequirementNotFound, RequirementIsRetired, TwoVersionsOneDay)
)
async def edit_requirement(
    command: EditRequirement, actor: Actor, requirements: Requirements, references: References, clock: Clock
) -> RequirementDetail:
    """Compliance officers and administrators change the title of a requirement, or its draft.

    Without a draft one is made. The last person who changed a draft is its author, and cannot approve it. `running`
    says what the version will do to those who are under the requirement when it takes effect: with `keep` they keep the
    rule under which they came, with `take` their due days and validity are counted again by the new one, and with
    `next` the cycle that is open keeps its rule.
    """
    requirement = await requirements.get(command.requirement_id)
    requirement.require_version(command.expected_versions)
    now = clock.now()
    amendment = Amendment(
        terms=given(command.terms, None),
        effective_on=given(command.effective_on, None),
        note=given(command.note, None),
        running=given(command.running, None),
        transition_days=given(command.transition_days, None),
    )
    if amendment.terms is not None:
        await references.require(amendment.terms)
    if amendment != Amendment():
        amendment.apply(requirement, by=actor.user_id, now=now)
    requirement.edit(given(command.title, requirement.title), now)
    await requirements.save(requirement)
    return RequirementDetail.of(requirement)


@dataclass(frozen=True, slots=True)
class RetireRequirement(Command[RequirementDetail]):
    """Retire a requirement: from a day on it is no longer in effect."""

    requirement_id: UUID
    retired_on: PlausibleDay
    expected_versions: ExpectedVersions = None


@handles(RetireRequirement, allow=compliance_officers, raises=(RequirementNotFound, RequirementIsRetired))
async def retire_requirement(
    command: RetireRequirement, actor: Actor, requirements: Requirements, clock: Clock
) -> RequirementDetail:
    """Compliance officers and administrators retire a requirement from a day on, which cannot be undone.

    From that day on nobody owes anything by it. What was owed and met before stays known.
    """
    requirement = await requirements.get(command.requirement_id)
    requirement.require_version(command.expected_versions)
    requirement.retire(command.retired_on, clock.now())
    await requirements.save(requirement)
    return RequirementDetail.of(requirement)
