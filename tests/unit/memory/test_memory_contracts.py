"""The contract suites on the memory adapters."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import timedelta
from typing import TypeVar, cast
from uuid import UUID

import pytest

import contracts
from adapters.memory.kit.answers import ANSWERS, KeptAnswer
from adapters.memory.kit.found import memory_readers, memory_units
from adapters.memory.kit.outbox import OUTBOX
from adapters.memory.kit.store import MemoryStore
from application.kernel.units import Answer, IdempotencyKey
from contracts import suites
from contracts.suites import *  # noqa: F403  # a runner runs every suite

R = TypeVar("R")


class MemoryBackend:
    """Implements contracts.backend.Backend."""

    def __init__(self) -> None:
        self._store = MemoryStore()
        self._readers = memory_readers(self._store)
        self.units = memory_units(self._store)

    def reader(self, kind: type[R]) -> R:
        return cast(R, self._readers[kind])

    async def outbox(self) -> list[tuple[str, UUID, UUID | None]]:
        return [
            (type(entry.event).__name__, entry.event.subject_id, entry.actor.user_id)
            for entry in self._store.table(OUTBOX).rows.values()
        ]

    async def hold_answer(self, key: IdempotencyKey, answer: Answer, age: timedelta) -> None:
        kept = KeptAnswer(key, answer, self._store.now() - age)
        self._store.table(ANSWERS).rows[key.owner, key.value] = kept


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend()


def test_no_suite_is_left_out() -> None:
    rooms = [importlib.import_module(room.name) for room in pkgutil.iter_modules(contracts.__path__, "contracts.")]
    defined = {name for room in rooms for name in vars(room) if name.startswith("Test")}
    assert sorted(defined) == sorted(suites.__all__)
