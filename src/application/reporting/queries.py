"""Reports, read from views made for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, Scope, overseers, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Query
from application.kernel.ports import Clock


@dataclass(slots=True)
class DepartmentParticipation:
    """How many people of a department are enrolled, and how many of them are active; null means no department."""

    department: str | None
    enrolled: int
    active: int


@dataclass(slots=True)
class ModuleParticipation:
    """How many people are enrolled in a module, how many of them are active, and both by department."""

    module_id: UUID
    slug: str
    title: str
    enrolled: int
    active: int
    departments: list[DepartmentParticipation]


@dataclass(slots=True)
class ParticipationReport:
    """Every module that someone is enrolled in, in order of slug, counted as it was at the time of `as_of`."""

    as_of: datetime
    items: list[ModuleParticipation]


@dataclass(frozen=True, slots=True)
class Participation:
    """What was counted, and when; None stands for counts that are always those of now."""

    counted_at: datetime | None
    items: list[ModuleParticipation]


class ParticipationReader(Protocol):
    """Reads the view `module_participation` with one statement per call."""

    async def report(self, scope: Scope) -> Participation:
        """Of the departments within the scope, as of the last refresh on PostgreSQL, as of now elsewhere."""


@dataclass(frozen=True, slots=True)
class ReadParticipation(Query[ParticipationReport]):
    """How many people are enrolled in each module."""


@handles(ReadParticipation, allow=overseers)
async def read_participation(
    query: ReadParticipation, actor: Actor, participation: ParticipationReader, clock: Clock
) -> ParticipationReport:
    """Show participation counts: managers see their departments, compliance officers and administrators all.

    `as_of` is the time of the count. On PostgreSQL it is renewed every minute.
    """
    found = await participation.report(scope_of(actor))
    return ParticipationReport(found.counted_at or clock.now(), found.items)
