"""Units of work: one transaction, or one statement, with the events of the aggregates that changed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, TypeVar, cast

from sqlalchemy import Select, Table, bindparam, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from adapters.sql.kit.connections import PATIENCE, milliseconds
from adapters.sql.kit.engine import Database
from adapters.sql.kit.failures import OF_THE_DRIVERS, Failure, RetryUnit, broken, cause_of, failure, tell
from adapters.sql.kit.mapping import adopted
from adapters.sql.kit.missing_grants import explained
from adapters.sql.kit.reads import Row
from adapters.sql.kit.writes import Guard, Rows, add_rows, inserted_together
from application.kernel.units import Answers, AuditTrail, Outbox, StoreUnavailable, StoreWithoutRights
from domain.kernel.aggregate import Aggregate, DomainEvent
from domain.kernel.errors import Conflict, DomainError, StaleVersion

A = TypeVar("A", bound=Aggregate)
P = TypeVar("P")
R = TypeVar("R")

AddNow = Callable[[AsyncSession, Any], Awaitable[None]]
"""Writes a new aggregate in the session."""

ATTEMPTS = 3
LONGEST_WAIT = 0.05
"""Seconds before the next attempt; a random part of it is waited."""

SHARED = frozenset((Answers, AuditTrail, Outbox))
"""Ports of nearly every unit, which therefore do not tell what it may have to wait for."""
LONGER = select(func.pg_catalog.set_config("statement_timeout", bindparam("milliseconds"), True))
CLOSING: set[asyncio.Task[None]] = set()
"""Sessions that are being closed, referenced here because the event loop keeps only weak references to tasks."""


class SqlUnit:
    """The state that the ports of one unit of work share.

    On PostgreSQL, facts are first read outside any transaction, and new rows are collected until the end, when one
    statement writes all of them. A port that needs more uses the session: then the collected rows are written in its
    transaction, which contains everything else too. On SQLite there is only the session.
    """

    def __init__(
        self,
        database: Database,
        ports: Mapping[type, Callable[[SqlUnit], Any]],
        stack: AsyncExitStack,
        deadline: asyncio.Timeout,
    ) -> None:
        self.dialect: str = database.engine.dialect.name
        self.schema = database.schema
        self.known = database.known
        self.events: list[DomainEvent] = []
        self.committing = False
        self._database = database
        self._factories = ports
        self._stack = stack
        self._deadline = deadline
        self._is_long = False
        self._session: AsyncSession | None = None
        self._ports: dict[type, Any] = {}
        self._made: dict[Callable[[SqlUnit], Any], Any] = {}
        self._touched: list[Aggregate] = []
        self._waiting: list[Aggregate | tuple[Table, list[dict[str, Any]]]] = []
        self._last: Rows = {}
        self._guard: Guard | None = None
        self._held: set[int] = set()

    def port(self, kind: type[P]) -> P:
        if kind not in self._ports:
            make = self._factories[kind]
            if make not in self._made:
                self._made[make] = make(self)
            self._ports[kind] = self._made[make]
        return cast(P, self._ports[kind])

    def touch(self, aggregate: A) -> A:
        """Register an aggregate, whose events leave with this unit."""
        self._touched.append(aggregate)
        return aggregate

    def touched(self, kind: type[A]) -> list[A]:
        """The aggregates of this class that this unit has loaded or added."""
        return [each for each in self._touched if isinstance(each, kind)]

    def take_events(self) -> list[DomainEvent]:
        events = [event for aggregate in self._touched for event in aggregate.take_events()]
        events += self.events
        self.events = []
        return events

    @property
    def _is_deferring(self) -> bool:
        """Whether writes wait until the end: nobody has needed the session yet."""
        return self._session is None and self._database.writes is not None

    async def session(self, *, long: bool = False) -> AsyncSession:
        """The session, whose transaction contains everything from now on; `long` for long operations."""
        if self._session is None:
            self._session = await self._stack.enter_async_context(self._opened())
            self._allow(self._database.options.command_timeout)
            if self._database.limits is not None:
                await self._session.execute(self._database.limits)
            await self._bring_along(self._session)
        if self._last:
            await self._write_last(self._session)
        if long and not self._is_long:
            self._is_long = True
            self._allow(self._database.options.long_timeout)
            if self.dialect == "postgresql":
                await self._session.execute(LONGER, {"milliseconds": milliseconds(self._database.options.long_timeout)})
        return self._session

    async def hold(self, lock: int, *, shared: bool = False) -> None:
        """Take an advisory lock, alone or `shared`, until the unit ends; once, and on SQLite writers are serialized."""
        if self.dialect == "postgresql" and not self._held & {lock, -lock if shared else lock}:
            take = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
            await (await self.session()).execute(select(take(lock)))
            self._held.add(-lock if shared else lock)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[AsyncSession]:
        places, lanes = self._database.places, tuple(kind.__name__ for kind in self._ports if kind not in SHARED)
        if places:
            await places.take(lanes)
        session = AsyncSession(self._database.engine, expire_on_commit=False, autoflush=False)
        try:
            yield session
        finally:
            # In a separate task, so that a cancellation cannot prevent the return of the connection.
            closing = asyncio.get_running_loop().create_task(_close(session, places is not None))
            CLOSING.add(closing)
            closing.add_done_callback(CLOSING.discard)
            if places:
                closing.add_done_callback(lambda _: places.give_back(lanes))
            await asyncio.shield(closing)

    def _allow(self, seconds: float) -> None:
        """Give this unit that many seconds from now for all its remaining work."""
        self._deadline.reschedule(asyncio.get_running_loop().time() + seconds)

    async def _bring_along(self, session: AsyncSession) -> None:
        """Check the guards, and write the collected rows."""
        if self._guard:
            await self._require(session, self._guard)
        for what in self._waiting:
            # In their original order: one may refer to another.
            if isinstance(what, tuple):
                await session.execute(insert(what[0]), what[1])
            else:
                await self._add_now(session, what)

    async def fetch(self, statement: Select[Any], **parameters: Any) -> Sequence[Row]:
        """The rows of a statement, which must always be the same object; they include the writes of this unit."""
        if self._is_deferring and not self._waiting:
            return await self._database.reads.rows(statement, **parameters)
        return list((await (await self.session()).execute(statement, parameters)).all())

    async def peek(self, statement: Select[Any], **parameters: Any) -> Sequence[Row]:
        """Like `fetch`, for rows that no unit like this one writes: what waits to be written goes on waiting."""
        if self._is_deferring:
            return await self._database.reads.rows(statement, **parameters)
        return await self.fetch(statement, **parameters)

    async def add(self, aggregate: Aggregate, guard: Guard | None = None, now: AddNow | None = None) -> None:
        """Add a new aggregate with all its parts. Unless the guard still holds at the end, the unit runs again.

        Facts that were read in the session are in its transaction, and need no guard.
        """
        self.touch(aggregate)
        if self._is_deferring and not (guard and self._guard):
            self._waiting.append(aggregate)
            self._guard = guard or self._guard
            return
        session = await self.session()
        if guard:
            await self._require(session, guard)
        await (now or self._add_now)(session, aggregate)

    async def _require(self, session: AsyncSession, guard: Guard) -> None:
        # SQLite serializes writers: the facts read in the session are still true.
        if self.dialect == "postgresql" and not await session.scalar(select(guard.condition), guard.parameters):
            raise RetryUnit("the facts have changed")

    async def insert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Add rows that no class is mapped to, with a value for each column without a default in the database."""
        if self._is_deferring:
            self._waiting.append((table, rows))
        else:
            await (await self.session()).execute(insert(table), rows)

    async def insert_last(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Like `insert`, for what is written at the end of a unit: in a session of PostgreSQL by one statement."""
        if self._is_deferring:
            await self.insert(table, rows)
        else:
            self._last.setdefault(table, []).extend(rows)

    async def _write_last(self, session: AsyncSession) -> None:
        last, self._last = self._last, {}
        if self.dialect == "postgresql":
            await session.execute(*inserted_together(self.schema, last))
            return
        for table, rows in last.items():
            await session.execute(insert(table), rows)

    async def commit(self) -> None:
        """Commit everything or nothing. Raises the errors of SQLAlchemy and of `PostgresWrites.write`."""
        if self._last:
            await self.session()
        if self._session is not None:
            await self._session.flush()
            self.committing = True
            await self._session.commit()
        elif self._database.writes and self._waiting:
            rows: Rows = {}
            for what in self._waiting:
                if isinstance(what, tuple):
                    rows.setdefault(what[0], []).extend(what[1])
                else:
                    add_rows(rows, what)
            await self._database.writes.write(rows, self._guard)

    @staticmethod
    async def _add_now(session: AsyncSession, aggregate: Any) -> None:
        session.add(adopted(aggregate))
        await session.flush()


class SqlUnits:
    """Opens units of work on the database."""

    def __init__(self, database: Database, ports: Mapping[type, Callable[[SqlUnit], Any]]) -> None:
        self._database = database
        self._factories = ports
        self.ports = frozenset(ports)

    async def run(self, work: Callable[[SqlUnit], Awaitable[R]]) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(work)
            except StoreWithoutRights as error:
                raise await explained(error, self._database.health) from error.__cause__
            except StoreUnavailable as error:
                self._database.write_failures.note(error.__cause__)
                raise
            except Conflict as error:
                # With a cause, the database found a row written since the read; the next run reads it and can name it.
                if error.__cause__ is None or not error.names_the_first or attempt == ATTEMPTS:
                    raise
            except RetryUnit as error:
                if attempt == ATTEMPTS:
                    raise StoreUnavailable(f"gave up after {ATTEMPTS} attempts: {error}") from error
                await asyncio.sleep(random.uniform(0, LONGEST_WAIT))  # noqa: S311  # so that two units do not collide again
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _once(self, work: Callable[[SqlUnit], Awaitable[R]]) -> R:
        unit = None
        try:
            async with asyncio.timeout(None) as deadline, AsyncExitStack() as stack:
                unit = SqlUnit(self._database, self._factories, stack, deadline)
                result = await work(unit)
                await unit.commit()
                return result
        except StaleDataError as error:
            raise StaleVersion from error
        except OF_THE_DRIVERS as error:
            if isinstance(error, IntegrityError) and (meaning := violated(error)):
                raise meaning from error
            known = failure(error)
            sent = unit is not None and unit.committing
            if sent and (known in (Failure.LOST, Failure.UNSENT) or isinstance(error, TimeoutError)):
                # It may have been committed: a retry could execute it twice.
                raise StoreUnavailable("the connection was lost while committing") from error
            # No retry if the server cannot be reached at all: that is not an error of one connection.
            was_connected = isinstance(error, DBAPIError)
            if known in (Failure.ROLLED_BACK, Failure.UNSENT) or (known is Failure.LOST and was_connected):
                raise RetryUnit(type(cause_of(error)).__name__) from error
            tell(error)


async def _close(session: AsyncSession, bounded: bool) -> None:
    """Roll back uncommitted changes, and return the connection; terminate it if the server does not answer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE if bounded else None):
            await session.close()


def violated(error: IntegrityError) -> DomainError | None:
    """The domain's name for the violated constraint; None if it is not one."""
    name = getattr(cause_of(error), "constraint_name", None) or str(error.orig).rpartition("constraint failed: ")[2]
    return broken(name)
