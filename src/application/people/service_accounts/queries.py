"""Reading service accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query
from application.kernel.views import view_of
from domain.kernel.key_scopes import KeyScope
from domain.people.service_account_keys import ServiceAccountKey
from domain.people.service_accounts import AccountName, ServiceAccount, ServiceAccountNotFound


@dataclass(slots=True)
class ServiceAccountKeyView:
    """A key, without its text, which is not stored. The text contains the id.

    `created_by` was shown the key; null if it was made at the command line. `last_used_at` is precise to an hour.
    """

    id: UUID
    created_at: datetime
    created_by: UUID | None
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ServiceAccountKey) -> ServiceAccountKeyView:
        return view_of(cls, key)


@dataclass(slots=True)
class ServiceAccountView:
    """A service account with its keys, oldest first: all that are live, and the last ones that have ended.

    `departments` are those that it is limited to, null for the whole organization.
    """

    id: UUID
    name: str
    purpose: str
    scopes: list[KeyScope]
    departments: list[str] | None
    is_active: bool
    disabled_at: datetime | None
    created_by: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    keys: list[ServiceAccountKeyView]

    @classmethod
    def of(cls, account: ServiceAccount) -> ServiceAccountView:
        return view_of(
            cls,
            account,
            scopes=list(account.scopes),
            departments=None if account.departments is None else list(account.departments),
            keys=[ServiceAccountKeyView.of(key) for key in account.keys],
        )


class ServiceAccountReader(Protocol):
    """Reads service accounts with one statement per call."""

    async def page(self, name: str | None, after: Cursor | None, limit: int) -> Page[ServiceAccountView]:
        """By creation, newest first; with a name only the one that has it, ignoring case and accents."""

    async def detail(self, service_account_id: UUID) -> ServiceAccountView | None:
        """The service account, None when there is no such one."""


@dataclass(frozen=True, slots=True)
class ListServiceAccounts(Query[Page[ServiceAccountView]]):
    """The service accounts, newest first."""

    name: AccountName | None = None
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListServiceAccounts, allow=administrators)
async def list_service_accounts(
    query: ListServiceAccounts, actor: Actor, accounts: ServiceAccountReader
) -> Page[ServiceAccountView]:
    """Show administrators the service accounts with their keys, newest first, never the text of a key."""
    return await accounts.page(query.name, query.cursor, query.limit)


@dataclass(frozen=True, slots=True)
class ReadServiceAccount(Query[ServiceAccountView]):
    """One service account."""

    service_account_id: UUID


@handles(ReadServiceAccount, allow=administrators, raises=(ServiceAccountNotFound,))
async def read_service_account(
    query: ReadServiceAccount, actor: Actor, accounts: ServiceAccountReader
) -> ServiceAccountView:
    """Show administrators a service account with its keys, never the text of a key."""
    account = await accounts.detail(query.service_account_id)
    if account is None:
        raise ServiceAccountNotFound
    return account
