"""Previewing a version of a requirement: whom it concerns, and what it changes for them, before anything is written."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from application.compliance.obligations.recomputing import Recomputation
from application.compliance.ports import Audiences
from application.compliance.requirements.ports import Requirements, Rule
from application.compliance.requirements.queries import VersionNumber
from application.compliance.requirements.references import References
from application.kernel.access import EVERYONE, Actor, compliance_officers
from application.kernel.handlers import handles
from application.kernel.messages import Command, PageSize
from application.kernel.ports import Clock
from application.people.users.queries import UserFilter, UserReader
from domain.compliance.due_days import ExceptionKind, ListedException
from domain.compliance.obligations import ObligationState
from domain.compliance.previews import PreviewedChange, state_on
from domain.compliance.requirement import Requirement, RequirementVersion, RunningCycles
from domain.compliance.requirement_errors import (
    RequirementIsRetired,
    RequirementNotFound,
    RequirementVersionNotFound,
    TwoVersionsOneDay,
    VersionAlreadyApproved,
)
from domain.compliance.schedule import Days
from domain.compliance.standing import FulfillmentAxis, Label
from domain.compliance.terms import Terms
from domain.kernel.errors import InvalidValue
from domain.kernel.values import PlausibleDay

MOST_COUNTED = 3_000
"""Of how many people it is computed how they would stand. What follows for more is computed page by page."""
AT_ONCE = 100
NEW = UUID(int=0)
"""Stands for a requirement that is not there yet."""


@dataclass(slots=True)
class PreviewedStanding:
    """How a person stands with the requirement on the day of the preview, by the version with this `number`.

    `due_on` is the day on which something is due next. `met_on`, `met_by` (ids of records, credentials or reliefs) and
    `valid_until` are those of what was met last. `clause` and `position_id` say why the person is under it.
    """

    number: int
    label: Label
    due_on: date | None
    met_on: date | None
    met_by: tuple[UUID, ...]
    valid_until: date | None
    clause: str
    position_id: UUID | None
    exceptions: tuple[ListedException, ...]

    @classmethod
    def of(cls, state: ObligationState | None) -> PreviewedStanding | None:
        if state is None:
            return None
        return cls(
            state.version,
            state.label,
            state.due_on,
            state.met_on,
            state.met_by,
            state.valid_until,
            state.clause,
            state.position_id,
            state.exceptions,
        )


@dataclass(slots=True)
class PreviewedPerson:
    """A person whom the version concerns or would no longer concern. `change` is null if neither is so on that day."""

    user_id: UUID
    employee_id: str | None
    full_name: str | None
    change: PreviewedChange | None
    before: PreviewedStanding | None
    after: PreviewedStanding | None


@dataclass(slots=True)
class StandingCount:
    """How many people have this label before and after."""

    label: Label
    before: int
    after: int


@dataclass(slots=True)
class ExceptionCount:
    """Of how many people a rule alone does not decide, and why."""

    kind: ExceptionKind
    people: int


@dataclass(slots=True)
class PreviewCounts:
    """How many people come under the requirement, leave it, stand otherwise, and stand as before on that day.

    `comply` is the number of those who meet it by what they have done already.
    """

    comes: int
    leaves: int
    changes: int
    stays: int
    comply: int
    labels: list[StandingCount]
    exceptions: list[ExceptionCount]


@dataclass(slots=True)
class RequirementPreview:
    """What a version would change on the day `as_of`: the day on which it takes effect, or today if that is later.

    `people` is the number of all whom it or an approved version concerns on that day. `counts` is null if they are more
    than 3,000: the pages of `items` show how they stand. `next_after` is sent as `after` for the next page; null is the
    end.
    """

    as_of: date
    number: int
    people: int
    counts: PreviewCounts | None
    items: list[PreviewedPerson]
    next_after: UUID | None


@dataclass(frozen=True, slots=True)
class PreviewRequirement(Command[RequirementPreview]):
    """What a version would change: a draft, named by `requirement_id` and `number`, or one that is given here.

    One that is given has `effective_on` and `terms`, and `running` and `transition_days` as a draft has. Without a
    `requirement_id` it is the first version of a new requirement.
    """

    requirement_id: UUID | None = None
    number: VersionNumber | None = None
    effective_on: PlausibleDay | None = None
    terms: Terms | None = None
    running: RunningCycles = RunningCycles.NEXT
    transition_days: Days = 0
    after: UUID | None = None
    limit: PageSize = 50

    def require_sense(self) -> None:
        if self.number is None:
            for name in ("effective_on", "terms"):
                if getattr(self, name) is None:
                    raise InvalidValue("must be given, or else the number of a draft", name)
        elif self.requirement_id is None:
            raise InvalidValue("must be given, to say whose draft it is", "requirement_id")
        elif self.terms is not None or self.effective_on is not None:
            raise InvalidValue("must be left out where a version is given", "number")


class _Stands(NamedTuple):
    """How somebody stands before and after."""

    before: ObligationState | None
    after: ObligationState | None


@dataclass(frozen=True, slots=True)
class _Preview:
    """Computes what people owe with and without a version."""

    audiences: Audiences
    recomputation: Recomputation
    users: UserReader

    async def concerned(self, versions: Sequence[RequirementVersion], day: date) -> list[UUID]:
        """Whom any of these versions concerns on this day, in order."""
        found: set[UUID] = set()
        for each in versions:
            found |= {member.user_id for member in await self.audiences.members(each.terms.audience, day)}
        return sorted(found)

    async def standings(self, user_ids: Sequence[UUID], before: Rule, after: Rule, day: date) -> dict[UUID, _Stands]:
        """How each of these people stands."""
        found = {}
        rules = await self.recomputation.prepared([before, after])
        for start in range(0, len(user_ids), AT_ONCE):
            some = user_ids[start : start + AT_ONCE]
            known = await self.recomputation.known(some)
            for user_id in some:
                found[user_id] = _Stands(*(state_on(known.owes(user_id, rule), day) for rule in rules))
                # The service answers others meanwhile.
                await asyncio.sleep(0)
        return found

    async def items(self, stands: dict[UUID, _Stands]) -> list[PreviewedPerson]:
        """These people by id, at most as many as are on a page."""
        named = {}
        if stands:
            page = await self.users.page(EVERYONE, UserFilter(ids=tuple(stands)), None, len(stands))
            named = {each.id: each for each in page.items}
        return [
            PreviewedPerson(
                user_id,
                named[user_id].employee_id if user_id in named else None,
                named[user_id].full_name if user_id in named else None,
                PreviewedChange.of(*each),
                PreviewedStanding.of(each.before),
                PreviewedStanding.of(each.after),
            )
            for user_id, each in stands.items()
        ]


@handles(
    PreviewRequirement,
    allow=compliance_officers,
    raises=(
        RequirementNotFound,
        RequirementVersionNotFound,
        RequirementIsRetired,
        VersionAlreadyApproved,
        TwoVersionsOneDay,
    ),
)
async def preview_requirement(
    command: PreviewRequirement,
    actor: Actor,
    requirements: Requirements,
    references: References,
    recomputation: Recomputation,
    audiences: Audiences,
    users: UserReader,
    clock: Clock,
) -> RequirementPreview:
    """Compliance officers and administrators see what a version would change, before anything is written.

    For each person: whether the person comes under the requirement or leaves it, by when something is due, what has
    been met already and by which record, and what a person must look at. Nothing is kept.
    """
    now = clock.now()
    requirement = await requirements.get(command.requirement_id) if command.requirement_id else None
    version = replace(_version(command, requirement, now), approved_at=now)
    approved = () if requirement is None else requirement.approved
    later = (version,) if requirement is None else requirement.approved_with(version)
    before = Rule(command.requirement_id or NEW, "", "", None, approved)
    day = max(version.effective_on, recomputation.calendar.day_of(now))
    preview = _Preview(audiences, recomputation, users)
    people = await preview.concerned(later, day)
    page = [each for each in people if command.after is None or each > command.after]
    shown = page[: command.limit]
    looked_at = people if len(people) <= MOST_COUNTED else shown
    stands = await preview.standings(looked_at, before, replace(before, versions=later), day)
    if command.terms is not None:
        # Last, since others cannot change job codes until this unit of work ends.
        await references.require(command.terms)
    return RequirementPreview(
        day,
        version.number,
        len(people),
        _counts(list(stands.values())) if len(people) <= MOST_COUNTED else None,
        await preview.items({each: stands[each] for each in shown}),
        shown[-1] if len(page) > len(shown) else None,
    )


def _version(command: PreviewRequirement, requirement: Requirement | None, now: datetime) -> RequirementVersion:
    """The draft, or the version that is given. Raises RequirementVersionNotFound and VersionAlreadyApproved."""
    if requirement is not None and command.number is not None:
        found = requirement.of_number(command.number)
        if found.is_approved:
            raise VersionAlreadyApproved
        return found
    if command.terms is None or command.effective_on is None:
        raise AssertionError("unreachable: the message requires them")
    numbers = [each.number for each in requirement.approved] if requirement else []
    return RequirementVersion(
        number=max(numbers, default=0) + 1,
        effective_on=command.effective_on,
        terms=command.terms,
        note="Previewed.",
        drafted_by=None,
        drafted_at=now,
        running=command.running,
        transition_days=command.transition_days,
    )


def _counts(stands: Sequence[_Stands]) -> PreviewCounts:
    changes = Counter(PreviewedChange.of(*each) for each in stands)
    labels = [Counter(state.label for each in stands if (state := each[place])) for place in (0, 1)]
    after = [each.after for each in stands if each.after is not None]
    exceptions = Counter(kind for state in after for kind in {listed.kind for listed in state.exceptions})
    return PreviewCounts(
        changes[PreviewedChange.COMES],
        changes[PreviewedChange.LEAVES],
        changes[PreviewedChange.CHANGES],
        changes[PreviewedChange.STAYS],
        comply=sum(state.fulfillment is FulfillmentAxis.MET for state in after),
        labels=[
            StandingCount(each, labels[0][each], labels[1][each]) for each in Label if each in labels[0] | labels[1]
        ],
        exceptions=[ExceptionCount(each, exceptions[each]) for each in ExceptionKind if each in exceptions],
    )
