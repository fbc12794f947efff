"""What happens when PostgreSQL fails: what is done again, what is given up, and what is never done twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from adapters.sql.kit.units import ATTEMPTS
from application.catalogue.modules.commands import CreateModule, PublishModule
from application.catalogue.modules.queries import ModuleFilter, ModuleReader
from application.catalogue.ports import Modules
from application.kernel.units import Answer, IdempotencyKey, StoreUnavailable, Unit
from application.people.ports import Staff, Users
from contracts.backend import change_user, counted, loaded_module, save
from contracts.make import NOBODY, T, a_module, a_section, a_user, uid, user_id
from domain.kernel.errors import DomainError
from integration.backends import (
    ADMIN,
    WAITING,
    SqlBackend,
    end_connections,
    opened,
    session_of,
    until,
    waiting_for_locks,
)
from integration.proxy import Cut, proxied

Work = Callable[[Unit], Awaitable[None]]


@pytest.fixture
def url(postgresql: str) -> str:
    return postgresql


class TestRepeating:
    async def test_a_unit_whose_connection_ends_is_done_again(self, backend: SqlBackend, other: SqlBackend) -> None:
        runs: list[None] = []

        async def work(unit: Unit) -> None:
            runs.append(None)
            await session_of(unit)
            await unit.port(Modules).add(a_module(len(runs)))
            if len(runs) == 1:
                await end_connections(other, "state = 'idle in transaction'")
            await unit.port(Users).add(a_user(len(runs)))

        await backend.units.run(work)
        assert len(runs) == 2
        assert (await loaded_module(backend, uid(2))).slug == "module-2"
        assert await counted(backend) == (1, 1, 0)

    async def test_a_running_statement_is_repeated(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_user(1))
        runs: list[None] = []

        async def work(unit: Unit) -> None:
            runs.append(None)
            await unit.port(Modules).add(a_module(len(runs)))
            await unit.port(Staff).deactivate([user_id(1)], T)

        async with other.database.engine.connect() as holder:
            await holder.execute(text("SELECT FROM training.users FOR UPDATE"))
            running = asyncio.create_task(backend.units.run(work))
            await until(lambda: waiting_for_locks(other))
            await end_connections(other, WAITING)
        await running
        assert len(runs) == 2
        assert await counted(backend) == (1, 1, 0)

    async def test_a_command_is_done_again_with_its_event_once(self, backend: SqlBackend, other: SqlBackend) -> None:
        await save(backend, a_module(1, sections=[a_section(1)]))
        async with other.database.engine.connect() as holder:
            await holder.execute(text("SELECT FROM training.training_modules FOR UPDATE"))
            running = asyncio.create_task(backend.bus().execute(PublishModule(uid(1)), ADMIN))
            await until(lambda: waiting_for_locks(other))
            await end_connections(other, WAITING)
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
                await (await session_of(unit)).execute(
                    text("SELECT FROM training.users WHERE id = :id FOR UPDATE"), {"id": user_id(first)}
                )
                has_locked[first].set()
                await has_locked[then].wait()
                await (await session_of(unit)).execute(
                    text("SELECT FROM training.users WHERE id = :id FOR UPDATE"), {"id": user_id(then)}
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
            await (await session_of(unit)).execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            active = await unit.port(Staff).active([user_id(1)])
            runs.append(active[user_id(1)])
            if len(runs) == 1:
                await change_user(backend, user_id(1), lambda user: setattr(user, "full_name", "Ana"))
                await backend.sql("UPDATE users SET version = version + 1")
            await unit.port(Staff).deactivate([user_id(1)], T)

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
                await (await session_of(unit)).execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
                count = await (await session_of(unit)).scalar(text("SELECT count(*) FROM training.training_modules"))
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
        "sqlstate", ["25006", "28000", "3D000", "53100", "53300", "55P03", "57014", "57P03", "58030", "XX000"]
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
    await (await session_of(unit)).execute(text(f"DO $$ BEGIN RAISE EXCEPTION SQLSTATE '{sqlstate}'; END $$"))


KEY = IdempotencyKey("ana", "key-1", "0123456789abcdef" * 4)
CREATE = CreateModule("Infection control")


def created(module: object) -> Answer:
    return Answer(201, (("Location", f"/v1/modules/{getattr(module, 'id', None)}"),), b"{}")


def refused(error: DomainError) -> Answer:
    return Answer(409, (), error.slug.encode())


class TestLostWhileCommitting:
    @pytest.mark.parametrize(
        ("cut", "is_done"),
        [
            (Cut.BEFORE_COMMIT, False),
            (Cut.AFTER_COMMIT, True),
            (Cut.BEFORE_STATEMENT, False),
            (Cut.AFTER_STATEMENT, True),
        ],
    )
    async def test_it_is_not_done_again(self, backend: SqlBackend, url: str, cut: Cut, is_done: bool) -> None:
        runs: list[None] = []

        async def work(unit: Unit) -> None:
            runs.append(None)
            if cut in (Cut.BEFORE_COMMIT, Cut.AFTER_COMMIT):
                await session_of(unit)
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
        (module,) = (await backend.reader(ModuleReader).page(ModuleFilter(drafts=True), None, 10)).items
        assert answer == created(module)
        assert await backend.outbox() == [("ModuleDrafted", module.id, ADMIN.user_id)]


async def loaded(backend: SqlBackend) -> None:
    """Make a connection of each kind, so that it is there to be cut."""

    async def work(unit: Unit) -> None:
        await unit.port(Modules).offer(NOBODY)
        await (await session_of(unit)).connection()

    await backend.units.run(work)
