"""Keeping the reports up to date."""

from __future__ import annotations

from dataclasses import dataclass

from application.access import Actor, the_system
from application.bus import handles
from application.messages import Command
from application.ports import Reporting


@dataclass(frozen=True, slots=True)
class RefreshReports(Command[None]):
    """Count again."""


@handles(RefreshReports, allow=the_system, internal=True)
async def refresh_reports(command: RefreshReports, actor: Actor, reporting: Reporting) -> None:
    """The service and its operators refresh the reporting views; readers are not blocked meanwhile."""
    await reporting.refresh()
