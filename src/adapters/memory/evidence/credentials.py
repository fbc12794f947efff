"""Credentials in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.evidence.tables import CREDENTIALS
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import newest_first, oldest_first
from adapters.memory.people.merged import covers, covers_row, ids_of, person_of
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.evidence.credentials.ports import Credentials
from application.evidence.credentials.queries import CredentialReader, CredentialView, WaitingCredential
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from domain.evidence.credentials import (
    Credential,
    CredentialNotFound,
    CredentialStatus,
    VerifiedCredential,
    superseding,
)


@serves(Credentials)
class MemoryCredentials:
    """Implements application.evidence.credentials.ports.Credentials."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._credentials = unit.draft(CREDENTIALS)
        self._users = unit.draft(USERS)

    async def get(self, credential_id: UUID) -> Credential:
        credential = self._credentials.load(credential_id)
        if credential is None:
            raise CredentialNotFound
        return credential

    async def add(self, credential: Credential) -> None:
        self._credentials.put(credential.id, credential)

    async def with_keys(self, natural_keys: Sequence[str]) -> UUID | None:
        found = (each for each in self._credentials.rows() if each.is_current and each.natural_key in natural_keys)
        return min((each.id for each in found), default=None)

    async def waiting_of(self, user_id: UUID) -> list[Credential]:
        own = ids_of(self._users, user_id)
        waiting = [each.id for each in self._credentials.rows() if each.user_id in own and _waits(each)]
        return [await self.get(each) for each in sorted(waiting)]

    async def number_of(self, user_id: UUID) -> int:
        own = ids_of(self._users, user_id)
        return sum(each.user_id in own for each in self._credentials.rows())

    async def verified(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[VerifiedCredential, ...]]:
        found: dict[UUID, tuple[VerifiedCredential, ...]] = {}
        for user_id in user_ids:
            if self._users.peek(user_id) is None:
                continue
            own = ids_of(self._users, user_id)
            proven = [each.verified for each in self._credentials.rows() if each.user_id in own]
            if some := sorted(filter(None, proven), key=lambda each: (each.issued_on, each.id)):
                found[user_id] = tuple(some)
        return found


def _waits(credential: Credential) -> bool:
    return credential.status is CredentialStatus.SUBMITTED


@serves(CredentialReader)
class MemoryCredentialReader:
    """Implements application.evidence.credentials.queries.CredentialReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._credentials = store.table(CREDENTIALS)
        self._users = store.table(USERS)

    async def of_user(
        self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int
    ) -> Page[CredentialView] | None:
        if not covers(self._users, scope, user_id):
            return None
        own = ids_of(self._users, user_id)
        rows = (each for each in self._credentials.rows() if each.user_id in own)
        return newest_first(rows, _submission, self._view, after=after, limit=limit)

    async def detail(self, scope: Scope, credential_id: UUID) -> CredentialView | None:
        found = self._credentials.peek(credential_id)
        if found is None or not covers_row(self._users, scope, found.user_id):
            return None
        return self._view(found)

    async def waiting(self, after: Cursor | None, limit: int) -> Page[WaitingCredential]:
        rows = filter(_waits, self._credentials.rows())
        return oldest_first(rows, _submission, self._waiting, after=after, limit=limit)

    def _view(self, credential: Credential) -> CredentialView:
        own = ids_of(self._users, person_of(self._users, credential.user_id))
        proven = [each.verified for each in self._credentials.rows() if each.user_id in own]
        earlier = credential.verified
        superseded_by = None if earlier is None else superseding(earlier, filter(None, proven))
        return CredentialView.of(credential, superseded_by)

    def _waiting(self, credential: Credential) -> WaitingCredential:
        person = self._users.peek(person_of(self._users, credential.user_id))
        return WaitingCredential(
            credential.id,
            credential.user_id,
            None if person is None else person.full_name,
            None if person is None else person.department,
            credential.type,
            credential.jurisdiction,
            credential.number,
            credential.issuer,
            credential.issued_on,
            credential.expires_on,
            credential.submitted_by,
            credential.submitted_at,
        )


def _submission(credential: Credential) -> tuple[datetime, UUID]:
    return credential.submitted_at, credential.id
