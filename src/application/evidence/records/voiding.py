"""Voiding records that were entered for the wrong person, or wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.evidence.ports import Certificates, Records
from application.kernel.access import Actor, compliance_officers
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock
from application.kernel.reactions import reacts
from domain.evidence.records import RecordNotFound
from domain.evidence.voiding import RecordIsVoid, RecordVoid, RecordVoided, VoidReason
from domain.kernel.oversight import OwnTraining


@dataclass(slots=True)
class VoidedRecord:
    """A record that no longer counts, and why."""

    record_id: UUID
    voided_at: datetime
    voided_by: UUID | None
    void_reason: str

    @classmethod
    def of(cls, void: RecordVoid) -> VoidedRecord:
        return cls(void.record_id, void.voided_at, void.voided_by, void.reason)


@dataclass(frozen=True, slots=True)
class VoidRecord(Command[VoidedRecord]):
    """Declare a wrong training record permanently void."""

    record_id: UUID
    reason: VoidReason


@handles(VoidRecord, allow=compliance_officers, raises=(OwnTraining, RecordNotFound, RecordIsVoid))
async def void_record(command: VoidRecord, actor: Actor, records: Records, clock: Clock) -> VoidedRecord:
    """Compliance officers and administrators void a record, with a reason. It is kept, and no longer counts.

    Its certificate is revoked. Nobody may void their own.
    """
    standing = await records.standing(command.record_id)
    void = standing.void(command.reason, by=actor.id, now=clock.now())
    await records.void(void)
    return VoidedRecord.of(void)


@reacts(RecordVoided)
async def revoke_certificates(
    events: Sequence[RecordVoided], actor: Actor, certificates: Certificates, clock: Clock
) -> None:
    """The certificate of a void record is revoked, unless it was revoked before."""
    for event in events:
        certificate = await certificates.of_record(event.record_id)
        if certificate is not None and certificate.revoked_at is None:
            certificate.revoke("The training record is void.", by=actor.id, now=clock.now())
