"""Whose a row is that names a user by id: evidence keeps the id under which it was written, also after a merge.

Every statement that reads what a person has done uses these expressions. `adapters.memory.people.merged` has the same
in memory.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Subquery, func, select, union_all

from adapters.sql.kit.expressions import any_of
from adapters.sql.people.tables import users


def of_person(column: ColumnElement[UUID], user_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether the row is this user's, or that of somebody who was merged into this user.

    The databases look the few merged users up in a partial index, and then the rows by their own index.
    """
    merged = users.alias()
    alone = select(user_id)
    theirs = select(merged.c.id).where(merged.c.merged_into == user_id)
    if isinstance(user_id, Column):
        alone, theirs = alone.correlate(user_id.table), theirs.correlate(user_id.table)
    return column.in_(union_all(alone, theirs))


def parts_of_person(column: ColumnElement[UUID], user_id: ColumnElement[UUID]) -> tuple[ColumnElement[bool], ...]:
    """As `of_person`, in two parts: for lists, which are read in the order of an index of one user."""
    merged = users.alias()
    return column == user_id, column.in_(select(merged.c.id).where(merged.c.merged_into == user_id))


def ids_of(name: str) -> Subquery:
    """The ids under which there are rows of the users in the parameter `name`, each with the user as `person_id`."""
    merged = users.alias()
    alone = select(users.c.id.label("person_id"), users.c.id.label("user_id")).where(any_of(users.c.id, name))
    theirs = select(merged.c.merged_into, merged.c.id).where(any_of(merged.c.merged_into, name))
    return union_all(alone, theirs).subquery()


def person_of(column: ColumnElement[UUID]) -> ColumnElement[UUID]:
    """The user that stands for the person whose row it is."""
    written: Any = users.alias()
    into = select(written.c.merged_into).where(written.c.id == column)
    if isinstance(column, Column):
        into = into.correlate(column.table)
    return func.coalesce(into.scalar_subquery(), column)
