"""Pages are kept while the database shows the same: what of it only a real database can show."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import page_cache
from adapters.sql.modules import modules
from application.modules.queries import ModuleFilter, ModuleReader
from contracts.backend import save
from contracts.make import a_module, a_user
from integration.backends import SqlBackend, end_connections, opened

on_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def _lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each state of the database is taken for a lasting one."""
    monkeypatch.setattr(page_cache, "LASTING", 0.0)


async def titles(backend: SqlBackend) -> list[str]:
    """As listed, oldest first."""
    page = await backend.reader(ModuleReader).page(ModuleFilter(drafts=True), None, 50)
    return [module.title for module in reversed(page.items)]


async def rename(connection: AsyncConnection, slug: str, title: str) -> None:
    await connection.execute(update(modules).where(modules.c.slug == slug).values(title=title))


@pytest.fixture
async def two(backend: SqlBackend) -> tuple[str, str]:
    """The slugs of two modules that were listed twice, so that they are kept."""
    modules = a_module(1), a_module(2)
    await save(backend, *modules)
    assert await titles(backend) == await titles(backend) == [module.title for module in modules]
    return modules[0].slug, modules[1].slug


async def test_what_others_commit_past_the_service_is_shown_at_once(
    backend: SqlBackend, other: SqlBackend, two: tuple[str, str]
) -> None:
    for title in ("Once", "Twice"):
        async with other.database.engine.begin() as connection:
            await rename(connection, two[0], title)
        assert (await titles(backend))[0] == title
        assert (await titles(backend))[0] == title


async def test_neither_what_is_under_way_nor_what_was_rolled_back_is_shown(
    backend: SqlBackend, other: SqlBackend, two: tuple[str, str]
) -> None:
    before = await titles(backend)
    async with other.database.engine.connect() as connection:
        await rename(connection, two[0], "Never")
        assert await titles(backend) == await titles(backend) == before
        await connection.rollback()
    assert await titles(backend) == before


@on_postgresql
async def test_who_began_first_and_commits_last_is_noticed_too(
    backend: SqlBackend, other: SqlBackend, two: tuple[str, str]
) -> None:
    engine = other.database.engine
    async with engine.connect() as first, engine.connect() as second:
        await rename(first, two[0], "First")
        await rename(second, two[1], "Second")
        await second.commit()
        assert (await titles(backend))[1] == (await titles(backend))[1] == "Second"
        await first.commit()
    assert await titles(backend) == ["First", "Second"]


@on_postgresql
async def test_any_transaction_on_the_server_makes_them_old_and_none_makes_them_wrong(
    backend: SqlBackend, other: SqlBackend, two: tuple[str, str]
) -> None:
    before = await titles(backend)
    await save(other, a_user(1))
    assert await titles(backend) == before


async def test_a_command_is_seen_by_whoever_sent_it(backend: SqlBackend, two: tuple[str, str]) -> None:
    for n in range(3):
        await save(backend, a_module(10 + n))
        assert len(await titles(backend)) == 3 + n


async def test_while_somebody_writes_all_the_time_nobody_reads_what_is_over(
    backend: SqlBackend, other: SqlBackend, two: tuple[str, str]
) -> None:
    written = 0

    async def write() -> None:
        nonlocal written
        for number in range(1, 41):
            async with other.database.engine.begin() as connection:
                await rename(connection, two[0], str(number))
            written = number

    async def read(done: asyncio.Task[None]) -> None:
        while not done.done():
            known = written
            title = (await titles(backend))[0]
            assert int(title) >= known if title.isdecimal() else known == 0

    writing = asyncio.create_task(write())
    await asyncio.gather(*(read(writing) for _ in range(8)), writing)
    assert (await titles(backend))[0] == "40"


@on_postgresql
async def test_they_are_shown_on_when_the_connections_were_cut(
    backend: SqlBackend, other: SqlBackend, two: tuple[str, str]
) -> None:
    before = await titles(backend)
    await end_connections(other)
    assert await titles(backend) == before


@on_postgresql
async def test_they_are_kept_behind_a_pooler_by_transaction(
    url: str, backend: SqlBackend, two: tuple[str, str]
) -> None:
    async with opened(url, pooler="transaction") as pooled:
        assert await titles(pooled) == await titles(pooled) == await titles(backend)
        await save(backend, a_module(3))
        assert len(await titles(pooled)) == 3
