"""Marks of what must be computed again: a queue from which each process takes what no other has taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Select, Table, Uuid, bindparam, delete, insert, literal, or_, select

from adapters.registry import serves
from adapters.sql.compliance.requirement_tables import requirement_versions
from adapters.sql.evidence.tables import records
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.schema import identity, may, metadata
from adapters.sql.kit.types import Moment, UuidArray
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.history_tables import positions
from adapters.sql.people.job_code_tables import job_titles
from adapters.sql.people.location_names import location_names
from adapters.sql.people.tables import users
from application.compliance.obligations.ports import Mark, Recomputations

RULES = 0x5544_524C
"""The advisory lock for what everybody's obligations depend on; any number that nothing else in the database uses."""
HAS_RULES = "rules"
"""What is known of the database: approved versions never disappear."""

recomputations = Table(
    "recomputations",
    metadata,
    identity(),
    Column("due_at", Moment(), nullable=False),
    # Nobody: it is about everybody.
    Column("user_ids", UuidArray(), nullable=False),
    # NULL: all requirements.
    Column("requirement_id", Uuid()),
    info=may("UPDATE", "DELETE"),
)
Index("ix_recomputations_due_at", recomputations.c.due_at, recomputations.c.id)

MARKS = recomputations.c
ANY_RULE = select(literal(1)).select_from(requirement_versions).limit(1)
NEXT = (
    select(MARKS.id, MARKS.due_at, MARKS.user_ids, MARKS.requirement_id)
    .where(MARKS.due_at <= bindparam("now", type_=Moment()), ~any_of(MARKS.id, "but"))
    .order_by(MARKS.due_at, MARKS.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
DONE = delete(recomputations).where(MARKS.id == bindparam("mark_id", type_=Uuid()))


def _with_texts() -> Select[Any]:
    named = select(location_names.c.text_key).where(
        or_(any_of(location_names.c.id, "names"), any_of(location_names.c.location_id, "locations"))
    )
    titled = select(job_titles.c.text_key).where(any_of(job_titles.c.id, "titles"))
    return (
        select(positions.c.user_id)
        .where(or_(positions.c.location_folded.in_(named), positions.c.job_title_folded.in_(titled)))
        .distinct()
        .order_by(positions.c.user_id)
    )


WITH_TEXTS = _with_texts()
WITH_RECORDS = (
    select(records.c.user_id).where(any_of(records.c.module_id, "modules")).distinct().order_by(records.c.user_id)
)
EVERYBODY = select(users.c.id).order_by(users.c.id)


@serves(Recomputations)
class SqlRecomputations:
    """Implements application.compliance.obligations.ports.Recomputations."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def are_needed(self) -> bool:
        known = self._unit.known
        if not known.get(HAS_RULES):
            known[HAS_RULES] = bool(await self._unit.peek(ANY_RULE))
        return known[HAS_RULES]

    async def hold_rules(self) -> None:
        await self._unit.hold(RULES, shared=True)

    async def leave(self, marks: Sequence[Mark]) -> None:
        if any(each.is_about_everybody for each in marks):
            await self.hold_alone()
        if marks:
            rows = [
                {"id": each.id, "due_at": each.due_at, "user_ids": each.user_ids, "requirement_id": each.requirement_id}
                for each in marks
            ]
            await (await self._unit.session()).execute(insert(recomputations), rows)

    async def hold_alone(self) -> None:
        await self._unit.hold(RULES)

    async def claim(self, now: datetime, but: Collection[UUID] = ()) -> Mark | None:
        session = await self._unit.session()
        row = (await session.execute(NEXT, {"now": now, "but": sorted(but)})).first()
        return None if row is None else Mark(*row)

    async def finish(self, mark: Mark) -> None:
        await (await self._unit.session()).execute(DONE, {"mark_id": mark.id})

    async def with_texts(
        self, names: Collection[UUID], titles: Collection[UUID], locations: Collection[UUID]
    ) -> list[UUID]:
        session = await self._unit.session()
        await session.flush()
        given = {"names": sorted(names), "titles": sorted(titles), "locations": sorted(locations)}
        return list(await session.scalars(WITH_TEXTS, given))

    async def with_records(self, modules: Collection[UUID]) -> list[UUID]:
        return list(await (await self._unit.session()).scalars(WITH_RECORDS, {"modules": sorted(modules)}))

    async def everybody(
        self, after: UUID | None = None, limit: int | None = None, until: UUID | None = None
    ) -> list[UUID]:
        statement = EVERYBODY if after is None else EVERYBODY.where(users.c.id > after)
        statement = statement if until is None else statement.where(users.c.id <= until)
        session = await self._unit.session()
        await session.flush()
        return list(await session.scalars(statement if limit is None else statement.limit(limit)))
