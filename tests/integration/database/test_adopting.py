"""An installation of a release that kept everything in `public` moves into the schema, and nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from adapters.sql.install.adopting import MADE, VERSIONS, VIEW
from adapters.sql.install.migrating import MIGRATIONS, TablesInUse, current, downgrade, head, upgrade
from application.evidence.certificates.queries import CertificateReader
from application.evidence.records.queries import RecordReader
from application.kernel.access import EVERYONE
from application.people.users.queries import UserReader
from contracts.backend import plain, save
from contracts.make import a_full_user, user_id
from integration.backends import SqlBackend, created, opened

TABLES = [table for made in MADE.values() for table in made]
ROWS = (
    "INSERT INTO users (id, email, full_name, profile_metadata) VALUES (ID, 'ana@example.com', 'Ana', '{}')",
    "INSERT INTO training_modules (id, slug, title, tags) VALUES (ID, 'osha', 'OSHA', '{annual}')",
    """INSERT INTO module_sections (id, module_id, position, title, content)
    VALUES (ID, ID, 1, 'Read', '{"kind": "lesson", "markdown": "Text"}')""",
    """INSERT INTO quiz_questions (section_id, position, prompt, metadata)
    VALUES (ID, 1, 'True?', '{"kind": "true_false", "correct": true}')""",
    """INSERT INTO module_versions (module_id, number, settings, sections, questions, outline, content_hash,
                                    change_note, material, published_at)
    VALUES (ID, 1, '{}', '[]', '[]', '[]', '', '', false, AT)""",
    "INSERT INTO module_enrollments (module_id, user_id, version_number) VALUES (ID, ID, 1)",
    "INSERT INTO section_completions (module_id, user_id, section_id, completed_at) VALUES (ID, ID, ID, AT)",
    """INSERT INTO quiz_attempts (module_id, user_id, cycle_id, version_number, section_id, number, seed, status, items,
                                  policy, answers, marks, max_points, started_at, updated_at, version)
    VALUES (ID, ID, ID, 1, ID, 1, 1, 'superseded', '[]', '{}', '{}', '[]', 1, AT, AT, 2)""",
    """INSERT INTO training_records (id, user_id, title, summary, delivery, started_at, completed_at, attestations,
                                     trainers, valid_from, retention_until, recorded_at)
    VALUES (ID, ID, 'OSHA', '', 'online', AT, AT, '[]', '[]', '2026-03-02', '2032-03-02', AT)""",
    """INSERT INTO training_sessions (module_id, version_number, title, starts_at, ends_at, location, summary, trainers,
                                      attendees, recorded_at)
    VALUES (ID, 1, 'OSHA', AT, AT, '', '', '[]', '[]', AT)""",
    """INSERT INTO certificates (serial, record_id, user_id, valid_from, issued_at, version, updated_at)
    VALUES ('UD-1', ID, ID, '2026-03-02', AT, 1, AT)""",
    """INSERT INTO outbox_events (name, subject_id, payload, occurred_at, client_ip)
    VALUES ('UserRegistered', ID, '{}', AT, '::1')""",
    """INSERT INTO idempotency_keys (owner, key, fingerprint, status, headers, body, created_at)
    VALUES ('ana', 'k', '', 201, '[]', '', AT)""",
)
OTHERS = (
    "CREATE TABLE public.appointments (id integer PRIMARY KEY)",
    "INSERT INTO public.appointments VALUES (1)",
    "CREATE FUNCTION public.noon() RETURNS time LANGUAGE sql AS 'SELECT time ''12:00'''",
    "CREATE VIEW public.tomorrow AS SELECT id FROM public.appointments",
)


@pytest.fixture
async def url(server: str) -> str:
    return await created(server, "unified_dental_moving")


@asynccontextmanager
async def in_public(url: str) -> AsyncIterator[SqlBackend]:
    """As the releases up to 0005 were: with everything in `public`."""
    async with opened(url, schema="public") as backend:
        yield backend


@pytest.fixture
def old_url(server: str) -> str:
    """The URL of an installation of release 0005."""

    async def make() -> str:
        url = await created(server, "unified_dental_moving")
        async with in_public(url) as backend:
            await upgrade(backend.database.engine, "0005")
        return url

    return asyncio.run(make())


@pytest.fixture
async def old(url: str) -> AsyncIterator[SqlBackend]:
    """Release 0005 with data, beside the tables of another application."""
    async with in_public(url) as backend:
        await upgrade(backend.database.engine, "0005")
        for statement in OTHERS:
            await backend.sql(statement)
        yield backend


async def everything(backend: SqlBackend, schema: str) -> dict[str, list[Any]]:
    return {
        table: sorted(str(tuple(row)) for row in await backend.sql(f"SELECT * FROM {schema}.{table}"))  # noqa: S608
        for table in (*TABLES, VIEW)
    }


async def fill(backend: SqlBackend) -> None:
    """A row in each table, as release 0005 wrote it."""
    for statement in ROWS:
        await backend.sql(statement.replace("ID", f"'{user_id(1)}'").replace("AT", "'2026-03-02 12:00+00'"))


async def names(backend: SqlBackend, schema: str) -> set[str]:
    """What is in a schema: tables and views, and functions."""
    rows = await backend.sql(
        "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(:schema) AND relkind IN ('r', 'v', 'm', 'S')"
        " UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = to_regnamespace(:schema)",
        schema=schema,
    )
    return {name for (name,) in rows}


OF_OTHERS = {"appointments", "noon", "tomorrow"}


async def test_everything_moves_with_its_rows(url: str, old: SqlBackend) -> None:
    await fill(old)
    await old.sql(f"REFRESH MATERIALIZED VIEW public.{VIEW}")
    before = await everything(old, "public")
    async with opened(url) as backend:
        await upgrade(backend.database.engine, "0005")
        assert await everything(backend, "training") == before
        assert all(before.values())
        assert await names(backend, "public") == OF_OTHERS
        assert await backend.sql("SELECT id FROM public.tomorrow") == [(1,)]
        await upgrade(backend.database.engine)
        assert await current(backend.database.engine) == head()
        assert plain(await backend.reader(UserReader).detail(EVERYONE, user_id(1)))["email"] == "ana@example.com"
        assert len((await backend.reader(RecordReader).of_user(EVERYONE, user_id(1), None, 10)).items) == 1  # type: ignore[union-attr]
        assert await backend.reader(CertificateReader).of_user(EVERYONE, user_id(1), None, 10)
        await save(backend, a_full_user(2))
        with pytest.raises(DBAPIError, match="append-only"):
            await backend.sql("DELETE FROM training_records")


@pytest.mark.parametrize("revision", MADE)
async def test_every_release_moves(url: str, revision: str) -> None:
    async with in_public(url) as before:
        await upgrade(before.database.engine, revision)
        made = await names(before, "public")
    async with opened(url) as backend:
        await upgrade(backend.database.engine, revision)
        assert await names(backend, "training") == made
        assert await names(backend, "public") == set()
        assert await current(backend.database.engine) == revision
        await upgrade(backend.database.engine)
        assert await current(backend.database.engine) == head()


@pytest.mark.parametrize(
    "foreign",
    [
        ("CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('0005')"),
        ("CREATE TABLE alembic_version (version_num text)",),
        ("CREATE TABLE users (id integer)", "CREATE TABLE certificates (id integer)"),
    ],
    ids=["another application's revision", "no revision", "tables with names like ours"],
)
async def test_objects_of_other_software_stay(url: str, foreign: tuple[str, ...]) -> None:
    async with in_public(url) as backend:
        for statement in (*foreign, *OTHERS):
            await backend.sql(statement)
        there = await names(backend, "public")
    async with opened(url) as backend:
        await upgrade(backend.database.engine)
        assert await names(backend, "public") == there
        assert await current(backend.database.engine) == head()
        await save(backend, a_full_user(1))


@pytest.mark.parametrize(
    "change",
    ["UPDATE public.alembic_version SET version_num = 'a1b2'", "INSERT INTO public.alembic_version VALUES ('a1b2')"],
    ids=["another revision", "two revisions"],
)
async def test_without_one_revision_of_ours_nothing_moves(url: str, old: SqlBackend, change: str) -> None:
    await old.sql(change)
    there = await names(old, "public")
    async with opened(url) as backend:
        await upgrade(backend.database.engine)
        assert await names(backend, "public") == there


async def test_it_moves_whole_or_not_at_all(url: str, old: SqlBackend) -> None:
    there = await names(old, "public")
    async with opened(url) as backend:
        async with old.database.engine.connect() as busy:
            await busy.exec_driver_sql("SELECT FROM public.certificates")
            with pytest.raises(TablesInUse):
                await upgrade(backend.database.engine, lock_timeout=0.05)
        assert await names(backend, "public") == there
        assert await names(backend, "training") == set()
        await upgrade(backend.database.engine)
        assert await names(backend, "public") == OF_OTHERS
        assert VERSIONS in await names(backend, "training")


def test_the_developers_command_leaves_it_to_the_operators(old_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would make a second installation, and nobody would look for the first one any more."""
    monkeypatch.setenv("DATABASE_URL", old_url)
    with pytest.raises(CommandError, match="unified-dental migrate"):
        command.upgrade(Config(MIGRATIONS.parent / "alembic.ini"), "head")


