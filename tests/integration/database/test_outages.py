"""How a database that is away, busy or damaged shows itself: soon, and as what it is."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from adapters.sql.kit.engine import database_url
from application.catalogue.modules.queries import ModuleReader
from application.catalogue.ports import Modules
from application.catalogue.sections.commands import EditSection
from application.kernel.units import StoreUnavailable, Unit
from application.people.ports import Staff
from contracts.backend import counted, loaded_module, save
from contracts.make import T, a_module, a_section, a_user, section_id, uid, user_id
from domain.kernel.errors import DomainError
from integration.backends import (
    ADMIN,
    WAITING,
    SqlBackend,
    end_connections,
    on_server,
    opened,
    session_of,
    until,
    waiting_for_locks,
)


@pytest.fixture
def url(postgresql: str) -> str:
    return postgresql


def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


UNREACHABLE = {
    "refused": lambda url: url.set(host="127.0.0.1", port=unused_port(), query={}),
    "no such socket": lambda url: URL.create(
        url.drivername, url.username, database=url.database, query={"host": "/nowhere"}
    ),
    "no such host": lambda url: url.set(host="nowhere.invalid", query={}),
    "no such database": lambda url: url.set(database="unified_dental_gone"),
    "no such user": lambda url: url.set(username="nobody_of_this_name"),
}


class TestUnreachable:
    @pytest.fixture(params=UNREACHABLE)
    async def unreachable(self, request: pytest.FixtureRequest, url: str) -> AsyncIterator[SqlBackend]:
        elsewhere: Callable[[URL], URL] = UNREACHABLE[request.param]
        async with opened(elsewhere(database_url(url)), pool_timeout=5) as backend:
            yield backend

    async def test_units_say_so(self, unreachable: SqlBackend) -> None:
        with pytest.raises(StoreUnavailable):
            async with asyncio.timeout(5):
                await save(unreachable, a_module(1))

    async def test_reads_say_so(self, unreachable: SqlBackend) -> None:
        with pytest.raises(StoreUnavailable):
            async with asyncio.timeout(5):
                await unreachable.reader(ModuleReader).worked_on(uid(1))

    async def test_a_database_dropped_meanwhile(self, server: str, backend: SqlBackend) -> None:
        await on_server(server, "DROP DATABASE IF EXISTS unified_dental_gone", "CREATE DATABASE unified_dental_gone")
        gone = database_url(server).set(database="unified_dental_gone")
        async with opened(gone) as soon:
            await soon.sql("SELECT 1")
            await on_server(server, "DROP DATABASE unified_dental_gone WITH (FORCE)")
            with pytest.raises(StoreUnavailable):
                await save(soon, a_module(1))
            with pytest.raises(StoreUnavailable):
                await soon.reader(ModuleReader).worked_on(uid(1))


class TestExhausted:
    @pytest.fixture
    async def small(self, url: str, backend: SqlBackend) -> AsyncIterator[SqlBackend]:
        """One connection for units and one for reads, and little patience."""
        async with opened(url, pool_size=1, max_overflow=0, pool_timeout=0.1) as small:
            yield small

    async def test_units_wait_for_a_connection_only_so_long(self, small: SqlBackend) -> None:
        taken, enough = asyncio.Event(), asyncio.Event()

        async def holding(unit: Unit) -> None:
            await session_of(unit)
            await unit.port(Modules).add(a_module(1))
            taken.set()
            await enough.wait()

        first = asyncio.create_task(small.units.run(holding))
        await taken.wait()
        with pytest.raises(StoreUnavailable):
            await loaded_module(small, uid(1))
        enough.set()
        await first
        assert (await loaded_module(small, uid(1))).slug == "module-1"

    async def test_units_of_one_statement_wait_only_so_long(self, small: SqlBackend, backend: SqlBackend) -> None:
        await save(small, a_user(1))
        async with backend.database.engine.connect() as holder:
            await holder.execute(text("LOCK TABLE training.training_modules"))
            first = asyncio.create_task(save(small, a_module(1)))
            await until(lambda: waiting_for_locks(backend))
            with pytest.raises(StoreUnavailable, match="no connection"):
                await save(small, a_module(2))
        await first
        assert (await counted(small))[0] == 1

    async def test_reads_wait_for_a_connection_only_so_long(self, small: SqlBackend, backend: SqlBackend) -> None:
        reader = small.reader(ModuleReader)
        await save(backend, a_module(1))
        async with backend.database.engine.connect() as holder:
            await holder.execute(text("LOCK TABLE training.training_modules"))
            first = asyncio.create_task(reader.worked_on(uid(1)))
            await until(lambda: waiting_for_locks(backend))
            with pytest.raises(StoreUnavailable, match="in time"):
                await reader.worked_on(uid(1))
        assert await first is not None
        assert await reader.worked_on(uid(1)) is not None


class TestReads:
    async def test_no_one_notices_that_all_connections_were_ended(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_module(1))
        reader = backend.reader(ModuleReader)
        await asyncio.gather(*(reader.worked_on(uid(1)) for _ in range(10)))
        await end_connections(other)
        found = await asyncio.gather(*(reader.worked_on(uid(1)) for _ in range(10)))
        assert None not in found
        await save(backend, a_module(2))

    async def test_nor_does_a_writer_of_one_statement(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_module(1))
        await end_connections(other)
        await save(backend, a_module(2))
        assert (await counted(backend))[0] == 2

    async def test_a_running_read_is_repeated(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_module(1))
        async with other.database.engine.connect() as holder:
            await holder.execute(text("LOCK TABLE training.training_modules"))
            reading = asyncio.create_task(backend.reader(ModuleReader).worked_on(uid(1)))
            await until(lambda: waiting_for_locks(other))
            await end_connections(other, WAITING)
        assert await reading is not None

    async def test_a_statement_that_takes_too_long(self, backend: SqlBackend, other: SqlBackend, url: str) -> None:
        hasty_url = database_url(url).update_query_dict({"statement_timeout": "50"})
        async with opened(hasty_url) as hasty, other.database.engine.connect() as holder:
            await holder.execute(text("LOCK TABLE training.training_modules"))
            with pytest.raises(StoreUnavailable):
                await hasty.reader(ModuleReader).worked_on(uid(1))


class TestDamage:
    @pytest.mark.parametrize(
        "content",
        [
            '{"kind": "poem", "markdown": "Roses"}',
            '{"kind": "lesson"}',
            '{"kind": "lesson", "markdown": "# Hi", "color": "red"}',
            '["lesson"]',
            '"lesson"',
            "null",
        ],
    )
    async def test_a_damaged_document_stops_the_work(self, backend: SqlBackend, content: str) -> None:
        await save(backend, a_module(1, sections=[a_section(1), a_section(2)]))
        await backend.sql(
            "UPDATE module_sections SET content = CAST(:content AS jsonb) WHERE position = 2", content=content
        )
        before = await everything(backend)
        with pytest.raises((ValueError, DBAPIError)) as caught:
            await backend.bus().execute(EditSection(uid(1), section_id(1), title="Changed"), ADMIN)
        assert not isinstance(caught.value, DomainError)
        assert await everything(backend) == before


async def everything(backend: SqlBackend) -> list[object]:
    return [
        *await backend.sql("SELECT * FROM training_modules ORDER BY id"),
        *await backend.sql("SELECT * FROM module_sections ORDER BY id"),
        *await backend.sql("SELECT * FROM outbox_events"),
    ]


class TestCancelled:
    async def test_between_statements(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_user(1))
        locked = asyncio.Event()

        async def work(unit: Unit) -> None:
            await unit.port(Staff).deactivate([user_id(1)], T)
            locked.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(backend.units.run(work))
        await locked.wait()
        await cancelled(task)
        await assert_nothing_is_held(other)

    async def test_during_a_statement(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_user(1), a_user(2))

        async def work(unit: Unit) -> None:
            await unit.port(Staff).deactivate([user_id(1)], T)
            await unit.port(Staff).deactivate([user_id(2)], T)

        async with other.database.engine.connect() as holder:
            await holder.execute(text("SELECT FROM training.users WHERE id = :id FOR UPDATE"), {"id": user_id(2)})
            task = asyncio.create_task(backend.units.run(work))
            await until(lambda: waiting_for_locks(other))
            await cancelled(task)
            await until(lambda: nobody_waits(other))
        await assert_nothing_is_held(other)

    async def test_during_the_one_statement(self, backend: SqlBackend, other: SqlBackend) -> None:
        async with other.database.engine.connect() as holder:
            await holder.execute(text("LOCK TABLE training.training_modules"))
            task = asyncio.create_task(save(backend, a_module(1)))
            await until(lambda: waiting_for_locks(other))
            await cancelled(task)
            await until(lambda: nobody_waits(other))
        assert await counted(backend) == (0, 0, 0)
        await save(backend, a_module(1))

    async def test_during_a_read(self, backend: SqlBackend, other: SqlBackend) -> None:
        async with other.database.engine.connect() as holder:
            await holder.execute(text("LOCK TABLE training.training_modules"))
            task = asyncio.create_task(backend.reader(ModuleReader).worked_on(uid(1)))
            await until(lambda: waiting_for_locks(other))
            await cancelled(task)
            await until(lambda: nobody_waits(other))
        assert await backend.reader(ModuleReader).worked_on(uid(1)) is None


async def cancelled(task: asyncio.Task[object]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def nobody_waits(backend: SqlBackend) -> bool:
    return not await waiting_for_locks(backend)


async def assert_nothing_is_held(other: SqlBackend) -> None:
    async def is_over() -> bool:
        rows = await other.sql(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state LIKE 'idle in transaction%'"
        )
        return not rows

    await until(is_over)
    await other.sql("SELECT FROM users FOR UPDATE NOWAIT")
    assert [active for (active,) in await other.sql("SELECT DISTINCT is_active FROM users")] == [True]
