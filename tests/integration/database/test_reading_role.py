"""A role for BI reads what reports are made of, and nothing else; and `check` says when that is not so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from adapters.sql.install.reading_roles import RIGHTS
from adapters.sql.kit.engine import database_url
from adapters.sql.kit.schema import reading
from contracts.backend import save
from contracts.make import a_user, user_id
from integration.backends import (
    PASSWORD,
    SERVICE,
    SqlBackend,
    as_service,
    created,
    metadata,
    on_server,
    opened,
    role_made,
    spelled,
)
from kit.command_line import one_line, run

ANALYST = "unified_dental_analyst"
SECRETS = {
    "users": ("email", "supabase_id", "profile_metadata", "sign_in_note", "requested_sign_in"),
    "quiz_questions": ("metadata",),
    "quiz_attempts": ("answers", "items"),
    "module_versions": ("questions",),
    "service_account_keys": ("digest",),
    "outbox_events": ("payload", "client_ip"),
    "idempotency_keys": ("body",),
    "ended_sign_ins": ("fingerprint",),
    "reliefs": ("note",),
    "credentials": ("number",),
}
"""What no report may be made of."""


@pytest.fixture(scope="module")
def url(server: str, migrated: str) -> Iterator[str]:
    """The URL of a migrated database of its own, whose analyst was let in."""
    url = asyncio.run(created(server, "unified_dental_reading", migrated))
    asyncio.run(role_made(server, ANALYST, f"LOGIN PASSWORD '{PASSWORD}'"))
    run("migrate", **settings(url))
    yield url
    asyncio.run(on_server(server, "DROP DATABASE unified_dental_reading WITH (FORCE)", f"DROP ROLE {ANALYST}"))


def settings(url: str) -> dict[str, str]:
    """The variables of the environment."""
    return {"DATABASE_URL": as_service(url), "MIGRATION_DATABASE_URL": url, "READING_ROLE": ANALYST}


@pytest.fixture
async def analyst(url: str) -> AsyncIterator[SqlBackend]:
    """The database as the analyst's program sees it."""
    async with opened(spelled(database_url(url).set(username=ANALYST, password=PASSWORD))) as backend:
        yield backend


def problems(url: str) -> list[str]:
    """What `check` says of reading roles, and of the rights of others."""
    report = json.loads(run("check", "--json", **settings(url)).stdout)
    topics = ("reading-roles", "rights-of-other-roles")
    return [line for check in report["checks"] if check["name"] in topics for line in check["problems"]]


async def test_it_reads_what_reports_are_made_of(url: str, analyst: SqlBackend) -> None:
    async with opened(url) as owner:
        await save(owner, a_user(1))
        rights = await owner.sql(RIGHTS, schema="training", role=ANALYST)
    declared = {(table.name, granted) for table in metadata.tables.values() if (granted := reading(table))}
    assert {tuple(row) for row in rights} == declared | {("module_participation", "SELECT")}
    assert await analyst.sql("SELECT id FROM users") == [(user_id(1),)]
    await analyst.sql("SELECT * FROM obligation_states, module_participation, requirements")


@pytest.mark.parametrize("table", SECRETS)
async def test_it_reads_no_secrets(table: str, analyst: SqlBackend) -> None:
    for column in SECRETS[table]:
        with pytest.raises(DBAPIError, match="permission denied"):
            await analyst.sql(f"SELECT {column} FROM {table}")  # noqa: S608  # our own words


async def test_it_changes_nothing(analyst: SqlBackend) -> None:
    for statement in (
        "UPDATE users SET full_name = 'Else'",
        "DELETE FROM module_enrollments",
        "INSERT INTO requirements (code, title) VALUES ('X', 'X')",
        "SELECT training.refresh_reports()",
        "CREATE TABLE training.mine (id int)",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            await analyst.sql(statement)


def test_check_finds_nothing_after_migrating(url: str) -> None:
    assert problems(url) == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (f"GRANT SELECT ON training.quiz_questions TO {ANALYST}", "may SELECT quiz_questions"),
        (f"GRANT SELECT (email) ON training.users TO {ANALYST}", "email"),
        (f"GRANT INSERT ON training.requirements TO {ANALYST}", "may INSERT requirements"),
        (f"REVOKE SELECT ON training.obligation_states FROM {ANALYST}", "may not SELECT obligation_states"),  # noqa: S608
        (f"ALTER ROLE {ANALYST} CREATEDB", "has CREATEDB"),
        (f"GRANT {SERVICE} TO {ANALYST}", f"may act as {SERVICE}"),
    ],
)
def test_check_finds_what_differs_and_migrating_corrects_grants(url: str, statement: str, words: str) -> None:
    asyncio.run(on_server(url, statement))
    assert any(words in line for line in problems(url))
    if "training" in statement:
        run("migrate", **settings(url))
        assert problems(url) == []
    asyncio.run(on_server(url, f"ALTER ROLE {ANALYST} NOCREATEDB", f"REVOKE {SERVICE} FROM {ANALYST}"))


def test_a_role_that_was_not_let_in_is_named(url: str) -> None:
    asyncio.run(on_server(url, f"DROP OWNED BY {ANALYST}"))
    assert problems(url) == [
        f"{ANALYST} may not read yet; run `unified-dental migrate` as the owner of the tables, with READING_ROLE"
    ]
    run("migrate", **settings(url))
    assert problems(url) == []


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("unified_dental_nobody", "does not exist"),
        (SERVICE, "the role of the service"),
        ("postgres", "owns the tables"),
    ],
)
def test_other_roles_are_refused(url: str, role: str, words: str) -> None:
    assert words in one_line(run("migrate", **{**settings(url), "READING_ROLE": role}))


def test_a_policy_of_another_name_lets_nobody_in(url: str) -> None:
    stranger = "unified_dental_reader"
    asyncio.run(role_made(url, stranger))
    asyncio.run(
        on_server(
            url,
            f"CREATE POLICY beside ON training.quiz_questions FOR SELECT TO {stranger} USING (true)",
            f"GRANT SELECT ON training.quiz_questions TO {stranger}",
        )
    )
    assert any(stranger in line for line in problems(url))
    asyncio.run(on_server(url, f"DROP OWNED BY {stranger}"))


async def test_earlier_roles_keep_reading_after_a_migration(url: str, analyst: SqlBackend) -> None:
    others = {name: value for name, value in settings(url).items() if name != "READING_ROLE"}
    await asyncio.to_thread(lambda: run("migrate", **others))
    async with analyst.database.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM training.requirements")) == 0
