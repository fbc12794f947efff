"""How people stand with requirements: what differs from what is computed is superseded, and what is new is added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from adapters.registry import serves
from adapters.sql.compliance.obligation_tables import CURRENT, obligation_states
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.recorded import clock, moment_of
from adapters.sql.kit.types import Moment
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.tables import users
from application.compliance.ports import ObligationKey, ObligationStates, RecordedState, due_key
from domain.compliance.obligations import ObligationState
from domain.kernel.typography import folded

STATES = obligation_states.c
FIELDS = columns_of(ObligationState, obligation_states)
NAMES = [each.name for each in fields(ObligationState)]
HEAD = (STATES.id, STATES.user_id, STATES.requirement_id)
LOCKED = select(users.c.id).where(any_of(users.c.id, "ids")).order_by(users.c.id).with_for_update(key_share=True)
FOUND = (
    select(*HEAD, *FIELDS)
    .where(CURRENT, any_of(STATES.user_id, "ids"))
    .order_by(STATES.user_id, STATES.requirement_id, STATES.from_day)
)
OF_REQUIREMENT = FOUND.where(STATES.requirement_id == bindparam("requirement_id", type_=STATES.requirement_id.type))
OF_THESE = FOUND.where(any_of(STATES.requirement_id, "requirements"))
EVER = (
    select(STATES.requirement_id, STATES.recorded_at, STATES.superseded_at, *FIELDS)
    .where(STATES.user_id == bindparam("user_id"))
    .order_by(STATES.recorded_at, STATES.from_day, STATES.id)
)
SUPERSEDE = (
    update(obligation_states).where(any_of(STATES.id, "ids")).values(superseded_at=bindparam("at", type_=Moment()))
)


@serves(ObligationStates)
class SqlObligationStates:
    """Implements application.compliance.ports.ObligationStates."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def lock(self, user_ids: Sequence[UUID]) -> None:
        session = await self._unit.session()
        if self._unit.dialect == "postgresql":  # SQLite serializes writers.
            await session.execute(LOCKED, {"ids": user_ids})

    async def current(self, user_ids: Sequence[UUID]) -> Mapping[ObligationKey, tuple[ObligationState, ...]]:
        found: dict[ObligationKey, list[ObligationState]] = defaultdict(list)
        for _, user_id, requirement_id, *state in await self._unit.fetch(FOUND, ids=user_ids):
            found[ObligationKey(user_id, requirement_id)].append(_state(state))
        return {each: tuple(states) for each, states in found.items()}

    async def of_requirement(
        self, requirement_id: UUID, user_ids: Sequence[UUID]
    ) -> Mapping[UUID, tuple[ObligationState, ...]]:
        found: dict[UUID, list[ObligationState]] = defaultdict(list)
        rows = await self._unit.fetch(OF_REQUIREMENT, requirement_id=requirement_id, ids=user_ids)
        for _, user_id, _, *state in rows:
            found[user_id].append(_state(state))
        return {each: tuple(states) for each, states in found.items()}

    async def replace(self, states: Mapping[ObligationKey, tuple[ObligationState, ...]]) -> Mapping[ObligationKey, int]:
        if not states:
            return {}
        moment, known = await self._known(states)
        old: list[UUID] = []
        new: list[dict[str, Any]] = []
        differing: dict[ObligationKey, int] = {}
        for obligation, wanted in states.items():
            held = set(known[obligation].values())
            gone = [id for id, state in known[obligation].items() if state not in wanted]
            added = [self._row(obligation, state, moment) for state in wanted if state not in held]
            if gone or added:
                differing[obligation] = len(gone) + len(added)
            old += gone
            new += added
        session = await self._unit.session()
        if old:
            await session.execute(SUPERSEDE, {"ids": old, "at": moment})
        if new:
            await self._unit.insert(obligation_states, new)
        return differing

    async def recorded(self, user_id: UUID) -> Mapping[ObligationKey, tuple[RecordedState, ...]]:
        found: dict[ObligationKey, list[RecordedState]] = defaultdict(list)
        rows = await self._unit.fetch(EVER, user_id=user_id)
        for requirement_id, recorded_at, superseded_at, *state in rows:
            recorded = RecordedState(_state(state), recorded_at, superseded_at)
            found[ObligationKey(user_id, requirement_id)].append(recorded)
        return {each: tuple(states) for each, states in found.items()}

    async def _known(
        self, obligations: Mapping[ObligationKey, Any]
    ) -> tuple[datetime, Mapping[ObligationKey, Mapping[UUID, ObligationState]]]:
        """The moment of this unit, and the current rows by id."""
        session = await self._unit.session()
        given = {
            "ids": sorted({each.user_id for each in obligations}),
            "requirements": sorted({each.requirement_id for each in obligations}),
        }
        known: dict[ObligationKey, dict[UUID, ObligationState]] = defaultdict(dict)
        for id, user_id, requirement_id, *state in await session.execute(OF_THESE, given):
            known[ObligationKey(user_id, requirement_id)][id] = _state(state)
        # One moment for both, so that there is none at which neither or both are known.
        return moment_of(self._unit.dialect, await session.scalar(clock(self._unit.dialect))), known

    @staticmethod
    def _row(obligation: ObligationKey, state: ObligationState, moment: datetime) -> dict[str, Any]:
        return {
            "user_id": obligation.user_id,
            "requirement_id": obligation.requirement_id,
            **{name: getattr(state, name) for name in NAMES},
            "label": state.label,
            "department_folded": state.department and folded(state.department),
            "due_key": due_key(state.due_on, obligation.requirement_id),
            "recorded_at": moment,
        }


def _state(values: Sequence[Any]) -> ObligationState:
    return ObligationState(**dict(zip(NAMES, values, strict=True)))
