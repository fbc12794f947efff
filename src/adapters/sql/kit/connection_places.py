"""Limits who may use a connection, so that slow operations do not take all connections from others."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from contextlib import suppress

Lanes = tuple[str, ...]
"""A resource that work may have to wait for, such as the name of a table; work counts in each of its lanes."""
URGENT = None
"""Work that every request begins with, such as authenticating the caller: it may use the reserved places too."""

OTHERS = 4
"""The fraction (one in so many) of the places that no single lane may use, so that other lanes find one."""
KEPT = 5
"""The fraction (one in so many) of the places that only urgent work may use."""


class Places:
    """Up to `size` pieces of work at a time, at most three quarters of them in the same lane.

    Work that finds no place waits for at most `timeout` seconds; the lane with the fewest places is served first.
    """

    def __init__(self, size: int, timeout: float) -> None:
        self.most = size
        self._timeout = timeout
        self._set_size(size)
        self._used = 0
        self._busy: Counter[str] = Counter()
        self._waiting: dict[Lanes | None, deque[asyncio.Future[None]]] = {}
        self._all_free: asyncio.Future[None] | None = None

    @property
    def used(self) -> int:
        """The number of places in use."""
        return self._used

    @property
    def size(self) -> int:
        """The number of places now."""
        return self._size

    @property
    def waiting(self) -> int:
        """The pieces of work that wait for a place."""
        return sum(map(len, self._waiting.values()))

    def resize(self, size: int) -> None:
        """Have that many places, within the first number, from now on; those in use remain in use."""
        self._set_size(min(size, self.most))
        self._call_next()

    def _set_size(self, size: int) -> None:
        self._size = size
        self._ordinary = size - (size // KEPT)
        self._most = size - (size // OTHERS)

    async def take(self, lanes: Lanes | None) -> None:
        """Wait for a place. Raises TimeoutError. Each place must be given back once, with its lanes."""
        if self._admits(lanes):
            self._occupy(lanes)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._waiting.setdefault(lanes, deque())
        queue.append(turn)
        try:
            async with asyncio.timeout(self._timeout):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                # The place was assigned just when the wait ended.
                self.give_back(lanes)
            else:
                with suppress(ValueError):  # It may already have been woken without a place.
                    queue.remove(turn)
                if not queue and self._waiting.get(lanes) is queue:
                    del self._waiting[lanes]
            raise

    def give_back(self, lanes: Lanes | None) -> None:
        """Pass the place to the next waiting work."""
        self._used -= 1
        for lane in lanes or ():
            self._busy[lane] -= 1
        if self._waiting:
            self._call_next()
        if self._used == 0 and self._all_free is not None and not self._all_free.done():
            self._all_free.set_result(None)

    async def all_given_back(self) -> None:
        """Wait until no place is in use."""
        if self._used:
            self._all_free = asyncio.get_running_loop().create_future()
            await self._all_free

    def _admits(self, lanes: Lanes | None) -> bool:
        if lanes is URGENT:
            return self._used < self._size
        if self._used >= self._ordinary:
            return False
        for lane in lanes:  # noqa: SIM110  # `all` takes twice as long, and this runs in each read
            if self._busy[lane] >= self._most:
                return False
        return True

    def _occupy(self, lanes: Lanes | None) -> None:
        self._used += 1
        for lane in lanes or ():
            self._busy[lane] += 1

    def _call_next(self) -> None:
        while ready := [lanes for lanes in self._waiting if self._admits(lanes)]:
            lanes = min(ready, key=self._share)
            queue = self._waiting[lanes]
            turn = queue.popleft()
            if not queue:
                del self._waiting[lanes]
            if not turn.done():
                self._occupy(lanes)
                turn.set_result(None)

    def _share(self, lanes: Lanes | None) -> int:
        return max((self._busy[lane] for lane in lanes), default=0) if lanes else -1
