"""Credentials: cards, licenses and registrations that somebody else issues, submitted here and verified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from domain.evidence.credential_documents import CredentialDocument
from domain.evidence.credential_events import (
    CredentialRejected,
    CredentialSubmitted,
    CredentialVerified,
    CredentialVoided,
    CredentialWithdrawn,
)
from domain.evidence.retention import kept_until, retention_years
from domain.kernel.aggregate import Aggregate, DomainEvent, not_before
from domain.kernel.days import LocalDays
from domain.kernel.errors import Conflict, Forbidden, NotFound
from domain.kernel.oversight import require_other
from domain.kernel.states import State
from domain.kernel.values import Text, enforce

CredentialReason = Annotated[str, Text(1_000, form="lines")]


class CredentialNotFound(NotFound):
    slug = "credential-not-found"
    title = "No such credential"
    sentence = "There is no credential with this id."


class CredentialKnown(Conflict):
    """The same document of the same person is submitted or verified already."""

    slug = "credential-known"
    title = "The credential is known already"
    sentence = "The same credential of the same person is submitted or verified already."
    names_the_first = True

    def __init__(self, credential_id: UUID | None = None) -> None:
        first = (
            f"It is the credential {credential_id}. Withdraw it first if it is wrong, or have it rejected or voided."
        )
        super().__init__(first if credential_id else None)


class CredentialDecided(Conflict):
    slug = "credential-decided"
    title = "The credential is decided already"
    sentence = "This credential was verified, rejected or withdrawn already. Submit it again if it is needed."


class CredentialNotVerified(Conflict):
    slug = "credential-not-verified"
    title = "The credential is not verified"
    sentence = "Only a verified credential can be voided, and only once."


class OwnSubmission(Forbidden):
    slug = "own-submission"
    title = "Somebody else must verify it"
    sentence = "You have submitted this credential. It is verified or rejected by somebody else."


class CredentialStatus(StrEnum):
    """What has been decided about a credential."""

    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"


class CredentialState(StrEnum):
    """How a credential stands, also by others of the same person."""

    SUBMITTED = "submitted"
    VERIFIED = "verified"
    SUPERSEDED = "superseded"
    """It is verified, and so is another one that renews it."""
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"


class Credential(Aggregate):
    """A document of a person, and what was decided about it. The document itself never changes.

    It must be kept until `retention_until`. A decision is made once; a verified credential can be voided after that.
    """

    decision_reason: CredentialReason | None
    void_reason: CredentialReason | None

    def __init__(
        self,
        id: UUID,
        user_id: UUID,
        document: CredentialDocument,
        *,
        submitted_by: UUID | None,
        natural_key: str | None,
        now: datetime,
    ) -> None:
        self.id = id
        self.user_id = user_id
        self.type = document.type
        self.jurisdiction = document.jurisdiction
        self.number = document.number
        self.issuer = document.issuer
        self.issued_on = document.issued_on
        self.expires_on = document.expires_on
        self.retention_until = kept_until(document.issued_on, document.expires_on, retention_years(None))
        self.natural_key = natural_key
        self.submitted_by = submitted_by
        self.submitted_at = now
        self.status = CredentialStatus.SUBMITTED
        self.decided_by: UUID | None = None
        self.decided_at: datetime | None = None
        self.decision_reason = None
        self.voided_by: UUID | None = None
        self.voided_at: datetime | None = None
        self.void_reason = None
        self.version = 1
        self.updated_at = now

    @classmethod
    def submit(
        cls,
        id: UUID,
        user_id: UUID,
        document: CredentialDocument,
        *,
        by: UUID | None,
        days: LocalDays,
        natural_key: str | None,
        now: datetime,
    ) -> Self:
        """A document that waits for verification; `days` are those of the person.

        `natural_key` is the fingerprint of whose it is and of its identity. Raises InvalidValue.
        """
        document.require_issued(days.day_of(now))
        credential = cls(id, user_id, document, submitted_by=by, natural_key=natural_key, now=now)
        credential._happened(CredentialSubmitted(id, user_id, document.type))
        return credential

    @property
    def document(self) -> CredentialDocument:
        """What the document says."""
        return CredentialDocument(
            self.type, self.issuer, self.issued_on, self.expires_on, self.number, self.jurisdiction
        )

    @property
    def is_current(self) -> bool:
        """Whether it counts or may yet count; the same document is there once only."""
        return self.status in (CredentialStatus.SUBMITTED, CredentialStatus.VERIFIED)

    @property
    def verified(self) -> VerifiedCredential | None:
        """What it proves, if it was verified and is not void."""
        if self.status is not CredentialStatus.VERIFIED:
            return None
        return VerifiedCredential(self.id, self.type, self.issued_on, self.expires_on, self.jurisdiction)

    def verify(self, *, by: UUID | None, persons: Mapping[UUID, UUID], now: datetime) -> None:
        """The document was seen and is genuine. `persons` names who stands for a user that was merged into another.

        Raises OwnTraining for the person, OwnSubmission for who has submitted it, CredentialDecided.
        """
        self._require_another(by, persons)
        verified = CredentialVerified(self.id, self.user_id, self.type, self.issued_on, self.expires_on)
        self._decide(CredentialStatus.VERIFIED, by, None, now, verified)

    def reject(self, reason: str, *, by: UUID | None, persons: Mapping[UUID, UUID], now: datetime) -> None:
        """It does not prove what it should. Raises like `verify`."""
        self._require_another(by, persons)
        rejected = CredentialRejected(self.id, self.user_id, self.type)
        self._decide(CredentialStatus.REJECTED, by, reason, now, rejected)

    def withdraw(self, reason: str | None, *, by: UUID | None, now: datetime) -> None:
        """It was submitted by mistake. Raises CredentialDecided."""
        withdrawn = CredentialWithdrawn(self.id, self.user_id, self.type)
        self._decide(CredentialStatus.WITHDRAWN, by, reason, now, withdrawn)

    def void(self, reason: str, *, by: UUID | None, persons: Mapping[UUID, UUID], now: datetime) -> None:
        """It was verified and found to be false: it counts no longer. Raises OwnTraining, CredentialNotVerified."""
        require_other(by, persons.get(self.user_id, self.user_id))
        if self.status is not CredentialStatus.VERIFIED:
            raise CredentialNotVerified
        self.status, self.void_reason, self.voided_by = CredentialStatus.VOIDED, reason, by
        self.voided_at = not_before(now, self.decided_at)
        enforce(self)
        self._changed(now, CredentialVoided(self.id, self.user_id, self.type))

    def _require_another(self, by: UUID | None, persons: Mapping[UUID, UUID]) -> None:
        require_other(by, persons.get(self.user_id, self.user_id))
        submitter = self.submitted_by
        if by is not None and submitter is not None and by == persons.get(submitter, submitter):
            raise OwnSubmission

    def _decide(
        self, status: CredentialStatus, by: UUID | None, reason: str | None, now: datetime, event: DomainEvent
    ) -> None:
        if self.status is not CredentialStatus.SUBMITTED:
            raise CredentialDecided
        self.status, self.decided_by, self.decision_reason = status, by, reason
        self.decided_at = not_before(now, self.submitted_at)
        enforce(self)
        self._changed(now, event)


@dataclass(frozen=True, slots=True)
class VerifiedCredential:
    """A verified credential, which counts from its day of issue. `expires_on` is the last day printed on it."""

    id: UUID
    type: str
    issued_on: date
    expires_on: date | None
    jurisdiction: State | None = None

    def renews(self, earlier: VerifiedCredential) -> bool:
        """Whether it renews the other one of the same person: of the same type and jurisdiction, issued later, or on
        the same day with a later expiry, and valid for at least as long.
        """
        if (self.type, self.jurisdiction) != (earlier.type, earlier.jurisdiction):
            return False
        own, other = self.expires_on or date.max, earlier.expires_on or date.max
        return own >= other and (self.issued_on, own) > (earlier.issued_on, other)


def superseding(earlier: VerifiedCredential, of_person: Iterable[VerifiedCredential]) -> UUID | None:
    """The newest of the person's verified credentials that renews this one, if any does."""
    newer = [each for each in of_person if each.renews(earlier)]
    newest = max(newer, key=lambda each: (each.issued_on, each.expires_on or date.max, each.id), default=None)
    return None if newest is None else newest.id
