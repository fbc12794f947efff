"""How people stand with requirements, in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.kit.tables import MemoryTable
from adapters.registry import serves
from application.compliance.ports import ObligationKey, ObligationStates, RecordedState
from domain.compliance.obligations import ObligationState


@dataclass(frozen=True, slots=True)
class StateRow(RecordedState):
    """A recorded state with whose it is."""

    obligation: ObligationKey

    @property
    def key(self) -> tuple[ObligationKey, date, datetime]:
        return self.obligation, self.state.from_day, self.recorded_at


OBLIGATION_STATES = MemoryTable[tuple[ObligationKey, date, datetime], StateRow]("obligation_states")


@serves(ObligationStates)
class MemoryObligationStates:
    """Implements application.compliance.ports.ObligationStates."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._unit = unit
        self._rows = unit.draft(OBLIGATION_STATES)

    async def lock(self, user_ids: Sequence[UUID]) -> None:
        """Nothing to do: units of work are serialized."""

    async def current(self, user_ids: Sequence[UUID]) -> Mapping[ObligationKey, tuple[ObligationState, ...]]:
        found: dict[ObligationKey, list[ObligationState]] = defaultdict(list)
        for row in self._current(set(user_ids)):
            found[row.obligation].append(row.state)
        return {each: tuple(sorted(states, key=lambda state: state.from_day)) for each, states in sorted(found.items())}

    async def of_requirement(
        self, requirement_id: UUID, user_ids: Sequence[UUID]
    ) -> Mapping[UUID, tuple[ObligationState, ...]]:
        found = await self.current(user_ids)
        return {each.user_id: states for each, states in found.items() if each.requirement_id == requirement_id}

    async def replace(self, states: Mapping[ObligationKey, tuple[ObligationState, ...]]) -> Mapping[ObligationKey, int]:
        known = [row for row in self._current({each.user_id for each in states}) if row.obligation in states]
        old = [row for row in known if row.state not in states[row.obligation]]
        held = {(row.obligation, row.state) for row in known}
        new = [(each, state) for each, wanted in states.items() for state in wanted if (each, state) not in held]
        for row in old:
            self._rows.put(row.key, replace(row, superseded_at=self._unit.moment))
        for obligation, state in new:
            row = StateRow(state, self._unit.moment, None, obligation)
            self._rows.put(row.key, row)
        return Counter([row.obligation for row in old] + [obligation for obligation, _ in new])

    async def recorded(self, user_id: UUID) -> Mapping[ObligationKey, tuple[RecordedState, ...]]:
        found: dict[ObligationKey, list[RecordedState]] = defaultdict(list)
        rows = [row for row in self._rows.rows() if row.obligation.user_id == user_id]
        for row in sorted(rows, key=lambda row: (row.recorded_at, row.state.from_day)):
            found[row.obligation].append(RecordedState(row.state, row.recorded_at, row.superseded_at))
        return {each: tuple(states) for each, states in found.items()}

    def _current(self, user_ids: set[UUID]) -> list[StateRow]:
        return [row for row in self._rows.rows() if row.superseded_at is None and row.obligation.user_id in user_ids]
