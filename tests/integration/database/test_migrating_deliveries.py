"""Events from before deliveries stay, are about nobody, and can be delivered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.sql.install.migrating import downgrade, upgrade
from application.delivery.ports import Deliveries, EventLog
from application.kernel.units import Unit
from contracts.make import T, later, uid
from domain.delivery.deliveries import DeliveryState, Settled, Wanted
from integration.backends import SqlBackend, created, opened
from integration.old_events import happened_before
from kit.delivering import CHANNEL, TARGET, stored

BEFORE, NEW = "0046", "0047"
EVENTS = "SELECT id, name, subject_id, payload, occurred_at, transaction_id FROM outbox_events ORDER BY position"


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with two events about one person."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_deliveries")) as backend:
        await upgrade(backend.database.engine, BEFORE)
        await happened_before(backend, 1)
        await happened_before(backend, 2, "UserDeactivated")
        yield backend


async def test_events_stay_and_are_of_the_first_form(old: SqlBackend) -> None:
    before = await old.sql(EVENTS)
    await upgrade(old.database.engine, NEW)
    assert await old.sql(EVENTS) == before
    assert await old.sql("SELECT schema_version, learner_id FROM outbox_events") == [(1, None), (1, None)]


async def test_events_of_before_can_be_delivered_in_order(old: SqlBackend) -> None:
    await upgrade(old.database.engine, NEW)
    events = await stored(old.reader(EventLog), 2)
    assert [(each.id, each.schema_version, each.learner_id) for each in events] == [
        (uid(1), 1, None),
        (uid(2), 1, None),
    ]

    delivered = []

    async def work(unit: Unit) -> None:
        deliveries = unit.port(Deliveries)
        await deliveries.plan(CHANNEL, [Wanted(TARGET, each) for each in events], T)
        while claims := await deliveries.claim(CHANNEL, later(hours=1), timedelta(seconds=1), 1):
            await deliveries.settle(claims[0], Settled(DeliveryState.DELIVERED, 1, None, None), later(hours=1))
            delivered.append(claims[0].event.id)

    await old.units.run(work)
    assert delivered == [uid(1), uid(2)]


async def test_a_downgrade_keeps_events_and_comes_back(old: SqlBackend) -> None:
    before = await old.sql(EVENTS)
    await upgrade(old.database.engine, NEW)
    await downgrade(old.database.engine, BEFORE)
    assert await old.sql(EVENTS) == before
    await upgrade(old.database.engine, NEW)
    assert [each.id for each in await stored(old.reader(EventLog), 2)] == [uid(1), uid(2)]
