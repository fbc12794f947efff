"""Reading how people stand with requirements, in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import fields
from uuid import UUID

from adapters.memory.compliance.obligation_states import OBLIGATION_STATES, StateRow
from adapters.memory.compliance.requirements import REQUIREMENTS
from adapters.memory.kit.store import MemoryStore
from adapters.memory.kit.tables import Place, in_order
from adapters.memory.people.locations import LOCATIONS
from adapters.memory.people.merged import person_of
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.compliance.obligations.lists import (
    ALL_OBLIGATIONS,
    BY_DUE_DAY,
    AsOf,
    ObligationFilter,
    ObligationItem,
    ObligationReader,
    VisiblePeople,
)
from application.compliance.ports import due_key
from application.kernel.messages import Cursor, Page
from domain.compliance.obligations import ObligationState
from domain.kernel.typography import is_one_of

OF_STATE = {each.name for each in fields(ObligationItem)} & {each.name for each in fields(ObligationState)}


@serves(ObligationReader)
class MemoryObligationReader:
    """Implements application.compliance.obligations.lists.ObligationReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._states = store.table(OBLIGATION_STATES)
        self._requirements = store.table(REQUIREMENTS)
        self._users = store.table(USERS)
        self._locations = store.table(LOCATIONS)

    async def page(
        self,
        visible: VisiblePeople,
        as_of: AsOf,
        after: Cursor | None,
        limit: int,
        *,
        where: ObligationFilter = ALL_OBLIGATIONS,
        total: bool = False,
    ) -> Page[ObligationItem]:
        rows = self.rows(visible, as_of, where)
        return in_order(rows, _place, self._item, after=after, limit=limit, sort=BY_DUE_DAY, total=total)

    async def batches(
        self, visible: VisiblePeople, as_of: AsOf, where: ObligationFilter
    ) -> AsyncIterator[list[ObligationItem]]:
        yield [self._item(row) for row in sorted(self.rows(visible, as_of, where), key=_place)]

    async def of_user(
        self,
        visible: VisiblePeople,
        user_id: UUID,
        as_of: AsOf,
        after: Cursor | None,
        limit: int,
        *,
        total: bool = False,
    ) -> Page[ObligationItem] | None:
        if not self.sees(visible, user_id):
            return None
        rows = [row for row in self.known(as_of) if row.obligation.user_id == user_id]
        return in_order(rows, _place, self._item, after=after, limit=limit, sort=BY_DUE_DAY, total=total)

    def rows(self, visible: VisiblePeople, as_of: AsOf, where: ObligationFilter) -> list[StateRow]:
        """Those of visible people on this day that meet all conditions."""
        return [row for row in self.known(as_of) if self.sees(visible, row.obligation.user_id) and _fits(row, where)]

    def known(self, as_of: AsOf) -> Iterator[StateRow]:
        """The rows of this day, by what was known."""
        for row in self._states.rows():
            known = row.superseded_at is None
            if as_of.known_at is not None:
                superseded = row.superseded_at is not None and row.superseded_at <= as_of.known_at
                known = row.recorded_at <= as_of.known_at and not superseded
            if known and row.state.covers(as_of.day):
                yield row

    def sees(self, visible: VisiblePeople, user_id: UUID) -> bool:
        """Whether there is such a visible user."""
        user = self._users.peek(user_id)
        if user is None or visible.scope.everyone:
            return user is not None
        place = self._locations.peek(user.location_id) if user.location_id and visible.responsible_id else None
        responsible = place and place.responsible_id and person_of(self._users, place.responsible_id)
        is_here = responsible is not None and responsible == visible.responsible_id
        return user.merged_into is None and (is_here or visible.scope.covers(user.id, user.department))

    def _item(self, row: StateRow) -> ObligationItem:
        user, requirement = (
            self._users.by_key[row.obligation.user_id],
            self._requirements.by_key[row.obligation.requirement_id],
        )
        place = self._locations.peek(row.state.location_id) if row.state.location_id else None
        responsible = self._users.peek(place.responsible_id) if place and place.responsible_id else None
        return ObligationItem(
            user_id=user.id,
            employee_id=user.employee_id,
            full_name=user.full_name,
            requirement_id=requirement.id,
            requirement_code=requirement.code,
            requirement_title=requirement.title,
            requirement_version=row.state.version,
            location_name=None if place is None else place.name,
            responsible_id=None if place is None else place.responsible_id,
            responsible_name=None if responsible is None else responsible.full_name,
            label=row.state.label,
            **{name: getattr(row.state, name) for name in OF_STATE},
        )


def _place(row: StateRow) -> Place:
    return due_key(row.state.due_on, row.obligation.requirement_id), row.obligation.user_id


def _fits(row: StateRow, where: ObligationFilter) -> bool:
    state = row.state
    return (
        (not where.labels or state.label in where.labels)
        and (not where.fulfillments or state.fulfillment in where.fulfillments)
        and (not where.timings or state.timing in where.timings)
        and (not where.reliefs or state.relief in where.reliefs)
        and (not where.requirement_ids or row.obligation.requirement_id in where.requirement_ids)
        and (not where.user_ids or row.obligation.user_id in where.user_ids)
        and (not where.location_ids or state.location_id in where.location_ids)
        and (not where.departments or is_one_of(state.department, where.departments))
        and (not where.tasks or not {*where.tasks}.isdisjoint(state.blocks))
        and (where.due_before is None or (state.due_on is not None and state.due_on < where.due_before))
        and (where.ends_by is None or (state.valid_until is not None and state.valid_until <= where.ends_by))
        and (not where.is_exceptional or bool(state.exceptions))
    )
