"""What happens when PostgreSQL fails: what is done again, what is given up, and what is never done twice."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.sql.engine import database_url
from adapters.sql.units import ATTEMPTS, SqlUnit
from application.modules.commands import CreateModule, PublishModule
from application.modules.queries import ModuleFilter, ModuleReader
from application.ports import Answer, IdempotencyKey, Modules, StoreUnavailable, Unit, Users
from application.sections.commands import EditSection
from contracts.backend import change_user, counted, loaded_module, save
from contracts.make import NOBODY, T, a_module, a_section, a_user, section_id, uid, user_id
from domain.errors import DomainError
from integration.backends import ADMIN, SqlBackend, on_server, opened, until, waiting_for_locks
from integration.proxy import Cut, proxied

Work = Callable[[Unit], Awaitable[None]]


@pytest.fixture
def url(postgresql: str) -> str:
    return postgresql


def session_of(unit: Unit) -> AsyncSession:
    return cast(SqlUnit, unit).session


async def process(unit: Unit) -> int:
    """The number of the server's process behind this unit."""
    return int(await session_of(unit).scalar(text("SELECT pg_backend_pid()")) or 0)


async def terminate(backend: SqlBackend, pid: int) -> None:
    """End a process of the server, and wait until it has ended."""
    assert (await backend.sql("SELECT pg_terminate_backend(:pid, 10000)", pid=pid))[0][0]


@pytest.fixture
async def other(url: str) -> AsyncIterator[SqlBackend]:
    """The same database, by connections of its own."""
    async with opened(url) as backend:
        yield backend


