"""The migrations: what they make is what the tables say, and they can be undone."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from click.testing import CliRunner
from sqlalchemy import Column, Connection, Integer, MetaData, Table

from adapters.sql.install.migrating import (
    MIGRATIONS,
    TablesInUse,
    config,
    configuration,
    current,
    downgrade,
    head,
    stay_within_schema,
    upgrade,
)
from adapters.sql.kit import types
from checks.lints import broken
from entrypoints.cli.main import main
from integration.backends import SqlBackend, created, metadata, opened
from integration.schemas import schema

REVISIONS = [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()][::-1]
FILES = sorted((MIGRATIONS / "versions").glob("*.py"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of the test's own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    return asyncio.run(created(request.getfixturevalue("server"), "unified_dental_migrations"))


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[SqlBackend]:
    async with opened(empty_url) as backend:
        yield backend


@pytest.fixture
def copied_postgresql_url(server: str, migrated: str) -> str:
    """The URL of a migrated database of the test's own, which was not migrated for it."""
    return asyncio.run(created(server, "unified_dental_migrations", migrated))


@pytest.fixture
async def copied_postgresql(copied_postgresql_url: str) -> AsyncIterator[SqlBackend]:
    async with opened(copied_postgresql_url) as backend:
        yield backend


@pytest.fixture(params=["sqlite", "copied_postgresql_url"], ids=["sqlite", "postgresql"])
def copied_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def copied(copied_url: str) -> AsyncIterator[SqlBackend]:
    async with opened(copied_url) as backend:
        yield backend


@pytest.fixture
async def empty_postgresql_url(server: str) -> str:
    return await created(server, "unified_dental_migrations")


@pytest.fixture
async def empty_postgresql(empty_postgresql_url: str) -> AsyncIterator[SqlBackend]:
    async with opened(empty_postgresql_url) as backend:
        yield backend


async def differences(backend: SqlBackend, tables: MetaData = metadata) -> list[Any]:
    """What a generated migration would change."""

    def compare(connection: Connection) -> list[Any]:
        stay_within_schema(connection)
        context = MigrationContext.configure(connection, opts=configuration(connection))
        found: list[Any] = compare_metadata(context, tables)
        return found

    async with backend.database.engine.connect() as connection:
        return await connection.run_sync(compare)


def copy_of_the_tables() -> MetaData:
    copy = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        indexes = {index.name: index for index in table.to_metadata(copy).indexes}
        for index in table.indexes:
            # The one thing that SQLAlchemy does not copy.
            indexes[index.name].info.update(index.info)
    return copy


