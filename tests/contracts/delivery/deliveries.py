"""The contract of stored events and of deliveries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import pytest

from application.delivery.ports import (
    ChannelCount,
    Deliveries,
    DeliveryFilter,
    DeliveryNotFound,
    DeliveryReader,
    DeliveryView,
    DeliveryWaiting,
    EventLog,
)
from application.kernel.access import Actor
from application.kernel.units import Outbox, OutboxEntry, Unit
from contracts import about
from contracts.backend import Backend, pages, plain
from contracts.make import NOBODY, T, later, uid, user_id
from domain.catalogue.module_life import ModuleDeleted, ModuleDrafted
from domain.delivery.deliveries import Claim, DeliveryState, Settled, Wanted
from domain.delivery.events import BEGINNING, Place, StoredEvent
from domain.kernel.aggregate import DomainEvent
from domain.learning.enrollment_events import ModuleStarted
from domain.people.user_events import UsersDeactivated
from kit.delivering import stored

R = TypeVar("R")

HOOKS, MAIL = "hooks", "mail"
LEASE = timedelta(seconds=30)
DONE = Settled(DeliveryState.DELIVERED, 1, None, None)
GIVEN_UP = Settled(DeliveryState.DEAD, 1, None, "answered 500")


def started(n: int, user: int = 1) -> ModuleStarted:
    """The event number n about this learner."""
    return ModuleStarted(uid(n), user_id(user), uid(n))


async def happened(backend: Backend, *events: DomainEvent, at: datetime = T) -> list[StoredEvent]:
    """Store the events, each in a unit of work of its own; all events of the log."""
    before = len(await backend.reader(EventLog).after(BEGINNING, 1_000))
    for number, event in enumerate(events, before + 1):
        entry = OutboxEntry(uid(40_000 + number), at, event, Actor(user_id(9), Actor.system().role))

        async def append(unit: Unit, entry: OutboxEntry = entry) -> None:
            await unit.port(Outbox).append([entry])

        await backend.units.run(append)
    return await stored(backend.reader(EventLog), before + len(events))


async def using(backend: Backend, work: Callable[[Deliveries], Awaitable[R]]) -> R:
    """Do this with the deliveries, in a unit of work of its own."""
    return await backend.units.run(lambda unit: work(unit.port(Deliveries)))


async def plan(backend: Backend, events: Sequence[StoredEvent], *targets: int, channel: str = HOOKS) -> int:
    wanted = [Wanted(uid(target), event) for event in events for target in targets or (1,)]
    return await using(backend, lambda deliveries: deliveries.plan(channel, wanted, T))


async def claim(backend: Backend, now: datetime = T, *, limit: int = 100, channel: str = HOOKS) -> list[Claim]:
    return await using(backend, lambda deliveries: deliveries.claim(channel, now, LEASE, limit))


async def settle(backend: Backend, claim: Claim, settled: Settled = DONE, now: datetime = T) -> bool:
    return await using(backend, lambda deliveries: deliveries.settle(claim, settled, now))


def again(at: datetime, attempts: int = 1) -> Settled:
    return Settled(DeliveryState.WAITING, attempts, at, "timeout")


async def views(backend: Backend, **where: object) -> list[DeliveryView]:
    page = await backend.reader(DeliveryReader).page(DeliveryFilter(**where), None, 200)  # type: ignore[arg-type]  # filters
    return list(page.items)


async def states(backend: Backend) -> dict[UUID, str]:
    """The state of each delivery, by the event's id."""
    return {UUID(each["event_id"]): each["state"] for each in map(plain, await views(backend))}


@about(EventLog)
class TestEventLog:
    async def test_events_come_back_as_they_were(self, backend: Backend) -> None:
        events = await happened(
            backend, started(1, 7), UsersDeactivated(uid(2), (user_id(1), user_id(2))), ModuleDeleted(uid(3), "slug")
        )
        shown = [(each.name, each.subject_id, each.learner_id, each.schema_version) for each in events]
        assert shown == [
            ("ModuleStarted", uid(1), user_id(7), 1),
            ("UsersDeactivated", uid(2), None, 1),
            ("ModuleDeleted", uid(3), None, 1),
        ]
        assert events[2].payload == {"module_id": str(uid(3)), "slug": "slug"}
        assert [(each.actor_id, each.actor_kind, each.occurred_at) for each in events] == [(user_id(9), "user", T)] * 3

    async def test_reading_goes_on_behind_a_place(self, backend: Backend) -> None:
        events = await happened(backend, *(ModuleDrafted(uid(n)) for n in range(1, 8)))
        log, place, seen = backend.reader(EventLog), BEGINNING, list[StoredEvent]()
        while some := await log.after(place, 3):
            seen += some
            place = some[-1].place
        assert seen == events
        assert sorted(each.place for each in events) == [each.place for each in events]
        assert await log.get(events[2].id) == events[2]
        assert await log.get(NOBODY) is None


