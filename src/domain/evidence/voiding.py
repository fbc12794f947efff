"""Voiding records: a wrong record is kept, and no longer counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import Conflict
from domain.kernel.oversight import require_other
from domain.kernel.values import Text, enforce

VoidReason = Annotated[str, Text(1_000)]


class RecordIsVoid(Conflict):
    slug = "record-void"
    title = "The record is void"
    sentence = "The record was voided before, and that is final."


@dataclass(frozen=True, slots=True)
class RecordVoided(DomainEvent):
    """A record was declared void: it no longer counts."""

    record_id: UUID
    """The record."""
    user_id: UUID
    """Whose it is."""
    module_id: UUID | None
    """The module that it counted for, if it did for any."""

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class RecordVoid:
    """Why a record does not count, who declared it void, and when (UTC). It never changes."""

    record_id: UUID
    user_id: UUID
    module_id: UUID | None
    reason: VoidReason
    voided_by: UUID | None
    voided_at: datetime

    def __post_init__(self) -> None:
        enforce(self)

    @property
    def voided(self) -> RecordVoided:
        """The event of voiding it."""
        return RecordVoided(self.record_id, self.user_id, self.module_id)


@dataclass(frozen=True, slots=True)
class RecordStanding:
    """Whose record it is, of which module, and whether it still counts.

    `person_id` is the user who stands for that person now, after a merge another one than `user_id`.
    """

    record_id: UUID
    user_id: UUID
    module_id: UUID | None
    session_id: UUID | None
    is_void: bool
    person_id: UUID

    def void(self, reason: str, *, by: UUID | None, now: datetime) -> RecordVoid:
        """Declare the record permanently void; the record is not changed. Raises OwnTraining or RecordIsVoid."""
        require_other(by, self.person_id)
        if self.is_void:
            raise RecordIsVoid
        return RecordVoid(self.record_id, self.user_id, self.module_id, reason, by, now)
