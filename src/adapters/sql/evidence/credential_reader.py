"""Reading credentials, with those that renew them."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, Uuid, and_, bindparam, func, literal, or_, select, union_all

from adapters.registry import serves
from adapters.sql.evidence.tables import VERIFIED, WAITING, credentials
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.owned_lists import beside, scope_parameters, scoped
from adapters.sql.kit.pages import Listing, Order, listed
from adapters.sql.kit.reads import Reads
from adapters.sql.people.merged import parts_of_person, person_of
from adapters.sql.people.tables import users, within
from application.evidence.credentials.queries import CredentialReader, CredentialView, WaitingCredential
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page

USER_ID = bindparam("user_id", type_=Uuid())


def superseded_by() -> ColumnElement[UUID | None]:
    """What `domain.evidence.credentials.superseding` says, of the credential in the row."""
    newer, owner, merged = credentials.alias("newer"), users.alias("owner"), users.alias()
    without_end = literal(date.max, Date())
    own, other = (func.coalesce(each.c.expires_on, without_end) for each in (newer, credentials))
    person = func.coalesce(owner.c.merged_into, owner.c.id)
    owned_by = select(person).where(owner.c.id == credentials.c.user_id)
    person_id = owned_by.correlate(credentials).scalar_subquery()
    ids = union_all(
        select(func.coalesce(person_id, credentials.c.user_id)).correlate(credentials),
        select(merged.c.id).where(merged.c.merged_into == person_id).correlate(credentials),
    )
    return (
        select(newer.c.id)
        .where(
            credentials.c.status == VERIFIED,
            newer.c.user_id.in_(ids),
            newer.c.status == VERIFIED,
            newer.c.type == credentials.c.type,
            newer.c.jurisdiction.is_not_distinct_from(credentials.c.jurisdiction),
            own >= other,
            or_(
                newer.c.issued_on > credentials.c.issued_on,
                and_(newer.c.issued_on == credentials.c.issued_on, own > other),
            ),
        )
        .order_by(newer.c.issued_on.desc(), own.desc(), newer.c.id.desc())
        .limit(1)
        .correlate(credentials)
        .scalar_subquery()
    )


SHOWN = columns_of(CredentialView, credentials, superseded_by=superseded_by())


@cache
def _of_user(scoped: bool, after: bool) -> Select[Any]:
    some, parts = select(*SHOWN), parts_of_person(credentials.c.user_id, USER_ID)
    newest = (credentials.c.submitted_at, credentials.c.id)
    statement = beside(users, users.c.id == USER_ID, some, *newest, after, parts)
    return statement.where(within()) if scoped else statement


@cache
def _detail(scoped: bool) -> Select[Any]:
    one = credentials.c.id == bindparam("credential_id", type_=Uuid())
    if not scoped:
        return select(*SHOWN).where(one)
    owned = credentials.join(users, users.c.id == person_of(credentials.c.user_id))
    return select(*SHOWN).select_from(owned).where(one, within())


LISTED = Listing(CredentialView, lambda last: Cursor(last.submitted_at, last.id))


def _of_owner(name: str) -> ColumnElement[Any]:
    """What is known today of the person whose credential it is; looked up for the rows of a page only."""
    owner = users.alias()
    found = select(owner.c[name]).where(owner.c.id == person_of(credentials.c.user_id))
    return found.correlate(credentials).scalar_subquery()


WAITS = select(
    *columns_of(WaitingCredential, credentials, full_name=_of_owner("full_name"), department=_of_owner("department"))
).where(WAITING)
OLDEST = Order(credentials.c.submitted_at, credentials.c.id, descending=False)
WAITING_LISTED = Listing(WaitingCredential, lambda last: Cursor(last.submitted_at, last.id))


@cache
def _waiting(after: bool) -> Select[Any]:
    return listed(WAITS, OLDEST, after=after)


@serves(CredentialReader)
class SqlCredentialReader:
    """Credentials, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of_user(
        self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int
    ) -> Page[CredentialView] | None:
        statement, parameters = scoped(_of_user, scope, after)
        return await LISTED.page(self._reads, statement, after, limit, user_id=user_id, **parameters)

    async def detail(self, scope: Scope, credential_id: UUID) -> CredentialView | None:
        rows = await self._reads.rows(
            _detail(not scope.everyone), credential_id=credential_id, **scope_parameters(scope)
        )
        return CredentialView(*rows[0]) if rows else None

    async def waiting(self, after: Cursor | None, limit: int) -> Page[WaitingCredential]:
        return await WAITING_LISTED.page(self._reads, _waiting(after is not None), after, limit) or Page([], None)
