"""Pages of lists from newest to oldest, by keyset: rows before a page are never read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Uuid, bindparam, tuple_

from adapters.encoding import EncodedItems, to_json
from adapters.sql.kit.reads import Reads, Row
from adapters.sql.kit.types import Moment
from application.kernel.messages import Cursor, Page
from domain.kernel.typography import folded

T = TypeVar("T")


def before(moment: ColumnElement[Any], identity: ColumnElement[Any]) -> ColumnElement[bool]:
    """The rows after the parameters `at` and `id` in a list from newest to oldest."""
    place = tuple_(bindparam("at", type_=Moment()), bindparam("id", type_=Uuid()))
    return tuple_(moment, identity) < place


def at_most() -> Any:
    """The parameter `limit`, plus one row that tells whether another page follows."""
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


class Listing(Generic[T]):
    """A list: the type of its items, made from rows as `columns_of` selects them, and the cursor behind an item.

    A row whose first column is NULL stands for an empty list.
    """

    def __init__(self, kind: type[T], cursor: Callable[[T], Cursor]) -> None:
        self._kind = kind
        self._cursor = cursor
        self._encode = self._encoded  # one object, since it is part of the cache key

    async def page(
        self, reads: Reads, statement: Select[Any], after: Cursor | None, limit: int, **parameters: Any
    ) -> Page[T] | None:
        """The page after a cursor; None without any row. As JSON, for a handler that returns its items unchanged."""
        made = await reads.made(statement, self._encode, limit=limit + 1, **place(after), **parameters)
        if not made:
            return None
        items = EncodedItems([item for item in made[:limit] if item is not None], self._kind)
        return Page(items, self._cursor(items[-1]) if len(made) > limit else None)

    async def opened(
        self, reads: Reads, statement: Select[Any], after: Cursor | None, limit: int, **parameters: Any
    ) -> Page[T] | None:
        """The same page as objects, for a handler that needs its items."""
        rows = await reads.rows(statement, limit=limit + 1, **place(after), **parameters)
        if not rows:
            return None
        return page_of([self._kind(*row) for row in rows if row[0] is not None], limit, self._cursor)

    def _encoded(self, row: Row) -> bytes | None:
        return None if row[0] is None else to_json(self._kind(*row))


def wildcard(q: str | None) -> dict[str, str]:
    """The parameter `q` for `LIKE ... ESCAPE '\\'` on folded text: the literal words, anywhere."""
    if q is None:
        return {}
    literal = folded(q).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"q": f"%{literal}%"}
