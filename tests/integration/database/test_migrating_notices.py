"""Notices begin empty beside what was there before, and a downgrade loses none of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql.install.migrating import current, downgrade, upgrade
from application.delivery.notices.queries import NoticeReader
from application.delivery.ports import EventLog
from contracts.delivery.notices import ANA, a_notice, decide, keep
from contracts.make import uid
from domain.delivery.notices import NoticeKind
from domain.delivery.recipients import NoticeSettings
from integration.backends import SqlBackend, created, opened
from integration.old_events import happened_before
from kit.delivering import a_dead_delivery
from migrations.helpers.downgrades import EvidenceWouldBeLost

BEFORE, NEW = "0048", "0049"
KEPT = (
    "SELECT id, name, schema_version, learner_id FROM outbox_events",
    "SELECT id, channel, target_id, state, last_error FROM deliveries",
)


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with an event, and a delivery that was given up."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_notices")) as backend:
        await upgrade(backend.database.engine, BEFORE)
        await happened_before(backend, 1)
        await a_dead_delivery(backend.units, backend.reader(EventLog), uid(7))
        yield backend


async def kept(backend: SqlBackend) -> list[object]:
    return [await backend.sql(each) for each in KEPT]


async def test_what_was_there_stays_and_people_can_be_notified(old: SqlBackend) -> None:
    before = await kept(old)
    await upgrade(old.database.engine, NEW)
    assert await kept(old) == before
    assert await old.reader(NoticeReader).counts() == []
    await decide(old, a_notice(1))
    assert [(each.kind, each.number) for each in await old.reader(NoticeReader).counts()] == [(NoticeKind.DUE, 1)]


async def test_a_downgrade_without_notices_keeps_the_rest(old: SqlBackend) -> None:
    before = await kept(old)
    await upgrade(old.database.engine, NEW)
    await downgrade(old.database.engine, BEFORE)
    assert await kept(old) == before
    await upgrade(old.database.engine, NEW)
    assert await old.reader(NoticeReader).counts() == []


async def test_a_downgrade_would_lose_who_was_notified(old: SqlBackend) -> None:
    await upgrade(old.database.engine, NEW)
    await decide(old, a_notice(1))
    with pytest.raises(EvidenceWouldBeLost, match="notices, which is not empty"):
        await downgrade(old.database.engine, BEFORE)
    assert await current(old.database.engine) == NEW


async def test_a_downgrade_would_lose_what_people_have_turned_off(old: SqlBackend) -> None:
    await upgrade(old.database.engine, NEW)
    await keep(old, NoticeSettings(ANA, (NoticeKind.DUE,)))
    with pytest.raises(EvidenceWouldBeLost, match="notice_settings, which is not empty"):
        await downgrade(old.database.engine, BEFORE)
