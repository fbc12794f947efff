"""Finds out what is between the service and PostgreSQL: nothing, or a pooler in one of its modes."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.sql.kit.engine import Pooler
from adapters.sql.kit.failures import cause_of

SERVER_PROCESS = select(func.pg_catalog.pg_backend_pid())


class Pooling(Enum):
    """How long a client keeps a server process."""

    DIRECT = "a direct connection"
    SESSION = "a pooler in session mode"
    TRANSACTION = "a pooler in transaction mode"
    STATEMENT = "a pooler in statement mode"


async def pooling(one: AsyncEngine, another: AsyncEngine) -> Pooling:
    """What is observed on a connection of each engine; both must work behind any pooler.

    A session keeps its server process. It is lost between two transactions only if a pooler assigns processes per
    transaction; since poolers prefer the process that was used last, a second client asks for it in between.
    """
    try:
        async with one.connect() as ours, another.connect() as other:
            return await _observed(ours, other)
    except DBAPIError as error:
        if "statement pooling" in str(cause_of(error)):
            return Pooling.STATEMENT
        raise


async def _observed(ours: AsyncConnection, other: AsyncConnection) -> Pooling:
    process = await _process(ours)
    if await _process(ours) != process:
        return Pooling.TRANSACTION
    async with other.begin():
        if await other.scalar(SERVER_PROCESS) == process or await _process(ours) != process:
            return Pooling.TRANSACTION
    # A pooler tells its clients another number for cancelling than that of the server process.
    raw = (await ours.get_raw_connection()).driver_connection
    announced = raw.get_server_pid() if raw is not None else None
    return Pooling.DIRECT if announced == process else Pooling.SESSION


async def _process(connection: AsyncConnection) -> int:
    async with connection.begin():
        return int(await connection.scalar(SERVER_PROCESS) or 0)


def pooler_problems(found: Pooling, setting: Pooler) -> list[str]:
    """What is wrong if DATABASE_POOLER has this value."""
    match found, setting:
        case Pooling.STATEMENT, _:
            return [
                "the pooler assigns connections per statement, which allows no transactions; configure it for "
                "transactions or sessions"
            ]
        case Pooling.TRANSACTION, "session":
            return [
                "the pooler assigns connections per transaction, so session settings and prepared statements would "
                "reach other clients; set DATABASE_POOLER=transaction, or use the pooler's port for sessions"
            ]
        case ((Pooling.DIRECT | Pooling.SESSION), "transaction"):
            return [
                f"DATABASE_POOLER is transaction, but there is {found.value}: each transaction sets its limits again "
                "and no statement stays prepared; set DATABASE_POOLER=session, or correct the port in DATABASE_URL"
            ]
    return []