async def test_an_installation_in_the_schema_stays_although_there_is_an_old_one(url: str, old: SqlBackend) -> None:
    await old.sql("ALTER TABLE public.alembic_version RENAME TO aside")
    async with opened(url) as backend:
        await upgrade(backend.database.engine)
        await backend.sql("ALTER TABLE public.aside RENAME TO alembic_version")
        there = await names(backend, "public")
        await upgrade(backend.database.engine)
        assert await names(backend, "public") == there


async def test_the_way_back_does_not_lead_to_public(url: str, old: SqlBackend) -> None:
    async with opened(url) as backend:
        await upgrade(backend.database.engine)
        await downgrade(backend.database.engine, "0005")
        assert await names(backend, "public") == OF_OTHERS
        assert await current(backend.database.engine) == "0005"


async def test_two_installations_have_a_schema_each(url: str) -> None:
    async with opened(url) as one, opened(url, schema="training_trial") as two:
        for backend in (one, two):
            await upgrade(backend.database.engine)
        await save(one, a_full_user(1))
        assert await one.reader(UserReader).detail(EVERYONE, user_id(1))
        assert await two.reader(UserReader).detail(EVERYONE, user_id(1)) is None
        await save(two, a_full_user(1))
        assert len(await one.outbox()) == len(await two.outbox()) == 0
