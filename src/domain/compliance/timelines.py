"""What is known of one person on all days: positions with their places, employment, and the days of other facts.

Every part holds for days without a change in it, and says on which day it became known, since a rule may count from the
discovery. The metadata of a profile have no history: they are the present ones on every day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from domain.compliance.audience_clauses import as_day
from domain.compliance.audience_facts import EmploymentStatus, PersonOnDay, PositionOnDay
from domain.compliance.facts import PersonFacts, Span
from domain.kernel.days import days_later

BEGINNINGS = (EmploymentStatus.HIRED, EmploymentStatus.REHIRED)
TASKS = "tasks"
"""The member of the metadata that tells, by the name of a task, from which day on the person does it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Span):
    """Days on which somebody has a position, and what is known of it does not change.

    `known_on` is the day on which it became known that the person has the position on these days, the others are those
    on which each of its facts became known. `city_known_on` and `state_known_on` are about the place itself: None where
    what was first known of it still holds.
    """

    position: PositionOnDay
    known_on: date
    department_known_on: date
    job_code_known_on: date
    place_known_on: date
    city_known_on: date | None = None
    state_known_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Employed(Span):
    """Days of one employment state. It became known on `state_known_on`, and that the person works here on `known_on`.

    `hired_on` is the day on which the present or last employment began.
    """

    status: EmploymentStatus
    hired_on: date | None
    known_on: date
    state_known_on: date

    @property
    def works_here(self) -> bool:
        """Whether the person is employed, on leave or not."""
        return self.status is not EmploymentStatus.LEFT


@dataclass(frozen=True, slots=True)
class Timeline:
    """One person. Before `begins_on`, the first day of which anything is known, the person is under no rule.

    `is_hired_first` tells whether that is a hire: before it, the person works elsewhere. `known_on` is the day on which
    the person became known here. `employed` follow each other without a gap; before the
    first of them nothing is known of the employment.
    """

    user_id: UUID
    begins_on: date
    known_on: date
    held: tuple[Held, ...] = ()
    employed: tuple[Employed, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False)
    signed_in_on: date | None = None
    is_hired_first: bool = False

    def on(self, day: date) -> PersonOnDay:
        """What rules ask of the person on this day."""
        state = self.employment_on(day)
        return PersonOnDay(
            self.user_id,
            day,
            None if state is None else state.status,
            None if state is None else state.hired_on,
            tuple(each.position for each in self.held if each.covers(day)),
            self.metadata,
            is_yet_to_begin=self.is_hired_first and day < self.begins_on,
        )

    def employment_on(self, day: date) -> Employed | None:
        """The employment state of this day."""
        return next((each for each in self.employed if each.covers(day)), None)

    @property
    def turning_days(self) -> list[date]:
        """The days on which anything of it changes, from the first one on."""
        days = {self.begins_on}
        for each in (*self.held, *self.employed):
            days |= {each.from_day, *([] if each.until is None else [days_later(each.until, 1)])}
        return sorted(day for day in days if day >= self.begins_on)

    @property
    def facts(self) -> PersonFacts:
        """What due days are counted from, without the days under a rule."""
        starts: dict[UUID, date] = {}
        for each in self.held:
            first = starts.get(each.position.position_id, each.position.starts_on)
            starts[each.position.position_id] = min(first, each.position.starts_on)
        return PersonFacts(
            hires=tuple(sorted({each.hired_on for each in self.employed if each.hired_on is not None})),
            leaves=tuple(
                Span(each.from_day, each.until) for each in self.employed if each.status is EmploymentStatus.ON_LEAVE
            ),
            positions=tuple(sorted(starts.items())),
            signed_in_on=self.signed_in_on,
            dates=tuple(_days_in(self.metadata)),
            tasks=tuple(_days_in(self.metadata.get(TASKS))),
        )


def _days_in(document: Any) -> Iterator[tuple[str, date]]:
    """The days in the members of the document: a text such as `2026-03-31`, or a list of these."""
    if isinstance(document, Mapping):
        for name, value in sorted(document.items()):
            for each in value if isinstance(value, (list, tuple)) else [value]:
                day = as_day(each)
                if day is not None:
                    yield name, day
