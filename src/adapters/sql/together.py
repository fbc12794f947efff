"""Reading one row for each of many who ask at the same time, in one statement."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Hashable
from typing import Any

from sqlalchemy import Select

from adapters.sql.reads import Reads, Row


class Together:
    """One row by its key. All who ask in the same turn of the event loop share a statement.

    To send a statement and to take its answer costs far more than one key more in it, and the busier the server is,
    the more requests it has to answer in one turn. Who asks alone waits for nobody.
    """

    def __init__(self, reads: Reads, statement: Select[Any], keys: str) -> None:
        """The statement has the key as its first column; its parameter `keys` takes those that are asked for."""
        self._reads = reads
        self._statement = statement
        self._keys = keys
        self._asked: defaultdict[Hashable, list[asyncio.Future[Row | None]]] = defaultdict(list)
        self._reading: set[asyncio.Task[None]] = set()

    async def row(self, key: Hashable) -> Row | None:
        """None when there is none. Raises StoreUnavailable."""
        loop = asyncio.get_running_loop()
        if not self._asked:
            loop.call_soon(self._send)
        answer: asyncio.Future[Row | None] = loop.create_future()
        self._asked[key].append(answer)
        return await answer

    def _send(self) -> None:
        asked, self._asked = self._asked, defaultdict(list)
        # In a task of its own: whoever asked may leave, and the others wait on.
        reading = asyncio.get_running_loop().create_task(self._read(asked))
        self._reading.add(reading)
        reading.add_done_callback(self._reading.discard)

    async def _read(self, asked: dict[Hashable, list[asyncio.Future[Row | None]]]) -> None:
        waiting = [(key, answer) for key, answers in asked.items() for answer in answers]
        try:
            rows = await self._reads.rows(self._statement, **{self._keys: list(asked)})
        except Exception as error:
            for _, answer in waiting:
                if not answer.done():
                    answer.set_exception(error)
            return
        found = {row[0]: row for row in rows}
        for key, answer in waiting:
            if not answer.done():
                answer.set_result(found.get(key))
