"""What the SQLSTATE of a failed statement says about the work it belonged to."""

from __future__ import annotations

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
