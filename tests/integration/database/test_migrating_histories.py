"""The histories of existing people begin with what is known of them, so that users go on showing the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from adapters.sql.install.migrating import upgrade
from application.people.histories.ports import Histories
from contracts.make import uid
from domain.people.employment import EmploymentState, in_order
from domain.people.facts import FactSource
from integration.backends import SqlBackend, created, opened
from kit.surroundings import CountingIds

BEFORE = "0029"
ENTERED, LEFT = "2026-02-10 03:00:00", "2026-03-05 20:00:00"
TODAY = date(2026, 3, 31)
PEOPLE = [
    # department, hired on, active, left at
    ("Lab", "2020-01-05", True, None),
    ("Lab", None, True, None),
    (None, None, True, None),
    ("Lab", "2026-06-01", True, None),
    ("Lab", "2020-01-05", False, LEFT),
    ("Lab", "2026-06-01", False, LEFT),
    (None, None, False, None),
]


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with people."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_histories")) as backend:
        await upgrade(backend.database.engine, BEFORE)
        table, zone = ("training.users", "+00") if backend.on_postgresql else ("users", ".000000")
        for number, (department, hired_on, is_active, left_at) in enumerate(PEOPLE, start=1):
            user_id = f"'{uid(number)}'" if backend.on_postgresql else f"'{uid(number).hex}'"
            hired, left = (f"'{each}'" if each else "NULL" for each in (hired_on, left_at and left_at + zone))
            place = f"'{department}'" if department else "NULL"
            await backend.sql(
                f"INSERT INTO {table} (id, email, profile_metadata, department, hired_on, is_active, deactivated_at, "  # noqa: S608  # our own words
                f"created_at, updated_at) VALUES ({user_id}, 'u{number}@example.com', '{{}}', {place}, {hired}, "
                f"{'true' if is_active else 'false'}, {left}, '{ENTERED}{zone}', '{ENTERED}{zone}')"
            )
        yield backend


async def test_users_show_the_same_and_every_row_says_where_it_is_from(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    ids = CountingIds()
    found = await old.units.run(lambda unit: unit.port(Histories).after(None, 100, ids.new))
    assert [each.history.profile(TODAY) for each in found] == [each.shown for each in found]
    facts = [fact for each in found for fact in (*each.history.positions.facts, *each.history.employment.facts)]
    assert {(fact.source, fact.recorded_by) for fact in facts} == {(FactSource.MIGRATION, None)}
    assert len({fact.recorded_at for fact in facts}) == 1
    # Wherever the person was entered, it was not before this day.
    assert [fact.starts_on for each in found for fact in each.history.positions.facts] == [
        date(2020, 1, 5),
        date(2026, 2, 9),
        date(2026, 6, 1),
        date(2020, 1, 5),
        date(2026, 6, 1),
    ]
    assert [(fact.state, fact.from_day) for fact in in_order(found[4].history.employment.facts)] == [
        (EmploymentState.HIRED, date(2020, 1, 5)),
        (EmploymentState.LEFT, date(2026, 3, 5)),
    ]
