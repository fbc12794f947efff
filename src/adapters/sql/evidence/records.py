"""Training records: repository and reader."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Select,
    Uuid,
    bindparam,
    select,
)

from adapters.registry import serves
from adapters.sql.evidence.counted_records import format_of_record
from adapters.sql.evidence.tables import certificates, records, voids
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.owned_lists import beside, scope_parameters, scoped
from adapters.sql.kit.pages import Listing
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.merged import parts_of_person, person_of
from adapters.sql.people.tables import users, within
from application.evidence.ports import Records
from application.evidence.records.queries import RecordReader, RecordView
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from domain.evidence.records import RecordNotFound, TrainingRecord
from domain.evidence.voiding import RecordStanding, RecordVoid

KEPT_AND_SHOWN = tuple(column for column in records.c if column.name not in ("cycle_id", "natural_key"))


@serves(Records)
class SqlRecords:
    """Records in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def add(self, record: TrainingRecord) -> None:
        await self.add_many([record])

    async def add_many(self, many: Sequence[TrainingRecord]) -> None:
        await self._unit.insert(records, [_row(record) for record in many])
        self._unit.events += [record.recorded for record in many]

    async def standing(self, record_id: UUID) -> RecordStanding:
        rows = await self._unit.fetch(STANDING, record_id=record_id)
        if not rows:
            raise RecordNotFound
        return RecordStanding(*rows[0])

    async def with_keys(self, natural_keys: Sequence[str]) -> dict[str, RecordStanding]:
        rows = await self._unit.fetch(WITH_KEYS, keys=natural_keys)
        return {key: RecordStanding(*columns) for key, *columns in rows}

    async def void(self, void: RecordVoid) -> None:
        await self._unit.insert(voids, [{column.name: getattr(void, column.name) for column in voids.c}])
        self._unit.events.append(void.voided)


def _row(record: TrainingRecord) -> dict[str, Any]:
    view = RecordView.of(record, None)
    shown = {column.name: getattr(view, column.name) for column in KEPT_AND_SHOWN}
    shown["format"] = record.stated_format
    return {**shown, "cycle_id": record.cycle_id, "natural_key": record.natural_key}


USER_ID = bindparam("user_id", type_=Uuid())
SHOWN = columns_of(
    RecordView,
    records,
    format=format_of_record(),
    certificate_serial=certificates.c.serial,
    revoked_at=certificates.c.revoked_at,
    voided_at=voids.c.voided_at,
    voided_by=voids.c.voided_by,
    void_reason=voids.c.reason,
)
FOUND = records.outerjoin(certificates, certificates.c.record_id == records.c.id).outerjoin(
    voids, voids.c.record_id == records.c.id
)
WHOSE = columns_of(
    RecordStanding,
    records,
    record_id=records.c.id,
    is_void=voids.c.record_id.is_not(None),
    person_id=person_of(records.c.user_id),
)
STANDING = select(*WHOSE).select_from(FOUND).where(records.c.id == bindparam("record_id", type_=Uuid()))
WITH_KEYS = select(records.c.natural_key, *WHOSE).select_from(FOUND).where(any_of(records.c.natural_key, "keys"))


@cache
def _of_user(scoped: bool, after: bool) -> Select[Any]:
    some, parts = select(*SHOWN).select_from(FOUND), parts_of_person(records.c.user_id, USER_ID)
    statement = beside(users, users.c.id == USER_ID, some, records.c.completed_at, records.c.id, after, parts)
    return statement.where(within()) if scoped else statement


@cache
def _detail(scoped: bool) -> Select[Any]:
    statement = select(*SHOWN).select_from(FOUND).where(records.c.id == bindparam("record_id", type_=Uuid()))
    if scoped:
        statement = statement.join(users, users.c.id == person_of(records.c.user_id)).where(within())
    return statement


LISTED = Listing(RecordView, lambda last: Cursor(last.completed_at, last.id))


@serves(RecordReader)
class SqlRecordReader:
    """Records, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of_user(self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int) -> Page[RecordView] | None:
        statement, parameters = scoped(_of_user, scope, after)
        return await LISTED.page(self._reads, statement, after, limit, user_id=user_id, **parameters)

    async def detail(self, scope: Scope, record_id: UUID) -> RecordView | None:
        rows = await self._reads.rows(_detail(not scope.everyone), record_id=record_id, **scope_parameters(scope))
        return RecordView(*rows[0]) if rows else None
