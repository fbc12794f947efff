"""What follows for relief."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from application.compliance.relief.ports import Reliefs
from application.kernel.access import Actor
from application.kernel.reactions import reacts
from application.kernel.units import Events
from domain.compliance.relief import Relief
from domain.compliance.relief_events import ReliefNotesErased
from domain.people.user_events import UserErased


@reacts(UserErased)
async def erase_notes(events: Sequence[UserErased], actor: Actor, reliefs: Reliefs, happened: Events) -> None:
    """The notes about relief of people who were erased are erased: they say why, often of somebody's health."""
    by_requirement: dict[UUID, list[Relief]] = defaultdict(list)
    for each in await reliefs.forget_notes([event.user_id for event in events]):
        by_requirement[each.requirement_id].append(each)
    for some in by_requirement.values():
        for event in ReliefNotesErased.together(some):
            happened.record(event)
