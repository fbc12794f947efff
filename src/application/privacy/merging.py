"""Merging two users who are one person, and ending a merge that was a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.kernel.units import Events
from application.kernel.wiring import PortSet
from application.learning.ports import PersonalEnrollments
from application.people.days import PersonalDays
from application.people.ports import EndedSignIns, UserMerges, Users
from application.people.users.queries import UserView
from application.privacy.merged_training import MergedTraining, hand_over
from domain.kernel.aggregate import ExpectedVersions
from domain.kernel.errors import InvalidValue
from domain.kernel.oversight import OwnTraining, require_other
from domain.people.administrators import LastAdministrator, require_another
from domain.people.merging import (
    MergeReason,
    MergeRefused,
    NotMerged,
    Obstacle,
    SignInAfterMerge,
    UserMerge,
    obstacles,
    sign_in_after_merge,
)
from domain.people.sign_ins import EndedSignIn, EndReason
from domain.people.user_errors import SupabaseIdTaken, UserNotFound
from domain.people.users import User


@dataclass(slots=True)
class MergedUser:
    """What a merge does, or would do: `merged` is false for a dry run, and `obstacles` are then all that stands against
    it.

    `records`, `attempts` and `credentials` are how many of the duplicate's count for the user who stays. `moved` are
    the modules in which the enrollment of the duplicate becomes that of the user who stays, `former` those in which
    both have one, of which the one that does not count any longer is kept under the duplicate's id. `completed` are
    those that a record of the other user completes. `ended_attempts` are open attempts that are ended without a grade.
    `loses_rights` is whether the duplicate had more rights than a learner: they are not transferred.
    """

    user_id: UUID
    into: UUID
    merged: bool
    obstacles: list[Obstacle]
    sign_in: SignInAfterMerge
    loses_rights: bool
    records: int
    attempts: int
    credentials: int
    moved: list[UUID] = field(default_factory=list)
    former: list[UUID] = field(default_factory=list)
    completed: list[UUID] = field(default_factory=list)
    ended_attempts: list[UUID] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MergeUser(Command[MergedUser]):
    """Merge a user, the duplicate, into another one who is the same person and stays: `into`.

    `different_employee_ids` says that both ids of the HR system are of the same person. With `dry_run` the answer says
    what would happen, and what stands against it, and nothing is changed.
    """

    user_id: UUID
    into: UUID
    reason: MergeReason
    different_employee_ids: bool = False
    dry_run: bool = False
    expected_versions: ExpectedVersions = None


@dataclass(frozen=True, slots=True)
class LostAccess(PortSet):
    """What the duplicate may do no longer: it loses its rights and its sign-ins."""

    users: Users
    ended: EndedSignIns

    async def obstacles(self, duplicate: User) -> list[Obstacle]:
        """At least one active administrator must remain."""
        if duplicate.is_administrator:
            try:
                require_another(await self.users.administrators(), [duplicate.id])
            except LastAdministrator as error:
                return [Obstacle(error.slug, str(error))]
        return []

    async def end(self, subjects: Sequence[str], duplicate: User, now: datetime) -> None:
        for subject in subjects:
            await self.ended.end(subject, EndedSignIn(duplicate.id, EndReason.UNLINKED, now))


@handles(MergeUser, allow=administrators, raises=(OwnTraining, UserNotFound, MergeRefused, SupabaseIdTaken))
async def merge_user(
    command: MergeUser,
    actor: Actor,
    merges: UserMerges,
    access: LostAccess,
    training: MergedTraining,
    days: PersonalDays,
    ids: Ids,
    clock: Clock,
) -> MergedUser:
    """Administrators merge two users who are one person, but not their own user.

    Records, certificates, credentials, attempts and grants of the duplicate are not changed, and count for the user who
    stays. The duplicate becomes inactive and points to that user as `merged_into`; nothing more can be decided for it.
    Its enrollments are handed over, and its employee id if the user who stays has none. It loses its rights, and the
    user who stays keeps its own. The duplicate's sign-in is handed over only if the user who stays has none; if that
    user may do more than learn, it waits until an administrator confirms it.

    The merge is refused while both have an enrollment in the same module that is not completed, or a record of the
    same training. Repeating a merge changes nothing.
    """
    for each in (command.user_id, command.into):
        require_other(actor.person_id, each)
    now = clock.now()
    pair = await merges.locked(sorted({command.user_id, command.into}))
    if command.user_id not in pair:
        raise UserNotFound
    if command.into not in pair:
        raise InvalidValue("is not a user", "into")
    duplicate, survivor = pair[command.user_id], pair[command.into]
    duplicate.require_version(command.expected_versions)
    both = await training.of(duplicate.id, survivor.id)
    outcome = MergedUser(
        duplicate.id,
        survivor.id,
        merged=False,
        obstacles=[],
        sign_in=sign_in_after_merge(duplicate, survivor),
        loses_rights=duplicate.is_privileged,
        records=len(both.records[duplicate.id]),
        attempts=both.attempts,
        credentials=both.credentials,
    )
    if duplicate.merged_into == survivor.id:
        outcome.merged = True
        return outcome
    outcome.obstacles = obstacles(duplicate, survivor, may_differ=command.different_employee_ids)
    if not outcome.obstacles:
        outcome.obstacles += [*both.obstacles, *await access.obstacles(duplicate)]
    if outcome.obstacles:
        if command.dry_run:
            return outcome
        raise MergeRefused(outcome.obstacles)
    both.require_settled(now)
    credited = await training.credited(both, (await days.of(survivor.id)).day_of(now))
    outcome.moved, outcome.former = list(both.plan.moved), list(both.plan.former)
    outcome.completed, outcome.ended_attempts = sorted(credited), [each.id for each in both.unfinished]
    if command.dry_run:
        return outcome
    merge_id = ids.new()
    subjects = [each for each in (duplicate.supabase_id, duplicate.requested_sign_in) if each]
    for follower in await merges.merged_into(duplicate.id):
        follower.follow_merge(survivor.id, merge_id, now=now)
    employee_id = duplicate.merge_into(survivor, merge_id, now=now)
    await merges.add(
        UserMerge(merge_id, duplicate.id, survivor.id, command.reason, actor.id, now, module_ids=both.plan.moved)
    )
    if employee_id is not None:
        survivor.receive_employee_id(employee_id, now=now)
    if outcome.sign_in in (SignInAfterMerge.MOVED, SignInAfterMerge.WAITING):
        survivor.receive_sign_in(subjects.pop(0), outcome.sign_in, now=now)
    await access.end(subjects, duplicate, now)
    await training.join(both, credited, now)
    outcome.merged = True
    return outcome


@dataclass(frozen=True, slots=True)
class SeparateUser(Command[UserView]):
    """End a merge that was a mistake: the user is not the same person."""

    user_id: UUID
    reason: MergeReason


@handles(SeparateUser, allow=administrators, raises=(OwnTraining, UserNotFound, NotMerged))
async def separate_user(
    command: SeparateUser,
    actor: Actor,
    merges: UserMerges,
    personal: PersonalEnrollments,
    events: Events,
    ids: Ids,
    clock: Clock,
) -> UserView:
    """Administrators end a merge, but not one of their own user.

    Evidence was never rewritten: records, certificates, credentials, attempts and grants belong to the user again under
    whose id they were written. Enrollments that were handed over are handed back, unless they have changed since. The
    user stays inactive, without sign-in and rights, until an administrator gives them back. What was written for the
    other user since the merge stays with that one.
    """
    now = clock.now()
    require_other(actor.person_id, command.user_id)
    found = await merges.locked([command.user_id])
    if command.user_id not in found:
        raise UserNotFound
    user = found[command.user_id]
    survivor_id = user.merged_into
    if survivor_id is None:
        raise NotMerged
    require_other(actor.person_id, survivor_id)
    await merges.locked([survivor_id])
    decided = (await merges.of(user.id))[-1]
    merge_id = ids.new()
    user.separate(merge_id, now=now)
    for follower in await merges.merged_into(survivor_id):
        if follower.id != user.id and (await merges.of(follower.id))[-1].into_id == user.id:
            # It had been merged into this user before this one was.
            follower.follow_merge(user.id, merge_id, now=now)
    unchanged = [
        each.module_id
        for each in await personal.of([survivor_id])
        if each.module_id in decided.module_ids and each.updated_at <= decided.decided_at
    ]
    await merges.add(UserMerge(merge_id, user.id, None, command.reason, actor.id, now, tuple(sorted(unchanged))))
    await hand_over(sorted(unchanged), survivor_id, user.id, personal, events, now)
    return UserView.of(user)
