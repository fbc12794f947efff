"""Putting aggregates into a store, whichever port takes them."""

from __future__ import annotations

from functools import cache
from typing import Any, get_type_hints

from application.kernel.units import Unit, Units


async def save_all(units: Units, *aggregates: object) -> None:
    """Add these in one unit of work, each by the port that adds such aggregates."""
    takers = _takers(units.ports)

    async def work(unit: Unit) -> None:
        for aggregate in aggregates:
            port: Any = unit.port(takers[type(aggregate)])
            await port.add(aggregate)

    await units.run(work)


@cache
def _takers(ports: frozenset[type]) -> dict[type, type]:
    """By aggregate, the port whose `add` takes it."""
    return {next(iter(get_type_hints(add).values())): port for port in ports if (add := getattr(port, "add", None))}
