"""The feed of events in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    bindparam,
    cast,
    func,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from adapters.registry import serves
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.outbox import outbox
from adapters.sql.kit.pages import at_most
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.transactions import settled
from adapters.sql.kit.types import TransactionId
from application.delivery.feed.queries import Extract, FedEvent, FeedReader, Newest
from domain.delivery.events import BEGINNING, Place


class settled_transactions(FunctionElement[int]):  # noqa: N801  # reads as the SQL function it is
    """The number below which all transactions have ended; 0 on SQLite, which serializes writers."""

    type = BigInteger()
    inherit_cache = True


@compiles(settled_transactions, "postgresql")
def _settled_transactions_postgresql(element: settled_transactions, compiler: SQLCompiler, **kw: Any) -> str:
    return "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


@compiles(settled_transactions, "sqlite")
def _settled_transactions_sqlite(element: settled_transactions, compiler: SQLCompiler, **kw: Any) -> str:
    return "0"


def _number(transaction: ColumnElement[int]) -> ColumnElement[int]:
    """As a number: asyncpg has none for `xid8`."""
    return cast(cast(transaction, Text()), BigInteger())


NUMBER, POSITION = outbox.c.transaction_id, outbox.c.position
AFTER = tuple_(NUMBER, POSITION) > tuple_(
    cast(cast(bindparam("transaction_id", type_=Text()), Text()), TransactionId()),
    cast(bindparam("position", type_=BigInteger()), BigInteger()),
)
EVENT = columns_of(
    FedEvent,
    outbox,
    transaction_id=_number(NUMBER),
    data=outbox.c.payload,
)
NEWEST = select(_number(NUMBER), POSITION).where(settled(NUMBER)).order_by(NUMBER.desc(), POSITION.desc()).limit(1)


@cache
def _read(named: bool) -> Select[Any]:
    """The ends of the feed and, beside them, the events of the page. The ends are there without any event too."""
    some = select(*EVENT, NUMBER.label("in_order")).where(AFTER, settled(NUMBER))
    if named:
        some = some.where(any_of(outbox.c.name, "names"))
    page = some.order_by(NUMBER, POSITION).limit(at_most()).subquery("page")
    oldest = select(_number(NUMBER).label("number"), POSITION).order_by(NUMBER, POSITION).limit(1).subquery("oldest")
    last = select(func.coalesce(func.max(POSITION), 0)).scalar_subquery()
    end = select(settled_transactions().label("number"), last.label("position")).subquery("ends")
    return (
        select(
            end.c.number.label("end_number"),
            end.c.position.label("last_position"),
            oldest.c.number.label("oldest_number"),
            oldest.c.position.label("oldest_position"),
            *(page.c[str(each.key)] for each in EVENT),
        )
        .select_from(end.outerjoin(oldest, true()).outerjoin(page, true()))
        .order_by(page.c.in_order, page.c.position)
    )


@serves(FeedReader)
class SqlFeedReader:
    """Implements application.delivery.feed.queries.FeedReader, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def read(self, after: Place, names: Sequence[str], limit: int) -> Extract:
        rows = await self._reads.rows(
            _read(bool(names)),
            transaction_id=str(after.transaction_id),
            position=after.position,
            limit=limit,
            **({"names": names} if names else {}),
        )
        settled, last_position, oldest_number, oldest_position, *_ = rows[0]
        return Extract(
            [FedEvent(*row[4:]) for row in rows if row[4] is not None],
            None if oldest_number is None else Place(oldest_number, oldest_position),
            # Positions are in the order of transactions on SQLite alone.
            Place(settled, 0) if settled else Place(0, last_position),
        )

    async def newest(self) -> Newest:
        rows = await self._reads.rows(NEWEST)
        return Newest(Place(*rows[0]) if rows else BEGINNING)
