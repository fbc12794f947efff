"""Whether PostgreSQL admits as many connections as the service's pools may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.kit.engine import DatabaseOptions

UNLIMITED = -1
LIMITS = """
    SELECT rolname, datname, rolsuper, rolconnlimit, datconnlimit,
        current_setting('max_connections')::int AS most,
        current_setting('superuser_reserved_connections')::int AS for_superusers,
        coalesce(current_setting('reserved_connections', true), '0')::int AS reserved,
        (
            SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usesysid <> pg_roles.oid
        ) AS others,
        (
            SELECT count(*) FROM pg_catalog.pg_stat_activity
            WHERE usesysid <> pg_roles.oid AND datid = pg_database.oid
        ) AS others_here
    FROM pg_catalog.pg_roles, pg_catalog.pg_database
    WHERE rolname = current_user AND datname = current_database()
"""


@dataclass(frozen=True, slots=True)
class Demand:
    """What all processes of the service together may open."""

    workers: int
    pool_size: int
    max_overflow: int

    @property
    def connections(self) -> int:
        """One pool writes, another of the same size reads, and health checks have a connection of their own."""
        return self.workers * (2 * (self.pool_size + self.max_overflow) + 1)

    def __str__(self) -> str:
        return (
            f"{self.workers} worker{'s' if self.workers > 1 else ''} x (2 x (DATABASE_POOL_SIZE {self.pool_size} + "
            f"DATABASE_MAX_OVERFLOW {self.max_overflow}) + 1) = {self.connections}"
        )


def demand(options: DatabaseOptions, workers: int) -> Demand:
    """What that many processes with these options may open."""
    return Demand(workers, options.pool_size, options.max_overflow)


async def capacity(engine: AsyncEngine, needed: Demand) -> tuple[str, list[str]]:
    """The smallest limit with its formula, and a problem for each limit that is too low, with its correction."""
    async with engine.connect() as connection:
        row = (await connection.execute(text(LIMITS))).one()
    limits = [_server(row)]
    if row.rolconnlimit != UNLIMITED and not row.rolsuper:
        limits.append(
            (
                row.rolconnlimit,
                f"CONNECTION LIMIT of the role {row.rolname} = {row.rolconnlimit}",
                f"ALTER ROLE {row.rolname} CONNECTION LIMIT {needed.connections}",
            )
        )
    if row.datconnlimit != UNLIMITED and not row.rolsuper:
        wanted = needed.connections + row.others_here
        limits.append(
            (
                row.datconnlimit - row.others_here,
                f"CONNECTION LIMIT of the database {row.datname} {row.datconnlimit} - used by other roles "
                f"{row.others_here} = {row.datconnlimit - row.others_here}",
                f"ALTER DATABASE {row.datname} CONNECTION LIMIT {wanted}",
            )
        )
    problems = [
        f"{needed} connections are more than {formula}; {way_out}, or lower DATABASE_POOL_SIZE, "
        "DATABASE_MAX_OVERFLOW or the number of workers"
        for admitted, formula, way_out in limits
        if admitted < needed.connections
    ]
    _, smallest, _ = min(limits)
    return f"{needed}, at most {smallest}", problems


def _server(row: Any) -> tuple[int, str, str]:
    kept = 0 if row.rolsuper else row.for_superusers + row.reserved
    admitted = row.most - kept - row.others
    terms = [f"max_connections {row.most}"]
    if not row.rolsuper:
        terms += [
            f"superuser_reserved_connections {row.for_superusers}",
            f"reserved_connections {row.reserved}",
        ]
    terms.append(f"used by other roles {row.others}")
    return admitted, f"{' - '.join(terms)} = {admitted}", "raise max_connections"
