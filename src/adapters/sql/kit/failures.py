"""What a database failure means for the work that caused it.

This module classifies all of them, by SQLSTATE, by SQLite's result code, or by the driver's exception type if the
server sent nothing.
"""

from __future__ import annotations

import re
import sqlite3
from enum import Enum
from typing import NoReturn

import asyncpg
from sqlalchemy import Constraint, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.exc import DBAPIError, EmulatedDBAPIException, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from adapters.sql.kit.schema import metadata
from application.kernel.units import SchemaBehind, StoreUnavailable, StoreWithoutRights
from domain.kernel.errors import DomainError


class Failure(Enum):
    """What is known about the failed statement."""

    ROLLED_BACK = "the database rolled it back because of another transaction; a retry may succeed"
    UNSENT = "it never reached the database"
    LOST = "the connection ended; whether the statement took effect is not known"
    AWAY = "the database is unavailable"
    BEHIND = "it names a table or a column that the database does not have"
    DENIED = "the service lacks a right for it"
    DEFECT = "the statement is invalid"


_ROLLED_BACK = ("40001", "40P01")
"""Serialization failure and deadlock."""

_LOST = (
    "08",  # connection lost
    "25P03",  # ended for being idle in a transaction
    "25P04",  # ended for a transaction that took too long
    "57P01",  # terminated by an administrator or a restart
    "57P02",  # terminated because another backend crashed
    "57P05",  # ended for being idle
)

_AWAY = (
    "25006",  # read-only: a standby, after a failover
    "28",  # sign-in refused
    "3D",  # no such database
    "53",  # out of memory, disk space or connections
    "55P03",  # lock not available in time
    "57",  # shutting down, starting up, or a statement that took too long
    "58",  # I/O error
    "XX",  # internal error: damaged data, or a file that cannot grow because of a quota
)

_BEHIND = (
    "3F000",  # no such schema
    "42P01",  # no such table
    "42703",  # no such column
)

_FULL = re.compile(r"too many (clients|connections)|max clients? |no more connections allowed", re.IGNORECASE)
"""What poolers say instead of SQLSTATE 53300: PgBouncer and Supavisor have codes of their own."""

_FATAL = ("FATAL", "PANIC")
"""The server ends the connection after any error with one of these severities."""

_SQLITE_AWAY = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOTADB,
    )
)
_UNWRITABLE = ("25006", "53100", "58", "XX")
_SQLITE_UNWRITABLE = frozenset((sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL))

_SQLITE_BEHIND = ("no such table", "no such column", "has no column named")


OF_THE_DRIVERS = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    sqlite3.Error,
    OSError,  # includes TimeoutError
)
"""Errors of a database driver, wrapped by SQLAlchemy or not."""


class RetryUnit(Exception):
    """The work had no effect and may be run again from the start."""


class Overdue(TimeoutError):
    """The database did not answer in time, and the connection was abandoned."""


