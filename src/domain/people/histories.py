"""The history of a person: positions and employment together, and the part of it that users show today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from domain.people.employment import (
    Employment,
    EmploymentFact,
    EmploymentOnDay,
    EmploymentState,
    employment_on,
    first_day,
)
from domain.people.facts import NewId, Origin, known_at
from domain.people.positions import Position, Positions, Work
from domain.people.users import User


@dataclass(frozen=True, slots=True)
class Profile:
    """What a user shows of the history."""

    work: Work
    hired_on: date | None
    is_active: bool

    @property
    def fields(self) -> dict[str, Any]:
        """By the names of the user's fields."""
        work = {name: getattr(self.work, name) for name in ("department", "job_title", "location")}
        return {**work, "hired_on": self.hired_on, "is_active": self.is_active}

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Of these fields."""
        work = Work(*(fields[name] for name in ("department", "job_title", "location")))
        return cls(work, fields["hired_on"], fields["is_active"])

    def with_changes(self, before: Profile, after: Profile) -> Profile:
        """This, with what differs between these two as it is in the second."""
        was, became = before.fields, after.fields
        changed = {name: value for name, value in became.items() if value != was[name]}
        return self.of(self.fields | changed)


def shown_by(user: User) -> Profile:
    """What the user shows."""
    return Profile(Work(user.department, user.job_title, user.location), user.hired_on, user.is_active)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was true of a person on a day, by what was known at some moment: positions, the primary one first."""

    positions: tuple[Position, ...]
    employment: EmploymentOnDay


def on_day(day: date, positions: Iterable[Position], states: Iterable[EmploymentFact]) -> Snapshot:
    """What is true on this day by the facts in force."""
    held = sorted(
        (each for each in positions if each.holds_on(day)),
        key=lambda each: (not each.is_primary, each.starts_on, each.position_id),
    )
    return Snapshot(tuple(held), employment_on(day, states))


def on_day_as_known_at(
    day: date, moment: datetime, positions: Iterable[Position], states: Iterable[EmploymentFact]
) -> Snapshot:
    """What was true on this day by what was known at this moment, from all versions of the facts."""
    return on_day(day, known_at(positions, moment), known_at(states, moment))


class History:
    """The history of one person as far as it is known now, to which versions of facts are added."""

    def __init__(
        self,
        user_id: UUID,
        positions: Iterable[Position],
        states: Iterable[EmploymentFact],
        new_id: NewId,
    ) -> None:
        self.user_id = user_id
        states = tuple(states)
        self._known_states = states
        self.positions = Positions(user_id, positions, new_id)
        self.employment = Employment(user_id, states, new_id)

    def profile(self, today: date) -> Profile:
        """What the user shows today. Somebody who has yet to begin is shown as on the first day."""
        day = first_day(today, self.employment.facts)
        snapshot = on_day(day, self.positions.facts, self.employment.facts)
        primary = next((each.work for each in snapshot.positions if each.is_primary), Work())
        return Profile(primary, snapshot.employment.hired_on, snapshot.employment.is_employed)

    def decided(self, today: date) -> frozenset[bool]:
        """Whether it was changed that the person works here on some day from today on, and to what.

        What is planned is decided now: on its day, the service only carries it out.
        """
        facts = self.employment.facts
        days = {today, *(each.from_day for each in (*self._known_states, *facts) if each.from_day > today)}
        after = {day: employment_on(day, facts).is_employed for day in days}
        return frozenset(
            is_employed
            for day, is_employed in after.items()
            if is_employed != employment_on(day, self._known_states).is_employed
        )

    def brought_up_to(self, today: date, shown: Profile, shown_on: date | None) -> Profile:
        """What the user is to show today, where somebody may have changed the user and not the history.

        `shown` is what the user shows, and `shown_on` the day that the user showed before the change; None if nothing
        has begun or ended since. What differs from that day was changed. The rest may have become different with time,
        and is what the history says of today.
        """
        before = self.profile(today if shown_on is None else shown_on)
        return self.profile(today).with_changes(before, shown)

    def follow(self, shown: Profile, today: date, origin: Origin, *, shown_on: date | None = None) -> None:
        """Somebody has changed the user and not the history: add what makes the history show the changes.

        The changed values hold from today, or from the day of hire of somebody who has yet to begin. A changed day of
        hire corrects the known one, or is a rehire of somebody who had left before. Nothing is added if the history
        agrees already. For `shown_on` see `brought_up_to`.
        """
        told = self.brought_up_to(today, shown, shown_on)
        self.employment.follow(told.is_active, told.hired_on, today, origin)
        self.positions.follow(told.work, first_day(today, self.employment.facts), origin)

    def close(self, today: date, origin: Origin) -> None:
        """The person was erased: positions and employment end, and nothing more is said of them."""
        self.employment.leave(today, origin)
        self.positions.end_all(today, origin)

    @property
    def has_news(self) -> bool:
        """Whether versions were added."""
        return bool(self.positions.written or self.employment.written)


def begin(user_id: UUID, shown: Profile, today: date, origin: Origin, new_id: NewId) -> History:
    """The history of a new user: hired on the day of hire if there is one, with a position from then or from today."""
    history = History(user_id, (), (), new_id)
    if shown.hired_on is not None:
        history.employment.add(EmploymentState.HIRED, shown.hired_on, origin)
    if not shown.is_active:
        history.employment.leave(first_day(today, history.employment.facts), origin)
    if shown.work.is_known:
        history.positions.add(shown.work, origin, starts_on=shown.hired_on or today)
    return history
