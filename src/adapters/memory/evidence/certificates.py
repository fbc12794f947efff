"""Certificates in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from adapters.memory.evidence.tables import CERTIFICATES, RECORDS
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import newest_first
from adapters.memory.people.merged import covers, covers_row, ids_of, person_of
from adapters.memory.people.tables import USERS
from adapters.memory.people.zones import Zones
from adapters.registry import serves
from application.evidence.certificates.queries import CertificateFacts, CertificateReader
from application.evidence.ports import Certificates
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from domain.evidence.certificates import Certificate, CertificateNotFound


@serves(Certificates)
class MemoryCertificates:
    """Implements application.evidence.ports.Certificates."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._certificates = unit.draft(CERTIFICATES)

    async def get(self, serial: str) -> Certificate:
        certificate = self._certificates.load(serial)
        if certificate is None:
            raise CertificateNotFound
        return certificate

    async def of_record(self, record_id: UUID) -> Certificate | None:
        found = (each.serial for each in self._certificates.rows() if each.record_id == record_id)
        serial = next(found, None)
        return None if serial is None else self._certificates.load(serial)

    async def add_many(self, certificates: Sequence[Certificate]) -> None:
        for certificate in certificates:
            self._certificates.put(certificate.serial, certificate)


@serves(CertificateReader)
class MemoryCertificateReader:
    """Implements application.evidence.certificates.queries.CertificateReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._certificates = store.table(CERTIFICATES)
        self._records = store.table(RECORDS)
        self._users = store.table(USERS)
        self._zones = Zones(store.table)

    async def of_user(
        self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int
    ) -> Page[CertificateFacts] | None:
        if not covers(self._users, scope, user_id):
            return None
        own = ids_of(self._users, user_id)
        rows = (each for each in self._certificates.rows() if each.user_id in own)
        return newest_first(rows, lambda c: (c.issued_at, c.record_id), self._facts, after=after, limit=limit)

    async def detail(self, scope: Scope, serial: str) -> CertificateFacts | None:
        found = self._certificates.peek(serial)
        if found is None or not covers_row(self._users, scope, found.user_id):
            return None
        return self._facts(found)

    def _facts(self, certificate: Certificate) -> CertificateFacts:
        record = self._records.by_key[certificate.record_id]
        return CertificateFacts(
            certificate.serial,
            certificate.record_id,
            certificate.user_id,
            record.person.full_name,
            record.training.title,
            record.completed_at,
            certificate.valid_from,
            certificate.valid_until,
            certificate.issued_at,
            certificate.issued_on,
            record.time_zone,
            certificate.revoked_at,
            certificate.revocation_reason,
            record.training.citation,
            record.credit_hours,
            record.trainers,
            self._zones.of(person_of(self._users, certificate.user_id)),
        )
