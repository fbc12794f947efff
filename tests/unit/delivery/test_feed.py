"""Cursors of the feed, and reading with them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from application.delivery.feed.queries import EventPage, Extract, FedEvent, FeedReader, Newest, ReadEvents, read_events
from application.kernel.access import Actor
from domain.catalogue.module_life import ModuleDrafted, ModuleEdited
from domain.delivery.events import Place
from domain.delivery.feed import LATEST, NOT_A_CURSOR, SURELY_KEPT, EventsGone, FeedCursor
from domain.kernel.aggregate import EVENTS_STAY
from domain.kernel.errors import InvalidValue
from kit.examples import uid
from kit.surroundings import NOON, FixedClock

ADMIN = Actor.system()


class Shelf:
    """Events of transactions 5 to 7, two in each, of which the oldest may be deleted; 8 has not ended."""

    def __init__(self, deleted: int = 0, age: timedelta = timedelta()) -> None:
        self.events = [
            FedEvent(5 + n // 2, n, uid(n), "ModuleDrafted", 1, NOON - age, uid(90), None, None, None, {})
            for n in range(6)
        ][deleted:]

    async def read(self, after: Place, names: Any, limit: int) -> Extract:
        some = [each for each in self.events if each.place > after and (not names or each.name in names)]
        return Extract(some[:limit], self.events[0].place if self.events else None, Place(8, 0))

    async def newest(self) -> Newest:
        return Newest(self.events[-1].place)


async def read(feed: FeedReader, after: str | None = None, clock: FixedClock | None = None, **more: Any) -> EventPage:
    return await read_events(ReadEvents(after, **more), ADMIN, feed, clock or FixedClock())


def numbers(page: EventPage) -> list[int]:
    return [each.id.int & 0xFFFF for each in page.items]


def test_a_cursor_is_the_same_when_it_comes_back() -> None:
    for place in (Place(0, 0), Place(5, 7), Place(2**63 - 1, 2**63 - 1)):
        assert FeedCursor.of(FeedCursor(place, NOON).text) == FeedCursor(place, NOON)


@pytest.mark.parametrize(
    "text",
    [
        *("", "events.", "events." + "A" * 26, "events." + "A" * 28, "events." + "!" * 27, "Events." + "A" * 27),
        *("AAGCDEFGHIJKLMNOPQRSTUVWXYZabcdef", "name.YWJj.AAAAAAAAAAAAAAAAAAAAAA", "events." + "_" * 27, LATEST),
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="send `next_cursor` back unchanged") as refused:
        FeedCursor.of(text)
    assert (str(refused.value), refused.value.field) == (NOT_A_CURSOR, ("after",))


async def test_pages_follow_each_other_without_gaps() -> None:
    for limit in (1, 2, 4, 5, 6, 7):
        page, seen = await read(Shelf(), limit=limit), list[int]()
        while page.items:
            seen += numbers(page)
            page = await read(Shelf(), page.next_cursor, limit=limit)
        assert seen == [0, 1, 2, 3, 4, 5]


async def test_an_exhausted_feed_leads_to_its_end() -> None:
    page = await read(Shelf(), limit=50)
    assert FeedCursor.of(page.next_cursor) == FeedCursor(Place(8, 0), NOON)
    again = await read(Shelf(), page.next_cursor)
    assert (again.items, again.next_cursor) == ([], page.next_cursor)


async def test_one_can_go_on_after_each_event() -> None:
    for item in (await read(Shelf())).items:
        rest = await read(Shelf(), item.cursor)
        assert numbers(rest) == list(range((item.id.int & 0xFFFF) + 1, 6))


async def test_the_latest_are_those_to_come() -> None:
    page = await read(Shelf(), LATEST)
    assert (page.items, page.next_cursor) == ([], FeedCursor(Place(8, 0), NOON).text)


async def test_after_deletion_one_goes_on_only_with_a_cursor_after_which_nothing_was_deleted() -> None:
    old, old_events = await read(Shelf(), limit=2), Shelf(deleted=4, age=EVENTS_STAY)
    clock = FixedClock(NOON + SURELY_KEPT)
    with pytest.raises(EventsGone, match="after=latest"):
        await read(old_events, old.next_cursor, clock)
    # It is old, but nothing after it has been deleted.
    assert numbers(await read(Shelf(deleted=1), old.next_cursor, clock)) == [2, 3, 4, 5]
    # The end of the feed as it was read a moment ago.
    fresh = await read(old_events, LATEST, clock)
    assert (await read(old_events, fresh.next_cursor, clock)).items == []
    # Nothing that recent is ever deleted: the feed was empty before.
    early = FeedCursor(Place(1, 0), NOON)
    assert numbers(await read(old_events, early.text, FixedClock(NOON + timedelta(days=88)))) == [4, 5]


async def test_when_all_were_deleted_an_old_cursor_is_refused_too() -> None:
    old = await read(Shelf(), limit=2)
    with pytest.raises(EventsGone):
        await read(Shelf(deleted=6), old.next_cursor, FixedClock(NOON + EVENTS_STAY))
    assert (await read(Shelf(deleted=6), old.next_cursor, FixedClock(NOON))).items == []


async def test_a_cursor_beyond_the_end_is_of_another_state_of_the_database() -> None:
    with pytest.raises(EventsGone, match="restored"):
        await read(Shelf(), FeedCursor(Place(9, 1), NOON).text)


def test_names_are_those_of_events() -> None:
    ReadEvents(name=(ModuleDrafted.__name__, ModuleEdited.__name__, "UserEnrolled"))
    with pytest.raises(InvalidValue, match=r"/schema/events\.json") as refused:
        ReadEvents(name=("ModuleDrafted", "ModulePainted"))
    assert refused.value.field == ("name", 1)
