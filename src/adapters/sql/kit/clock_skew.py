"""Compares the database's clock with this process's: deadlines use one, housekeeping the other."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import DateTime, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from application.kernel.ports import Clock

READ = select(func.clock_timestamp(type_=DateTime(timezone=True)))


async def clock_problems(engine: AsyncEngine, clock: Clock, tolerable: timedelta) -> list[str]:
    """The problems, each with its correction, if the clocks differ by more than is tolerable; empty otherwise."""
    difference = await clock_skew(engine, clock)
    if abs(difference) <= tolerable:
        return []
    ahead = "ahead of" if difference > timedelta() else "behind"
    return [
        f"The database's clock is {abs(difference).total_seconds():.0f} seconds {ahead} this machine's. "
        "Synchronize both with NTP."
    ]


async def clock_skew(engine: AsyncEngine, clock: Clock) -> timedelta:
    """How far the database's clock is ahead of this process's; negative if it is behind.

    The time of the round trip is not counted. A database in a file uses this machine's clock.
    """
    if engine.dialect.name != "postgresql":
        return timedelta()
    async with engine.connect() as connection:
        before = clock.now()
        theirs = (await connection.execute(READ)).scalar_one()
        after = clock.now()
    return skew(before, theirs, after)


def skew(before: datetime, theirs: datetime, after: datetime) -> timedelta:
    """The minimum by which one clock is ahead, read between two readings of the other clock."""
    if theirs > after:
        return theirs - after
    return min(theirs - before, timedelta())
