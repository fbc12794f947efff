"""Rebuilding what users show from their histories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Calendar, Clock, Ids
from application.people.histories.ports import Followed, Histories
from application.people.histories.projecting import Projection, project
from application.people.ports import Users
from domain.people.administrators import LastAdministrator
from domain.people.user_errors import UserIsErased, UserIsMerged

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Difference:
    """What a user or a location shows, and what the history says of today.

    `is_kept` if the last administrator would be lost.
    """

    subject_id: UUID
    field: str
    shown: object
    by_history: object
    is_kept: bool = False

    def __str__(self) -> str:
        kept = "; kept, since the last active administrator remains" if self.is_kept else ""
        return f"{self.subject_id}: {self.field} is {_said(self.shown)}, by the history {_said(self.by_history)}{kept}"


@dataclass(slots=True)
class Reprojected:
    """How many were compared, what differs, and after which one the next ones come; None after the last."""

    checked: int
    differences: list[Difference]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class ReprojectUsers(Command[Reprojected]):
    """Let the next users, by id, show what their histories say of today. With `check` only say what differs."""

    after: UUID | None = None
    check: bool = False


@handles(ReprojectUsers, allow=the_system, internal=True)
async def reproject_users(
    command: ReprojectUsers,
    actor: Actor,
    histories: Histories,
    users: Users,
    ids: Ids,
    clock: Clock,
    calendar: Calendar,
) -> Reprojected:
    """The service rebuilds what users show. It differs only if something planned has begun or ended since.

    The last active administrator is not deactivated. Nothing is rebuilt of people who were erased, or
    merged into another user.
    """
    now = clock.now()
    today = calendar.day_of(now)
    found = await histories.after(command.after, BATCH, ids.new)
    differences = list[Difference]()
    for each in found:
        differing = _differences(each, today)
        if differing and not command.check:
            # Read again, now that nobody else changes it.
            history = await histories.of(each.history.user_id, ids.new)
            try:
                await project(Projection(history, today, now), actor, users)
            except (UserIsErased, UserIsMerged):  # Meanwhile.
                differing = []
            except LastAdministrator:
                differing = [Difference(d.subject_id, d.field, d.shown, d.by_history, True) for d in differing]
        differences += differing
    return Reprojected(len(found), differences, found[-1].history.user_id if len(found) == BATCH else None)


@dataclass(frozen=True, slots=True)
class CarryOutPlans(Command[None]):
    """Let these users show what has begun or ended by their histories since they were last shown.

    Repeating it changes nothing.
    """

    user_ids: tuple[UUID, ...]


@handles(CarryOutPlans, allow=the_system, internal=True)
async def carry_out_plans(
    command: CarryOutPlans,
    actor: Actor,
    histories: Histories,
    users: Users,
    ids: Ids,
    clock: Clock,
    calendar: Calendar,
) -> None:
    """The service carries out what was planned for people, before a roster says what is true of them today."""
    now = clock.now()
    today = calendar.day_of(now)
    shown = list[UUID]()
    for each in await histories.many(command.user_ids, ids.new):
        if _differences(each, today):
            history = await histories.of(each.history.user_id, ids.new)
            try:
                await project(Projection(history, today, now), actor, users)
            except (UserIsErased, UserIsMerged, LastAdministrator):  # Meanwhile.
                continue
        shown.append(each.history.user_id)
    await histories.note_shown(shown, today)


def _differences(each: Followed, today: date) -> list[Difference]:
    if each.is_erased or each.is_merged:
        return []
    shown, told = each.shown.fields, each.history.profile(today).fields
    return [
        Difference(each.history.user_id, name, shown[name], told[name]) for name in shown if shown[name] != told[name]
    ]


def _said(value: object) -> str:
    return "empty" if value is None else str(value)