@about(Deliveries)
class TestDeliveries:
    async def test_what_is_wanted_is_delivered_once(self, backend: Backend) -> None:
        (event,) = await happened(backend, started(1))
        assert await plan(backend, [event]) == 1
        (held,) = await claim(backend)
        assert (held.event, held.target_id, held.channel, held.attempt) == (event, uid(1), HOOKS, 1)
        assert held.created_at == T
        assert await settle(backend, held)
        assert await claim(backend, later(days=1)) == []
        assert await plan(backend, [event]) == 0
        assert await claim(backend, later(days=1)) == []

    async def test_a_channel_reads_on_from_where_it_was(self, backend: Backend) -> None:
        first, second = await happened(backend, started(1), started(2))
        reader = backend.reader(EventLog)
        assert await reader.read_up_to(HOOKS) == BEGINNING

        async def advance(since: Place, event: StoredEvent) -> bool:
            wanted = [Wanted(uid(1), event)]
            return await using(backend, lambda each: each.advance(HOOKS, since, event.place, wanted, T))

        assert await advance(BEGINNING, first)
        assert not await advance(BEGINNING, second), "another worker was faster"
        assert await reader.read_up_to(HOOKS) == first.place
        assert await advance(first.place, second)
        assert [each.event for each in await claim(backend)] == [first]
        assert await reader.read_up_to(MAIL) == BEGINNING

    async def test_workers_that_read_at_the_same_time_plan_once(self, backend: Backend) -> None:
        (event,) = await happened(backend, started(1))

        async def advance() -> bool:
            wanted = [Wanted(uid(1), event)]
            return await using(backend, lambda each: each.advance(HOOKS, BEGINNING, event.place, wanted, T))

        assert sorted(await asyncio.gather(*(advance() for _ in range(4)))) == [False, False, False, True]
        assert len(await views(backend)) == 1

    async def test_events_of_a_learner_keep_their_order_and_others_go_on(self, backend: Backend) -> None:
        events = await happened(backend, started(1, 1), started(2, 2), started(3, 1), started(4, 1))
        await plan(backend, events, 1, 2)
        held = await claim(backend)
        assert sorted((each.target_id, each.event.place) for each in held) == sorted(
            (uid(target), event.place) for target in (1, 2) for event in events[:2]
        )
        mine = next(each for each in held if each.event == events[0] and each.target_id == uid(1))
        assert await claim(backend) == []
        await settle(backend, mine)
        assert [(each.event, each.target_id) for each in await claim(backend)] == [(events[2], uid(1))]

    async def test_what_failed_waits_and_what_comes_later_waits_with_it(self, backend: Backend) -> None:
        events = await happened(backend, started(1), started(2))
        await plan(backend, events)
        (held,) = await claim(backend)
        assert await settle(backend, held, again(later(minutes=5)))
        assert await claim(backend, later(minutes=4)) == []
        (repeated,) = await claim(backend, later(minutes=5))
        assert (repeated.id, repeated.attempt, repeated.event) == (held.id, 2, events[0])
        assert await settle(backend, repeated, now=later(minutes=5))
        assert [each.event for each in await claim(backend, later(minutes=5))] == [events[1]]

    async def test_what_is_planned_behind_it_waits_with_it(self, backend: Backend) -> None:
        first, *rest = await happened(backend, started(1), started(2), started(3, 2))
        await plan(backend, [first])
        (held,) = await claim(backend)
        await settle(backend, held, again(later(hours=5)))
        await plan(backend, rest)
        due = {each.event_id: each.next_attempt_at for each in await views(backend)}
        assert [due[each.id] for each in (first, *rest)] == [later(hours=5), later(hours=5), T]

    async def test_a_dead_letter_does_not_hold_up_what_comes_later(self, backend: Backend) -> None:
        events = await happened(backend, started(1), started(2))
        await plan(backend, events)
        (held,) = await claim(backend)
        assert await settle(backend, held, GIVEN_UP)
        assert [each.event for each in await claim(backend)] == [events[1]]
        assert await states(backend) == {events[0].id: "dead", events[1].id: "waiting"}

    async def test_after_the_lease_another_takes_over_and_the_first_is_refused(self, backend: Backend) -> None:
        await plan(backend, await happened(backend, started(1)))
        (slow,) = await claim(backend)
        assert await claim(backend, T + LEASE - timedelta(seconds=1)) == []
        (fast,) = await claim(backend, T + LEASE)
        assert (fast.id, fast.attempt) == (slow.id, 2)
        assert fast.fence > slow.fence
        assert not await settle(backend, slow)
        await using(backend, lambda each: each.give_back([slow]))
        assert await claim(backend, T + LEASE) == []
        assert await settle(backend, fast)
        assert not await settle(backend, fast, GIVEN_UP)

    async def test_what_is_given_back_was_not_attempted(self, backend: Backend) -> None:
        await plan(backend, await happened(backend, started(1)))
        (held,) = await claim(backend)
        await using(backend, lambda each: each.give_back([held]))
        (other,) = await claim(backend)
        assert (other.id, other.attempt) == (held.id, 1)
        assert other.fence > held.fence

    async def test_workers_never_hold_the_same(self, backend: Backend) -> None:
        await plan(backend, await happened(backend, *(started(n, n) for n in range(1, 13))))
        held = await asyncio.gather(*(claim(backend, limit=5) for _ in range(4)))
        ids = [each.id for some in held for each in some]
        assert len(ids) == len({*ids})
        rest = await claim(backend)
        assert len(ids) + len(rest) == 12

    async def test_the_longest_due_come_first(self, backend: Backend) -> None:
        events = await happened(backend, started(1, 1), started(2, 2), started(3, 3))
        await plan(backend, events)
        for held in await claim(backend):
            number = events.index(held.event)
            await settle(backend, held, again(later(minutes=3 - number)))
        taken = [(await claim(backend, later(minutes=5), limit=1))[0].event for _ in range(3)]
        assert taken == [events[2], events[1], events[0]]

    async def test_nothing_is_taken_for_targets_that_are_full(self, backend: Backend) -> None:
        await plan(backend, await happened(backend, started(1)), 1, 2, 3)
        held = await using(backend, lambda each: each.claim(HOOKS, T, LEASE, 100, [uid(1), uid(3)]))
        assert [each.target_id for each in held] == [uid(2)]
        assert {each.target_id for each in await claim(backend)} == {uid(1), uid(3)}

    async def test_a_finished_one_is_sent_again(self, backend: Backend) -> None:
        await plan(backend, await happened(backend, started(1)))
        (held,) = await claim(backend)
        with pytest.raises(DeliveryWaiting):
            await using(backend, lambda each: each.replay(held.id, T))
        with pytest.raises(DeliveryNotFound):
            await using(backend, lambda each: each.replay(NOBODY, T))
        await settle(backend, held, GIVEN_UP)
        await using(backend, lambda each: each.replay(held.id, later(hours=1)))
        (other,) = await claim(backend, later(hours=1))
        assert (other.id, other.attempt) == (held.id, 1)
        assert other.fence > held.fence

    async def test_dead_letters_are_sent_again_by_channel_and_target(self, backend: Backend) -> None:
        events = await happened(backend, started(1, 1), started(2, 2))
        await plan(backend, events, 1, 2)
        await plan(backend, events, 1, channel=MAIL)
        for channel in (HOOKS, MAIL):
            for held in await claim(backend, channel=channel):
                await settle(backend, held, GIVEN_UP)

        async def replay(channel: str | None, target: int | None, limit: int = 100) -> int:
            target_id = None if target is None else uid(target)
            return len(await using(backend, lambda each: each.replay_dead(channel, target_id, T, limit)))

        assert await replay(HOOKS, 2, limit=1) == 1
        assert [each.event for each in await claim(backend)] == [events[0]]
        assert await replay(HOOKS, 2) == 1
        assert await replay(HOOKS, None) == 2
        assert await replay(None, None) == 2
        assert await replay(None, None) == 0

    async def test_what_waits_for_a_removed_target_is_dropped(self, backend: Backend) -> None:
        events = await happened(backend, started(1), started(2))
        await plan(backend, events, 1, 2)
        held = await claim(backend)
        assert await using(backend, lambda each: each.drop(HOOKS, uid(1), "removed", T)) == 2
        mine = next(each for each in held if each.target_id == uid(1))
        assert not await settle(backend, mine)
        shown = [plain(each) for each in await views(backend, target_id=uid(1))]
        assert [(each["state"], each["last_error"]) for each in shown] == [("dropped", "removed")] * 2
        assert {plain(each)["state"] for each in await views(backend, target_id=uid(2))} == {"waiting"}

    async def test_finished_ones_are_forgotten_after_a_while(self, backend: Backend) -> None:
        await plan(backend, await happened(backend, *(started(n, n) for n in range(1, 5))))
        for number, held in enumerate(await claim(backend, limit=3)):
            await settle(backend, held, now=later(days=number))

        async def forget(limit: int) -> int:
            return await using(backend, lambda each: each.forget(later(days=2), limit))

        assert [await forget(1), await forget(5), await forget(5)] == [1, 1, 0]
        assert sorted((await states(backend)).values()) == ["delivered", "waiting"]

    async def test_old_events_are_forgotten_once_all_have_read_them(self, backend: Backend) -> None:
        long_ago = datetime(2020, 1, 1, tzinfo=T.tzinfo)
        old = await happened(backend, started(1), started(2), started(3), at=long_ago)
        now = datetime.now(T.tzinfo)
        events = await happened(backend, started(4), at=now)

        async def advance(channel: str, since: Place, until: Place, *wanted: StoredEvent) -> None:
            some = [Wanted(uid(1), event) for event in wanted]
            assert await using(backend, lambda each: each.advance(channel, since, until, some, T))

        async def forget(*channels: str, limit: int = 10) -> int:
            return await using(backend, lambda each: each.forget_events(now + LEASE, channels, limit))

        await advance(HOOKS, BEGINNING, events[-1].place, old[1])
        assert await forget(HOOKS, MAIL) == 0, "mail has not begun"
        await advance(MAIL, BEGINNING, old[0].place)
        assert await forget(HOOKS, MAIL) == 1
        await advance(MAIL, old[0].place, events[-1].place)
        assert await forget(HOOKS, MAIL) == 1
        rest = await backend.reader(EventLog).after(BEGINNING, 10)
        assert rest == [old[1], events[-1]], "a delivery of the one is kept, and the other is too young"
        assert await happened(backend, started(5), at=now) == [
            *rest,
            (await backend.reader(EventLog).after(rest[-1].place, 1))[0],
        ]


