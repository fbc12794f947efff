"""How to connect to the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import URL, make_url

from adapters.sql.kit.connections import OfStatement
from adapters.sql.kit.schema import SCHEMA

Pooler = Literal["session", "transaction"]
Tls = Literal["disable", "prefer", "require", "verify-full"]


class UnusableUrl(ValueError):
    """The kind of the database URL is not supported."""


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """How to connect to the database. Times are in seconds; SQLite uses only the URL and the timeout.

    `schema` contains all tables of the service on PostgreSQL; SQLite has none. `pooler` is "transaction" behind a
    pooler that assigns connections per transaction (Supavisor on port 6543, PgBouncer): then no state is kept on a
    connection. `tls_ca` is the path of the certificate authority's file. The server itself ends a statement, a lock
    wait or an idle transaction; `command_timeout`, which is longer, limits one read or one unit of work on the client.
    `long_timeout` replaces both for long operations: imports, refreshes, migrations. `replica_timeout` limits the
    waits for a connection to the streaming replica at `replica_url`, and for it to catch up. `reading_role` is granted
    access for reports. `tell` gets each statement that has ended.
    """

    url: str
    pool_size: int = 10
    max_overflow: int = 10
    pool_timeout: float = 10
    pool_recycle: int = 1_800
    pool_pre_ping: bool = True
    schema: str = SCHEMA
    pooler: Pooler = "session"
    tls: Tls = "prefer"
    tls_ca: str | None = None
    connect_timeout: float = 5
    statement_timeout: float = 10
    lock_timeout: float = 3
    idle_timeout: float = 30
    command_timeout: float = 15
    long_timeout: float = 600
    replica_url: str | None = None
    replica_tls: Tls = "prefer"
    replica_timeout: float = 1
    reading_role: str | None = None
    tell: OfStatement | None = None


def database_url(text: str, setting: str = "DATABASE_URL") -> URL:
    """The URL with the asynchronous driver; accepts `postgres://` and a `sslmode`. Raises UnusableUrl."""
    try:
        url = make_url(text)
    except Exception as error:
        raise UnusableUrl(f"{setting} is not a database URL") from error
    match url.get_backend_name():
        case "postgres" | "postgresql":
            return url.set(drivername="postgresql+asyncpg")
        case "sqlite":
            return url.set(drivername="sqlite+aiosqlite")
        case other:
            raise UnusableUrl(f"{setting} begins with {other!r}; use postgresql://, sqlite:/// or memory://")
