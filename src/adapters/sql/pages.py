"""Pages of lists that run from newest to oldest, cut by keyset: what comes before a page is never read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Uuid, bindparam, tuple_

from adapters.sql.types import Moment
from application.messages import Cursor, Page
from domain.typography import folded

T = TypeVar("T")


def before(moment: ColumnElement[Any], identity: ColumnElement[Any]) -> ColumnElement[bool]:
    """What comes after the parameters `at` and `id` in a list from newest to oldest."""
    place = tuple_(bindparam("at", type_=Moment()), bindparam("id", type_=Uuid()))
    return tuple_(moment, identity) < place


def at_most() -> Any:
    """The parameter `limit`, for a page and one row more that tells whether another page follows."""
    return bindparam("limit", type_=Integer())


def place(after: Cursor | None) -> dict[str, datetime | UUID]:
    """The parameters of `before`."""
    return {} if after is None else {"at": after.at, "id": after.id}


def page_of(items: list[T], limit: int, cursor: Callable[[T], Cursor]) -> Page[T]:
    """The page from up to limit + 1 items."""
    if len(items) <= limit:
        return Page(items, None)
    del items[limit:]
    return Page(items, cursor(items[-1]))


def wildcard(q: str | None) -> dict[str, str]:
    """The parameter `q` for `LIKE ... ESCAPE '\\'` on folded text: the words as they are, anywhere."""
    if q is None:
        return {}
    literal = folded(q).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"q": f"%{literal}%"}
