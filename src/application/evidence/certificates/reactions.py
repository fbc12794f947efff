"""A training record earns a certificate."""

from __future__ import annotations

from collections.abc import Sequence

from application.evidence.ports import Certificates, Serials
from application.kernel.access import Actor
from application.kernel.ports import Clock
from application.kernel.reactions import reacts
from domain.evidence.certificates import Certificate
from domain.evidence.record_events import TrainingRecorded


@reacts(TrainingRecorded)
async def certify(
    events: Sequence[TrainingRecorded], actor: Actor, certificates: Certificates, serials: Serials, clock: Clock
) -> None:
    """Each record of training given here earns a certificate, online and classroom alike."""
    now = clock.now()
    earned = [Certificate.issue(serials.new(), event, now=now) for event in events if event.earns_certificate]
    if earned:
        await certificates.add_many(earned)
