"""Reading certificates together with the records that they certify."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, Uuid, bindparam, select

from adapters.registry import serves
from adapters.sql.evidence.tables import certificates, records
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.owned_lists import beside, scope_parameters, scoped
from adapters.sql.kit.pages import Listing
from adapters.sql.kit.reads import Reads
from adapters.sql.people.merged import parts_of_person, person_of
from adapters.sql.people.tables import users, within
from adapters.sql.people.zones import zone_of
from application.evidence.certificates.queries import CertificateFacts, CertificateReader
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page

FACTS = columns_of(
    CertificateFacts,
    certificates,
    records,
    user_id=certificates.c.user_id,
    valid_from=certificates.c.valid_from,
    valid_until=certificates.c.valid_until,
    holders_zone=zone_of(person_of(certificates.c.user_id)),
)
CERTIFIED = certificates.join(records, records.c.id == certificates.c.record_id)
USER_ID = bindparam("user_id", type_=Uuid())


@cache
def _of_user(scoped: bool, after: bool) -> Select[Any]:
    some, parts = select(*FACTS).select_from(CERTIFIED), parts_of_person(certificates.c.user_id, USER_ID)
    newest = (certificates.c.issued_at, certificates.c.record_id)
    statement = beside(users, users.c.id == USER_ID, some, *newest, after, parts)
    return statement.where(within()) if scoped else statement


@cache
def _detail(scoped: bool) -> Select[Any]:
    statement = (
        select(*FACTS).select_from(CERTIFIED).where(certificates.c.serial == bindparam("serial", type_=String()))
    )
    if scoped:
        statement = statement.join(users, users.c.id == person_of(certificates.c.user_id)).where(within())
    return statement


LISTED = Listing(CertificateFacts, lambda last: Cursor(last.issued_at, last.record_id))


@serves(CertificateReader)
class SqlCertificateReader:
    """Certificates, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of_user(
        self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int
    ) -> Page[CertificateFacts] | None:
        statement, parameters = scoped(_of_user, scope, after)
        return await LISTED.opened(self._reads, statement, after, limit, user_id=user_id, **parameters)

    async def detail(self, scope: Scope, serial: str) -> CertificateFacts | None:
        rows = await self._reads.rows(_detail(not scope.everyone), serial=serial, **scope_parameters(scope))
        return CertificateFacts(*rows[0]) if rows else None
