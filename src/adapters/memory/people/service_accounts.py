"""Service accounts in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import newest_first
from adapters.memory.people.merged import person_of
from adapters.memory.people.tables import SERVICE_ACCOUNTS, USERS
from adapters.registry import serves
from application.kernel.messages import Cursor, Page
from application.people.service_accounts.ports import ServiceAccounts
from application.people.service_accounts.queries import ServiceAccountReader, ServiceAccountView
from application.people.service_accounts.signing_in import KeyReader, KnownKey
from domain.kernel.typography import folded
from domain.people.service_account_keys import is_use_kept
from domain.people.service_accounts import ServiceAccount, ServiceAccountNotFound


@serves(ServiceAccounts)
class MemoryServiceAccounts:
    """Implements application.people.service_accounts.ports.ServiceAccounts."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._accounts = unit.draft(SERVICE_ACCOUNTS)

    async def get(self, service_account_id: UUID) -> ServiceAccount:
        account = self._accounts.load(service_account_id)
        if account is None:
            raise ServiceAccountNotFound
        return account

    async def add(self, account: ServiceAccount) -> None:
        self._accounts.put(account.id, account)

    async def note_use(self, key_id: UUID, now: datetime) -> bool:
        for account in self._accounts.rows():
            for key in account.keys:
                if key.id == key_id and not is_use_kept(key.last_used_at, now):
                    own = await self.get(account.id)
                    next(each for each in own.keys if each.id == key_id).last_used_at = now
                    return True
        return False


@serves(ServiceAccountReader)
@serves(KeyReader)
class MemoryServiceAccountReader:
    """Implements ServiceAccountReader and KeyReader of application.people.service_accounts."""

    def __init__(self, store: MemoryStore) -> None:
        self._accounts = store.table(SERVICE_ACCOUNTS)
        self._users = store.table(USERS)

    async def page(self, name: str | None, after: Cursor | None, limit: int) -> Page[ServiceAccountView]:
        rows = (row for row in self._accounts.rows() if name is None or folded(row.name) == folded(name))
        return newest_first(rows, _place, ServiceAccountView.of, after=after, limit=limit)

    async def detail(self, service_account_id: UUID) -> ServiceAccountView | None:
        account = self._accounts.peek(service_account_id)
        return None if account is None else ServiceAccountView.of(account)

    async def by_id(self, key_id: UUID) -> KnownKey | None:
        for account in self._accounts.rows():
            for key in account.keys:
                if key.id == key_id:
                    known = KnownKey.of(account, key)
                    made_by = key.created_by and person_of(self._users, key.created_by)
                    return replace(known, created_by=made_by)
        return None


def _place(account: ServiceAccount) -> tuple[datetime, UUID]:
    return account.created_at, account.id
