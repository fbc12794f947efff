"""The texts of positions in the form in which they are compared, so that a history finds what they meant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers.append_only_v2 import Kept, Key, unprotect
from migrations.helpers.append_only_v3 import Released, protect
from migrations.helpers.folding_v1 import folded
from migrations.helpers.running import lock_timeout

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

KEYS = [Key(("id",)), Key(("supersedes",))]
BEFORE = (
    *("department", "ends_on", "id", "is_primary", "job_title", "location", "position_id", "recorded_at"),
    *("recorded_by", "source", "starts_on", "supersedes", "user_id", "withdrawn"),
)
NEW = ("job_title_folded", "location_folded")
AT_ONCE = 5_000


def upgrade() -> None:
    lock_timeout()
    unprotect("positions", _kept(BEFORE), KEYS)
    for name in NEW:
        op.add_column("positions", sa.Column(name, sa.Text(), nullable=True))
    if not op.get_context().as_sql:
        _fold()
    _protect((*BEFORE, *NEW))


def downgrade() -> None:
    lock_timeout()
    unprotect("positions", _kept((*BEFORE, *NEW)), KEYS)
    for name in NEW:
        op.drop_column("positions", name)
    _protect(BEFORE)


def _kept(columns: tuple[str, ...]) -> Kept:
    return Kept(frozen=columns, when="OLD.id <> OLD.id")


def _protect(columns: tuple[str, ...]) -> None:
    protect("positions", _kept(columns), KEYS, Released("user_id", "reason", (), columns))


def _fold() -> None:
    """Fill the new columns, a set of rows at a time."""
    connection = op.get_bind()
    names = ("job_title", "location", *NEW)
    positions = sa.table("positions", sa.column("id", sa.Uuid()), *(sa.column(name, sa.Text()) for name in names))
    some = sa.select(positions.c.id, positions.c.job_title, positions.c.location).order_by(positions.c.id)
    write = sa.update(positions).where(positions.c.id == sa.bindparam("of"))
    write = write.values(job_title_folded=sa.bindparam("title"), location_folded=sa.bindparam("place"))
    rows = connection.execute(some.limit(AT_ONCE)).all()
    while rows:
        keys = [{"of": row.id, "title": _key(row.job_title), "place": _key(row.location)} for row in rows]
        connection.execute(write, keys)
        rows = connection.execute(some.where(positions.c.id > rows[-1].id).limit(AT_ONCE)).all()


def _key(text: str | None) -> str | None:
    return None if text is None else folded(text)
