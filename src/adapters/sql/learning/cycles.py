"""Grants of cycles: why somebody takes a module anew. Rows are added and never change: the database refuses."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint, Uuid

from adapters.sql.install.append_only import append_only
from adapters.sql.kit.schema import metadata
from adapters.sql.kit.types import Moment
from domain.kernel.errors import StaleVersion

# Without foreign keys: a grant is evidence, and stays whatever becomes of the enrollment.
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
    # The day where the organization is; of grants of before it is that of UTC.
    Column("granted_on", Date()),
    PrimaryKeyConstraint("module_id", "user_id", "number", info={"violated": StaleVersion}),
    UniqueConstraint("cycle_id"),
    info=append_only(),
)
