"""Whether the database can be worked with."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.clocks import clock_problems
from adapters.sql.migrating import current, head
from application.ports import Clock

PATIENCE = 2.0
"""Seconds that the database has for its answer."""
TOLERABLE_SKEW = timedelta(seconds=60)
"""By how much its clock may differ from this machine's before deadlines and times are wrong in earnest."""


class SqlReadiness:
    """The database answers, is at the migration that this code was written for, and has about the same time."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._head = head()

    async def problems(self) -> list[str]:
        """What is wrong, a sentence each; empty when all is well."""
        try:
            async with asyncio.timeout(PATIENCE):
                revision = await current(self._engine)
                clocks = await clock_problems(self._engine, self._clock, TOLERABLE_SKEW)
        except TimeoutError:
            return [f"The database did not answer within {PATIENCE:.0f} seconds."]
        except (SQLAlchemyError, OSError) as error:
            return [f"The database does not answer: {type(error).__name__}."]
        if revision is None:
            return ["The database is empty. Run `unified-dental migrate`."]
        if revision != self._head:
            return [f"The database is at migration {revision}, not at {self._head}. Run `unified-dental migrate`."]
        return clocks
