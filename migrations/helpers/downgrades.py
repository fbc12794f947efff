"""Downgrades must not lose evidence."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Text, cast, column, literal, select, table, text


class EvidenceWouldBeLost(Exception):
    """A downgrade would drop what must be kept. Nothing was changed. Says what, and what to do instead."""


def refuse_to_lose(*what: str, but: str | None = None) -> None:
    """Refuse the downgrade if these tables, or columns named as `table.column`, are not empty.

    Columns that have the value `but` in all rows say nothing, and may be lost.

    Called in a downgrade before anything is dropped; until its end nobody writes to these tables. Raises
    EvidenceWouldBeLost.
    """
    if op.get_context().as_sql:
        return  # Nobody knows what is in the database that the script is for.
    connection = op.get_bind()
    for each in what:
        name, _, of = each.partition(".")
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE"))
        found = select(literal(1)).select_from(table(name, *([column(of)] if of else []))).limit(1)
        if of:
            found = found.where(column(of).is_not(None) if but is None else cast(column(of), Text) != but)
        if connection.scalar(found) is not None:
            raise EvidenceWouldBeLost(
                f"This downgrade would drop {each}, which is not empty. Evidence of training must be kept: go on with "
                "this version, or restore a backup of before into another database."
            )
