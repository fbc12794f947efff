"""What operators ask of a store, where it is in memory: it is always ready, and there is nothing to protect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta


class AlwaysReady:
    """Implements entrypoints.http.kit.health.Readiness."""

    async def problems(self, patience: float = 0) -> list[str]:
        return []


async def nothing() -> None:
    """Neither to migrate nor to close."""
    return


async def nothing_to_raise(tell: Callable[[int], None]) -> int:
    """As after restoring a backup."""
    return 0


class NothingToInspect:
    """Implements entrypoints.preflight.inspection.Inspection."""

    async def server(self) -> str:
        return "memory; everything is lost when the process ends"

    async def pooler(self) -> None:
        return None

    async def migration(self) -> tuple[str, list[str]]:
        return "none needed", []

    async def protection(self) -> dict[str, Sequence[str]]:
        return {}

    async def evidence(self) -> list[str]:
        return []

    async def capacity(self, workers: int) -> None:
        return None

    async def replica(self) -> None:
        return None

    async def order_of_events(self) -> list[str]:
        return []

    async def clock_problems(self, tolerable: timedelta) -> list[str]:
        return []

    @staticmethod
    @asynccontextmanager
    async def opened() -> AsyncIterator[NothingToInspect]:
        """To be used like that of a database."""
        yield NothingToInspect()
