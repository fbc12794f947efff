"""Certificates: mapping and repository."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    select,
)

from adapters.registry import serves
from adapters.sql.evidence.tables import certificates
from adapters.sql.kit.mapping import map_class, maps, stored
from adapters.sql.kit.units import SqlUnit
from application.evidence.ports import Certificates
from domain.evidence.certificates import Certificate, CertificateNotFound


@maps
def map_certificates() -> None:
    """Map the class."""
    map_class(Certificate, certificates, versioned=True)


@serves(Certificates)
class SqlCertificates:
    """Certificates in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def get(self, serial: str) -> Certificate:
        certificate = await (await self._unit.session()).get(stored(Certificate), serial)
        if certificate is None:
            raise CertificateNotFound
        return self._unit.touch(certificate)

    async def of_record(self, record_id: UUID) -> Certificate | None:
        session = await self._unit.session()
        kind = stored(Certificate)
        certificate = await session.scalar(select(kind).where(certificates.c.record_id == record_id).with_for_update())
        return None if certificate is None else self._unit.touch(certificate)

    async def add_many(self, many: Sequence[Certificate]) -> None:
        for certificate in many:
            self._unit.touch(certificate)
        rows = [{column.name: getattr(each, column.name) for column in certificates.c} for each in many]
        await self._unit.insert(certificates, rows)
