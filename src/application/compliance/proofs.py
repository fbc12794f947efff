"""What counts for requirements of what people have done: records of training, as far as rules need them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from domain.compliance.facts import Proof
from domain.evidence.record_events import Delivery

CENT = Decimal("0.01")


class Proofs(Protocol):
    """Proofs as this unit of work has left them. Void records and those of revoked certificates are none.

    What was recorded under the id of a user who was merged into another one is that one's.
    """

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[Proof, ...]]:
        """Those of these people who have any, by day, in one statement."""


class ProofReader(Proofs, Protocol):
    """Proofs for queries, which have no unit of work."""


def proof_of_record(
    record_id: UUID,
    day: date,
    module_id: UUID | None,
    version_number: int | None,
    credit_hours: float | None,
    delivery: Delivery,
    tags: Sequence[str] | None,
) -> Proof:
    """The proof that a record is, with the tags that the module has now as the categories of its hours.

    A class has a teacher present; of training from elsewhere that is not known.
    """
    hours = None if credit_hours is None else Decimal(repr(credit_hours)).quantize(CENT)
    return Proof(
        record_id,
        day,
        module_id,
        version_number,
        hours=hours or None,
        categories=tuple(tags or ()),
        live=delivery is Delivery.CLASSROOM,
    )
