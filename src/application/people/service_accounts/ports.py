"""What the use cases of service accounts need of the store, bound to a unit of work, and of the world."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.people.service_accounts import ServiceAccount


class ServiceAccounts(Protocol):
    """Service accounts with their keys.

    Changing the name of one to that of another raises ServiceAccountNameTaken, at commit.
    """

    async def get(self, service_account_id: UUID) -> ServiceAccount:
        """Raises ServiceAccountNotFound. What is changed is kept at commit."""

    async def add(self, account: ServiceAccount) -> None:
        """Raises ServiceAccountNameTaken, here or at commit."""

    async def note_use(self, key_id: UUID, now: datetime) -> bool:
        """Keep that the key is used now, in one statement, unless a recent use is kept; whether it was kept.

        The version of the account does not change: nobody decided on this.
        """


class KeyMint(Protocol):
    """Makes the texts of keys."""

    def text(self, key_id: UUID) -> str:
        """The text of a new key with this id, as `domain.people.service_account_keys` describes it."""
