"""Removing what has been delivered, and what the worker of the whole service does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from adapters.memory.kit.discovery import memory_readers
from adapters.system import ZonedCalendar
from application.delivery.channels import discover_channels
from application.delivery.housekeeping import remove_delivered
from application.delivery.ports import Deliveries
from application.delivery.worker import Worker
from application.kernel.access import Actor
from application.kernel.ports import Calendar, Chance, Clock
from application.kernel.units import Unit, Units
from domain.delivery.events import BEGINNING
from domain.kernel.schedules import Due
from kit.surroundings import ForetoldChance
from worlds.delivery import CHANNEL, Office


async def removed(office: Office) -> None:
    due = Due(office.clock.now(), date(2026, 3, 2))
    await remove_delivered(due, Actor.system(), office.units, office.clock)


async def test_what_was_delivered_is_removed_in_time() -> None:
    office = Office()
    await office.happens(7, 8)
    await office.courier().once()

    async def all_have_read(unit: Unit) -> None:
        last = (await office.events.after(BEGINNING, 10))[-1].place
        for name in discover_channels():
            await unit.port(Deliveries).advance(name, BEGINNING, last, [], office.clock.now())

    await office.units.run(all_have_read)
    office.clock.advance(timedelta(days=29))
    await removed(office)
    assert len(await office.deliveries()) == 2
    office.clock.advance(timedelta(days=2))
    await removed(office)
    assert await office.deliveries() == []
    assert len(await office.events.after(BEGINNING, 10)) == 2, "events stay for longer"
    office.clock.advance(timedelta(days=60))
    await removed(office)
    assert await office.events.after(BEGINNING, 10) == []
    await office.happens(9)
    assert await office.courier().once() == 1, "a place in the order is never used again"


async def test_a_worker_has_couriers_and_jobs() -> None:
    office = Office()
    await office.happens(7)
    objects = {
        Units: office.units,
        Clock: office.clock,
        Chance: ForetoldChance(),
        Calendar: ZonedCalendar("America/Chicago"),
        **memory_readers(office.store),
    }
    seen = list[tuple[str, str]]()
    worker = Worker.of(
        {CHANNEL: office.channel},
        [remove_delivered.__job__],  # type: ignore[attr-defined]  # the mark of the decorator
        objects.__getitem__,
        lambda channel, result: seen.append((channel, result)),
    )
    assert await worker.once() == (1, 1)
    assert await worker.once() == (0, 0)
    assert seen == [(CHANNEL, "delivered")]
    assert office.clock.now() == datetime(2026, 3, 2, 12, tzinfo=UTC)
