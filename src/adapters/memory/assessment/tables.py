"""The table of attempts in memory."""

from __future__ import annotations

from uuid import UUID

from adapters.memory.kit.tables import MemoryTable
from domain.assessment.attempts import QuizAttempt

ATTEMPTS = MemoryTable[UUID, QuizAttempt]("attempts")
