"""Moving those who are under way to a new version."""

from __future__ import annotations

from datetime import datetime

from application.ports import Enrollments, Versions
from domain.versions import ModuleVersion


async def move_open_enrollments(
    version: ModuleVersion, versions: Versions, enrollments: Enrollments, *, now: datetime
) -> None:
    """Pin every enrollment that is not completed to this version; what still counts of the older ones is kept."""
    for number in await enrollments.open_versions(version.module_id):
        if number != version.number:
            earlier = await versions.get(version.module_id, number)
            await enrollments.move_open(
                version.module_id, number, version.number, keep=earlier.still_counts(version), now=now
            )
