"""Certificates: table, map and repository."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    select,
)

from adapters.registry import serves
from adapters.sql.install.append_only import append_only
from adapters.sql.kit.mapping import map_class, maps, stored
from adapters.sql.kit.schema import metadata
from adapters.sql.kit.types import Moment
from adapters.sql.kit.units import SqlUnit
from application.evidence.ports import Certificates
from domain.evidence.certificates import Certificate, CertificateNotFound
from domain.evidence.records import AlreadyRecorded

REVOCATION = ("revoked_at", "revoked_by", "revocation_reason", "version", "updated_at")
certificates = Table(
    "certificates",
    metadata,
    Column("serial", String(40), nullable=False),
    Column("record_id", Uuid(), nullable=False),
    Column("user_id", Uuid(), nullable=False),
    Column("valid_from", Date(), nullable=False),
    Column("valid_until", Date()),
    Column("issued_at", Moment(), nullable=False),
    Column("revoked_at", Moment()),
    Column("revoked_by", Uuid()),
    Column("revocation_reason", Text()),
    Column("version", Integer(), nullable=False),
    Column("updated_at", Moment(), nullable=False),
    PrimaryKeyConstraint("serial"),
    UniqueConstraint("record_id", info={"violated": AlreadyRecorded}),
    info=append_only(*REVOCATION, when="OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL"),
)
Index(
    "ix_certificates_user_newest",
    certificates.c.user_id,
    certificates.c.issued_at.desc(),
    certificates.c.record_id.desc(),
)


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
