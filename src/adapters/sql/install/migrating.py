"""Running the migrations from the application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, func, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.schema import CreateSchema, SchemaItem

from adapters.sql.install.adopting import adopt
from adapters.sql.install.reading_roles import let_read, reading_roles, require_usable
from adapters.sql.install.securing import let_in, running_roles, secure
from adapters.sql.kit.connections import SEARCHED, milliseconds
from adapters.sql.kit.schema import schema_of
from adapters.sql.kit.sqlite_files import file_at, folder_lock


class TablesInUse(TimeoutError):
    """Another transaction held a lock for too long; the migration was rolled back. The message says what to do."""


class MigrationUnknown(Exception):
    """The database is at a migration that this version does not know. The message says what to do."""


def _migrations() -> Path:
    """The folder of the migrations: beside the packages where they are installed, beside `src` in the repository.

    It is found from this file, since any program may have a package named `migrations` on its path.
    """
    packages = Path(__file__).resolve().parents[3]
    installed = packages / "migrations"
    return installed if (installed / "env.py").is_file() else packages.parent / "migrations"


MIGRATIONS = _migrations()
LOCK_TIMEOUT = 5.0
"""Seconds that a migration waits for a lock, unless said otherwise."""
TURN = 7_238_114_055_301
"""The advisory lock for migrating; any number that nothing else in the database uses."""

_LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
WITHOUT_LIMITS = select(*(func.pg_catalog.set_config(name, "0", False) for name in _LIMITS))
WITHOUT_LIMITS_NOW = select(*(func.pg_catalog.set_config(name, "0", True) for name in _LIMITS))
"""Settings that other connections have: a migration may take longer, and waits for its turn. Each migration sets its
own lock timeout.
"""


def stay_within_schema(connection: Connection) -> None:
    """Make names without a schema refer to our schema, in each transaction of this connection."""
    schema = schema_of(connection)
    if schema is None:
        return

    @event.listens_for(connection, "begin")
    def _(connection: Connection) -> None:
        # Only for the transaction, since the connection may be a pooler's. Unless it is named, pg_temp comes first.
        connection.execute(select(func.pg_catalog.set_config("search_path", f'"{schema}", pg_temp', True)))

    # The schema that Alembic assumes for tables without a schema.
    connection.dialect.default_schema_name = schema


def configuration(connection: Connection, lock_timeout: float = LOCK_TIMEOUT) -> dict[str, Any]:
    """How Alembic works on this database: where it records its revision, how long migrations wait for a lock, and how
    it compares the database with our tables to find the changes that a migration has to make.
    """
    dialect = connection.dialect.name

    def is_ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, compare_to: SchemaItem | None) -> bool:
        """Whether Alembic should compare this object: not if it exists only in the database (on Supabase there are
        many), nor if it is meant for the other database only.
        """
        if kind == "table" and reflected and compare_to is None:
            return False
        return bool(item.info.get("only", dialect) == dialect)

    return {
        "version_table_schema": schema_of(connection),
        "lock_timeout": f"{milliseconds(lock_timeout)}ms",
        "include_object": is_ours,
        "compare_type": True,
        "compare_server_default": False,
    }


def after_each(*, ctx: MigrationContext, **_: Any) -> None:
    """Secure the objects that a migration has created, in its own transaction, so that they are never unprotected."""
    if ctx.connection is not None and (schema := schema_of(ctx.connection)):
        secure(ctx.connection, schema)


def config() -> Config:
    """Alembic's configuration, without a file."""
    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    alembic.set_main_option("prepend_sys_path", str(MIGRATIONS.parent).replace("%", "%%"))  # for migrations.helpers
    alembic.set_main_option("path_separator", "os")
    return alembic


