"""Positions of before have their texts in the form that is compared, and merges the moment of the decision."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql.install.migrating import upgrade
from application.kernel.access import EVERYONE
from application.people.histories.queries import HistoryReader
from application.people.job_codes.commands import MapJobTitle
from contracts.make import uid
from integration.backends import ADMIN, SqlBackend, created, opened

BEFORE = "0033"


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with somebody's positions."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_keys")) as backend:
        await upgrade(backend.database.engine, BEFORE)
        schema, who = ("training.", f"'{uid(1)}'") if backend.on_postgresql else ("", f"'{uid(1).hex}'")
        moment = "2026-02-10 03:00:00" + ("+00" if backend.on_postgresql else ".000000")
        await backend.sql(
            f"INSERT INTO {schema}users (id, email, profile_metadata, created_at, updated_at) "  # noqa: S608  # our own words
            f"VALUES ({who}, 'a@example.com', '{{}}', '{moment}', '{moment}')"
        )
        for title in ("'Hygiénist  Lead'", "NULL"):
            await backend.sql(
                f"INSERT INTO {schema}positions (position_id, user_id, job_title, department, is_primary, starts_on, "  # noqa: S608  # our own words
                f"source, recorded_at) VALUES ({who}, {who}, {title}, 'Lab', false, '2026-02-10', 'roster', '{moment}')"
            )
        modules = "ARRAY[]::uuid[]" if backend.on_postgresql else "'[]'"
        await backend.sql(
            f"INSERT INTO {schema}user_merges (user_id, into_id, reason, decided_at, module_ids) "  # noqa: S608  # our own words
            f"VALUES ({who.replace('1', '2')}, {who}, 'Hired twice.', '{moment}', {modules})"
        )
        yield backend


async def test_a_title_of_before_is_mapped_and_a_merge_of_before_is_known(old: SqlBackend) -> None:
    await upgrade(old.database.engine)
    await old.bus().execute(MapJobTitle("hygienist lead", "hygienist"), ADMIN)
    assert await old.sql("SELECT count(*) FROM user_merges WHERE recorded_at = decided_at") == [(1,)]
    recorded = await old.reader(HistoryReader).recorded(EVERYONE, uid(1))
    assert recorded is not None
    assert [(each.into_id, each.user_id != uid(1)) for each in recorded.pointers] == [(uid(1), True)]
    meant = recorded.facts.meant(recorded.facts.positions)
    assert sorted((each.position.job_title or "", each.job_code or "") for each in meant) == [
        ("", ""),
        ("Hygiénist  Lead", "hygienist"),
    ]
