"""Migrating as an operator does: as the owner of the tables, for the service's role."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.install.migrating import upgrade
from adapters.sql.kit.engine import Database, DatabaseOptions, open_database
from adapters.sql.kit.failures import Failure, cause_of, failure, tell


async def install(service: Database, owner: DatabaseOptions | None, time_zone: str = "UTC") -> None:
    """Migrate to the newest migration, as the owner if there is one, and grant access to the service's role.

    `time_zone` is the organization's.

    Raises PermissionError when the role lacks a right, TimeoutError when it takes too long or others hold a lock for
    too long, and StoreUnavailable. Steps completed before that remain.
    """
    database = service if owner is None else open_database(owner)
    limit = asyncio.timeout(database.options.long_timeout)
    try:
        async with limit:
            role = None if owner is None else await _role(service.engine)
            locks = database.options.lock_timeout
            await upgrade(
                database.engine,
                role=role,
                lock_timeout=locks,
                time_zone=time_zone,
                reading_role=service.options.reading_role,
            )
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise TimeoutError(f"it took longer than DATABASE_LONG_TIMEOUT, {database.options.long_timeout:g} s") from error
    except SQLAlchemyError as error:
        if failure(error) is Failure.DENIED:
            raise PermissionError(
                f"{cause_of(error)}; MIGRATION_DATABASE_URL names the role that owns the tables"
            ) from error
        tell(error)
    finally:
        if database is not service:
            await database.close()


async def _role(engine: AsyncEngine) -> str | None:
    # A pooler's URL may use another name for it.
    if engine.dialect.name != "postgresql":
        return None
    async with engine.connect() as connection:
        return str(await connection.scalar(select(func.current_user())))
