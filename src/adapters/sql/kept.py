"""Pages that are kept for as long as the database shows the same.

To read a page again, to make read models of its rows and JSON of these takes many times as long as to ask whether
anything was committed since. So that is asked first, by all who ask in the same turn of the event loop at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Select, select

from adapters.encoding import EncodedItems
from adapters.sql.expressions import database_state
from adapters.sql.pages import page_of, place
from adapters.sql.together import Rows, Together
from application.messages import Cursor, Page

T = TypeVar("T")

MOST_BYTES = 32 * 2**20
"""What all pages kept at a time may take."""
BYTES_A_PAGE = 2_000
"""What a page takes beside its JSON, at most."""
LASTING = 0.02
"""Seconds after which a state is taken for a lasting one. Where somebody commits all the time, to ask whether nothing
was committed is in vain, and pages are read at once."""


STATE = select(database_state())


class Kept:
    """The pages of one database. Those of another state than the last one seen are forgotten."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._states = Together(self._read_state)
        self._state: object = None
        self._since = 0.0
        self._pages: dict[Hashable, Page[Any]] = {}
        self._bytes = 0

    async def page(
        self,
        statement: Select[Any],
        after: Cursor | None,
        limit: int,
        kind: type[T],
        cursor: Callable[[T], Cursor],
        show: Callable[..., T] | None = None,
        /,
        **parameters: Any,
    ) -> Page[T] | None:
        """The page behind a cursor, None without any row.

        Its items are of the `kind`, made of the columns of a row or, by `show`, of what these stand for. A row whose
        first is NULL stands for a list that is empty. The same statement comes with the same functions each time.
        """
        parameters |= place(after)
        key = (statement, limit, *parameters.values())
        page, state = self._pages.get(key), self._state
        if page is not None and monotonic() - self._since >= LASTING and await self._states.of(None) == state:
            return page
        rows = await self._rows(_with_state(statement), limit=limit + 1, **parameters)
        if not rows:
            return None
        make = show or kind
        found = page_of([make(*columns) for *columns, _ in rows if columns[0] is not None], limit, cursor)
        items = EncodedItems(found.items, kind)
        page = Page(items, found.next)
        self._keep(key, page, BYTES_A_PAGE + items.size, rows[0][-1])
        return page

    def _keep(self, key: Hashable, page: Page[Any], size: int, state: object) -> None:
        if state != self._state:
            self._state, self._since, self._pages, self._bytes = state, monotonic(), {}, 0
        self._bytes += size
        if self._bytes > MOST_BYTES:
            self._pages, self._bytes = {}, size
        self._pages[key] = page

    async def _read_state(self, _: list[None]) -> dict[None, object]:
        return {None: (await self._rows(STATE))[0][0]}


@cache
def _with_state(statement: Select[Any]) -> Select[Any]:
    return statement.add_columns(database_state())
