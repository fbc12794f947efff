"""Signing in with the key of a service account: who is let in, what is remembered, and what is written."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.kit.discovery import memory_readers, memory_units
from adapters.memory.kit.outbox import OUTBOX
from adapters.memory.kit.store import MemoryStore
from application.kernel.access import Actor, ActorKind, KeyRights
from application.kernel.bus import Bus
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.kernel.units import StoreUnavailable
from application.people.service_accounts.commands import (
    CreateServiceAccount,
    EditServiceAccount,
    NoteKeyUse,
    RevokeServiceAccountKey,
    RotateServiceAccountKey,
)
from application.people.service_accounts.signing_in import (
    KeyExpired,
    KeyMalformed,
    KeyReader,
    KeyRevoked,
    KeySignIn,
    KeyUnknown,
    KnownKey,
)
from domain.kernel.errors import DomainError
from domain.kernel.key_scopes import KeyScope
from domain.kernel.roles import Role
from domain.people.service_account_keys import TEST, key_text
from domain.people.service_accounts import ServiceAccountIsDisabled
from kit.examples import uid
from kit.surroundings import CountingIds, FixedClock, surroundings
from worlds.front_door import CountedUnits
from worlds.http import BrokenUnits
from worlds.memory import HANDLERS, REACTIONS

MAKER = Actor(uid(5), Role.ADMIN)
NEW = CreateServiceAccount("HR", "Sends the roster", (KeyScope.PEOPLE_READ, KeyScope.RECORDS_READ), 90, ("Hygiene",))


class SlowKeys:
    """Reads as `keys` do; `reads` counts. While `held` is not set, what was read waits to be handed over."""

    def __init__(self, keys: KeyReader) -> None:
        self._keys = keys
        self.reads = 0
        self.held = asyncio.Event()
        self.held.set()
        self.waiting = asyncio.Event()

    async def by_id(self, key_id: UUID) -> KnownKey | None:
        self.reads += 1
        known = await self._keys.by_id(key_id)
        self.waiting.set()
        await self.held.wait()
        return known


class Process:
    """A process of the service on the store, with a clock of its own."""

    def __init__(self, store: MemoryStore, **rules: Any) -> None:
        self.clock = FixedClock()
        self.units = CountedUnits(memory_units(store))
        readers = memory_readers(store)
        self.keys = SlowKeys(readers[KeyReader])
        objects: dict[type, Any] = {Clock: self.clock, Ids: CountingIds(), **surroundings(), **readers}
        self.bus = Bus(HANDLERS, self.units, objects.__getitem__, REACTIONS)
        self.sign_in = KeySignIn(self.keys, self.bus, self.clock, **rules)

    async def do(self, command: Command[Any], actor: Actor = MAKER) -> Any:
        return await self.bus.execute(command, actor)

    async def enters(self, text: str) -> Actor:
        return await self.sign_in.actor(text, "request-1", "192.0.2.1")

    async def outcome(self, text: str) -> str:
        """The code of the refusal, empty when the key is accepted."""
        try:
            await self.enters(text)
        except DomainError as error:
            return error.slug
        return ""


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def here(store: MemoryStore) -> Process:
    return Process(store)


async def test_a_key_makes_its_account_the_actor(here: Process) -> None:
    made = await here.do(NEW)
    actor = await here.enters(made.key)
    scopes = frozenset({KeyScope.PEOPLE_READ, KeyScope.RECORDS_READ})
    assert actor == Actor.machine(KeyRights(made.id, scopes, ("Hygiene",), MAKER.user_id), "request-1", "192.0.2.1")
    assert (actor.kind, actor.id, actor.user_id) == (ActorKind.SERVICE_ACCOUNT, made.id, None)


async def test_a_key_with_the_right_id_and_another_secret_is_unknown(here: Process) -> None:
    made = await here.do(NEW)
    with pytest.raises(KeyUnknown):
        await here.enters(key_text(TEST, made.keys[0].id, 2**200))
    with pytest.raises(KeyUnknown):
        await here.enters(key_text(TEST, uid(404), 1))
    assert not here.sign_in.knows(key_text(TEST, made.keys[0].id, 2**200))


@pytest.mark.parametrize(
    "text", ["udt_", "udt_live_", "udt_live_" + "é" * 82, "udt_live_\0", "udt_test_" + "A" * 10**6]
)
async def test_what_is_no_key_is_refused_without_a_read(here: Process, text: str) -> None:
    with pytest.raises(KeyMalformed):
        await here.enters(text)
    assert not here.sign_in.knows(text)
    assert (here.keys.reads, here.units.begun) == (0, 0)


class TestEnding:
    async def test_an_expired_key_is_refused_from_that_moment_also_when_remembered(self, here: Process) -> None:
        made = await here.do(NEW)
        here.clock.advance(timedelta(days=90, microseconds=-1))
        await here.enters(made.key)
        here.clock.advance(timedelta(microseconds=1))
        with pytest.raises(KeyExpired):
            await here.enters(made.key)
        assert here.keys.reads == 1

    async def test_a_revoked_key_is_refused_at_once_here_and_within_two_seconds_elsewhere(
        self, store: MemoryStore, here: Process
    ) -> None:
        there, made = Process(store), await here.do(NEW)
        assert [await process.outcome(made.key) for process in (here, there)] == ["", ""]
        await here.do(RevokeServiceAccountKey(made.id, made.keys[0].id))
        with pytest.raises(KeyRevoked):
            await here.enters(made.key)
        there.clock.advance(timedelta(seconds=2))
        with pytest.raises(KeyRevoked):
            await there.enters(made.key)

    async def test_a_disabled_account_has_no_key_that_opens_anything(self, store: MemoryStore, here: Process) -> None:
        there, made = Process(store), await here.do(NEW)
        await there.enters(made.key)
        await here.do(EditServiceAccount(made.id, is_active=False))
        there.clock.advance(timedelta(seconds=2))
        for process in (here, there):
            with pytest.raises(ServiceAccountIsDisabled):
                await process.enters(made.key)
        await here.do(EditServiceAccount(made.id, is_active=True))
        there.clock.advance(timedelta(seconds=2))
        assert [await process.outcome(made.key) for process in (here, there)] == ["", ""]

    async def test_both_keys_open_until_the_overlap_ends(self, here: Process) -> None:
        made = await here.do(NEW)
        rotated = await here.do(RotateServiceAccountKey(made.id, 90, 2))
        assert [await here.outcome(text) for text in (made.key, rotated.key)] == ["", ""]
        here.clock.advance(timedelta(hours=2))
        assert [await here.outcome(text) for text in (made.key, rotated.key)] == ["key-expired", ""]

    async def test_rights_change_at_once_here_and_within_two_seconds_elsewhere(
        self, store: MemoryStore, here: Process
    ) -> None:
        there, made = Process(store), await here.do(NEW)
        await there.enters(made.key)
        await here.enters(made.key)
        await here.do(EditServiceAccount(made.id, scopes=(KeyScope.REPORTS_READ,), departments=None))
        there.clock.advance(timedelta(seconds=2))
        for process in (here, there):
            rights = (await process.enters(made.key)).service_account
            assert rights is not None
            assert (rights.scopes, rights.departments) == (frozenset({KeyScope.REPORTS_READ}), None)

    async def test_what_was_read_before_a_change_is_not_remembered(self, here: Process) -> None:
        made = await here.do(NEW)
        here.keys.held.clear()
        entering = asyncio.create_task(here.enters(made.key))
        await here.keys.waiting.wait()
        await here.do(RevokeServiceAccountKey(made.id, made.keys[0].id))
        here.keys.held.set()
        await entering
        with pytest.raises(KeyRevoked):
            await here.enters(made.key)


class TestWhatItCosts:
    async def test_many_requests_in_a_moment_cost_one_read(self, here: Process) -> None:
        made = await here.do(NEW)
        for _ in range(10):
            await here.enters(made.key)
        assert here.keys.reads == 1
        here.clock.advance(timedelta(seconds=2))
        await here.enters(made.key)
        assert here.keys.reads == 2

    async def test_many_requests_with_an_unknown_key_cost_one_read(self, here: Process) -> None:
        text = key_text(TEST, uid(404), 1)
        assert [await here.outcome(text) for _ in range(10)] == ["key-unknown"] * 10
        assert here.keys.reads == 1

    async def test_unknown_keys_do_not_displace_those_that_are_known(self, store: MemoryStore) -> None:
        here = Process(store, most_remembered=3)
        made = await here.do(NEW)
        await here.enters(made.key)
        for secret in range(10):
            await here.outcome(key_text(TEST, uid(404), secret))
        reads = here.keys.reads
        await here.enters(made.key)
        assert (here.keys.reads, here.sign_in.knows(made.key)) == (reads, True)

    async def test_not_more_keys_are_remembered_than_may_be(self, store: MemoryStore) -> None:
        here = Process(store, most_remembered=2)
        first, *others = [
            await here.do(CreateServiceAccount(f"{n}", "?", (KeyScope.PEOPLE_READ,), 1)) for n in range(3)
        ]
        for made in (first, *others):
            await here.enters(made.key)
        assert [here.sign_in.knows(made.key) for made in (first, *others)] == [False, True, True]

    async def test_the_use_is_written_once_in_an_hour_however_many_requests_there_are(
        self, store: MemoryStore, here: Process
    ) -> None:
        there, made = Process(store), await here.do(NEW)
        for minutes in (0, 59):
            for process in (here, there):
                process.clock.advance(timedelta(minutes=minutes))
                process.units.begun = 0
                await asyncio.gather(*(process.enters(made.key) for _ in range(5)))
        assert (here.units.begun, there.units.begun) == (0, 0)
        here.clock.advance(timedelta(minutes=1))
        await asyncio.gather(*(here.enters(made.key) for _ in range(5)))
        assert here.units.begun == 1
        told = [type(entry.event).__name__ for entry in store.table(OUTBOX).rows()]
        assert told.count("ServiceAccountKeyUsed") == 2

    async def test_reading_goes_on_while_nothing_can_be_written(self, here: Process) -> None:
        made = await here.do(NEW)
        broken = BrokenUnits(here.units, StoreUnavailable("the database is read-only"))
        objects: dict[type, Any] = {Clock: here.clock, Ids: CountingIds()}
        bus = Bus({NoteKeyUse: HANDLERS[NoteKeyUse]}, broken, objects.__getitem__)
        assert (await KeySignIn(here.keys, bus, here.clock).actor(made.key, None, None)).id == made.id
