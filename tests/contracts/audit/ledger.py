"""The contract of the audit ledger: what commands enter, what is sealed, and what is read of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest

from adapters.audit_keys import Ed25519Keys
from application.audit.ports import AuditKeys, Disclosures, Ledger
from application.audit.queries import (
    ProveAuditConsistency,
    ProveAuditInclusion,
    VerifyAudit,
    prove_audit_consistency,
    prove_audit_inclusion,
    verify_audit,
)
from application.audit.reading import AuditEntryView, AuditFilter, AuditReader, Strays
from application.audit.sealing import SealAudit, Sealed, seal_audit
from application.kernel.access import Actor, KeyRights
from application.kernel.units import AuditRecord, AuditTrail, OutboxEntry, Unit
from application.people.ports import Users
from contracts import about
from contracts.backend import Backend, pages, plain, save
from contracts.make import a_user, later, uid, user_id
from domain.audit.checkpoints import parse_note
from domain.audit.entries import commitment, opens
from domain.audit.merkle import leaf_hash, span_hash, subtrees, verify_consistency, verify_inclusion
from domain.catalogue.module_life import ModuleDrafted
from domain.kernel.aggregate import DomainEvent
from domain.kernel.roles import Role
from domain.learning.enrollment_events import UsersEnrolled
from kit.encoded import decoded
from kit.surroundings import AUDIT_SEED, CountingIds, FixedClock

KEYS: AuditKeys = Ed25519Keys("training.example.com", AUDIT_SEED)
SYSTEM = Actor.system()
ANA = Actor(user_id(1), Role.ADMIN, request_id="request-1", client_ip="2001:db8::1")
MACHINE = Actor.machine(KeyRights(uid(7), frozenset(), made_by=user_id(1)), "request-2", "192.0.2.7")


def a_record(n: int, actor: Actor = SYSTEM, *events: DomainEvent, operation: str = "create_module") -> AuditRecord:
    """The record of the entry with id 70,000 + n."""
    at = later(minutes=n)
    happened = [OutboxEntry(uid(80_000 + n), at, each, actor) for each in events or (ModuleDrafted(uid(n)),)]
    return AuditRecord(uid(70_000 + n), at, operation, actor, happened)


async def enter(backend: Backend, *records: AuditRecord) -> None:
    """Enter each in a unit of work of its own."""

    async def enter_one(record: AuditRecord) -> None:
        await backend.units.run(lambda unit: unit.port(AuditTrail).enter(record))

    for record in records:
        await enter_one(record)


async def seal(backend: Backend, keys: AuditKeys = KEYS) -> Sealed:
    """Seal what is waiting."""

    async def work(unit: Unit) -> Sealed:
        return await seal_audit(SealAudit(), SYSTEM, unit.port(Ledger), keys, FixedClock(), CountingIds())

    return await backend.units.run(work)


def places(items: Sequence[AuditEntryView]) -> list[tuple[UUID, int]]:
    return [(each.id, each.leaf_index) for each in items]


@about(AuditTrail)
class TestEntering:
    async def test_an_entry_says_who_did_what_to_what_and_when(self, backend: Backend) -> None:
        events = (UsersEnrolled(uid(3), (user_id(1), user_id(2))), ModuleDrafted(uid(4)))
        await enter(backend, a_record(1, ANA, *events, operation="enroll_users"))
        await seal(backend)
        detail = await backend.reader(AuditReader).detail(uid(70_001))
        assert detail is not None
        entry, disclosed = plain(detail.entry), plain(detail.disclosed)
        assert {name: entry[name] for name in ("v", "id", "operation", "actor", "occurred_at")} == {
            "v": 1,
            "id": str(uid(70_001)),
            "operation": "enroll_users",
            "actor": {"id": str(user_id(1)), "kind": "user", "role": "admin"},
            "occurred_at": later(minutes=1).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        assert [(each["name"], each["id"]) for each in entry["events"]] == [
            ("UsersEnrolled", str(uid(80_001))),
            ("ModuleDrafted", str(uid(80_001))),
        ]
        assert entry["events"][0]["data"]["user_ids"] == [str(user_id(1)), str(user_id(2))]
        assert {name: each["value"] for name, each in disclosed.items()} == {
            "client_address": "2001:db8::1",
            "request_id": "request-1",
        }
        assert opens(entry, disclosed)
        assert "2001:db8::1" not in str(entry)

    async def test_the_service_and_service_accounts_are_named_without_a_role(self, backend: Backend) -> None:
        await enter(backend, a_record(1), a_record(2, MACHINE))
        await seal(backend)
        first, second = [plain(each.entry) for each in await backend.reader(AuditReader).leaves(0, 9) if each.entry]
        assert first["actor"] == {"id": None, "kind": "system", "role": None}
        assert second["actor"] == {"id": str(uid(7)), "kind": "service-account", "role": None}
        assert (first["client_address"], first["request_id"]) == (None, None)

    async def test_equal_values_have_different_commitments(self, backend: Backend) -> None:
        await enter(backend, a_record(1, ANA), a_record(2, ANA))
        await seal(backend)
        first, second = await backend.reader(AuditReader).leaves(0, 9)
        assert first.entry
        assert second.entry
        assert first.entry["client_address"] != second.entry["client_address"]
        assert first.entry["client_address"] != commitment(bytes(32), "2001:db8::1")

    async def test_nothing_is_entered_of_a_unit_that_fails(self, backend: Backend) -> None:
        async def work(unit: Unit) -> None:
            await unit.port(AuditTrail).enter(a_record(1, ANA))
            raise LookupError

        with pytest.raises(LookupError):
            await backend.units.run(work)
        assert await seal(backend) == Sealed(0, 0, more=False, note=None)


@about(Ledger)
class TestSealing:
    async def test_entries_are_sealed_once_and_in_order(self, backend: Backend) -> None:
        await enter(backend, a_record(1), a_record(2, ANA))
        first = await seal(backend)
        assert (first.sealed, first.size, first.more) == (2, 2, False)
        again = await seal(backend)
        assert (again.sealed, again.size, again.note) == (0, 2, None)
        await enter(backend, a_record(3))
        assert (await seal(backend)).size == 3
        assert [(each.index, each.entry_id) for each in await backend.reader(AuditReader).leaves(0, 9)] == [
            (0, uid(70_001)),
            (1, uid(70_002)),
            (2, uid(70_003)),
        ]

    async def test_the_tree_is_signed(self, backend: Backend) -> None:
        await enter(backend, *map(a_record, range(1, 6)))
        note = (await seal(backend)).note
        assert note is not None
        checkpoint, (signature,) = parse_note(note)
        reader = backend.reader(AuditReader)
        hashes = {each.number: each.own for each in await reader.hashes(subtrees(0, 5))}
        assert (checkpoint.origin, checkpoint.size) == ("training.example.com", 5)
        assert checkpoint.root == span_hash((0, 5), hashes)
        assert KEYS.signer is not None
        assert KEYS.verifies(KEYS.signer, checkpoint.text, signature.signature)
        state = await reader.state()
        assert (state.size, state.newest and state.newest.note) == (5, note)

    async def test_without_a_key_it_is_sealed_and_signed_later(self, backend: Backend) -> None:
        await enter(backend, a_record(1))
        unsigned = await seal(backend, Ed25519Keys("training.example.com"))
        assert (unsigned.size, unsigned.note) == (1, None)
        assert (await backend.reader(AuditReader).state()).newest is None
        assert (await seal(backend)).note is not None

    async def test_old_checkpoints_are_kept(self, backend: Backend) -> None:
        notes = []
        for n in (1, 2, 3):
            await enter(backend, a_record(n))
            notes.append((await seal(backend)).note)
        reader = backend.reader(AuditReader)
        assert [each.note for each in await reader.checkpoints(0, 9)] == notes
        assert [each.size for each in await reader.checkpoints(1, 1)] == [2]
        kept = await reader.checkpoint(2)
        assert kept
        assert kept.note == notes[1]
        assert await reader.checkpoint(4) is None

    async def test_the_end_of_the_last_seal_is_found_for_a_moved_database_too(self, backend: Backend) -> None:
        await enter(backend, a_record(1))
        await seal(backend)
        await enter(backend, a_record(2))

        async def work(unit: Unit) -> Sealed:
            return await seal_audit(SealAudit(moved=True), SYSTEM, unit.port(Ledger), KEYS, FixedClock(), CountingIds())

        assert (await backend.units.run(work)).size == 2


@about(Disclosures)
class TestForgetting:
    async def test_values_of_erased_people_are_erased_and_the_ledger_stays_provable(self, backend: Backend) -> None:
        ana, ben = a_user(1), a_user(2)
        await save(backend, ana, ben)
        other = Actor(user_id(2), Role.ADMIN, request_id="request-9", client_ip="192.0.2.9")
        await enter(backend, a_record(1, ANA), a_record(2, other))
        await seal(backend)

        async def erase(unit: Unit) -> None:
            (await unit.port(Users).get(user_id(1))).erase(now=later(days=1))
            await unit.port(Disclosures).forget([user_id(1)])

        await backend.units.run(erase)
        reader = backend.reader(AuditReader)
        first, second = await reader.leaves(0, 9)
        assert (first.values, sorted(second.values or {})) == ({}, ["client_address", "request_id"])
        check = await verify_audit(VerifyAudit(), SYSTEM, reader, KEYS)
        assert (check.checked, check.findings) == (2, [])

    async def test_values_are_erased_before_they_are_sealed_too(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await enter(backend, a_record(1, ANA))
        await seal(backend)
        await enter(backend, a_record(2, ANA))

        async def erase(unit: Unit) -> None:
            (await unit.port(Users).get(user_id(1))).erase(now=later(days=1))
            await unit.port(Disclosures).forget([user_id(1)])

        await backend.units.run(erase)
        await seal(backend)
        assert [each.values for each in await backend.reader(AuditReader).leaves(0, 9)] == [{}, {}]


@about(AuditReader)
class TestReading:
    async def test_an_empty_ledger(self, backend: Backend) -> None:
        reader = backend.reader(AuditReader)
        state = await reader.state()
        assert (state.size, state.newest) == (0, None)
        assert (await reader.page(AuditFilter(), None, 5)).items == []
        assert await reader.detail(uid(1)) is None
        assert await reader.leaves(0, 5) == []
        assert await reader.strays(0, 5) == Strays([], None)

    async def test_entries_in_no_leaf_are_looked_for_some_at_a_time(self, backend: Backend) -> None:
        await enter(backend, *map(a_record, range(1, 6)))
        await seal(backend)
        await enter(backend, a_record(6))
        reader, times = backend.reader(AuditReader), 0
        behind: int | None = 0
        while behind is not None:
            some = await reader.strays(behind, 2)
            assert some.entry_ids == []
            behind, times = some.next, times + 1
        assert times == 4

    async def test_pages_are_newest_first(self, backend: Backend) -> None:
        await enter(backend, *map(a_record, range(1, 8)))
        await seal(backend)
        reader = backend.reader(AuditReader)
        found = await pages(lambda after, limit: reader.page(AuditFilter(), after, limit), 3)
        assert [len(page) for page in found] == [3, 3, 1]
        assert [each.leaf_index for page in found for each in page] == [6, 5, 4, 3, 2, 1, 0]

    async def test_entries_are_found_by_who_what_and_when(self, backend: Backend) -> None:
        await enter(
            backend,
            a_record(1, ANA, UsersEnrolled(uid(3), (user_id(5), user_id(6))), operation="enroll_users"),
            a_record(2, MACHINE, ModuleDrafted(uid(3))),
            a_record(3, SYSTEM, ModuleDrafted(uid(4))),
        )
        await seal(backend)
        reader = backend.reader(AuditReader)

        async def found(wanted: AuditFilter) -> list[int]:
            return [each.leaf_index for each in (await reader.page(wanted, None, 9)).items]

        assert await found(AuditFilter(actor_id=user_id(1))) == [0]
        assert await found(AuditFilter(actor_id=uid(7))) == [1]
        assert await found(AuditFilter(object_id=uid(3))) == [1, 0]
        assert await found(AuditFilter(object_id=user_id(6))) == [0]
        assert await found(AuditFilter(operation="create_module")) == [2, 1]
        moments: tuple[datetime, datetime] = (later(minutes=2), later(minutes=3))
        assert await found(AuditFilter(occurred_from=moments[0])) == [2, 1]
        assert await found(AuditFilter(occurred_before=moments[0])) == [0]
        assert await found(AuditFilter(None, uid(3), "create_module", *moments)) == [1]

    async def test_every_proof_of_a_small_ledger_verifies(self, backend: Backend) -> None:
        await enter(backend, *map(a_record, range(1, 12)))
        await seal(backend)
        reader = backend.reader(AuditReader)
        for leaf in await reader.leaves(0, 20):
            assert leaf.content is not None
            for size in range(leaf.index + 1, 12):
                proof = await prove_audit_inclusion(ProveAuditInclusion(leaf.entry_id, size), SYSTEM, reader)
                path, root = list(map(decoded, proof.path)), decoded(proof.root)
                own = leaf_hash(leaf.content.encode())
                assert decoded(proof.leaf_hash) == own == leaf.stored_hash
                assert verify_inclusion(own, leaf.index, size, path, root)
        for first in range(1, 12):
            for second in range(first, 12):
                grown = await prove_audit_consistency(ProveAuditConsistency(first, second), SYSTEM, reader)
                roots = decoded(grown.first_root), decoded(grown.second_root)
                assert verify_consistency(first, second, *roots, list(map(decoded, grown.path)))

    async def test_what_was_sealed_verifies(self, backend: Backend) -> None:
        for start in (1, 4, 7):
            await enter(backend, *(a_record(n, ANA) for n in range(start, start + 3)))
            await seal(backend)
        reader = backend.reader(AuditReader)
        await enter(backend, a_record(10))
        await seal(backend, Ed25519Keys("training.example.com"))
        (unsigned,) = (await verify_audit(VerifyAudit(1), SYSTEM, reader, KEYS)).findings
        assert (unsigned.leaf_index, unsigned.problem.partition(",")[0]) == (9, "is in no checkpoint")
        await seal(backend)
        for last in (1, 2, 3, 100):
            check = await verify_audit(VerifyAudit(last), SYSTEM, reader, KEYS)
            assert (check.findings, check.checked) == ([], min(last, check.tree_size))
