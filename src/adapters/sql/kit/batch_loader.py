"""Batches concurrent reads by key into one statement."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Select

K = TypeVar("K")
V = TypeVar("V")

Rows = Callable[..., Awaitable[Sequence[Sequence[Any]]]]
"""Runs a statement with its parameters and returns its rows. Raises StoreUnavailable."""


class BatchLoader(Generic[K, V]):
    """Values by key. Requests in the same turn of the event loop share a statement.

    Sending a statement and reading its result costs far more than an additional key, and a busy server has many
    requests in one turn. A single request does not wait.
    """

    def __init__(self, read: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read = read
        self._asked: defaultdict[K, list[asyncio.Future[V | None]]] = defaultdict(list)
        self._reading: set[asyncio.Task[None]] = set()

    async def of(self, key: K) -> V | None:
        """None if there is none. Raises the errors of the read."""
        loop = asyncio.get_running_loop()
        if not self._asked:
            loop.call_soon(self._send)
        answer: asyncio.Future[V | None] = loop.create_future()
        self._asked[key].append(answer)
        return await answer

    def _send(self) -> None:
        asked, self._asked = self._asked, defaultdict(list)
        # In a separate task: the first caller may be cancelled while others still wait.
        reading = asyncio.get_running_loop().create_task(self._answer(asked))
        self._reading.add(reading)
        reading.add_done_callback(self._reading.discard)

    async def _answer(self, asked: dict[K, list[asyncio.Future[V | None]]]) -> None:
        waiting = [(key, answer) for key, answers in asked.items() for answer in answers]
        try:
            found = await self._read(list(asked))
        except Exception as error:
            for _, answer in waiting:
                if not answer.done():
                    answer.set_exception(error)
            return
        for key, answer in waiting:
            if not answer.done():
                answer.set_result(found.get(key))


def by_key(rows: Rows, statement: Select[Any], keys: str) -> Callable[[list[Any]], Awaitable[dict[Any, Sequence[Any]]]]:
    """Reads rows by their first column; the statement's parameter `keys` takes the requested keys."""

    async def read(asked: list[Any]) -> dict[Any, Sequence[Any]]:
        return {row[0]: row for row in await rows(statement, **{keys: asked})}

    return read