class TestRepeating:
    async def test_a_unit_whose_connection_ends_is_done_again(self, backend: SqlBackend, other: SqlBackend) -> None:
        runs: list[int] = []

        async def work(unit: Unit) -> None:
            runs.append(await process(unit))
            await unit.port(Modules).add(a_module(len(runs)))
            if len(runs) == 1:
                await terminate(other, runs[0])
            await unit.port(Users).add(a_user(len(runs)))

        await backend.units.run(work)
        assert len(set(runs)) == 2
        assert (await loaded_module(backend, uid(2))).slug == "module-2"
        assert await counted(backend) == (1, 1, 0)

    async def test_a_statement_that_is_under_way_is_done_again(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_user(1))
        runs: list[int] = []

        async def work(unit: Unit) -> None:
            runs.append(await process(unit))
            await unit.port(Modules).add(a_module(len(runs)))
            await unit.port(Users).deactivate([user_id(1)], T)

        async with other.database.engine.connect() as holder:
            await holder.execute(text("SELECT FROM users FOR UPDATE"))
            running = asyncio.create_task(backend.units.run(work))
            await until(lambda: waiting_for_locks(other))
            await terminate(other, runs[0])
        await running
        assert len(runs) == 2
        assert await counted(backend) == (1, 1, 0)

    async def test_a_command_is_done_again_with_its_event_once(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_module(1, sections=[a_section(1)]))
        async with other.database.engine.connect() as holder:
            pid = await holder.scalar(text("SELECT pg_backend_pid()"))
            await holder.execute(text("SELECT FROM training_modules FOR UPDATE"))
            running = asyncio.create_task(backend.bus().execute(PublishModule(uid(1)), ADMIN))
            await until(lambda: waiting_for_locks(other))
            await other.sql(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> :pid",
                pid=pid,
            )
        assert (await running).version == 2
        assert (await loaded_module(backend, uid(1))).version == 2
        assert await backend.outbox() == [("ModulePublished", uid(1), ADMIN.user_id)]

    async def test_a_deadlock_is_resolved(self, backend: SqlBackend) -> None:
        await save(backend, a_user(1), a_user(2))
        has_locked = {1: asyncio.Event(), 2: asyncio.Event()}
        runs: list[int] = []

        def locking(first: int, then: int) -> Work:
            async def work(unit: Unit) -> None:
                runs.append(first)
                await session_of(unit).execute(
                    text("SELECT FROM users WHERE id = :id FOR UPDATE"), {"id": user_id(first)}
                )
                has_locked[first].set()
                await has_locked[then].wait()
                await session_of(unit).execute(
                    text("SELECT FROM users WHERE id = :id FOR UPDATE"), {"id": user_id(then)}
                )
                await unit.port(Modules).add(a_module(first))

            return work

        await asyncio.gather(backend.units.run(locking(1, 2)), backend.units.run(locking(2, 1)))
        assert len(runs) == 3
        assert (await counted(backend))[0] == 2

    async def test_a_serialization_failure_is_resolved(self, backend: SqlBackend) -> None:
        await save(backend, a_user(1), a_user(2, is_active=False))
        runs: list[bool] = []

        async def work(unit: Unit) -> None:
            await session_of(unit).execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            active = await unit.port(Users).active([user_id(1)])
            runs.append(active[user_id(1)])
            if len(runs) == 1:
                await change_user(backend, user_id(1), lambda user: setattr(user, "full_name", "Ana"))
                await backend.sql("UPDATE users SET version = version + 1")
            await unit.port(Users).deactivate([user_id(1)], T)

        await backend.units.run(work)
        assert runs == [True, True]
        rows = await backend.sql("SELECT full_name, is_active, version FROM users WHERE id = :id", id=user_id(1))
        assert rows == [("Ana", False, 3)]

    async def test_a_serialization_failure_at_commit_is_resolved(self, backend: SqlBackend) -> None:
        """Two that each add a module because there is none: one after the other, only one would."""
        both_have_counted = asyncio.Barrier(2)
        runs: list[int] = []

        def adding(n: int) -> Work:
            async def work(unit: Unit) -> None:
                await session_of(unit).execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
                count = await session_of(unit).scalar(text("SELECT count(*) FROM training_modules"))
                runs.append(n)
                if len(runs) <= 2:
                    await both_have_counted.wait()
                if count == 0:
                    await unit.port(Modules).add(a_module(n))

            return work

        await asyncio.gather(backend.units.run(adding(1)), backend.units.run(adding(2)))
        assert len(runs) == 3
        assert await counted(backend) == (1, 0, 0)

    @pytest.mark.parametrize("sqlstate", ["40001", "40P01", "57P01"])
    async def test_there_is_an_end_to_repeating(self, backend: SqlBackend, sqlstate: str) -> None:
        runs: list[None] = []

        async def work(unit: Unit) -> None:
            runs.append(None)
            await unit.port(Modules).add(a_module(1))
            await raise_in_the_database(unit, sqlstate)

        with pytest.raises(StoreUnavailable, match=f"gave up after {ATTEMPTS} attempts"):
            await backend.units.run(work)
        assert len(runs) == ATTEMPTS
        assert await counted(backend) == (0, 0, 0)

    @pytest.mark.parametrize(
        "sqlstate", ["25006", "28000", "3D000", "53100", "53300", "55P03", "57014", "57P03", "58030"]
    )
    async def test_a_database_that_cannot_work_is_not_asked_again(self, backend: SqlBackend, sqlstate: str) -> None:
        runs: list[None] = []

        async def work(unit: Unit) -> None:
            runs.append(None)
            await unit.port(Modules).add(a_module(1))
            await raise_in_the_database(unit, sqlstate)

        with pytest.raises(StoreUnavailable):
            await backend.units.run(work)
        assert len(runs) == 1
        assert await counted(backend) == (0, 0, 0)

    async def test_a_defect_is_not_hidden(self, backend: SqlBackend) -> None:
        runs: list[None] = []

        async def work(unit: Unit) -> None:
            runs.append(None)
            await raise_in_the_database(unit, "22012")

        with pytest.raises(DBAPIError):
            await backend.units.run(work)
        assert len(runs) == 1


async def raise_in_the_database(unit: Unit, sqlstate: str) -> None:
    await session_of(unit).execute(text(f"DO $$ BEGIN RAISE EXCEPTION SQLSTATE '{sqlstate}'; END $$"))


