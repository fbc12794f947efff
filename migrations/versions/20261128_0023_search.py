"""Columns to look for people by job title and location, and to sort people and modules by name.

What was folded before is folded again, since texts written earlier were folded by an older table of typography.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers.folding_v1 import folded
from migrations.helpers.running import lock_timeout

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
ORDERED = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
NEWEST: tuple[Any, ...] = (sa.literal_column("created_at DESC"), sa.literal_column("id DESC"))
FOLDED = ("full_name", "department", "job_title", "location")

users = sa.table(
    "users",
    sa.column("id", sa.Uuid()),
    sa.column("email", sa.String()),
    *(sa.column(name, sa.String()) for name in FOLDED),
    *(sa.column(f"{name}_folded", sa.Text()) for name in FOLDED),
    sa.column("name_key", sa.Text()),
)
modules = sa.table(
    "training_modules",
    sa.column("id", sa.Uuid()),
    *(sa.column(name, sa.Text()) for name in ("title", "summary", "slug", "search_text", "title_key")),
)


def upgrade() -> None:
    lock_timeout()
    op.add_column("users", sa.Column("job_title_folded", sa.Text()))
    op.add_column("users", sa.Column("location_folded", sa.Text()))
    op.add_column("users", sa.Column("name_key", ORDERED, server_default="", nullable=False))
    op.add_column("training_modules", sa.Column("title_key", ORDERED, server_default="", nullable=False))
    _derive(users, _of_user)
    _derive(modules, _of_module)
    op.create_index("ix_users_location_folded_newest", "users", ["location_folded", *NEWEST])
    op.create_index("ix_users_name", "users", ["name_key", "id"])
    op.create_index("ix_training_modules_title", "training_modules", ["title_key", "id"])


def downgrade() -> None:
    lock_timeout()
    op.drop_index("ix_training_modules_title", "training_modules")
    op.drop_index("ix_users_name", "users")
    op.drop_index("ix_users_location_folded_newest", "users")
    op.drop_column("training_modules", "title_key")
    op.drop_column("users", "name_key")
    op.drop_column("users", "location_folded")
    op.drop_column("users", "job_title_folded")


def _of_user(user: Any) -> dict[str, Any]:
    found: dict[str, Any] = {f"{name}_folded": _folded(getattr(user, name)) for name in FOLDED}
    return found | {"name_key": found["full_name_folded"] if user.full_name else user.email}


def _of_module(module: Any) -> dict[str, Any]:
    texts = [folded(text) for text in (module.title, module.summary, module.slug)]
    return {"search_text": "\n".join(texts), "title_key": texts[0]}


def _folded(text: str | None) -> str | None:
    return text and folded(text)


def _derive(table: Any, derive: Callable[[Any], dict[str, Any]]) -> None:
    connection = op.get_bind()
    for rows in _batches(connection, table):
        values = [derive(row) | {"row_id": row.id} for row in rows]
        statement = sa.update(table).where(table.c.id == sa.bindparam("row_id", type_=sa.Uuid()))
        names = [name for name in values[0] if name != "row_id"]
        connection.execute(statement.values({name: sa.bindparam(name) for name in names}), values)


def _batches(connection: Any, table: Any) -> Iterator[Sequence[Any]]:
    """All rows, some at a time."""
    some = sa.select(table).order_by(table.c.id).limit(AT_ONCE)
    rows = connection.execute(some).all()
    while rows:
        yield rows
        rows = connection.execute(some.where(table.c.id > rows[-1].id)).all()
