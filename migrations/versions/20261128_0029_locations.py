"""Locations, and which one the text in somebody's profile means.

The texts stay as they are. No text means a location yet, since there are none.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import types
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ORDERED = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
STATES = (
    *("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA"),
    *("ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK"),
    *("OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY"),
    *("DC", "AS", "GU", "MH", "FM", "MP", "PW", "PR", "VI"),
)


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "locations",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
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
        sa.Column("code_folded", sa.Text(), nullable=True),
        sa.Column("city_folded", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("name_key", ORDERED, server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.Column("updated_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_locations"),
        sa.UniqueConstraint("code_folded", name="uq_locations_code_folded"),
    )
    op.create_index("ix_locations_newest", "locations", [sa.text("created_at DESC"), sa.text("id DESC")])
    op.create_index("ix_locations_name", "locations", ["name_key", "id"])
    op.create_index("ix_locations_responsible_id", "locations", ["responsible_id"])
    op.add_column("users", sa.Column("location_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_users_location_id_newest", "users", ["location_id", sa.text("created_at DESC"), sa.text("id DESC")]
    )


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("locations")
    op.drop_index("ix_users_location_id_newest", "users")
    op.drop_column("users", "location_id")
    op.drop_index("ix_locations_responsible_id", "locations")
    op.drop_index("ix_locations_name", "locations")
    op.drop_index("ix_locations_newest", "locations")
    op.drop_table("locations")
