"""What is known of people on all days, as rules need it, and how it follows from what was recorded of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from application.compliance.offices import Office
from domain.compliance.audience_facts import EmploymentStatus, PositionOnDay
from domain.compliance.timelines import BEGINNINGS, Employed, Held, Timeline
from domain.kernel.days import DayOf, LocalDays, days_later
from domain.people.employment import ORDER, EmploymentState
from domain.people.facts import in_force

T = TypeVar("T")
DaysAt = Callable[[str | None], LocalDays]
"""The days of a place in this time zone; the organization's where it is None: `Calendar.at`."""


class Timelines(Protocol):
    """Timelines of people as this unit of work has left them. Users who were merged into others have none."""

    async def of(self, user_ids: Sequence[UUID], at: DaysAt) -> dict[UUID, Timeline]:
        """Those of these people who exist, in three statements, however many there are."""


class KnownTimelines(Timelines, Protocol):
    """Timelines for queries, which have no unit of work."""


@dataclass(slots=True)
class PositionVersion:
    """A version of a position; the keys are the folded texts of its title and its location."""

    id: UUID
    user_id: UUID
    position_id: UUID
    department: str | None
    title_key: str | None
    place_key: str | None
    is_primary: bool
    starts_on: date
    ends_on: date | None
    withdrawn: bool
    supersedes: UUID | None
    recorded_at: datetime

    def holds_on(self, day: date) -> bool:
        return not self.withdrawn and self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(slots=True)
class StateVersion:
    """A version of an employment state."""

    id: UUID
    user_id: UUID
    state: EmploymentState
    from_day: date
    withdrawn: bool
    supersedes: UUID | None
    recorded_at: datetime


@dataclass(slots=True)
class PersonRow:
    """What is kept of a person beside the history. `zone` is the time zone of the present location."""

    user_id: UUID
    created_at: datetime
    zone: str | None
    metadata: Mapping[str, Any]
    first_sign_in: datetime | None


@dataclass(frozen=True, slots=True)
class Meant(Generic[T]):
    """What a text means, and since when it is known to mean this without a break; a target of None is nothing."""

    target: T | None
    since: datetime | None


NOTHING: Meant[Any] = Meant(None, None)


def meant(facts: Iterable[tuple[str, T | None, datetime]]) -> dict[str, Meant[T]]:
    """What texts mean by their keys, from all meanings that they ever had, the oldest first."""
    found: dict[str, Meant[T]] = {}
    for key, target, recorded_at in facts:
        before = found.get(key)
        if before is None or before.target != target:
            found[key] = Meant(target, recorded_at)
    return found


@dataclass(slots=True)
class RecordedPeople:
    """All versions of the facts about some people, and what texts mean."""

    people: Sequence[PersonRow]
    positions: dict[UUID, list[PositionVersion]] = field(default_factory=lambda: defaultdict(list))
    states: dict[UUID, list[StateVersion]] = field(default_factory=lambda: defaultdict(list))
    places: Mapping[str, Meant[UUID]] = field(default_factory=dict)
    codes: Mapping[str, Meant[str]] = field(default_factory=dict)
    offices: Mapping[UUID, Office] = field(default_factory=dict)

    def timelines(self, at: DaysAt) -> dict[UUID, Timeline]:
        """The timeline of each person."""
        return {each.user_id: self._timeline(each, at) for each in self.people}

    def _timeline(self, person: PersonRow, at: DaysAt) -> Timeline:
        home = at(person.zone)
        held = tuple(self._held(self.positions.get(person.user_id, ()), at))
        states = _in_order(self.states.get(person.user_id, ()))
        employed = tuple(_employed(self.states.get(person.user_id, ()), states, home))
        is_hired_first = bool(states) and states[0].state is EmploymentState.HIRED
        known_on = home.day_of(person.created_at)
        return Timeline(
            person.user_id,
            states[0].from_day if is_hired_first else _first_day(held, employed, known_on),
            known_on,
            held,
            employed,
            person.metadata,
            None if person.first_sign_in is None else home.day_of(person.first_sign_in),
            is_hired_first,
        )

    def _held(self, versions: Sequence[PositionVersion], at: DaysAt) -> Iterator[Held]:
        by_id = {each.id: each for each in versions}
        for last in sorted(in_force(versions), key=lambda each: (each.starts_on, each.position_id)):
            chain = list(_chain(last, by_id))
            named = self.places.get(last.place_key, NOTHING) if last.place_key else NOTHING
            code = self.codes.get(last.title_key, NOTHING) if last.title_key else NOTHING
            office = None if named.target is None else self.offices.get(named.target)
            position = PositionOnDay(last.position_id, last.starts_on, last.is_primary, last.department, code.target)
            day_of = _day_of(office, at)
            for first, until in _cut(last, chain):
                runs = _known_since(first, chain)
                held = Held(
                    first,
                    until,
                    position=position,
                    known_on=day_of(runs.held),
                    department_known_on=day_of(runs.department),
                    job_code_known_on=day_of(_later(runs.title, code.since)),
                    place_known_on=day_of(_later(runs.place, named.since)),
                )
                yield from [held] if office is None else _at(office, held, day_of)


