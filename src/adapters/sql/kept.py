"""Pages that are kept for as long as the database shows the same.

To read a page again, to make read models of its rows and JSON of these takes many times as long as to ask whether
anything was committed since. So that is asked first, by all who ask in the same turn of the event loop at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Select, Text, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from adapters.sql.pages import page_of, place
from adapters.sql.together import Rows, Together
from application.messages import Cursor, Page

T = TypeVar("T")

MOST_BYTES = 16 * 2**20
"""Of the JSON of all pages kept at a time; with the rows they take about three times as much."""
BYTES_A_ROW = 1_000
"""For pages that are not sent as they are."""


class database_state(FunctionElement[str]):  # noqa: N801  # reads as the SQL function it is
    """The same text for as long as statements outside transactions show the same rows, whoever writes."""

    type = Text()
    inherit_cache = True


@compiles(database_state, "postgresql")
def _state_postgresql(element: database_state, compiler: SQLCompiler, **kw: Any) -> str:
    # A snapshot is no more than the list of transactions whose work is not seen: when it is the same, so is what is
    # seen. Another server that takes over counts transactions anew from where it got to, hence its start.
    return "(SELECT concat_ws(' ', pg_postmaster_start_time(), pg_current_snapshot()))"


@compiles(database_state, "sqlite")
def _state_sqlite(element: database_state, compiler: SQLCompiler, **kw: Any) -> str:
    # Moves with what other connections commit, and the one that reads writes nothing.
    return "(SELECT data_version FROM pragma_data_version)"


STATE = select(database_state())


class Kept:
    """The pages of one database. Those of another state than the last one seen are forgotten."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._states = Together(self._read_state)
        self._state: object = None
        self._pages: dict[Hashable, Page[Any]] = {}
        self._newest: Page[Any] | None = None
        self._bytes = 0

    async def page(
        self,
        statement: Select[Any],
        after: Cursor | None,
        limit: int,
        show: Callable[..., T],
        cursor: Callable[[T], Cursor],
        **parameters: Any,
    ) -> Page[T] | None:
        """The page behind a cursor, None without any row. Nobody may change it: others are shown the same.

        `show` takes the columns of a row; a row whose first is NULL stands for a list that is empty. The same
        statement must come with the same functions each time.
        """
        parameters |= place(after)
        key = (statement, limit, *parameters.values())
        page, state = self._pages.get(key), self._state
        if page is not None and await self._states.of(None) == state:
            return page
        rows = await self._rows(_with_state(statement), limit=limit + 1, **parameters)
        if not rows:
            return None
        page = page_of([show(*columns) for *columns, _ in rows if columns[0] is not None], limit, cursor)
        self._keep(key, page, rows[0][-1])
        return page

    def _keep(self, key: Hashable, page: Page[Any], state: object) -> None:
        # How long the newest one is, is known by now: it has been sent.
        self._bytes += _size(self._newest) if self._newest else 0
        if state != self._state or self._bytes > MOST_BYTES:
            self._state, self._pages, self._bytes = state, {}, 0
        self._pages[key] = self._newest = page

    async def _read_state(self, _: list[None]) -> dict[None, object]:
        return {None: (await self._rows(STATE))[0][0]}


def _size(page: Page[Any]) -> int:
    return len(page.encoded) if page.encoded else BYTES_A_ROW * len(page.items)


@cache
def _with_state(statement: Select[Any]) -> Select[Any]:
    return statement.add_columns(database_state())
