"""Somebody who works in the group or once did: names, positions and employment, each with its days."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from bench.group.words import HOURS, SYSTEMS, City, Job
from domain.people.employment import BEGINNINGS, EmploymentState

HOURS_CHANGE = 110
"""Days after which somebody's weekly hours change: most of what differs from night to night."""

UNMAPPED = 100
"""In every so many offices, there is one whose text in its HR system nobody has mapped."""


@dataclass(frozen=True, slots=True)
class Office:
    """A location of the group."""

    id: UUID
    number: int
    city: City
    opened_on: date

    @property
    def code(self) -> str:
        return f"{self.city.short}-{self.number:03}"

    @property
    def name(self) -> str:
        return f"{self.city.name} {self.number:03}"

    @property
    def system(self) -> int:
        """Which HR system it came with."""
        return self.number % SYSTEMS

    @property
    def texts(self) -> tuple[str, str, str, str]:
        """What the HR systems call it."""
        return self.code, self.name, f"{self.code} {self.name}", f"Unified Dental of {self.name}"

    @property
    def known_texts(self) -> tuple[str, ...]:
        """The texts that are known to mean it: its code and its name, and that of its HR system if it is mapped."""
        is_mapped = self.number % UNMAPPED != SYSTEMS - 1
        return tuple(dict.fromkeys((self.code, self.name, *(self.texts[self.system :][:1] if is_mapped else ()))))


class Dated(Protocol):
    @property
    def from_day(self) -> date: ...


D = TypeVar("D", bound=Dated)


@dataclass(frozen=True, slots=True)
class Name:
    """What somebody is called from a day on, and the address; None without one."""

    from_day: date
    first: str
    last: str
    email: str | None

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Post:
    """A position, from its first to its last day, both included; None while it is open."""

    office: Office
    job: Job
    is_primary: bool
    starts_on: date
    ends_on: date | None = None

    @property
    def title(self) -> str:
        """The job title, as the HR system of the office spells it."""
        return self.job.titles[self.office.system]

    @property
    def location(self) -> str:
        """The office, as its HR system calls it."""
        return self.office.texts[self.office.system]

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True)
class State:
    """What the employment is like from a day on."""

    from_day: date
    state: EmploymentState


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the roster: what the HR system says of a position of somebody on a day."""

    employee_id: str
    email: str | None
    full_name: str
    department: str
    job_title: str
    location: str
    hired_on: date
    rehired_on: date | None
    weekly_hours: int
    license_state: str
    is_primary: bool
    leave_from: date | None


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody who works in the group or once did. Names, posts and states are in the order of their days."""

    id: UUID
    number: int
    names: tuple[Name, ...]
    posts: tuple[Post, ...]
    states: tuple[State, ...]

    @property
    def employee_id(self) -> str:
        return f"{self.number:08}"

    @property
    def hired_on(self) -> date:
        """The first day of all."""
        return self.states[0].from_day

    def name_on(self, day: date) -> Name:
        return last_of(self.names, day) or self.names[0]

    def state_on(self, day: date) -> State | None:
        """None before the first day."""
        return last_of(self.states, day)

    def works_on(self, day: date) -> bool:
        """Whether the person is employed, on leave or not."""
        state = self.state_on(day)
        return state is not None and state.state is not EmploymentState.LEFT

    def posts_on(self, day: date) -> list[Post]:
        """The primary one first."""
        return sorted((post for post in self.posts if post.holds_on(day)), key=lambda post: not post.is_primary)

    def hours_on(self, day: date) -> int:
        period = (day.toordinal() + self.number * 37) // HOURS_CHANGE
        return HOURS[(period * 7_919 + self.number * 104_729) % 9_973 % len(HOURS)]

    def lines_on(self, day: date, *, all_positions: bool = False) -> list[Line]:
        """What the HR system says of the person on this day: nothing of somebody who does not work here."""
        state = self.state_on(day)
        if state is None or state.state is EmploymentState.LEFT:
            return []
        name, posts = self.name_on(day), self.posts_on(day)
        return [
            Line(
                employee_id=self.employee_id,
                email=name.email,
                full_name=name.full,
                department=post.job.department,
                job_title=post.title,
                location=post.location,
                hired_on=self.hired_on,
                rehired_on=self._rehired_on(day),
                weekly_hours=self.hours_on(day),
                license_state=post.office.city.state,
                is_primary=post.is_primary,
                leave_from=state.from_day if state.state is EmploymentState.ON_LEAVE else None,
            )
            for post in (posts if all_positions else posts[:1])
        ]

    def known_by(self, day: date) -> Employee | None:
        """The person as known on this day, before anything later has happened; None if there is nothing yet."""
        states = _begun(self.states, day)
        if not states:
            return None
        posts = tuple(
            Post(post.office, post.job, post.is_primary, post.starts_on, _unless_after(post.ends_on, day))
            for post in self.posts
            if post.starts_on <= day
        )
        return Employee(self.id, self.number, _begun(self.names, day), posts, states)

    def _rehired_on(self, day: date) -> date | None:
        begun = [each.from_day for each in _begun(self.states, day) if each.state in BEGINNINGS]
        return begun[-1] if len(begun) > 1 else None


def last_of(dated: Sequence[D], day: date) -> D | None:
    """The last that began by this day."""
    place = bisect_right(dated, day, key=lambda each: each.from_day)
    return dated[place - 1] if place else None


def day_before(day: date) -> date:
    return day - timedelta(days=1)


def _begun(dated: Iterable[D], day: date) -> tuple[D, ...]:
    return tuple(each for each in dated if each.from_day <= day)


def _unless_after(ends_on: date | None, day: date) -> date | None:
    """An end that is known on the day: today's last day is, tomorrow's is not yet."""
    return ends_on if ends_on is not None and ends_on <= day else None
