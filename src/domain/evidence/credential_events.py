"""What happens to credentials, as events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.kernel.aggregate import DomainEvent


@dataclass(frozen=True, slots=True)
class CredentialEvent(DomainEvent):
    """Something that happened to a credential."""

    credential_id: UUID
    """The credential."""
    user_id: UUID
    """Whose it is."""
    type: str
    """What kind of credential it is."""

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class CredentialSubmitted(CredentialEvent):
    """A credential was submitted, and waits for somebody to verify it."""


@dataclass(frozen=True, slots=True)
class CredentialVerified(CredentialEvent):
    """Somebody has seen the credential and found it genuine: it counts from its day of issue."""

    issued_on: date
    """The first day on which it is valid."""
    expires_on: date | None
    """The last day on which it is valid; none when none is printed on it."""


@dataclass(frozen=True, slots=True)
class CredentialRejected(CredentialEvent):
    """A submitted credential was rejected: it never counts."""


@dataclass(frozen=True, slots=True)
class CredentialWithdrawn(CredentialEvent):
    """A credential was withdrawn before anybody had decided about it, or because the person was erased."""


@dataclass(frozen=True, slots=True)
class CredentialVoided(CredentialEvent):
    """A verified credential was found to be false: it no longer counts."""
