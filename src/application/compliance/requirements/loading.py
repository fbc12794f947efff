"""Loading requirements from files, as drafts. Loading the same files again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from application.compliance.requirements.ports import Requirements
from application.compliance.requirements.references import References
from application.kernel.access import Actor, compliance_officers
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Calendar, Clock, Ids
from domain.compliance.requirement import Requirement
from domain.compliance.requirement_errors import RequirementCodeTaken
from domain.compliance.written_requirements import Loaded, WrittenRequirement
from domain.kernel.errors import Conflict, DomainError


@dataclass(frozen=True, slots=True)
class RequirementProblem:
    """Why a requirement cannot be loaded."""

    code: str
    message: str


class RequirementsRejected(Conflict):
    """Some requirements cannot be loaded, so that none was."""

    slug = "requirements-rejected"
    title = "The requirements cannot be loaded"

    def __init__(self, problems: list[RequirementProblem]) -> None:
        super().__init__("; ".join(f"{problem.code}: {problem.message}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class LoadRequirements(Command[list[Loaded]]):
    """Draft all of these requirements, or none of them. The result is in their order.

    With `dry_run` the result says what would be done, and nothing is changed.
    """

    requirements: tuple[WrittenRequirement, ...]
    dry_run: bool = False


@handles(
    LoadRequirements, allow=compliance_officers, internal=True, raises=(RequirementsRejected, RequirementCodeTaken)
)
async def load_requirements(
    command: LoadRequirements,
    actor: Actor,
    requirements: Requirements,
    references: References,
    calendar: Calendar,
    ids: Ids,
    clock: Clock,
) -> list[Loaded]:
    """Compliance officers, administrators and operators load requirements, all of them or none.

    A requirement is added with a draft if its code is new. One whose last approved version asks something else gets a
    draft of another version. Modules, locations and job codes that it names must exist. Nothing takes effect before a
    second person approves it.
    """
    now = clock.now()
    outcomes: list[Loaded] = []
    problems: list[RequirementProblem] = []
    for each in command.requirements:
        kept = await requirements.by_code(each.code)
        requirement = kept or Requirement.add(ids.new(), code=each.code, title=each.title, now=now)
        changed = _copy(requirement) if command.dry_run else requirement
        try:
            await references.require(each.terms)
            outcome = each.load_into(changed, by=actor.user_id, today=calendar.day_of(now), now=now)
        except DomainError as error:
            problems.append(RequirementProblem(each.code, str(error)))
            continue
        outcomes.append(outcome)
        if not command.dry_run and kept is None:
            await requirements.add(requirement)
        elif not command.dry_run and outcome is not Loaded.UNCHANGED:
            await requirements.save(requirement)
    if problems:
        raise RequirementsRejected(problems)
    return outcomes


def _copy(requirement: Requirement) -> Requirement:
    """One whose changes are never stored."""
    copy = Requirement(requirement.id, code=requirement.code, title=requirement.title, now=requirement.created_at)
    copy.versions, copy.retired_on = requirement.versions, requirement.retired_on
    return copy
