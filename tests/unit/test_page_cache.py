"""Pages are shown from memory for exactly as long as the database shows the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Select, column, select

from adapters.sql import page_cache
from adapters.sql.page_cache import STATE, PageCache
from application.messages import Cursor, Page
from application.units import StoreUnavailable
from contracts.make import T, later, uid

LIST: Select[Any] = select(column("name"))
OTHER: Select[Any] = select(column("name"))


class Database:
    """Holds names, None in the place of none; every change moves its state. `asked` is what for."""

    def __init__(self, *names: str | None) -> None:
        self.names = list(names)
        self.changes = 0
        self.asked: list[str] = []
        self.error: Exception | None = None
        self.untold: Exception | None = None
        self.standby = False
        self.sent = asyncio.Event()
        self.held = asyncio.Event()
        self.held.set()

    def change(self, *names: str | None) -> None:
        self.names = list(names)
        self.changes += 1

    async def rows(self, statement: Select[Any], **parameters: Any) -> Sequence[Sequence[Any]]:
        state = [None if self.standby else f"{self.changes} changes"]
        if statement is STATE:
            self.asked.append("state")
            seen: list[list[Any]] = [state]
        else:
            plain = statement in (LIST, OTHER)
            self.asked.append("page alone" if plain else "page")
            wanted = [name for name in self.names if name is None or name.startswith(parameters.get("begins", ""))]
            seen = [[name, *([] if plain else state)] for name in wanted[: parameters["limit"]]]
            if self.untold and not plain:
                raise self.untold
        if self.untold and statement is STATE:
            raise self.untold
        self.sent.set()
        await self.held.wait()
        if self.error:
            raise self.error
        return seen


@dataclass
class Shown:
    name: str | None


async def page(
    on: PageCache, statement: Select[Any] = LIST, after: Cursor | None = None, limit: int = 10, **parameters: Any
) -> Page[Shown] | None:
    return await on.page(statement, after, limit, Shown, lambda last: Cursor(T, uid(len(str(last.name)))), **parameters)


async def names(on: PageCache, **parameters: Any) -> list[str | None]:
    found = await page(on, **parameters)
    return [each.name for each in found.items] if found else []


@pytest.fixture(autouse=True)
def _lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each state is taken for a lasting one."""
    monkeypatch.setattr(page_cache, "LASTING", 0.0)


async def test_who_asks_again_is_shown_the_same_page() -> None:
    database = Database("ana", "bo")
    on = PageCache(database.rows)
    first = await page(on)
    assert await page(on) is first
    assert database.asked == ["page", "state"]


async def test_what_was_changed_is_read_again_and_kept() -> None:
    database = Database("ana")
    on = PageCache(database.rows)
    await page(on)
    database.change("ana", "bo")
    assert await names(on) == ["ana", "bo"]
    assert await names(on) == ["ana", "bo"]
    assert database.asked == ["page", "state", "page", "state"]


async def test_a_change_of_anything_makes_every_page_old() -> None:
    database = Database("ana")
    on = PageCache(database.rows)
    await page(on)
    await page(on, OTHER)
    database.change("bo")
    assert (await names(on, statement=OTHER), await names(on)) == (["bo"], ["bo"])


@pytest.mark.parametrize(
    "other",
    [{"statement": OTHER}, {"limit": 1}, {"begins": "b"}, {"after": Cursor(T, uid(1))}],
    ids=["statement", "limit", "parameter", "place"],
)
async def test_who_asks_for_something_else_is_shown_that(other: dict[str, Any]) -> None:
    database = Database("ana", "bo")
    on = PageCache(database.rows)
    await page(on)
    await page(on, **other)
    assert database.asked == ["page", "page"]


async def test_places_are_told_apart() -> None:
    on = PageCache(Database("ana").rows)
    pages = [
        await page(on, after=cursor)
        for cursor in (Cursor(T, uid(1)), Cursor(T, uid(2)), Cursor(later(days=1), uid(1)), None)
    ]
    assert len({id(each) for each in pages}) == 4


async def test_an_empty_list_is_kept() -> None:
    database = Database(None)
    on = PageCache(database.rows)
    assert [await names(on), await names(on)] == [[], []]
    assert database.asked == ["page", "state"]


async def test_without_any_row_there_is_no_list_and_nothing_to_keep() -> None:
    database = Database()
    on = PageCache(database.rows)
    assert [await page(on), await page(on)] == [None, None]
    assert database.asked == ["page", "page"]


async def test_those_of_one_turn_ask_for_the_state_once() -> None:
    database = Database("ana")
    on = PageCache(database.rows)
    await page(on)
    await page(on, OTHER)
    await asyncio.gather(*(page(on, each) for each in (LIST, OTHER, LIST, OTHER)))
    assert database.asked == ["page", "page", "state"]


