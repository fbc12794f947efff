"""Incomplete enrollments from before the migration are settled once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.sql.install.migrating import upgrade
from application.learning.settling import DueReader
from contracts.make import later, uid
from integration.backends import SqlBackend, created, opened

MODULE = uid(1)
LEARNING, WAITING, DONE = uid(11), uid(12), uid(13)
CHANGED = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with a module and users who have begun it, not begun it and completed it."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_settling")) as backend:
        await upgrade(backend.database.engine, "0009")
        plain, zone = (str, "+00:00") if backend.on_postgresql else (lambda value: value.hex, "")
        tags = "{}" if backend.on_postgresql else "[]"
        await backend.sql(
            f"INSERT INTO training_modules (id, slug, title, tags) VALUES ('{plain(MODULE)}', 'a', 'A', '{tags}')"  # noqa: S608
        )
        moment = f"'2026-03-02 00:00:00.000000{zone}'"
        for user, started, completed in (
            (LEARNING, moment, "NULL"),
            (WAITING, "NULL", "NULL"),
            (DONE, moment, moment),
        ):
            await backend.sql(
                "INSERT INTO users (id, email, profile_metadata, managed_departments)"  # noqa: S608  # our own words
                f" VALUES ('{plain(user)}', '{user}@example.com', '{{}}', '{tags}')"
            )
            await backend.sql(
                "INSERT INTO module_enrollments (module_id, user_id, version_number, started_at, completed_at,"  # noqa: S608  # our own words
                f" updated_at) VALUES ('{plain(MODULE)}', '{plain(user)}', 1, {started}, {completed}, {moment})"
            )
        yield backend


async def test_each_incomplete_enrollment_is_due_once(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    found = await old.reader(DueReader).due(later(days=1), None, 50)
    assert [(due.user_id, due.settles_at) for due in found] == [(LEARNING, CHANGED)]
