"""Completing a module and attending a classroom session write training records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from application.catalogue.ports import Versions
from application.evidence.ports import Records, Sessions
from application.evidence.records.natural_keys import with_natural_keys
from application.kernel.access import Actor
from application.kernel.ports import Calendar, Clock, Fingerprints, Ids
from application.kernel.reactions import reacts
from application.learning.ports import GroupEnrollments
from application.people.ports import Staff, UserMerges
from domain.evidence.records import RecordedBefore, TrainingRecord
from domain.evidence.sessions import SessionHeld
from domain.learning.enrollment_events import ModuleCompleted


@reacts(ModuleCompleted)
async def record_completions(
    events: Sequence[ModuleCompleted],
    actor: Actor,
    group: GroupEnrollments,
    versions: Versions,
    staff: Staff,
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
        version = await versions.get(module_id, number)
        people = await staff.placed(user_ids)
        completed = await group.many(module_id, user_ids)
        written += [
            TrainingRecord.online(
                ids.new(),
                user=people[user_id].user,
                version=version,
                enrollment=completed[user_id],
                recorded_by=actor.id,
                days=calendar.at(people[user_id].time_zone),
                now=now,
            )
            for user_id in user_ids
        ]
    if written:
        await records.add_many(written)


@reacts(SessionHeld, raises=(RecordedBefore,))
async def record_attendance(
    events: Sequence[SessionHeld],
    actor: Actor,
    sessions: Sessions,
    versions: Versions,
    records: Records,
    merges: UserMerges,
    fingerprints: Fingerprints,
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
    await records.add_many(await with_natural_keys(written, records, merges, fingerprints))
