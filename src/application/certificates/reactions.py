"""A training record earns its certificate."""

from __future__ import annotations

from collections.abc import Sequence

from application.access import Actor
from application.ports import Certificates, Clock, Serials
from application.reactions import reacts
from domain.certificates import Certificate
from domain.records import TrainingRecorded


@reacts(TrainingRecorded)
async def certify(
    events: Sequence[TrainingRecorded], actor: Actor, certificates: Certificates, serials: Serials, clock: Clock
) -> None:
    """Training that we gave earns a certificate, online and in the classroom alike."""
    now = clock.now()
    earned = [Certificate.issue(serials.new(), event, now=now) for event in events if event.earns_certificate]
    if earned:
        await certificates.add_many(earned)