KEY = IdempotencyKey("ana", "key-1", "0123456789abcdef" * 4)
CREATE = CreateModule("Infection control")


def created(module: object) -> Answer:
    return Answer(201, (("Location", f"/v1/modules/{getattr(module, 'id', None)}"),), b"{}")


def refused(error: DomainError) -> Answer:
    return Answer(409, (), error.slug.encode())


class TestLostWhileCommitting:
    @pytest.mark.parametrize(("cut", "is_done"), [(Cut.BEFORE_COMMIT, False), (Cut.AFTER_COMMIT, True)])
    async def test_it_is_not_done_again(self, backend: SqlBackend, url: str, cut: Cut, is_done: bool) -> None:
        runs: list[None] = []

        async def work(unit: Unit) -> None:
            runs.append(None)
            await unit.port(Modules).add(a_module(1))

        async with proxied(url) as (proxy, through), opened(through) as distant:
            await loaded(distant)
            proxy.cut = cut
            with pytest.raises(StoreUnavailable, match="lost while committing"):
                await distant.units.run(work)
            await proxy.ended.wait()
            assert len(runs) == 1
            assert await counted(backend) == (int(is_done), 0, 0)
            await save(distant, a_module(2))

    @pytest.mark.parametrize(("cut", "is_done"), [(Cut.BEFORE_COMMIT, False), (Cut.AFTER_COMMIT, True)])
    async def test_with_a_key_the_request_may_be_repeated(
        self, backend: SqlBackend, url: str, cut: Cut, is_done: bool
    ) -> None:
        async with proxied(url) as (proxy, through), opened(through) as distant:
            bus = distant.bus()
            proxy.cut = cut
            with pytest.raises(StoreUnavailable):
                await bus.execute_once(CREATE, ADMIN, KEY, created, refused)
            await proxy.ended.wait()
            answer, is_repeated = await bus.execute_once(CREATE, ADMIN, KEY, created, refused)
            assert is_repeated is is_done
            assert answer.status == 201
            again = await backend.bus().execute_once(CREATE, ADMIN, KEY, created, refused)
            assert again == (answer, True)
        (module,) = (await backend.reader(ModuleReader).page(ModuleFilter(), None, 10)).items
        assert answer == created(module)
        assert await backend.outbox() == [("ModuleDrafted", module.id, ADMIN.user_id)]


async def loaded(backend: SqlBackend) -> None:
    """Make a connection, so that it is there to be cut."""
    await backend.units.run(lambda unit: unit.port(Modules).status(NOBODY))


def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


