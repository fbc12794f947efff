"""The outbox can be read in an order in which nothing is missed, however late its writers commit."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.sql.install.migrating import upgrade
from application.kernel.access import Actor
from application.kernel.units import Outbox, OutboxEntry, Unit
from contracts.backend import save
from contracts.make import T, a_module, uid
from domain.catalogue.module_life import ModuleDrafted
from integration.backends import SqlBackend, created, opened, session_of

WRITERS, UNITS = 8, 12
on_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)

POSTGRESQL = """
    SELECT transaction_id::text::bigint, position, name FROM outbox_events
    WHERE (transaction_id, position) > (CAST(CAST(:number AS text) AS xid8), :position)
    AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY transaction_id, position LIMIT 10
"""
SQLITE = """
    SELECT transaction_id, position, name FROM outbox_events
    WHERE (transaction_id, position) > (:number, :position) ORDER BY transaction_id, position LIMIT 10
"""

OLD = """
    INSERT INTO outbox_events (name, subject_id, payload, occurred_at)
    VALUES (:name, '00000000000070008000000000000001', '{}', '2026-01-01 00:00:00.000000')
"""


class Consumer:
    """Reads on from the last event that it has seen, ten at a time."""

    def __init__(self, backend: SqlBackend) -> None:
        self._backend = backend
        self._last = (0, 0)
        self.seen: list[int] = []

    async def read(self) -> bool:
        """Whether there was anything to read."""
        number, position = self._last
        statement, number_given = (POSTGRESQL, str(number)) if self._backend.on_postgresql else (SQLITE, number)
        rows = await self._backend.sql(statement, number=number_given, position=position)
        for number, position, _ in rows:
            self._last = (number, position)
            self.seen.append(position)
        return bool(rows)


def entry(n: int) -> OutboxEntry:
    return OutboxEntry(uid(60_000 + n), T, ModuleDrafted(uid(n)), Actor.system())


async def test_a_consumer_that_reads_while_all_write_sees_every_event_once(
    backend: SqlBackend, other: SqlBackend
) -> None:
    consumer = Consumer(other)

    async def unit_of(writer: int, number: int) -> None:
        async def work(unit: Unit) -> None:
            await unit.port(Outbox).append([entry(writer * 1_000 + number)])
            if (writer + number) % 2:
                # In a transaction that stays open for a while after its events have taken their positions.
                await session_of(unit)
                for _ in range(number % 5):
                    await asyncio.sleep(0)
                await unit.port(Outbox).append([entry(writer * 1_000 + 500 + number)])
                await session_of(unit)

        await backend.units.run(work)

    async def writer(writer: int) -> None:
        for number in range(UNITS):
            await unit_of(writer, number)

    async def consume(writing: asyncio.Future[list[None]]) -> None:
        while not writing.done():
            await consumer.read()

    writing = asyncio.gather(*(writer(n) for n in range(WRITERS)))
    await asyncio.gather(writing, consume(writing))
    while await consumer.read():
        pass

    written = [row[0] for row in await other.sql("SELECT position FROM outbox_events ORDER BY position")]
    assert len(written) == WRITERS * UNITS * 3 // 2
    assert sorted(consumer.seen) == written


@on_postgresql
async def test_who_took_the_first_position_and_commits_last_is_not_missed(
    backend: SqlBackend, other: SqlBackend
) -> None:
    consumer = Consumer(other)
    slow, go_on = asyncio.Event(), asyncio.Event()

    async def late(unit: Unit) -> None:
        await session_of(unit)
        await unit.port(Outbox).append([entry(1)])
        await session_of(unit)  # which writes what was appended
        slow.set()
        await go_on.wait()

    committing = asyncio.create_task(backend.units.run(late))
    await slow.wait()
    await backend.units.run(lambda unit: unit.port(Outbox).append([entry(2)]))
    assert not await consumer.read(), "the later position is read while an earlier one may still come"
    go_on.set()
    await committing
    assert await consumer.read()
    assert consumer.seen == [row[0] for row in await other.sql("SELECT position FROM outbox_events ORDER BY 1")]


async def test_a_command_and_its_events_are_of_one_transaction(backend: SqlBackend) -> None:
    await save(backend, a_module(1))
    await backend.units.run(lambda unit: unit.port(Outbox).append([entry(1), entry(2)]))
    await backend.units.run(lambda unit: unit.port(Outbox).append([entry(3)]))
    first, second, third = [
        row[0] for row in await backend.sql("SELECT transaction_id FROM outbox_events ORDER BY position")
    ]
    assert first == second
    assert (first == third) is not backend.on_postgresql


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_was_in_the_outbox_before_comes_first_and_in_its_order(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    new = f"sqlite:///{tmp_path}/old.db" if kind == "sqlite" else None
    async with opened(new or await created(request.getfixturevalue("server"), "unified_dental_outbox")) as backend:
        await upgrade(backend.database.engine, "0005")
        for n in (1, 2, 3):
            await backend.sql(OLD, name=f"Old{n}")
        await upgrade(backend.database.engine)
        await backend.units.run(lambda unit: unit.port(Outbox).append([entry(1)]))
        rows = await backend.sql("SELECT name FROM outbox_events ORDER BY transaction_id, position")
        assert [row[0] for row in rows] == ["Old1", "Old2", "Old3", "ModuleDrafted"]
