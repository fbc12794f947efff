"""The triggers of `append_only_v2`, and what they let through of somebody who was erased. Migrations rest on this.

Whether somebody was erased is looked up in the table of users by the database itself, so that no statement reaches
more than the law wants gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alembic import op

from migrations.helpers.append_only_v2 import REFUSE, Kept, Key
from migrations.helpers.append_only_v2 import triggers as triggers_for_all

REFUSE_UNLESS_ERASED = """
CREATE OR REPLACE FUNCTION refuse_unless_erased() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    person text := to_jsonb(OLD) ->> TG_ARGV[0];
    erased boolean := false;
BEGIN
    IF person ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' AND (TG_OP = 'DELETE' OR (
        to_jsonb(OLD) @> TG_ARGV[1]::jsonb AND to_jsonb(OLD) - TG_ARGV[2] = to_jsonb(NEW) - TG_ARGV[2]
    )) THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.users WHERE id = $1 AND erased_at IS NOT NULL)', TG_TABLE_SCHEMA)
        INTO erased USING person::uuid;
    END IF;
    IF NOT erased THEN
        RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$
"""


@dataclass(frozen=True, slots=True)
class Released:
    """The rows that an erasure reaches: those of the person whose id is in the column `person`, as text or as it is.

    Without `column` they may be deleted. With it, this column alone may change, in the rows that have the values in
    `where`; `others` are all other columns of the table.
    """

    person: str
    column: str | None = None
    where: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()


def protect(table: str, kept: Kept, keys: Sequence[Key], released: Released | None = None) -> None:
    """Make the triggers of a table. For migrations."""
    dialect = op.get_context().dialect.name
    if dialect == "postgresql":
        op.execute(REFUSE)
        op.execute(REFUSE_UNLESS_ERASED)
    for name, statement in triggers(dialect, table, kept, keys, released).items():
        op.execute(statement)
        if dialect == "postgresql":
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def triggers(
    dialect: str, table: str, kept: Kept, keys: Sequence[Key], released: Released | None = None
) -> Mapping[str, str]:
    """The statements that make the triggers, by their names."""
    made = triggers_for_all(dialect, table, kept, keys)
    if released is not None:
        name = f"{table}_keeps_{'update' if released.column else 'delete'}"
        made[name] = (_on_postgresql if dialect == "postgresql" else _on_sqlite)(made[name], released)
    return made


def _on_postgresql(trigger: str, released: Released) -> str:
    pairs = ", ".join(f'"{column}": "{value}"' for column, value in released.where)
    arguments = [released.person, *((f"{{{pairs}}}", released.column) if released.column else ())]
    given = ", ".join(f"'{each}'" for each in arguments)
    return trigger.replace("refuse_change()", f"refuse_unless_erased({given})")


def _on_sqlite(trigger: str, released: Released) -> str:
    # Ids are text without hyphens there.
    erased = (
        f"EXISTS (SELECT 1 FROM users WHERE id = replace(OLD.{released.person}, '-', '') "  # noqa: S608  # our own names
        "AND erased_at IS NOT NULL)"
    )
    if released.column:
        rows = [f"OLD.{column} = '{value}'" for column, value in released.where]
        same = [f"OLD.{column} IS NEW.{column}" for column in ("rowid", *sorted(released.others))]
        erased = " AND ".join([*rows, *same, erased])
    return trigger.removesuffix("; END") + f" WHERE NOT ({erased}); END"