UNREACHABLE = {
    "refused": lambda url: url.set(host="127.0.0.1", port=unused_port(), query={}),
    "no such socket": lambda url: url.set(host=None, port=None, query={"host": "/nowhere"}),
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
                await unreachable.reader(ModuleReader).detail(uid(1))

    async def test_a_database_dropped_meanwhile(self, server: str, backend: SqlBackend) -> None:
        await on_server(server, "DROP DATABASE IF EXISTS unified_dental_gone", "CREATE DATABASE unified_dental_gone")
        gone = database_url(server).set(database="unified_dental_gone")
        async with opened(gone) as soon:
            await soon.sql("SELECT 1")
            await on_server(server, "DROP DATABASE unified_dental_gone WITH (FORCE)")
            with pytest.raises(StoreUnavailable):
                await save(soon, a_module(1))
            with pytest.raises(StoreUnavailable):
                await soon.reader(ModuleReader).detail(uid(1))


class TestExhausted:
    @pytest.fixture
    async def small(self, url: str, backend: SqlBackend) -> AsyncIterator[SqlBackend]:
        """One connection for units and one for reads, and little patience."""
        async with opened(url, pool_size=1, max_overflow=0, pool_timeout=0.1) as small:
            yield small

    async def test_units_wait_for_a_connection_only_so_long(self, small: SqlBackend) -> None:
        taken, enough = asyncio.Event(), asyncio.Event()

        async def holding(unit: Unit) -> None:
            await unit.port(Modules).add(a_module(1))
            taken.set()
            await enough.wait()

        first = asyncio.create_task(small.units.run(holding))
        await taken.wait()
        with pytest.raises(StoreUnavailable):
            await save(small, a_module(2))
        enough.set()
        await first
        await save(small, a_module(2))
        assert (await counted(small))[0] == 2

    async def test_reads_wait_for_a_connection_only_so_long(self, small: SqlBackend, backend: SqlBackend) -> None:
        reader = small.reader(ModuleReader)
        await save(backend, a_module(1))
        async with backend.database.engine.connect() as holder:
            await holder.execute(text("LOCK TABLE training_modules"))
            first = asyncio.create_task(reader.detail(uid(1)))
            await until(lambda: waiting_for_locks(backend))
            with pytest.raises(StoreUnavailable, match="in time"):
                await reader.detail(uid(1))
        assert await first is not None
        assert await reader.detail(uid(1)) is not None


class TestReads:
    async def test_no_one_notices_that_all_connections_were_ended(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_module(1))
        reader = backend.reader(ModuleReader)
        await asyncio.gather(*(reader.detail(uid(1)) for _ in range(10)))
        await end_all_connections(other)
        found = await asyncio.gather(*(reader.detail(uid(1)) for _ in range(10)))
        assert None not in found
        await save(backend, a_module(2))

    async def test_a_read_that_is_under_way_is_repeated(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_module(1))
        async with other.database.engine.connect() as holder:
            await holder.execute(text("LOCK TABLE training_modules"))
            reading = asyncio.create_task(backend.reader(ModuleReader).detail(uid(1)))
            await until(lambda: waiting_for_locks(other))
            await other.sql(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        assert await reading is not None

    async def test_a_statement_that_takes_too_long(self, backend: SqlBackend, other: SqlBackend, url: str) -> None:
        hasty_url = database_url(url).update_query_dict({"statement_timeout": "50"})
        async with opened(hasty_url) as hasty, other.database.engine.connect() as holder:
            await holder.execute(text("LOCK TABLE training_modules"))
            with pytest.raises(StoreUnavailable):
                await hasty.reader(ModuleReader).detail(uid(1))


async def end_all_connections(backend: SqlBackend) -> None:
    await backend.sql(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


class TestDamage:
    @pytest.mark.parametrize(
        "content",
        [
            '{"kind": "poem", "markdown": "Roses"}',
            '{"kind": "lesson"}',
            '{"kind": "lesson", "markdown": "# Hi", "colour": "red"}',
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
            await unit.port(Users).deactivate([user_id(1)], T)
            locked.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(backend.units.run(work))
        await locked.wait()
        await cancelled(task)
        await assert_nothing_is_held(other)

    async def test_during_a_statement(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_user(1), a_user(2))

        async def work(unit: Unit) -> None:
            await unit.port(Users).deactivate([user_id(1)], T)
            await unit.port(Users).deactivate([user_id(2)], T)

        async with other.database.engine.connect() as holder:
            await holder.execute(text("SELECT FROM users WHERE id = :id FOR UPDATE"), {"id": user_id(2)})
            task = asyncio.create_task(backend.units.run(work))
            await until(lambda: waiting_for_locks(other))
            await cancelled(task)
            await until(lambda: nobody_waits(other))
        await assert_nothing_is_held(other)

    async def test_during_a_read(self, backend: SqlBackend, other: SqlBackend) -> None:
        async with other.database.engine.connect() as holder:
            await holder.execute(text("LOCK TABLE training_modules"))
            task = asyncio.create_task(backend.reader(ModuleReader).detail(uid(1)))
            await until(lambda: waiting_for_locks(other))
            await cancelled(task)
            await until(lambda: nobody_waits(other))
        assert await backend.reader(ModuleReader).detail(uid(1)) is None


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
