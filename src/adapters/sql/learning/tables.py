"""The tables of learning: enrollments with their section completions, and the immutable grants of cycles."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from adapters.sql.catalogue.tables import modules
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.schema import ORDERED, may, metadata, reported
from adapters.sql.kit.types import Moment, new_uuid, now_utc
from adapters.sql.people.tables import users
from domain.catalogue.module_life import ModuleNotFound
from domain.kernel.errors import StaleVersion
from domain.learning.enrollment_events import AlreadyEnrolled
from domain.people.user_errors import UserNotFound

enrollments = Table(
    "module_enrollments",
    metadata,
    Column("module_id", Uuid(), nullable=False),
    Column("user_id", Uuid(), nullable=False),
    Column("enrolled_by", Uuid()),
    Column("version_number", Integer(), nullable=False),
    Column("cycle_id", Uuid(), nullable=False, server_default=new_uuid()),
    Column("started_at", Moment()),
    Column("completed_at", Moment()),
    Column("settles_at", Moment()),
    Column("record_id", Uuid()),
    Column("enrolled_at", Moment(), nullable=False, server_default=now_utc()),
    Column("updated_at", Moment(), nullable=False, server_default=now_utc()),
    Column("version", Integer(), nullable=False, server_default="1"),
    PrimaryKeyConstraint("module_id", "user_id", info={"violated": AlreadyEnrolled}),
    # Without ON DELETE: no module or user can be deleted while an enrollment refers to it.
    ForeignKeyConstraint(["module_id"], [modules.c.id], info={"violated": ModuleNotFound}),
    ForeignKeyConstraint(["user_id"], [users.c.id], info={"violated": UserNotFound}),
    UniqueConstraint("cycle_id"),
    info=may("UPDATE", "DELETE") | reported(),
)
Index(
    "ix_module_enrollments_module_newest",
    enrollments.c.module_id,
    enrollments.c.enrolled_at.desc(),
    enrollments.c.user_id.desc(),
)
Index(
    "ix_module_enrollments_user_newest",
    enrollments.c.user_id,
    enrollments.c.enrolled_at.desc(),
    enrollments.c.module_id.desc(),
)
# For moving running enrollments to another version.
Index(
    "ix_module_enrollments_open",
    enrollments.c.module_id,
    enrollments.c.version_number,
    postgresql_where=enrollments.c.completed_at.is_(None),
    sqlite_where=enrollments.c.completed_at.is_(None),
)
# For finding due enrollments.
Index(
    "ix_module_enrollments_due",
    enrollments.c.settles_at,
    enrollments.c.module_id,
    enrollments.c.user_id,
    postgresql_where=enrollments.c.settles_at.is_not(None),
    sqlite_where=enrollments.c.settles_at.is_not(None),
)
completions = Table(
    "section_completions",
    metadata,
    Column("module_id", Uuid(), nullable=False),
    Column("user_id", Uuid(), nullable=False),
    Column("section_id", Uuid(), nullable=False),
    Column("completed_at", Moment(), nullable=False),
    Column("attestation", Text()),
    Column("attempt_id", Uuid()),
    Column("attempt_number", Integer()),
    Column("score", Double()),
    Column("pass_mark", Integer()),
    PrimaryKeyConstraint("module_id", "user_id", "section_id"),
    ForeignKeyConstraint(
        ["module_id", "user_id"], [enrollments.c.module_id, enrollments.c.user_id], ondelete="CASCADE"
    ),
    info=may("UPDATE", "DELETE"),
)

# Without foreign keys: a grant is evidence, and remains when its enrollment is deleted.
grants = Table(
    "cycle_grants",
    metadata,
    Column("module_id", Uuid(), nullable=False),
    Column("user_id", Uuid(), nullable=False),
    Column("number", Integer(), nullable=False),
    Column("cycle_id", Uuid(), nullable=False),
    Column("version_number", Integer(), nullable=False),
    Column("reason", Text(), nullable=False),
    Column("granted_by", Uuid()),
    Column("granted_at", Moment(), nullable=False),
    # The date where the person is; of older grants that of the organization or of UTC.
    Column("granted_on", Date()),
    Column("time_zone", String(64)),
    PrimaryKeyConstraint("module_id", "user_id", "number", info={"violated": StaleVersion}),
    UniqueConstraint("cycle_id"),
    info=append_only(),
)

# What requirements ask of people, computed from facts, so that lists of enrollments can show it.
module_due_days = Table(
    "module_due_days",
    metadata,
    Column("user_id", Uuid(), nullable=False),
    Column("module_id", Uuid(), nullable=False),
    Column("from_day", Date(), nullable=False),
    Column("until", Date()),
    Column("due_on", Date(), nullable=False),
    # The due day in ISO 8601, for sorting.
    Column("due_key", ORDERED, nullable=False),
    PrimaryKeyConstraint("user_id", "module_id", "from_day"),
    info=may("DELETE") | reported(),
)
Index("ix_module_due_days_module", module_due_days.c.module_id, module_due_days.c.due_key, module_due_days.c.user_id)
