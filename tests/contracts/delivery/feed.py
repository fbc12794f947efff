"""The contract of the feed: every event once, in an order in which nothing appears before what has been read."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest

from application.delivery.feed.queries import FedEvent, FeedReader
from application.kernel.access import Actor, KeyRights
from application.kernel.units import Outbox, OutboxEntry, Unit
from contracts import about
from contracts.backend import Backend, plain
from contracts.make import T, later, uid, user_id
from domain.catalogue.module_life import ModuleDrafted, ModuleEdited
from domain.delivery.events import BEGINNING, Place
from domain.delivery.feed import AFTER_ALL
from domain.kernel.aggregate import DomainEvent
from domain.kernel.roles import Role
from domain.people.user_events import UsersDeactivated

SOMEONE = Actor(user_id(1), Role.ADMIN, request_id="request-1", client_ip="2001:db8::1")
MACHINE = Actor.machine(KeyRights(uid(7), frozenset()))


async def happened(backend: Backend, *events: DomainEvent, actor: Actor = SOMEONE, first: int = 1) -> None:
    """Write the events in one unit of work, with ids that count from `first`."""
    entries = [OutboxEntry(uid(50_000 + n), later(hours=n), event, actor) for n, event in enumerate(events, first)]
    await backend.units.run(lambda unit: unit.port(Outbox).append(entries))


async def ids(backend: Backend, after: Place = BEGINNING, names: Sequence[str] = (), limit: int = 200) -> list[UUID]:
    extract = await backend.reader(FeedReader).read(after, names, limit)
    return [each.id for each in extract.events]


async def place_of(backend: Backend, n: int) -> Place:
    """The place of the event with this number."""
    extract = await backend.reader(FeedReader).read(BEGINNING, (), 200)
    return next(each.place for each in extract.events if each.id == uid(50_000 + n))


def number(*numbers: int) -> list[UUID]:
    return [uid(50_000 + n) for n in numbers]


@about(FeedReader)
class TestFeedReader:
    async def test_without_events_there_is_an_end_to_go_on_from(self, backend: Backend) -> None:
        feed = backend.reader(FeedReader)
        extract = await feed.read(BEGINNING, (), 10)
        assert (extract.events, extract.oldest) == ([], None)
        assert (await feed.newest()).place == BEGINNING
        await happened(backend, ModuleDrafted(uid(9)))
        assert await ids(backend, extract.end) == number(1)
        assert (await feed.newest()).place > extract.end

    async def test_an_event_is_shown_as_it_was_written(self, backend: Backend) -> None:
        await happened(backend, UsersDeactivated(uid(4), (user_id(1), user_id(2))))
        await happened(backend, ModuleDrafted(uid(9)), actor=MACHINE, first=2)
        await happened(backend, ModuleEdited(uid(9), 2), actor=Actor.system(), first=3)
        events = (await backend.reader(FeedReader).read(BEGINNING, (), 10)).events
        assert [plain(each.data) for each in events] == [
            {"batch_id": str(uid(4)), "user_ids": [str(user_id(1)), str(user_id(2))]},
            {"module_id": str(uid(9))},
            {"module_id": str(uid(9)), "version": 2, "section_ids": [], "question_ids": []},
        ]
        assert [(each.name, each.subject_id, each.occurred_at, each.schema_version) for each in events] == [
            ("UsersDeactivated", uid(4), later(hours=1), 1),
            ("ModuleDrafted", uid(9), later(hours=2), 1),
            ("ModuleEdited", uid(9), later(hours=3), 1),
        ]
        assert [(each.actor_id, each.actor_kind) for each in events] == [
            (user_id(1), "user"),
            (uid(7), "service-account"),
            (None, "system"),
        ]

    async def test_one_reads_on_from_any_event(self, backend: Backend) -> None:
        await happened(backend, *(ModuleEdited(uid(1), n) for n in range(1, 4)))
        await happened(backend, *(ModuleEdited(uid(1), n) for n in range(4, 6)), first=4)
        feed = backend.reader(FeedReader)
        for limit in (1, 2, 3, 5, 6):
            read: list[FedEvent] = []
            while some := (await feed.read(read[-1].place if read else BEGINNING, (), limit)).events:
                assert len(some) <= limit
                read += some
            assert [each.id for each in read] == number(1, 2, 3, 4, 5)
        assert (await feed.newest()).place == read[-1].place

    async def test_the_ends_are_the_same_wherever_one_reads(self, backend: Backend) -> None:
        await happened(backend, *(ModuleEdited(uid(1), n) for n in range(1, 4)))
        feed = backend.reader(FeedReader)
        first = await place_of(backend, 1)
        for after in (BEGINNING, first, AFTER_ALL):
            extract = await feed.read(after, (), 2)
            assert extract.oldest == first
            assert await ids(backend, extract.end) == []
        assert await ids(backend, AFTER_ALL) == []

    async def test_only_those_with_certain_names(self, backend: Backend) -> None:
        await happened(backend, ModuleDrafted(uid(1)), ModuleEdited(uid(1), 2), ModuleDrafted(uid(2)))
        assert await ids(backend, names=("ModuleDrafted",)) == number(1, 3)
        assert await ids(backend, names=("ModuleDrafted", "ModuleEdited")) == number(1, 2, 3)
        assert await ids(backend, await place_of(backend, 1), ("ModuleDrafted",), 1) == number(3)
        assert await ids(backend, names=("ModuleDeleted",)) == []

    async def test_what_is_rolled_back_never_appears(self, backend: Backend) -> None:
        end = (await backend.reader(FeedReader).read(BEGINNING, (), 1)).end

        async def work(unit: Unit) -> None:
            await unit.port(Outbox).append([OutboxEntry(uid(50_001), T, ModuleDrafted(uid(1)), SOMEONE)])
            raise LookupError

        with pytest.raises(LookupError):
            await backend.units.run(work)
        await happened(backend, ModuleDrafted(uid(2)), first=2)
        assert await ids(backend, end) == number(2)
