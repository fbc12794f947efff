"""Changing what the databases keep as it is, as somebody can who owns the tables or has the file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from integration.backends import SqlBackend


@asynccontextmanager
async def unkept(backend: SqlBackend, table: str) -> AsyncIterator[None]:
    """Without the triggers of the table."""
    if backend.on_postgresql:
        names = await backend.sql(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal", table=table
        )
        await backend.sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for (name,) in names:
            await backend.sql(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
        return
    made = await backend.sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table", table=table
    )
    for name, _ in made:
        await backend.sql(f"DROP TRIGGER {name}")
    yield
    for _, statement in made:
        # What looks like a parameter is part of a time.
        await backend.sql(statement.replace(":", "\\:"))


async def without_ledger(backend: SqlBackend) -> None:
    """Remove what commands have entered into the audit ledger, so that another migration's downgrade is tried."""
    async with unkept(backend, "audit_entries"):
        await backend.sql("DELETE FROM audit_entries")
