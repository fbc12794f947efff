"""Enrollments that are not completed, many at a time: loaded and written by one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, select, update
from sqlalchemy.orm import raiseload

from adapters.registry import serves
from adapters.sql.evidence.counted_records import holds_record, is_newest
from adapters.sql.kit.expressions import any_of, not_before
from adapters.sql.kit.local_days import on
from adapters.sql.kit.mapping import stored
from adapters.sql.kit.units import SqlUnit
from adapters.sql.learning.eligibility import MODULE_ID, prerequisites
from adapters.sql.learning.tables import completions, enrollments, grants
from adapters.sql.people.merged import ids_of
from adapters.sql.people.tables import is_nameless, users
from adapters.sql.people.zones import zone_at
from application.kernel.lists import Present
from application.learning.ports import OpenEnrollments, VersionMove
from domain.learning.completion import Eligibility
from domain.learning.cycles import CycleGrant
from domain.learning.enrollments import Enrollment

missing = prerequisites().subquery("missing")
KEYS = ("module_id", "user_id")
CHANGEABLE = tuple(column.name for column in enrollments.c if column.name not in (*KEYS, "enrolled_by", "enrolled_at"))
WRITE = (
    update(enrollments)
    .where(*(enrollments.c[name] == bindparam(f"of_{name}") for name in KEYS))
    .values({name: bindparam(f"to_{name}", type_=enrollments.c[name].type) for name in CHANGEABLE})
)


FINISHING = (
    select(users.c.id.label("user_id"), missing.c.id.label("module_id"), is_nameless().label("nameless"))
    .select_from(users.outerjoin(missing, ~holds_record(users.c.id, missing.c.id, zone=zone_at(users.c.location_id))))
    .where(any_of(users.c.id, "user_ids"))
    .order_by(users.c.id)
)

_ids = ids_of("user_ids")
NEWEST_GRANTS = (
    select(_ids.c.person_id, *grants.c)
    .select_from(_ids.join(grants, grants.c.user_id == _ids.c.user_id))
    .where(grants.c.module_id == MODULE_ID, is_newest())
    .order_by(grants.c.user_id)
)


@serves(OpenEnrollments)
@serves(VersionMove)
class SqlOpenEnrollments:
    """Implements application.learning.ports.OpenEnrollments."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def due(self, module_id: UUID, now: datetime) -> list[UUID]:
        session = await self._unit.session()
        due = select(enrollments.c.user_id).where(*_open(module_id), enrollments.c.settles_at <= now)
        return list(await session.scalars(due.order_by(enrollments.c.user_id)))

    async def versions(self, module_id: UUID) -> list[int]:
        session = await self._unit.session()
        number = enrollments.c.version_number
        return list(await session.scalars(select(number).distinct().where(*_open(module_id)).order_by(number)))

    async def move(self, module_id: UUID, old: int, new: int, keep: frozenset[UUID], now: datetime) -> tuple[UUID, ...]:
        session = await self._unit.session()
        pinned = (*_open(module_id), enrollments.c.version_number == old)
        # Locked in the same order everywhere, which prevents deadlocks.
        locked = select(enrollments.c.user_id).where(*pinned).order_by(enrollments.c.user_id)
        user_ids = list(await session.scalars(locked.with_for_update()))
        await session.execute(
            update(enrollments)
            .where(enrollments.c.module_id == module_id, any_of(enrollments.c.user_id, "who"))
            .values(
                version_number=new,
                version=enrollments.c.version + 1,
                updated_at=not_before(now, enrollments.c.updated_at),
            ),
            {"who": user_ids},
        )
        lost = completions.c.section_id.not_in(keep)
        await session.execute(
            delete(completions).where(completions.c.module_id == module_id, any_of(completions.c.user_id, "who"), lost),
            {"who": user_ids},
        )
        return tuple(user_ids)

    async def all_done(self, module_id: UUID, number: int, sections: int) -> list[Enrollment]:
        done = (
            select(func.count())
            .where(completions.c.module_id == enrollments.c.module_id, completions.c.user_id == enrollments.c.user_id)
            .scalar_subquery()
        )
        pinned = (*_open(module_id), enrollments.c.version_number == number)
        return await self._load(select(stored(Enrollment)).where(*pinned, done >= sections))

    async def finishing(self, module_id: UUID, user_ids: Sequence[UUID], at: Present) -> dict[UUID, Eligibility]:
        session = await self._unit.session()
        rows = (await session.execute(FINISHING, {"module_id": module_id, "user_ids": user_ids, **on(at)})).all()
        return {
            user_id: Eligibility(
                tuple(sorted(row.module_id for row in own if row.module_id is not None)), nameless=own[0].nameless
            )
            for user_id, own in ((key, list(group)) for key, group in groupby(rows, key=lambda row: row.user_id))
        }

    async def of(self, module_id: UUID, user_ids: Sequence[UUID]) -> list[Enrollment]:
        statement = select(stored(Enrollment)).where(*_open(module_id), any_of(enrollments.c.user_id, "user_ids"))
        # Attributes of the ORM's class are known only once it is mapped.
        kind: Any = stored(Enrollment)
        return await self._load(statement.options(raiseload(kind.completions)), user_ids=user_ids)

    async def grants(self, module_id: UUID, user_ids: Sequence[UUID]) -> dict[UUID, list[CycleGrant]]:
        session = await self._unit.session()
        rows = await session.execute(NEWEST_GRANTS, {"module_id": module_id, "user_ids": user_ids})
        found: dict[UUID, list[CycleGrant]] = {}
        for person_id, *grant in rows:
            found.setdefault(person_id, []).append(CycleGrant(*grant))
        return found

    async def keep(self, many: Sequence[Enrollment]) -> None:
        if many:
            session = await self._unit.session()
            # On the connection: the session would write them one by one.
            await (await session.connection()).execute(WRITE, [_row(each) for each in many])

    async def _load(self, statement: Select[Any], **parameters: Any) -> list[Enrollment]:
        session = await self._unit.session()
        await session.flush()
        locking = statement.order_by(enrollments.c.user_id).with_for_update()
        found = list(await session.scalars(locking.execution_options(populate_existing=True), parameters))
        for each in found:
            # `keep` writes them.
            session.expunge(each)
        return [self._unit.touch(each) for each in found]


def _open(module_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return enrollments.c.module_id == module_id, enrollments.c.completed_at.is_(None)


def _row(enrollment: Enrollment) -> dict[str, Any]:
    return {f"of_{name}": getattr(enrollment, name) for name in KEYS} | {
        f"to_{name}": getattr(enrollment, name) for name in CHANGEABLE
    }
