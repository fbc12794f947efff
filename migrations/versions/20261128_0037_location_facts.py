"""What locations are like in time, beginning with what is known of them.

The first fact of a location counts for all days, as that of a location that is added does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key, protect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

SOURCES = ("person", "service-account", "roster", "system", "migration")
STATES = (
    *("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA"),
    *("ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK"),
    *("OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY"),
    *("DC", "AS", "GU", "MH", "FM", "MP", "PW", "PR", "VI"),
)
EARLIEST = "1950-01-01"


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "location_facts",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("postal_code", sa.String(length=10), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("responsible_id", sa.Uuid(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(*SOURCES, name="source", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", types.Moment(), server_default=types.clock_now(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_location_facts"),
        sa.UniqueConstraint("supersedes", name="uq_location_facts_supersedes"),
    )
    op.create_index("ix_location_facts_location_id", "location_facts", ["location_id"])
    op.create_index("ix_location_facts_recorded_at", "location_facts", ["recorded_at"])
    # All of them are recorded at one moment.
    on_sqlite = op.get_context().dialect.name == "sqlite"
    moment = "strftime('%Y-%m-%d %H:%M:%f000', 'now')" if on_sqlite else "now()"
    op.execute(
        f"""
        INSERT INTO location_facts
            (location_id, from_day, code, name, address, city, state, postal_code, time_zone, opened_on, closed_on,
             responsible_id, source, recorded_at)
        SELECT id, '{EARLIEST}', code, name, address, city, state, postal_code, time_zone, opened_on, closed_on,
               responsible_id, 'migration', {moment}
        FROM locations
        """  # noqa: S608  # our own words
    )
    protect("location_facts", Kept(), [Key(("id",)), Key(("supersedes",))])


def downgrade() -> None:
    lock_timeout()
    # Of the days and moments of all changes, locations keep only what is true today.
    refuse_to_lose("location_facts")
    op.drop_index("ix_location_facts_recorded_at", "location_facts")
    op.drop_index("ix_location_facts_location_id", "location_facts")
    op.drop_table("location_facts")
