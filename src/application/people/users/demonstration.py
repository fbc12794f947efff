"""People whom the demonstration invents, so that they are known again and never taken for real ones."""

from __future__ import annotations

from dataclasses import dataclass

from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command, Query
from application.kernel.ports import Ids
from application.kernel.units import Events
from application.people.ports import Staff
from application.people.sign_ins.signing_in import Census, People
from domain.people.user_events import DemonstrationUsersMarked


@dataclass(frozen=True, slots=True)
class CountPeople(Query[Census]):
    """How many people there are, and how many of them were invented."""


@handles(CountPeople, allow=the_system, internal=True)
async def count_people(query: CountPeople, actor: Actor, people: People) -> Census:
    """The service counts people, before it invents some and before it serves real ones."""
    return await people.census()


@dataclass(frozen=True, slots=True)
class MarkDemonstration(Command[None]):
    """Mark everyone with an address that nobody can have as fictional."""


@handles(MarkDemonstration, allow=the_system, internal=True)
async def mark_demonstration(command: MarkDemonstration, actor: Actor, staff: Staff, events: Events, ids: Ids) -> None:
    """The demonstration marks the people whom it has invented."""
    for event in DemonstrationUsersMarked.together(ids.new(), await staff.mark_demonstration()):
        events.record(event)