@about(DeliveryReader)
class TestDeliveryReader:
    async def test_it_shows_deliveries_newest_first(self, backend: Backend) -> None:
        events = await happened(backend, started(1), started(2), ModuleDrafted(uid(3)))
        for minutes, event in enumerate(events):
            wanted, at = [Wanted(uid(1), event)], later(minutes=minutes)
            await using(backend, lambda each, wanted=wanted, at=at: each.plan(HOOKS, wanted, at))  # type: ignore[misc]
        reader = backend.reader(DeliveryReader)
        for size in (1, 2, 5):
            found = await pages(lambda after, limit: reader.page(DeliveryFilter(), after, limit), size)
            assert [plain(each)["event_id"] for page in found for each in page] == [str(e.id) for e in reversed(events)]

    async def test_a_view_says_what_happened(self, backend: Backend) -> None:
        (event,) = await happened(backend, started(1))
        await plan(backend, [event])
        (held,) = await claim(backend)
        await settle(backend, held, again(later(minutes=5)))
        view = DeliveryView(
            *(held.id, HOOKS, uid(1), event.id, "ModuleStarted", user_id(1), DeliveryState.WAITING, 1),
            *(later(minutes=5), "timeout", T, None),
        )
        assert [plain(each) for each in await views(backend)] == [plain(view)]

    async def test_it_shows_those_that_are_asked_for(self, backend: Backend) -> None:
        events = await happened(backend, started(1, 1), started(2, 2))
        await plan(backend, events, 1, 2)
        await plan(backend, events[:1], channel=MAIL)
        await settle(backend, (await claim(backend, limit=1))[0], GIVEN_UP)
        counts = [
            len(await views(backend, **where))
            for where in (
                {"state": DeliveryState.DEAD},
                {"channel": MAIL},
                {"target_id": uid(2)},
                {"event_id": events[0].id},
                {"channel": HOOKS, "state": DeliveryState.WAITING},
            )
        ]
        assert counts == [1, 1, 2, 3, 3]

    async def test_it_counts_what_waits_and_what_is_dead(self, backend: Backend) -> None:
        events = await happened(backend, started(1, 1), started(2, 2), started(3, 3), started(4, 4))
        assert await backend.reader(DeliveryReader).counts() == []
        await plan(backend, events)
        dead, done, put_off, _ = await claim(backend)
        await settle(backend, dead, GIVEN_UP)
        await settle(backend, done)
        await settle(backend, put_off, again(later(hours=3)))
        assert await backend.reader(DeliveryReader).counts() == [ChannelCount(HOOKS, 2, 1, T)]

    async def test_what_is_put_off_is_not_due(self, backend: Backend) -> None:
        await plan(backend, await happened(backend, started(1, 1)))
        (put_off,) = await claim(backend)
        await settle(backend, put_off, again(later(hours=3)))
        assert await backend.reader(DeliveryReader).counts() == [ChannelCount(HOOKS, 1, 0, later(hours=3))]
