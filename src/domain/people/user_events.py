"""Events of users."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.kernel.aggregate import DomainEvent
from domain.people.sign_ins import LinkReason


class AccessEvent(DomainEvent):
    """An event after which what somebody may do can differ."""


@dataclass(frozen=True, slots=True)
class UserEvent(DomainEvent):
    """Something that happened to one user."""

    user_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class UserRegistered(UserEvent, AccessEvent):
    """A person was added."""


@dataclass(frozen=True, slots=True)
class UserEdited(UserEvent, AccessEvent):
    version: int


@dataclass(frozen=True, slots=True)
class UserLinked(UserEvent, AccessEvent):
    """A sign-in was linked to the user: by its address, when there is no reason, or else by an administrator."""

    reason: LinkReason | None = None


@dataclass(frozen=True, slots=True)
class UserUnlinked(UserEvent, AccessEvent):
    """The user's sign-in was ended; without a reason if its account was deleted."""

    reason: LinkReason | None = None


@dataclass(frozen=True, slots=True)
class SignInRequested(UserEvent):
    """A sign-in with the user's address waits until an administrator confirms it."""


@dataclass(frozen=True, slots=True)
class SignInWithdrawn(UserEvent):
    """The sign-in that waited for an administrator is gone with its account."""


@dataclass(frozen=True, slots=True)
class UserErased(UserEvent, AccessEvent):
    """A person's identifying data were erased; what the law requires stays."""


@dataclass(frozen=True, slots=True)
class UsersDeactivated(AccessEvent):
    """These were deactivated together. The subject is the batch, or the one user who was deactivated alone."""

    batch_id: UUID
    user_ids: tuple[UUID, ...]

    @property
    def subject_id(self) -> UUID:
        return self.batch_id
