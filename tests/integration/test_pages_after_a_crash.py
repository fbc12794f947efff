"""Pages that are cached, and a server that crashes: transactions that nobody flushed lend their numbers to others.

On a server of its own, which loses nothing that it has acknowledged (`fsync` on).
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text

from adapters.sql import page_cache
from adapters.sql.engine import database_url
from application.modules.queries import ModuleFilter, ModuleReader
from contracts.backend import save
from contracts.make import a_module
from integration.backends import SqlBackend, created, opened, until
from integration.postgres import own_server_url
from support import migrate

FLUSHES_SELDOM = (
    "ALTER SYSTEM SET fsync = on",
    "ALTER SYSTEM SET full_page_writes = on",
    "ALTER SYSTEM SET synchronous_commit = on",
    # What is written without a commit stays in memory for as long as the test takes.
    "ALTER SYSTEM SET wal_writer_delay = '10s'",
    "ALTER SYSTEM SET bgwriter_delay = '10s'",
    "ALTER SYSTEM SET autovacuum = off",
    "SELECT pg_reload_conf()",
)


@pytest.fixture(scope="module")
def own_server() -> Iterator[str]:
    """The URL of a server that may be crashed."""
    with own_server_url(*FLUSHES_SELDOM) as url:
        yield url


@pytest.fixture
async def url(own_server: str) -> str:
    """The URL of a migrated database on it."""
    url = await created(own_server, "crashing")
    await migrate(url)
    return url


@pytest.fixture
async def backend(url: str) -> AsyncIterator[SqlBackend]:
    async with opened(url, pool_size=1, max_overflow=1) as backend:
        yield backend


async def titles(backend: SqlBackend) -> list[str]:
    """As listed, newest first."""
    page = await backend.reader(ModuleReader).page(ModuleFilter(drafts=True), None, 50)
    return [module.title for module in page.items]


async def crash(backend: SqlBackend) -> None:
    """Kill one of the server's processes: it ends all others, and recovers from what was flushed."""
    victim = (await backend.sql("SELECT pg_backend_pid()"))[0][0]
    os.kill(victim, signal.SIGKILL)

    async def recovered() -> bool:
        try:
            return bool(await backend.sql("SELECT pg_backend_pid() <> :victim", victim=victim))
        except Exception:
            return False

    await until(recovered)


async def test_an_acknowledged_write_is_listed_though_it_has_the_number_of_one_that_was_lost(
    url: str, backend: SqlBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "LASTING", 0.0)
    await save(backend, a_module(1))
    await backend.sql("CHECKPOINT")
    started = await backend.sql("SELECT pg_postmaster_start_time()")

    async with opened(url) as other, other.database.engine.connect() as lost:
        await lost.execute(text("UPDATE training.training_modules SET summary = 'lost'"))
        number = await lost.scalar(text("SELECT pg_current_xact_id()::text"))
        await lost.rollback()
    before = await titles(backend)
    assert await titles(backend) == before, "the page is cached"

    await crash(backend)
    assert await backend.sql("SELECT pg_postmaster_start_time()") == started, "the server has not been started anew"
    async with opened(url) as another:
        rows = await another.sql(
            "UPDATE training_modules SET title = 'Acknowledged' RETURNING pg_current_xact_id()::text"
        )
        assert rows[0][0] == number, "the number was not used again: this proves nothing"
    assert await titles(backend) == ["Acknowledged"]


async def test_a_role_without_the_right_reads_pages_without_a_cache(url: str, backend: SqlBackend) -> None:
    await save(backend, a_module(1))
    await backend.sql("REVOKE EXECUTE ON FUNCTION pg_control_checkpoint() FROM public")
    await backend.sql("CREATE ROLE plain LOGIN BYPASSRLS")
    await backend.sql("GRANT pg_read_all_data TO plain")
    async with opened(database_url(url).set(username="plain")) as plain:
        assert await titles(plain) == await titles(plain) == await titles(backend)
