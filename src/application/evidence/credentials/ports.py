"""What the use cases of credentials need of the store, bound to a unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.evidence.credentials import Credential, VerifiedCredential


class Credentials(Protocol):
    """The credentials of people. None is ever removed, and only what was decided about it is added."""

    async def get(self, credential_id: UUID) -> Credential:
        """The credential, which nobody else changes until the unit of work ends. Raises CredentialNotFound."""

    async def add(self, credential: Credential) -> None:
        """Raises CredentialKnown, here or at commit, where one with its natural key is submitted or verified."""

    async def with_keys(self, natural_keys: Sequence[str]) -> UUID | None:
        """The first credential, submitted or verified, that has one of these natural keys, if there is one."""

    async def waiting_of(self, user_id: UUID) -> list[Credential]:
        """Those of this user, and of users who were merged into it, that wait for verification, in order of id.

        Nobody else changes them until the unit of work ends.
        """

    async def number_of(self, user_id: UUID) -> int:
        """How many credentials there are of this user, and of users who were merged into it."""

    async def verified(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[VerifiedCredential, ...]]:
        """What the verified credentials of each of these users prove, also those of users who were merged into the
        user, by day of issue; in one statement. Users without any are left out.

        It includes what this unit of work has decided. Void ones are left out, renewed and expired ones are not.
        """
