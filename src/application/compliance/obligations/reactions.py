"""What people owe follows everything that changes it: at once for a few people, and by marks for many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from application.compliance.obligations.marks import marks_about
from application.compliance.obligations.ports import Mark, Recomputations
from application.compliance.obligations.recomputing import Recomputation, modules_of
from application.compliance.requirements.ports import RequirementRules
from application.kernel.access import Actor
from application.kernel.ports import Clock, Ids
from application.kernel.reactions import concludes
from application.people.ports import UserMerges
from domain.catalogue.module_life import ModuleEdited, ModulePublished
from domain.catalogue.reopening import Reopens
from domain.compliance.fulfillment import HoursNeeded
from domain.compliance.relief_events import ReliefApproved, ReliefEnded
from domain.compliance.requirement_events import RequirementApproved, RequirementEvent, RequirementRetired
from domain.evidence.certificates import CertificateWasRevoked
from domain.evidence.credential_events import CredentialVerified, CredentialVoided, CredentialWithdrawn
from domain.evidence.record_events import TrainingRecorded
from domain.evidence.voiding import RecordVoided
from domain.kernel.aggregate import DomainEvent
from domain.people.job_codes import JobTitleMapped
from domain.people.location_events import LocationEdited
from domain.people.location_names import LocationNamed
from domain.people.user_events import (
    EmploymentChanged,
    PositionsChanged,
    SignInFollowed,
    UserErased,
    UserEvent,
    UserMerged,
    UserReactivated,
    UsersDeactivated,
    UsersEdited,
    UserSeparated,
    UsersEvent,
    UsersRegistered,
)

MOST_AT_ONCE = 50
"""Of how many people what they owe is computed in the unit of work that changes it."""
OF_PEOPLE = (
    *(UsersRegistered, UsersEdited, UsersDeactivated, UserReactivated, UserErased, UserMerged, UserSeparated),
    *(PositionsChanged, EmploymentChanged, SignInFollowed),
)
OF_EVIDENCE = (TrainingRecorded, RecordVoided, CertificateWasRevoked)
OF_CREDENTIALS = (CredentialVerified, CredentialVoided, CredentialWithdrawn)
OF_RELIEF = (ReliefApproved, ReliefEnded)
OF_EITHER_ID = (RecordVoided, CertificateWasRevoked, *OF_CREDENTIALS)
"""What may concern what was written under the id of somebody who was merged into another one since."""
OF_TEXTS = (LocationNamed, JobTitleMapped, LocationEdited)
OF_RULES = (RequirementApproved, RequirementRetired)
OF_MANY = (*OF_TEXTS, *OF_RULES, ModuleEdited, ModulePublished)
UNITS_HAVE_ENDED = timedelta(minutes=11)
"""After the first approval, no unit of work from before is running any more, not even the longest import."""


@concludes(*OF_PEOPLE, *OF_EVIDENCE, *OF_CREDENTIALS, *OF_RELIEF, *OF_TEXTS, ModulePublished)
async def obligations_follow(
    events: Sequence[DomainEvent],
    actor: Actor,
    marks: Recomputations,
    recomputation: Recomputation,
    merges: UserMerges,
    ids: Ids,
    clock: Clock,
) -> None:
    """What people owe is computed again when facts about them change; of many people, right after."""
    if not any(map(_may_matter, events)) or not await marks.are_needed():
        return
    people = set(_people_in(events))
    people |= await _whose(events, merges)
    changes_meanings = any(isinstance(event, OF_TEXTS) for event in events)
    reopened = {event.module_id for event in events if isinstance(event, ModulePublished) and _may_matter(event)}
    if changes_meanings:
        people |= await _with_texts(events, marks)
    if reopened:
        # Others may compute what people owe now, and know only the versions of before.
        await marks.hold_alone()
        asking = [each for each in await recomputation.rules.approved() if reopened & modules_of(each)]
        await marks.leave([Mark(ids.new(), clock.now(), requirement_id=each.requirement_id) for each in asking])
    if changes_meanings or reopened or len(people) > MOST_AT_ONCE:
        await marks.leave(list(marks_about(people, ids, clock.now())))
    elif people:
        # In this order: who holds the rules alone never waits for people.
        await recomputation.lock(people)
        await marks.hold_rules()
        await recomputation.of(people, trained_in=_only_trained_in(events))


@concludes(*OF_RULES)
async def obligations_follow_rules(
    events: Sequence[RequirementEvent],
    actor: Actor,
    marks: Recomputations,
    rules: RequirementRules,
    ids: Ids,
    clock: Clock,
) -> None:
    """What everybody owes by a requirement is computed again right after it is changed."""
    # Others may compute what people owe now, and know only the rules of before.
    await marks.hold_alone()
    changed, now = dict.fromkeys(event.requirement_id for event in events), clock.now()
    left = [Mark(ids.new(), now, requirement_id=each) for each in changed]
    if sum(len(each.versions) for each in await rules.approved()) == 1:
        # Units of work that found no rules may record facts until they end.
        left += [Mark(ids.new(), now + UNITS_HAVE_ENDED, requirement_id=each) for each in changed]
    await marks.leave(left)


@concludes(ModuleEdited)
async def hours_follow_tags(
    events: Sequence[ModuleEdited],
    actor: Actor,
    marks: Recomputations,
    rules: RequirementRules,
    merges: UserMerges,
    ids: Ids,
    clock: Clock,
) -> None:
    """Tags of modules are the categories of hours: what people owe by rules with categories is computed again."""
    if not await marks.are_needed():
        return
    needed = [version.terms.fulfillment for rule in await rules.approved() for version in rule.versions]
    if any(isinstance(each, HoursNeeded) and each.names_categories for each in needed):
        await marks.hold_alone()
        written = await marks.with_records({event.module_id for event in events})
        stays = await merges.persons(written) if written else {}
        await marks.leave(list(marks_about((stays.get(each, each) for each in written), ids, clock.now())))


def concern_many(events: Sequence[DomainEvent]) -> bool:
    """Whether marks may have been left for what has happened."""
    return any(isinstance(event, OF_MANY) for event in events) or len(set(_people_in(events))) > MOST_AT_ONCE


def _may_matter(event: DomainEvent) -> bool:
    if isinstance(event, ModulePublished):
        return event.reopens is not Reopens.NOBODY
    return not isinstance(event, SignInFollowed) or event.is_first


def _only_trained_in(events: Iterable[DomainEvent]) -> frozenset[UUID] | None:
    """The modules, if nothing has happened but training in them, which concerns few of the rules."""
    found = set[UUID]()
    for event in events:
        if not isinstance(event, (TrainingRecorded, RecordVoided)):
            return None
        found |= {event.module_id} if event.module_id is not None else set()
    return frozenset(found)


def _people_in(events: Iterable[DomainEvent]) -> Iterable[UUID]:
    for event in events:
        match event:
            case SignInFollowed() if not _may_matter(event):
                pass
            case UserMerged():
                yield from (event.user_id, event.into_id)
            case UserSeparated():
                yield from (event.user_id, event.from_id)
            case UserEvent() | UsersEvent() | ReliefApproved() | ReliefEnded():
                yield from event.user_ids
            case TrainingRecorded():
                yield event.user_id


async def _whose(events: Iterable[DomainEvent], merges: UserMerges) -> set[UUID]:
    """Whose the evidence is: that of a duplicate is that of the user who stays."""
    written = {event.user_id for event in events if isinstance(event, OF_EITHER_ID)}
    stays = await merges.persons(sorted(written)) if written else {}
    return {stays.get(each, each) for each in written}


async def _with_texts(events: Iterable[DomainEvent], marks: Recomputations) -> set[UUID]:
    """Who ever had one of these texts: they are computed right after, since the rules are held alone until then."""
    # Others may record positions with these texts now, and know only what they meant before.
    await marks.hold_alone()
    names = {event.name_id for event in events if isinstance(event, LocationNamed)}
    titles = {event.mapping_id for event in events if isinstance(event, JobTitleMapped)}
    locations = {event.location_id for event in events if isinstance(event, LocationEdited)}
    return set(await marks.with_texts(names, titles, locations))