class TestAutogenerate:
    async def test_migrated_databases_are_what_the_tables_say(self, empty: SqlBackend) -> None:
        await upgrade(empty.database.engine)
        assert await differences(empty) == []

    async def test_a_new_column_is_noticed(self, copied: SqlBackend) -> None:
        tables = copy_of_the_tables()
        assert await differences(copied, tables) == []
        tables.tables["users"].append_column(Column("shoe_size", Integer()))
        (difference,) = await differences(copied, tables)
        assert difference[0] == "add_column"
        assert difference[3].name == "shoe_size"

    @pytest.mark.parametrize(
        ("change", "kind"),
        [
            ("ALTER TABLE users DROP COLUMN location", "add_column"),
            ("ALTER TABLE users ADD COLUMN shoe_size integer", "remove_column"),
            ("DROP INDEX ix_training_modules_newest", "add_index"),
            ("CREATE INDEX ix_users_hired_on ON users (hired_on)", "remove_index"),
        ],
    )
    async def test_what_was_changed_by_hand_is_noticed(self, copied: SqlBackend, change: str, kind: str) -> None:
        await copied.sql(change)
        assert [difference[0] for difference in await differences(copied)] == [kind]

    @pytest.mark.parametrize(
        ("change", "kind"),
        [
            ("ALTER TABLE users ALTER COLUMN profile_metadata DROP NOT NULL", "modify_nullable"),
            ("ALTER TABLE users ALTER COLUMN profile_metadata TYPE text", "modify_type"),
            ("ALTER TABLE users ALTER COLUMN created_at TYPE timestamp", "modify_type"),
            ("ALTER TABLE users DROP CONSTRAINT uq_users_email", "add_constraint"),
            ("ALTER TABLE module_enrollments DROP CONSTRAINT fk_module_enrollments_user_id", "add_fk"),
        ],
    )
    async def test_what_was_altered_by_hand_is_noticed(
        self, copied_postgresql: SqlBackend, change: str, kind: str
    ) -> None:
        if "TYPE text" in change:
            await copied_postgresql.sql("DROP INDEX ix_users_profile_metadata")
        await copied_postgresql.sql(change)
        found = [
            difference[0][0] if isinstance(difference, list) else difference[0]
            for difference in await differences(copied_postgresql)
        ]
        assert kind in found

    async def test_tables_of_others_are_left_alone(self, empty_postgresql: SqlBackend) -> None:
        await empty_postgresql.sql("CREATE SCHEMA auth")
        await empty_postgresql.sql("CREATE TABLE auth.users (id uuid PRIMARY KEY, email text)")
        await upgrade(empty_postgresql.database.engine)
        await empty_postgresql.sql("CREATE TABLE public.spatial_ref_sys (srid integer PRIMARY KEY, srtext text)")
        await empty_postgresql.sql("CREATE INDEX ix_srtext ON public.spatial_ref_sys (srtext)")
        assert await differences(empty_postgresql) == []

    async def test_a_table_of_another_application_is_left_alone(self, copied: SqlBackend) -> None:
        await copied.sql("CREATE TABLE appointments (id integer PRIMARY KEY)")
        assert await differences(copied) == []

    def test_the_developers_command_finds_nothing_to_do(self, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", empty_url)
        alembic = Config(MIGRATIONS.parent / "alembic.ini")
        with pytest.raises(CommandError, match="not up to date"):
            command.check(alembic)
        command.upgrade(alembic, "head")
        command.check(alembic)

    async def test_the_developers_command_writes_migrations_that_run(
        self, empty_postgresql: SqlBackend, empty_postgresql_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """Here of all tables at once, in whatever types they have."""
        monkeypatch.setenv("DATABASE_URL", empty_postgresql_url)
        alembic = Config(MIGRATIONS.parent / "alembic.ini")
        alembic.set_main_option("version_locations", str(tmp_path))
        await asyncio.to_thread(command.revision, alembic, "everything", autogenerate=True)
        (written,) = await asyncio.to_thread(lambda: list(tmp_path.glob("*.py")))
        assert [calls_lock_timeout_first(written, function) for function in ("upgrade", "downgrade")] == [True, True]
        assert broken("migrations/versions/everything.py", written.read_text(encoding="utf-8")) == []
        await asyncio.to_thread(command.upgrade, alembic, "head")
        assert await differences(empty_postgresql) == []
        await asyncio.to_thread(command.downgrade, alembic, "base")
        assert not any((await schema(empty_postgresql)).values())

    async def test_a_type_that_migrations_do_not_have_yet_is_named(
        self, empty_postgresql: SqlBackend, empty_postgresql_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", empty_postgresql_url)
        alembic = Config(MIGRATIONS.parent / "alembic.ini")
        alembic.set_main_option("version_locations", str(tmp_path))
        table = Table("notes", metadata, Column("note", types.Unopened()))
        try:
            with pytest.raises(CommandError, match=r"no Unopened yet: copy it .* to migrations\.helpers\.types"):
                await asyncio.to_thread(command.revision, alembic, "notes", autogenerate=True)
        finally:
            metadata.remove(table)


def calls_lock_timeout_first(file: Path, function: str) -> bool:
    (definition,) = (
        node
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == function
    )
    first, *rest = definition.body
    return ast.unparse(first) == "lock_timeout()" and bool(rest)


class TestUpAndDown:
    async def test_each_step_can_be_undone_and_redone(self, empty: SqlBackend) -> None:
        engine = empty.database.engine
        before = await schema(empty)
        for previous, revision in zip(["base", *REVISIONS], REVISIONS, strict=False):
            await upgrade(engine, revision)
            after = await schema(empty)
            assert after != before or not empty.on_postgresql  # Some are for PostgreSQL alone.
            await downgrade(engine, previous)
            assert await schema(empty) == before
            await upgrade(engine, revision)
            assert await schema(empty) == after
            assert await current(engine) == revision
            before = after
        assert await current(engine) == head()

    async def test_all_the_way_down_leaves_nothing(self, empty: SqlBackend) -> None:
        engine = empty.database.engine
        before = await schema(empty)
        await upgrade(engine)
        top = await schema(empty)
        await downgrade(engine, "base")
        assert await schema(empty) == before
        assert {kind: found for kind, found in before.items() if found} == {}
        assert await current(engine) is None
        await upgrade(engine)
        assert await schema(empty) == top

    async def test_upgrading_twice_changes_nothing(self, empty: SqlBackend) -> None:
        await upgrade(empty.database.engine)
        once = await schema(empty)
        await upgrade(empty.database.engine)
        assert await schema(empty) == once


class TestLocks:
    @pytest.mark.parametrize("function", ["upgrade", "downgrade"])
    @pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
    def test_every_migration_limits_its_waiting_first(self, file: Path, function: str) -> None:
        assert calls_lock_timeout_first(file, function)

    async def test_an_upgrade_gives_up_on_a_lock_and_can_be_repeated(self, empty_postgresql: SqlBackend) -> None:
        engine = empty_postgresql.database.engine
        before = await schema(empty_postgresql)
        await empty_postgresql.sql("CREATE SCHEMA training")
        async with engine.connect() as other:
            await other.exec_driver_sql("CREATE TABLE training.users (name text)")
            with pytest.raises(TablesInUse, match=r"more than 0\.05 s\. End long transactions"):
                await upgrade(engine, lock_timeout=0.05)
            await other.rollback()
        assert await schema(empty_postgresql) == before
        assert await current(engine) is None
        await upgrade(engine)
        assert await current(engine) == head()

    async def test_a_downgrade_gives_up_on_a_lock_and_can_be_repeated(self, empty_postgresql: SqlBackend) -> None:
        engine = empty_postgresql.database.engine
        await upgrade(engine)
        top = await schema(empty_postgresql)
        async with engine.connect() as other:
            await other.exec_driver_sql("SELECT FROM training.users")
            with pytest.raises(TablesInUse, match="End long transactions"):
                await downgrade(engine, "base", lock_timeout=0.05)
        # Each step is a transaction of its own: it stands between two of them, and goes on either way.
        await upgrade(engine)
        assert await schema(empty_postgresql) == top
        assert await current(engine) == head()
        await downgrade(engine, "base")
        assert await current(engine) is None

    async def test_the_command_line_says_so_in_one_line(
        self, empty_postgresql: SqlBackend, empty_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_LOCK_TIMEOUT", "0.05")
        monkeypatch.setenv("DATABASE_URL", empty_postgresql_url)
        await upgrade(empty_postgresql.database.engine)
        await downgrade(empty_postgresql.database.engine, "0007")
        async with empty_postgresql.database.engine.connect() as other:
            await other.exec_driver_sql("SELECT FROM training.users")
            result = await asyncio.to_thread(CliRunner().invoke, main, ["migrate"])
        assert result.exit_code == 1
        (line,) = result.output.splitlines()
        assert "pg_stat_activity" in line
        assert "unified-dental migrate" in line


async def test_several_that_migrate_at_once_take_turns(empty_postgresql_url: str) -> None:
    async with AsyncExitStack() as stack:
        replicas = [await stack.enter_async_context(opened(empty_postgresql_url)) for _ in range(3)]
        await asyncio.gather(*(upgrade(replica.database.engine) for replica in replicas))
        assert await current(replicas[0].database.engine) == head()
