"""A cycle that was granted before its day was kept begins on the day in UTC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adapters.sql.install.migrating import upgrade
from application.learning.ports import OpenEnrollments
from contracts.backend import save
from contracts.make import uid
from domain.learning.cycles import CycleGrant
from domain.people.users import User
from integration.backends import SqlBackend, created, opened

MODULE, USER, CYCLE = uid(1), uid(11), uid(21)
GRANTED = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with a grant."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_grants")) as backend:
        await upgrade(backend.database.engine, "0021")
        ids = [str(each) if backend.on_postgresql else each.hex for each in (MODULE, USER, CYCLE)]
        zone = "+00:00" if backend.on_postgresql else ""
        await backend.sql(
            "INSERT INTO cycle_grants (module_id, user_id, number, cycle_id, version_number, reason, granted_at)"  # noqa: S608  # our own words
            f" VALUES ('{ids[0]}', '{ids[1]}', 1, '{ids[2]}', 1, 'Yearly', '2026-03-04 05:30:00.000000{zone}')"
        )
        yield backend


async def test_it_is_kept_and_begins_on_that_day(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    await save(old, User(USER, email="ana@example.com", now=GRANTED))
    found = await old.units.run(lambda unit: unit.port(OpenEnrollments).grants(MODULE, [USER]))
    assert found == {USER: [CycleGrant(MODULE, USER, 1, CYCLE, 1, "Yearly", None, GRANTED)]}
    assert found[USER][0].begins_on == date(2026, 3, 4)
