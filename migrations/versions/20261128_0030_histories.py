"""Positions and employment in time, beginning with what is known of people.

Somebody's first position begins on the day of hire, or on the earliest day that it may have been where the person was
entered, since it is not known where that was.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key
from migrations.helpers.append_only_v3 import Released, protect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

SOURCES = ("person", "service-account", "roster", "system", "migration")
STATES = ("hired", "rehired", "returned", "on_leave", "left")
POSITIONS = (
    *("department", "ends_on", "id", "is_primary", "job_title", "location", "position_id", "recorded_at"),
    *("recorded_by", "source", "starts_on", "supersedes", "user_id", "withdrawn"),
)
EMPLOYMENT = (
    *("from_day", "id", "recorded_at", "recorded_by", "source", "state", "supersedes", "user_id", "withdrawn"),
)


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "positions",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(length=120), nullable=True),
        sa.Column("job_title", sa.String(length=120), nullable=True),
        sa.Column("location", sa.String(length=120), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(*SOURCES, name="source", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        *_common(),
        sa.PrimaryKeyConstraint("id", name="pk_positions"),
        sa.UniqueConstraint("supersedes", name="uq_positions_supersedes"),
    )
    op.create_table(
        "employment_states",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(*SOURCES, name="source", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        *_common(),
        sa.PrimaryKeyConstraint("id", name="pk_employment_states"),
        sa.UniqueConstraint("supersedes", name="uq_employment_states_supersedes"),
    )
    for table in ("positions", "employment_states"):
        op.create_index(f"ix_{table}_user_id", table, ["user_id"])
        op.create_index(f"ix_{table}_recorded_at", table, ["recorded_at"])
    _begin()
    for table, columns in (("positions", POSITIONS), ("employment_states", EMPLOYMENT)):
        protect(
            table,
            Kept(frozen=columns, when="OLD.id <> OLD.id"),
            [Key(("id",)), Key(("supersedes",))],
            Released("user_id", "reason", (), columns),
        )


def _common() -> list[sa.Column[object]]:
    clock = sa.text(
        "(strftime('%Y-%m-%d %H:%M:%f000', 'now'))"
        if op.get_context().dialect.name == "sqlite"
        else "clock_timestamp()"
    )
    return [
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", types.Moment(), server_default=clock, nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
    ]


def _begin() -> None:
    """The first rows: users go on showing what they show."""
    on_sqlite = op.get_context().dialect.name == "sqlite"
    day = "date({}, '-12 hours')" if on_sqlite else "CAST(({} - interval '12 hours') AT TIME ZONE 'UTC' AS date)"
    entered, left = day.format("created_at"), day.format("coalesce(deactivated_at, updated_at)")
    latest = "max" if on_sqlite else "greatest"
    new_id = "lower(hex(randomblob(16)))" if on_sqlite else "gen_random_uuid()"
    moment = "strftime('%Y-%m-%d %H:%M:%f000', 'now')" if on_sqlite else "now()"
    # All of them are recorded at one moment.
    same = f"coalesce((SELECT max(recorded_at) FROM positions), {moment})" if on_sqlite else moment  # noqa: S608  # our own words
    yes = "1" if on_sqlite else "true"
    op.execute(
        f"""
        WITH fresh AS MATERIALIZED (
            SELECT {new_id} AS fresh_id, id AS user_id, department, job_title, location,
                   coalesce(hired_on, {entered}) AS starts_on
            FROM users WHERE coalesce(department, job_title, location) IS NOT NULL
        )
        INSERT INTO positions
            (id, position_id, user_id, department, job_title, location, is_primary, starts_on, source, recorded_at)
        SELECT fresh_id, fresh_id, user_id, department, job_title, location, {yes}, starts_on, 'migration', {moment}
        FROM fresh
        """  # noqa: S608  # our own words
    )
    op.execute(
        f"""
        INSERT INTO employment_states (user_id, state, from_day, source, recorded_at)
        SELECT id, 'hired', hired_on, 'migration', {same} FROM users WHERE hired_on IS NOT NULL
        UNION ALL
        SELECT id, 'left', CASE WHEN hired_on IS NULL THEN {left} ELSE {latest}({left}, hired_on) END,
               'migration', {same}
        FROM users WHERE NOT is_active
        """  # noqa: S608  # our own words
    )


def downgrade() -> None:
    lock_timeout()
    # Of the days and moments of all changes, users keep only what is true today.
    refuse_to_lose("positions", "employment_states")
    for table in ("employment_states", "positions"):
        op.drop_index(f"ix_{table}_recorded_at", table)
        op.drop_index(f"ix_{table}_user_id", table)
        op.drop_table(table)
