"""Makes the people of the group: who is hired, goes on leave, moves, marries, leaves and comes back.

Each office has a fixed number of seats. Those who leave are replaced on the day itself, by somebody new or somebody
who worked there before, so that on every day as many people are employed.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from heapq import heapify, heapreplace
from uuid import UUID

from bench.group.people import Employee, Line, Name, Office, Post, State, day_before
from bench.group.words import CITIES, FIRST_NAMES, JOBS, LAST_NAMES, Job
from domain.people.employment import EmploymentState

YEAR = 365.25
MOST_IN_AN_OFFICE = 100_000
"""Employees that are numbered in an office, over all years."""

TRANSFERS, LEAVES, NAMES_CHANGED, ADDRESSES_CHANGED = 0.10, 0.06, 0.025, 0.01
"""How often for each person and year."""
LEAVE_DAYS = (14, 120)
WITHOUT_ADDRESS = 0.06
SECOND_POSITION = 0.15
"""Of people whose work is done in several offices."""
RETURNS = 0.1
"""Share of the seats that are offered first to somebody who worked there before."""
AWAY = timedelta(days=60)
"""The shortest time after which somebody comes back."""


@dataclass(frozen=True)
class Group:
    """A dental group of `people` employees in so many offices, over the years before `until`.

    `turnover` is the share of its people that leave in a year. The same numbers give the same people.
    """

    people: int = 20_000
    years: int = 3
    turnover: float = 0.4
    offices: int = 400
    until: date = date(2026, 6, 30)
    seed: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.offices <= self.people:
            raise ValueError("an office has at least one person")

    @property
    def begins(self) -> date:
        """The first day on which all seats are taken."""
        return self.until - timedelta(days=round(self.years * YEAR))

    @cached_property
    def locations(self) -> tuple[Office, ...]:
        """The offices."""
        chance = random.Random(f"{self.seed}:offices")
        return tuple(
            Office(_id(chance), number, CITIES[(number - 1) % len(CITIES)], date(1972, 1, 3) + _days(chance, 0, 5_000))
            for number in range(1, self.offices + 1)
        )

    def staff(self) -> Iterator[Employee]:
        """Everybody who has worked in the group by the last day, office by office."""
        for place, office in enumerate(self.locations):
            seats = self.people // self.offices + (place < self.people % self.offices)
            yield from _OfficeStaff(self, office, seats).employees()

    def roster(self, day: date, *, all_positions: bool = False) -> Iterator[Line]:
        """The full export of the HR system in the night before this day."""
        for employee in self.staff():
            yield from employee.lines_on(day, all_positions=all_positions)


@dataclass(slots=True)
class _Draft:
    """Somebody whose history is still being made."""

    id: UUID
    number: int
    job: Job
    first: str
    names: list[Name] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    left_on: date | None = None


class _OfficeStaff:
    """The people of one office, with chances of their own, so that offices do not depend on each other."""

    def __init__(self, group: Group, office: Office, seats: int) -> None:
        self._group = group
        self._office = office
        self._seats = seats
        self._chance = random.Random(f"{group.seed}:{office.number}")
        self._drafts: list[_Draft] = []
        self._gone: list[_Draft] = []

    def employees(self) -> Iterator[Employee]:
        """Everybody, in the order in which they were first hired."""
        leaving = [(self._seat(self._first_hire()), seat) for seat in range(self._seats)]
        heapify(leaving)
        while leaving[0][0] <= self._group.until:
            day, seat = leaving[0]
            heapreplace(leaving, (self._seat(day), seat))
        for draft in self._drafts:
            yield Employee(draft.id, draft.number, tuple(draft.names), tuple(draft.posts), tuple(draft.states))

    def _first_hire(self) -> date:
        """The day of hire of somebody who is there on the first day, as long before it as a tenure lasts."""
        return self._group.begins - timedelta(days=self._tenure())

    def _tenure(self) -> int:
        return int(self._chance.expovariate(self._group.turnover / YEAR)) if self._group.turnover else 36_500

    def _seat(self, day: date) -> date:
        """Let somebody begin on this day; the first day on which the seat is free again."""
        chance, group = self._chance, self._group
        left = max(day, group.begins) + timedelta(days=1 + self._tenure())
        back = chance.random() < RETURNS and self._who_may_return(day)
        if back:
            back.states.append(State(day, EmploymentState.REHIRED))
            draft = back
        else:
            draft = self._new(day)
            draft.states.append(State(day, EmploymentState.HIRED))
        self._work(draft, day, min(left, group.until + timedelta(days=1)))
        if left <= group.until:
            draft.left_on = left
            draft.states.append(State(left, EmploymentState.LEFT))
            draft.posts = [_ended(post, day_before(left)) for post in draft.posts]
            self._gone.append(draft)
        draft.posts.sort(key=lambda post: (post.starts_on, not post.is_primary))
        return left

    def _who_may_return(self, day: date) -> _Draft | None:
        known = [each for each in self._gone if each.left_on and each.left_on + AWAY <= day]
        if not known:
            return None
        back = self._chance.choice(known)
        self._gone.remove(back)
        return back

    def _new(self, day: date) -> _Draft:
        chance = self._chance
        job = chance.choices(JOBS, [job.weight for job in JOBS])[0]
        number = self._office.number * MOST_IN_AN_OFFICE + len(self._drafts)
        draft = _Draft(_id(chance), number, job, chance.choice(FIRST_NAMES))
        last = chance.choice(LAST_NAMES)
        with_address = chance.random() >= WITHOUT_ADDRESS
        draft.names.append(Name(day, draft.first, last, _address(draft, last) if with_address else None))
        self._drafts.append(draft)
        return draft

    def _work(self, draft: _Draft, first: date, end: date) -> None:
        """What happens from the first day until the day before the end."""
        chance = self._chance
        post = Post(self._office, draft.job, True, first)
        for day in self._days_of(TRANSFERS, first, end):
            draft.posts.append(_ended(post, day_before(day)))
            post = self._moved(post, day)
        draft.posts.append(post)
        draft.job = post.job
        if draft.job.clinical and chance.random() < SECOND_POSITION:
            begins = first + timedelta(days=chance.randrange((end - first).days))
            draft.posts.append(Post(chance.choice(self._group.locations), draft.job, False, begins))
        back = first
        for day in self._days_of(LEAVES, first, end):
            if day > back:
                draft.states.append(State(day, EmploymentState.ON_LEAVE))
                back = day + _days(chance, *LEAVE_DAYS)
                if back >= end:
                    break
                draft.states.append(State(back, EmploymentState.RETURNED))
        for day in self._days_of(NAMES_CHANGED + ADDRESSES_CHANGED, first, end):
            self._rename(draft, day)

    def _moved(self, post: Post, day: date) -> Post:
        """To another office, or to other work in the same one."""
        chance = self._chance
        if chance.random() < 0.6:
            return Post(chance.choice(self._group.locations), post.job, True, day)
        others = [job for job in JOBS if job is not post.job]
        return Post(post.office, chance.choice(others), True, day)

    def _rename(self, draft: _Draft, day: date) -> None:
        """A marriage, with or without a new address, or a new address alone."""
        chance, known = self._chance, draft.names[-1]
        married = chance.random() < NAMES_CHANGED / (NAMES_CHANGED + ADDRESSES_CHANGED)
        last = chance.choice(LAST_NAMES) if married else known.last
        moves = known.email is not None and (not married or chance.random() < 0.6)
        email = _address(draft, last, len(draft.names)) if moves else known.email
        draft.names.append(Name(day, draft.first, last, email))

    def _days_of(self, rate: float, first: date, end: date) -> Iterator[date]:
        """Days after the first and before the end on which it happens, so often for each year."""
        day = first
        while (day := day + timedelta(days=1 + int(self._chance.expovariate(rate / YEAR)))) < end:
            yield day


def _ended(post: Post, last_day: date) -> Post:
    if post.ends_on is not None:
        return post
    return Post(post.office, post.job, post.is_primary, post.starts_on, last_day)


def _address(draft: _Draft, last: str, number: int = 0) -> str:
    plain = unicodedata.normalize("NFKD", f"{draft.first}.{last}").encode("ascii", "ignore").decode()
    name = plain.lower().replace("'", "")
    return f"{name}.{draft.number}{f'.{number}' if number else ''}@unifieddental.example"


def _days(chance: random.Random, least: int, most: int) -> timedelta:
    return timedelta(days=chance.randint(least, most))


def _id(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