def cause_of(error: BaseException) -> BaseException:
    """The driver's error, which SQLAlchemy wraps twice."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    return error.__cause__ or error if isinstance(error, EmulatedDBAPIException) else error


def failure(error: BaseException) -> Failure:
    """What the error means."""
    error = cause_of(error)
    match error:
        case asyncpg.InvalidCachedStatementError() | asyncpg.OutdatedSchemaCacheError():
            # A migration has changed a table since the statement was prepared; the driver has discarded it by now.
            return Failure.ROLLED_BACK
        case asyncpg.PostgresError():
            if is_full(error):
                return Failure.AWAY
            return _by_sqlstate(error.sqlstate or "", getattr(error, "severity_en", None))
        case asyncpg.InterfaceError():
            # The driver refused: a wrong argument type is a defect of ours, anything else an unusable connection.
            return Failure.DEFECT if isinstance(error, ValueError) else Failure.UNSENT
        case asyncpg.InternalClientError():
            # The error of a connection that received FATAL while idle, raised before anything is sent.
            refused = str(error).startswith(("cannot switch to state", "not connected"))
            return Failure.UNSENT if refused else Failure.LOST
        case sqlite3.Error():
            return _by_result_code(error)
        case PendingRollbackError():
            return Failure.UNSENT
        case Overdue():
            return Failure.LOST
        case PoolTimeout() | TimeoutError():
            return Failure.AWAY
        case OSError():
            return Failure.LOST
    return Failure.DEFECT


def _by_sqlstate(sqlstate: str, severity: str | None) -> Failure:
    if sqlstate in _ROLLED_BACK:
        return Failure.ROLLED_BACK
    if sqlstate.startswith(_LOST):
        return Failure.LOST
    if sqlstate.startswith(_AWAY):
        return Failure.AWAY
    if sqlstate in _BEHIND:
        return Failure.BEHIND
    if sqlstate == "42501":
        return Failure.DENIED
    return Failure.LOST if severity in _FATAL else Failure.DEFECT


def _by_result_code(error: sqlite3.Error) -> Failure:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _SQLITE_AWAY:
        return Failure.AWAY
    if isinstance(error, sqlite3.OperationalError):
        if any(words in str(error) for words in _SQLITE_BEHIND):
            return Failure.BEHIND
        if code is None:
            return Failure.AWAY
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        return Failure.UNSENT
    return Failure.DEFECT


def ended(error: BaseException) -> bool:
    """Whether the connection with this failure must not be used again."""
    if not isinstance(error, asyncpg.PostgresError):
        # Without an answer from the server, the state of the connection is unknown.
        return True
    severity = getattr(error, "severity_en", None)
    return severity in _FATAL or _by_sqlstate(error.sqlstate or "", severity) is Failure.LOST


def is_full(error: BaseException) -> bool:
    """Whether a connection was refused because there are too many."""
    error = cause_of(error)
    if not isinstance(error, asyncpg.PostgresError):
        return False
    return error.sqlstate == "53300" or (
        getattr(error, "severity_en", None) in _FATAL and _FULL.search(str(error)) is not None
    )


def cannot_write(error: BaseException) -> bool:
    """Whether the database cannot be written at present: a full disk, a standby, a failing disk."""
    error = cause_of(error)
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _SQLITE_UNWRITABLE
    return (getattr(error, "sqlstate", None) or "").startswith(_UNWRITABLE)


def tell(error: Exception) -> NoReturn:
    """Raise the application's error for a failure that retrying did not resolve; a defect is raised unchanged."""
    cause = cause_of(error)
    match failure(error):
        case Failure.DEFECT:
            raise error
        case Failure.BEHIND:
            raise SchemaBehind(str(cause)) from error
        case Failure.DENIED:
            raise StoreWithoutRights(str(cause)) from error
        case Failure.AWAY if isinstance(error, (TimeoutError, PoolTimeout)):
            raise StoreUnavailable("no connection to the database, or no answer, in time") from error
        case Failure.LOST:
            raise StoreUnavailable(f"the connection to the database was lost: {type(cause).__name__}") from error
    raise StoreUnavailable(f"the database does not answer: {type(cause).__name__}") from error


def broken(name: str | None) -> DomainError | None:
    """The meaning of violating the constraint of this name, as its table declares it; None if it declares none."""
    meaning = _meanings().get(name) if name else None
    return meaning() if meaning else None


def _meanings() -> dict[str, type[DomainError]]:
    meanings: dict[str, type[DomainError]] = {}
    for table in metadata.tables.values():
        declarations: list[Constraint | Index] = [*table.constraints, *table.indexes]
        for declared in declarations:
            if "violated" in declared.info:
                meanings[str(declared.name)] = declared.info["violated"]
                if isinstance(declared, (UniqueConstraint, PrimaryKeyConstraint, Index)):
                    # SQLite names the columns instead of the constraint.
                    columns = ", ".join(f"{table.name}.{column.name}" for column in declared.columns)
                    meanings[columns] = declared.info["violated"]
    return meanings
