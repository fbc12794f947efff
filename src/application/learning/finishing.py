"""What completing a module leaves behind."""

from __future__ import annotations

from datetime import datetime

from application.access import Actor
from application.ports import Certificates, Ids, Records, Serials, Users
from domain.certificates import Certificate
from domain.enrollments import Enrollment
from domain.records import TrainingRecord
from domain.versions import ModuleVersion


async def record_completion(
    enrollment: Enrollment,
    version: ModuleVersion,
    actor: Actor,
    users: Users,
    records: Records,
    certificates: Certificates,
    serials: Serials,
    ids: Ids,
    *,
    now: datetime,
) -> None:
    """Write the record of the cycle that was just completed, and the certificate that it earns."""
    user = await users.get(enrollment.user_id)
    record = TrainingRecord.online(
        ids.new(),
        user=user,
        version=version,
        enrollment=enrollment,
        recorded_by=actor.user_id,
        now=now,
    )
    await records.add(record)
    await certificates.add(Certificate.issue(serials.new(), record, now=now))
