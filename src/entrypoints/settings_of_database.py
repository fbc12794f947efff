"""The settings of the database."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from entrypoints.setting_values import Seconds, own_schema


class DatabaseSettings(BaseSettings):
    """How the database is reached, and how long anything there may take."""

    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///unified-dental.db"),
        description="`postgresql://user:password@host:5432/database`, `sqlite:///file.db`, `sqlite://` (SQLite in "
        "memory) or `memory://` (no database at all); the last two forget everything at the end",
    )
    migration_database_url: SecretStr | None = Field(
        default=None,
        description="`postgresql://...` of the role that owns the tables, for `migrate` alone; the service "
        "then runs as the role in `DATABASE_URL`, to which `migrate` grants what it needs. "
        "Without it the service owns everything, which `check` refuses in production",
    )
    reading_role: str | None = Field(
        default=None,
        description="for `migrate` and `check`: a role of PostgreSQL, for BI, that may read what reports are made of "
        "and nothing else; `migrate` grants it",
    )
    replica_database_url: SecretStr | None = Field(
        default=None,
        description="`postgresql://...` of a streaming replica of the database in `DATABASE_URL`, for lists and "
        "reports; without it everything is read from the primary",
    )
    replica_timeout: Annotated[float, Field(gt=0, le=60)] = Field(
        default=1,
        description="seconds that a list or a report waits for a connection to the replica, and for it to show "
        "everything that has been committed; then it is read from the primary",
    )
    embedded_database: Literal["sqlite", "memory"] | None = Field(
        default=None,
        description="`sqlite` or `memory` if a `DATABASE_URL` of that kind is meant where `ENVIRONMENT` is production: "
        "one process on one machine, with backups of its own; otherwise production refuses it",
    )
    database_schema: Annotated[str, AfterValidator(own_schema)] = Field(
        default="training",
        description="the PostgreSQL schema for the tables of this service and nothing else; not one that "
        "Supabase's Data API serves",
    )
    database_pool_size: Annotated[int, Field(ge=1, le=500)] = Field(
        default=10,
        description="connections kept open for writing; reads have another pool, of this size plus the overflow",
    )
    database_max_overflow: Annotated[int, Field(ge=0, le=500)] = Field(
        default=10, description="additional connections under load"
    )
    database_pool_timeout: Annotated[float, Field(gt=0, le=300)] = Field(
        default=10, description="seconds to wait for a connection before answering 503"
    )
    database_connect_timeout: Seconds = Field(default=5, description="seconds to wait for a new connection")
    database_statement_timeout: Seconds = Field(
        default=10, description="seconds after which the database ends a statement"
    )
    database_lock_timeout: Seconds = Field(
        default=3,
        description="seconds that a statement waits for a lock before 503 is answered, or a migration is undone",
    )
    database_idle_timeout: Seconds = Field(
        default=30, description="seconds after which the database ends an idle transaction"
    )
    database_command_timeout: Seconds = Field(
        default=15,
        description="seconds that a read or a unit of work may take, measured by the service, even if the network is "
        "silent; must be more than `DATABASE_STATEMENT_TIMEOUT`",
    )
    database_long_timeout: Seconds = Field(
        default=600,
        description="replaces the statement, command and request timeouts for imports, refreshes of the "
        "reports and migrations",
    )
    database_pool_recycle: Annotated[int, Field(ge=1)] = Field(
        default=1_800,
        description="seconds after which a connection for writing is replaced, and an idle one for reading",
    )
    database_pool_pre_ping: bool = Field(
        default=True, description="whether a connection is tested before it is used for writing"
    )
    database_pooler: Literal["session", "transaction"] = Field(
        default="session",
        description="`transaction` behind Supavisor on port 6543 or PgBouncer in transaction mode",
    )
    database_tls: Literal["disable", "prefer", "require", "verify-full"] | None = Field(
        default=None,
        description="like libpq's `sslmode`, which takes precedence in the URL; `verify-full` also checks the "
        "server's identity. By default `prefer`; in production `require` unless the database is "
        "on the same machine, and `prefer` is refused",
    )
    database_tls_ca: str | None = Field(
        default=None,
        description="path of the certificate authority's file for `verify-full`; by default the system's authorities",
    )

    @model_validator(mode="after")
    def _patience_grows_outwards(self) -> Self:
        if not self.database_statement_timeout < self.database_command_timeout:
            raise ValueError("DATABASE_COMMAND_TIMEOUT must be more than DATABASE_STATEMENT_TIMEOUT")
        return self
