"""What was true of a person on a day, from what was known at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, Scope, anyone, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Query
from application.kernel.ports import Calendar, Clock
from application.kernel.views import view_of
from domain.kernel.states import State
from domain.people.employment import EmploymentFact, EmploymentState, in_order
from domain.people.facts import FactSource, in_force
from domain.people.merging import Pointer, merged_as_known_at
from domain.people.positions import Position
from domain.people.recorded_facts import KnownDay, MeantPosition, RecordedFacts
from domain.people.user_errors import UserNotFound


@dataclass(slots=True)
class PositionView:
    """A version of a position. `ends_on` is its last day, null while none is known.

    All versions have the same `position_id`; `supersedes` is the version that this one replaces.
    """

    id: UUID
    position_id: UUID
    department: str | None
    job_title: str | None
    location: str | None
    is_primary: bool
    starts_on: date
    ends_on: date | None
    source: FactSource
    reason: str | None
    withdrawn: bool
    supersedes: UUID | None
    recorded_at: datetime | None
    recorded_by: UUID | None

    @classmethod
    def of(cls, position: Position) -> PositionView:
        return view_of(cls, position)


@dataclass(slots=True)
class MeantPositionView(PositionView):
    """A version of a position with what its texts mean: the location and the job code, null where they mean none.

    In a history, it is what they meant by what was known at that moment.
    """

    location_id: UUID | None
    job_code: str | None

    @classmethod
    def meant(cls, meant: MeantPosition) -> MeantPositionView:
        shown = PositionView.of(meant.position)
        values = {each.name: getattr(shown, each.name) for each in fields(PositionView)}
        return cls(**values, location_id=meant.location_id, job_code=meant.job_code)


@dataclass(slots=True)
class KnownPositionView(MeantPositionView):
    """A version of a position as it is shown in a history, with what its location was like on that day.

    The last four are null where the text meant no location, and where it was not known yet what the location was like.
    """

    location_code: str | None
    location_city: str | None
    location_state: State | None
    location_time_zone: str | None

    @classmethod
    def known(cls, meant: MeantPosition) -> KnownPositionView:
        shown, place = MeantPositionView.meant(meant), meant.place
        values = {each.name: getattr(shown, each.name) for each in fields(MeantPositionView)}
        where = (place.code, place.city, place.state, place.time_zone) if place else (None,) * 4
        return cls(*values.values(), *where)


@dataclass(slots=True)
class EmploymentView:
    """A version of the fact that somebody's employment is in this state from this day on."""

    id: UUID
    state: EmploymentState
    from_day: date
    source: FactSource
    reason: str | None
    withdrawn: bool
    supersedes: UUID | None
    recorded_at: datetime | None
    recorded_by: UUID | None

    @classmethod
    def of(cls, fact: EmploymentFact) -> EmploymentView:
        return view_of(cls, fact)


@dataclass(slots=True)
class Watermark:
    """Nothing that is committed from now on is recorded at this moment or before it."""

    at: datetime

    def limit(self, known_at: datetime | None) -> datetime:
        """The moment of knowledge to answer from (UTC): `known_at`, but at most this one; by default this one."""
        return self.at if known_at is None else min(known_at.astimezone(UTC), self.at)


@dataclass(slots=True)
class MergedHistory:
    """What was recorded of the same day under the id of another user, who was merged into this one.

    It is shown as it was recorded: the two can contradict each other, and neither counts as a correction of the other.
    """

    user_id: UUID
    state: EmploymentState | None
    hired_on: date | None
    is_employed: bool
    positions: list[KnownPositionView]

    @classmethod
    def of(cls, user_id: UUID, known: KnownDay) -> MergedHistory:
        employment = known.employment
        positions = [KnownPositionView.known(each) for each in known.positions]
        return cls(user_id, employment.state, employment.hired_on, employment.is_employed, positions)


@dataclass(slots=True)
class Recorded:
    """All that was ever recorded of a user.

    `others` are those who were ever merged into it, directly or with somebody else, and `pointers` when this was known.
    """

    facts: RecordedFacts
    others: Mapping[UUID, RecordedFacts]
    pointers: list[Pointer]

    def merged(self, day: date, moment: datetime) -> list[MergedHistory]:
        """What was known at this moment about the other users who were then known to be the same person."""
        merged = merged_as_known_at(moment, self.facts.user_id, self.pointers)
        return [MergedHistory.of(each, self.others[each].on_day(day, moment)) for each in merged]


