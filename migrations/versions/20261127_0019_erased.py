"""What an erasure reaches: the kept answers of the person, and what was answered in attempts that were given up."""

from __future__ import annotations

from alembic import op

from migrations.helpers.append_only_v2 import Kept, Key, unprotect
from migrations.helpers.append_only_v2 import protect as protect_as_before
from migrations.helpers.append_only_v3 import Released, protect
from migrations.helpers.running import lock_timeout

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NEVER = (
    *("id", "module_id", "user_id", "cycle_id", "version_number", "section_id", "number", "seed", "items"),
    *("policy", "max_points", "started_at", "deadline", "grant_number"),
)
WHILE_OPEN = ("status", "marks", "points", "percent", "passed", "submitted_at", "updated_at", "version")
TABLES: dict[str, tuple[Kept, list[Key], Released]] = {
    "quiz_attempts": (
        Kept(frozen=NEVER, when="OLD.status = 'open'"),
        [Key(("cycle_id", "section_id"), "status = 'open'"), Key(("cycle_id", "section_id", "number")), Key(("id",))],
        Released("user_id", "answers", (("status", "superseded"),), (*NEVER, *WHILE_OPEN)),
    ),
    "idempotency_keys": (Kept(stays=("created_at", 86_400)), [Key(("owner", "key"))], Released("owner")),
}


def upgrade() -> None:
    lock_timeout()
    for table, (kept, keys, released) in TABLES.items():
        unprotect(table, kept, keys)
        protect(table, kept, keys, released)


def downgrade() -> None:
    lock_timeout()
    for table, (kept, keys, _) in TABLES.items():
        unprotect(table, kept, keys)
        protect_as_before(table, kept, keys)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_unless_erased()")
