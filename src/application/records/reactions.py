"""What completing a module leaves behind: its training record."""

from __future__ import annotations

from collections.abc import Sequence

from application.access import Actor
from application.ports import Clock, Enrollments, Ids, Records, Users, Versions
from application.reactions import reacts
from domain.enrollments import ModuleCompleted
from domain.records import TrainingRecord


@reacts(ModuleCompleted)
async def record_completions(
    events: Sequence[ModuleCompleted],
    actor: Actor,
    enrollments: Enrollments,
    versions: Versions,
    users: Users,
    records: Records,
    ids: Ids,
    clock: Clock,
) -> None:
    """Each completed cycle leaves a training record, unless it was a record that completed it."""
    for event in events:
        if event.record_id is not None:
            continue
        record = TrainingRecord.online(
            ids.new(),
            user=await users.get(event.user_id),
            version=await versions.get(event.module_id, event.version_number),
            enrollment=await enrollments.get(event.module_id, event.user_id),
            recorded_by=actor.user_id,
            now=clock.now(),
        )
        await records.add(record)
