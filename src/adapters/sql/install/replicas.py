"""Checks whether the streaming replica can be used for lists and reports."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.kit.engine import DatabaseOptions, open_database
from adapters.sql.kit.failures import OF_THE_DRIVERS, cause_of
from adapters.sql.kit.replica import POSITION, REACHED

PAUSE = 0.05
"""Seconds before the replica is asked again how far it is."""
NOT_USED = "lists and reports are read from the primary"


async def replica_problems(primary: AsyncEngine, options: DatabaseOptions) -> list[str]:
    """What is wrong with the replica of these options, which name one."""
    url = options.replica_url or ""
    seconds = options.replica_timeout
    there = replace(options, url=url, tls=options.replica_tls, replica_url=None, pooler="transaction", pool_size=1)
    database = open_database(replace(there, connect_timeout=min(seconds, options.connect_timeout)))
    try:
        async with primary.connect() as connection:
            wanted, system = (await connection.execute(POSITION)).one()
        return await _problems(database.engine, wanted, system, seconds)
    except OF_THE_DRIVERS as error:
        name = type(cause_of(error)).__name__
        return [f"it does not answer: {name}; check REPLICA_DATABASE_URL, and that it is up; until then {NOT_USED}"]
    finally:
        await database.close()


async def _problems(replica: AsyncEngine, wanted: int, system: int, seconds: float) -> list[str]:
    until = asyncio.get_running_loop().time() + seconds
    async with replica.connect() as connection:
        while True:
            reached, of_system, is_replica = (await connection.execute(text(REACHED))).one()
            if not is_replica:
                return [f"the server is not a replica: it accepts writes; correct REPLICA_DATABASE_URL; {NOT_USED}"]
            if of_system != system:
                return [f"it is the replica of another server; correct REPLICA_DATABASE_URL; {NOT_USED}"]
            if reached is not None and reached >= wanted:
                return []
            if asyncio.get_running_loop().time() > until:
                break
            await asyncio.sleep(PAUSE)
    lacking = "everything" if reached is None else f"{(wanted - reached) / 2**20:.1f} MiB of the log"
    return [
        f"it lacks {lacking} after REPLICA_TIMEOUT, {seconds:g} s, so {NOT_USED}; find out why it is late, "
        "or raise REPLICA_TIMEOUT"
    ]
