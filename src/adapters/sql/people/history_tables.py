"""The tables of histories. The database refuses to change or remove rows, except to erase reasons of erased people.

Without foreign keys, like evidence: what was known of somebody stays.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, String, Table, Text, UniqueConstraint, Uuid, false

from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.append_only_triggers import Released
from adapters.sql.kit.recorded import recorded_at
from adapters.sql.kit.schema import derived, identity, metadata
from adapters.sql.kit.types import choice
from domain.kernel.typography import folded
from domain.people.employment import EmploymentState
from domain.people.facts import FactChanged, FactSource

NEVER = "OLD.id <> OLD.id"
ERASABLE = append_only("reason", when=NEVER, released=Released("user_id", "reason"))
"""Reasons can say much of a person. They are erased with the person, and never changed otherwise."""

positions = Table(
    "positions",
    metadata,
    identity(),
    Column("position_id", Uuid(), nullable=False),
    Column("user_id", Uuid(), nullable=False),
    Column("department", String(120)),
    Column("job_title", String(120)),
    Column("location", String(120)),
    # What the texts meant is found by these, in any spelling in which it was recorded.
    derived(lambda position: position.job_title and folded(position.job_title), "job_title_folded"),
    derived(lambda position: position.location and folded(position.location), "location_folded"),
    Column("is_primary", Boolean(), nullable=False),
    Column("starts_on", Date(), nullable=False),
    Column("ends_on", Date()),
    Column("source", choice(FactSource, "source"), nullable=False),
    Column("reason", Text()),
    Column("withdrawn", Boolean(), nullable=False, server_default=false()),
    Column("supersedes", Uuid()),
    recorded_at(),
    Column("recorded_by", Uuid()),
    UniqueConstraint("supersedes", info={"violated": FactChanged}),
    info=ERASABLE,
)
Index("ix_positions_user_id", positions.c.user_id)
Index("ix_positions_recorded_at", positions.c.recorded_at)

employment_states = Table(
    "employment_states",
    metadata,
    identity(),
    Column("user_id", Uuid(), nullable=False),
    Column("state", choice(EmploymentState, "state"), nullable=False),
    Column("from_day", Date(), nullable=False),
    Column("source", choice(FactSource, "source"), nullable=False),
    Column("reason", Text()),
    Column("withdrawn", Boolean(), nullable=False, server_default=false()),
    Column("supersedes", Uuid()),
    recorded_at(),
    Column("recorded_by", Uuid()),
    UniqueConstraint("supersedes", info={"violated": FactChanged}),
    info=ERASABLE,
)
Index("ix_employment_states_user_id", employment_states.c.user_id)
Index("ix_employment_states_recorded_at", employment_states.c.recorded_at)
