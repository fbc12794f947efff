"""Who a verified token says someone is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.errors import DomainError


class NotAuthenticated(DomainError):
    """Nobody knows who is asking."""

    slug = "not-authenticated"
    title = "Sign in first"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a verified token says of a person."""

    subject: str
    email: str | None
    email_verified: bool
    issued_at: datetime
    full_name: str | None = None


class Tokens(Protocol):
    """Verifies tokens."""

    async def verify(self, token: str) -> Identity:
        """Raises TokenRefused."""
