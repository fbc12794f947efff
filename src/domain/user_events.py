"""What happens to people, as events."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.aggregate import DomainEvent
from domain.sign_ins import LinkReason


class AccessEvent(DomainEvent):
    """After this, what somebody may do can be different."""


@dataclass(frozen=True, slots=True)
class UserRegistered(AccessEvent):
    user_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class UserEdited(AccessEvent):
    user_id: UUID
    version: int

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class UserLinked(AccessEvent):
    """A sign-in was linked to the user: by its address, when there is no reason, or else by an administrator."""

    user_id: UUID
    reason: LinkReason | None = None

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class UserUnlinked(AccessEvent):
    """The user's sign-in was ended; without a reason if its account is gone."""

    user_id: UUID
    reason: LinkReason | None = None

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class SignInRequested(DomainEvent):
    """A sign-in with the user's address waits until an administrator confirms it."""

    user_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class SignInWithdrawn(DomainEvent):
    """The sign-in that waited for an administrator is gone with its account."""

    user_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class UserErased(AccessEvent):
    """What identified the person was erased; what the law asks to be kept stays."""

    user_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class UsersDeactivated(AccessEvent):
    """These were deactivated together. The subject is the batch, or the one user who was deactivated alone."""

    batch_id: UUID
    user_ids: tuple[UUID, ...]

    @property
    def subject_id(self) -> UUID:
        return self.batch_id
