"""Marks of what must be computed again, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.compliance.requirements import REQUIREMENTS
from adapters.memory.evidence.tables import RECORDS
from adapters.memory.kit.store import MemoryUnit
from adapters.memory.kit.tables import MemoryTable
from adapters.memory.people.histories import POSITIONS
from adapters.memory.people.job_codes import JOB_TITLES
from adapters.memory.people.location_names import LOCATION_NAMES
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.compliance.obligations.ports import Mark, Recomputations
from domain.people.meanings import text_key

RECOMPUTATIONS = MemoryTable[UUID, Mark]("recomputations")


@serves(Recomputations)
class MemoryRecomputations:
    """Implements application.compliance.obligations.ports.Recomputations."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._marks = unit.draft(RECOMPUTATIONS)
        self._requirements = unit.draft(REQUIREMENTS)
        self._names = unit.draft(LOCATION_NAMES.facts)
        self._titles = unit.draft(JOB_TITLES.facts)
        self._positions = unit.draft(POSITIONS)
        self._records = unit.draft(RECORDS)
        self._users = unit.draft(USERS)

    async def are_needed(self) -> bool:
        return any(version.is_approved for each in self._requirements.rows() for version in each.versions)

    async def hold_rules(self) -> None:
        """Nothing to do: units of work are serialized."""

    async def hold_alone(self) -> None:
        """Nothing to do: units of work are serialized."""

    async def leave(self, marks: Sequence[Mark]) -> None:
        for each in marks:
            self._marks.put(each.id, each)

    async def claim(self, now: datetime, but: Collection[UUID] = ()) -> Mark | None:
        due = (each for each in self._marks.rows() if each.due_at <= now and each.id not in but)
        return min(due, key=lambda each: (each.due_at, each.id), default=None)

    async def finish(self, mark: Mark) -> None:
        self._marks.remove(mark.id)

    async def with_texts(
        self, names: Collection[UUID], titles: Collection[UUID], locations: Collection[UUID]
    ) -> list[UUID]:
        places = {each.text_key for each in self._names.rows() if each.id in names or each.target in locations}
        codes = {each.text_key for each in self._titles.rows() if each.id in titles}
        return sorted(
            {
                each.user_id
                for each in self._positions.rows()
                if (each.location and text_key(each.location) in places)
                or (each.job_title and text_key(each.job_title) in codes)
            }
        )

    async def with_records(self, modules: Collection[UUID]) -> list[UUID]:
        return sorted({each.person.user_id for each in self._records.rows() if each.training.module_id in modules})

    async def everybody(
        self, after: UUID | None = None, limit: int | None = None, until: UUID | None = None
    ) -> list[UUID]:
        everybody = sorted(each.id for each in self._users.rows())
        return [each for each in everybody if (after is None or each > after) and (until is None or each <= until)][
            :limit
        ]
