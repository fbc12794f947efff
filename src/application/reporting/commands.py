"""Keeping the reports up to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from application.kernel.access import Actor, the_system
from application.kernel.bus import Bus
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock
from application.kernel.schedule import scheduled
from application.reporting.ports import Reporting
from domain.kernel.schedules import Due, Every


@dataclass(frozen=True, slots=True)
class RefreshReports(Command[None]):
    """Count again; when `seconds` is given, only what was not counted within so many seconds and by nobody else now."""

    seconds: float | None = None


@handles(RefreshReports, allow=the_system, internal=True)
async def refresh_reports(command: RefreshReports, actor: Actor, reporting: Reporting, clock: Clock) -> None:
    """The service and its operators refresh the reporting views; readers are not blocked meanwhile."""
    now = clock.now()
    if command.seconds is None:
        await reporting.refresh(now)
    else:
        await reporting.refresh_if_due(now, since=now - timedelta(seconds=command.seconds))


@scheduled("refresh-reports", Every(timedelta(minutes=1)))
async def refresh_every_minute(due: Due, actor: Actor, bus: Bus) -> None:
    """The reporting views are counted again, unless somebody has just done so."""
    await bus.execute(RefreshReports(seconds=30), actor)
