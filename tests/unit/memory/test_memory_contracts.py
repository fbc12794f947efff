"""The contract suites on the memory adapters."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import TypeVar, cast
from uuid import UUID

import pytest

from adapters.memory.kit.answers import ANSWERS, KeptAnswer
from adapters.memory.kit.discovery import memory_adapters, memory_readers, memory_units
from adapters.memory.kit.outbox import OUTBOX
from adapters.memory.kit.store import MemoryStore
from adapters.registry import methods_of
from application.kernel.units import Answer, IdempotencyKey, Units
from contracts import ports_of, suites
from contracts.people.merged import OF_ONE_ID, TELLS, WHO

R = TypeVar("R")

SUITES = suites()
globals().update(SUITES)


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
            (type(entry.event).__name__, entry.event.subject_id, entry.actor.id)
            for entry in self._store.table(OUTBOX).rows()
        ]

    async def actors(self) -> list[tuple[UUID | None, str]]:
        return [(entry.actor.id, entry.actor.kind) for entry in self._store.table(OUTBOX).rows()]

    async def hold_answer(self, key: IdempotencyKey, answer: Answer, age: timedelta) -> None:
        kept = KeptAnswer(key, answer, self._store.now() - age)
        self._store.table(ANSWERS).by_key[key.owner, key.value] = kept


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend()


def test_every_port_of_storage_has_a_suite() -> None:
    tried = {port for suite in SUITES.values() for port in ports_of(suite)}
    without = sorted(port.__name__ for port in memory_adapters().ports - tried)
    assert not without, f"no suite in tests/contracts is @about {', '.join(without)}"


def test_every_suite_names_the_port_that_it_is_about() -> None:
    served = {*memory_adapters().ports, Units}
    lost = sorted(
        name for name, suite in SUITES.items() if not ports_of(suite) or not served.issuperset(ports_of(suite))
    )
    assert not lost, f"put @about(...) with ports of storage on {', '.join(lost)}"


def test_every_method_that_takes_a_user_is_tried_or_has_a_reason() -> None:
    methods = {
        f"{port.__name__}.{name}"
        for port in memory_adapters().ports
        for name in methods_of(port)
        if not WHO.isdisjoint(inspect.signature(getattr(port, name)).parameters)
    }
    lost = sorted(methods - TELLS.keys() - OF_ONE_ID.keys())
    assert not lost, (
        f"say in TELLS what {', '.join(lost)} tells of somebody with evidence under two ids, and read with "
        "`of_person` and `ids_of`; or say in OF_ONE_ID why one id is meant"
    )
    assert not (TELLS.keys() | OF_ONE_ID.keys()) - methods
