"""Many who ask for one row each at the same time share a statement, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Select, column, select

from adapters.sql.kit.batch_loader import BatchLoader, by_key
from adapters.sql.kit.reads import Row
from application.kernel.units import StoreUnavailable

ANY: Select[Any] = select(column("key"))


class Shelf:
    """Holds rows by key; `asked` are the keys of each statement. While `held` is not set, it does not answer."""

    def __init__(self, **rows: int) -> None:
        self._rows = rows
        self.asked: list[list[str]] = []
        self.error: Exception | None = None
        self.held = asyncio.Event()
        self.held.set()
        self._asked_again = asyncio.Condition()

    async def was_asked(self, times: int) -> None:
        """Wait until there were so many statements."""
        async with self._asked_again:
            await self._asked_again.wait_for(lambda: len(self.asked) >= times)

    async def rows(self, statement: Select[Any], **parameters: Any) -> Sequence[Row]:
        keys = parameters["keys"]
        async with self._asked_again:
            self.asked.append(keys)
            self._asked_again.notify_all()
        await self.held.wait()
        if self.error is not None:
            raise self.error
        return [(key, self._rows[key]) for key in keys if key in self._rows]

    async def close(self) -> None:
        """Nothing is open."""


async def test_those_of_one_turn_share_a_statement() -> None:
    shelf = Shelf(a=1, b=2)
    together = BatchLoader(by_key(shelf.rows, ANY, "keys"))
    rows = await asyncio.gather(*(together.of(key) for key in ("a", "b", "a", "gone")))
    assert rows == [("a", 1), ("b", 2), ("a", 1), None]
    assert shelf.asked == [["a", "b", "gone"]]


async def test_who_comes_later_does_not_wait_for_those_before() -> None:
    shelf = Shelf(a=1, b=2)
    together = BatchLoader(by_key(shelf.rows, ANY, "keys"))
    shelf.held.clear()
    first = asyncio.create_task(together.of("a"))
    await shelf.was_asked(1)
    second = asyncio.create_task(together.of("b"))
    await shelf.was_asked(2)
    assert shelf.asked == [["a"], ["b"]]
    shelf.held.set()
    assert [await first, await second] == [("a", 1), ("b", 2)]


async def test_who_leaves_takes_nobody_along() -> None:
    shelf = Shelf(a=1, b=2)
    together = BatchLoader(by_key(shelf.rows, ANY, "keys"))
    shelf.held.clear()
    leaves, stays = (asyncio.create_task(together.of(key)) for key in ("a", "b"))
    await shelf.was_asked(1)
    leaves.cancel()
    shelf.held.set()
    assert await stays == ("b", 2)
    with pytest.raises(asyncio.CancelledError):
        await leaves


async def test_a_failure_reaches_all_callers_and_the_next_ones_read_again() -> None:
    shelf = Shelf(a=1)
    together = BatchLoader(by_key(shelf.rows, ANY, "keys"))
    shelf.error = StoreUnavailable("gone")
    shelf.held.clear()
    leaves, *others = (asyncio.create_task(together.of("a")) for _ in range(3))
    await shelf.was_asked(1)
    leaves.cancel()
    shelf.held.set()
    for other in others:
        with pytest.raises(StoreUnavailable):
            await other
    shelf.error = None
    assert await together.of("a") == ("a", 1)
