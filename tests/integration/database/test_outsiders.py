"""Others who sign in to the same database can do nothing to what is ours, whatever they are granted by default."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection

from adapters.sql.install.migrating import MIGRATIONS, config, downgrade, upgrade
from contracts.backend import save
from contracts.make import a_full_user
from integration.backends import SERVICE, SqlBackend, metadata, on_server, opened
from integration.outsiders import ALL, OUTSIDERS, allowed, can, open_to_all, supabase, things

as_each = pytest.mark.parametrize("role", OUTSIDERS)

UNPROTECTED = """
SELECT relname FROM pg_class
WHERE relnamespace = 'training'::regnamespace AND relkind IN ('r', 'p') AND NOT relrowsecurity
"""


@pytest.fixture(scope="module", params=["a new installation", "one that was in public"])
def url(request: pytest.FixtureRequest, server: str) -> str:
    """The URL of a database whose default privileges are generous, migrated in either way."""
    return asyncio.run(_migrated(server, "public" in request.param))


async def _migrated(server: str, was_in_public: bool) -> str:
    url = await supabase(server, "unified_dental_outsiders")
    if was_in_public:
        async with opened(url, schema="public") as old:
            await upgrade(old.database.engine, "0005")
            await on_server(url, f"GRANT USAGE ON SCHEMA public TO {ALL}", *open_to_all("public"))
            await old.sql("INSERT INTO users (email, profile_metadata) VALUES ('ana@example.com', '{}')")
            assert await allowed(old, "anon", "SELECT * FROM public.users"), "as it was"
    async with opened(url) as backend:
        await upgrade(backend.database.engine, role=SERVICE)
    return url


@pytest.fixture
async def backend(url: str) -> AsyncIterator[SqlBackend]:
    async with opened(url) as backend:
        yield backend


async def test_everything_is_looked_at(backend: SqlBackend) -> None:
    names = {thing.name.removeprefix("training.") for thing in await things(backend)}
    assert names >= {*metadata.tables, "alembic_version", "module_participation", "outbox_events_position_seq"}
    assert names >= {"refuse_change()", "refresh_reports()"}


@as_each
async def test_outsiders_can_do_nothing(backend: SqlBackend, role: str) -> None:
    assert await can(backend, role) == {}
    assert not await allowed(backend, role, "CREATE TABLE training.mine ()")


@as_each
async def test_nor_if_somebody_lets_them_into_the_schema(backend: SqlBackend, role: str) -> None:
    """What is in it has locks of its own."""
    await backend.sql(f"GRANT USAGE ON SCHEMA training TO {role}")
    try:
        assert await can(backend, role) == {}
    finally:
        await upgrade(backend.database.engine)
    assert not await allowed(backend, role, "SELECT FROM training.users")


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_nor_see_a_row_if_somebody_grants_them_a_table(backend: SqlBackend, role: str) -> None:
    await save(backend, a_full_user(1))
    await backend.sql(f"GRANT USAGE ON SCHEMA training TO {role}")
    await backend.sql(f"GRANT ALL ON training.users TO {role}")
    await backend.sql(f"GRANT SELECT (subject_id), UPDATE (payload) ON training.outbox_events TO {role}")
    try:
        async with backend.database.engine.connect() as connection:
            await connection.exec_driver_sql(f"SET LOCAL ROLE {role}")
            assert (await connection.exec_driver_sql("SELECT * FROM training.users")).all() == []
            assert (await connection.exec_driver_sql("UPDATE training.users SET role = 'admin'")).rowcount == 0
            assert (await connection.exec_driver_sql("DELETE FROM training.users")).rowcount == 0
        assert not await allowed(
            backend, role, "INSERT INTO training.users (email, profile_metadata) VALUES ('a', '{}')"
        )
    finally:
        await upgrade(backend.database.engine)
        await backend.sql("TRUNCATE users CASCADE")
    assert await can(backend, role) == {}
    assert not await allowed(backend, role, "SELECT subject_id FROM training.outbox_events")


@as_each
async def test_what_is_made_by_hand_is_not_for_them_either(backend: SqlBackend, role: str) -> None:
    made = {
        "TABLE training.later (id uuid)": "SELECT * FROM training.later",
        "VIEW training.seen AS SELECT * FROM training.users": "SELECT * FROM training.seen",
        "MATERIALIZED VIEW training.kept AS SELECT * FROM training.users": "SELECT * FROM training.kept",
        "SEQUENCE training.counted": "SELECT nextval('training.counted')",
        "FUNCTION training.told() RETURNS text LANGUAGE sql AS 'SELECT 1'": "SELECT training.told()",
    }
    try:
        for what in made:
            await backend.sql(f"CREATE {what}")
        assert [use for use in made.values() if await allowed(backend, role, use)] == []
        # Migrating again restores the protection, including access to the schema.
        await upgrade(backend.database.engine)
        await backend.sql(f"GRANT USAGE ON SCHEMA training TO {role}")
        assert [use for use in made.values() if await allowed(backend, role, use)] == []
        assert await backend.sql(UNPROTECTED) == []
    finally:
        for what in reversed(made):
            name = what[what.index("training.") :].split()[0]
            await backend.sql(f"DROP {what[: what.index(' training.')]} {name}")
        await upgrade(backend.database.engine)


async def test_every_table_has_row_level_security(backend: SqlBackend) -> None:
    assert await backend.sql(UNPROTECTED) == []


async def test_a_later_migration_needs_to_think_of_nothing(backend: SqlBackend, tmp_path: Path) -> None:
    (tmp_path / "20990101_9999_later.py").write_text(f"""
from alembic import op
from adapters.sql.install.migrating import head
revision, down_revision = "9999", head()
def upgrade():
    op.execute("CREATE TABLE shifts (id uuid)")
    op.execute("CREATE FUNCTION told() RETURNS text LANGUAGE sql AS 'SELECT 1'")
    op.execute("GRANT ALL ON shifts TO {ALL}")
def downgrade():
    op.execute("DROP TABLE shifts")
    op.execute("DROP FUNCTION told()")
""")

    def run(connection: Connection) -> None:
        alembic = config()
        alembic.set_main_option("version_locations", os.pathsep.join([str(MIGRATIONS / "versions"), str(tmp_path)]))
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "heads")
        found.append(connection.exec_driver_sql(UNPROTECTED).all())
        connection.exec_driver_sql("GRANT USAGE ON SCHEMA training TO anon")
        for use in ("SELECT * FROM training.shifts", "SELECT training.told()"):
            connection.exec_driver_sql("SAVEPOINT before")
            connection.exec_driver_sql("SET LOCAL ROLE anon")
            try:
                connection.exec_driver_sql(use)
            except Exception as error:
                found.append(str(error))
            connection.exec_driver_sql("ROLLBACK TO before")
        connection.rollback()
        command.downgrade(alembic, "-1")

    found: list[object] = []
    async with backend.database.engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    assert found[0] == []
    assert ["permission denied" in str(each) for each in found[1:]] == [True, True]


async def test_the_way_back_leaves_nothing_open(backend: SqlBackend) -> None:
    try:
        await downgrade(backend.database.engine, "0005")
        assert await can(backend, "anon") == {}
        assert await backend.sql(UNPROTECTED) == []
    finally:
        await upgrade(backend.database.engine)
