"""Triggers that keep rows unchanged for every role: evidence, certificates, attempts, events, kept answers."""

from __future__ import annotations

from alembic import op

from migrations.helpers.append_only_v1 import make_append_only
from migrations.helpers.append_only_v2 import Kept, Key, protect, unprotect
from migrations.helpers.running import lock_timeout

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

DAY = 86_400
TABLES: dict[str, tuple[Kept, list[Key]]] = {
    "training_records": (Kept(), [Key(("cycle_id",)), Key(("id",)), Key(("session_id", "user_id"))]),
    "training_sessions": (Kept(), [Key(("id",))]),
    "module_versions": (Kept(), [Key(("module_id", "number"))]),
    "cycle_grants": (Kept(), [Key(("cycle_id",)), Key(("module_id", "user_id", "number"))]),
    "certificates": (
        Kept(
            frozen=("serial", "record_id", "user_id", "valid_from", "valid_until", "issued_at"),
            when="OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL",
        ),
        [Key(("record_id",)), Key(("serial",))],
    ),
    "quiz_attempts": (
        Kept(
            frozen=(
                *("id", "module_id", "user_id", "cycle_id", "version_number", "section_id", "number", "seed", "items"),
                *("policy", "max_points", "started_at", "deadline", "grant_number"),
            ),
            when="OLD.status = 'open'",
        ),
        [Key(("cycle_id", "section_id"), "status = 'open'"), Key(("cycle_id", "section_id", "number")), Key(("id",))],
    ),
    "outbox_events": (Kept(stays=("occurred_at", 90 * DAY)), [Key(("id",))]),
    "idempotency_keys": (Kept(stays=("created_at", DAY)), [Key(("owner", "key"))]),
}
BEFORE = {
    "training_records": ("id", "cycle_id", "session_id, user_id"),
    "training_sessions": ("id",),
    "module_versions": ("module_id, number",),
    "cycle_grants": ("module_id, user_id, number", "cycle_id"),
}


def upgrade() -> None:
    lock_timeout()
    for table, keys in BEFORE.items():
        _drop_those_of_before(table, keys)
    for table, (kept, keys_now) in TABLES.items():
        protect(table, kept, keys_now)


def downgrade() -> None:
    lock_timeout()
    for table, (kept, keys) in TABLES.items():
        unprotect(table, kept, keys)
    for table, keys_before in BEFORE.items():
        make_append_only(table, *keys_before)


def _drop_those_of_before(table: str, keys: tuple[str, ...]) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        return
    replaced = [f"no_replace_by_{key.replace(', ', '_')}" for key in keys]
    for name in ("no_update", "no_delete", *replaced):
        op.execute(f"DROP TRIGGER {table}_{name}")