async def test_what_changes_while_the_state_is_on_its_way_came_after_it() -> None:
    database = Database("ana")
    on = PageCache(database.rows)
    await page(on)
    database.held.clear()
    asking = asyncio.create_task(names(on))
    database.sent.clear()
    await database.sent.wait()
    database.change("bo")
    database.held.set()
    assert await asking == ["ana"]
    assert await names(on) == ["bo"]


async def test_a_page_that_was_read_before_a_change_never_stands_for_what_is_after_it() -> None:
    database = Database("ana")
    on = PageCache(database.rows)
    database.held.clear()
    slow = asyncio.create_task(names(on))
    await database.sent.wait()
    database.change("bo")
    database.held.set()
    await page(on, OTHER)  # Its answer may be in before that of the slow one is kept, or after.
    assert await slow == ["ana"]
    assert await names(on) == ["bo"]


async def test_without_an_answer_to_the_state_nothing_is_shown() -> None:
    database = Database("ana")
    on = PageCache(database.rows)
    await page(on)
    database.error = StoreUnavailable("gone")
    with pytest.raises(StoreUnavailable):
        await page(on)
    database.error = None
    assert await names(on) == ["ana"]


class Refused(Exception):
    """What the driver raises, with the server's code."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize("sqlstate", ["42501", "42883", "0A000"])
async def test_a_database_that_never_tells_its_state_is_read_each_time(sqlstate: str) -> None:
    database = Database("ana")
    database.untold = Refused(sqlstate)
    on = PageCache(database.rows)
    assert [await names(on), await names(on)] == [["ana"], ["ana"]]
    assert database.asked == ["page", "page alone", "page alone"]


async def test_a_right_that_is_taken_away_while_pages_are_cached_costs_no_more_than_the_cache() -> None:
    database = Database("ana")
    on = PageCache(database.rows)
    await page(on)
    database.change("bo")
    database.untold = StoreUnavailable("may not")
    database.untold.__cause__ = Refused("42501")
    assert [await names(on), await names(on)] == [["bo"], ["bo"]]
    assert database.asked == ["page", "state", "page", "page alone", "page alone"]


async def test_a_state_that_could_not_be_told_once_is_asked_for_the_next_time() -> None:
    database = Database("ana")
    database.untold = Refused("XX000")
    on = PageCache(database.rows)
    assert await names(on) == ["ana"]
    database.untold = None
    assert [await names(on), await names(on)] == [["ana"], ["ana"]]
    assert database.asked == ["page", "page alone", "page", "state"]


async def test_what_fails_for_another_reason_is_not_asked_twice() -> None:
    database = Database("ana")
    database.untold = Refused("42P01")
    with pytest.raises(Refused):
        await page(PageCache(database.rows))
    assert database.asked == ["page"]


async def test_nothing_is_cached_of_a_standby() -> None:
    database = Database("ana")
    database.standby = True
    on = PageCache(database.rows)
    assert [await names(on), await names(on)] == [["ana"], ["ana"]]
    assert database.asked == ["page", "page"]


async def test_nobody_asks_for_a_state_that_has_not_lasted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(page_cache, "monotonic", lambda: now)
    monkeypatch.setattr(page_cache, "LASTING", 0.5)
    database = Database("ana")
    on = PageCache(database.rows)
    await page(on)
    now += 0.25
    await page(on)
    now += 0.25
    await page(on)
    assert database.asked == ["page", "page", "state"]
    database.change("bo")
    assert [await names(on), await names(on)] == [["bo"], ["bo"]]
    assert database.asked[3:] == ["state", "page", "page"]


async def test_they_go_when_there_is_no_room_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "MOST_BYTES", 3 * (page_cache.BYTES_A_PAGE + len('[{"name":"ana"}]')))
    database = Database("ana")
    on = PageCache(database.rows)
    for number in range(4):
        await page(on, number=number)
    database.asked.clear()
    await page(on, number=3)
    await page(on, number=0)
    assert database.asked == ["state", "page"]


async def test_long_pages_take_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "MOST_BYTES", 3 * page_cache.BYTES_A_PAGE)
    database = Database("a" * page_cache.BYTES_A_PAGE)
    on = PageCache(database.rows)
    for number in range(2):
        await page(on, number=number)
    database.asked.clear()
    await page(on, number=0)
    assert database.asked == ["page"]


async def test_nobody_changes_what_others_are_shown() -> None:
    on = PageCache(Database("ana", "bo").rows)
    for _ in range(2):
        found = await page(on)
        assert found is not None
        first, second = found.items
        assert (first, second, len(found.items), found.items[1]) == (Shown("ana"), Shown("bo"), 2, Shown("bo"))
        assert (found.items[:1], found.items) == ([Shown("ana")], [Shown("ana"), Shown("bo")])
        first.name = "changed"
