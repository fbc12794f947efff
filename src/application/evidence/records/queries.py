"""Reading training records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Protocol
from uuid import UUID

from application.kernel.access import Actor, Scope, anyone, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query, RawJson
from domain.evidence.persons import Trainer
from domain.evidence.record_events import Delivery, TrainingFormat
from domain.evidence.records import RecordNotFound, TrainingRecord
from domain.people.user_errors import UserNotFound


@dataclass(slots=True)
class RecordView:
    """A training record, with the serial of its certificate. The person and the training are as they were then.

    Once its certificate is revoked (`revoked_at`), or it is declared void itself (`voided_at`), it counts for nothing.
    Its days are those of `time_zone`: an IANA name, or an offset from UTC; null in older records. `score` and
    `pass_mark` are percent. `content_hash` is the SHA-256 of the version that was learned. `format` tells
    whether a teacher was present (null: not known), and `categories` are those that an external record gives its hours.
    """

    id: UUID
    user_id: UUID
    full_name: str | None
    job_title: str | None
    department: str | None
    location: str | None
    module_id: UUID | None
    title: str
    summary: str
    version_number: int | None
    content_hash: str | None
    citation: str | None
    delivery: Delivery
    started_at: datetime
    completed_at: datetime
    credit_hours: float | None
    score: float | None
    pass_mark: int | None
    attempt_id: UUID | None
    attempt_number: int | None
    attestations: Annotated[object, RawJson(tuple[str, ...])]
    trainers: Annotated[object, RawJson(tuple[Trainer, ...])]
    session_id: UUID | None
    issuer: str | None
    reference: str | None
    valid_from: date
    valid_until: date | None
    retention_until: date
    recorded_at: datetime
    recorded_by: UUID | None
    certificate_serial: str | None
    revoked_at: datetime | None
    voided_at: datetime | None = None
    voided_by: UUID | None = None
    void_reason: str | None = None
    time_zone: str | None = None
    format: TrainingFormat | None = None
    categories: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, record: TrainingRecord, certificate_serial: str | None, revoked_at: datetime | None = None
    ) -> RecordView:
        person, training, result = record.person, record.training, record.result
        return cls(
            record.id,
            person.user_id,
            person.full_name,
            person.job_title,
            person.department,
            person.location,
            training.module_id,
            training.title,
            training.summary,
            training.version_number,
            training.content_hash,
            training.citation,
            record.delivery,
            record.started_at,
            record.completed_at,
            record.credit_hours,
            None if result is None else result.score,
            None if result is None else result.pass_mark,
            None if result is None else result.attempt_id,
            None if result is None else result.attempt_number,
            record.attestations,
            record.trainers,
            record.session_id,
            record.issuer,
            record.reference,
            record.valid_from,
            record.valid_until,
            record.retention_until,
            record.recorded_at,
            record.recorded_by,
            certificate_serial,
            revoked_at,
            time_zone=record.time_zone,
            format=record.format,
            categories=record.categories,
        )


class RecordReader(Protocol):
    """Reads training records with one statement per call."""

    async def of_user(self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int) -> Page[RecordView] | None:
        """By completion, newest first; None when there is no such user within the scope."""

    async def detail(self, scope: Scope, record_id: UUID) -> RecordView | None:
        """The record, None when there is none of a user within the scope."""


@dataclass(frozen=True, slots=True)
class ListRecords(Query[Page[RecordView]]):
    """The training records of a user, by completion, newest first."""

    user_id: UUID
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListRecords, allow=anyone, raises=(UserNotFound,))
async def list_records(query: ListRecords, actor: Actor, records: RecordReader) -> Page[RecordView]:
    """Show someone's records to that person, to managers of the department, to compliance and administrators."""
    page = await records.of_user(scope_of(actor), query.user_id, query.cursor, query.limit)
    if page is None:
        raise UserNotFound
    return page


@dataclass(frozen=True, slots=True)
class ReadRecord(Query[RecordView]):
    """One training record."""

    record_id: UUID


@handles(ReadRecord, allow=anyone, raises=(RecordNotFound,))
async def read_record(query: ReadRecord, actor: Actor, records: RecordReader) -> RecordView:
    """Show a record to that person, to managers of the department, to compliance and administrators."""
    record = await records.detail(scope_of(actor), query.record_id)
    if record is None:
        raise RecordNotFound
    return record
