"""Service accounts: mapping, repository and readers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, Uuid, bindparam, or_, select, update

from adapters.registry import serves
from adapters.sql.kit.batch_loader import BatchLoader, by_key
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.mapping import map_class, maps, owns, stored
from adapters.sql.kit.pages import at_most, before, page_of, place
from adapters.sql.kit.reads import Reads, Row, urgent
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.merged import person_of
from adapters.sql.people.tables import service_account_keys as keys
from adapters.sql.people.tables import service_accounts as accounts
from application.kernel.messages import Cursor, Page
from application.people.service_accounts.ports import ServiceAccounts
from application.people.service_accounts.queries import (
    ServiceAccountKeyView,
    ServiceAccountReader,
    ServiceAccountView,
)
from application.people.service_accounts.signing_in import KeyReader, KnownKey
from domain.kernel.typography import folded
from domain.people.service_account_keys import USE_IS_KEPT, ServiceAccountKey
from domain.people.service_accounts import ServiceAccount, ServiceAccountNotFound


@maps
def map_service_accounts() -> None:
    """Map both classes; an account owns its keys."""
    map_class(ServiceAccountKey, keys)
    map_class(ServiceAccount, accounts, versioned=True, keys=owns(ServiceAccountKey, keys.c.created_at, keys.c.id))


@serves(ServiceAccounts)
class SqlServiceAccounts:
    """Service accounts in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def get(self, service_account_id: UUID) -> ServiceAccount:
        account = await (await self._unit.session()).get(stored(ServiceAccount), service_account_id)
        if account is None:
            raise ServiceAccountNotFound
        return self._unit.touch(account)

    async def add(self, account: ServiceAccount) -> None:
        await self._unit.add(account)

    async def note_use(self, key_id: UUID, now: datetime) -> bool:
        session = await self._unit.session()
        kept = await session.scalar(
            update(keys)
            .where(keys.c.id == key_id, or_(keys.c.last_used_at.is_(None), keys.c.last_used_at <= now - USE_IS_KEPT))
            .values(last_used_at=now)
            .returning(keys.c.id)
        )
        return kept is not None


ACCOUNT = columns_of(ServiceAccountView, accounts, but=("keys",))
KEY = tuple(column.label(f"key_{column.key}") for column in columns_of(ServiceAccountKeyView, keys))
BOTH = accounts.outerjoin(keys, keys.c.service_account_id == accounts.c.id)
IN_ORDER = (accounts.c.created_at.desc(), accounts.c.id.desc(), keys.c.created_at, keys.c.id)
DETAIL = (
    select(*ACCOUNT, *KEY)
    .select_from(BOTH)
    .where(accounts.c.id == bindparam("service_account_id", type_=Uuid()))
    .order_by(*IN_ORDER)
)
KNOWN = urgent(
    select(
        *columns_of(
            KnownKey,
            keys,
            accounts,
            key_id=keys.c.id,
            account_id=accounts.c.id,
            created_by=person_of(keys.c.created_by),
        )
    )
    .select_from(keys.join(accounts, accounts.c.id == keys.c.service_account_id))
    .where(any_of(keys.c.id, "key_ids"))
)


@cache
def _page(named: bool, after: bool) -> Select[Any]:
    some = select(accounts.c.id)
    if named:
        some = some.where(accounts.c.name_folded == bindparam("name", type_=String()))
    if after:
        some = some.where(before(accounts.c.created_at, accounts.c.id))
    shown = some.order_by(accounts.c.created_at.desc(), accounts.c.id.desc()).limit(at_most())
    return select(*ACCOUNT, *KEY).select_from(BOTH).where(accounts.c.id.in_(shown)).order_by(*IN_ORDER)


@serves(ServiceAccountReader)
@serves(KeyReader)
class SqlServiceAccountReader:
    """Service accounts and keys, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._known = BatchLoader(by_key(reads.rows, KNOWN, "key_ids"))

    async def page(self, name: str | None, after: Cursor | None, limit: int) -> Page[ServiceAccountView]:
        rows = await self._reads.rows(
            _page(name is not None, after is not None),
            limit=limit + 1,
            name=None if name is None else folded(name),
            **place(after),
        )
        return page_of(_with_keys(rows), limit, lambda last: Cursor(last.created_at, last.id))

    async def detail(self, service_account_id: UUID) -> ServiceAccountView | None:
        found = _with_keys(await self._reads.rows(DETAIL, service_account_id=service_account_id))
        return found[0] if found else None

    async def by_id(self, key_id: UUID) -> KnownKey | None:
        row = await self._known.of(key_id)
        return KnownKey(*row) if row else None


def _with_keys(rows: Sequence[Row]) -> list[ServiceAccountView]:
    """The accounts, each with its keys, of rows that have an account and one of its keys."""
    found: dict[UUID, ServiceAccountView] = {}
    for row in rows:
        account, key = row[: len(ACCOUNT)], row[len(ACCOUNT) :]
        view = found.setdefault(account[0], ServiceAccountView(*(*account, [])))
        if key[0] is not None:
            view.keys.append(ServiceAccountKeyView(*key))
    return list(found.values())
