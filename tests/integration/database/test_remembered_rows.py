"""Lists show what is in the database now, though what their rows were turned into is remembered."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.catalogue.tables import modules
from application.catalogue.modules.queries import ModuleFilter, ModuleReader
from contracts.backend import save
from contracts.make import a_module, a_user, uid
from integration.backends import SqlBackend, end_connections, opened

on_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


async def titles(backend: SqlBackend) -> list[str]:
    """As listed, oldest first."""
    page = await backend.reader(ModuleReader).page(ModuleFilter(drafts=True), None, 50)
    return [module.title for module in reversed(page.items)]


async def rename(connection: AsyncConnection, slug: str, title: str) -> None:
    await connection.execute(update(modules).where(modules.c.slug == slug).values(title=title))


@pytest.fixture
async def two(backend: SqlBackend) -> tuple[str, str]:
    """The slugs of two modules that were listed before."""
    modules = a_module(1), a_module(2)
    await save(backend, *modules)
    assert await titles(backend) == [module.title for module in modules]
    return modules[0].slug, modules[1].slug


async def test_changes_committed_by_other_clients_are_shown_at_once(
    backend: SqlBackend, other: SqlBackend, two: tuple[str, str]
) -> None:
    before = (await titles(backend))[0]
    for title in ("Once", "Twice", before, "Once"):
        async with other.database.engine.begin() as connection:
            await rename(connection, two[0], title)
        assert (await titles(backend))[0] == title
        assert (await titles(backend))[0] == title


async def test_neither_uncommitted_nor_rolled_back_changes_are_shown(
    backend: SqlBackend, other: SqlBackend, two: tuple[str, str]
) -> None:
    before = await titles(backend)
    async with other.database.engine.connect() as connection:
        await rename(connection, two[0], "Never")
        assert await titles(backend) == before
        await connection.rollback()
    assert await titles(backend) == before


async def test_a_removed_row_is_gone_and_a_new_one_is_there(backend: SqlBackend, two: tuple[str, str]) -> None:
    before = await titles(backend)
    await save(backend, a_module(3))
    assert (await titles(backend))[:2] == before
    assert len(await titles(backend)) == 3
    await backend.sql("DELETE FROM training_modules WHERE slug = :slug", slug=two[1])
    assert await titles(backend) == [before[0], a_module(3).title]


async def test_while_somebody_writes_all_the_time_everybody_reads_what_was_committed_before(
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
async def test_lists_are_shown_on_when_the_connections_were_cut(
    backend: SqlBackend, other: SqlBackend, two: tuple[str, str]
) -> None:
    before = await titles(backend)
    await end_connections(other)
    assert await titles(backend) == before


@on_postgresql
async def test_lists_are_the_same_behind_a_pooler_by_transaction(
    url: str, backend: SqlBackend, two: tuple[str, str]
) -> None:
    async with opened(url, pooler="transaction") as pooled:
        assert await titles(pooled) == await titles(pooled) == await titles(backend)
        await save(backend, a_module(3))
        assert len(await titles(pooled)) == 3


async def test_a_list_may_be_read_item_by_item(backend: SqlBackend, two: tuple[str, str]) -> None:
    await save(backend, a_user(1))
    page = await backend.reader(ModuleReader).page(ModuleFilter(drafts=True), None, 50)
    first, second = page.items
    assert (first.id, second.id, len(page.items), page.items[1]) == (uid(2), uid(1), 2, second)
    assert (page.items[:1], page.items, page.items[-1]) == ([first], [first, second], second)
    first.title = "Changed by its reader"
    assert page.items[0].title != first.title
