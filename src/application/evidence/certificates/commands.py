"""Revoking certificates."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.evidence.certificates.queries import Serial
from application.evidence.ports import Certificates
from application.kernel.access import Actor, compliance_officers
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock
from application.people.ports import UserMerges
from domain.evidence.certificates import Certificate, CertificateNotFound, CertificateRevoked, Reason, read_serial
from domain.kernel.oversight import OwnTraining, require_other


@dataclass(slots=True)
class Revocation:
    """A revoked certificate, and why."""

    serial: str
    record_id: UUID
    revocation_reason: str

    @classmethod
    def of(cls, certificate: Certificate) -> Revocation:
        return cls(certificate.serial, certificate.record_id, certificate.revocation_reason or "")


@dataclass(frozen=True, slots=True)
class RevokeCertificate(Command[Revocation]):
    """Revoke a certificate permanently."""

    serial: Serial
    reason: Reason


@handles(RevokeCertificate, allow=compliance_officers, raises=(OwnTraining, CertificateNotFound, CertificateRevoked))
async def revoke_certificate(
    command: RevokeCertificate, actor: Actor, certificates: Certificates, merges: UserMerges, clock: Clock
) -> Revocation:
    """Compliance officers and administrators revoke a certificate, with the reason. Its record is kept.

    Nobody may revoke their own.
    """
    certificate = await certificates.get(read_serial(command.serial))
    persons = await merges.persons([certificate.user_id])
    require_other(actor.person_id, persons.get(certificate.user_id, certificate.user_id))
    certificate.revoke(command.reason, by=actor.id, now=clock.now())
    return Revocation.of(certificate)
