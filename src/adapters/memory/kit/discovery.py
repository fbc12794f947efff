"""What the modules of the memory adapters declare: which adapter serves which port."""

from __future__ import annotations

from functools import cache
from typing import Any

from adapters.memory.kit.store import MemoryStore, MemoryUnit, MemoryUnits
from adapters.registry import Adapters, find_adapters
from application.kernel.wiring import definitions

PACKAGE = "adapters.memory"


@cache
def memory_adapters() -> Adapters:
    """The memory adapters of all ports. Raises Miswired."""
    return find_adapters(definitions(PACKAGE), unit=MemoryUnit, reads=MemoryStore)


def memory_units(store: MemoryStore) -> MemoryUnits:
    """Units of work on the store, with all ports."""
    return MemoryUnits(store, memory_adapters().of_unit)


def memory_readers(store: MemoryStore) -> dict[type, Any]:
    """Each reader of the store, by the port that it serves."""
    return memory_adapters().readers(store)
