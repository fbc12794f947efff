"""What counts for requirements of what people have done: records of training, as far as rules need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from domain.compliance.evidence_fields import RecordedFacts
from domain.compliance.facts import Proof
from domain.evidence.persons import Trainer
from domain.evidence.record_events import Delivery, TrainingFormat

CENT = Decimal("0.01")


class Proofs(Protocol):
    """Proofs as this unit of work has left them. Void records and those of revoked certificates are none.

    What was recorded under the id of a user who was merged into another one is that one's.
    """

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[Proof, ...]]:
        """Those of these people who have any, by day, in one statement."""


class KnownProofs(Proofs, Protocol):
    """Proofs for queries, which have no unit of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTraining:
    """A record as far as rules need it. The categories of its hours are its own, then the tags of its module now."""

    id: UUID
    valid_from: date
    module_id: UUID | None
    version_number: int | None
    tags: Sequence[str] | None
    categories: Sequence[str]
    format: TrainingFormat | None
    delivery: Delivery
    full_name: str | None
    job_title: str | None
    summary: str
    trainers: Sequence[Trainer]
    issuer: str | None
    credit_hours: float | None
    score: float | None

    @property
    def proof(self) -> Proof:
        """The proof that it is. Training whose format is not known is not taken for live."""
        hours = None if self.credit_hours is None else Decimal(repr(self.credit_hours)).quantize(CENT)
        return Proof(
            self.id,
            self.valid_from,
            self.module_id,
            self.version_number,
            hours=hours or None,
            categories=(*self.categories, *(self.tags or ())),
            live=self.format is not None and self.format.is_live,
            lacks=self._said.lacks,
        )

    @property
    def _said(self) -> RecordedFacts:
        return RecordedFacts(
            is_online=self.delivery is Delivery.ONLINE,
            is_elsewhere=self.delivery is Delivery.EXTERNAL,
            full_name=self.full_name,
            job_title=self.job_title,
            summary=self.summary,
            qualifications=[each.qualifications for each in self.trainers],
            issuer=self.issuer,
            credit_hours=self.credit_hours,
            score=self.score,
        )
