"""Relief: requests and decisions, added by units of work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, Uuid, bindparam, select, update

from adapters.registry import serves
from adapters.sql.compliance.relief_rows import DECIDED, REQUEST, UNTIL, decided, relief_of, whole
from adapters.sql.compliance.relief_tables import relief_decisions, relief_decrees, reliefs
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.recorded import clock, moment_of
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.merged import ids_of
from application.compliance.relief.ports import Reliefs
from domain.compliance.facts import GrantedRelief, in_order
from domain.compliance.relief import Relief, ReliefDecision, ReliefNotFound, ReliefOutcome, as_granted
from domain.compliance.relief_decrees import DecreeNotFound, ReliefDecree

MANY = 500
"""So many rows take longer than a command usually may."""
ONE = whole(reliefs.c.id == bindparam("relief_id", type_=Uuid()))
OF_DECREE = whole(reliefs.c.decree_id == bindparam("decree_id", type_=Uuid()))
LOCKED = select(reliefs.c.id).where(any_of(reliefs.c.id, "ids")).order_by(reliefs.c.id).with_for_update()
LOCKED_OF_DECREE = (
    select(reliefs.c.id)
    .where(reliefs.c.decree_id == bindparam("decree_id", type_=Uuid()))
    .order_by(reliefs.c.id)
    .with_for_update()
)
OF_USERS = whole(any_of(reliefs.c.user_id, "ids"))
IDS = ids_of("ids")
EARLIER = whole(
    reliefs.c.user_id.in_(select(IDS.c.user_id)),
    reliefs.c.requirement_id == bindparam("requirement_id", type_=Uuid()),
)
DECREE = select(*columns_of(ReliefDecree, relief_decrees)).where(
    relief_decrees.c.id == bindparam("decree_id", type_=Uuid())
)
GRANTED = (
    select(IDS.c.person_id, reliefs.c.requirement_id, reliefs.c.id, reliefs.c.kind, reliefs.c.from_day, UNTIL)
    .select_from(DECIDED.join(IDS, IDS.c.user_id == reliefs.c.user_id))
    .where(decided.c.outcome == ReliefOutcome.APPROVED)
)


@serves(Reliefs)
class SqlReliefs:
    """Implements application.compliance.relief.ports.Reliefs."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def get(self, relief_id: UUID) -> Relief:
        await self._lock(LOCKED, ids=[relief_id])
        for relief in relief_of(await self._unit.fetch(ONE, relief_id=relief_id)):
            return relief
        raise ReliefNotFound

    async def decree(self, decree_id: UUID) -> ReliefDecree:
        rows = await self._unit.fetch(DECREE, decree_id=decree_id)
        if not rows:
            raise DecreeNotFound
        return ReliefDecree(*rows[0])

    async def of_decree(self, decree_id: UUID) -> list[Relief]:
        await self._lock(LOCKED_OF_DECREE, decree_id=decree_id)
        return relief_of(await self._unit.fetch(OF_DECREE, decree_id=decree_id))

    async def of_users(self, user_ids: Sequence[UUID]) -> list[Relief]:
        return relief_of(await self._unit.fetch(OF_USERS, ids=user_ids))

    async def earlier(self, requirement_id: UUID, user_ids: Sequence[UUID]) -> Mapping[UUID, list[Relief]]:
        found: dict[UUID, list[Relief]] = defaultdict(list)
        for relief in relief_of(await self._unit.fetch(EARLIER, ids=user_ids, requirement_id=requirement_id)):
            found[relief.person_id].append(relief)
        return found

    async def add(self, many: Sequence[Relief]) -> None:
        await self._insert(reliefs, list(map(_request, many)))

    async def add_decree(self, decree: ReliefDecree) -> None:
        names = [column.name for column in relief_decrees.c if column.name != "recorded_at"]
        await self._insert(relief_decrees, [{name: getattr(decree, name) for name in names}])

    async def save(self, many: Sequence[Relief]) -> None:
        written = [decision for each in many for decision in each.written]
        await self._insert(relief_decisions, [_row(decision) for decision in written])
        for each in many:
            each.written.clear()

    async def granted(self, user_ids: Sequence[UUID]) -> Mapping[tuple[UUID, UUID], tuple[GrantedRelief, ...]]:
        found: dict[tuple[UUID, UUID], list[GrantedRelief]] = defaultdict(list)
        for person_id, requirement_id, *what in await self._unit.fetch(GRANTED, ids=user_ids):
            if (relief := as_granted(*what)) is not None:
                found[person_id, requirement_id].append(relief)
        return {whose: tuple(in_order(some)) for whose, some in found.items()}

    async def forget_notes(self, user_ids: Sequence[UUID]) -> list[Relief]:
        session = await self._unit.session()
        await session.flush()
        noted = [each for each in await self.of_users(user_ids) if each.has_notes]
        if noted:
            for table in (reliefs, relief_decisions):
                having = (any_of(table.c.user_id, "ids"), table.c.note != "")
                await session.execute(update(table).where(*having).values(note=""), {"ids": user_ids})
        return noted

    async def _lock(self, some: Select[Any], **parameters: Any) -> None:
        """In a statement of its own: the next one sees what others have decided until then."""
        if self._unit.dialect == "postgresql":  # SQLite serializes writers.
            await (await self._unit.session()).execute(some, parameters)

    async def _insert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        if len(rows) > MANY:
            await self._unit.session(long=True)
        if self._unit.dialect != "postgresql":
            session = await self._unit.session()
            at = moment_of(self._unit.dialect, await session.scalar(clock(self._unit.dialect)))
            rows = [{**row, "recorded_at": at} for row in rows]
        await self._unit.insert(table, rows)


def _request(relief: Relief) -> dict[str, Any]:
    # What was requested stays; later decisions do not change it.
    return {name: getattr(relief, name) for name in REQUEST} | {"until": relief.requested_until}


def _row(decision: ReliefDecision) -> dict[str, Any]:
    return {
        column.name: getattr(decision, column.name) for column in relief_decisions.c if column.name != "recorded_at"
    }
