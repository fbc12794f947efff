"""Append-only tables as the first migrations made them. Migrations use this module: it never changes."""

from __future__ import annotations

from alembic import op

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""


def make_append_only(table: str, *keys: str) -> None:
    """Refuse UPDATE and DELETE, and their equivalents TRUNCATE and SQLite's REPLACE. For migrations.

    `keys` are the columns, joined by commas, of each unique key, by which REPLACE finds the row that it removes.
    """
    if op.get_context().dialect.name == "postgresql":
        op.execute(_POSTGRESQL_FUNCTION)
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {change} refused'); END"
        )
    for key in keys:
        columns = key.split(", ")
        # In SQLite's own words, since it is what the constraint would have said to any other INSERT.
        message = "UNIQUE constraint failed: " + ", ".join(f"{table}.{column}" for column in columns)
        same = " AND ".join(f"{column} = NEW.{column}" for column in columns)
        there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608  # our own names
        op.execute(
            f"CREATE TRIGGER {table}_no_replace_by_{'_'.join(columns)} BEFORE INSERT ON {table} "
            f"WHEN {there} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
