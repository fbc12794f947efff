"""Events of users. None of them says who somebody is: they outlive what is kept of a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from domain.kernel.aggregate import DomainEvent, in_sets
from domain.kernel.roles import Role
from domain.people.sign_ins import LinkReason


class AccessEvent(DomainEvent):
    """After this, what these users may do can be different."""

    @property
    def user_ids(self) -> tuple[UUID, ...]:
        """These users."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class UserEvent(DomainEvent):
    """Something that happened to one user."""

    user_id: UUID
    """The user."""

    @property
    def subject_id(self) -> UUID:
        return self.user_id

    @property
    def user_ids(self) -> tuple[UUID, ...]:
        """The user, as events about several have it."""
        return (self.user_id,)


@dataclass(frozen=True, slots=True)
class UsersEvent(DomainEvent):
    """Something that happened to several users together, or to one alone."""

    batch_id: UUID
    """The batch, such as one import of the roster; for a single user, the user's id."""
    user_ids: tuple[UUID, ...]
    """The users."""

    @property
    def subject_id(self) -> UUID:
        return self.batch_id

    @classmethod
    def alone(cls, user_id: UUID) -> Self:
        """It happened to this user alone."""
        return cls(user_id, (user_id,))

    @classmethod
    def together(cls, batch_id: UUID, user_ids: Sequence[UUID]) -> Iterator[Self]:
        """It happened to all of these; no event for nobody, and several for more than one event names."""
        for some in in_sets(user_ids):
            yield cls(batch_id, some)


def people_in_sets(events: Iterable[UsersEvent]) -> Iterator[tuple[UUID, ...]]:
    """Those whom the events name, each once, in as few sets as events may name."""
    return in_sets(list(dict.fromkeys(user_id for event in events for user_id in event.user_ids)))


@dataclass(frozen=True, slots=True)
class UsersRegistered(UsersEvent, AccessEvent):
    """People were added: by an administrator, the roster, an operator, or by a new person's first sign-in."""


@dataclass(frozen=True, slots=True)
class UsersEdited(UsersEvent, AccessEvent):
    """The profiles of these people were changed: by an administrator, by the roster, or to follow Supabase."""


@dataclass(frozen=True, slots=True)
class UsersDeactivated(UsersEvent, AccessEvent):
    """These people were deactivated, for any reason, including erasure and the deletion of their accounts."""


@dataclass(frozen=True, slots=True)
class UserReactivated(UserEvent, AccessEvent):
    """Somebody who was deactivated is active again."""


@dataclass(frozen=True, slots=True)
class RoleChanged(UserEvent, AccessEvent):
    """The role or the managed departments changed; for a new user, they exceed those of a learner."""

    role: Role
    """The role from now on."""


@dataclass(frozen=True, slots=True)
class UsersListed(UsersEvent):
    """These people, who were known before, were on a roster for the first time; new people are in UsersRegistered."""


@dataclass(frozen=True, slots=True)
class DemonstrationUsersMarked(UsersEvent):
    """The demonstration has marked these people as invented."""


@dataclass(frozen=True, slots=True)
class UserLinked(UserEvent, AccessEvent):
    """A sign-in was linked to the user, replacing any other."""

    reason: LinkReason | None = None
    """Why an administrator linked it; null if it was linked by its address, or moved by a merge."""


@dataclass(frozen=True, slots=True)
class UserUnlinked(UserEvent, AccessEvent):
    """The user's sign-in was ended, or a waiting one was declined."""

    reason: LinkReason | None = None
    """Why an administrator ended it; null if the account was deleted, the user erased or merged, or it must be
    confirmed."""


@dataclass(frozen=True, slots=True)
class SignInRequested(UserEvent):
    """A sign-in with the user's address waits until an administrator confirms it."""


@dataclass(frozen=True, slots=True)
class SignInWithdrawn(UserEvent):
    """The account of the waiting sign-in was deleted."""


@dataclass(frozen=True, slots=True)
class SignInFollowed(UserEvent):
    """The time of the user's last sign-in, or of the last change of the address, was updated from Supabase."""

    is_first: bool = False
    """Whether it is the first sign-in that is known of the user."""


@dataclass(frozen=True, slots=True)
class UserMerged(UserEvent, AccessEvent):
    """The user was merged into another one, who is the same person, and is only a pointer to that one."""

    into_id: UUID
    """The user that stays."""
    merge_id: UUID
    """The decision, whose reason is kept."""


@dataclass(frozen=True, slots=True)
class UserSeparated(UserEvent, AccessEvent):
    """The merge was ended: the user is somebody else than the one that it was merged into."""

    from_id: UUID
    """The user that it was merged into."""
    merge_id: UUID
    """The decision, whose reason is kept."""


@dataclass(frozen=True, slots=True)
class UserErased(UserEvent, AccessEvent):
    """The data that identify the person were erased; the data that the law requires are kept."""


@dataclass(frozen=True, slots=True)
class PositionsChanged(UserEvent):
    """A position of the user was added, ended, corrected or withdrawn."""

    position_id: UUID
    """The position."""


@dataclass(frozen=True, slots=True)
class EmploymentChanged(UserEvent):
    """An employment state of the user was added, corrected or withdrawn."""

    state_id: UUID
    """The version of the state that counts now, or that was withdrawn."""
