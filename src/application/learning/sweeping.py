"""Settling all enrollments that are due."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.schedule import scheduled
from application.learning.settling import DueEnrollment, ListDue, SettleEnrollment
from domain.kernel.schedules import Due, Every

log = logging.getLogger("unified_dental.sweep")


@dataclass(frozen=True, slots=True)
class Swept:
    """How many enrollments a sweep settled, and how many it could not settle; the next sweep tries those again."""

    settled: int
    failed: int


async def sweep(bus: Bus, advance: Callable[[int], None] = lambda count: None) -> Swept:
    """Settle every due enrollment, each in a separate unit of work, so that none delays another.

    Several processes may do so at once: what one has settled is no longer due for the other. `advance` is called
    with how many have been done. Raises StoreUnavailable when even what is due cannot be read.
    """
    settled = failed = 0
    last: DueEnrollment | None = None
    while due := await bus.ask(ListDue(last), Actor.system()):
        for last in due:
            try:
                await bus.execute(SettleEnrollment(last.module_id, last.user_id), Actor.system())
                settled += 1
            except Exception:
                failed += 1
                log.exception("the enrollment of %s in %s was not settled", last.user_id, last.module_id)
                # Continuing after it shows whether only this one fails, for example because it is locked, or all.
                break
            finally:
                advance(1)
    return Swept(settled, failed)


@scheduled("sweep-enrollments", Every(timedelta(minutes=1)))
async def sweep_every_minute(due: Due, actor: Actor, bus: Bus) -> None:
    """Enrollments that are due are settled, also those of people whom no request has been about."""
    await sweep(bus)
