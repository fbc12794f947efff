"""Deliveries from before webhooks stay when webhooks come, and when they go again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from adapters.sql.install.migrating import downgrade, upgrade
from application.delivery.ports import Deliveries, DeliveryFilter, DeliveryReader, EventLog
from application.delivery.webhooks.queries import WebhookReader
from contracts.backend import save
from contracts.delivery.webhooks import a_webhook
from contracts.make import uid
from domain.delivery.deliveries import Wanted
from integration.backends import SqlBackend, created, opened
from integration.old_events import happened_before
from kit.delivering import a_dead_delivery, stored


@pytest.fixture(params=["sqlite", "postgresql"])
async def old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlBackend]:
    """A database before the migration, with an event, and a delivery of another channel that was given up."""
    new = f"sqlite:///{tmp_path}/old.db" if request.param == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_hooks")) as backend:
        await upgrade(backend.database.engine, "0047")
        await happened_before(backend, 1)
        await a_dead_delivery(backend.units, backend.reader(EventLog), uid(7))
        yield backend


async def deliveries(backend: SqlBackend) -> list[tuple[UUID, str | None]]:
    page = await backend.reader(DeliveryReader).page(DeliveryFilter(), None, 10)
    return [(each.target_id, each.last_error) for each in page.items]


async def test_deliveries_stay_and_webhooks_can_be_added(old: SqlBackend) -> None:
    await upgrade(old.database.engine, "0048")
    assert await deliveries(old) == [(uid(7), "answered 500")]
    webhook = a_webhook()
    await save(old, webhook)
    event = (await stored(old.reader(EventLog), 1))[0]

    await old.units.run(
        lambda unit: unit.port(Deliveries).plan("webhooks", [Wanted(webhook.id, event)], event.occurred_at)
    )
    page = await old.reader(WebhookReader).deliveries(webhook.id, None, None, 10)
    assert page is not None
    assert [each.event_id for each in page.items] == [event.id]


async def test_a_downgrade_keeps_deliveries_and_comes_back_empty(old: SqlBackend) -> None:
    await upgrade(old.database.engine, "0048")
    await save(old, a_webhook())
    await downgrade(old.database.engine, "0047")
    assert await deliveries(old) == [(uid(7), "answered 500")]
    await upgrade(old.database.engine, "0048")
    assert (await old.reader(WebhookReader).page(None, 10)).items == []
