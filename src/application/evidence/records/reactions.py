"""Completing a module and attending a classroom session write training records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.catalogue.ports import Versions
from application.evidence.ports import Records, Sessions
from application.evidence.records.natural_keys import UniqueRecords
from application.kernel.access import Actor
from application.kernel.ports import Calendar, Clock, Ids
from application.kernel.reactions import reacts
from application.kernel.wiring import PortSet
from application.learning.ports import GroupEnrollments
from application.people.ports import PlacedUser, Staff
from domain.catalogue.versions import ModuleVersion
from domain.evidence.records import RecordedBefore, TrainingRecord
from domain.evidence.sessions import SessionHeld
from domain.learning.enrollment_events import ModuleCompleted
from domain.learning.enrollments import Enrollment


@dataclass(frozen=True, slots=True)
class Completions(PortSet):
    """What the records of completed enrollments are written from."""

    group: GroupEnrollments
    versions: Versions
    staff: Staff

    async def of(
        self, module_id: UUID, number: int, user_ids: Sequence[UUID]
    ) -> tuple[ModuleVersion, list[tuple[PlacedUser, Enrollment]]]:
        """The version that these people completed, and each of them with the enrollment, in this order."""
        version = await self.versions.get(module_id, number)
        people = await self.staff.placed(user_ids)
        completed = await self.group.many(module_id, user_ids)
        return version, [(people[user_id], completed[user_id]) for user_id in user_ids]


@reacts(ModuleCompleted)
async def record_completions(
    events: Sequence[ModuleCompleted],
    actor: Actor,
    completions: Completions,
    records: Records,
    ids: Ids,
    clock: Clock,
    calendar: Calendar,
) -> None:
    """Each completed cycle gets a training record, of the day where the person is, unless a record completed it."""
    earned: dict[tuple[UUID, int], list[UUID]] = defaultdict(list)
    for event in events:
        if event.record_id is None:
            earned[event.module_id, event.version_number].append(event.user_id)
    now, written = clock.now(), list[TrainingRecord]()
    for (module_id, number), user_ids in earned.items():
        version, completed = await completions.of(module_id, number, user_ids)
        written += [
            TrainingRecord.online(
                ids.new(),
                user=person.user,
                version=version,
                enrollment=enrollment,
                recorded_by=actor.id,
                days=calendar.at(person.time_zone),
                now=now,
            )
            for person, enrollment in completed
        ]
    if written:
        await records.add_many(written)


@reacts(SessionHeld, raises=(RecordedBefore,))
async def record_attendance(
    events: Sequence[SessionHeld],
    actor: Actor,
    sessions: Sessions,
    versions: Versions,
    records: UniqueRecords,
    ids: Ids,
) -> None:
    """Each attendee of a classroom session gets a training record; one who has a record of it already is refused."""
    written = list[TrainingRecord]()
    for event in events:
        session = await sessions.get(event.session_id)
        version = await versions.get(session.module_id, session.version_number)
        written += [
            TrainingRecord.classroom(ids.new(), session=session, attendee=person, version=version)
            for person in session.attendees
        ]
    await records.add_many(written)
