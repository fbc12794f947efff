"""What somebody has to do next, and which tasks the person may do meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from application.compliance.obligations.lists import VisiblePeople
from application.kernel.access import Actor, anyone, overseers
from application.kernel.handlers import handles
from application.kernel.lists import Present
from application.kernel.messages import Query
from application.kernel.ports import Calendar, Clock
from domain.compliance.due_days import ReliefAxis
from domain.compliance.fulfillment import CredentialNeeded, Fulfillment, HoursNeeded
from domain.compliance.standing import Label
from domain.kernel.values import PlausibleDay
from domain.learning.completion import EnrollmentStatus
from domain.people.locations import LocationNotFound
from domain.people.user_errors import UserNotFound


@dataclass(slots=True)
class ModuleToDo:
    """A module that a requirement asks for. `due_on` is the earliest day of all requirements that ask for it.

    `enrollment_status` is null for somebody who is not enrolled; `blocked` means that the progress of the enrollment
    says what is missing. `next_section_id` is the section to go on with; null where the module is not begun.
    """

    module_id: UUID
    slug: str
    title: str
    estimated_minutes: int | None
    due_on: date | None
    enrollment_status: EnrollmentStatus | None
    percent: int | None
    next_section_id: UUID | None


@dataclass(slots=True)
class ToDo:
    """A requirement that is still to be met, the next due first.

    `kind` is what it asks for: `courses` (the `modules` that remain), `credential` (of the type `credential_type`) or
    `hours` (at least `hours`). `blocks` are the tasks that may not be done now.
    """

    requirement_id: UUID
    requirement_code: str
    requirement_title: str
    requirement_version: int
    label: Label
    relief: ReliefAxis
    opened_on: date
    due_on: date | None
    kind: str
    credential_type: str | None
    hours: Decimal | None
    blocks: tuple[str, ...]
    modules: list[ModuleToDo]


@dataclass(slots=True)
class ToDoList:
    """What a person owes on the day `as_of`."""

    user_id: UUID
    as_of: date
    items: list[ToDo]


@dataclass(slots=True)
class BlockingRequirement:
    """A requirement because of which a task may not be done."""

    requirement_id: UUID
    requirement_code: str
    requirement_title: str
    label: Label
    due_on: date | None


@dataclass(slots=True)
class Clearance:
    """Whether somebody may do a task, as far as the requirements that the person is under say something about it."""

    task: str
    is_cleared: bool
    blocked_by: list[BlockingRequirement]


@dataclass(slots=True)
class Clearances:
    """The tasks of a person on the day `as_of`."""

    user_id: UUID
    employee_id: str | None
    full_name: str | None
    as_of: date
    items: list[Clearance]


@dataclass(slots=True)
class LocationClearances:
    """The tasks of everybody at a location on the day `as_of`, by name."""

    location_id: UUID
    as_of: date
    items: list[Clearances]


@dataclass(frozen=True, slots=True)
class Owed:
    """A requirement that somebody is under today, with what it asks for and the tasks that it concerns."""

    requirement_id: UUID
    requirement_code: str
    requirement_title: str
    requirement_version: int
    label: Label
    relief: ReliefAxis
    opened_on: date
    due_on: date | None
    is_open: bool
    blocks: tuple[str, ...]
    fulfillment: Fulfillment
    tasks: tuple[str, ...]

    def to_do(self, modules: list[ModuleToDo]) -> ToDo:
        """What remains of it."""
        asked = self.fulfillment
        return ToDo(
            self.requirement_id,
            self.requirement_code,
            self.requirement_title,
            self.requirement_version,
            self.label,
            self.relief,
            self.opened_on,
            self.due_on,
            asked.kind,
            asked.type if isinstance(asked, CredentialNeeded) else None,
            asked.hours if isinstance(asked, HoursNeeded) else None,
            self.blocks,
            modules,
        )

    @property
    def blocking(self) -> BlockingRequirement:
        return BlockingRequirement(
            self.requirement_id, self.requirement_code, self.requirement_title, self.label, self.due_on
        )


def clearances_of(owed: Iterable[Owed]) -> list[Clearance]:
    """Each task that one of these requirements concerns, by name: it is cleared if none of them blocks it."""
    tasks: dict[str, list[BlockingRequirement]] = {}
    for each in owed:
        for task in each.tasks:
            tasks.setdefault(task, [])
            if task in each.blocks:
                tasks[task].append(each.blocking)
    return [Clearance(task, not blocked_by, blocked_by) for task, blocked_by in sorted(tasks.items())]


@dataclass(frozen=True, slots=True)
class OwingPerson:
    """A person with the requirements that the person is under, by due day."""

    user_id: UUID
    employee_id: str | None
    full_name: str | None
    owed: list[Owed]

    def clearances(self, day: date) -> Clearances:
        """The person's tasks."""
        return Clearances(self.user_id, self.employee_id, self.full_name, day, clearances_of(self.owed))


