"""Credentials: mapping and repository."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select

from adapters.registry import serves
from adapters.sql.evidence.tables import CURRENT, VERIFIED, WAITING, credentials
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.mapping import map_class, maps, stored
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.merged import ids_of, of_person
from application.evidence.credentials.ports import Credentials
from domain.evidence.credentials import Credential, CredentialNotFound, VerifiedCredential


@maps
def map_credentials() -> None:
    """Map the class."""
    map_class(Credential, credentials, versioned=True)


WITH_KEYS = (
    select(credentials.c.id).where(any_of(credentials.c.natural_key, "keys"), CURRENT).order_by(credentials.c.id)
)
NUMBER = select(func.count()).where(of_person(credentials.c.user_id, bindparam("user_id", type_=Uuid())))
OWN = ids_of("user_ids")
PROVEN = (
    select(OWN.c.person_id, *columns_of(VerifiedCredential, credentials))
    .join(credentials, credentials.c.user_id == OWN.c.user_id)
    .where(credentials.c.status == VERIFIED)
    .order_by(credentials.c.issued_on, credentials.c.id)
)


@serves(Credentials)
class SqlCredentials:
    """Credentials in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def get(self, credential_id: UUID) -> Credential:
        session = await self._unit.session()
        credential = await session.get(stored(Credential), credential_id, with_for_update=True)
        if credential is None:
            raise CredentialNotFound
        return self._unit.touch(credential)

    async def add(self, credential: Credential) -> None:
        await self._unit.add(credential)

    async def with_keys(self, natural_keys: Sequence[str]) -> UUID | None:
        rows = await self._unit.fetch(WITH_KEYS, keys=natural_keys)
        return rows[0][0] if rows else None

    async def waiting_of(self, user_id: UUID) -> list[Credential]:
        session = await self._unit.session()
        own = of_person(credentials.c.user_id, bindparam("user_id", type_=Uuid()))
        waiting = select(stored(Credential)).where(own, WAITING).order_by(credentials.c.id).with_for_update()
        return [self._unit.touch(each) for each in await session.scalars(waiting, {"user_id": user_id})]

    async def number_of(self, user_id: UUID) -> int:
        ((number,),) = await self._unit.fetch(NUMBER, user_id=user_id)
        return int(number)

    async def verified(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[VerifiedCredential, ...]]:
        if self._unit.touched(Credential):
            # What was decided here is not written yet.
            await (await self._unit.session()).flush()
        found: dict[UUID, list[VerifiedCredential]] = defaultdict(list)
        for person_id, *columns in await self._unit.fetch(PROVEN, user_ids=user_ids):
            found[person_id].append(VerifiedCredential(*columns))
        return {user_id: tuple(some) for user_id, some in found.items()}
