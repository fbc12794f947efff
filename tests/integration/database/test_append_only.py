"""Evidence is append-only: neither the databases nor the application offer a way to change it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, insert, inspect, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import UnmappedInstanceError

from adapters.memory.kit.discovery import memory_adapters
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.sql.evidence.records import SqlRecords
from adapters.sql.evidence.sessions import SqlSessions
from adapters.sql.evidence.tables import records, sessions
from application.evidence.ports import Records, Sessions
from application.kernel.units import Unit
from contracts.evidence.records import a_full_record, a_record, keep
from contracts.evidence.sessions import a_session, hold
from contracts.make import uid, user_id
from integration.backends import SqlBackend, session_of

EVIDENCE = {"training_records": "title", "training_sessions": "summary"}
REFUSED = "is append-only"
OR_IN_THE_WAY = f"{REFUSED}|UNIQUE constraint failed"
"""What SQLite says to an INSERT that would replace or update a row, before it comes to that."""
TABLES = pytest.mark.parametrize("table", EVIDENCE)


@pytest.fixture
async def kept(backend: SqlBackend) -> SqlBackend:
    """Holds two records and a session."""
    await keep(backend, a_full_record(1), a_record(2), certified=True)
    await hold(backend, a_session(1))
    return backend


async def held(backend: SqlBackend) -> list[Any]:
    """All the evidence, as the database has it."""
    return [
        [tuple(row) for row in await backend.sql(f"SELECT * FROM {table} ORDER BY id")]  # noqa: S608  # our own names
        for table in EVIDENCE
    ]


class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE {table} SET {column} = 'Something else'",
            "UPDATE {table} SET {column} = {column}",
            "UPDATE {table} SET recorded_by = NULL WHERE recorded_by IS NOT NULL",
            "DELETE FROM {table}",
            "DELETE FROM {table} WHERE {column} IS NOT NULL",
            "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT (id) DO UPDATE SET {column} = 'else'",
        ],
        ids=["update", "idle update", "update of some", "delete", "delete of some", "upsert"],
    )
    @TABLES
    async def test_no_row_changes(self, kept: SqlBackend, table: str, change: str) -> None:
        before = await held(kept)
        with pytest.raises(DBAPIError, match=OR_IN_THE_WAY):
            await kept.sql(change.format(table=table, column=EVIDENCE[table]))
        assert await held(kept) == before

    @TABLES
    async def test_a_table_is_not_emptied(self, kept: SqlBackend, table: str) -> None:
        before = await held(kept)
        if kept.on_postgresql:
            for statement in (f"TRUNCATE {table}", f"TRUNCATE certificates, {table} CASCADE"):
                with pytest.raises(DBAPIError, match=REFUSED):
                    await kept.sql(statement)
        else:
            with pytest.raises(DBAPIError, match=OR_IN_THE_WAY):
                await kept.sql(f"REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608  # our own names
        assert await held(kept) == before

    @pytest.mark.parametrize("fresh", [["id"], ["id", "cycle_id"]], ids=["same cycle", "same session"])
    async def test_no_row_is_replaced_by_another_with_its_key(self, kept: SqlBackend, fresh: list[str]) -> None:
        """SQLite's REPLACE removes the rows that are in the way, without its triggers for DELETE."""
        before = await held(kept)
        verb, new = ("INSERT", "gen_random_uuid()") if kept.on_postgresql else ("REPLACE", "hex(randomblob(16))")
        values = ", ".join(new if column.name in fresh else column.name for column in records.c)
        with pytest.raises(DBAPIError, match=r"(?i)unique constraint"):
            await kept.sql(f"{verb} INTO training_records SELECT {values} FROM training_records")  # noqa: S608
        assert await held(kept) == before

    async def test_nothing_refers_to_evidence_or_from_it(self, kept: SqlBackend) -> None:
        """So that nothing cascades to it, and whatever it tells of can be removed."""
        assert [table.foreign_keys for table in (records, sessions)] == [set(), set()]
        for table in records.metadata.tables.values():
            assert not {key.column.table.name for key in table.foreign_keys} & set(EVIDENCE)


class TestTheApplication:
    def test_the_ports_offer_to_add_and_to_read_and_nothing_else(self) -> None:
        unit = MemoryUnit(MemoryStore(), memory_adapters().of_unit)
        assert (
            _offered(Records)
            == _offered(SqlRecords)
            == _offered(unit.port(Records))
            == {*("add", "add_many", "standing", "with_keys", "void")}
        )
        assert _offered(Sessions) == _offered(SqlSessions) == _offered(unit.port(Sessions)) == {"add", "get"}

    @pytest.mark.parametrize("evidence", [a_record(1), a_session(1)], ids=["record", "session"])
    async def test_the_session_knows_no_evidence(self, kept: SqlBackend, evidence: object) -> None:
        assert inspect(type(evidence), raiseerr=False) is None

        async def work(unit: Unit) -> None:
            await (await session_of(unit)).merge(evidence)

        with pytest.raises(UnmappedInstanceError):
            await kept.units.run(work)

    @pytest.mark.parametrize(
        "statement",
        [
            update(records).values(full_name="Somebody else"),
            delete(records).where(records.c.user_id == user_id(1)),
            update(sessions).values(attendees=()),
            delete(sessions),
        ],
        ids=str,
    )
    async def test_statements_of_the_session_are_refused_as_well(self, kept: SqlBackend, statement: Any) -> None:
        before = await held(kept)

        async def work(unit: Unit) -> None:
            await (await session_of(unit)).execute(statement)

        with pytest.raises(DBAPIError, match=REFUSED):
            await kept.units.run(work)
        assert await held(kept) == before

    async def test_a_refusal_undoes_the_whole_unit(self, kept: SqlBackend) -> None:
        before = await held(kept)

        async def work(unit: Unit) -> None:
            session = await session_of(unit)
            await session.execute(insert(sessions), [{**_row(a_session(2)), "id": uid(2)}])
            await session.execute(delete(records))

        with pytest.raises(DBAPIError, match=REFUSED):
            await kept.units.run(work)
        assert await held(kept) == before


def _offered(port: object) -> set[str]:
    return {name for name in dir(port) if not name.startswith("_")}


def _row(session: object) -> dict[str, Any]:
    return {column.name: getattr(session, column.name) for column in sessions.c}
