"""What the nightly file of a group of 2,000 people may take, and that it does what has happened there that day."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters.files.roster import FileRoster
from application.kernel.access import Actor
from application.people.roster import ImportedRoster, ImportRoster
from bench.group.files import Cell, cells_of, write_csv
from bench.group.people import Employee
from bench.group.rows import night_of
from bench.group.staff import Group
from domain.people.employment import EmploymentState
from integration.backends import SqlBackend
from integration.listening import statements
from kit.surroundings import FixedClock

GROUP = Group(people=2_000, offices=80, until=date(2026, 2, 27), seed=5)
FIRST = GROUP.until - timedelta(days=200)
NEXT = FIRST + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limits:
    statements: int
    mib: float
    """Of Python's memory."""


LIMITS = {"first": Limits(36, 8), "same": Limits(28, 6), "next": Limits(45, 6)}


@pytest.fixture(scope="module")
def staff() -> list[Employee]:
    return list(GROUP.staff())


def said_of(employee: Employee, day: date) -> list[list[Cell]]:
    return [cells_of(line) for line in employee.lines_on(day)]


async def imported(backend: SqlBackend, path: Path, day: date, limits: Limits) -> ImportedRoster:
    tracemalloc.start()
    try:
        with statements(backend) as sent:
            bus = backend.bus(FixedClock(night_of(day)))
            done = await bus.execute(ImportRoster(FileRoster(path), deactivate_missing=True), Actor.system())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert done.problems == []
    assert len(sent) <= limits.statements
    assert peak / 2**20 < limits.mib
    return done


async def test_nights_take_few_statements_and_little_memory(
    backend: SqlBackend, staff: list[Employee], tmp_path: Path
) -> None:
    today, tomorrow = tmp_path / "today.csv", tmp_path / "tomorrow.csv"
    write_csv(today, [line for each in staff for line in each.lines_on(FIRST)])
    write_csv(tomorrow, [line for each in staff for line in each.lines_on(NEXT)])

    first = await imported(backend, today, FIRST, LIMITS["first"])
    assert (first.created, first.updated) == (2_000, 0)

    same = await imported(backend, today, FIRST, LIMITS["same"])
    assert (same.created, same.updated, same.unchanged, same.deactivated) == (0, 0, 2_000, 0)

    began = [state.state for each in staff for state in each.states if state.from_day == NEXT]
    done = await imported(backend, tomorrow, NEXT, LIMITS["next"])
    assert done.created == began.count(EmploymentState.HIRED) + began.count(EmploymentState.REHIRED) > 0
    assert done.deactivated == began.count(EmploymentState.LEFT) > 0
    stayed = [each for each in staff if each.works_on(FIRST) and each.works_on(NEXT)]
    assert done.updated == sum(said_of(each, FIRST) != said_of(each, NEXT) for each in stayed) > 0