@cache
def head() -> str:
    """The newest migration."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    if revision is None:
        raise RuntimeError(f"no migrations in {MIGRATIONS}")
    return revision


async def current(engine: AsyncEngine) -> str | None:
    """The migration that the database is at; None if it is empty. Joined by commas if it records several."""
    async with engine.connect() as connection:
        return await connection.run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    options = {"version_table_schema": schema_of(connection)}
    return ", ".join(sorted(MigrationContext.configure(connection, opts=options).get_current_heads())) or None


def migration_problems(revision: str | None) -> list[str]:
    """What keeps this version of the service from a database at this migration, with the correction."""
    if revision is None:
        return ["The database is empty. Run `unified-dental migrate`."]
    if revision == head():
        return []
    if not _is_known(revision):
        return [
            f"The database is at migration {revision}, which this version does not know. Install the version of the "
            "service that migrated it, or a newer one."
        ]
    return [f"The database is at migration {revision}, not at {head()}. Run `unified-dental migrate`."]


def _is_known(revision: str) -> bool:
    return revision in _revisions()


@cache
def _revisions() -> frozenset[str]:
    """All migrations of this version; finding them imports each."""
    return frozenset(each.revision for each in ScriptDirectory.from_config(config()).walk_revisions())


async def upgrade(
    engine: AsyncEngine,
    revision: str = "head",
    role: str | None = None,
    lock_timeout: float = LOCK_TIMEOUT,
    time_zone: str = "UTC",
    reading_role: str | None = None,
) -> None:
    """Migrate up to the revision, in the schema. An installation that is still in `public` moves there first.

    After the newest revision, the service's role, the one that only reads, and earlier roles are granted access.
    `time_zone` is the organization's, for days that were not stored before. There is no time limit; the caller sets
    one. Raises TablesInUse when a lock is not free within `lock_timeout` seconds, MigrationUnknown and RoleUnusable.
    """

    def run(connection: Connection, alembic: Config) -> None:
        _prepare(connection, lock_timeout)
        there = _revision(connection)
        connection.rollback()  # Alembic begins its own transactions, within the schema
        if there and not _is_known(there):
            raise MigrationUnknown(*migration_problems(there))
        command.upgrade(alembic, revision)
        schema = schema_of(connection)
        if schema is not None and _revision(connection) == head():
            connection.execute(select(func.pg_catalog.set_config("lock_timeout", milliseconds(lock_timeout), True)))
            let_in(connection, schema, {*running_roles(connection, schema), *([role] if role else [])})
            if reading_role:
                require_usable(connection, schema, reading_role)
            readers = {*reading_roles(connection, schema), *([reading_role] if reading_role else [])}
            let_read(connection, schema, sorted(readers))

    await _run(engine, run, lock_timeout, time_zone)


async def downgrade(engine: AsyncEngine, revision: str, lock_timeout: float = LOCK_TIMEOUT) -> None:
    """Migrate down to the revision; `base` undoes everything. It stays in its schema. Raises TablesInUse."""
    await _run(engine, lambda _, alembic: command.downgrade(alembic, revision), lock_timeout)


def _prepare(connection: Connection, lock_timeout: float) -> None:
    schema = schema_of(connection)
    if schema is not None:
        within = {**SEARCHED, "lock_timeout": milliseconds(lock_timeout)}
        connection.execute(select(*(func.pg_catalog.set_config(name, value, True) for name, value in within.items())))
        make_schema(connection)
        adopt(connection, schema)
        secure(connection, schema)
        connection.commit()


def make_schema(connection: Connection) -> None:
    """Create the schema if it does not exist; an owner without the right to create schemas can use an existing one."""
    schema = schema_of(connection)
    if schema is not None and not inspect(connection).has_schema(schema):
        connection.execute(CreateSchema(schema))


async def _run(
    engine: AsyncEngine, run: Callable[[Connection, Config], None], lock_timeout: float, time_zone: str = "UTC"
) -> None:
    alembic = config()
    alembic.attributes.update(lock_timeout=lock_timeout, time_zone=time_zone)

    def with_connection(connection: Connection) -> None:
        alembic.attributes["connection"] = connection
        run(connection, alembic)

    try:
        await _in_turn(engine, with_connection)
    except DBAPIError as error:
        if locked := _locked(error, lock_timeout):
            raise TablesInUse(locked) from error
        raise


async def _in_turn(engine: AsyncEngine, run: Callable[[Connection], None]) -> None:
    async with _turn(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            await connection.execute(WITHOUT_LIMITS)
            await connection.commit()
        try:
            await connection.run_sync(run)
            await connection.commit()
        finally:
            if engine.dialect.name == "postgresql":
                # It has no limits, so it must not be reused for anything else.
                await connection.invalidate()


def _locked(error: DBAPIError, lock_timeout: float) -> str | None:
    """What to do about a lock that could not be acquired; None for any other error."""
    again = "The running migration was rolled back; run `unified-dental migrate` again."
    if getattr(error.orig, "sqlstate", None) == "55P03":
        return (
            f"A table is in use: a transaction has held its lock for more than {lock_timeout:g} s. End long "
            f"transactions, which pg_stat_activity shows. {again}"
        )
    if "database is locked" not in str(error.orig):
        return None
    return f"The database file is in use: another program is writing to it. Stop the service. {again}"


@asynccontextmanager
async def _turn(engine: AsyncEngine) -> AsyncIterator[None]:
    """Serialize concurrent migrations, as when several replicas start at once."""
    if engine.dialect.name != "postgresql":
        async with folder_lock(file_at(engine.url)):
            yield
        return
    # On a separate connection, since each migration commits; transaction-level, so that it works behind poolers.
    async with engine.begin() as guard:
        await guard.execute(WITHOUT_LIMITS_NOW)
        await guard.execute(select(func.pg_advisory_xact_lock(TURN)))
        yield
