"""A row that is written repeatedly to check that the database accepts writes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Integer, String, Table
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.kit.schema import may, metadata
from adapters.sql.kit.types import Moment, now_utc

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("count", Integer(), nullable=False, server_default="0"),
    Column("beat_at", Moment(), nullable=False, server_default=now_utc()),
    info=may("UPDATE"),
)
NAME = "readiness"


async def beat(engine: AsyncEngine, *, alone: bool) -> None:
    """Write the row, which all processes share, and commit. Raises SQLAlchemy's errors.

    `alone` is for a statement that is a transaction by itself: then the row is not locked while the network is silent.
    """
    insert: Any = insert_postgresql if engine.dialect.name == "postgresql" else insert_sqlite
    statement = insert(heartbeats).values(name=NAME, count=1)
    statement = statement.on_conflict_do_update(
        index_elements=[heartbeats.c.name], set_={"count": (heartbeats.c.count + 1) % 1_000_000, "beat_at": now_utc()}
    )
    if alone:
        engine = engine.execution_options(isolation_level="AUTOCOMMIT")
    async with engine.begin() as connection:
        await connection.execute(statement)
