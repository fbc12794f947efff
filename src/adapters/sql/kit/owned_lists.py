"""Lists that belong to an owner, a page at a time, newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select

from adapters.sql.kit.pages import Order, listed
from application.kernel.access import Scope
from application.kernel.messages import Cursor


def beside(
    owner: FromClause,
    owned_by: ColumnElement[bool],
    some: Select[Any],
    at: ColumnElement[Any],
    tie: ColumnElement[Any],
    after: bool,
    parts: Sequence[ColumnElement[bool]] = (),
) -> Select[Any]:
    """A page of `some`, or of these parts of it; one row of NULLs if there are none, and no row if the owner does not
    exist.
    """
    return listed(some, Order(at, tie), after=after, owner=owner, owned_by=owned_by, parts=parts)


def scoped(
    statement: Callable[[bool, bool], Select[Any]], scope: Scope, after: Cursor | None
) -> tuple[Select[Any], dict[str, Any]]:
    """Selects the statement that reads a page within a scope, after a cursor if there is one; with the scope's
    parameters.
    """
    return statement(not scope.everyone, after is not None), scope_parameters(scope)


def scope_parameters(scope: Scope) -> dict[str, Any]:
    """The parameters of a statement that reads within the scope."""
    return {} if scope.everyone else {"scope_user": scope.user_id, "scope_departments": scope.departments}
