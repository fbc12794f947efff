"""Names the grant that the service's role lacks: PostgreSQL says only which table it refused."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from contextlib import suppress

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.kit.failures import OF_THE_DRIVERS
from adapters.sql.kit.schema import metadata, privileges, schema_of
from application.kernel.units import StoreWithoutRights

PATIENCE = 1.0
"""Seconds for finding out; otherwise the server's own message remains."""
REFUSED = re.compile(r"permission denied for table (\w+)")
WITHOUT_POLICY = re.compile(r'new row violates row-level security policy for table "\w+"')


def lacking(error: StoreWithoutRights, grants: Iterable[str]) -> StoreWithoutRights:
    """The error with the grants that are missing on the table that it names."""
    missing = ", ".join(grants)
    if not missing or not REFUSED.fullmatch(str(error)):
        return error
    return StoreWithoutRights(f"{error}: the role needs {missing} on it, which `unified-dental migrate` grants")


async def explained(error: StoreWithoutRights, engine: AsyncEngine) -> StoreWithoutRights:
    """The error with what is missing, looked up in the database."""
    if WITHOUT_POLICY.fullmatch(str(error)):
        return StoreWithoutRights(f"{error}: the role has no policy there, which `unified-dental migrate` creates")
    refused = REFUSED.fullmatch(str(error))
    if refused is None or refused[1] not in metadata.tables:
        return error
    grants = []
    with suppress(*OF_THE_DRIVERS):
        async with asyncio.timeout(PATIENCE):
            grants = await _lacking(engine, refused[1])
    return lacking(error, grants)


async def _lacking(engine: AsyncEngine, name: str) -> list[str]:
    held = []
    refusing = f"{schema_of(engine)}.{name}"
    for privilege in privileges(metadata.tables[name]):
        kind, _, columns = privilege.partition(" (")
        if columns:
            of_columns = columns.removesuffix(")").split(", ")
            held += [(kind, func.pg_catalog.has_column_privilege(refusing, each, kind)) for each in of_columns]
        else:
            held.append((kind, func.pg_catalog.has_table_privilege(refusing, kind)))
    async with engine.connect() as connection:
        row = (await connection.execute(select(*(holds for _, holds in held)))).one()
    return list(dict.fromkeys(kind for (kind, _), holds in zip(held, row, strict=True) if not holds))
