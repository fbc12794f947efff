"""Units of work: one session, one transaction, and the events of the aggregates that it touched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm.exc import StaleDataError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from adapters.sql.failures import away, ended, rolled_back
from adapters.sql.schema import metadata
from application.ports import StoreUnavailable
from domain.aggregate import Aggregate, DomainEvent
from domain.errors import DomainError, StaleVersion

A = TypeVar("A", bound=Aggregate)
P = TypeVar("P")
R = TypeVar("R")

ATTEMPTS = 3


class SqlUnit:
    """What the ports of one unit share."""

    def __init__(self, session: AsyncSession, ports: Mapping[type, Callable[[SqlUnit], Any]]) -> None:
        self.session = session
        self.dialect: str = session.get_bind().dialect.name
        self.events: list[DomainEvent] = []
        self._factories = ports
        self._ports: dict[type, Any] = {}
        self._touched: list[Aggregate] = []

    def port(self, kind: type[P]) -> P:
        if kind not in self._ports:
            self._ports[kind] = self._factories[kind](self)
        return cast(P, self._ports[kind])

    def touch(self, aggregate: A) -> A:
        """Take note of an aggregate, whose events leave with this unit."""
        self._touched.append(aggregate)
        return aggregate

    def take_events(self) -> list[DomainEvent]:
        events = [event for aggregate in self._touched for event in aggregate.take_events()]
        events += self.events
        self.events = []
        return events


class _Again(Exception):
    """The work did not happen and may be done again from the start."""


class SqlUnits:
    """Opens units of work on the shared engine."""

    def __init__(self, engine: AsyncEngine, ports: Mapping[type, Callable[[SqlUnit], Any]]) -> None:
        self._engine = engine
        self._factories = ports
        self.ports = frozenset(ports)

    async def run(self, work: Callable[[SqlUnit], Awaitable[R]]) -> R:
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(_Again),
                stop=stop_after_attempt(ATTEMPTS),
                wait=wait_random_exponential(multiplier=0.01, max=0.1),
                reraise=True,
            ):
                with attempt:
                    return await self._once(work)
        except _Again as error:
            raise StoreUnavailable(f"gave up after {ATTEMPTS} attempts: {error}") from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _once(self, work: Callable[[SqlUnit], Awaitable[R]]) -> R:
        committing = False
        try:
            async with AsyncSession(self._engine, expire_on_commit=False, autoflush=False) as session:
                result = await work(SqlUnit(session, self._factories))
                await session.flush()
                committing = True
                await session.commit()
                return result
        except StaleDataError as error:
            raise StaleVersion from error
        except IntegrityError as error:
            if meaning := violated(error):
                raise meaning from error
            raise
        except DBAPIError as error:
            cause = _cause(error)
            sqlstate, name = getattr(cause, "sqlstate", None), type(cause).__name__
            lost = error.connection_invalidated or ended(sqlstate)
            if lost and committing:
                # It may well have been committed: to do it again could do it twice.
                raise StoreUnavailable("the connection was lost while committing") from error
            if lost or rolled_back(sqlstate):
                raise _Again(name) from error
            if away(sqlstate) or isinstance(error, OperationalError):
                raise StoreUnavailable(f"the database does not answer: {name}") from error
            raise
        except (PoolTimeout, OSError) as error:
            raise StoreUnavailable(f"no connection to the database: {type(error).__name__}") from error


def _cause(error: DBAPIError) -> BaseException | None:
    """The driver's own error, which SQLAlchemy wraps twice."""
    return error.orig and (error.orig.__cause__ or error.orig)


def _by_name() -> dict[str, type[DomainError]]:
    """What breaking each named constraint means, as said where the table is declared."""
    meanings: dict[str, type[DomainError]] = {}
    for table in metadata.tables.values():
        for constraint in table.constraints:
            if "violated" in constraint.info:
                meanings[str(constraint.name)] = constraint.info["violated"]
                if isinstance(constraint, (UniqueConstraint, PrimaryKeyConstraint)):
                    # SQLite names the columns in place of the constraint.
                    columns = ", ".join(f"{table.name}.{column.name}" for column in constraint.columns)
                    meanings[columns] = constraint.info["violated"]
    return meanings


def violated(error: IntegrityError) -> DomainError | None:
    """The domain's name for the broken constraint, None when there is none."""
    name = getattr(_cause(error), "constraint_name", None) or str(error.orig).rpartition("constraint failed: ")[2]
    meaning = _by_name().get(name)
    return meaning() if meaning else None