def _day_of(office: Office | None, at: DaysAt) -> DayOf:
    """Which day it is at a moment, by the clocks that the place of a position had then."""
    if office is None:
        return at(None).day_of
    return lambda moment: at(office.zone_at(moment)).day_of(moment)


def _at(office: Office, held: Held, day_of: DayOf) -> Iterator[Held]:
    """The days of a position, cut where something changes that is known of its place."""
    for each in office.within(held.from_day, held.until):
        yield replace(
            held,
            from_day=each.from_day,
            until=each.until,
            position=replace(held.position, place=each.place),
            city_known_on=None if each.city_since is None else day_of(each.city_since),
            state_known_on=None if each.state_since is None else day_of(each.state_since),
        )


class _Runs(NamedTuple):
    """Since when it is known without a break that a position is held, and what its texts are."""

    held: datetime
    department: datetime
    title: datetime
    place: datetime


def _chain(last: Any, by_id: Mapping[UUID, Any]) -> Iterator[Any]:
    """The version, and those that it supersedes, the newest first."""
    while last is not None:
        yield last
        last = by_id.get(last.supersedes) if last.supersedes else None


def _cut(last: PositionVersion, chain: Sequence[PositionVersion]) -> Iterator[tuple[date, date | None]]:
    """The days of the position, cut where it was known differently before."""
    days = {last.starts_on}
    for each in chain:
        days |= {each.starts_on, *([] if each.ends_on is None else [days_later(each.ends_on, 1)])}
    inside = sorted(day for day in days if last.holds_on(day))
    for place, day in enumerate(inside):
        yield day, days_later(inside[place + 1], -1) if place + 1 < len(inside) else last.ends_on


def _known_since(day: date, chain: Sequence[PositionVersion]) -> _Runs:
    last = chain[0]

    def since(agrees: Callable[[PositionVersion], bool]) -> datetime:
        known = last.recorded_at
        for each in chain:
            if not (each.holds_on(day) and agrees(each)):
                break
            known = each.recorded_at
        return known

    if len(chain) == 1:
        return _Runs(*[last.recorded_at] * 4)
    return _Runs(
        since(lambda each: True),
        since(lambda each: each.department == last.department),
        since(lambda each: each.title_key == last.title_key),
        since(lambda each: each.place_key == last.place_key),
    )


def _later(one: datetime, other: datetime | None) -> datetime:
    return one if other is None else max(one, other)


def _in_order(versions: Sequence[StateVersion]) -> list[StateVersion]:
    return sorted(in_force(versions), key=lambda each: (each.from_day, ORDER[each.state], each.id))


def _employed(versions: Sequence[StateVersion], ordered: Sequence[StateVersion], days: LocalDays) -> Iterator[Employed]:
    by_id = {each.id: each for each in versions}
    hired_on: date | None = None
    works, known = False, None
    for place, each in enumerate(ordered):
        state_known = _state_known_since(each, by_id)
        following = ordered[place + 1] if place + 1 < len(ordered) else None
        status = EmploymentStatus(each.state.value)
        hired_on = each.from_day if status in BEGINNINGS else hired_on
        if status is EmploymentStatus.LEFT or not works:
            works, known = status is not EmploymentStatus.LEFT, state_known
        if following is not None and following.from_day == each.from_day:
            continue  # Of several states of one day the last counts.
        until = None if following is None else days_later(following.from_day, -1)
        yield Employed(
            each.from_day,
            until,
            status=status,
            hired_on=hired_on,
            known_on=days.day_of(known or state_known),
            state_known_on=days.day_of(state_known),
        )


def _state_known_since(last: StateVersion, by_id: Mapping[UUID, StateVersion]) -> datetime:
    known = last.recorded_at
    for each in _chain(last, by_id):
        if each.withdrawn or (each.state, each.from_day) != (last.state, last.from_day):
            break
        known = each.recorded_at
    return known


def _first_day(held: Sequence[Held], employed: Sequence[Employed], known_on: date) -> date:
    """The first day of which anything is known."""
    return min([known_on, *(each.from_day for each in (*held, *employed))])
