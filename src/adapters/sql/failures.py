"""What a failed statement says about the work it belonged to: by its SQLSTATE, or by the constraint it broke."""

from __future__ import annotations

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint

from adapters.sql.schema import metadata
from domain.errors import DomainError

_ROLLED_BACK = ("40001", "40P01")
"""Serialization failure and deadlock."""

_ENDED = ("08", "57P01", "57P02")
"""Connection lost, ended by an administrator, ended because another one crashed."""

_AWAY = (
    *_ENDED,
    "25006",  # read-only: a standby, after a failover
    "28",  # may not sign in
    "3D",  # no such database
    "53",  # out of memory, disk space or connections
    "55P03",  # lock not available in time
    "57",  # shutting down, starting up, or a statement that took too long
    "58",  # input or output failed
)


def rolled_back(sqlstate: str | None) -> bool:
    """The database gave the transaction up so that others could go on: doing it again may well succeed."""
    return sqlstate in _ROLLED_BACK


def ended(sqlstate: str | None) -> bool:
    """The connection is gone; whether a commit that was under way took place is not known."""
    return sqlstate is not None and sqlstate.startswith(_ENDED)


def away(sqlstate: str | None) -> bool:
    """The database cannot work at present, whatever is asked of it."""
    return sqlstate is not None and sqlstate.startswith(_AWAY)


class Again(Exception):
    """The work did not happen and may be done again from the start."""


def broken(name: str | None) -> DomainError | None:
    """What breaking the constraint of this name means, as said where the table is declared; None when nothing is."""
    meaning = _meanings().get(name) if name else None
    return meaning() if meaning else None


def _meanings() -> dict[str, type[DomainError]]:
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
