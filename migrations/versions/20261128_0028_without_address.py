"""People without an e-mail address, and no invented addresses for those who have none any more.

Erasing somebody, and giving an address to somebody else, left an address that nobody can have. Now there is none.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.helpers.running import lock_timeout

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

ERASED, REPLACED = "@erased.invalid", "@replaced.invalid"
NULLABLE, REQUIRED = "email VARCHAR(254),", "email VARCHAR(254) NOT NULL,"

users = sa.table(
    "users",
    sa.column("id", sa.Uuid()),
    sa.column("email", sa.String()),
    sa.column("full_name", sa.String()),
    sa.column("name_key", sa.Text()),
    sa.column("employee_id_folded", sa.Text()),
    sa.column("erased_at", sa.DateTime()),
)


def upgrade() -> None:
    lock_timeout()
    _alter(nullable=True)
    invented = sa.or_(*(users.c.email.like(f"%{domain}") for domain in (ERASED, REPLACED)))
    nameless = {"name_key": sa.func.coalesce(users.c.employee_id_folded, "")}
    op.execute(sa.update(users).where(invented, users.c.full_name.is_(None)).values(nameless))
    op.execute(sa.update(users).where(invented).values(email=None))


def downgrade() -> None:
    lock_timeout()
    connection = op.get_bind()
    without = sa.select(users.c.id, users.c.full_name, users.c.erased_at).where(users.c.email.is_(None))
    for person in connection.execute(without).all():
        address = f"{person.id}{REPLACED if person.erased_at is None else ERASED}"
        key: dict[str, Any] = {} if person.full_name else {"name_key": address}
        connection.execute(sa.update(users).where(users.c.id == person.id).values(email=address, **key))
    _alter(nullable=False)


def _alter(*, nullable: bool) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("users", "email", nullable=nullable)
        return
    # SQLite could only create the table again, to which other tables refer. Its documentation describes this way of
    # taking NOT NULL away: https://www.sqlite.org/lang_altertable.html#otheralter
    before, after = (REQUIRED, NULLABLE) if nullable else (NULLABLE, REQUIRED)
    connection = op.get_bind()
    schema = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'users'", (before, after)
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {schema + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
