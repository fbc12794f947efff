"""The contract of the outbox, and of events that no aggregate caused."""

from __future__ import annotations

import pytest

from application.kernel.access import Actor, KeyRights
from application.kernel.units import Events, Outbox, OutboxEntry, Unit
from contracts import about
from contracts.backend import Backend
from contracts.make import T, later, uid, user_id
from domain.catalogue.module_life import ModuleDeleted, ModuleDrafted, ModuleEdited
from domain.kernel.aggregate import DomainEvent
from domain.kernel.roles import Role
from domain.learning.enrollment_events import UsersEnrolled
from domain.people.roster import RosterImported
from domain.people.user_events import UsersDeactivated

SOMEONE = Actor(user_id(1), Role.ADMIN, request_id="request-1", client_ip="2001:db8::1")
SYSTEM = Actor.system()


def entry(n: int, event: DomainEvent, actor: Actor = SOMEONE) -> OutboxEntry:
    return OutboxEntry(uid(50_000 + n), later(microseconds=n), event, actor)


@about(Outbox)
class TestOutbox:
    async def test_it_begins_empty(self, backend: Backend) -> None:
        assert await backend.outbox() == []

    async def test_entries_keep_their_order(self, backend: Backend) -> None:
        async def work(unit: Unit) -> None:
            outbox = unit.port(Outbox)
            await outbox.append([entry(1, ModuleDrafted(uid(9))), entry(2, ModuleEdited(uid(9), 2), SYSTEM)])
            await outbox.append([entry(3, ModuleDeleted(uid(3), "slug"))])

        async def more(unit: Unit) -> None:
            await unit.port(Outbox).append([entry(4, UsersDeactivated(uid(4), (user_id(1), user_id(2))))])
            await unit.port(Outbox).append([entry(5, UsersEnrolled(uid(5), (user_id(3),)), SYSTEM)])
            await unit.port(Outbox).append([entry(6, RosterImported(uid(6), 1, 2, 3))])

        await backend.units.run(work)
        await backend.units.run(more)
        assert await backend.outbox() == [
            ("ModuleDrafted", uid(9), user_id(1)),
            ("ModuleEdited", uid(9), None),
            ("ModuleDeleted", uid(3), user_id(1)),
            ("UsersDeactivated", uid(4), user_id(1)),
            ("UsersEnrolled", uid(5), None),
            ("RosterImported", uid(6), user_id(1)),
        ]

    async def test_the_actor_of_an_event_is_named_with_its_kind(self, backend: Backend) -> None:
        machine = Actor.machine(KeyRights(uid(7), frozenset(), made_by=user_id(1)))

        async def work(unit: Unit) -> None:
            event = ModuleDrafted(uid(9))
            await unit.port(Outbox).append([entry(1, event), entry(2, event, SYSTEM), entry(3, event, machine)])

        await backend.units.run(work)
        assert await backend.actors() == [(user_id(1), "user"), (None, "system"), (uid(7), "service-account")]

    async def test_entries_of_one_moment_keep_their_order(self, backend: Backend) -> None:
        entries = [OutboxEntry(uid(n), T, ModuleEdited(uid(1), n), SYSTEM) for n in range(1, 30)]
        await backend.units.run(lambda unit: unit.port(Outbox).append(entries))
        assert await backend.outbox() == [("ModuleEdited", uid(1), None)] * 29

    async def test_nothing_is_kept_of_a_unit_that_fails(self, backend: Backend) -> None:
        async def work(unit: Unit) -> None:
            await unit.port(Outbox).append([entry(1, ModuleDrafted(uid(1)))])
            raise LookupError

        with pytest.raises(LookupError):
            await backend.units.run(work)
        assert await backend.outbox() == []


@about(Events)
class TestEvents:
    async def test_a_recorded_event_is_taken_once(self, backend: Backend) -> None:
        async def work(unit: Unit) -> list[list[DomainEvent]]:
            unit.port(Events).record(RosterImported(uid(1), 1, 2, 3))
            unit.port(Events).record(UsersDeactivated(uid(2), (user_id(1),)))
            first = unit.take_events()
            unit.port(Events).record(ModuleDrafted(uid(3)))
            return [first, unit.take_events(), unit.take_events()]

        assert await backend.units.run(work) == [
            [RosterImported(uid(1), 1, 2, 3), UsersDeactivated(uid(2), (user_id(1),))],
            [ModuleDrafted(uid(3))],
            [],
        ]

    async def test_events_do_not_reach_another_unit(self, backend: Backend) -> None:
        async def record(unit: Unit) -> None:
            unit.port(Events).record(ModuleDrafted(uid(1)))

        async def take(unit: Unit) -> list[DomainEvent]:
            return unit.take_events()

        await backend.units.run(record)
        assert await backend.units.run(take) == []
        assert await backend.outbox() == []
