"""Runs migrations on the database that DATABASE_URL names, one transaction for each."""

from __future__ import annotations

import asyncio
import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.rewriter import Rewriter
from alembic.operations.ops import CreateTableOp, MigrateOperation
from alembic.util import CommandError
from sqlalchemy import Connection, False_, True_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.install.adopting import left_behind
from adapters.sql.install.migrating import LOCK_TIMEOUT, after_each, configuration, make_schema, stay_within_schema
from adapters.sql.kit import types
from adapters.sql.kit.discovery import all_tables, map_all
from adapters.sql.kit.engine import DatabaseOptions, open_database
from adapters.sql.kit.schema import SCHEMA
from migrations.helpers import types as frozen

map_all()


def render(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """How a migration writes our own types and defaults."""
    if kind == "type" and isinstance(item, (types.Stored, JSONB)):
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        return 'postgresql.JSONB().with_variant(sa.JSON(), "sqlite")'
    if kind == "type" and type(item).__module__ == types.__name__:
        return call_of(getattr(item, "as_migrated", type(item).__name__))
    if kind == "server_default" and type(getattr(item, "arg", None)).__module__ == types.__name__:
        return call_of(type(item.arg).__name__)
    if kind == "server_default" and isinstance(getattr(item, "arg", None), (True_, False_)):
        return f"sa.{item.arg}()"
    return False


def call_of(name: str) -> str:
    """How a migration makes one of our own types or defaults: as it was when migrations began to use it."""
    if not hasattr(frozen, name):
        raise CommandError(f"migrations know no {name} yet: copy it from {types.__name__} to {frozen.__name__}")
    return f"types.{name}()"


written = Rewriter()


@written.rewrites(CreateTableOp)
def without_info(_: Any, revision: Any, table: CreateTableOp) -> MigrateOperation:
    """A migration makes tables; what the service does with them is no concern of its, and may change."""
    table.info = {}
    return table


def migrate(connection: Connection) -> None:
    """Run the migrations on an open connection."""
    stay_within_schema(connection)
    context.configure(
        connection=connection,
        target_metadata=all_tables(),
        render_item=render,
        process_revision_directives=written,
        transaction_per_migration=True,
        on_version_apply=after_each,  # type: ignore[arg-type]  # called with these names, says Alembic
        render_as_batch=connection.dialect.name == "sqlite",
        **configuration(connection, context.config.attributes.get("lock_timeout", LOCK_TIMEOUT)),
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_migrate() -> None:
    """Open the configured database for the length of the migrations."""
    url = os.environ.get("DATABASE_URL", "sqlite:///unified-dental.db")
    database = open_database(DatabaseOptions(url=url, schema=os.environ.get("DATABASE_SCHEMA", SCHEMA)))
    schema = database.schema
    try:
        async with database.engine.connect() as connection:
            if schema and await connection.run_sync(lambda sync: left_behind(sync, schema)):
                raise CommandError("the tables are still in public: `unified-dental migrate` moves them")
            await connection.run_sync(make_schema)
            await connection.commit()
            await connection.run_sync(migrate)
    finally:
        await database.close()


given: Any = context.config.attributes.get("connection")
if isinstance(given, Connection):
    migrate(given)
elif isinstance(given, AsyncConnection):
    raise TypeError("pass the synchronous connection: connection.run_sync(...)")
else:
    asyncio.run(connect_and_migrate())
