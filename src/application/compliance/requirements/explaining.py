"""Saying why a requirement concerns somebody, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from application.compliance.obligations.lists import ObligationReader, VisiblePeople
from application.compliance.obligations.queries import Knowledge
from application.compliance.ports import Audiences
from application.compliance.requirements.queries import VersionNumber
from application.kernel.access import Actor, anyone, overseers
from application.kernel.handlers import handles
from application.kernel.messages import Query
from domain.compliance.audience import Verdict
from domain.compliance.requirement import RequirementVersion
from domain.compliance.requirement_errors import RequirementNotFound, RequirementVersionNotFound
from domain.compliance.rule_book import in_effect
from domain.compliance.standing import Label
from domain.kernel.values import PlausibleDay
from domain.people.user_errors import UserNotFound

MOST_OBLIGATIONS = 200


class RequirementVersions(Protocol):
    """What requirements ask, for queries: one statement per call."""

    async def of(self, requirement_id: UUID) -> tuple[RequirementVersion, ...] | None:
        """All versions of the requirement, by number, the draft too; None when there is no such requirement."""


@dataclass(slots=True)
class Clause:
    """A part of the audience that decides: its place in the audience of the version, and the fact in words."""

    pointer: str
    words: str


@dataclass(slots=True)
class Reason:
    """Why a person is under a requirement by one position, or why not; without a position, by being a person here.

    `sentence` has the words of all `clauses`, of which there are none where the requirement concerns everybody.
    """

    position_id: UUID | None
    is_under: bool
    sentence: str
    clauses: list[Clause]

    @classmethod
    def of(cls, verdict: Verdict) -> Reason:
        clauses = [Clause("".join(f"/{step}" for step in each.path), each.words) for each in verdict.clauses]
        return cls(verdict.position_id, verdict.is_under, verdict.words, clauses)


@dataclass(slots=True)
class Explanation:
    """Why a requirement concerns a person on a day, or why not, by the version with this `number`.

    There is a reason for each position that the person has on that day. `label` says how the person stands with the
    requirement then; it is null if the person is not under it.
    """

    requirement_id: UUID
    user_id: UUID
    as_of: date
    number: int
    effective_on: date
    is_under: bool
    reasons: list[Reason]
    label: Label | None


@dataclass(frozen=True, slots=True)
class ExplainRequirement(Query[Explanation]):
    """Why a requirement concerns somebody on a day, or why not."""

    requirement_id: UUID
    user_id: UUID
    as_of: PlausibleDay | None = None
    number: VersionNumber | None = None


@handles(ExplainRequirement, allow=anyone, raises=(UserNotFound, RequirementNotFound, RequirementVersionNotFound))
async def explain_requirement(
    query: ExplainRequirement,
    actor: Actor,
    requirements: RequirementVersions,
    audiences: Audiences,
    obligations: ObligationReader,
    knowledge: Knowledge,
) -> Explanation:
    """Say why a requirement concerns somebody on the day `as_of`, by default today, or why not.

    Everybody may ask about themselves, managers about their people, compliance officers and administrators about
    everybody. Without a `number`, the answer is about the version that counts for the person on that day, or else about
    the one that is in effect, or else the next one. Drafts are explained to managers, compliance officers and
    administrators only.
    """
    as_of = await knowledge.as_of(query.as_of, None)
    owed = await obligations.of_user(VisiblePeople.of(actor), query.user_id, as_of, None, MOST_OBLIGATIONS)
    person = None if owed is None else await audiences.person(query.user_id, as_of.day)
    if owed is None or person is None:
        raise UserNotFound
    versions = await requirements.of(query.requirement_id)
    if versions is None:
        raise RequirementNotFound
    stands = next((each for each in owed.items if each.requirement_id == query.requirement_id), None)
    seen = [each for each in versions if each.is_approved or overseers(actor)]
    number = query.number or (None if stands is None else stands.requirement_version)
    version = _numbered(seen, number) if number else _on(seen, as_of.day)
    verdicts = version.terms.audience.verdicts(person)
    return Explanation(
        query.requirement_id,
        query.user_id,
        as_of.day,
        version.number,
        version.effective_on,
        any(each.is_under for each in verdicts),
        [Reason.of(each) for each in verdicts],
        None if stands is None else stands.label,
    )


def _numbered(versions: list[RequirementVersion], number: int) -> RequirementVersion:
    found = next((each for each in versions if each.number == number), None)
    if found is None:
        raise RequirementVersionNotFound
    return found


def _on(versions: list[RequirementVersion], day: date) -> RequirementVersion:
    """The version in effect on this day, or else the first one that will be."""
    ordered = in_effect([each for each in versions if each.is_approved]) or versions
    if not ordered:
        raise RequirementVersionNotFound
    begun = [each for each in ordered if each.effective_on <= day]
    return begun[-1] if begun else ordered[0]
