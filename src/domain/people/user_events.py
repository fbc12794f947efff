"""Events of users. None of them says who somebody is: they outlive what is kept of a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    """What they have in common, such as one import of the roster; of one user alone, that user."""
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


@dataclass(frozen=True, slots=True)
class UsersRegistered(UsersEvent, AccessEvent):
    """People were added: by an administrator, the roster, an operator, or because somebody new has signed in."""


@dataclass(frozen=True, slots=True)
class UsersEdited(UsersEvent, AccessEvent):
    """What is kept of these people was changed: by an administrator, by the roster, or to follow Supabase."""


@dataclass(frozen=True, slots=True)
class UsersDeactivated(UsersEvent, AccessEvent):
    """These people were deactivated, for whatever reason: erased people as well, and those whose account is gone."""


@dataclass(frozen=True, slots=True)
class UserReactivated(UserEvent, AccessEvent):
    """Somebody who was deactivated is active again."""


@dataclass(frozen=True, slots=True)
class RoleChanged(UserEvent, AccessEvent):
    """The role or the departments managed are others than before; of somebody new, more than a learner has."""

    role: Role
    """The role from now on."""


@dataclass(frozen=True, slots=True)
class DemonstrationUsersMarked(UsersEvent):
    """The demonstration has marked these people as invented."""


@dataclass(frozen=True, slots=True)
class UserLinked(UserEvent, AccessEvent):
    """A sign-in was linked to the user, in the place of any other."""

    reason: LinkReason | None = None
    """Why an administrator linked it; none when it was linked by its address."""


@dataclass(frozen=True, slots=True)
class UserUnlinked(UserEvent, AccessEvent):
    """The user's sign-in was ended, or one that waited was declined."""

    reason: LinkReason | None = None
    """Why an administrator ended it; none when its account is gone, the user erased, or it waits from now on."""


@dataclass(frozen=True, slots=True)
class SignInRequested(UserEvent):
    """A sign-in with the user's address waits until an administrator confirms it."""


@dataclass(frozen=True, slots=True)
class SignInWithdrawn(UserEvent):
    """The sign-in that waited for an administrator is gone with its account."""


@dataclass(frozen=True, slots=True)
class SignInFollowed(UserEvent):
    """When the user last signed in, or since when the address is known, was taken over from Supabase."""


@dataclass(frozen=True, slots=True)
class UserErased(UserEvent, AccessEvent):
    """What identified the person was erased; what the law asks to be kept stays."""
