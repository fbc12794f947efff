"""Adding to the history of a person, and correcting it. The user goes on showing what the history says of today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import UNSET, Command, Unset, given
from application.kernel.ports import Calendar, Clock, Ids
from application.kernel.units import Events
from application.kernel.wiring import PortSet
from application.people.histories.ports import Histories
from application.people.histories.projecting import Projection, project
from application.people.histories.queries import EmploymentView, PositionView
from application.people.histories.reactions import origin_of
from application.people.ports import Users
from domain.kernel.key_scopes import PersonRequired
from domain.kernel.values import PlausibleDay, ShortName
from domain.people.administrators import LastAdministrator
from domain.people.employment import (
    EmploymentContradiction,
    EmploymentFact,
    EmploymentFactNotFound,
    EmploymentState,
)
from domain.people.facts import Reason
from domain.people.histories import History
from domain.people.positions import Position, PositionNotFound, TwoPrimaryPositions, Work
from domain.people.user_errors import OwnAccess, UserIsErased, UserIsMerged, UserNotFound
from domain.people.user_events import EmploymentChanged, PositionsChanged

PROJECTED = (UserNotFound, UserIsMerged, UserIsErased, OwnAccess, LastAdministrator, PersonRequired)
"""What may prevent the user from showing what the history then says of today."""


@dataclass(frozen=True, slots=True)
class Recorder(PortSet):
    """Adds to the histories of people."""

    histories: Histories
    users: Users
    events: Events
    ids: Ids
    clock: Clock
    calendar: Calendar

    async def history(self, user_id: UUID) -> History:
        return await self.histories.of(user_id, self.ids.new)

    async def keep(self, history: History, actor: Actor, event: PositionsChanged | EmploymentChanged) -> None:
        """Keep what was written, if anything, and let the user show it."""
        if not history.has_news:
            return
        await self.histories.keep([history])
        self.events.record(event)
        now = self.clock.now()
        await project(Projection(history, self.calendar.day_of(now), now), actor, self.users)


@dataclass(frozen=True, slots=True)
class AddPosition(Command[PositionView]):
    """Add a position of a person.

    With `transfer` the primary position of the first day ends the day before.
    """

    user_id: UUID
    starts_on: PlausibleDay
    ends_on: date | None = None
    department: ShortName | None = None
    job_title: ShortName | None = None
    location: ShortName | None = None
    is_primary: bool = True
    transfer: bool = False
    reason: Reason | None = None


@handles(AddPosition, allow=administrators, raises=(*PROJECTED, TwoPrimaryPositions))
async def add_position(command: AddPosition, actor: Actor, recorder: Recorder) -> PositionView:
    """Administrators record where somebody works and as what, from a first to a last day, also in the past or future.

    Somebody may have several positions at once, one of which is primary. It is what the user shows today.
    """
    history = await recorder.history(command.user_id)
    position = history.positions.add(
        Work(command.department, command.job_title, command.location),
        origin_of(actor, command.reason),
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        is_primary=command.is_primary,
        transfer=command.transfer,
    )
    return await _kept_position(recorder, actor, history, position)


@dataclass(frozen=True, slots=True)
class EndPosition(Command[PositionView]):
    """End a position on its last day."""

    user_id: UUID
    position_id: UUID
    last_day: PlausibleDay
    reason: Reason | None = None


@handles(EndPosition, allow=administrators, raises=(*PROJECTED, PositionNotFound))
async def end_position(command: EndPosition, actor: Actor, recorder: Recorder) -> PositionView:
    """Administrators record the last day of a position, in the past or in the future."""
    history = await recorder.history(command.user_id)
    position = history.positions.end(command.position_id, command.last_day, origin_of(actor, command.reason))
    return await _kept_position(recorder, actor, history, position)


@dataclass(frozen=True, slots=True)
class CorrectPosition(Command[PositionView]):
    """Correct what was recorded of a position. Fields that are not given stay as they are."""

    user_id: UUID
    position_id: UUID
    reason: Reason
    starts_on: PlausibleDay | Unset = UNSET
    ends_on: date | Unset | None = UNSET
    department: ShortName | Unset | None = UNSET
    job_title: ShortName | Unset | None = UNSET
    location: ShortName | Unset | None = UNSET
    is_primary: bool | Unset = UNSET


@handles(CorrectPosition, allow=administrators, raises=(*PROJECTED, PositionNotFound, TwoPrimaryPositions))
async def correct_position(command: CorrectPosition, actor: Actor, recorder: Recorder) -> PositionView:
    """Administrators correct what was recorded of a position, with a reason. What was known before stays readable."""
    history = await recorder.history(command.user_id)
    known = history.positions.of(command.position_id)
    position = history.positions.correct(
        command.position_id,
        Work(
            given(command.department, known.department),
            given(command.job_title, known.job_title),
            given(command.location, known.location),
        ),
        origin_of(actor, command.reason),
        starts_on=given(command.starts_on, known.starts_on),
        ends_on=given(command.ends_on, known.ends_on),
        is_primary=given(command.is_primary, known.is_primary),
    )
    return await _kept_position(recorder, actor, history, position)


@dataclass(frozen=True, slots=True)
class WithdrawPosition(Command[PositionView]):
    """Withdraw a position that the person never had."""

    user_id: UUID
    position_id: UUID
    reason: Reason


@handles(WithdrawPosition, allow=administrators, raises=(*PROJECTED, PositionNotFound))
async def withdraw_position(command: WithdrawPosition, actor: Actor, recorder: Recorder) -> PositionView:
    """Administrators withdraw a position that was recorded by mistake, with a reason."""
    history = await recorder.history(command.user_id)
    history.positions.take_back(command.position_id, origin_of(actor, command.reason))
    return await _kept_position(recorder, actor, history, history.positions.written[-1])


async def _kept_position(recorder: Recorder, actor: Actor, history: History, position: Position) -> PositionView:
    await recorder.keep(history, actor, PositionsChanged(history.user_id, position.position_id))
    return PositionView.of(position)


@dataclass(frozen=True, slots=True)
class RecordEmployment(Command[EmploymentView]):
    """Record that a person's employment is in this state from a day on.

    The day of `left` is the first one on which the person does not work here any more.
    """

    user_id: UUID
    state: EmploymentState
    from_day: PlausibleDay
    reason: Reason | None = None


@handles(RecordEmployment, allow=administrators, raises=(*PROJECTED, EmploymentContradiction))
async def record_employment(command: RecordEmployment, actor: Actor, recorder: Recorder) -> EmploymentView:
    """Administrators record when somebody is hired, on leave, back, leaves or is rehired, in the past or future.

    From the day on which somebody has left, the user is deactivated, and active again when rehired. Nobody records
    this for themselves, not even for a later day, and at least one active administrator must remain.
    """
    history = await recorder.history(command.user_id)
    fact = history.employment.add(command.state, command.from_day, origin_of(actor, command.reason))
    return await _kept_state(recorder, actor, history, fact)


@dataclass(frozen=True, slots=True)
class CorrectEmployment(Command[EmploymentView]):
    """Correct an employment state or its day. Fields that are not given stay as they are."""

    user_id: UUID
    state_id: UUID
    reason: Reason
    state: EmploymentState | Unset = UNSET
    from_day: PlausibleDay | Unset = UNSET


@handles(CorrectEmployment, allow=administrators, raises=(*PROJECTED, EmploymentFactNotFound, EmploymentContradiction))
async def correct_employment(command: CorrectEmployment, actor: Actor, recorder: Recorder) -> EmploymentView:
    """Administrators correct an employment state, with a reason. What was known before stays readable."""
    history = await recorder.history(command.user_id)
    known = history.employment.of(command.state_id)
    fact = history.employment.correct(
        command.state_id,
        given(command.state, known.state),
        given(command.from_day, known.from_day),
        origin_of(actor, command.reason),
    )
    return await _kept_state(recorder, actor, history, fact)


@dataclass(frozen=True, slots=True)
class WithdrawEmployment(Command[EmploymentView]):
    """Withdraw an employment state that never was."""

    user_id: UUID
    state_id: UUID
    reason: Reason


@handles(WithdrawEmployment, allow=administrators, raises=(*PROJECTED, EmploymentFactNotFound, EmploymentContradiction))
async def withdraw_employment(command: WithdrawEmployment, actor: Actor, recorder: Recorder) -> EmploymentView:
    """Administrators withdraw an employment state that was recorded by mistake, with a reason."""
    history = await recorder.history(command.user_id)
    history.employment.take_back(command.state_id, origin_of(actor, command.reason))
    return await _kept_state(recorder, actor, history, history.employment.written[-1])


async def _kept_state(recorder: Recorder, actor: Actor, history: History, fact: EmploymentFact) -> EmploymentView:
    await recorder.keep(history, actor, EmploymentChanged(history.user_id, fact.id))
    return EmploymentView.of(fact)