class ToDoReader(Protocol):
    """Reads what people have to do, with one statement per call."""

    async def to_do(self, visible: VisiblePeople, user_id: UUID, at: Present) -> list[ToDo] | None:
        """What remains to be done today, by due day; None when there is no such visible user."""

    async def owed(self, visible: VisiblePeople, user_id: UUID, day: date) -> OwingPerson | None:
        """The requirements that the person is under on this day; None when there is no such visible user."""

    async def owed_at(self, visible: VisiblePeople, location_id: UUID, day: date) -> list[OwingPerson] | None:
        """Every visible person who is active and works at the location, or has an obligation that belongs to it, by
        name; None when there is no such location.
        """


@dataclass(frozen=True, slots=True)
class ReadToDo(Query[ToDoList]):
    """What somebody has to do next."""

    user_id: UUID


@handles(ReadToDo, allow=anyone, raises=(UserNotFound,))
async def read_to_do(query: ReadToDo, actor: Actor, to_do: ToDoReader, clock: Clock, calendar: Calendar) -> ToDoList:
    """Show what somebody owes, by when, what it blocks and where to go on, to that person, to managers, compliance
    officers and administrators.
    """
    at = Present.at(clock.now(), calendar)
    items = await to_do.to_do(VisiblePeople.of(actor), query.user_id, at)
    if items is None:
        raise UserNotFound
    return ToDoList(query.user_id, at.day_in(None), items)


@dataclass(frozen=True, slots=True)
class ReadClearances(Query[Clearances]):
    """Which tasks somebody may do."""

    user_id: UUID
    as_of: PlausibleDay | None = None


@handles(ReadClearances, allow=anyone, raises=(UserNotFound,))
async def read_clearances(
    query: ReadClearances, actor: Actor, to_do: ToDoReader, clock: Clock, calendar: Calendar
) -> Clearances:
    """Show which tasks somebody may do, and what is in the way of others, to that person, to managers, compliance
    officers and administrators. Tasks that no requirement of the person is about are not listed.
    """
    day = query.as_of or calendar.day_of(clock.now())
    found = await to_do.owed(VisiblePeople.of(actor), query.user_id, day)
    if found is None:
        raise UserNotFound
    return found.clearances(day)


@dataclass(frozen=True, slots=True)
class ReadLocationClearances(Query[LocationClearances]):
    """Who may do which tasks at a location."""

    location_id: UUID
    as_of: PlausibleDay | None = None


@handles(ReadLocationClearances, allow=overseers, raises=(LocationNotFound,))
async def read_location_clearances(
    query: ReadLocationClearances, actor: Actor, to_do: ToDoReader, clock: Clock, calendar: Calendar
) -> LocationClearances:
    """Show which tasks people may do at a location: managers see their people, compliance and administrators all."""
    day = query.as_of or calendar.day_of(clock.now())
    found = await to_do.owed_at(VisiblePeople.of(actor), query.location_id, day)
    if found is None:
        raise LocationNotFound
    return LocationClearances(query.location_id, day, [each.clearances(day) for each in found])
