"""Running the migrations from the application, and what they share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.schema import SchemaItem

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
LOCK_TIMEOUT = "5s"
TURN = 7_238_114_055_301
"""The advisory lock of whoever migrates; any number that nothing else in the database uses."""


def lock_timeout() -> None:
    """Give up on a lock after five seconds: a migration must not queue up behind a long transaction,
    since everything else would then queue up behind the migration. Called first in every migration."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")


def comparison(dialect: str) -> dict[str, Any]:
    """How Alembic compares the database with our tables, to say what a migration would have to change."""

    def is_ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, compare_to: SchemaItem | None) -> bool:
        """Leave alone what is in the database and not in our tables (on Supabase that is much), and what our
        tables have for the other database only."""
        if kind == "table" and reflected and compare_to is None:
            return False
        return bool(item.info.get("only", dialect) == dialect)

    return {"include_object": is_ours, "compare_type": True, "compare_server_default": False}


def config() -> Config:
    """Alembic's configuration, without a file."""
    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    alembic.set_main_option("path_separator", "os")
    return alembic


def head() -> str:
    """The newest migration."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    if revision is None:
        raise RuntimeError(f"no migrations in {MIGRATIONS}")
    return revision


async def current(engine: AsyncEngine) -> str | None:
    """The migration that the database is at, None when it is empty."""
    async with engine.connect() as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Migrate up to the revision."""
    await _run(engine, lambda alembic: command.upgrade(alembic, revision))


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Migrate down to the revision; `base` undoes everything."""
    await _run(engine, lambda alembic: command.downgrade(alembic, revision))


async def _run(engine: AsyncEngine, run: Callable[[Config], None]) -> None:
    alembic = config()

    def with_connection(connection: Connection) -> None:
        alembic.attributes["connection"] = connection
        run(alembic)

    async with _turn(engine), engine.connect() as connection:
        await connection.run_sync(with_connection)
        await connection.commit()


@asynccontextmanager
async def _turn(engine: AsyncEngine) -> AsyncIterator[None]:
    """Let processes that migrate at once, as several replicas do when they start, do so one after the other."""
    if engine.dialect.name != "postgresql":
        yield
        return
    # On a connection of its own, since each migration commits; of a transaction, to work behind poolers too.
    async with engine.begin() as guard:
        await guard.execute(select(func.pg_advisory_xact_lock(TURN)))
        yield
