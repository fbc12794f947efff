"""Reading credentials."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, Scope, anyone, compliance_officers, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query
from domain.evidence.credentials import Credential, CredentialNotFound, CredentialState
from domain.kernel.states import State
from domain.people.user_errors import UserNotFound


@dataclass(slots=True)
class CredentialView:
    """A card, license or registration of a person, as it was submitted, and what was decided about it.

    `decided_by` verified, rejected or withdrew it. A verified one counts from `issued_on` to `expires_on`, both
    included, unless it is voided. It is superseded when a verified one of the same type and jurisdiction renews it,
    `superseded_by`; its own days go on counting.
    """

    id: UUID
    user_id: UUID
    type: str
    jurisdiction: State | None
    number: str | None
    issuer: str
    issued_on: date
    expires_on: date | None
    status: CredentialState
    superseded_by: UUID | None
    retention_until: date
    submitted_by: UUID | None
    submitted_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    decision_reason: str | None
    voided_by: UUID | None
    voided_at: datetime | None
    void_reason: str | None

    def __post_init__(self) -> None:
        # Follows from other credentials, and is not stored.
        self.status = CredentialState(self.status) if self.superseded_by is None else CredentialState.SUPERSEDED

    @classmethod
    def of(cls, credential: Credential, superseded_by: UUID | None = None) -> CredentialView:
        return cls(
            credential.id,
            credential.user_id,
            credential.type,
            credential.jurisdiction,
            credential.number,
            credential.issuer,
            credential.issued_on,
            credential.expires_on,
            CredentialState(credential.status.value),
            superseded_by,
            credential.retention_until,
            credential.submitted_by,
            credential.submitted_at,
            credential.decided_by,
            credential.decided_at,
            credential.decision_reason,
            credential.voided_by,
            credential.voided_at,
            credential.void_reason,
        )


@dataclass(slots=True)
class WaitingCredential:
    """A credential that waits for verification, and whose it is: today's name and department of the person."""

    id: UUID
    user_id: UUID
    full_name: str | None
    department: str | None
    type: str
    jurisdiction: State | None
    number: str | None
    issuer: str
    issued_on: date
    expires_on: date | None
    submitted_by: UUID | None
    submitted_at: datetime


class CredentialReader(Protocol):
    """Reads credentials with one statement per call."""

    async def of_user(
        self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int
    ) -> Page[CredentialView] | None:
        """By submission, newest first; None when there is no such user within the scope."""

    async def detail(self, scope: Scope, credential_id: UUID) -> CredentialView | None:
        """The credential, None when there is none of a user within the scope."""

    async def waiting(self, after: Cursor | None, limit: int) -> Page[WaitingCredential]:
        """Those that wait for verification, the oldest submission first."""


@dataclass(frozen=True, slots=True)
class ListCredentials(Query[Page[CredentialView]]):
    """The credentials of a user, by submission, newest first."""

    user_id: UUID
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListCredentials, allow=anyone, raises=(UserNotFound,))
async def list_credentials(query: ListCredentials, actor: Actor, credentials: CredentialReader) -> Page[CredentialView]:
    """Show someone's credentials to that person, to managers of the department, to compliance and administrators.

    Also those that were rejected, withdrawn or voided.
    """
    page = await credentials.of_user(scope_of(actor), query.user_id, query.cursor, query.limit)
    if page is None:
        raise UserNotFound
    return page


@dataclass(frozen=True, slots=True)
class ReadCredential(Query[CredentialView]):
    """One credential."""

    credential_id: UUID


@handles(ReadCredential, allow=anyone, raises=(CredentialNotFound,))
async def read_credential(query: ReadCredential, actor: Actor, credentials: CredentialReader) -> CredentialView:
    """Show a credential to that person, to managers of the department, to compliance and administrators."""
    credential = await credentials.detail(scope_of(actor), query.credential_id)
    if credential is None:
        raise CredentialNotFound
    return credential


@dataclass(frozen=True, slots=True)
class ListWaitingCredentials(Query[Page[WaitingCredential]]):
    """The credentials that wait for verification, the oldest submission first."""

    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListWaitingCredentials, allow=compliance_officers)
async def list_waiting_credentials(
    query: ListWaitingCredentials, actor: Actor, credentials: CredentialReader
) -> Page[WaitingCredential]:
    """Show compliance officers and administrators the credentials that somebody has yet to verify or reject.

    Their own and those that they have submitted are included: somebody else must decide about them.
    """
    return await credentials.waiting(query.cursor, query.limit)
