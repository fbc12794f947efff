"""The feed while sixteen write: nothing is missed, nothing comes twice, and the order stays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import text

from application.delivery.feed.queries import EventPage, EventView, ReadEvents
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.units import Outbox, OutboxEntry, Unit
from contracts.make import T, uid
from domain.catalogue.module_life import ModuleDrafted
from faults.rounds import LONG
from integration.backends import SqlBackend, session_of
from kit.measured import Measured

WRITERS, UNITS = 16, 100 if LONG else 12
on_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


def entry(n: int) -> OutboxEntry:
    return OutboxEntry(uid(60_000 + n), T, ModuleDrafted(uid(n)), Actor.system())


class Crash(Exception):
    """The consumer's process ends."""


class Consumer:
    """Processes each event once: by its id, and with a cursor that is stored together with the effect.

    It crashes after some events, before it has stored how far it got, and then reads these again.
    """

    def __init__(self, bus: Bus, *, crashes_every: int = 0, limit: int = 7) -> None:
        self._bus = bus
        self._crashes_every = crashes_every
        self._limit = limit
        self.stored: str | None = None
        self.order: list[UUID] = []
        """The ids in the order in which they took effect."""
        self.repeated = 0
        self._seen: set[UUID] = set()

    async def read(self) -> bool:
        """Whether there was anything to read."""
        page: EventPage = await self._bus.ask(ReadEvents(self.stored, limit=self._limit), Actor.system())
        try:
            self._process(page.items)
        except Crash:
            return True
        self.stored = page.next_cursor
        return bool(page.items)

    def _process(self, items: Sequence[EventView]) -> None:
        for event in items:
            if event.id in self._seen:
                self.repeated += 1
                continue
            self._seen.add(event.id)
            self.order.append(event.id)
            if self._crashes_every and len(self.order) % self._crashes_every == 0:
                raise Crash


async def takes_its_number(backend: SqlBackend, unit: Unit) -> None:
    """Have the unit's transaction take its place in the order of events, long before it writes and commits."""
    session = await session_of(unit)
    if backend.on_postgresql:
        await session.execute(text("SELECT pg_current_xact_id()"))


async def write_all(backend: SqlBackend) -> None:
    """Every second unit of work stays open for a while after its transaction has taken its number."""

    async def unit_of(number: int) -> None:
        async def work(unit: Unit) -> None:
            await unit.port(Outbox).append([entry(number)])
            if number % 2:
                await takes_its_number(backend, unit)
                for _ in range(number % 5):
                    await asyncio.sleep(0)
                await unit.port(Outbox).append([entry(500 + number)])

        await backend.units.run(work)

    async def writer(writer: int) -> None:
        for number in range(UNITS):
            await unit_of(writer * 1_000 + number)

    await asyncio.gather(*(writer(n) for n in range(WRITERS)))


async def in_the_database(backend: SqlBackend) -> list[UUID]:
    rows = await backend.sql("SELECT CAST(id AS text) FROM outbox_events ORDER BY transaction_id, position")
    return [UUID(row[0]) for row in rows]


@pytest.mark.fault("sixteen write while the feed is read")
async def test_nothing_is_missed_nothing_comes_twice_and_the_order_stays(
    backend: SqlBackend, other: SqlBackend, measured: Measured
) -> None:
    bus = other.bus()
    steady, crashing = Consumer(bus), Consumer(bus, crashes_every=5)

    async def consume(consumer: Consumer, writing: asyncio.Future[None]) -> None:
        while not writing.done():
            await consumer.read()
        while await consumer.read():
            pass

    writing = asyncio.ensure_future(write_all(backend))
    await asyncio.gather(writing, consume(steady, writing), consume(crashing, writing))
    written = await in_the_database(other)
    seen = [event_id for consumer in (steady, crashing) for event_id in consumer.order]
    measured(
        events=len(written),
        gaps=2 * len(written) - sum(len({*each.order} & {*written}) for each in (steady, crashing)),
        out_of_order=sum(each.order != written for each in (steady, crashing)),
        duplicates=len(seen) - len({*steady.order}) - len({*crashing.order}),
        read_again_after_crashes=crashing.repeated,
    )
    assert len(written) == WRITERS * UNITS * 3 // 2
    assert steady.order == written
    assert (crashing.order, crashing.repeated > 0) == (written, True)


@on_postgresql
async def test_an_end_is_before_all_that_has_not_been_committed(backend: SqlBackend, other: SqlBackend) -> None:
    bus = other.bus()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def late(unit: Unit) -> None:
        await takes_its_number(backend, unit)
        await unit.port(Outbox).append([entry(1)])
        begun.set()
        await go_on.wait()

    committing = asyncio.create_task(backend.units.run(late))
    await begun.wait()
    await backend.units.run(lambda unit: unit.port(Outbox).append([entry(2)]))
    page = await bus.ask(ReadEvents(), Actor.system())
    latest = await bus.ask(ReadEvents("latest"), Actor.system())
    assert (page.items, latest.items) == ([], [])
    go_on.set()
    await committing
    for cursor in (page.next_cursor, latest.next_cursor, None):
        after = await bus.ask(ReadEvents(cursor), Actor.system())
        assert [each.id for each in after.items] == [uid(60_001), uid(60_002)]


@on_postgresql
async def test_the_index_gives_the_order(backend: SqlBackend) -> None:
    await backend.units.run(lambda unit: unit.port(Outbox).append([entry(n) for n in range(2_000)]))
    await backend.sql("ANALYZE outbox_events")
    plan = await backend.sql(
        "EXPLAIN SELECT * FROM outbox_events WHERE (0::text::xid8, 5) < (transaction_id, position) "
        "AND transaction_id < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY transaction_id, position LIMIT 50"
    )
    assert "ix_outbox_events_transaction" in "\n".join(row[0] for row in plan)
