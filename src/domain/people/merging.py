"""Merging two users who are one person: the duplicate becomes a pointer to the one that stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from domain.kernel.aggregate import not_before
from domain.kernel.errors import Conflict
from domain.kernel.roles import Role
from domain.kernel.values import Text, enforce
from domain.people.account_holders import AccountHolder
from domain.people.names import EmployeeId, employee_key
from domain.people.sign_ins import is_development
from domain.people.user_errors import UserIsMerged
from domain.people.user_events import (
    RoleChanged,
    SignInRequested,
    UserLinked,
    UserMerged,
    UsersDeactivated,
    UsersEdited,
    UserSeparated,
    UserUnlinked,
)

MergeReason = Annotated[str, Text(1_000)]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why two users cannot be merged, as a slug and a sentence that names the way out."""

    code: str
    reason: str


class MergeRefused(Conflict):
    """`obstacles` are all that stands against the merge."""

    slug = "merge-refused"
    title = "The users cannot be merged"

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(" ".join(each.reason for each in obstacles))
        self.obstacles = tuple(obstacles)


class NotMerged(Conflict):
    slug = "not-merged"
    title = "The user is not merged"
    sentence = "The user is not merged into another one, so there is nothing to end."


class SignInAfterMerge(StrEnum):
    """What happens to the duplicate's sign-in."""

    NONE = "none"
    """The duplicate has none."""
    MOVED = "moved"
    """It now opens the account of the user that stays."""
    WAITING = "waiting"
    """It waits at the user that stays until an administrator confirms it."""
    ENDED = "ended"
    """It gives no access any longer: the user that stays has another sign-in."""


@dataclass(frozen=True, slots=True)
class UserMerge:
    """That a user was merged into another, or that this was ended (`into_id` is None); why, by whom, and when (UTC).

    `module_ids` are the modules in which the enrollments of the two changed hands. It never changes.
    """

    id: UUID
    user_id: UUID
    into_id: UUID | None
    reason: MergeReason
    decided_by: UUID | None
    decided_at: datetime
    module_ids: tuple[UUID, ...] = ()
    recorded_at: datetime | None = field(default=None, compare=False)
    """When it was recorded by the clock of the store, None until then."""

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class Pointer:
    """From `recorded_at` on, it is known that the user is the same person as `into_id`; None: that this is not so."""

    user_id: UUID
    into_id: UUID | None
    recorded_at: datetime


def merged_as_known_at(moment: datetime, user_id: UUID, pointers: Iterable[Pointer]) -> list[UUID]:
    """Who was known at this moment to be the same person as this user, who stays; in order of id.

    Users who had been merged into a duplicate before follow it, when it is merged and when that is ended.
    """
    known = (each for each in pointers if each.recorded_at <= moment)
    into = {each.user_id: each.into_id for each in sorted(known, key=lambda each: each.recorded_at)}

    def stays(one: UUID) -> UUID:
        for _ in into:
            one = into.get(one) or one
        return one

    return sorted(each for each in into if each != user_id and stays(each) == user_id)


