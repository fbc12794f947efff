"""What follows from an erasure."""

from __future__ import annotations

from collections.abc import Sequence

from application.audit.ports import Disclosures
from application.kernel.access import Actor
from application.kernel.reactions import reacts
from domain.people.user_events import UserErased


@reacts(UserErased)
async def forget_disclosures(events: Sequence[UserErased], actor: Actor, disclosures: Disclosures) -> None:
    """Addresses and request ids in audit entries of people who were erased are erased; the entries stay provable."""
    await disclosures.forget([event.user_id for event in events])
