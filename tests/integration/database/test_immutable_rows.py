"""What is kept stays as it is, against everybody who can send statements and does not own the tables."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError

from adapters.sql.kit.append_only import expected_triggers, kept, keys
from adapters.sql.learning.tables import grants
from application.audit.sealing import seal
from application.catalogue.modules.commands import CreateModule
from application.compliance.ports import ObligationKey
from application.evidence.ports import Records
from application.kernel.units import IdempotencyKey, Unit
from application.people.job_codes.commands import MapJobTitle, ReplaceJobCodes
from application.people.locations.commands import AddLocation
from application.people.ports import UserMerges, Users
from application.people.users.commands import RegisterUser
from contracts.assessment.attempts import a_graded_attempt, an_attempt
from contracts.assessment.attempts import keep as keep_attempts
from contracts.backend import save
from contracts.compliance.obligation_states import OWED, say
from contracts.compliance.reliefs import a_decree, decide, decree, reject
from contracts.compliance.requirements import a_requirement, approved, drafted
from contracts.evidence.credentials import a_full_credential
from contracts.evidence.records import a_full_record, a_void, keep
from contracts.evidence.sessions import a_session, hold
from contracts.kernel.answers import ANSWER, KEY
from contracts.make import T, a_full_version, a_user, uid
from domain.kernel.states import State
from domain.people.job_codes import SHIPPED, JobCode
from domain.people.merging import UserMerge
from integration.backends import ADMIN, SqlBackend, created, metadata, opened, session_of
from integration.tampering import unkept

KEPT = [table for table in metadata.tables.values() if kept(table)]
EACH = pytest.mark.parametrize("table", KEPT, ids=lambda table: str(table.name))
# On databases that stay open: a connection belongs to one event loop.
ON_ONE = pytest.mark.asyncio(loop_scope="module")
REFUSED = r"is append-only|UNIQUE constraint failed"
NUMBERS = ("number", "leaf_index", "entry_position", "tree_size")
YOUNG_ONLY = ("outbox_events", "idempotency_keys")


async def fill(backend: SqlBackend) -> None:
    """Put something into each table that keeps its rows."""
    await save(backend, *a_full_version(1), approved(drafted(a_requirement())))
    await keep(backend, a_full_record(1), certified=True)
    await hold(backend, a_session(1))
    await save(backend, a_full_credential(1))
    await keep_attempts(backend, a_graded_attempt(1), an_attempt(2, number=2))
    await backend.hold_answer(KEY, ANSWER, T - T)
    await backend.bus().execute(CreateModule("Infection control"), ADMIN)
    await backend.bus().execute(AddLocation("CP", "Cedar Park", "Cedar Park", State.TEXAS, "America/Chicago"), ADMIN)
    await backend.bus().execute(RegisterUser("new@example.com", department="Lab", hired_on=date(2026, 3, 2)), ADMIN)
    await backend.bus().execute(ReplaceJobCodes((*SHIPPED, JobCode("radiographer", "Radiographer"))), ADMIN)
    await backend.bus().execute(MapJobTitle("Hygienist", "hygienist"), ADMIN)
    # As if it had just happened.
    async with unkept(backend, "outbox_events"):
        now = "now()" if backend.on_postgresql else "strftime('%Y-%m-%d %H\\:%M\\:%f000', 'now')"
        await backend.sql(f"UPDATE outbox_events SET occurred_at = {now}")  # noqa: S608  # our own words
    row = {"module_id": uid(1), "user_id": uid(2), "number": 1, "cycle_id": uid(3), "version_number": 1}

    decided = UserMerge(uid(60), uid(61), uid(62), "Hired twice.", None, T)

    async def grant(unit: Unit) -> None:
        await unit.port(UserMerges).add(decided)
        await unit.port(Records).void(a_void(1))
        await (await session_of(unit)).execute(grants.insert().values(**row, reason="Why.", granted_at=T))

    await backend.units.run(grant)
    await backend.bus().execute(CreateModule("Sharps"), replace(ADMIN, client_ip="192.0.2.7"))
    await seal(backend.bus())
    await say(backend, {ObligationKey(uid(1), uid(2)): (OWED,)})
    await decree(backend, a_decree(), 1)
    await decide(backend, 1, reject)


@pytest.fixture
async def filled(backend: SqlBackend) -> SqlBackend:
    """Something in each table that keeps its rows."""
    await fill(backend)
    return backend


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SqlBackend]:
    path = tmp_path_factory.mktemp("kept") / "kept.db"
    shutil.copy(sqlite_template, path)
    async with opened(f"sqlite:///{path}") as backend:
        await fill(backend)
        yield backend


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled_postgresql(server: str, migrated: str) -> AsyncIterator[SqlBackend]:
    async with opened(await created(server, "unified_dental_kept", migrated)) as backend:
        await fill(backend)
        yield backend


@pytest.fixture(params=["sqlite", "postgresql"])
def unchanged(request: pytest.FixtureRequest) -> SqlBackend:
    """The same for all tests that find that nothing changes it."""
    return cast(SqlBackend, request.getfixturevalue(f"filled_{request.param}"))


async def rows(backend: SqlBackend, table: Table) -> list[Any]:
    found = await backend.sql(f"SELECT * FROM {table.name}")  # noqa: S608  # our own names
    return sorted((tuple(row) for row in found), key=str)


async def refused(backend: SqlBackend, table: Table, *statements: str) -> None:
    """Each of the statements by itself is refused, and nothing has changed."""
    before = await rows(backend, table)
    assert before
    for statement in statements:
        with pytest.raises(DBAPIError, match=REFUSED):
            await backend.sql(statement)
        assert await rows(backend, table) == before, statement


def shown(table: Table) -> list[str]:
    return [column.name for column in table.c]


@EACH
@ON_ONE
async def test_no_column_that_is_kept_changes(unchanged: SqlBackend, table: Table) -> None:
    how = kept(table)
    assert how is not None
    for column in how.frozen or shown(table):
        if await unchanged.sql(f"SELECT 1 FROM {table.name} WHERE {column} IS NOT NULL"):  # noqa: S608  # our own names
            change = "position = position + 1" if column == "position" else f"{column} = NULL"
            await refused(unchanged, table, f"UPDATE {table.name} SET {change}")  # noqa: S608


def one_of(table: Table) -> str:
    """A column that never changes."""
    how = kept(table)
    return how.frozen[0] if how and how.frozen else shown(table)[0]


def fresh(table: Table, rowid: str) -> str:
    """Copies of the rows with keys that are free, under the number of a row."""
    unique = {name for key in keys(table) for name in key.columns}
    free = {name: f"{name} + 1000" if name in NUMBERS else "hex(randomblob(16))" for name in unique}
    others = [name for name in shown(table) if name != "position"]
    values = ", ".join(free.get(name, name) for name in others)
    return f"INTO {table.name} (rowid, {', '.join(others)}) SELECT {rowid}, {values} FROM {table.name} LIMIT 1"  # noqa: S608


@EACH
@ON_ONE
async def test_no_row_is_removed(unchanged: SqlBackend, table: Table) -> None:
    first = shown(table)[0]
    await refused(
        unchanged,
        table,
        f"DELETE FROM {table.name}",  # noqa: S608  # our own names
        f"DELETE FROM {table.name} WHERE {first} IS NOT NULL",  # noqa: S608
        *((f"TRUNCATE {table.name} CASCADE",) if unchanged.on_postgresql else ()),
    )


class TestPostgresql:
    @pytest.fixture
    def unchanged(self, filled_postgresql: SqlBackend) -> SqlBackend:
        return filled_postgresql

    @EACH
    @ON_ONE
    async def test_not_as_a_replica_either(self, unchanged: SqlBackend, table: Table) -> None:
        before = await rows(unchanged, table)
        for statement in (
            f"UPDATE {table.name} SET {one_of(table)} = NULL",  # noqa: S608
            f"DELETE FROM {table.name}",  # noqa: S608
            f"TRUNCATE {table.name} CASCADE",
        ):
            async with unchanged.database.engine.connect() as connection:
                await connection.execute(text("SET LOCAL session_replication_role = replica"))
                await connection.execute(text("SET LOCAL search_path = training"))
                with pytest.raises(DBAPIError, match=REFUSED):
                    await connection.execute(text(statement))
        assert await rows(unchanged, table) == before

    @EACH
    @ON_ONE
    async def test_not_through_a_parent_either(self, unchanged: SqlBackend, table: Table) -> None:
        """Triggers for statements do not fire for a table that inherits."""
        before = await rows(unchanged, table)
        for statement in (f"UPDATE parent SET {one_of(table)} = NULL", "DELETE FROM parent", "TRUNCATE parent"):  # noqa: S608
            async with unchanged.database.engine.connect() as connection:
                await connection.execute(text("SET LOCAL search_path = training"))
                await connection.execute(text(f"CREATE TABLE parent (LIKE {table.name})"))
                await connection.execute(text(f"ALTER TABLE {table.name} INHERIT parent"))
                # A table to which a foreign key refers cannot be emptied at all.
                with pytest.raises(DBAPIError, match=f"{REFUSED}|referenced in a foreign key"):
                    await connection.execute(text(statement))
        assert await rows(unchanged, table) == before

    @EACH
    @ON_ONE
    async def test_not_by_merging(self, unchanged: SqlBackend, table: Table) -> None:
        source = f"MERGE INTO {table.name} USING (SELECT 1) AS one ON true WHEN MATCHED THEN"
        await refused(unchanged, table, f"{source} UPDATE SET {one_of(table)} = NULL", f"{source} DELETE")

    @EACH
    @ON_ONE
    async def test_the_triggers_are_those_that_the_table_says(self, unchanged: SqlBackend, table: Table) -> None:
        query = (
            "SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger"
            " WHERE tgrelid = to_regclass(:table) AND NOT tgisinternal ORDER BY 1"
        )
        found = await unchanged.sql(query, table=f"training.{table.name}")
        async with unchanged.database.engine.connect() as connection:
            await connection.execute(text("SET LOCAL search_path = training"))
            for name, _, _ in found:
                await connection.execute(text(f"DROP TRIGGER {name} ON {table.name}"))
            for name, statement in expected_triggers(table, "postgresql").items():
                await connection.execute(text(statement))
                await connection.execute(text(f"ALTER TABLE {table.name} ENABLE ALWAYS TRIGGER {name}"))
            expected = (await connection.execute(text(query), {"table": f"training.{table.name}"})).all()
        assert [tuple(row) for row in found] == [tuple(row) for row in expected]


class TestSqlite:
    @pytest.fixture
    def unchanged(self, filled_sqlite: SqlBackend) -> SqlBackend:
        return filled_sqlite

    @EACH
    @ON_ONE
    async def test_no_row_is_replaced_by_a_key(self, unchanged: SqlBackend, table: Table) -> None:
        columns = ", ".join(shown(table))
        for verb in ("REPLACE", "INSERT OR REPLACE"):
            await refused(unchanged, table, f"{verb} INTO {table.name} ({columns}) SELECT {columns} FROM {table.name}")  # noqa: S608

    @EACH
    @ON_ONE
    async def test_no_row_is_replaced_by_its_number(self, unchanged: SqlBackend, table: Table) -> None:
        """With keys that are free, so that nothing but the number of the row is in the way."""
        await refused(unchanged, table, f"INSERT OR REPLACE {fresh(table, 'rowid')}")

    @EACH
    @ON_ONE
    async def test_no_row_has_the_number_that_none_has(self, unchanged: SqlBackend, table: Table) -> None:
        """Else every row that is added without a number would be taken for a REPLACE of it."""
        await refused(unchanged, table, f"INSERT {fresh(table, '-1')}")

    @EACH
    @ON_ONE
    async def test_no_row_makes_way_for_one_that_changes(self, unchanged: SqlBackend, table: Table) -> None:
        for change in ("rowid = rowid + 1", "rowid = 1 + (rowid = 1)"):
            await refused(unchanged, table, f"UPDATE OR REPLACE {table.name} SET {change}")  # noqa: S608

    @EACH
    @ON_ONE
    async def test_the_triggers_are_those_that_the_table_says(self, unchanged: SqlBackend, table: Table) -> None:
        found = await unchanged.sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table", table=table.name
        )
        assert {row.name: row.sql for row in found} == expected_triggers(table, "sqlite")


class TestWhatMayHappen:
    async def test_a_certificate_is_revoked_once(self, filled: SqlBackend) -> None:
        certificates = metadata.tables["certificates"]
        revoke = "UPDATE certificates SET revoked_at = issued_at, revocation_reason = 'Why.', version = 2"
        await refused(filled, certificates, "UPDATE certificates SET version = 2", f"{revoke}, valid_until = NULL")
        await filled.sql(revoke)
        await refused(
            filled,
            certificates,
            revoke,
            "UPDATE certificates SET revoked_at = NULL",
            "UPDATE certificates SET revocation_reason = 'Another.'",
            "UPDATE certificates SET version = 3",
        )

    async def test_an_erasure_reaches_what_is_no_evidence_and_nothing_else(self, filled: SqlBackend) -> None:
        attempts, answers = metadata.tables["quiz_attempts"], metadata.tables["idempotency_keys"]
        erased, other = a_user(1), a_user(2)
        await save(filled, erased, other)
        await keep_attempts(filled, an_attempt(3, user=2, cycle=703))
        await filled.sql("UPDATE quiz_attempts SET status = 'superseded' WHERE status = 'open'")
        for user in (erased, other):
            await filled.hold_answer(IdempotencyKey(str(user.id), "key", KEY.fingerprint), ANSWER, T - T)
        words = "UPDATE quiz_attempts SET answers = '{}'"
        forget = f"DELETE FROM idempotency_keys WHERE owner = '{erased.id}'"  # noqa: S608  # our own words
        await refused(filled, attempts, f"{words} WHERE status = 'superseded'")
        await refused(filled, answers, forget)

        async def erase(unit: Unit) -> None:
            (await unit.port(Users).get(erased.id)).erase(now=T)

        await filled.units.run(erase)
        mine = f"status = 'superseded' AND user_id = '{erased.id.hex}'"
        for change in ("version = 9", "items = '[]'", "status = 'open'", "marks = '[1]'", "submitted_at = started_at"):
            await refused(filled, attempts, f"{words}, {change} WHERE {mine}")
        await refused(filled, attempts, f"{words} WHERE status = 'graded'", f"DELETE FROM quiz_attempts WHERE {mine}")  # noqa: S608
        await refused(filled, attempts, f"{words} WHERE status = 'superseded' AND NOT ({mine})")
        of_others = f"DELETE FROM idempotency_keys WHERE owner = '{KEY.owner}'"  # noqa: S608
        await refused(filled, answers, "DELETE FROM idempotency_keys", of_others)
        await refused(filled, answers, f"UPDATE idempotency_keys SET body = '' WHERE owner = '{erased.id}'")  # noqa: S608
        await filled.sql(f"{words} WHERE {mine}")
        await filled.sql(forget)
        assert sorted(row.owner for row in await filled.sql("SELECT owner FROM idempotency_keys")) == sorted(
            [KEY.owner, str(other.id)]
        )

    @pytest.mark.parametrize("end", ["graded", "superseded"])
    async def test_an_attempt_changes_until_it_is_closed(self, filled: SqlBackend, end: str) -> None:
        attempts = metadata.tables["quiz_attempts"]
        of_open = "WHERE status = 'open'"
        await refused(
            filled,
            attempts,
            f"UPDATE quiz_attempts SET items = '[]' {of_open}",  # noqa: S608  # our own words
            f"UPDATE quiz_attempts SET deadline = NULL, started_at = updated_at, seed = 5 {of_open}",  # noqa: S608
            "UPDATE quiz_attempts SET answers = '{}' WHERE status = 'graded'",
            "UPDATE quiz_attempts SET status = 'open' WHERE status = 'graded'",
            "UPDATE quiz_attempts SET passed = true, points = 100 WHERE status = 'graded'",
        )
        await filled.sql(f"UPDATE quiz_attempts SET answers = '{{}}', version = version + 1 {of_open}")  # noqa: S608
        await filled.sql(f"UPDATE quiz_attempts SET status = '{end}' {of_open}")  # noqa: S608
        await refused(filled, attempts, f"UPDATE quiz_attempts SET status = 'open' WHERE status = '{end}'")  # noqa: S608

    @pytest.mark.parametrize(
        ("table", "column", "age"), [("outbox_events", "occurred_at", 90), ("idempotency_keys", "created_at", 1)]
    )
    async def test_what_has_had_its_time_may_go(self, filled: SqlBackend, table: str, column: str, age: int) -> None:
        async def aged(hours: int) -> None:
            async with unkept(filled, table):
                ago = (
                    f"now() - interval '{hours} hours'"
                    if filled.on_postgresql
                    else f"strftime('%Y-%m-%d %H\\:%M\\:%f000', 'now', '-{hours} hours')"
                )
                await filled.sql(f"UPDATE {table} SET {column} = {ago}")  # noqa: S608  # our own words

        await aged(age * 24 - 1)
        await refused(filled, metadata.tables[table], f"DELETE FROM {table}")  # noqa: S608
        await aged(age * 24 + 1)
        await filled.sql(f"DELETE FROM {table}")  # noqa: S608
        assert await filled.sql(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608
