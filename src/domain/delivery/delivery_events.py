"""Events of deliveries. Attempts leave none: they are kept with the delivery, and would be delivered in turn."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.kernel.aggregate import DomainEvent


@dataclass(frozen=True, slots=True)
class DeliveriesReplayed(DomainEvent):
    """An operator had finished deliveries sent again."""

    batch_id: UUID
    """The batch; for a single delivery, the delivery's id"""
    delivery_ids: tuple[UUID, ...]
    """The deliveries"""

    @property
    def subject_id(self) -> UUID:
        return self.batch_id
