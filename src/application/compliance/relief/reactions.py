"""What follows for relief."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from application.compliance.relief.ports import Reliefs
from application.kernel.access import Actor
from application.kernel.ports import Clock
from application.kernel.reactions import reacts
from application.kernel.units import Events
from domain.compliance.relief import Relief
from domain.compliance.relief_events import ReliefEvent, ReliefNotesErased, ReliefRejected
from domain.people.user_events import UserErased


@reacts(UserErased)
async def close_relief(
    events: Sequence[UserErased], actor: Actor, reliefs: Reliefs, happened: Events, clock: Clock
) -> None:
    """Requests for relief of people who were erased are rejected, and the notes are erased: they say why it was
    requested, often of somebody's health.
    """
    user_ids = [event.user_id for event in events]
    found = await reliefs.of_users(user_ids)
    for each in found:
        each.close(by=actor.id, now=clock.now())
    closed = [each for each in found if each.written]
    await reliefs.save(closed)
    noted = await reliefs.forget_notes(user_ids)
    for event in (*_events(ReliefRejected, closed), *_events(ReliefNotesErased, noted)):
        happened.record(event)


def _events(happened: type[ReliefEvent], reliefs: Sequence[Relief]) -> Iterator[ReliefEvent]:
    by_requirement: dict[UUID, list[Relief]] = defaultdict(list)
    for each in reliefs:
        by_requirement[each.requirement_id].append(each)
    for some in by_requirement.values():
        yield from happened.together(some)
