"""How a training record affects an enrollment in its module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from application.kernel.access import Actor
from application.kernel.lists import Present
from application.kernel.ports import Calendar, Clock
from application.kernel.reactions import reacts
from application.learning.ports import OpenEnrollments
from application.people.ports import Staff
from domain.evidence.record_events import TrainingRecorded


@reacts(TrainingRecorded)
async def credit_enrollments(
    events: Sequence[TrainingRecorded],
    actor: Actor,
    open_enrollments: OpenEnrollments,
    staff: Staff,
    clock: Clock,
    calendar: Calendar,
) -> None:
    """A record that counts for a module completes the enrollment of somebody who has not completed it yet.

    After a new cycle was granted, only training that was completed since does.
    """
    now = clock.now()
    recorded: dict[UUID, dict[UUID, list[TrainingRecorded]]] = defaultdict(lambda: defaultdict(list))
    # Where people are matters only for training that may have run out.
    limited = sorted({event.user_id for event in events if event.can_complete and event.valid_until})
    zones, at = await staff.time_zones(limited) if limited else {}, Present.at(now, calendar)
    for event in events:
        if event.module_id is not None and event.completes_on(at.day_in(zones.get(event.user_id))):
            recorded[event.module_id][event.user_id].append(event)
    for module_id, records in sorted(recorded.items()):
        enrollments = await open_enrollments.of(module_id, sorted(records))
        grants = await open_enrollments.grants(module_id, [each.user_id for each in enrollments]) if enrollments else {}
        for enrollment in enrollments:
            for record in records[enrollment.user_id]:
                if record.is_current(grants.get(enrollment.user_id, ())):
                    enrollment.credit(record.record_id, now=now)
        await open_enrollments.keep([each for each in enrollments if each.completed_at is not None])
