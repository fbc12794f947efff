"""Reports in memory, computed each time."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from adapters.memory.catalogue.tables import MODULES
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.learning.tables import ENROLLMENTS
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.kernel.access import Scope
from application.reporting.ports import Reporting
from application.reporting.queries import (
    DepartmentParticipation,
    ModuleParticipation,
    Participation,
    ParticipationReader,
)
from domain.catalogue.modules import TrainingModule
from domain.people.users import User


@serves(Reporting)
class MemoryReporting:
    """Implements application.reporting.ports.Reporting."""

    def __init__(self, unit: MemoryUnit) -> None:
        """Needs nothing of the unit."""

    async def refresh(self, now: datetime) -> None:
        """Nothing to do: the reports are always current."""

    async def refresh_if_due(self, now: datetime, *, since: datetime) -> None:
        """Nothing to do."""


@serves(ParticipationReader)
class MemoryParticipationReader:
    """Implements application.reporting.queries.ParticipationReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._enrollments = store.table(ENROLLMENTS)
        self._modules = store.table(MODULES)
        self._users = store.table(USERS)

    async def report(self, scope: Scope) -> Participation:
        people: dict[UUID, list[User]] = defaultdict(list)
        for module_id, user_id in self._enrollments.by_key:
            user = self._users.by_key[user_id]
            if user.merged_into is None and (scope.everyone or user.department in scope.departments):
                people[module_id].append(user)
        items = [_count(self._modules.by_key[module_id], users) for module_id, users in people.items()]
        return Participation(None, sorted(items, key=lambda item: item.slug))


def _count(module: TrainingModule, users: list[User]) -> ModuleParticipation:
    departments: dict[str | None, DepartmentParticipation] = {}
    for user in users:
        count = departments.setdefault(user.department, DepartmentParticipation(user.department, 0, 0))
        count.enrolled += 1
        count.active += user.is_active
    return ModuleParticipation(
        module.id,
        module.slug,
        module.title,
        enrolled=len(users),
        active=sum(user.is_active for user in users),
        departments=sorted(departments.values(), key=lambda count: (count.department is None, count.department or "")),
    )
