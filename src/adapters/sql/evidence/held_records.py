"""All records of somebody."""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from adapters.registry import serves
from adapters.sql.evidence.records import FOUND
from adapters.sql.evidence.tables import certificates, records, voids
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.merged import of_person
from application.evidence.ports import HeldRecords
from domain.evidence.merging import HeldRecord
from domain.evidence.persons import Person
from domain.evidence.records import Result, Training, TrainingRecord

HELD = (
    select(*records.c, voids.c.record_id.is_not(None).label("is_void"), certificates.c.revoked_at)
    .select_from(FOUND)
    .where(of_person(records.c.user_id, bindparam("user_id", type_=Uuid())))
    .order_by(records.c.id)
)
SAME = tuple(field.name for field in fields(TrainingRecord) if field.name in records.c)


@serves(HeldRecords)
class SqlHeldRecords:
    """Implements application.evidence.ports.HeldRecords."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def of(self, user_id: UUID) -> list[HeldRecord]:
        # In the session, which reads the documents as objects.
        session = await self._unit.session()
        rows = await session.execute(HELD, {"user_id": user_id})
        return [HeldRecord(_record(row), row["is_void"], row["revoked_at"] is not None) for row in rows.mappings()]


def _record(row: Any) -> TrainingRecord:
    names = ("user_id", "full_name", "job_title", "department", "location")
    parts = ("title", "summary", "module_id", "version_number", "content_hash", "citation")
    scored = row["attempt_id"] is not None
    result = Result(*(row[name] for name in ("score", "pass_mark", "attempt_id", "attempt_number"))) if scored else None
    return TrainingRecord(
        person=Person(*(row[name] for name in names)),
        training=Training(*(row[name] for name in parts)),
        result=result,
        stated_format=row["format"],
        **{name: row[name] for name in SAME},
    )
