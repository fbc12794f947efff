"""The contract suites on the memory adapters."""

from __future__ import annotations

from typing import TypeVar, cast
from uuid import UUID

import pytest

from adapters.memory import MemoryStore, MemoryUnits, memory_readers
from contracts.suites import *  # noqa: F403  # a runner runs every suite

R = TypeVar("R")


class MemoryBackend:
    """Implements contracts.backend.Backend."""

    def __init__(self) -> None:
        self._store = MemoryStore()
        self._readers = memory_readers(self._store)
        self.units = MemoryUnits(self._store)

    def reader(self, kind: type[R]) -> R:
        return cast(R, self._readers[kind])

    async def outbox(self) -> list[tuple[str, UUID, UUID | None]]:
        return [
            (type(entry.event).__name__, entry.event.subject_id, entry.actor.user_id) for entry in self._store.outbox
        ]


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend()
