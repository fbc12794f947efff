"""Whether the database can be worked with."""

from __future__ import annotations

import asyncio

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.migrating import current, head

PATIENCE = 2.0
"""Seconds that the database has for its answer."""


class SqlReadiness:
    """The database answers, and is at the migration that this code was written for."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._head = head()

    async def problems(self) -> list[str]:
        """What is wrong, a sentence each; empty when all is well."""
        try:
            async with asyncio.timeout(PATIENCE):
                revision = await current(self._engine)
        except TimeoutError:
            return [f"The database did not answer within {PATIENCE:.0f} seconds."]
        except (SQLAlchemyError, OSError) as error:
            return [f"The database does not answer: {type(error).__name__}."]
        if revision is None:
            return ["The database is empty. Run `unified-dental migrate`."]
        if revision != self._head:
            return [f"The database is at migration {revision}, not at {self._head}. Run `unified-dental migrate`."]
        return []
