"""Cycles: each repetition of a module, granted by somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from domain.kernel.values import Text, enforce

GrantReason = Annotated[str, Text(1_000)]


@dataclass(frozen=True, slots=True)
class CycleGrant:
    """Why somebody repeats a module, who granted it, and when (UTC). It never changes.

    `number` counts from 1 for each person and module. Attempts at the module's quizzes count from the newest grant;
    withdrawing and enrolling again do not reset them.
    """

    module_id: UUID
    user_id: UUID
    number: int
    cycle_id: UUID
    version_number: int
    reason: GrantReason
    granted_by: UUID | None
    granted_at: datetime

    def __post_init__(self) -> None:
        enforce(self)
