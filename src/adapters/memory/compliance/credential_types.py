"""Which types of credentials requirements ask for, in memory."""

from __future__ import annotations

from datetime import date

from adapters.memory.compliance.requirements import REQUIREMENTS
from adapters.memory.kit.store import MemoryStore
from adapters.registry import serves
from application.evidence.credentials.types import CredentialTypeReader, CredentialTypes
from domain.compliance.fulfillment import CredentialNeeded


@serves(CredentialTypeReader)
class MemoryCredentialTypeReader:
    """Implements application.evidence.credentials.types.CredentialTypeReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._requirements = store.table(REQUIREMENTS)

    async def asked_for(self, today: date) -> CredentialTypes:
        return CredentialTypes.of(
            {
                (version.terms.fulfillment.type, each.code, each.title)
                for each in self._requirements.rows()
                if each.retired_on is None or each.retired_on > today
                for version in each.approved
                if isinstance(version.terms.fulfillment, CredentialNeeded)
            }
        )
