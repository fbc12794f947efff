"""What has been used of rate limits, which processes share: a storage of the library `limits` in a table."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any

import limits.aio.storage
from sqlalchemy import BigInteger, Column, String, Table, case, delete, or_
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.kit.schema import may, metadata
from adapters.sql.kit.types import Moment
from application.kernel.bounded import remember
from application.kernel.ports import Clock

CLEANED = timedelta(minutes=5)
"""How often each process deletes what has expired."""
MOST_REMEMBERED = 1_000
AHEAD = 2
"""A window that ends later than after so many windows was begun by a clock that was ahead, and counts as over."""

rate_limits = Table(
    "rate_limits",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("used", BigInteger(), nullable=False),
    Column("ends_at", Moment(), nullable=False),
    info=may("UPDATE", "DELETE"),
)
USED, ENDS_AT = rate_limits.c.used, rate_limits.c.ends_at


class DatabaseStorage(limits.aio.storage.Storage):
    """Fixed windows, with one statement for each use. What the strategies ask afterwards was in its answer.

    Windows begin and end by the clock of the process, so that clocks that differ by a second move the end of a window
    by as much.
    """

    STORAGE_SCHEME = ["unified-dental"]  # noqa: RUF012  # as the library declares it

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        super().__init__()
        # One statement is a transaction by itself.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._insert: Any = insert_postgresql if engine.dialect.name == "postgresql" else insert_sqlite
        self._clock = clock
        self._cleaned_at = clock.now()
        self._answers: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        return Exception

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = self._clock.now()
        new = self._insert(rate_limits).values(key=key, used=amount, ends_at=now + timedelta(seconds=expiry))
        is_over = or_(now >= ENDS_AT, now + AHEAD * timedelta(seconds=expiry) < ENDS_AT)
        use = new.on_conflict_do_update(
            index_elements=[rate_limits.c.key],
            set_={
                USED: case((is_over, new.excluded.used), else_=USED + new.excluded.used),
                ENDS_AT: case((is_over, new.excluded.ends_at), else_=ENDS_AT),
            },
        ).returning(USED, ENDS_AT)
        async with self._engine.begin() as connection:
            used, ends_at = (await connection.execute(use)).one()
            if now - self._cleaned_at >= CLEANED:
                self._cleaned_at = now
                await connection.execute(delete(rate_limits).where(now >= ENDS_AT))
        remember(self._answers, key, (used, ends_at), MOST_REMEMBERED)
        return int(used)

    async def get(self, key: str) -> int:
        return self._answers[key][0] if key in self._answers else 0

    async def get_expiry(self, key: str) -> float:
        return self._answers[key][1].timestamp() if key in self._answers else self._clock.now().timestamp()

    async def check(self) -> bool:
        return True

    async def reset(self) -> int | None:
        async with self._engine.begin() as connection:
            return (await connection.execute(delete(rate_limits))).rowcount

    async def clear(self, key: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(rate_limits).where(rate_limits.c.key == key))
