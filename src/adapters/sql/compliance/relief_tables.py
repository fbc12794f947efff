"""The tables of relief. The database refuses to change or remove rows, except to erase notes about erased people.

Without foreign keys, like evidence: what was given to somebody stays.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from adapters.documents import Document
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.append_only_triggers import Released
from adapters.sql.kit.recorded import recorded_at
from adapters.sql.kit.schema import identity, metadata
from adapters.sql.kit.types import Moment, Stored, choice
from domain.compliance.citations import LegalSource
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.relief import ReliefDecided, ReliefOutcome, ReliefReason, ReliefRequestedBefore

SOURCE: Document[LegalSource] = Document(LegalSource)
NEVER = "OLD.user_id <> OLD.user_id"
ERASABLE = append_only("note", when=NEVER, released=Released("user_id", "note"))
"""Notes can say much of a person. They are erased with the person, and never changed otherwise."""

relief_decrees = Table(
    "relief_decrees",
    metadata,
    identity(),
    Column("requirement_id", Uuid(), nullable=False),
    Column("kind", choice(ReliefKind, "kind"), nullable=False),
    Column("reason", choice(ReliefReason, "reason"), nullable=False),
    Column("note", Text(), nullable=False),
    Column("from_day", Date(), nullable=False),
    Column("until", Date()),
    Column("source", Stored(SOURCE), nullable=False),
    Column("requested_by", Uuid()),
    Column("requested_at", Moment(), nullable=False),
    recorded_at(),
    info=append_only(),
)
Index("ix_relief_decrees_recorded_at", relief_decrees.c.recorded_at)

reliefs = Table(
    "reliefs",
    metadata,
    identity(),
    Column("user_id", Uuid(), nullable=False),
    Column("requirement_id", Uuid(), nullable=False),
    Column("kind", choice(ReliefKind, "kind"), nullable=False),
    Column("reason", choice(ReliefReason, "reason"), nullable=False),
    Column("note", Text(), nullable=False),
    Column("from_day", Date(), nullable=False),
    Column("until", Date()),
    Column("decree_id", Uuid()),
    Column("number", Integer(), nullable=False),
    Column("requested_by", Uuid()),
    Column("requested_at", Moment(), nullable=False),
    recorded_at(),
    # Two who request relief for somebody at the same time write the same number.
    UniqueConstraint("user_id", "requirement_id", "number", info={"violated": ReliefRequestedBefore}),
    info=ERASABLE,
)
Index("ix_reliefs_newest", reliefs.c.requested_at.desc(), reliefs.c.id.desc())
Index("ix_reliefs_requirement_id", reliefs.c.requirement_id)
Index("ix_reliefs_decree_id", reliefs.c.decree_id)
Index("ix_reliefs_recorded_at", reliefs.c.recorded_at)

relief_decisions = Table(
    "relief_decisions",
    metadata,
    Column("relief_id", Uuid(), nullable=False),
    Column("user_id", Uuid(), nullable=False),
    Column("number", Integer(), nullable=False),
    Column("outcome", choice(ReliefOutcome, "outcome"), nullable=False),
    Column("last_day", Date()),
    Column("note", Text(), nullable=False),
    Column("decided_by", Uuid()),
    Column("decided_at", Moment(), nullable=False),
    recorded_at(),
    # Two who decide at the same time write the same number.
    PrimaryKeyConstraint("relief_id", "number", info={"violated": ReliefDecided}),
    info=ERASABLE,
)
Index("ix_relief_decisions_user_id", relief_decisions.c.user_id)
Index("ix_relief_decisions_recorded_at", relief_decisions.c.recorded_at)
