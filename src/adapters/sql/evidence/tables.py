"""The tables of evidence. The database refuses to change or remove rows.

Exceptions are revoking a certificate and deciding about a credential.
"""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    Column,
    Date,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    literal,
)

from adapters.documents import Document
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.schema import identity, metadata, reported
from adapters.sql.kit.types import Moment, Stored, TextArray, choice, empty_array
from domain.evidence.credentials import CredentialKnown, CredentialStatus
from domain.evidence.persons import Person, Trainer
from domain.evidence.record_events import Delivery, TrainingFormat
from domain.evidence.records import AlreadyRecorded, RecordedBefore
from domain.evidence.voiding import RecordIsVoid
from domain.kernel.states import State

ATTESTATIONS: Document[tuple[str, ...]] = Document(tuple[str, ...])
TRAINERS: Document[tuple[Trainer, ...]] = Document(tuple[Trainer, ...])
ATTENDEES: Document[tuple[Person, ...]] = Document(tuple[Person, ...])

# Without foreign keys: evidence remains when its user, module or enrollment is deleted.
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
    Column("time_zone", String(64)),
    Column("format", choice(TrainingFormat, "format")),
    Column("categories", TextArray(), nullable=False, server_default=empty_array()),
    # One record per cycle, and one per attendee of a session; NULLs are distinct.
    UniqueConstraint("cycle_id", info={"violated": AlreadyRecorded}),
    UniqueConstraint("session_id", "user_id", info={"violated": AlreadyRecorded}),
    info=append_only()
    | reported(
        *("id", "user_id", "full_name", "job_title", "department", "location", "module_id", "title", "version_number"),
        *("citation", "delivery", "started_at", "completed_at", "time_zone", "credit_hours", "score", "pass_mark"),
        *("session_id", "issuer", "valid_from", "valid_until", "retention_until", "recorded_at"),
    ),
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
    info=append_only() | reported("record_id", "user_id", "module_id", "voided_at"),
)

REVOCATION = ("revoked_at", "revoked_by", "revocation_reason", "version", "updated_at")
certificates = Table(
    "certificates",
    metadata,
    Column("serial", String(40), nullable=False),
    Column("record_id", Uuid(), nullable=False),
    Column("user_id", Uuid(), nullable=False),
    Column("valid_from", Date(), nullable=False),
    Column("valid_until", Date()),
    Column("issued_at", Moment(), nullable=False),
    Column("issued_on", Date()),
    Column("revoked_at", Moment()),
    Column("revoked_by", Uuid()),
    Column("revocation_reason", Text()),
    Column("version", Integer(), nullable=False),
    Column("updated_at", Moment(), nullable=False),
    PrimaryKeyConstraint("serial"),
    UniqueConstraint("record_id", info={"violated": AlreadyRecorded}),
    info=append_only(*REVOCATION, when="OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL")
    | reported("serial", "record_id", "user_id", "valid_from", "valid_until", "issued_at", "issued_on", "revoked_at"),
)
Index(
    "ix_certificates_user_newest",
    certificates.c.user_id,
    certificates.c.issued_at.desc(),
    certificates.c.record_id.desc(),
)

# Without foreign keys, like training_records.
sessions = Table(
    "training_sessions",
    metadata,
    identity(),
    Column("module_id", Uuid(), nullable=False),
    Column("version_number", Integer(), nullable=False),
    Column("title", String(255), nullable=False),
    Column("starts_at", Moment(), nullable=False),
    Column("ends_at", Moment(), nullable=False),
    Column("location", String(200), nullable=False),
    Column("summary", Text(), nullable=False),
    Column("trainers", Stored(TRAINERS), nullable=False),
    Column("attendees", Stored(ATTENDEES), nullable=False),
    Column("recorded_at", Moment(), nullable=False),
    Column("recorded_by", Uuid()),
    Column("held_on", Date()),
    Column("location_id", Uuid()),
    Column("time_zone", String(64)),
    info=append_only()
    | reported(
        *("id", "module_id", "version_number", "title", "starts_at", "ends_at", "held_on", "location_id", "time_zone"),
        "recorded_at",
    ),
)
Index("ix_training_sessions_newest", sessions.c.recorded_at.desc(), sessions.c.id.desc())

DECISION = ("decided_by", "decided_at", "decision_reason")
VOIDING = ("voided_by", "voided_at", "void_reason")
# Without foreign keys, like training_records.
credentials = Table(
    "credentials",
    metadata,
    identity(),
    Column("user_id", Uuid(), nullable=False),
    Column("type", String(60), nullable=False),
    Column("jurisdiction", choice(State, "jurisdiction")),
    Column("number", String(100)),
    Column("issuer", String(200), nullable=False),
    Column("issued_on", Date(), nullable=False),
    Column("expires_on", Date()),
    Column("retention_until", Date(), nullable=False),
    Column("natural_key", CHAR(64)),
    Column("submitted_by", Uuid()),
    Column("submitted_at", Moment(), nullable=False),
    Column("status", choice(CredentialStatus, "status"), nullable=False),
    Column("decided_by", Uuid()),
    Column("decided_at", Moment()),
    Column("decision_reason", Text()),
    Column("voided_by", Uuid()),
    Column("voided_at", Moment()),
    Column("void_reason", Text()),
    Column("version", Integer(), nullable=False),
    Column("updated_at", Moment(), nullable=False),
    info=append_only(
        *("status", *DECISION, *VOIDING, "version", "updated_at"),
        when="(OLD.status = 'submitted' AND NEW.status IN ('verified', 'rejected', 'withdrawn')) "
        "OR (OLD.status = 'verified' AND NEW.status = 'voided' AND NEW.decided_at = OLD.decided_at "
        "AND NEW.decided_by IS NOT DISTINCT FROM OLD.decided_by)",
    ),
)
Index("ix_credentials_user_newest", credentials.c.user_id, credentials.c.submitted_at.desc(), credentials.c.id.desc())
SUBMITTED, VERIFIED = (
    literal(each, credentials.c.status.type) for each in (CredentialStatus.SUBMITTED, CredentialStatus.VERIFIED)
)
WAITING = credentials.c.status == SUBMITTED
Index(
    "ix_credentials_waiting",
    credentials.c.submitted_at,
    credentials.c.id,
    postgresql_where=WAITING,
    sqlite_where=WAITING,
)
CURRENT = credentials.c.status.in_([SUBMITTED, VERIFIED])
Index(
    "ux_credentials_natural_key",
    credentials.c.natural_key,
    unique=True,
    postgresql_where=CURRENT,
    sqlite_where=CURRENT,
    info={"violated": CredentialKnown},
)
