"""Lists that belong to somebody or something, a page at a time, newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, FromClause, Select, select, true

from adapters.sql.pages import at_most, before
from adapters.sql.reads import Reads
from adapters.sql.users import scope_parameters
from application.access import Scope
from application.messages import Cursor, Page

T = TypeVar("T")


def beside(
    owner: FromClause,
    owned_by: ColumnElement[bool],
    some: Select[Any],
    at: ColumnElement[Any],
    tie: ColumnElement[Any],
    after: bool,
) -> Select[Any]:
    """A page of `some`; one row of NULLs when there is none, and no row when the owner does not exist."""
    if after:
        some = some.where(before(at, tie))
    page = some.order_by(at.desc(), tie.desc()).limit(at_most()).subquery()
    return (
        select(page)
        .select_from(owner.outerjoin(page, true()))
        .where(owned_by)
        .order_by(page.c[at.key or ""].desc(), page.c[tie.key or ""].desc())
    )


async def listed(
    reads: Reads,
    statement: Callable[[bool, bool], Select[Any]],
    scope: Scope,
    after: Cursor | None,
    limit: int,
    kind: type[T],
    cursor: Callable[[T], Cursor],
    show: Callable[..., T] | None = None,
    **parameters: Any,
) -> Page[T] | None:
    """The page that such a statement reads, which knows whether it is scoped and goes on behind a cursor."""
    return await reads.kept.page(
        statement(not scope.everyone, after is not None),
        after,
        limit,
        kind,
        cursor,
        show,
        **parameters,
        **scope_parameters(scope),
    )
