"""Sign-ins that have ended, in memory."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.people.tables import ENDED_SIGN_INS
from adapters.registry import serves
from application.people.ports import EndedSignIns
from domain.people.sign_ins import EndedSignIn, EndReason, fingerprint_of


@serves(EndedSignIns)
class MemoryEndedSignIns:
    """Implements application.people.ports.EndedSignIns."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._ended = unit.draft(ENDED_SIGN_INS)

    async def end(self, subject: str, ended: EndedSignIn) -> None:
        self._ended.put(fingerprint_of(subject), (fingerprint_of(subject), ended))

    async def of(self, subject: str) -> EndedSignIn | None:
        found = self._ended.peek(fingerprint_of(subject))
        return found and found[1]

    async def reinstate(self, subject: str) -> None:
        self._ended.remove(fingerprint_of(subject))

    async def seal(self, user_id: UUID) -> None:
        for fingerprint, ended in list(self._ended.rows()):
            if ended.user_id == user_id:
                self._ended.put(fingerprint, (fingerprint, replace(ended, reason=EndReason.ERASED)))
