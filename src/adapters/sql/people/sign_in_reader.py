"""Reading users by their sign-ins."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, bindparam, func, select, union

from adapters.registry import serves
from adapters.sql.kit.batch_loader import BatchLoader, by_key
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.pages import at_most
from adapters.sql.kit.reads import Reads, urgent
from adapters.sql.people.tables import users
from application.people.sign_ins.signing_in import Census, Known, People
from domain.people.sign_ins import DEVELOPMENT

KNOWN = urgent(
    select(users.c.supabase_id, *columns_of(Known, users, user_id=users.c.id)).where(
        any_of(users.c.supabase_id, "supabase_ids")
    )
)
HAS_EMAIL = select(users.c.id).where(users.c.email == bindparam("email", type_=String()))

_counted: list[Any] = [func.count().filter(each) for each in (~users.c.demonstration, users.c.demonstration)]
CENSUS = select(*_counted).select_from(users)

AFTER = bindparam("after", type_=String())
_accounts = union(
    select(users.c.supabase_id.label("subject")).where(
        users.c.is_active, users.c.supabase_id > AFTER, users.c.supabase_id.not_like(f"{DEVELOPMENT}%")
    ),
    select(users.c.requested_sign_in).where(users.c.requested_sign_in > AFTER),
).subquery()
LINKED = select(_accounts.c.subject).order_by(_accounts.c.subject).limit(at_most())


@serves(People)
class SqlPeople:
    """The signed-in user, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._known = BatchLoader(by_key(reads.rows, KNOWN, "supabase_ids"))

    async def by_supabase_id(self, supabase_id: str) -> Known | None:
        row = await self._known.of(supabase_id)
        return Known(*row[1:]) if row else None

    async def linked(self, after: str, limit: int) -> list[str]:
        return [subject for (subject,) in await self._reads.rows(LINKED, after=after, limit=limit)]

    async def has_email(self, email: str) -> bool:
        return bool(await self._reads.rows(HAS_EMAIL, email=email))

    async def census(self) -> Census:
        return Census(*(await self._reads.rows(CENSUS))[0])
