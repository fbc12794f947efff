"""What happens when SQLite's file cannot be written, and that nobody leaves it locked or half written."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.sql.install.migrating import upgrade
from application.catalogue.modules.queries import ModuleReader
from application.catalogue.ports import Modules
from application.kernel.units import StoreUnavailable, Unit
from contracts.backend import counted, loaded_module, save
from contracts.make import a_module, a_section, uid
from integration.backends import SqlBackend, opened, session_of, until

WRITING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
# So little memory that what is not committed reaches the file.
connection.execute("PRAGMA cache_size = 5")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE training_modules SET title = 'Half done'")
connection.executemany(
    "INSERT INTO users (email, profile_metadata) VALUES (?, '{}')", ((f"{n}@example.com",) for n in range(5000))
)
print("writing", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def url(sqlite: str) -> str:
    return sqlite


@contextmanager
def another_process_writing(url: str) -> Iterator[subprocess.Popen[str]]:
    """A process in the middle of a transaction; it goes no further."""
    path = url.removeprefix("sqlite:///")
    command = [sys.executable, "-c", WRITING, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process
        process.kill()


async def all_threads_have_ended() -> bool:
    """aiosqlite does not wait for the thread of a connection that could not be opened."""
    return not any("_connection_worker_thread" in thread.name for thread in threading.enumerate())


class TestFiles:
    async def test_a_locked_file_is_waited_for_only_so_long(self, backend: SqlBackend, url: str) -> None:
        await save(backend, a_module(1))
        async with opened(url, pool_timeout=0.1) as hasty:
            with another_process_writing(url):
                with pytest.raises(StoreUnavailable):
                    await save(hasty, a_module(2))
                assert await counted(hasty) == (1, 0, 0)
            await save(hasty, a_module(2))
            assert await counted(hasty) == (2, 0, 0)

    async def test_a_writer_that_is_killed_leaves_nothing_half_done(self, backend: SqlBackend, url: str) -> None:
        await save(backend, a_module(1, sections=[a_section(1)]))
        with another_process_writing(url) as process:
            process.kill()
        assert process.wait() < 0
        assert [row[0] for row in await backend.sql("PRAGMA integrity_check")] == ["ok"]
        assert await backend.sql("PRAGMA foreign_key_check") == []
        assert await counted(backend) == (1, 0, 0)
        assert (await loaded_module(backend, uid(1))).title == "Infection control"
        await save(backend, a_module(2))

    async def test_a_read_only_file_can_be_read(self, backend: SqlBackend, url: str) -> None:
        await save(backend, a_module(1))
        path = url.removeprefix("sqlite:///")
        async with opened(f"sqlite:///file:{path}?mode=ro&uri=true") as read_only:
            with pytest.raises(StoreUnavailable):
                await save(read_only, a_module(2))
            assert await counted(read_only) == (1, 0, 0)

    async def test_no_such_folder(self, tmp_path: Path) -> None:
        async with opened(f"sqlite:///{tmp_path}/nowhere/training.db") as backend:
            with pytest.raises(StoreUnavailable):
                await save(backend, a_module(1))
            with pytest.raises(StoreUnavailable):
                await backend.reader(ModuleReader).worked_on(uid(1))
            await until(all_threads_have_ended)


class TestCancelled:
    @pytest.fixture(params=["file", "memory"])
    async def backend(self, request: pytest.FixtureRequest, url: str) -> AsyncIterator[SqlBackend]:
        """In memory nothing is left of a database to which there is no connection."""
        async with opened(url if request.param == "file" else "sqlite://", pool_timeout=2) as backend:
            await upgrade(backend.database.engine)
            yield backend

    async def test_during_a_statement(self, backend: SqlBackend) -> None:
        await save(backend, a_module(1))
        started = asyncio.Event()
        loop = asyncio.get_running_loop()

        async def work(unit: Unit) -> None:
            await unit.port(Modules).add(a_module(2))
            raw = await (await (await session_of(unit)).connection()).get_raw_connection()
            assert raw.driver_connection is not None
            await raw.driver_connection.create_function("started", 0, lambda: loop.call_soon_threadsafe(started.set))
            await (await session_of(unit)).execute(text(SLOW))

        task = asyncio.create_task(backend.units.run(work))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as told:
            await task
        await save(backend, a_module(3))
        assert await counted(backend) == (2, 0, 0)
        # The receiver of an error may keep it for a while, and with it the statement.
        assert told.tb is not None


SLOW = """
WITH RECURSIVE n(i) AS (SELECT 1 FROM (SELECT started()) UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
SELECT count(*) FROM n
"""
