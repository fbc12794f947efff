"""Pages that are kept for as long as the database shows the same.

To read a page again, to make read models of its rows and JSON of these takes many times as long as to ask whether
anything was committed since. So that is asked first, by all who ask in the same turn of the event loop at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Select, select

from adapters.encoding import EncodedItems
from adapters.sql.batch_loader import BatchLoader, Rows
from adapters.sql.expressions import database_state
from adapters.sql.pages import page_of, place
from application.messages import Cursor, Page

T = TypeVar("T")

log = logging.getLogger("unified_dental.pages")

MOST_BYTES = 32 * 2**20
"""What all pages kept at a time may take."""
BYTES_A_PAGE = 2_000
"""What a page takes beside its JSON, at most."""
LASTING = 0.02
"""Seconds after which a state is taken for a lasting one. Where somebody commits all the time, to ask whether nothing
was committed is in vain, and pages are read at once."""

UNTOLD = ("42501", "42883", "0A000")
"""What a database answers that will not tell its state to this role: not permitted, no such function, not supported."""
UNTOLD_NOW = (*UNTOLD, "XX000", "XX001")
"""With those that are over in a moment: its control file was being written while it was read."""

STATE = select(database_state())


class PageCache:
    """The pages of one database. Those of another state than the last one seen are forgotten.

    Nothing is kept where the database does not tell its state.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._states = BatchLoader(self._read_state)
        self._state: object = None
        self._since = 0.0
        self._told = True
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
        rows = await self._read(statement, limit=limit + 1, **parameters)
        if not rows:
            return None
        make = show or kind
        found = page_of([make(*columns) for *columns, _ in rows if columns[0] is not None], limit, cursor)
        items = EncodedItems(found.items, kind)
        page = Page(items, found.next)
        if rows[0][-1] is not None:
            self._keep(key, page, BYTES_A_PAGE + items.size, rows[0][-1])
        return page

    async def _read(self, statement: Select[Any], **parameters: Any) -> Sequence[Sequence[Any]]:
        """The rows, each with the state that it was read in behind it, None when that is not known."""
        refused: Exception | None = None
        if self._told:
            try:
                return await self._rows(_with_state(statement), **parameters)
            except Exception as error:
                if _sqlstate(error) not in UNTOLD_NOW:
                    raise
                refused = error
        rows = await self._rows(statement, **parameters)
        if refused is not None and _sqlstate(refused) in UNTOLD:
            # The page could be read, so it was the state that could not.
            self._told, self._pages = False, {}
            log.warning("pages are not cached: this role may not call pg_control_checkpoint()")
        return [(*row, None) for row in rows]

    def _keep(self, key: Hashable, page: Page[Any], size: int, state: object) -> None:
        if state != self._state:
            self._state, self._since, self._pages, self._bytes = state, monotonic(), {}, 0
        self._bytes += size
        if self._bytes > MOST_BYTES:
            self._pages, self._bytes = {}, size
        self._pages[key] = page

    async def _read_state(self, _: list[None]) -> dict[None, object]:
        try:
            return {None: (await self._rows(STATE))[0][0]}
        except Exception as error:
            if _sqlstate(error) not in UNTOLD_NOW:
                raise
            return {None: None}  # The page is read next, and shows whether it is the state alone that fails.


def _sqlstate(error: BaseException | None) -> str | None:
    """What the server said went wrong, None when it was not the server."""
    while error is not None:
        if sqlstate := getattr(error, "sqlstate", None):
            return str(sqlstate)
        error = error.__cause__
    return None


@cache
def _with_state(statement: Select[Any]) -> Select[Any]:
    return statement.add_columns(database_state())
