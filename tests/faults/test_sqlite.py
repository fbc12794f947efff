"""SQLite's file locked by somebody else, full, or damaged: told in time, and over when it is over."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event

from adapters.sql.kit.engine import DatabaseOptions, open_database
from application.catalogue.modules.queries import ModuleReader
from application.kernel.units import StoreUnavailable
from contracts.backend import counted, save
from contracts.make import a_module, uid
from faults.ledger import Ledger, a_draft, assert_promised, figures
from faults.rounds import rounds
from faults.service import SOON, served
from integration.backends import SqlBackend, opened
from kit.measured import Measured

HASTE = {"database_pool_timeout": 0.3, "database_command_timeout": 3}


@pytest.fixture
def path(sqlite: str) -> str:
    return sqlite.removeprefix("sqlite:///")


@pytest.mark.fault("a SQLite file is locked by somebody else")
async def test_a_file_that_others_have_locked(sqlite: str, path: str, measured: Measured) -> None:
    ledger = Ledger()
    async with served(sqlite, **HASTE) as client:
        assert await ledger.post(client, "/v1/modules", a_draft("before")) == 201
        for number in rounds(1, 10):
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            async with asyncio.timeout(SOON):
                refused = [
                    *(ledger.post(client, "/v1/modules", a_draft(f"locked-{number}-{each}")) for each in range(4)),
                    ledger.post(client, "/v1/modules", a_draft(f"keyed-{number}"), f"key-{number}"),
                ]
                assert set(await asyncio.gather(*refused)) == {503}
                assert (await client.get("/v1/modules")).status_code == 200
            other.execute("ROLLBACK")
            other.close()
            assert await ledger.post(client, "/v1/modules", a_draft(f"after-{number}")) == 201
            assert await ledger.post(client, "/v1/modules", a_draft(f"keyed-{number}"), f"key-{number}") == 201
    async with opened(sqlite) as backend:
        measured(faults=len(rounds(1, 10)), **await figures(backend, ledger))


@pytest.mark.fault("the disk of a SQLite file is full")
async def test_a_full_disk(sqlite: str, measured: Measured) -> None:
    database = open_database(DatabaseOptions(url=sqlite))
    full = True

    def limit(connection: sqlite3.Connection, record: object) -> None:
        if full:
            connection.execute("PRAGMA max_page_count = 1")  # as many as there are

    event.listen(database.engine.sync_engine, "connect", limit)
    backend = SqlBackend(database)
    try:
        with pytest.raises(StoreUnavailable):
            await save(backend, *(a_module(number) for number in range(1, 400)))
        left = await counted(backend)
        measured(refused=1, rows_left=sum(left))
        assert left == (0, 0, 0)
        assert database.write_failures.recent()
        full = False
        await database.engine.dispose()
        await save(backend, a_module(1))
    finally:
        await database.close()


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\0" * 4_000)


@pytest.mark.fault("a SQLite file is damaged, or of an older version")
async def test_a_damaged_file(sqlite: str, path: str) -> None:
    damage(Path(path))
    database = open_database(DatabaseOptions(url=sqlite))
    backend = SqlBackend(database)
    try:
        with pytest.raises(StoreUnavailable):
            await save(backend, a_module(1))
        with pytest.raises(StoreUnavailable):
            await backend.reader(ModuleReader).worked_on(uid(1))
    finally:
        await database.close()


@pytest.mark.fault("a SQLite file is damaged, or of an older version")
async def test_a_file_from_before_a_migration(sqlite: str, path: str) -> None:
    async with served(sqlite) as client:
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA legacy_alter_table = ON")
            other.execute("ALTER TABLE training_modules RENAME TO courses")
        other.close()
        for answer in (await client.get("/v1/modules"), await client.post("/v1/modules", json={"title": "Sharps"})):
            assert_promised(answer)
            assert (answer.status_code, answer.json()["code"]) == (503, "schema-behind"), answer.text
