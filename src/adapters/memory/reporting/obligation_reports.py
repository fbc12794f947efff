"""Counting and comparing obligations, in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from adapters.memory.compliance.obligation_reader import MemoryObligationReader
from adapters.memory.compliance.obligation_states import StateRow
from adapters.memory.compliance.requirements import REQUIREMENTS
from adapters.memory.kit.store import MemoryStore
from adapters.memory.people.locations import LOCATIONS
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.compliance.obligations.lists import ALL_OBLIGATIONS, AsOf, ObligationFilter, VisiblePeople
from application.compliance.ports import ObligationKey
from application.reporting.obligation_rows import (
    ChangeRow,
    ComplianceCounts,
    Counted,
    Grouping,
    ObligationReports,
    compliance_row,
    in_report_order,
)
from application.reporting.report import RuleUsed, UsedRulesReader
from domain.compliance.obligations import ObligationState


@serves(ObligationReports)
class MemoryObligationReports:
    """Implements application.reporting.obligation_rows.ObligationReports."""

    def __init__(self, store: MemoryStore) -> None:
        self._obligations = MemoryObligationReader(store)
        self._requirements = store.table(REQUIREMENTS)
        self._locations = store.table(LOCATIONS)
        self._users = store.table(USERS)

    async def counts(
        self, visible: VisiblePeople, as_of: AsOf, where: ObligationFilter, by: Sequence[Grouping]
    ) -> ComplianceCounts:
        groups: dict[tuple[Any, ...], list[StateRow]] = defaultdict(list)
        found = list(self._obligations.rows(visible, as_of, where))
        for row in found:
            groups[self._group(row, by)].append(row)
        counted = in_report_order(
            compliance_row(
                group, len({row.obligation.user_id for row in rows}), Counter(row.state.label for row in rows)
            )
            for group, rows in groups.items()
        )
        return ComplianceCounts(counted, _used(found, self._requirements))

    async def due_days(self, visible: VisiblePeople, as_of: AsOf, where: ObligationFilter, last: date) -> list[Counted]:
        rows = self._obligations.rows(visible, as_of, where)
        counts = Counter(
            (row.state.due_on, row.obligation.requirement_id)
            for row in rows
            if row.state.due_on is not None and as_of.day <= row.state.due_on <= last
        )
        named = {(day, *self._named(requirement_id)): count for (day, requirement_id), count in counts.items()}
        return [Counted(*key, count) for key, count in sorted(named.items(), key=lambda each: (each[0][0], each[0][2]))]

    async def changes(
        self, visible: VisiblePeople, day: date, known_from: datetime, known_to: datetime, where: ObligationFilter
    ) -> list[ChangeRow]:
        before, after = (
            {row.obligation: row.state for row in self._obligations.rows(visible, AsOf(day, moment), where)}
            for moment in (known_from, known_to)
        )
        changed = [each for each in sorted(before.keys() | after.keys()) if before.get(each) is not after.get(each)]
        return [self._change(each, before.get(each), after.get(each)) for each in changed]

    def _change(
        self, obligation: ObligationKey, before: ObligationState | None, after: ObligationState | None
    ) -> ChangeRow:
        user = self._users.by_key[obligation.user_id]
        return ChangeRow(
            *(user.id, user.employee_id, user.full_name),
            *self._named(obligation.requirement_id),
            *((None, None, None) if before is None else (before.label, before.due_on, before.met_on)),
            *((None, None, None) if after is None else (after.label, after.due_on, after.met_on)),
        )

    def _group(self, row: StateRow, by: Sequence[Grouping]) -> tuple[Any, ...]:
        state = row.state
        place = self._locations.peek(state.location_id) if state.location_id else None
        return (
            *((state.location_id, place and place.name) if Grouping.LOCATION in by else (None, None)),
            state.department if Grouping.DEPARTMENT in by else None,
            *(self._named(row.obligation.requirement_id) if Grouping.REQUIREMENT in by else (None, None, None)),
        )

    def _named(self, requirement_id: UUID) -> tuple[UUID, str, str]:
        requirement = self._requirements.by_key[requirement_id]
        return requirement.id, requirement.code, requirement.title


@serves(UsedRulesReader)
class MemoryUsedRulesReader:
    """Implements application.reporting.report.UsedRulesReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._obligations = MemoryObligationReader(store)
        self._requirements = store.table(REQUIREMENTS)

    async def used(self, visible: VisiblePeople, as_of: AsOf) -> list[RuleUsed]:
        return _used(self._obligations.rows(visible, as_of, ALL_OBLIGATIONS), self._requirements)


def _used(rows: Iterable[StateRow], requirements: Any) -> list[RuleUsed]:
    used = {(row.obligation.requirement_id, row.state.version) for row in rows}
    found = [RuleUsed(each, requirements.by_key[each].code, version) for each, version in used]
    return sorted(found, key=lambda rule: (rule.requirement_code, rule.requirement_version))
