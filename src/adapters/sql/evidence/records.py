"""Training records: table, repository and reader. Rows are added and never change: the database refuses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    Column,
    Date,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    select,
)

from adapters.documents import Document
from adapters.registry import serves
from adapters.sql.evidence.certificates import certificates
from adapters.sql.install.append_only import append_only
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.lists import beside, scoped
from adapters.sql.kit.pages import Listing
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.schema import identity, metadata
from adapters.sql.kit.types import Moment, Stored, choice
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.users import scope_parameters, users, within
from application.evidence.ports import Records
from application.evidence.records.queries import RecordReader, RecordView
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from domain.evidence.persons import Trainer
from domain.evidence.record_events import Delivery
from domain.evidence.records import AlreadyRecorded, RecordedBefore, RecordNotFound, TrainingRecord
from domain.evidence.voiding import RecordIsVoid, RecordStanding, RecordVoid

# Without foreign keys: what becomes of a user, a module or an enrollment does not touch the evidence.
ATTESTATIONS: Document[tuple[str, ...]] = Document(tuple[str, ...])
TRAINERS: Document[tuple[Trainer, ...]] = Document(tuple[Trainer, ...])
records = Table(
    "training_records",
    metadata,
    identity(),
    Column("user_id", Uuid(), nullable=False),
    Column("full_name", String(200)),
    Column("job_title", String(120)),
    Column("department", String(120)),
    Column("location", String(120)),
    Column("module_id", Uuid()),
    Column("title", String(255), nullable=False),
    Column("summary", Text(), nullable=False),
    Column("version_number", Integer()),
    Column("content_hash", CHAR(64)),
    Column("citation", String(200)),
    Column("delivery", choice(Delivery, "delivery"), nullable=False),
    Column("started_at", Moment(), nullable=False),
    Column("completed_at", Moment(), nullable=False),
    Column("credit_hours", Double()),
    Column("score", Double()),
    Column("pass_mark", Integer()),
    Column("attempt_id", Uuid()),
    Column("attempt_number", Integer()),
    Column("attestations", Stored(ATTESTATIONS), nullable=False),
    Column("trainers", Stored(TRAINERS), nullable=False),
    Column("cycle_id", Uuid()),
    Column("session_id", Uuid()),
    Column("issuer", String(200)),
    Column("reference", String(200)),
    Column("valid_from", Date(), nullable=False),
    Column("valid_until", Date()),
    Column("retention_until", Date(), nullable=False),
    Column("recorded_at", Moment(), nullable=False),
    Column("recorded_by", Uuid()),
    Column("natural_key", CHAR(64)),
    # One record a cycle, and one a session for each who was there; NULLs are all different.
    UniqueConstraint("cycle_id", info={"violated": AlreadyRecorded}),
    UniqueConstraint("session_id", "user_id", info={"violated": AlreadyRecorded}),
    info=append_only(),
)
Index("ix_training_records_user_newest", records.c.user_id, records.c.completed_at.desc(), records.c.id.desc())
Index("ix_training_records_user_module", records.c.user_id, records.c.module_id)
Index("ux_training_records_natural_key", records.c.natural_key, unique=True, info={"violated": RecordedBefore})

voids = Table(
    "record_voids",
    metadata,
    Column("record_id", Uuid(), nullable=False),
    Column("user_id", Uuid(), nullable=False),
    Column("module_id", Uuid()),
    Column("reason", Text(), nullable=False),
    Column("voided_by", Uuid()),
    Column("voided_at", Moment(), nullable=False),
    PrimaryKeyConstraint("record_id", info={"violated": RecordIsVoid}),
    info=append_only(),
)


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
    return {**shown, "cycle_id": record.cycle_id, "natural_key": record.natural_key}


USER_ID = bindparam("user_id", type_=Uuid())
SHOWN = columns_of(
    RecordView,
    records,
    certificate_serial=certificates.c.serial,
    revoked_at=certificates.c.revoked_at,
    voided_at=voids.c.voided_at,
    voided_by=voids.c.voided_by,
    void_reason=voids.c.reason,
)
FOUND = records.outerjoin(certificates, certificates.c.record_id == records.c.id).outerjoin(
    voids, voids.c.record_id == records.c.id
)
WHOSE = columns_of(RecordStanding, records, record_id=records.c.id, is_void=voids.c.record_id.is_not(None))
STANDING = select(*WHOSE).select_from(FOUND).where(records.c.id == bindparam("record_id", type_=Uuid()))
WITH_KEYS = select(records.c.natural_key, *WHOSE).select_from(FOUND).where(any_of(records.c.natural_key, "keys"))


@cache
def _of_user(scoped: bool, after: bool) -> Select[Any]:
    some = select(*SHOWN).select_from(FOUND).where(records.c.user_id == USER_ID)
    statement = beside(users, users.c.id == USER_ID, some, records.c.completed_at, records.c.id, after)
    return statement.where(within()) if scoped else statement


@cache
def _detail(scoped: bool) -> Select[Any]:
    statement = select(*SHOWN).select_from(FOUND).where(records.c.id == bindparam("record_id", type_=Uuid()))
    if scoped:
        statement = statement.join(users, users.c.id == records.c.user_id).where(within())
    return statement


LISTED = Listing(RecordView, lambda last: Cursor(last.completed_at, last.id))


@serves(RecordReader)
class SqlRecordReader:
    """Records, one statement a call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of_user(self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int) -> Page[RecordView] | None:
        statement, parameters = scoped(_of_user, scope, after)
        return await LISTED.page(self._reads, statement, after, limit, user_id=user_id, **parameters)

    async def detail(self, scope: Scope, record_id: UUID) -> RecordView | None:
        rows = await self._reads.rows(_detail(not scope.everyone), record_id=record_id, **scope_parameters(scope))
        return RecordView(*rows[0]) if rows else None
