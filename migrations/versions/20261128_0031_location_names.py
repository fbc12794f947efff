"""Which location a text means: the codes and names of the locations that are there."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key
from migrations.helpers.append_only_v3 import protect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLES: dict[str, dict[str, sa.types.TypeEngine[Any]]] = {
    "location_names": {"id": sa.Uuid(), "text_key": sa.Text(), "text": sa.Text(), "location_id": sa.Uuid()},
    "locations": {
        "id": sa.Uuid(),
        "code": sa.Text(),
        "name": sa.Text(),
        "code_folded": sa.Text(),
        "name_key": sa.Text(),
        "created_at": types.Moment(),
    },
    "users": {"location_folded": sa.Text(), "location_id": sa.Uuid()},
}


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "location_names",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("text_key", sa.Text(), nullable=False),
        sa.Column("text", sa.String(length=120), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", types.Moment(), server_default=types.clock_now(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_location_names"),
        sa.UniqueConstraint("text_key", "recorded_at", name="uq_location_names_text_key_recorded_at"),
    )
    op.create_index("ix_location_names_newest", "location_names", [sa.text("recorded_at DESC"), sa.text("id DESC")])
    protect("location_names", Kept(), [Key(("id",)), Key(("text_key", "recorded_at"))])
    if op.get_context().as_sql:
        return
    names, locations, users = (
        sa.table(name, *(sa.column(each, kind) for each, kind in columns.items())) for name, columns in TABLES.items()
    )
    connection = op.get_bind()
    taken = set[str]()
    for each in connection.execute(sa.select(locations).order_by(locations.c.created_at, locations.c.id)).all():
        for text, key in ((each.code, each.code_folded), (each.name, each.name_key)):
            if key not in taken:
                taken.add(key)
                connection.execute(sa.insert(names).values(id=uuid4(), text_key=key, text=text, location_id=each.id))
                connection.execute(sa.update(users).where(users.c.location_folded == key).values(location_id=each.id))


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("location_names")
    op.drop_index("ix_location_names_newest", "location_names")
    op.drop_table("location_names")
