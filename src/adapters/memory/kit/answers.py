"""Answers stored for repeated requests, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.kit.tables import MemoryTable
from adapters.registry import serves
from application.kernel.units import QUOTA, Answer, Answers, IdempotencyKey, KeyReused, Quota, TooManyAnswers


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer with its request and time."""

    key: IdempotencyKey
    answer: Answer
    at: datetime


ANSWERS = MemoryTable[tuple[str, str], KeptAnswer]("answers")
"""By owner and key."""


@serves(Answers)
class MemoryAnswers:
    """Implements application.kernel.units.Answers.

    Units run one after the other, so a key is never in use by another unit.
    """

    def __init__(self, unit: MemoryUnit) -> None:
        self._answers = unit.draft(ANSWERS)
        self._now = unit.now

    async def claim(self, key: IdempotencyKey, quota: Quota = QUOTA) -> Answer | None:
        kept = self._answers.peek((key.owner, key.value))
        if kept is None:
            sizes = [len(row.answer.body) for row in self._answers.rows() if row.key.owner == key.owner]
            if len(sizes) >= quota.number or sum(sizes) >= quota.bytes:
                raise TooManyAnswers
            return None
        if kept.key.fingerprint != key.fingerprint:
            raise KeyReused
        return kept.answer

    async def keep(self, key: IdempotencyKey, answer: Answer) -> None:
        self._answers.put((key.owner, key.value), KeptAnswer(key, answer, self._now()))

    async def forget(self, older_than: timedelta) -> int:
        before = self._now() - older_than
        old = [kept.key for kept in self._answers.rows() if kept.at < before]
        for key in old:
            self._answers.remove((key.owner, key.value))
        return len(old)

    async def forget_of(self, owner: UUID) -> None:
        for key in [kept.key for kept in self._answers.rows() if kept.key.owner == str(owner)]:
            self._answers.remove((key.owner, key.value))
