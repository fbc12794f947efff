"""Sealing while many write: no entry is missed, indexes have no gaps, and every checkpoint fits the next."""

from __future__ import annotations

import asyncio

import pytest

from application.audit.ports import Ledger
from application.audit.queries import (
    ProveAuditConsistency,
    ReadAuditLeaves,
    ReadAuditPoints,
    ReadAuditStrays,
    prove_audit_consistency,
)
from application.audit.reading import AuditReader
from application.audit.sealing import seal
from application.audit.verifying import AuditVerifier
from application.kernel.access import Actor
from application.kernel.units import AuditTrail, Unit
from contracts.audit.ledger import ANA, KEYS, a_record, enter
from domain.audit.merkle import verify_consistency
from integration.backends import SqlBackend, session_of, until, waiting_for_locks
from integration.tampering import unkept
from kit.encoded import decoded

WRITERS, UNITS = 16, 12
SYSTEM = Actor.system()
on_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


async def test_nothing_is_missed_while_sixteen_write(backend: SqlBackend, other: SqlBackend) -> None:
    async def write(number: int) -> None:
        record = a_record(number, ANA if number % 3 else SYSTEM)

        async def work(unit: Unit) -> None:
            await unit.port(AuditTrail).enter(record)
            if number % 2:
                # In a transaction that stays open for a while after its entry has taken its position.
                await session_of(unit)
                for _ in range(number % 5):
                    await asyncio.sleep(0)

        await backend.units.run(work)

    async def writer(first: int) -> None:
        for number in range(first, first + UNITS):
            await write(number)

    bus = other.bus()
    writing = asyncio.gather(*(writer(n * UNITS) for n in range(WRITERS)))
    while not writing.done():
        await seal(bus)
    await writing
    await seal(bus)

    entries = WRITERS * UNITS
    batch = await bus.ask(ReadAuditLeaves(0), SYSTEM)
    assert [each.index for each in batch.leaves] == list(range(entries))
    assert len({each.entry_id for each in batch.leaves}) == entries
    stored = await bus.ask(ReadAuditPoints(), SYSTEM)
    verifier = AuditVerifier(KEYS, stored.checkpoints)
    verifier.take(batch.leaves, batch.hashes)
    assert verifier.finish((await bus.ask(ReadAuditStrays(), SYSTEM)).entry_ids) == []
    sizes = [each.size for each in stored.checkpoints]
    assert sizes[-1] == entries
    for older, newer in zip(stored.checkpoints, stored.checkpoints[1:], strict=False):
        proof = await prove_audit_consistency(
            ProveAuditConsistency(older.size, newer.size), SYSTEM, other.reader(AuditReader)
        )
        path = list(map(decoded, proof.path))
        assert verify_consistency(older.size, newer.size, older.root, newer.root, path)


async def test_two_who_seal_at_once_seal_each_entry_once(backend: SqlBackend, other: SqlBackend) -> None:
    await enter(backend, *map(a_record, range(20)))
    done = await asyncio.gather(seal(backend.bus()), seal(other.bus()), seal(backend.bus()))
    assert (sum(each.sealed for each in done), {each.size for each in done}) == (20, {20})
    assert len([each for each in done if each.note]) == 1


@on_postgresql
async def test_an_entry_that_commits_late_is_sealed_in_its_order(backend: SqlBackend, other: SqlBackend) -> None:
    slow, go_on = asyncio.Event(), asyncio.Event()

    async def late(unit: Unit) -> None:
        await unit.port(AuditTrail).enter(a_record(1))
        await session_of(unit)
        slow.set()
        await go_on.wait()

    committing = asyncio.create_task(backend.units.run(late))
    await slow.wait()
    await backend.units.run(lambda unit: unit.port(AuditTrail).enter(a_record(2)))
    assert (await seal(other.bus())).size == 0, "an earlier entry may still come"
    go_on.set()
    await committing
    assert (await seal(other.bus())).size == 2
    batch = await other.bus().ask(ReadAuditLeaves(0), SYSTEM)
    assert [each.entry_id for each in batch.leaves] == [a_record(1).id, a_record(2).id]


@on_postgresql
async def test_commands_do_not_wait_for_sealing(backend: SqlBackend, other: SqlBackend) -> None:
    async def hold(unit: Unit) -> None:
        await unit.port(Ledger).lock()
        await backend.units.run(lambda writing: writing.port(AuditTrail).enter(a_record(1)))
        assert await waiting_for_locks(backend) == 0
        sealing = asyncio.create_task(seal(backend.bus()))
        await until(lambda: waiting_for_locks(backend))
        sealing.cancel()

    await other.units.run(hold)
    assert (await seal(other.bus())).size == 1


@on_postgresql
async def test_entries_of_another_server_are_sealed_after_a_move(backend: SqlBackend) -> None:
    """Whose transactions had larger numbers."""
    await enter(backend, *map(a_record, range(3)))
    assert (await seal(backend.bus())).size == 3
    for table in ("audit_entries", "audit_leaves"):
        async with unkept(backend, table):
            await backend.sql(f"UPDATE {table} SET transaction_id = CAST('900000000000' AS xid8)")  # noqa: S608
    await backend.units.run(lambda unit: unit.port(AuditTrail).enter(a_record(9)))
    assert (await seal(backend.bus())).size == 3, "it is before the last one that was sealed"
    assert (await seal(backend.bus(), moved=True)).size == 4
    await backend.units.run(lambda unit: unit.port(AuditTrail).enter(a_record(10)))
    assert (await seal(backend.bus())).size == 5
