"""Events of service accounts. None holds a key or any part of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.kernel.aggregate import DomainEvent


@dataclass(frozen=True, slots=True)
class ServiceAccountEvent(DomainEvent):
    """Something that happened to a service account."""

    service_account_id: UUID
    """The service account."""

    @property
    def subject_id(self) -> UUID:
        return self.service_account_id


class KeyAccessEvent(DomainEvent):
    """An event that may change what keys open, so that nothing known of keys may be reused."""


@dataclass(frozen=True, slots=True)
class ServiceAccountCreated(ServiceAccountEvent):
    """A service account was created; its first key is the subject of an event of its own."""


@dataclass(frozen=True, slots=True)
class ServiceAccountEdited(ServiceAccountEvent, KeyAccessEvent):
    """The name, the purpose, the scopes or the departments of a service account were changed."""


@dataclass(frozen=True, slots=True)
class ServiceAccountDisabled(ServiceAccountEvent, KeyAccessEvent):
    """A service account was disabled: none of its keys is accepted."""


@dataclass(frozen=True, slots=True)
class ServiceAccountEnabled(ServiceAccountEvent, KeyAccessEvent):
    """A service account that was disabled is active again, and so are its keys that have not ended."""


@dataclass(frozen=True, slots=True)
class ServiceAccountKeyEvent(ServiceAccountEvent):
    """Something that happened to a key of a service account."""

    key_id: UUID
    """The key, by its id, which is a part of its text."""


@dataclass(frozen=True, slots=True)
class ServiceAccountKeyAdded(ServiceAccountKeyEvent):
    """A key was made, and shown to the actor of this event."""

    expires_at: datetime
    """When it expires."""


@dataclass(frozen=True, slots=True)
class ServiceAccountKeyShortened(ServiceAccountKeyEvent, KeyAccessEvent):
    """A key expires earlier, since another one replaces it."""

    expires_at: datetime
    """When it expires now."""


@dataclass(frozen=True, slots=True)
class ServiceAccountKeyRevoked(ServiceAccountKeyEvent, KeyAccessEvent):
    """A key was revoked: it is not accepted any more."""


@dataclass(frozen=True, slots=True)
class ServiceAccountKeyUsed(ServiceAccountKeyEvent):
    """A key was used. There is at most one such event in an hour for each key."""