class Mergeable(AccountHolder):
    """The part of a user that has to do with being merged into another."""

    employee_id: EmployeeId | None
    deactivated_at: datetime | None
    erased_at: datetime | None
    created_at: datetime
    merged_into: UUID | None

    @property
    def person_id(self) -> UUID:
        """The user that this one is now: the one that it was merged into, or itself."""
        return self.merged_into or self.id

    def require_unmerged(self) -> None:
        """Raises UserIsMerged, which names the user that stays."""
        if self.merged_into is not None:
            raise UserIsMerged(self.merged_into)

    def merge_into(self, survivor: Mergeable, merge_id: UUID, *, now: datetime) -> EmployeeId | None:
        """Become a pointer to the user that stays, without sign-in, rights and active state.

        Returns the employee id that is given up to that user, who has none.
        """
        given_up = None
        if survivor.employee_id is None:
            given_up, self.employee_id = self.employee_id, None
        linked = self.supabase_id or self.requested_sign_in
        privileged = self.is_privileged
        self.merged_into = survivor.id
        self.supabase_id = self.requested_sign_in = self.sign_in_note = None
        self.linked_by_address = False
        self.role, self.managed_departments = Role.AUTHENTICATED, ()
        self._changed(now, UserMerged(self.id, survivor.id, merge_id))
        if linked:
            self._happened(UserUnlinked(self.id))
        if privileged:
            self._happened(RoleChanged(self.id, self.role))
        if self.is_active:
            self.is_active, self.deactivated_at = False, not_before(now, self.created_at)
            self._happened(UsersDeactivated.alone(self.id))
        return given_up

    def follow_merge(self, survivor: UUID, merge_id: UUID, *, now: datetime) -> None:
        """Point to this user, since the one that it pointed to was merged or separated."""
        self.merged_into = survivor
        self._changed(now, UserMerged(self.id, survivor, merge_id))

    def separate(self, merge_id: UUID, *, now: datetime) -> None:
        """Be a user of its own again: inactive, with its own evidence. Raises NotMerged."""
        if self.merged_into is None:
            raise NotMerged
        before, self.merged_into = self.merged_into, None
        self._changed(now, UserSeparated(self.id, before, merge_id))

    def receive_employee_id(self, employee_id: EmployeeId, *, now: datetime) -> None:
        """Take over the HR system's key of the person, by which the next import finds this user."""
        self.employee_id = employee_id
        self._changed(now, UsersEdited.alone(self.id))

    def receive_sign_in(self, subject: str, fate: SignInAfterMerge, *, now: datetime) -> None:
        """Take over the duplicate's sign-in, or let it wait for an administrator.

        It counts as linked by its address alone: rights that are given later let it wait.
        """
        if fate is SignInAfterMerge.MOVED:
            self.supabase_id, self.linked_by_address = subject, not is_development(subject)
            self._changed(now, UserLinked(self.id))
        elif fate is SignInAfterMerge.WAITING:
            self.requested_sign_in = subject
            self._changed(now, SignInRequested(self.id))


def sign_in_after_merge(duplicate: Mergeable, survivor: Mergeable) -> SignInAfterMerge:
    """What happens to the duplicate's sign-in.

    It never opens more than before without an administrator: where the user that stays may do more than learn, or the
    sign-in was itself waiting, it waits. It never replaces another sign-in.
    """
    subject = duplicate.supabase_id or duplicate.requested_sign_in
    if subject is None:
        return SignInAfterMerge.NONE
    if survivor.supabase_id or survivor.requested_sign_in or not survivor.is_active:
        return SignInAfterMerge.ENDED
    if duplicate.supabase_id is None or (survivor.is_privileged and not is_development(subject)):
        return SignInAfterMerge.WAITING
    return SignInAfterMerge.MOVED


def obstacles(duplicate: Mergeable, survivor: Mergeable, *, may_differ: bool) -> list[Obstacle]:
    """What stands against the merge in the two users themselves.

    `may_differ` is whether two employee ids are known to be of the same person.
    """
    found: list[Obstacle] = []
    if duplicate.id == survivor.id:
        return [Obstacle("same-user", "A user cannot be merged into itself. Name the other user as `into`.")]
    if duplicate.merged_into is not None:
        reason = f"The duplicate was merged into the user {duplicate.merged_into} before. End that merge first."
        found.append(Obstacle("already-merged", reason))
    if survivor.merged_into == duplicate.id:
        reason = "The user `into` was merged into the duplicate before. End that merge first, or leave it as it is."
        found.append(Obstacle("merged-into-duplicate", reason))
    elif survivor.merged_into is not None:
        reason = f"The user `into` was merged into the user {survivor.merged_into}. Merge into that one."
        found.append(Obstacle("into-is-merged", reason))
    for name, user in (("The duplicate", duplicate), ("The user `into`", survivor)):
        if user.erased_at is not None:
            reason = f"{name} was erased, so that nobody can tell whose the evidence is."
            found.append(Obstacle("erased", reason))
    if duplicate.is_active and not survivor.is_active and survivor.merged_into is None:
        reason = "The user `into` is deactivated, the duplicate is active. Activate the first, or merge the other way."
        found.append(Obstacle("into-is-inactive", reason))
    keys = {employee_key(user.employee_id) for user in (duplicate, survivor)}
    if len(keys - {None}) > 1 and not may_differ:
        reason = "The two have different employee ids. If both are of the same person, say `different_employee_ids`."
        found.append(Obstacle("different-employee-ids", reason))
    return found
