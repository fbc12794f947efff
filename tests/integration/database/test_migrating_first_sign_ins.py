"""The last sign-in that is known of somebody is the first known one, too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.sql.install.migrating import downgrade, upgrade
from contracts.backend import loaded_user
from contracts.make import uid
from integration.backends import SqlBackend, created, opened

BEFORE = "0043"


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with somebody who has signed in and somebody who has not."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_first")) as backend:
        await upgrade(backend.database.engine, BEFORE)
        schema, moment = (
            ("training.", "2026-02-10 03:00:00+00") if backend.on_postgresql else ("", "2026-02-10 03:00:00")
        )
        for number, signed_in in ((1, f"'{moment}'"), (2, "NULL")):
            user_id = str(uid(number)) if backend.on_postgresql else uid(number).hex
            await backend.sql(
                f"INSERT INTO {schema}users (id, email, last_sign_in, profile_metadata)"  # noqa: S608  # our own words
                f" VALUES ('{user_id}', 'u{number}@example.com', {signed_in}, '{{}}')"
            )
        yield backend


async def test_it_is_the_last_one_so_far(old: SqlBackend) -> None:
    for _ in range(2):
        await upgrade(old.database.engine)
        found = [(await loaded_user(old, uid(number))).first_sign_in for number in (1, 2)]
        assert found == [datetime(2026, 2, 10, 3, tzinfo=UTC), None]
        await downgrade(old.database.engine, BEFORE)
