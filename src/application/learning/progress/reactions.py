"""How a training record affects an enrollment in its module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from application.kernel.access import Actor
from application.kernel.days import Calendar
from application.kernel.ports import Clock
from application.kernel.reactions import reacts
from application.learning.under_way import UnderWay
from domain.evidence.records import TrainingRecorded


@reacts(TrainingRecorded)
async def credit_enrollments(
    events: Sequence[TrainingRecorded], actor: Actor, under_way: UnderWay, clock: Clock, calendar: Calendar
) -> None:
    """A record that counts for a module completes the enrollment of somebody who has not completed it yet."""
    now = clock.now()
    recorded: dict[UUID, dict[UUID, UUID]] = defaultdict(dict)
    for event in events:
        if event.module_id is not None and event.completes_on(calendar.day_of(now)):
            recorded[event.module_id][event.user_id] = event.record_id
    for module_id, records in sorted(recorded.items()):
        enrollments = await under_way.of(module_id, sorted(records))
        for enrollment in enrollments:
            enrollment.credit(records[enrollment.user_id], now=now)
        await under_way.keep(enrollments)
