"""The pool that reads and writes of one statement share, on connections that stand in for PostgreSQL's."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from adapters.sql.kit.failures import Failure, failure, is_full
from adapters.sql.kit.pool import Pool
from kit.about import for_each


class Server:
    """Makes connections, and refuses while it is away."""

    def __init__(self) -> None:
        self.made: list[Connection] = []
        self.is_away = False
        self.grants = 1_000

    async def connect(self) -> Any:
        if self.is_away:
            raise ConnectionRefusedError
        await asyncio.sleep(0)
        if sum(not each.closed for each in self.made) >= self.grants:
            raise asyncpg.TooManyConnectionsError
        self.made.append(Connection())
        return self.made[-1]

    def pool(self, size: int = 2, timeout: float = 0, lifetime: float = 1_000, probe: float = 1_000) -> Pool:
        return Pool(self.connect, size=size, timeout=timeout, lifetime=lifetime, probe=probe)


class Connection:
    def __init__(self) -> None:
        self.closed = False

    def is_closed(self) -> bool:
        return self.closed

    def terminate(self) -> None:
        self.closed = True

    async def close(self, **_: float) -> None:
        self.closed = True


async def refused(pool: Pool) -> None:
    """Wait until the database has refused the pool a connection."""
    while not pool.granted.refusals:  # noqa: ASYNC110  # what is waited for happens in another task
        await asyncio.sleep(0)


async def used(pool: Pool) -> None:
    async with pool.connection():
        pass


@pytest.fixture
def server() -> Server:
    return Server()


async def test_one_after_the_other_uses_the_same_connection(server: Server) -> None:
    pool = server.pool()
    for _ in range(3):
        async with pool.connection():
            pass
    assert len(server.made) == 1


async def test_no_more_than_its_size_are_in_use(server: Server) -> None:
    pool = server.pool(size=2)
    async with pool.connection() as one, pool.connection() as other:
        assert one is not other
        with pytest.raises(TimeoutError):
            await used(pool)
    async with pool.connection():
        assert len(server.made) == 2


async def test_an_answer_of_the_servers_leaves_a_connection_sound(server: Server) -> None:
    pool = server.pool(size=1)
    with pytest.raises(asyncpg.PostgresError):
        async with pool.connection():
            raise asyncpg.PostgresError
    async with pool.connection():
        assert len(server.made) == 1


@pytest.mark.parametrize(
    "error",
    [
        OSError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        asyncpg.AdminShutdownError,
        asyncpg.CrashShutdownError,
        asyncpg.ConnectionDoesNotExistError,
        RuntimeError,
    ],
)
async def test_what_ends_a_connection_costs_it_though_it_calls_itself_open(
    server: Server, error: type[Exception]
) -> None:
    pool = server.pool(size=1, timeout=1)
    with pytest.raises(error):
        async with pool.connection():
            raise error("broken")
    async with pool.connection():
        assert sorted(connection.closed for connection in server.made) == [False, True]


async def test_what_the_server_has_closed_is_replaced(server: Server) -> None:
    pool = server.pool(size=1)
    async with pool.connection():
        pass
    server.made[0].closed = True
    async with pool.connection() as connection:
        assert connection is server.made[1]


async def test_what_was_idle_for_too_long_is_replaced(server: Server) -> None:
    pool = server.pool(lifetime=-1)
    for _ in range(2):
        async with pool.connection():
            pass
    assert [connection.closed for connection in server.made] == [True, True]


async def test_idle_ones_are_forgotten_and_those_in_use_are_not(server: Server) -> None:
    pool = server.pool()
    async with pool.connection() as used:
        async with pool.connection() as idle:
            pass
        pool.forget_idle()
        assert (used.is_closed(), idle.is_closed()) == (False, True)


async def test_a_server_that_refuses_takes_no_place(server: Server) -> None:
    pool = server.pool(size=1)
    server.is_away = True
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            await used(pool)
    server.is_away = False
    async with pool.connection():
        assert len(server.made) == 1


async def test_closing_closes_all(server: Server) -> None:
    pool = server.pool()
    async with pool.connection(), pool.connection():
        pass
    await pool.close()
    assert [connection.closed for connection in server.made] == [True, True]


async def test_closing_closes_what_is_idle_and_what_is_still_in_use_after_a_while(server: Server) -> None:
    pool = server.pool(size=2)
    async with pool.connection(), pool.connection():
        pass
    async with pool.connection() as in_use:
        await pool.close()
        await pool.close()
        assert in_use.is_closed()
    assert [connection.closed for connection in server.made] == [True, True]
    with pytest.raises(asyncpg.InterfaceError):
        await used(pool)


async def test_while_the_database_refuses_more_work_waits_for_the_connections_that_there_are(server: Server) -> None:
    server.grants = 2
    pool = server.pool(size=10, timeout=10)
    await asyncio.gather(*(used(pool) for _ in range(100)))
    assert len(server.made) == 2
    assert pool.places.size == 2


async def test_work_waits_for_the_first_connection_too(server: Server) -> None:
    server.grants = 0
    pool = server.pool(size=10, timeout=10)
    working = asyncio.create_task(used(pool))
    await refused(pool)
    server.grants = 1
    await working


async def test_without_any_connection_the_wait_ends_with_the_timeout(server: Server) -> None:
    server.grants = 0
    with pytest.raises(TimeoutError):
        await used(server.pool(size=10, timeout=0.01))


async def test_more_connections_are_opened_once_the_database_grants_them(server: Server) -> None:
    server.grants = 1
    pool = server.pool(size=3, timeout=10, probe=0.001)
    async with pool.connection():
        others = [asyncio.create_task(used(pool)) for _ in range(2)]
        await refused(pool)
        server.grants = 3
        await asyncio.gather(*others)


async def test_what_another_pool_needs_is_closed_when_it_is_given_back(server: Server) -> None:
    pool, others = server.pool(size=3, timeout=10), server.pool(size=3, timeout=10)
    pool.granted.other, others.granted.other = others.granted, pool.granted
    server.grants = 2
    async with pool.connection():
        async with pool.connection():
            waiting = asyncio.create_task(used(others))
            await refused(others)
        await waiting
    assert (pool.places.size, others.places.size) == (1, 2)


@for_each(
    ("sqlstate", "severity", "message", "expected"),
    [
        ("53300", "FATAL", "sorry, too many clients already", True),
        ("53300", "FATAL", 'too many connections for role "training_service"', True),
        ("08P01", "FATAL", "no more connections allowed (max_client_conn)", True),
        ("XX000", "FATAL", "Max client connections reached", True),
        ("XX000", "FATAL", "MaxClientsInSessionMode: max clients reached - in Session mode", True),
        ("XX000", "ERROR", "the row says: max clients reached", False),
        ("53100", "ERROR", "disk full", False),
        ("57P03", "FATAL", "the database system is starting up", False),
    ],
)
def test_servers_and_poolers_refuse_connections_in_many_ways(
    sqlstate: str, severity: str, message: str, expected: bool
) -> None:
    fields = {"C": sqlstate, "S": severity, "V": severity, "M": message}
    error = asyncpg.PostgresError.new(fields)
    assert is_full(error) is expected
    assert not expected or failure(error) is Failure.AWAY
