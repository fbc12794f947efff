"""Who is asking. DEVELOPMENT ONLY until authentication is built: everyone is the same administrator."""

from __future__ import annotations

from typing import Any, Protocol

from application.access import Actor


class ConfigurationError(Exception):
    """The service must not start like this. Says which setting, and how to mend it."""


class Authenticate(Protocol):
    """Tells who sends a request."""

    async def __call__(self, request: Any) -> Actor:
        """Raises domain.errors.Forbidden when that cannot be told."""
