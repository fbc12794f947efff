"""The table of obligations as they stand. A row is never changed, except that it is superseded once.

Without foreign keys, like evidence: what was known of somebody stays.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text, Uuid

from adapters.documents import Document
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.intervals import days_from_to
from adapters.sql.kit.recorded import RECORDED, recorded_at
from adapters.sql.kit.schema import ORDERED, identity, metadata, reported
from adapters.sql.kit.types import Moment, Stored, TextArray, UuidArray, choice
from domain.compliance.due_days import DueBy, ListedException, ReliefAxis
from domain.compliance.standing import FulfillmentAxis, Label, Timing

EXCEPTIONS: Document[tuple[ListedException, ...]] = Document(tuple[ListedException, ...])

obligation_states = Table(
    "obligation_states",
    metadata,
    identity(),
    Column("user_id", Uuid(), nullable=False),
    Column("requirement_id", Uuid(), nullable=False),
    Column("from_day", Date(), nullable=False),
    Column("until", Date()),
    Column("label", choice(Label, "label"), nullable=False),
    Column("fulfillment", choice(FulfillmentAxis, "fulfillment"), nullable=False),
    Column("timing", choice(Timing, "timing"), nullable=False),
    Column("relief", choice(ReliefAxis, "relief"), nullable=False),
    Column("cycle", Integer(), nullable=False),
    Column("version", Integer(), nullable=False),
    Column("opened_on", Date(), nullable=False),
    Column("due_on", Date()),
    # The due day and the requirement, for sorting.
    Column("due_key", ORDERED, nullable=False),
    Column("due_by", choice(DueBy, "due_by"), nullable=False),
    Column("unextended_on", Date()),
    Column("is_open", Boolean(), nullable=False),
    Column("asks_initial", Boolean(), nullable=False),
    Column("met_on", Date()),
    Column("met_by", UuidArray(), nullable=False),
    Column("valid_until", Date()),
    Column("next_opens_on", Date()),
    Column("clause", Text(), nullable=False),
    Column("position_id", Uuid()),
    Column("department", String(120)),
    Column("department_folded", Text()),
    Column("location_id", Uuid()),
    Column("blocks", TextArray(), nullable=False),
    Column("modules", UuidArray(), nullable=False),
    Column("exceptions", Stored(EXCEPTIONS), nullable=False),
    recorded_at(),
    Column("superseded_at", Moment(), info=RECORDED),
    info=append_only("superseded_at", when="OLD.superseded_at IS NULL") | reported(),
)
CURRENT = obligation_states.c.superseded_at.is_(None)
FORMER = obligation_states.c.superseded_at.is_not(None)
Index(
    "ix_obligation_states_user_id",
    *(obligation_states.c.user_id, obligation_states.c.requirement_id, obligation_states.c.from_day),
)
Index(
    "ix_obligation_states_current",
    *(obligation_states.c.requirement_id, obligation_states.c.from_day),
    postgresql_where=CURRENT,
    sqlite_where=CURRENT,
)
Index(
    "ix_obligation_states_due",
    *(obligation_states.c.due_key, obligation_states.c.user_id),
    postgresql_where=CURRENT,
    sqlite_where=CURRENT,
)
# Reports of a day read the rows that hold on it, after five years a twentieth of them all. SQLite has no ranges.
Index(
    "ix_obligation_states_days",
    days_from_to(obligation_states.c.from_day, obligation_states.c.until),
    postgresql_using="gist",
    postgresql_where=CURRENT,
).ddl_if(dialect="postgresql")
# For lists of a location: by due day, its rows would be looked for among those of all others.
Index(
    "ix_obligation_states_location",
    *(obligation_states.c.location_id, obligation_states.c.until),
    postgresql_where=CURRENT,
    sqlite_where=CURRENT,
)
Index("ix_obligation_states_recorded_at", obligation_states.c.recorded_at)
# For the newest moment, and for what was superseded since a moment.
Index(
    "ix_obligation_states_superseded_at",
    obligation_states.c.superseded_at,
    postgresql_where=FORMER,
    sqlite_where=FORMER,
)
