"""Carrying out what is due, whoever looks or does not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from application.access import Actor
from application.bus import Bus
from application.learning.settling import DueEnrollment, ListDue, SettleEnrollment
from domain.errors import DomainError

log = logging.getLogger("unified_dental.sweep")


@dataclass(frozen=True, slots=True)
class Swept:
    """How many enrollments a sweep has settled, and how many it could not; the next one finds those again."""

    settled: int
    failed: int


async def sweep(bus: Bus, advance: Callable[[int], None] = lambda count: None) -> Swept:
    """Settle every enrollment that is due, each in a unit of work of its own, so that none holds up another.

    Several processes may do so at once: what one has settled is no longer due for the other. `advance` is told how
    many have been done. Raises StoreUnavailable.
    """
    settled = failed = 0
    last: DueEnrollment | None = None
    while due := await bus.ask(ListDue(last), Actor.system()):
        for each in due:
            try:
                await bus.execute(SettleEnrollment(each.module_id, each.user_id), Actor.system())
                settled += 1
            except DomainError:
                failed += 1
                log.exception("the enrollment of %s in %s was not settled", each.user_id, each.module_id)
            advance(1)
        last = due[-1]
    return Swept(settled, failed)
