"""The files of a SQLite database are their owner's alone, and processes migrate them one after the other."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from stat import S_IMODE

import pytest
from sqlalchemy import literal, select

from adapters.sql.install.migrating import current, head, upgrade
from contracts.backend import save
from contracts.make import a_user
from integration.backends import opened
from kit.command_line import one_line, run

MIGRATE = "import sys; from entrypoints.cli.main import main; sys.argv[1:] = ['migrate']; main()"


@pytest.fixture(autouse=True)
def _generous() -> Iterator[None]:
    """New files here can be read and written by everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def rights(folder: Path) -> dict[str, str]:
    return {path.name: oct(S_IMODE(path.stat().st_mode)) for path in folder.iterdir()}


def loosen(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o664)


async def test_a_new_database_and_what_sqlite_puts_beside_it_are_the_owners(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/new.db") as backend:
        await upgrade(backend.database.engine)
        await save(backend, a_user(1))
        assert rights(tmp_path) == {"new.db": "0o600", "new.db-wal": "0o600", "new.db-shm": "0o600"}


@pytest.mark.parametrize("url", ["sqlite:///file:{}/new%2520one.db?uri=true", "sqlite:///file://{}/new.db?uri=true"])
async def test_a_database_that_is_named_by_a_uri_is_the_owners_too(tmp_path: Path, url: str) -> None:
    replicas = [url.format(tmp_path)] * 2
    async with AsyncExitStack() as stack:
        opened_twice = [await stack.enter_async_context(opened(each)) for each in replicas]
        await asyncio.gather(*(upgrade(each.database.engine) for each in opened_twice))
        assert len(rights(tmp_path)) == 3
        assert set(rights(tmp_path).values()) == {"0o600"}


async def test_a_database_that_only_readers_open_is_the_owners_too(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/new.db") as backend:
        await backend.database.reads.rows(select(literal(1)))
        assert set(rights(tmp_path).values()) == {"0o600"}


async def test_an_older_database_with_wider_rights_is_tightened(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "old.db"
    async with opened(f"sqlite:///{file}") as backend:
        await upgrade(backend.database.engine)
        await save(backend, a_user(1))
        loosen(tmp_path)
        async with opened(f"sqlite:///{file}") as second:
            await save(second, a_user(2))
            assert set(rights(tmp_path).values()) == {"0o600"}
    assert "others could read or write" in caplog.text


async def test_processes_that_migrate_one_file_at_once_take_turns(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            MIGRATE,
            cwd=tmp_path,
            env={**os.environ, "DATABASE_URL": url},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    told = [await process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], told
    async with opened(url) as backend:
        assert await current(backend.database.engine) == head()


async def test_several_in_one_process_take_turns_too(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        replicas = [await stack.enter_async_context(opened(f"sqlite:///{tmp_path}/new.db")) for _ in range(3)]
        await asyncio.gather(*(upgrade(replica.database.engine) for replica in replicas))
        assert await current(replicas[0].database.engine) == head()


def test_a_file_that_somebody_writes_to_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect(tmp_path / "new.db", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        line = one_line(run("migrate", DATABASE_URL="sqlite:///new.db", DATABASE_POOL_TIMEOUT="0.1"))
    assert "in use" in line
    assert "unified-dental migrate" in line
    assert run("migrate", DATABASE_URL="sqlite:///new.db").exit_code == 0
