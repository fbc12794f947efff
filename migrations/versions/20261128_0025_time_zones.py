"""The time zones of the days in evidence, the place of a session, and the day of issue of a certificate.

Nobody knows the zones of what is there already, and nobody changes evidence. Only the day of issue was never stored:
certificates were printed with that of the organization's time zone, whichever it was at the time of printing. Now each
keeps the day that is printed today.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import context, op

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key, protect, unprotect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = ("training_records", "training_sessions", "cycle_grants")
WHEN = "OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL"
KEYS = [Key(("record_id",)), Key(("serial",))]
FROZEN = ("serial", "record_id", "user_id", "valid_from", "valid_until", "issued_at")
BEFORE, NOW = Kept(FROZEN, WHEN), Kept((*FROZEN, "issued_on"), WHEN)
AT_ONCE = 5_000


def upgrade() -> None:
    lock_timeout()
    unprotect("certificates", BEFORE, KEYS)
    for table in TABLES:
        op.add_column(table, sa.Column("time_zone", sa.String(length=64), nullable=True))
    op.add_column("training_sessions", sa.Column("location_id", sa.Uuid(), nullable=True))
    op.add_column("certificates", sa.Column("issued_on", sa.Date(), nullable=True))
    if not op.get_context().as_sql:
        keep_days_of_issue(context.config.attributes.get("time_zone", "UTC"))
    protect("certificates", NOW, KEYS)


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("training_records.time_zone", "training_sessions.time_zone", "training_sessions.location_id")
    refuse_to_lose("cycle_grants.time_zone", "certificates.issued_on")
    unprotect("certificates", NOW, KEYS)
    op.drop_column("certificates", "issued_on")
    op.drop_column("training_sessions", "location_id")
    for table in TABLES:
        op.drop_column(table, "time_zone")
    protect("certificates", BEFORE, KEYS)


def keep_days_of_issue(zone: str) -> None:
    """Keep the days of issue in this time zone, counted here, since SQLite knows no zones."""
    there, connection, last = ZoneInfo(zone), op.get_bind(), ""
    certificates = sa.table(
        "certificates",
        sa.column("serial", sa.String()),
        sa.column("issued_at", types.Moment()),
        sa.column("issued_on", sa.Date()),
    )
    serial, issued_at = certificates.c.serial, certificates.c.issued_at
    some = sa.select(serial, issued_at).order_by(serial).limit(AT_ONCE)
    write = sa.update(certificates).where(serial == sa.bindparam("of")).values(issued_on=sa.bindparam("day"))
    while rows := connection.execute(some.where(serial > last)).all():
        days = [{"of": each.serial, "day": each.issued_at.astimezone(there).date()} for each in rows]
        connection.execute(write, days)
        last = rows[-1].serial
