"""The triggers that enforce the declarations of `append_only` in the database.

On PostgreSQL they fire ALWAYS, even if `session_replication_role` is `replica`; for each row, even if the change comes
through an inheritance parent; and for statements that match no row. On SQLite they also refuse REPLACE, which removes
rows without firing triggers for DELETE: by each unique key, and by rowid.

The triggers themselves look up in the table of users whether a person was erased, so that no statement can change more
than an erasure should.

The triggers that migrations have created so far are in `migrations/helpers`; a change here needs a migration that
replaces them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """Columns of a unique key, of all rows or of those for which a condition holds; see `Kept.when`."""

    columns: tuple[str, ...]
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Which changes of a table's rows are allowed.

    The `frozen` columns never change; if it is empty, no column changes. Other columns may change while the condition
    `when` holds, which is SQL on OLD and NEW that both databases understand. Rows may be deleted once the time in the
    column of `stays` is that many seconds ago, by the database's clock; without `stays` never.
    """

    frozen: tuple[str, ...] = ()
    when: str | None = None
    stays: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """The rows that an erasure may change: those of the person whose id is in the column `person`, as text or as an id.

    Without `column` they may be deleted. With it, only this column may change, in the rows that have the values in
    `where`; `others` are all other columns of the table.
    """

    person: str
    column: str | None = None
    where: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()


def triggers(
    dialect: str, table: str, kept: Kept, keys: Sequence[Key], released: Released | None = None
) -> Mapping[str, str]:
    """The statements that create the triggers, by name."""
    made = _on_postgresql(table, kept) if dialect == "postgresql" else _on_sqlite(table, kept, keys)
    if released is not None:
        name = f"{table}_keeps_{'update' if released.column else 'delete'}"
        made[name] = (_released_on_postgresql if dialect == "postgresql" else _released_on_sqlite)(made[name], released)
    return made


def _on_postgresql(table: str, kept: Kept) -> dict[str, str]:
    refused = " OR ".join(["TRUNCATE", *([] if kept.frozen else ["UPDATE"]), *([] if kept.stays else ["DELETE"])])
    young = f"OLD.{kept.stays[0]} > now() - interval '{kept.stays[1]} seconds'" if kept.stays else None
    rows = {"update": _changed(kept, "IS DISTINCT FROM"), "delete": young}
    made = {f"{table}_keeps_all": f"BEFORE {refused} ON {table} FOR EACH STATEMENT"}
    for change, when in rows.items():
        condition = f" WHEN ({when})" if when else ""
        made[f"{table}_keeps_{change}"] = f"BEFORE {change.upper()} ON {table} FOR EACH ROW{condition}"
    return {name: f"CREATE TRIGGER {name} {how} EXECUTE FUNCTION refuse_change()" for name, how in made.items()}


def _on_sqlite(table: str, kept: Kept, keys: Sequence[Key]) -> dict[str, str]:
    changed = _changed(kept, "IS NOT")
    young = f"OLD.{kept.stays[0]} > {_ago_on_sqlite(kept.stays[1])}" if kept.stays else None
    made = {
        "update": ("BEFORE UPDATE", changed and f"OLD.rowid <> NEW.rowid OR {changed}", _refused(table, "UPDATE")),
        "delete": ("BEFORE DELETE", young, _refused(table, "DELETE")),
        # If none is given, NEW.rowid is -1 before the insertion, so no row may have this rowid.
        "rowid": ("BEFORE INSERT", _there(table, Key(("rowid",))), _refused(table, "REPLACE")),
        "positive": ("AFTER INSERT", "NEW.rowid < 0", _refused(table, "a rowid below 0")),
    }
    for key in keys:
        # SQLite's own message, as the constraint raises it for any other INSERT.
        said = "UNIQUE constraint failed: " + ", ".join(f"{table}.{column}" for column in key.columns)
        made["_".join(key.columns)] = ("BEFORE INSERT", _there(table, key), said)
    return {
        f"{table}_keeps_{name}": f"CREATE TRIGGER {table}_keeps_{name} {change} ON {table} "
        f"{f'WHEN {when} ' if when else ''}BEGIN SELECT RAISE(ABORT, '{said}'); END"
        for name, (change, when, said) in made.items()
    }


def _changed(kept: Kept, differs: str) -> str | None:
    """The condition under which an UPDATE is refused; None for always."""
    if not kept.frozen:
        return None
    changed = [f"OLD.{column} {differs} NEW.{column}" for column in sorted(kept.frozen)]
    return " OR ".join([*([f"NOT ({kept.when})"] if kept.when else []), *changed])


def _there(table: str, key: Key) -> str:
    same = " AND ".join(f"kept.{column} = NEW.{column}" for column in key.columns)
    some = f" AND kept.{key.where} AND NEW.{key.where}" if key.where else ""
    return f"EXISTS (SELECT 1 FROM {table} AS kept WHERE {same}{some})"  # noqa: S608  # our own names


def _refused(table: str, change: str) -> str:
    return f"{table} is append-only: {change} refused"


def _ago_on_sqlite(seconds: int) -> str:
    return f"strftime(''%Y-%m-%d %H:%M:%f'', ''now'', ''-{seconds} seconds'')".replace("''", "'")


def _released_on_postgresql(trigger: str, released: Released) -> str:
    pairs = ", ".join(f'"{column}": "{value}"' for column, value in released.where)
    arguments = [released.person, *((f"{{{pairs}}}", released.column) if released.column else ())]
    given = ", ".join(f"'{each}'" for each in arguments)
    return trigger.replace("refuse_change()", f"refuse_unless_erased({given})")


def _released_on_sqlite(trigger: str, released: Released) -> str:
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
