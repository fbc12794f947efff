"""What operators ask of a store, where it is in memory: it is always ready, and there is nothing to protect."""

from __future__ import annotations

from datetime import timedelta


class AlwaysReady:
    """Implements entrypoints.http.kit.health.Readiness."""

    async def problems(self, patience: float = 0) -> list[str]:
        return []


async def unprotected() -> dict[str, list[str]]:
    """No check of protection."""
    return {}


async def nothing() -> None:
    """Neither to migrate nor to close."""
    return


async def one_clock(tolerable: timedelta) -> list[str]:
    """The store uses the clock of the process."""
    return []
