"""A cache for rights, whose changes must take effect in every process within two seconds."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from application.kernel.bounded import remember
from application.kernel.ports import Clock

K = TypeVar("K")
V = TypeVar("V")

REMEMBERED_FOR = timedelta(seconds=1.5)
"""How long cached rights are used. A slow read may add up to half a second, and all must be within two seconds."""


class BriefCache(Generic[K, V]):
    """A cache whose entries are valid for `REMEMBERED_FOR`."""

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock = clock
        self._most = most
        self._found: OrderedDict[K, tuple[V, datetime]] = OrderedDict()

    def recall(self, key: K) -> V | None:
        entry = self._found.get(key)
        # A clock that was set back must not make entries last longer.
        if entry is None or not timedelta() <= self._clock.now() - entry[1] < REMEMBERED_FOR:
            return None
        return entry[0]

    def keep(self, key: K, value: V, asked_at: datetime) -> None:
        remember(self._found, key, (value, asked_at), self._most)

    def forget(self) -> None:
        self._found.clear()
