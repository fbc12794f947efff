"""Pages of lists, by keyset: rows before a page are never read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    UnaryExpression,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)

from adapters.encoding import EncodedItems, to_json
from adapters.sql.kit.packing import KEY, TOTAL
from adapters.sql.kit.reads import Reads, Row, on_replica
from application.kernel.messages import Cursor, Page

T = TypeVar("T")

MOST_STATEMENTS = 500
"""The statements of a list that are kept. Filters and sort orders can be combined in more ways than anybody needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """An order of a list: by `key`, and among equals by `tie`, an id; both ascending or both descending.

    `sort` is its name; None for the list's own order, whose cursors follow from the items. With `sqlite_hint` SQLite,
    which has no statistics, reads a table by the index that has the order.
    """

    key: ColumnElement[Any]
    tie: ColumnElement[Any]
    descending: bool = True
    sort: str | None = None
    sqlite_hint: tuple[FromClause, str] | None = None

    def rows_after(self) -> ColumnElement[bool]:
        """The rows after the parameters `at` and `id`."""
        here = tuple_(self.key, self.tie)
        place = tuple_(bindparam("at", type_=self.key.type), bindparam("id", type_=Uuid()))
        return here < place if self.descending else here > place

    def by(self) -> list[UnaryExpression[Any]]:
        """For ORDER BY."""
        return [each.desc() if self.descending else each.asc() for each in (self.key, self.tie)]

    def within(self, page: FromClause) -> Order:
        """The same order of the rows of a page that has been selected."""
        key = page.c[KEY if self.sort else self.key.key or ""]
        return Order(key, page.c[self.tie.key or ""], self.descending, self.sort)


def before(moment: ColumnElement[Any], identity: ColumnElement[Any]) -> ColumnElement[bool]:
    """The rows after the parameters `at` and `id` in a list from newest to oldest."""
    return Order(moment, identity).rows_after()


def listed(
    some: Select[Any],
    order: Order,
    *,
    after: bool,
    total: bool = False,
    owner: FromClause | None = None,
    owned_by: ColumnElement[bool] | None = None,
    parts: Sequence[ColumnElement[bool]] = (),
    pages: Sequence[Select[Any]] = (),
) -> Select[Any]:
    """A page of `some` in this order, after a cursor if `after`, with the `total` if wanted.

    With `parts`, of the rows for which one of these conditions is true, which exclude each other: each part is read in
    order from an index of its own condition, no further than the page. `pages` are such parts that are selected in ways
    of their own, each already in order, after the cursor and no longer than a page.

    It may be read from a replica.

    With an owner there is one row of NULLs if the list is empty, and no row if the owner does not exist; with a total
    there is at least one row too.
    """
    keyed = some.add_columns(order.key.label(KEY)) if order.sort else some
    page = (keyed.where(order.rows_after()) if after else keyed).order_by(*order.by()).limit(at_most())
    several = [page.where(part) for part in parts] or pages
    if several:
        together = union_all(*(select(each.subquery()) for each in several)).subquery("parts")
        page = select(*together.c).order_by(*order.within(together).by()).limit(at_most())
    if order.sqlite_hint:
        page = page.with_hint(*order.sqlite_hint, dialect_name="sqlite")
    shown = page.subquery("page")
    columns: list[ColumnElement[Any]] = [*shown.c]
    whole = [] if owner is None else [owner]
    if total:
        each = some.with_only_columns(literal_column("1").label("each"), maintain_column_froms=True).subquery("every")
        counted = select(func.count().label(TOTAL)).select_from(each).subquery("counted")
        columns.append(counted.c[TOTAL])
        whole.append(counted)
    if not whole:
        return on_replica(page)
    beside = reduce(lambda left, right: left.join(right, true()), whole)
    statement = select(*columns).select_from(beside.outerjoin(shown, true()))
    if owned_by is not None:
        statement = statement.where(owned_by)
    return on_replica(statement.order_by(*order.within(shown).by()))


def at_most() -> Any:
    """The parameter `limit`, plus one row that tells whether another page follows."""
    return bindparam("limit", type_=Integer())


def place(after: Cursor | None) -> dict[str, datetime | str | UUID]:
    """The parameters of `Order.rows_after`."""
    return {} if after is None else {"at": after.at, "id": after.id}


def given(**conditions: Any) -> dict[str, Any]:
    """The parameters of the conditions that are set: neither None nor without items."""
    return {name: value for name, value in conditions.items() if value is not None and value != ()}


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
        self._encode = self._encoded  # one object, since it is the cache key

    async def page(
        self,
        reads: Reads,
        statement: Select[Any],
        after: Cursor | None,
        limit: int,
        sort: str | None = None,
        /,
        **parameters: Any,
    ) -> Page[T] | None:
        """The page after a cursor; None without any row. As JSON, for a handler that returns its items unchanged.

        `sort` is the name of the statement's order, if it is not the list's own.
        """
        made, beside = await reads.made(statement, self._encode, limit=limit + 1, **place(after), **parameters)
        if not made:
            return None
        items = EncodedItems([item for item in made[:limit] if item is not None], self._kind)
        cursor = None
        if len(made) > limit:
            cursor = self._cursor(items[-1])
            if sort is not None:
                cursor = Cursor(beside[limit - 1][KEY], cursor.id, sort)
        return Page(items, cursor, beside[0].get(TOTAL) if beside else None)

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
