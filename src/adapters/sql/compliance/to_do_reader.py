"""What people have to do, and which tasks they may do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, and_, bindparam, cast, select, union

from adapters.registry import serves
from adapters.sql.catalogue.tables import modules, versions
from adapters.sql.compliance.obligation_reader import (
    DAY,
    ON_DAY,
    STATES,
    WHO,
    is_visible,
    only_visible,
    visible_flags,
    visible_parameters,
)
from adapters.sql.compliance.obligation_tables import CURRENT, obligation_states
from adapters.sql.compliance.requirement_tables import requirement_versions, requirements
from adapters.sql.compliance.requirements import terms_of
from adapters.sql.kit.expressions import among, joined_texts
from adapters.sql.kit.intervals import covers
from adapters.sql.kit.reads import Reads, Row
from adapters.sql.learning.enrollment_state import PERCENT, STATUS, TODAY, joined, present
from adapters.sql.learning.tables import completions, enrollments, module_due_days
from adapters.sql.people.locations import locations
from adapters.sql.people.tables import users
from application.compliance.obligations.lists import VisiblePeople
from application.compliance.obligations.todo import ModuleToDo, Owed, OwingPerson, ToDo, ToDoReader
from application.kernel.lists import Present
from domain.catalogue.completion_rules import SectionOutline

PERSON = (users.c.id, users.c.employee_id, users.c.full_name)
OWED = (
    STATES.requirement_id,
    requirements.c.code,
    requirements.c.title,
    STATES.version,
    STATES.label,
    STATES.relief,
    STATES.opened_on,
    STATES.due_on,
    STATES.is_open,
    STATES.blocks,
    cast(requirement_versions.c.terms, Text()).label("terms"),
)
OBLIGATIONS = obligation_states.join(requirements, requirements.c.id == STATES.requirement_id).join(
    requirement_versions,
    and_(
        requirement_versions.c.requirement_id == STATES.requirement_id,
        requirement_versions.c.number == STATES.version,
    ),
)
OF_USER = and_(STATES.user_id == users.c.id, CURRENT, ON_DAY)
THERE = bindparam("location_id", type_=Uuid())
DUE = module_due_days.alias("module_due")
IS_DUE = and_(
    DUE.c.user_id == users.c.id,
    DUE.c.module_id == modules.c.id,
    covers(DUE.c.from_day, DUE.c.until, TODAY),
)
DONE = (
    select(joined_texts(cast(completions.c.section_id, Text())))
    .where(completions.c.module_id == enrollments.c.module_id, completions.c.user_id == enrollments.c.user_id)
    .correlate(enrollments)
    .scalar_subquery()
)
LEARNED = (
    select(
        enrollments.c.module_id,
        STATUS.label("status"),
        PERCENT.label("percent"),
        versions.c.outline.label("outline"),
        DONE.label("done"),
    )
    .select_from(joined())
    .where(enrollments.c.user_id == WHO)
    .subquery("learned")
)
MODULE = (
    *(modules.c.id, modules.c.slug, modules.c.title, modules.c.estimated_minutes),
    *(DUE.c.due_on, LEARNED.c.status, LEARNED.c.percent, LEARNED.c.outline, LEARNED.c.done),
)

OWN = slice(len(PERSON), len(PERSON) + len(OWED))
OF_MODULE = slice(len(PERSON) + len(OWED), None)


@cache
def _to_do(scoped: bool, responsible: bool) -> Select[Any]:
    statement = (
        select(*PERSON, *OWED, *MODULE)
        .select_from(
            users.outerjoin(OBLIGATIONS, and_(OF_USER, STATES.is_open))
            .outerjoin(modules, among(modules.c.id, STATES.modules))
            .outerjoin(LEARNED, LEARNED.c.module_id == modules.c.id)
            .outerjoin(DUE, IS_DUE)
        )
        .where(users.c.id == WHO)
        .order_by(STATES.due_key, modules.c.title_key, modules.c.id)
    )
    return only_visible(statement, scoped, responsible)


@cache
def _owed(scoped: bool, responsible: bool) -> Select[Any]:
    statement = (
        select(*PERSON, *OWED)
        .select_from(users.outerjoin(OBLIGATIONS, OF_USER))
        .where(users.c.id == WHO)
        .order_by(STATES.due_key)
    )
    return only_visible(statement, scoped, responsible)


@cache
def _owed_at(scoped: bool, responsible: bool) -> Select[Any]:
    here, employed = obligation_states.alias("here"), users.alias("employed")
    belong = select(here.c.user_id).where(
        here.c.location_id == THERE,
        here.c.superseded_at.is_(None),
        covers(here.c.from_day, here.c.until, DAY),
    )
    work = select(employed.c.id).where(employed.c.location_id == THERE, employed.c.is_active)
    # Both apart, so that each comes from an index of the location.
    people = and_(users.c.merged_into.is_(None), users.c.id.in_(union(work, belong)))
    if scoped:
        people = and_(people, is_visible(responsible))
    return (
        select(*PERSON, *OWED)
        .select_from(locations.outerjoin(users, people).outerjoin(OBLIGATIONS, OF_USER))
        .where(locations.c.id == THERE)
        .order_by(users.c.name_key, users.c.id, STATES.due_key)
    )


@serves(ToDoReader)
class SqlToDoReader:
    """What people have to do, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def to_do(self, visible: VisiblePeople, user_id: UUID, at: Present) -> list[ToDo] | None:
        statement = _to_do(*visible_flags(visible))
        given = {**present(at), **visible_parameters(visible)}
        rows = await self._reads.rows(statement, user_id=user_id, day=at.day_in(None), **given)
        if not rows:
            return None
        return [
            _owed_in(own[0][OWN]).to_do([_module(row[OF_MODULE]) for row in own if row[OF_MODULE][0] is not None])
            for requirement_id, some in groupby(rows, lambda row: row[len(PERSON)])
            if requirement_id is not None
            for own in [list(some)]
        ]

    async def owed(self, visible: VisiblePeople, user_id: UUID, day: date) -> OwingPerson | None:
        statement = _owed(*visible_flags(visible))
        rows = await self._reads.rows(statement, user_id=user_id, day=day, **visible_parameters(visible))
        return _person(rows) if rows else None

    async def owed_at(self, visible: VisiblePeople, location_id: UUID, day: date) -> list[OwingPerson] | None:
        statement = _owed_at(*visible_flags(visible))
        rows = await self._reads.rows(statement, location_id=location_id, day=day, **visible_parameters(visible))
        if not rows:
            return None
        return [_person(list(some)) for user_id, some in groupby(rows, lambda row: row[0]) if user_id is not None]


def _person(rows: Sequence[Row]) -> OwingPerson:
    owed = [_owed_in(row[OWN]) for row in rows if row[OWN][0] is not None]
    return OwingPerson(*[*rows[0][: len(PERSON)], owed])


def _owed_in(row: Sequence[Any]) -> Owed:
    *values, document = row
    terms = terms_of(document)
    return Owed(*[*values, terms.fulfillment, terms.blocks])


def _module(row: Sequence[Any]) -> ModuleToDo:
    *values, outline, done = row
    return ModuleToDo(*[*values, next_section(outline, done)])


def next_section(outline: Sequence[SectionOutline] | None, done: str | None) -> UUID | None:
    """The first section that is not completed; None while the module is not begun, or when all are."""
    completed = {UUID(each) for each in done.split(",")} if done else set()
    return next((each.id for each in outline or () if each.id not in completed), None)