class HistoryReader(Protocol):
    """Reads histories with one statement per call."""

    async def watermark(self) -> Watermark:
        """That of the present: later statements read all that was recorded by then."""

    async def recorded(self, scope: Scope, user_id: UUID) -> Recorded | None:
        """All that is committed; None if there is no such user in the scope."""


@dataclass(slots=True)
class HistoryView:
    """What was true of a person on the day `as_of`, from what was known at `known_at`.

    `known_at` is at most the `watermark`: the same `as_of` and the same `known_at` always have the same answer. The
    primary position comes first, each with the `location_id` and the `job_code` that its texts meant by what was known,
    and what was known of that location on that day.
    `state` is null if nothing was known of the employment; such a person counts as employed. Positions of somebody who
    had left are shown as they were known. `merged` is what was recorded under the ids of other users who were known
    then to be the same person.
    """

    user_id: UUID
    as_of: date
    known_at: datetime
    watermark: datetime
    state: EmploymentState | None
    hired_on: date | None
    is_employed: bool
    positions: list[KnownPositionView]
    merged: list[MergedHistory]


@dataclass(frozen=True, slots=True)
class ReadHistory(Query[HistoryView]):
    """What was true of a person on a day."""

    user_id: UUID
    as_of: date | None = None
    known_at: datetime | None = None


@handles(ReadHistory, allow=anyone, raises=(UserNotFound,))
async def read_history(
    query: ReadHistory, actor: Actor, histories: HistoryReader, clock: Clock, calendar: Calendar
) -> HistoryView:
    """Show what was true of a person on the day `as_of`, by default today, from what was known at `known_at`.

    It is shown to that person, to managers of the present department, to compliance officers and administrators.
    `known_at` is by default the watermark, before which nothing can still be recorded; a later moment is taken for the
    watermark, and the answer says so.
    """
    # First, in a statement of its own: what was recorded by then is visible to the next statement.
    watermark = await histories.watermark()
    recorded = await _recorded(query.user_id, actor, histories)
    moment = watermark.limit(query.known_at)
    as_of = query.as_of or calendar.day_of(clock.now())
    found = recorded.facts.on_day(as_of, moment)
    return HistoryView(
        query.user_id,
        as_of,
        moment,
        watermark.at,
        found.employment.state,
        found.employment.hired_on,
        found.employment.is_employed,
        [KnownPositionView.known(each) for each in found.positions],
        recorded.merged(as_of, moment),
    )


@dataclass(slots=True)
class PositionList:
    """All positions of a person by what is known now, by their first days."""

    items: list[MeantPositionView]


@dataclass(frozen=True, slots=True)
class ListPositions(Query[PositionList]):
    """The positions of a person."""

    user_id: UUID


@handles(ListPositions, allow=anyone, raises=(UserNotFound,))
async def list_positions(query: ListPositions, actor: Actor, histories: HistoryReader) -> PositionList:
    """Show all positions of a person, past and planned ones too, as they are known now.

    They are shown to that person, to managers of the present department, to compliance officers and administrators.
    """
    recorded = (await _recorded(query.user_id, actor, histories)).facts
    found = sorted(in_force(recorded.positions), key=lambda each: (each.starts_on, each.position_id))
    return PositionList([MeantPositionView.meant(each) for each in recorded.meant(found)])


@dataclass(slots=True)
class EmploymentList:
    """All employment states of a person by what is known now, from the first to the last."""

    items: list[EmploymentView]


@dataclass(frozen=True, slots=True)
class ListEmployment(Query[EmploymentList]):
    """The employment states of a person."""

    user_id: UUID


@handles(ListEmployment, allow=anyone, raises=(UserNotFound,))
async def list_employment(query: ListEmployment, actor: Actor, histories: HistoryReader) -> EmploymentList:
    """Show all employment states of a person, past and planned ones too, as they are known now.

    They are shown to that person, to managers of the present department, to compliance officers and administrators.
    """
    recorded = (await _recorded(query.user_id, actor, histories)).facts
    return EmploymentList([EmploymentView.of(each) for each in in_order(in_force(recorded.states))])


async def _recorded(user_id: UUID, actor: Actor, histories: HistoryReader) -> Recorded:
    recorded = await histories.recorded(scope_of(actor), user_id)
    if recorded is None:
        raise UserNotFound
    return recorded
