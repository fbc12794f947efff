"""What a restored database needs before events can be read in order on its new server.

Events, and how far they have been read, are known by numbers of transactions, which each server counts for itself
(decision 19). On a server that has counted less, new events would come before old ones, and their readers would miss
them. So its count is raised above all numbers that are stored; nothing that is stored changes.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.sql.kit.schema import schema_of

BATCH = 20_000
"""Transactions that one statement begins, in a fraction of a second."""
MOST = 100_000_000
"""As many transactions are begun in about twenty minutes; where more are missing, `pg_resetwal` raises the count."""


class TooFarBehind(Exception):
    """The server's count must be raised in another way. The message says how."""


async def missing_transactions(engine: AsyncEngine) -> int:
    """By how much the server's count of transactions must be raised; 0 if nothing was restored from elsewhere."""
    async with engine.connect() as connection:
        return await _missing(connection)


async def raise_count(engine: AsyncEngine, tell: Callable[[int], None]) -> int:
    """Begin as many transactions as are missing; how many. `tell` is called with the number still missing.

    Raises TooFarBehind before anything is done.
    """
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        missing = first = await _missing(connection)
        if missing > MOST:
            number = await connection.scalar(text(NEXT))
            raise TooFarBehind(
                f"the server has counted {missing:,} transactions less than the one that the backup is from: stop it, "
                f"run `pg_resetwal --epoch={((number or 0) + missing) // 2**32 + 1} DATA-FOLDER` and start it"
            )
        while missing:
            tell(missing)
            await connection.exec_driver_sql(BEGIN.format(count=min(missing, BATCH)))
            missing = await _missing(connection)
        return first


async def _missing(connection: AsyncConnection) -> int:
    schema = schema_of(connection.engine)
    if schema is None:
        return 0
    numbered = (await connection.execute(text(NUMBERED), {"schema": schema})).all()
    highest = 0
    for (largest,) in numbered:
        # The catalogue has quoted the names.
        highest = max(highest, await connection.scalar(text(largest)) or 0)
    return max(0, highest + 1 - int(await connection.scalar(text(NEXT)) or 0))


NUMBERED = """
    SELECT format('SELECT %2$I::text::bigint FROM %1$s ORDER BY %2$I DESC LIMIT 1', attrelid::regclass, attname)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = to_regnamespace(quote_ident(:schema)) AND relkind IN ('r', 'p') AND atttypid = 'xid8'::regtype
      AND attnum > 0 AND NOT attisdropped
"""
"""A statement for each column of transaction numbers: its highest one."""
NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
"""The number of the next transaction."""
BEGIN = "DO $$ BEGIN FOR n IN 1..{count} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
