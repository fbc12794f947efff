"""What somebody has changed who owns the tables is found and named."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from adapters.audit_entries import composed
from adapters.sql.audit.tables import checkpoints, entries, leaves, nodes, objects
from application.audit.queries import ReadAuditLeaves, ReadAuditPoints, ReadAuditStrays
from application.audit.sealing import seal
from application.audit.verifying import AuditVerifier
from application.catalogue.modules.commands import CreateModule
from application.kernel.access import Actor
from contracts.audit.ledger import ANA, KEYS, a_record
from contracts.make import uid
from domain.audit.merkle import leaf_hash
from integration.backends import SERVICE, SqlBackend
from integration.tampering import unkept
from kit.about import about

TABLES = [entries, leaves, objects, nodes, checkpoints]
SYSTEM = Actor.system()
on_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@pytest.fixture
async def ledger(backend: SqlBackend) -> SqlBackend:
    """Six entries of commands; checkpoints of three and of six."""
    bus = backend.bus()
    for start in (0, 3):
        for n in range(start, start + 3):
            await bus.execute(CreateModule(f"Module {n}"), ANA)
        await seal(bus)
    return backend


async def found(backend: SqlBackend) -> list[str]:
    """What verification finds, as `unified-dental verify-audit` does it."""
    bus = backend.bus()
    stored = await bus.ask(ReadAuditPoints(), SYSTEM)
    verifier = AuditVerifier(KEYS, stored.checkpoints)
    batch = await bus.ask(ReadAuditLeaves(0), SYSTEM)
    verifier.take(batch.leaves, batch.hashes)
    return [str(each) for each in verifier.finish((await bus.ask(ReadAuditStrays(), SYSTEM)).entry_ids)]


async def changed(backend: SqlBackend, table: str, *statements: str, **parameters: object) -> list[str]:
    """What is found once these statements were executed past the triggers."""
    assert await found(backend) == []
    async with unkept(backend, table):
        for statement in statements:
            await backend.sql(statement, **parameters)
    return await found(backend)


async def entry_id(backend: SqlBackend, index: int) -> str:
    batch = await backend.bus().ask(ReadAuditLeaves(index), SYSTEM)
    return str(batch.leaves[0].entry_id)


async def test_an_update_is_named(ledger: SqlBackend) -> None:
    named = f"entry 2 {await entry_id(ledger, 2)}: was changed after it was sealed"
    update = "UPDATE audit_entries SET content = replace(content, 'create_module', 'remove_module') WHERE position = "
    place = "(SELECT entry_position FROM audit_leaves WHERE leaf_index = 2)"
    assert await changed(ledger, "audit_entries", update + place) == [named]


async def test_a_deletion_is_named(ledger: SqlBackend) -> None:
    named = f"entry 1 {await entry_id(ledger, 1)}: is missing: it was removed"
    delete = "DELETE FROM audit_entries WHERE position = (SELECT entry_position FROM audit_leaves WHERE leaf_index = 1)"
    assert await changed(ledger, "audit_entries", delete) == [named]


async def test_a_deletion_with_its_leaf_is_named(ledger: SqlBackend) -> None:
    delete = "DELETE FROM audit_leaves WHERE leaf_index = 4"
    named, *others = await changed(ledger, "audit_leaves", delete)
    assert named == "entry 4: is missing: its leaf was removed"
    # Its entry is in no leaf any more.
    assert len(others) == 1
    assert others[0].endswith("was added: it is in no leaf although later entries are")


async def test_removing_the_end_is_named(ledger: SqlBackend) -> None:
    delete = "DELETE FROM audit_leaves WHERE leaf_index > 3"
    assert "entry 4: is missing, as is everything after it: a checkpoint has 6 entries" in await changed(
        ledger, "audit_leaves", delete
    )


async def test_an_insertion_is_named(ledger: SqlBackend) -> None:
    """Between two entries that are sealed."""
    added = uid(99)
    number = "CAST('1' AS xid8)" if ledger.on_postgresql else "0"
    # On PostgreSQL the number of a transaction of long ago, on SQLite a position that was not used.
    place = "900000" if ledger.on_postgresql else "-5"
    overriding = "OVERRIDING SYSTEM VALUE" if ledger.on_postgresql else ""
    insert = (
        f"INSERT INTO audit_entries (position, id, content, transaction_id) {overriding} "  # noqa: S608  # our own words
        f"VALUES ({place}, '{added if ledger.on_postgresql else added.hex}', :content, {number})"
    )
    content = composed(a_record(9)).content
    assert await changed(ledger, "audit_entries", insert, content=content) == [
        f"{added}: was added: it is in no leaf although later entries are"
    ]


async def test_reordering_is_named(ledger: SqlBackend) -> None:
    first, second = await entry_id(ledger, 0), await entry_id(ledger, 5)
    swap = [
        "UPDATE audit_leaves SET leaf_index = 1000 WHERE leaf_index = 0",
        "UPDATE audit_leaves SET leaf_index = 0 WHERE leaf_index = 5",
        "UPDATE audit_leaves SET leaf_index = 5 WHERE leaf_index = 1000",
    ]
    assert await changed(ledger, "audit_leaves", *swap) == [
        f"entry 0 {second}: was reordered: here is what was sealed as entry 5",
        f"entry 5 {first}: was reordered: here is what was sealed as entry 0",
    ]


async def test_a_change_with_its_hash_is_narrowed_down_to_the_subtree(ledger: SqlBackend) -> None:
    rows = await ledger.sql("SELECT position, content FROM audit_entries ORDER BY position")
    position, content = rows[2]
    forged = content.replace("create_module", "remove_module")
    own = leaf_hash(forged.encode())
    async with unkept(ledger, "audit_entries"), unkept(ledger, "audit_nodes"):
        update = "UPDATE audit_entries SET content = :content WHERE position = :position"
        await ledger.sql(update, content=forged, position=position)
        await ledger.sql("UPDATE audit_nodes SET hash = :own WHERE number = 4", own=own)
    # The third entry alone completes no subtree, but the checkpoint of three has it.
    assert await found(ledger) == [
        "entry 2 " + await entry_id(ledger, 2) + ": is listed with another operation, actor, time or id than it has",
        "the checkpoint of size 3 does not fit: among the entries 0 to 2 some were changed, added or removed",
        "between the entries 2 and 3 one was changed with its hash",
    ]


async def test_rewriting_the_ledger_without_its_checkpoints_is_named(ledger: SqlBackend) -> None:
    assert await changed(ledger, "audit_checkpoints", "DELETE FROM audit_checkpoints") == [
        "entry 0: is in no checkpoint, as is what follows: sealed without a key, or added"
    ]


SOMETHING_ELSE = ("", "[", "[" * 5_000, "[]", "7", '{"request_id": 7}', '{"request_id": {"salt": 7, "value": {}}}')


async def test_values_that_became_something_else_are_named(ledger: SqlBackend) -> None:
    named = f"entry 2 {await entry_id(ledger, 2)}: shows a value to which it is not committed"
    place = "(SELECT entry_id FROM audit_leaves WHERE leaf_index = 2)"
    async with unkept(ledger, "audit_entries"):
        for each in SOMETHING_ELSE:
            update = f"UPDATE audit_entries SET disclosed = :disclosed WHERE id = {place}"  # noqa: S608
            await ledger.sql(update, disclosed=each)
            with about(each):
                assert await found(ledger) == [named]


WRITTEN = composed(a_record(9)).content
NO_ENTRIES = (
    *("", "7", "[]", "{}", "[" * 5_000),
    WRITTEN.replace("create_module", "x" * 101),
    WRITTEN.replace("create_module", "a\\u0000b"),
    WRITTEN.replace('"id":null', '"id":7'),
    WRITTEN.replace('"data":{', '"data":{"deep":' + "[" * 400 + "]" * 400 + ","),
    WRITTEN.replace('"occurred_at":"2', '"occurred_at":"-2'),
)


async def test_what_somebody_else_has_entered_holds_back_no_other_entry(ledger: SqlBackend) -> None:
    """With the rights of the service, which may add rows."""
    of_another = UUID(await entry_id(ledger, 0))
    known = str(of_another) if ledger.on_postgresql else of_another.hex
    for content in NO_ENTRIES:
        await ledger.sql("INSERT INTO audit_entries (content) VALUES (:content)", content=content)
    for _ in range(2):
        insert = f"INSERT INTO audit_entries (id, content) VALUES ('{known}', :content)"  # noqa: S608  # our own words
        await ledger.sql(insert, content=WRITTEN)
    bus = ledger.bus()
    await bus.execute(CreateModule("The next one"), ANA)
    size = 6 + len(NO_ENTRIES) + 3
    done = await seal(bus)
    assert (done.sealed, done.size) == (len(NO_ENTRIES) + 3, size)
    named = {each.partition(":")[0].split()[1] for each in await found(ledger)}
    assert named == {str(index) for index in range(6, size - 1)}


async def test_the_database_refuses_every_change(ledger: SqlBackend) -> None:
    for table in TABLES:
        if not await ledger.sql(f"SELECT 1 FROM {table.name}"):  # noqa: S608  # our own names
            continue
        column = next(iter(table.c)).name
        statements = [f"UPDATE {table.name} SET {column} = {column}", f"DELETE FROM {table.name}"]  # noqa: S608
        for statement in [*statements, *([f"TRUNCATE {table.name}"] if ledger.on_postgresql else [])]:
            with pytest.raises(DBAPIError, match="append-only"):
                await ledger.sql(statement)


@on_postgresql
async def test_the_role_of_the_service_has_no_right_to_change_anything(ledger: SqlBackend) -> None:
    rows = await ledger.sql(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE table_name LIKE 'audit\\_%' AND grantee = :role",
        role=SERVICE,
    )
    assert {tuple(row) for row in rows} == {
        *((table.name, right) for table in TABLES for right in ("SELECT", "INSERT")),
    }


async def test_values_are_removed_only_of_people_who_were_erased(ledger: SqlBackend) -> None:
    count = "SELECT count(*) FROM audit_entries WHERE disclosed IS NOT NULL"
    before = await ledger.sql(count)
    with pytest.raises(DBAPIError, match="append-only"):
        await ledger.sql("UPDATE audit_entries SET disclosed = NULL")
    assert await ledger.sql(count) == before == [(6,)]
