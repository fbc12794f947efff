"""What a database's schema is, read from the database itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, text

from integration.backends import SqlBackend

POSTGRESQL = {
    "columns": """
        SELECT c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
               pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = to_regnamespace('training') AND a.attnum > 0 AND NOT a.attisdropped
    """,
    "constraints": """
        SELECT conrelid::regclass, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = to_regnamespace('training')
    """,
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'training'",
    "views": """
        SELECT matviewname, definition FROM pg_matviews WHERE schemaname = 'training'
        UNION ALL SELECT viewname, definition FROM pg_views WHERE schemaname = 'training'
    """,
    "types": """
        SELECT typname FROM pg_type WHERE typnamespace = to_regnamespace('training') AND typtype IN ('e', 'd')
    """,
    "functions": """
        SELECT oid::regprocedure, prosecdef, proconfig, prosrc FROM pg_proc
        WHERE pronamespace = to_regnamespace('training')
    """,
    "triggers": """
        SELECT pg_get_triggerdef(pg_trigger.oid), tgenabled FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE relnamespace = to_regnamespace('training') AND NOT tgisinternal
    """,
}
SQLITE = {"schema": "SELECT type, name, tbl_name, sql FROM sqlite_master"}

Schema = dict[str, list[str]]


async def schema(backend: SqlBackend) -> Schema:
    """Everything in the schema by kind, in order. Alembic's own table is left out."""
    queries = POSTGRESQL if backend.on_postgresql else SQLITE
    async with backend.database.engine.begin() as connection:
        if backend.on_postgresql:
            await connection.execute(text("SET LOCAL search_path = training, pg_temp"))
        return {kind: _told(await connection.execute(text(query))) for kind, query in queries.items()}


def _told(rows: Iterable[Row[Any]]) -> list[str]:
    lines = [" | ".join(_plain(str(value)) for value in row) for row in rows]
    return sorted(line for line in lines if "alembic_version" not in line)


def _plain(definition: str) -> str:
    """A table's own text with what does not matter put in order: a table made again has its name in quotes, and its
    constraints in another order.
    """
    if not definition.startswith("CREATE TABLE"):
        return definition
    first, *others = definition.replace('"', "").split("\n")
    return "\n".join([first, *sorted(line.strip(" \t,") for line in others)])
