"""What a migration knows of how it is run."""

from __future__ import annotations

from alembic import op


def lock_timeout() -> None:
    """Give up on a lock after some seconds: a migration must not queue up behind a long transaction,
    since everything else would then queue up behind the migration. Called first in every migration.

    How long is said where migrations are run.
    """
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"SET LOCAL lock_timeout = '{op.get_context().opts['lock_timeout']}'")


def schema() -> str | None:
    """The schema that everything is in, None on SQLite."""
    name: str | None = op.get_context().opts["version_table_schema"]
    return name
