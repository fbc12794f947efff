"""Whether the service lives and is ready, and its figures for Prometheus."""

from __future__ import annotations

from typing import Protocol


class Readiness(Protocol):
    """Whether the service can do its work now."""

    async def problems(self) -> list[str]:
        """What is wrong, a sentence each; empty when the service is ready."""
